"""The pool of workers: who works again, and who ends with whom."""

from __future__ import annotations

import importlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pyarrow as pa
import pytest

from corpuswright.assets.synthesis import executors
from corpuswright.assets.synthesis.executors import Unit
from corpuswright.storage.build_state.stage_rows import StageRow

DRIVER = """
from corpuswright.assets.synthesis import executors
from tests.assets.synthesis.test_executors import Hangs
if __name__ == "__main__":
    list(executors.run(Hangs(), [executors.Unit("a", "{}")], workers=1))
"""


class Tells:
    """Says which process worked on a unit."""

    def __call__(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        rows = [StageRow(u.key, {}, str(os.getpid())) for u in executors.units_of(batch)]
        return executors.batch_of(rows)


class Reads:
    """Says what a module of the user's says."""

    def __call__(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        said = importlib.import_module("edited_corpus").SAYS
        return executors.batch_of([StageRow(u.key, {}, said) for u in executors.units_of(batch)])


class Hangs:
    """Says which process it is in and which one that started, and does not come back."""

    def __call__(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        child = subprocess.Popen(["tail", "-f", os.devnull], stdout=subprocess.DEVNULL)
        print(os.getpid(), child.pid, flush=True)
        child.wait()
        raise AssertionError("it was ended, and this process with it")


class Grows:
    """Fills memory for one unit, up to a limit that is set low for the test."""

    def __call__(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        units = executors.units_of(batch)
        executors.MOST_MEMORY = psutil.Process().memory_info().rss + (256 << 20)
        if any(u.key == "b" for u in units):
            held = [b"x" * (64 << 20) for _ in range(8)]
            time.sleep(60)
            raise AssertionError(f"{len(held)} blocks were held for a minute")
        return executors.batch_of([StageRow(u.key, {}, u.body) for u in units])


def test_a_unit_that_takes_too_much_memory_is_given_up_and_no_other_lost():
    executors.close()
    rows = executors.run(
        Grows(),
        [Unit(k, "{}") for k in "abcde"],
        workers=2,
        batch=3,
        lost=lambda u, why: StageRow(u.key, {}, "{}", *why),
    )
    found = {r.key: (r.reason, r.value) for batch in rows for r in batch}
    assert found.pop("b") == ("too_much_memory", "above 4096 MiB")
    assert found == dict.fromkeys("acde", ("", ""))
    executors.close()


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


def test_workers_end_with_their_driver_in_the_middle_of_work():
    program = [sys.executable, "-c", DRIVER]
    where = Path(__file__).parents[3]
    with subprocess.Popen(program, cwd=where, stdout=subprocess.PIPE, text=True) as driver:
        assert driver.stdout is not None
        working = [psutil.Process(int(p)) for p in driver.stdout.readline().split()]
        assert len(working) == 2
        driver.send_signal(signal.SIGKILL)
    _, left = psutil.wait_procs(working, timeout=5)
    assert left == []


def test_code_that_was_edited_meanwhile_is_taken_as_it_is_now(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """As in a notebook: the corpus's module is edited and loaded again, the process goes on."""
    monkeypatch.syspath_prepend(str(tmp_path))
    file = tmp_path / "edited_corpus.py"
    file.write_text("SAYS = 'yesterday'\n")
    module = importlib.import_module("edited_corpus")

    def said() -> list[str]:
        return [r.body for b in executors.run(Reads(), [Unit("a", "{}")], workers=1) for r in b]

    try:
        assert said() == ["yesterday"] == said()
        file.write_text("SAYS = 'today, and longer'\n")
        importlib.reload(module)
        assert said() == ["today, and longer"]
    finally:
        del sys.modules["edited_corpus"]
        executors.close()
