"""Real tables from CSV and JSON files: named columns, rows of short texts."""

from __future__ import annotations

import csv
import io
import json
from typing import Any, NamedTuple

MOST_ROWS = 2000  # of a file are looked at: enough for any screen
MIN_ROWS, MIN_COLUMNS = 6, 3  # below it there is no table to ask about
LONGEST = 28  # characters of a value: a cell holds a line


class Tabular(NamedTuple):
    """Column names and rows of as many texts."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class NotTabular(ValueError):
    """The file holds no table; the message says what it holds."""


def read(name: str, data: bytes) -> Tabular:
    """Return the table in a file named `*.csv` or `*.json` (a list of flat objects).

    Raises:
        NotTabular: There is none, or too small a one.
    """
    try:
        text = data.decode("utf-8-sig")
        found: Any = (
            json.loads(text) if name.lower().endswith(".json") else _records(text.replace("\0", ""))
        )
    except (ValueError, csv.Error, RecursionError) as error:
        raise NotTabular(f"not to be read: {error}") from error
    if not isinstance(found, list) or not all(isinstance(r, dict) for r in found[:MOST_ROWS]):
        raise NotTabular("expected a list of objects")
    records: list[dict[Any, Any]] = found[:MOST_ROWS]
    names = [
        n
        for n in (records[0] if records else {})
        if isinstance(n, str) and n.strip() and all(_plain(r.get(n)) for r in records)
    ]
    rows = tuple(tuple(_text(r.get(n)) for n in names) for r in records)
    if len(names) < MIN_COLUMNS or len(rows) < MIN_ROWS:
        raise NotTabular(f"{len(names)} plain columns, {len(rows)} rows")
    return Tabular(tuple(n.strip() for n in names), rows)


def _records(text: str) -> list[dict[str, str]]:
    """Return the rows of a CSV file by column; a second column of one name is told apart by number.

    What a row has beyond the columns is lost to no name: the file is refused.
    """
    lines = [line for line in csv.reader(io.StringIO(text)) if line]
    if not lines:
        return []
    names: list[str] = []
    for name in lines[0]:
        number, own = 2, name
        while own in names:
            own, number = f"{name} {number}", number + 1
        names.append(own)
    if longer := next((n for n, line in enumerate(lines) if len(line) > len(names)), 0):
        raise csv.Error(f"row {longer} has {len(lines[longer])} values for {len(names)} columns")
    return [dict(zip(names, line, strict=False)) for line in lines[1:]]


def _plain(value: Any) -> bool:
    return value is None or isinstance(value, str | int | float)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float):
        return f"{value:.4g}" if value % 1 else str(int(value))
    text = " ".join(str(value).split())
    return text if len(text) <= LONGEST else text[: LONGEST - 1].rstrip() + "…"
