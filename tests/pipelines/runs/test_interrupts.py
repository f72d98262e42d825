"""Ctrl-C, or a TERM, while a step works: the build ends, and is not taken for one to try again."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from corpuswright.annotators.vocabularies import wordnet
from corpuswright.storage.inputs import sites

CORPUS = """
import os, signal
from dataclasses import replace
from pathlib import Path
from corpuswright.assets.builds.reports import Report
from corpuswright.assets.prompts import lens_rl

def stopped(build, partition):
    tried = Path(os.environ["TRIED"])
    tried.write_text(tried.read_text() + "x" if tried.exists() else "x")
    os.kill(os.getpid(), getattr(signal, os.environ["SIGNAL"]))
    return Report()

first, *others = lens_rl.CORPUS.steps
CORPUS = replace(
    lens_rl.CORPUS,
    reference="stopped:CORPUS",
    name="stopped",
    steps=(replace(first, run=stopped), *others),
)
"""


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_a_signal_within_a_step_ends_the_build(tmp_path: Path, name: str):
    (tmp_path / "stopped.py").write_text(CORPUS)
    words = Path(sites.fetch(wordnet.SITE, Path("inputs"))).resolve()
    tried = tmp_path / "tried"
    environment = {**os.environ, "TRIED": str(tried), "SIGNAL": name}
    environment.pop("DAGSTER_HOME", None)
    command = [sys.executable, "-m", "corpuswright.pipelines.cli.main"]
    ended = subprocess.run(
        [*command, "build", "stopped:CORPUS", "--source", str(words)],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert "it was interrupted; nothing is lost" in ended.stderr
    assert tried.read_text() == "x", "once"
