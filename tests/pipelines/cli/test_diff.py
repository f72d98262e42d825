"""diff and export on the command line, over releases that differ in known samples."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from corpuswright.pipelines.cli.look import diff
from corpuswright.pipelines.cli.main import main
from corpuswright.storage.releases import manifest
from tests.fixtures.small_samples import toy_release


def test_diff_names_what_came_and_went(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    few, many = toy_release(tmp_path, 9), toy_release(tmp_path, 12)
    found = diff.compare(tmp_path, few, many)
    assert (len(found.added), found.removed, found.changed) == (3, (), ())
    back = diff.compare(tmp_path, many, few)
    assert back.removed == found.added and back.reasons == {"source_gone": 3}
    page = tmp_path / "diff.html"
    words = ["diff", "toy", few.plan[:6], many.plan, "--out", str(tmp_path)]
    assert main(words) == 0 and "3 added" in capsys.readouterr().out
    assert main(["diff", "toy", "zzz", "--out", str(tmp_path)]) == 2
    assert not page.exists()


def test_smaller_exports_are_the_beginning_of_larger_ones(tmp_path: Path):
    toy_release(tmp_path, 12)
    assert manifest.latest(tmp_path, "toy")
    lines: list[list[str]] = []
    for number in ("4", "8"):
        to = str(tmp_path / number)
        words = ["export", "toy", "--format", "phi_ground", "--to", to, "--samples", number]
        assert main([*words, "--out", str(tmp_path)]) == 0
        lines.append((tmp_path / number / "train.jsonl").read_text().splitlines())
    assert 0 < len(lines[0]) < len(lines[1]) and lines[1][: len(lines[0])] == lines[0]
    assert json.loads(lines[0][0])["action-type"] == "click"
    words = ["export", "toy", "--format", "coco", "--to", str(tmp_path / "4")]
    assert main([*words, "--out", str(tmp_path)]) == 2


def test_sweep_says_what_would_go_and_then_removes_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    old, new = toy_release(tmp_path, 9), toy_release(tmp_path, 12)
    words = ["sweep", "toy", "--keep", "1", "--out", str(tmp_path)]
    assert main([*words, "--dry-run"]) == 0
    assert "1 release would go" in capsys.readouterr().out
    assert main(words) == 0 and old.plan in capsys.readouterr().out
    assert main(["verify", "toy", "--out", str(tmp_path)]) == 0
    assert manifest.latest(tmp_path, "toy") == new.plan
    assert main([*words, "--keep-plan", old.plan]) == 2
    capsys.readouterr()
    assert main(["diff", "toy", old.plan[:8], "--out", str(tmp_path)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert f"{old.plan} is gone: it was swept as an old one (9 samples)" in line
