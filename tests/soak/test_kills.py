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

from corpuswright.storage import disk, packs, release
from corpuswright.storage.keys import seed

KILLS = 20
BUILD = ["build", "my_corpus:CORPUS", "--workers", "2", "--set", "variants=6"]


def start(folder: Path, out: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-W", "ignore", "-m", "corpuswright.pipelines.cli", *BUILD]
    environment = {k: v for k, v in os.environ.items() if k != "DAGSTER_HOME"}
    return subprocess.Popen(
        [*command, "--out", out],
        cwd=folder,
        env=environment,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def picture(store: Path) -> dict[str, bytes]:
    made = release.load(store, "my_corpus")
    folder = release.folder(store, "my_corpus", made.plan)
    files = {n: (folder / n).read_bytes() for n in ("manifest.json", "outcomes.parquet")}
    return files | {s.name: (store / s.name).read_bytes() for s in made.shards}


def test_random_kills_of_whole_builds(tmp_path: Path):
    subprocess.run(
        [sys.executable, "-m", "corpuswright.pipelines.cli", "init"], cwd=tmp_path, check=True
    )
    page = (tmp_path / "pages/orders.html").read_text()
    for i in range(5):
        (tmp_path / f"pages/more{i}.html").write_text(page.replace("Orders", f"List {i}"))
    begun = time.monotonic()
    assert start(tmp_path, "calm").wait() == 0
    usual = time.monotonic() - begun
    calm = picture(tmp_path / "calm")

    rng = random.Random(seed("soak", "kill", 1, ""))
    killed = 0
    while killed < KILLS:
        build = start(tmp_path, "storm")
        time.sleep(rng.uniform(0.5, usual))
        if build.poll() is not None:  # it was done before its kill: begin again, with all the work
            assert build.returncode == 0
            subprocess.run(["rm", "-rf", str(tmp_path / "storm")], check=True)
            continue
        os.kill(build.pid, signal.SIGKILL)  # the driver alone: its workers must end themselves
        build.wait()
        killed += 1
        newest = release.latest(tmp_path / "storm", "my_corpus")
        if newest:
            made = release.load(tmp_path / "storm", "my_corpus")
            assert release.verify(tmp_path / "storm", made) == []
        print(f"kill {killed} of {KILLS}", flush=True)
    deadline = time.monotonic() + 60
    while left := [
        p
        for p in psutil.process_iter(["cmdline"])
        if str(tmp_path) in " ".join(p.info["cmdline"] or [])
    ]:
        assert time.monotonic() < deadline, f"left running: {left}"
        time.sleep(1)
    assert start(tmp_path, "storm").wait() == 0
    storm = tmp_path / "storm"
    assert picture(storm) == calm
    assert not list((storm / disk.STAGING).iterdir())
    named = {s.name.rsplit("/", 1)[1] for s in release.load(storm, "my_corpus").shards}
    assert {p.name for p in (storm / "my_corpus/shards").glob("*.tar")} == named
    assert len(list((storm / packs.FOLDER).glob("*.tar"))) > 0
