"""`make soak`: the README's own commands, one after the other, as a reader runs them."""

from __future__ import annotations

from pathlib import Path

import pytest

from corpuswright.storage.loaders.loader import Loader
from corpuswright.storage.releases import manifest
from tests.fixtures.page_commands import ROOT, Shell, commands
from tests.fixtures.small_corpora import page

pytestmark = [pytest.mark.browser, pytest.mark.spark, pytest.mark.slow]
SMALLER = {
    "grounding_gui": ["--samples", "2", "--set", "variants=1", "--set", "states=0",
                      "--set", 'areas={"480000": 1.0}', "--workers", "1"],
}  # fmt: skip


def test_every_command_runs(tmp_path: Path):
    """Builds are of two samples; the release and the sample that are named are those made here."""
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist/index.html").write_text(page("Alpha"))
    said: dict[str, str] = {}
    shell, store, plans = Shell(tmp_path, said, SMALLER), tmp_path / "corpora", list[str]()
    for words in commands(ROOT / "README.md"):
        for word in words:
            if word.startswith("grounding_gui-"):  # a sample of the page's
                examples = Loader.open(store, "grounding_gui", seed=None)
                said[word] = next(iter(examples)).key.rpartition("-")[0]
            elif word == "7c3a":  # the first digits of a release
                said[word] = next(p for p in plans if p != plans[-1])[:4]
        out = shell.run(words)
        assert out.strip(), words
        if words[0] == "build":
            plans.append(manifest.load(store, "grounding_gui").plan)
    assert plans[0] == plans[2] != plans[1], "Spark makes the same release"
    assert (tmp_path / "look.html").exists() and any((tmp_path / "sft").iterdir())
