"""The pool of workers: who works again, and who ends with whom."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pyarrow as pa

from corpuswright.assets.synthesis import executors
from corpuswright.assets.synthesis.executors import Unit
from corpuswright.storage.build_state.stage_rows import StageRow

DRIVER = """
import sys
from corpuswright.assets.synthesis import executors
from tests.assets.synthesis.test_executors import Sleeps
if __name__ == "__main__":
    list(executors.run(Sleeps(sys.argv[1]), [executors.Unit("a", "{}")], workers=1))
"""


class Tells:
    """Says which process worked on a unit."""

    def __call__(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        rows = [StageRow(u.key, {}, str(os.getpid())) for u in executors.units_of(batch)]
        return executors.batch_of(rows)


class Sleeps:
    """Writes which process it is in and which one that started, and does not come back."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __call__(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        child = subprocess.Popen(["sleep", "600"])
        Path(self.path + ".part").write_text(f"{os.getpid()} {child.pid}")
        Path(self.path + ".part").rename(self.path)
        time.sleep(600)
        raise AssertionError


def test_a_worker_without_work_takes_the_next_stage():
    executors.close()
    units = [Unit(k, "{}") for k in "abcd"]

    def processes(workers: int) -> set[str]:
        rows = executors.run(Tells(), units, workers=workers, batch=1)
        return {r.body for batch in rows for r in batch}

    first = processes(1)
    assert processes(1) == first and len(first) == 1
    assert first < processes(2)
    executors.close()
    assert not psutil.pid_exists(int(next(iter(first))))
    assert processes(1) != first


def test_workers_end_with_their_driver_in_the_middle_of_work(tmp_path: Path):
    said = tmp_path / "pids"
    program = [sys.executable, "-c", DRIVER, str(said)]
    driver = subprocess.Popen(program, cwd=Path(__file__).parents[3])
    try:
        end = time.monotonic() + 60
        while not said.exists() and time.monotonic() < end:
            time.sleep(0.05)
        pids = [int(p) for p in said.read_text().split()]
    finally:
        driver.send_signal(signal.SIGKILL)
        driver.wait()
    end = time.monotonic() + 5
    while any(map(_lives, pids)) and time.monotonic() < end:
        time.sleep(0.05)
    assert not any(map(_lives, pids))


def _lives(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
