"""`corpuswright score designs`: pictures of others, seen by OCR, colours and geometry."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from corpuswright.pipelines.cli.main import main
from corpuswright.pipelines.scoring import designs
from corpuswright.renderers import ocr
from tests.assets.documents import test_designs

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not ocr.available(), reason="needs the extra `ocr`"),
]
built = test_designs.built


def test_our_own_pictures_are_right_and_twins_are_not(
    built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    chosen = [a for n, a in enumerate(designs.asked(built)) if n in (0, 7)]
    monkeypatch.setattr(designs, "asked", lambda store: iter(chosen))  # two of them: OCR is slow
    whole, wrong = tmp_path / "whole", tmp_path / "wrong"
    for folder in (whole, wrong):
        folder.mkdir()
    for one in chosen:
        # A generator's size is its own, and its format too.
        with Image.open(io.BytesIO(one.png)) as image:
            half = image.convert("RGB").resize(
                (round(image.width * 0.9), round(image.height * 0.9))
            )
            half.save(whole / f"{one.key}.jpg", quality=95)
        (wrong / f"{one.key}.png").write_bytes(one.twin)

    def scored(folder: Path) -> dict[str, Any]:
        report = tmp_path / "report.json"
        words = ["score", "designs", "--data", str(built), "--predictions", str(folder)]
        assert main([*words, "--json", str(report)]) == 0
        return json.loads(report.read_text())

    right, twins = scored(whole), scored(wrong)
    assert right["questions"] == twins["questions"] >= 30
    assert right["all"]["told"] > 0.4 * right["all"]["asked"]
    assert right["all"]["share"] > 0.9 and twins["all"]["share"] < right["all"]["share"]
    (wrong / f"{chosen[0].key}.png").write_bytes(b"no picture")
    third = scored(wrong)
    assert list(third["not_decoded"]) == [chosen[0].key] and third["without_picture"] == []
    words = ["--data", str(built), "--json", str(tmp_path / "error.json")]
    assert main(["score", "designs", "--self-test", *words]) == 0
    error = json.loads((tmp_path / "error.json").read_text())
    assert error["all"]["share"] < 0.1 and error["all"]["asked"] == 2 * right["questions"]
    assert "text" in error["by_dimension"] or "layout" in error["by_dimension"]


def test_without_a_picture_it_says_so(built: Path, tmp_path: Path):
    words = ["score", "designs", "--data", str(built), "--predictions", str(tmp_path)]
    assert main(words) == 2
