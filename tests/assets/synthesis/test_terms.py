"""Files of a user's folder are used on the terms that its `credits.csv` states, or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from corpuswright.assets.synthesis import pages
from corpuswright.storage.inputs.sites import Site, SourceError


def site(folder: Path, *globs: str) -> Site:
    return Site("own", str(folder), globs, "CC-BY-4.0", "me")


def plant(folder: Path, credits: str) -> None:
    for name in ("a.jpg", "Böat.jpg", "c.jpg"):
        (folder / name).write_bytes(name.encode())
    (folder / "credits.csv").write_text(credits)


def test_rows_give_their_terms_and_others_the_default(tmp_path: Path):
    plant(tmp_path, "path,licence,author\n./a.jpg,CC0-1.0,Ada\nBöat.jpg,CC-BY-NC-4.0,\n")
    own = site(tmp_path, "*.jpg")
    found = {p.path: (p.source.licence, p.source.author) for p in pages.pages_of(
        [(own, tmp_path)], {})}  # fmt: skip
    assert found == {"a.jpg": ("CC0-1.0", "Ada"), "Böat.jpg": ("CC-BY-NC-4.0", "me"),
                     "c.jpg": ("CC-BY-4.0", "me")}  # fmt: skip
    refused = pages.refusals([(own, tmp_path)], pages.pages_of([(own, tmp_path)], {}),
                             {"CC0-1.0", "CC-BY-4.0"})  # fmt: skip
    assert refused == {"own/Böat.jpg": ("licence_not_allowed", "CC-BY-NC-4.0")}


def test_a_file_that_a_row_nearly_names_is_not_used(tmp_path: Path):
    plant(tmp_path, "path,licence\nA.JPG,CC-BY-NC-4.0\nb%C3%B6at.jpg,CC-BY-NC-4.0\n")
    own = site(tmp_path, "*.jpg")
    refused = pages.refusals([(own, tmp_path)], pages.pages_of([(own, tmp_path)], {}), None)
    assert {uri: why for uri, (why, _) in refused.items()} == {
        "own/a.jpg": "credits_nearly_named", "own/Böat.jpg": "credits_nearly_named"}  # fmt: skip


def test_a_table_of_that_name_is_a_table(tmp_path: Path):
    plant(tmp_path, "name,amount\nNorth,3\n")
    found = pages.pages_of([(site(tmp_path, "*.csv"), tmp_path)], {})
    assert [p.path for p in found] == ["credits.csv"]
    (tmp_path / "credits.csv").write_text("path,licence,path\na.jpg,MIT,a.jpg\n")
    with pytest.raises(SourceError):
        pages.pages_of([(site(tmp_path, "*.jpg"), tmp_path)], {})
