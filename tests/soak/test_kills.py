"""`make soak`: whole builds killed at random moments end in the undisturbed bytes."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from corpuswright.storage import disk
from corpuswright.storage.build_state import packs
from corpuswright.storage.keys import seed
from corpuswright.storage.releases import manifest
from tests.assets.grounding.test_composed import PROSE
from tests.fixtures.photograph import photograph

SMALL = ["--set", 'areas={"480000": 1.0}']
# Corpus, kills, and what else its build is told: pages of one's own most often, each medium too.
CASES = {
    "my_corpus": (20, ["--set", "variants=6"]),
    "grounding_canvas": (4, ["--set", "scenes=10", *SMALL]),
    "grounding_desk": (4, ["--set", "scenes=10", *SMALL]),
    "grounding_table": (4, ["--source", "tables", "--set", "variants=8", *SMALL]),
    "grounding_text": (4, ["--source", "texts", "--set", "variants=8", *SMALL]),
    "grounding_photo": (4, ["--source", "photos", "--set", "variants=8", *SMALL]),
}


def sources(folder: Path) -> None:
    """Write a source for each medium that has one."""
    for name in ("tables", "texts", "photos"):
        (folder / name).mkdir()
    rows = "".join(f"town {i},{1000 + 37 * i},{i % 5}\n" for i in range(30))
    (folder / "tables/towns.csv").write_text(f"name,people,class\n{rows}")
    (folder / "texts/rivers.html").write_text(PROSE)
    photograph().image.save(folder / "photos/shapes.png")


def start(folder: Path, out: str, corpus: str, told: list[str]) -> subprocess.Popen[bytes]:
    named = "my_corpus:CORPUS" if corpus == "my_corpus" else corpus
    build = ["build", named, "--workers", "2", *told]
    command = [sys.executable, "-W", "ignore", "-m", "corpuswright.pipelines.cli.main", *build]
    environment = {k: v for k, v in os.environ.items() if k != "DAGSTER_HOME"}
    return subprocess.Popen(
        [*command, "--out", out],
        cwd=folder,
        env=environment,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def picture(store: Path, corpus: str) -> dict[str, bytes]:
    made = manifest.load(store, corpus)
    folder = manifest.folder(store, corpus, made.plan)
    files = {n: (folder / n).read_bytes() for n in ("manifest.json", "outcomes.parquet")}
    return files | {s.name: (store / s.name).read_bytes() for s in made.shards}


@pytest.mark.parametrize("corpus", CASES)
def test_random_kills_of_whole_builds(tmp_path: Path, corpus: str):
    kills, told = CASES[corpus]
    sources(tmp_path)
    subprocess.run(
        [sys.executable, "-m", "corpuswright.pipelines.cli.main", "init"], cwd=tmp_path, check=True
    )
    page = (tmp_path / "pages/orders.html").read_text()
    for i in range(5):
        (tmp_path / f"pages/more{i}.html").write_text(page.replace("Orders", f"List {i}"))
    begun = time.monotonic()
    assert start(tmp_path, "calm", corpus, told).wait() == 0
    usual = time.monotonic() - begun
    calm = picture(tmp_path / "calm", corpus)

    rng = random.Random(seed("soak", "kill", 1, corpus))
    killed = 0
    while killed < kills:
        build = start(tmp_path, "storm", corpus, told)
        time.sleep(rng.uniform(0.5, usual))
        if build.poll() is not None:  # it was done before its kill: begin again, with all the work
            assert build.returncode == 0
            subprocess.run(["rm", "-rf", str(tmp_path / "storm")], check=True)
            continue
        os.kill(build.pid, signal.SIGKILL)  # the driver alone: its workers must end themselves
        build.wait()
        killed += 1
        newest = manifest.latest(tmp_path / "storm", corpus)
        if newest:
            made = manifest.load(tmp_path / "storm", corpus)
            assert manifest.verify(tmp_path / "storm", made) == []
        print(f"{corpus}: kill {killed} of {kills}", flush=True)
    deadline = time.monotonic() + 60
    while left := [
        p
        for p in psutil.process_iter(["cmdline"])
        if str(tmp_path) in " ".join(p.info["cmdline"] or [])
    ]:
        assert time.monotonic() < deadline, f"left running: {left}"
        time.sleep(1)
    assert start(tmp_path, "storm", corpus, told).wait() == 0
    storm = tmp_path / "storm"
    assert picture(storm, corpus) == calm
    assert not list((storm / disk.STAGING).iterdir())
    named = {s.name.rsplit("/", 1)[1] for s in manifest.load(storm, corpus).shards}
    assert {p.name for p in (storm / corpus / "shards").glob("*.tar")} == named
    assert len(list((storm / packs.FOLDER).glob("*.tar"))) > 0
