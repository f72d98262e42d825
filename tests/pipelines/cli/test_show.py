"""`corpuswright show`: every kind of verification is told in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from corpuswright.pipelines.cli.main import main
from corpuswright.storage.loaders.loader import Loader
from tests.fixtures.small_samples import toy_release
from tests.storage.audits.test_human_reviews import png


def test_what_was_verified_of_a_click_and_of_a_state_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    toy_release(tmp_path, 3, png=png(200))
    examples = Loader.open(tmp_path, "toy", seed=None)
    (key,) = {e.task.key.rpartition("-")[0] for e in examples if e.task.expected}
    assert main(["show", key, "--out", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert "verified  click with the real mouse reached e0" in said
    assert "verified  click with the real mouse turned e0 on" in said
