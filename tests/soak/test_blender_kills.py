"""`make soak`: Blender killed in the middle of clips: nothing is lost, the bytes are the same."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from pathlib import Path

import psutil
import pytest

from corpuswright.assets.builds.options import BuildOptions
from corpuswright.renderers.blender import engine
from corpuswright.storage.releases import manifest
from tests.fixtures import builds
from tests.fixtures.small_corpora import CHECKED

KILLS = 10
# Seconds between two: longer than a fresh worker and a clip take, so that none is hit three times.
APART = (7.0, 10.0)

pytestmark = pytest.mark.blender


def build(out: Path) -> None:
    builds.made(CHECKED, BuildOptions(out=str(out), workers=1), print)


def workers() -> list[psutil.Process]:
    found: list[psutil.Process] = []
    for child in psutil.Process().children(recursive=True):
        try:
            if any(str(c).endswith("blender/worker.py") for c in child.cmdline()):
                found.append(child)
        except psutil.Error:
            continue
    return found


def shas(store: Path) -> list[str]:
    return [s.sha256 for s in manifest.load(store, CHECKED.name).shards]


def test_ten_kills_of_the_worker_lose_nothing(tmp_path: Path):
    engine.python()
    build(tmp_path / "quiet")
    rng, killed = random.Random(7), 0
    at_work = threading.Thread(target=build, args=(tmp_path / "killed",))
    at_work.start()
    while at_work.is_alive():
        time.sleep(rng.uniform(*APART))
        for worker in workers():
            os.killpg(worker.pid, signal.SIGKILL)
            killed += 1
    at_work.join()
    print(f"{killed} kills")
    assert killed >= KILLS
    assert shas(tmp_path / "killed") == shas(tmp_path / "quiet")
