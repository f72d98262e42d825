"""Credits reach the files that they name, whatever the spelling; nobody's licence is guessed."""

from __future__ import annotations

import csv
import io
import tarfile
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpuswright.storage.inputs import credits, references
from corpuswright.storage.inputs.references import Reference
from corpuswright.storage.inputs.sites import SourceError

Spelling = Callable[[str], str]
_NAMES = st.text("aäéñçöZ9-_ ", min_size=2, max_size=8).map(str.strip).filter(lambda s: len(s) > 1)
PATHS = st.lists(_NAMES, min_size=1, max_size=3).map(lambda p: "/".join(p) + ".jpg")
SAME: tuple[Spelling, ...] = (
    lambda p: p,
    lambda p: "./" + p,
    lambda p: unicodedata.normalize("NFD", p),
    lambda p: p.replace("/", "//"),
    lambda p: p.replace("/", "/./"),
)
NEAR: tuple[Spelling, ...] = (
    lambda p: p.upper(),
    lambda p: p + " ",
    lambda p: p.replace(" ", "%20") + " ",
    lambda p: p.replace("/", "\\").replace(".jpg", ".JPG"),
    lambda p: p.replace(".jpg", "_.jpg"),
)


def laid(folder: Path, rows: list[tuple[str, str]]) -> credits.Credits:
    sink = io.StringIO()
    writer = csv.writer(sink)
    writer.writerow(["path", "licence"])
    writer.writerows(rows)
    (folder / credits.FILE).write_text(sink.getvalue(), "utf-8")
    return credits.read(folder)


@given(PATHS, st.sampled_from(SAME))
def test_a_row_names_its_file_however_the_path_is_written(
    tmp_path_factory: pytest.TempPathFactory, path: str, spelt: Spelling
):
    found = laid(tmp_path_factory.mktemp("c"), [(spelt(path), "CC-BY-NC-4.0")])
    assert found.of(path)["licence"] == "CC-BY-NC-4.0" and found.fault(path) == ""
    assert found.of(unicodedata.normalize("NFD", path))["licence"] == "CC-BY-NC-4.0"
    assert found.unmatched([path]) == []


@given(PATHS, st.sampled_from(NEAR))
def test_a_file_that_a_row_nearly_names_has_no_default_licence(
    tmp_path_factory: pytest.TempPathFactory, path: str, spelt: Spelling
):
    row = spelt(path)
    found = laid(tmp_path_factory.mktemp("c"), [(row, "CC-BY-NC-4.0")])
    if credits.normalised(row) != credits.normalised(path):
        assert found.of(path) == {} and found.fault(path).startswith(credits.NEARLY)
        assert found.unmatched([path]) == [credits.normalised(row)]


def test_a_file_that_no_row_is_like_has_the_default(tmp_path: Path):
    found = laid(tmp_path, [("other.jpg", "CC-BY-NC-4.0")])
    assert found.of("one.jpg") == {} and found.fault("one.jpg") == ""


def test_members_of_tars_made_with_a_dot_are_named(tmp_path: Path):
    (tmp_path / "a.jpg").write_bytes(b"x")
    with tarfile.open(tmp_path / "t.tar", "w") as tar:
        tar.add(tmp_path / "a.jpg", "./a.jpg")
    said = laid(tmp_path, [("t.tar/a.jpg", "CC-BY-NC-4.0"), ("a.jpg", "CC0-1.0")])
    found: list[Reference] = []
    for part in references.parts(tmp_path):
        found += references.read(part, said, "MIT", "me")
    assert sorted(r.licence for r in found) == ["CC-BY-NC-4.0", "CC0-1.0"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("path,licence\na.jpg,MIT\n./a.jpg,CC0-1.0\n", "a second that says otherwise"),
        ("path,path\na.jpg,b.jpg\n", "each once"),
        ("path,licence\na.jpg,MIT,CC0\n", "line 2: expected a path and a value"),
        ("path,colour\na.jpg,red\n", "expected the column path"),
    ],
)
def test_credits_that_contradict_themselves_are_refused(tmp_path: Path, text: str, said: str):
    (tmp_path / credits.FILE).write_text(text)
    with pytest.raises(SourceError, match=said):
        credits.read(tmp_path)


def test_a_row_that_names_another_file_is_about_that_one(tmp_path: Path):
    (tmp_path / "a-b.jpg").write_bytes(b"x")
    found = laid(tmp_path, [("a-b.jpg", "MIT")])
    assert found.of("ab.jpg") == {} and found.fault("ab.jpg") == ""
