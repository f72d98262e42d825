"""`make soak`: an application that no recipe names, one command, no code."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from corpuswright.pipelines.cli.main import main
from corpuswright.storage.inputs import sites
from corpuswright.storage.inputs.sites import Site
from corpuswright.storage.releases import manifest

# Pages with charts, tables and forms, and fonts from the open web, which are not to be had.
APP = Site(
    name="sb-admin-2",
    package="startbootstrap-sb-admin-2@4.1.4",
    root=".",
    pages=("*.html",),
    licence="MIT",
    author="Start Bootstrap",
)


def test_a_third_party_app_gives_a_verified_release_with_one_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    dist = tmp_path / "sb-admin-2"
    shutil.copytree(Path(sites.fetch(APP, tmp_path / "inputs")), dist)
    out = tmp_path / "out"
    command = ["build", "grounding_gui", "--source", str(dist), "--out", str(out)]
    assert main([*command, "--samples", "30", "--licence", "MIT"]) == 0
    made = manifest.load(out, "grounding_gui")
    assert made.counts["scene"]["kept"] == 30 and made.counts["task"]["kept"] >= 100
    assert made.counts["state"]["kept"] > 0
    assert main(["verify", "grounding_gui", "--out", str(out)]) == 0
    print(made.counts, made.rejections)
