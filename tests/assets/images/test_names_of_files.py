"""Files called as somebody liked to call them: each is one outcome, and shown as text."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from corpuswright.assets.curation import contact_sheets
from corpuswright.storage.releases import manifest
from tests.assets.images.test_lens import build, ended, loaded
from tests.fixtures import synthetic_images
from tests.fixtures.synthetic_images import jpeg, texture

pytestmark = pytest.mark.spark


def test_any_name_that_a_file_system_allows_is_one_outcome(tmp_path: Path):
    source = tmp_path / "source"
    source.mkdir()
    names = ["line\nbreak.jpg", "tab\there.jpg", "<b>bold & `code` | [x](y).jpg",
             "a\u202eb.jpg", "\x1b[31mred.jpg", "snowman ☃.jpg", "'quoted\".jpg"]  # fmt: skip
    for n, name in enumerate(names):
        (source / name).write_bytes(jpeg(texture(700 + n)))
    (source / "dark\nand\nlong.jpg").write_bytes(jpeg(synthetic_images.dark(3)))
    raw = os.fsencode(source) + b"/not \xff utf8.jpg"
    with open(raw, "wb") as file:
        file.write(jpeg(texture(720)))
    store = tmp_path / "store"
    build(source, store, recipe={"min_clarity": 0})
    found = ended(store)
    assert len(found) == len(names) + 2
    assert {n for n, o in found.items() if not o.reason} == set(names)
    assert {o.reason for n, o in found.items() if "utf8" in n} == {"name_not_utf8"}
    folder = manifest.folder(store, "lens", loaded(store).plan)
    assert all((folder / n).exists() for n in ("contact.jpg", "dropped.jpg", "report.html"))
    assert "<b>bold" not in (folder / "report.html").read_text()
    assert manifest.verify(store, loaded(store)) == []


def test_a_report_that_cannot_be_drawn_undoes_no_release(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    (tmp_path / "source").mkdir()
    (tmp_path / "source/a.jpg").write_bytes(jpeg(texture(1)))

    def broken(*_: object) -> None:
        raise ValueError("a name\nthat nobody can draw")

    monkeypatch.setattr(contact_sheets, "write", broken)
    build(tmp_path / "source", tmp_path / "store", recipe={"min_clarity": 0})
    made = loaded(tmp_path / "store")
    assert manifest.verify(tmp_path / "store", made) == [] and made.counts["scene"]["kept"] == 1
    said = capsys.readouterr().out
    assert "released; its report could not be drawn: ValueError: a name\\nthat nobody" in said
