"""`credits.csv`: what is said of a source's files, by path. A licence is never guessed.

Paths are compared as people mean them: `./a.jpg` is `a.jpg`, and letters with accents are the same
however they are put together. A row that names a file only nearly (another case, blanks, a code of
a URL) names none: the file is not used under a default licence that somebody has contradicted.
"""

from __future__ import annotations

import csv
import posixpath
import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

from corpuswright.storage.inputs.sites import SourceError

FILE = "credits.csv"
COLUMNS = ("path", "url", "licence", "author", "retrieved", "caption")
NEARLY = "credits_nearly_named"  # the fault of a file that a row names, but for its spelling


class Credits(NamedTuple):
    """Rows by normalised path, and the paths of rows by how they would be misspelt."""

    rows: Mapping[str, Mapping[str, str]] = {}
    alike: Mapping[str, str] = {}
    root: Path = Path()

    def of(self, path: str) -> Mapping[str, str]:
        """Return what is said of a file; nothing where no row names it."""
        return self.rows.get(normalised(path), {})

    def fault(self, path: str) -> str:
        """Return why a file cannot be used for what a row says of one of nearly its name."""
        if normalised(path) in self.rows:
            return ""
        row = self.alike.get(_loosely(path))
        # A row that names a file of its own is about that one.
        return "" if row is None or (self.root / row).exists() else f"{NEARLY} {row!r}"

    def unmatched(self, paths: Iterable[str]) -> list[str]:
        """Return the rows that name none of a source's files."""
        left = dict.fromkeys(self.rows)
        for path in paths:
            left.pop(normalised(path), None)
        return list(left)


def read(root: Path) -> Credits:
    """Return what `credits.csv` says; nothing where there is none.

    Raises:
        SourceError: It has no column `path`, columns that are not known, two rows that say
            otherwise of one file, or is no text.
    """
    file = root / FILE
    if not file.exists():
        return Credits()
    found: dict[str, Mapping[str, str]] = {}
    try:
        with file.open(newline="", encoding="utf-8-sig") as lines:
            rows = csv.DictReader(lines, strict=True)
            columns = list(rows.fieldnames or ())
            if "path" not in columns or set(columns) - set(COLUMNS) or _twice(columns):
                raise SourceError(
                    f"{file}: expected the column path and any of {sorted(COLUMNS[1:])}, each "
                    f"once, saw {columns}"
                )
            for number, row in enumerate(rows, 2):
                _add(found, f"{file}, line {number}", row)
    except (csv.Error, UnicodeDecodeError) as error:
        raise SourceError(f"{file}: expected CSV in UTF-8: {error}") from None
    return Credits(found, {_loosely(p): p for p in found}, root)


def _twice(columns: list[str]) -> bool:
    return len(set(columns)) < len(columns)


def _add(found: dict[str, Mapping[str, str]], where: str, row: Mapping[str, str | None]) -> None:
    path = row.get("path") or ""
    said = {k: v or "" for k, v in row.items() if k != "path"}
    if not path or None in row:
        raise SourceError(f"{where}: expected a path and a value for each column, saw {row}")
    if found.setdefault(normalised(path), said) != said:
        raise SourceError(f"{where}: expected one row of {path}, saw a second that says otherwise")


def normalised(path: str) -> str:
    """Return a path as it is compared: composed letters, no `.` and no empty parts."""
    return posixpath.normpath(unicodedata.normalize("NFC", path))


def _loosely(path: str) -> str:
    folded = unicodedata.normalize("NFKC", unquote(normalised(path))).casefold()
    return "".join(folded.replace("\\", "/").replace("_", "").replace("-", "").split())
