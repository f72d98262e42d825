"""`corpuswright show`: every kind of verification is told in words."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from corpuswright.pipelines.cli.main import main
from corpuswright.storage.loaders.loader import Loader, examples
from tests.fixtures.small_samples import toy_release
from tests.storage.audits.test_human_reviews import png


def test_what_was_verified_of_a_click_and_of_a_state_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    toy_release(tmp_path, 3, png=png(200))
    found = Loader.open(tmp_path, "toy", seed=None)
    (key,) = {e.task.key.rpartition("-")[0] for e in found if e.task.expected}
    assert main(["show", key, "--out", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert "verified  click with the real mouse reached e0" in said
    assert "verified  click with the real mouse turned e0 on" in said


def test_a_sample_is_of_as_many_samples_as_there_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    toy_release(tmp_path, 9, png=png(200))  # six of them have a task or two
    assert main(["sample", "toy", "--number", "5", "--out", str(tmp_path)]) == 0
    keys = [
        line.split()[0] for line in capsys.readouterr().out.splitlines() if line.startswith("toy-")
    ]
    assert len({key[:-3] for key in keys}) == 5
    assert main(["sample", "toy", "--number", "9", "--out", str(tmp_path)]) == 0
    keys = [
        line.split()[0] for line in capsys.readouterr().out.splitlines() if line.startswith("toy-")
    ]
    assert len(set(keys)) == 9 and len({key[:-3] for key in keys}) == 6


def test_a_picture_is_written_as_its_name_says(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    made = toy_release(tmp_path, 3, png=png(200))
    key = next(r.key for r in Loader(tmp_path, made, seed=None).records() if examples(r))
    for ending, kind in (("png", "PNG"), ("webp", "WEBP"), ("jpg", "JPEG")):
        path = tmp_path / f"shown.{ending}"
        words = ["show", key, "--picture", str(path), "--out", str(tmp_path)]
        assert main(words) == 0 and Image.open(path).format == kind
    assert main(["show", key, "--picture", "shown.xyz", "--out", str(tmp_path)]) == 2
    assert main(["show", f"{key}-09", "--out", str(tmp_path)]) == 2
    assert "--picture: expected a name such as" in capsys.readouterr().err
