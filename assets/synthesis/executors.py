"""Where a stage runs: a pool of local processes that may die, or Spark; the results are the same.

A stage is a pure function over Arrow batches of units, `(key, body)` in and
`(key, body, reason, value, versions)` out. Batches and workers decide no byte of a result.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import multiprocessing
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from typing import Any, NamedTuple

import psutil
import pyarrow as pa

from corpuswright.assets.builds import spark
from corpuswright.assets.builds.options import Executor
from corpuswright.renderers.browser import shared
from corpuswright.storage.build_state.stage_rows import StageRow

DEATHS = 3  # times a unit may take a worker down, alone in its batch, before it is given up
# Bytes of one worker, browsers and Blender not counted, which have limits of their own. Usual are
# 0.5 to 1 GiB; two workers of this size leave a laptop of 16 GiB at work.
MOST_MEMORY = 4 << 30
_LOOKS_S = 0.1  # between two looks at a worker's memory: it fills some 0.3 GiB in that time
_TOO_LARGE = 86  # what a worker ends with whose unit took more; no other exit is this

UNITS = pa.schema([pa.field("key", pa.string()), pa.field("body", pa.string())])
RESULTS = pa.schema(
    [pa.field(n, pa.string()) for n in ("key", "versions", "body", "reason", "value")]
)


class Unit(NamedTuple):
    """One unit of work; `body` is JSON."""

    key: str
    body: str


class Lost(NamedTuple):
    """Why there is nothing of a unit."""

    reason: str
    value: str


Code = dict[str, int]  # files and when they were last written, ns
BatchFunction = Callable[[pa.RecordBatch], pa.RecordBatch]


class StageFailed(RuntimeError):
    """A worker raised: a fault of the program, not of a unit."""


def units_of(batch: pa.RecordBatch) -> list[Unit]:
    """Return the units of an Arrow batch."""
    return [Unit(*row) for row in zip(*(c.to_pylist() for c in batch.columns), strict=True)]


def batch_of(rows: Sequence[StageRow]) -> pa.RecordBatch:
    """Return result rows as an Arrow batch."""
    plain = [
        {**r._asdict(), "versions": json.dumps(dict(r.versions), sort_keys=True)} for r in rows
    ]
    return pa.RecordBatch.from_pylist(plain, schema=RESULTS)


def _rows_of(batch: pa.RecordBatch) -> list[StageRow]:
    return [StageRow(**{**r, "versions": json.loads(r["versions"])}) for r in batch.to_pylist()]


def run(
    function: BatchFunction,
    units: Sequence[Unit],
    *,
    engine: Executor = "local",
    workers: int = 0,
    batch: int = 8,
    lost: Callable[[Unit, Lost], StageRow] | None = None,
) -> Iterator[list[StageRow]]:
    """Yield the results of `function` over `units`, batch by batch, in no particular order.

    Args:
        function: Picklable, by reference to an importable module.
        units: What to work on.
        engine: `local` or `spark`.
        workers: Processes; 0 takes one for each core.
        batch: Units a worker takes at a time; a kill loses at most this much work.
        lost: Makes the row of a unit that, alone, took DEATHS workers down or more memory than
            MOST_MEMORY; without it that is an error.

    Raises:
        StageFailed: `function` raised.
    """
    batches = [list(units[i : i + batch]) for i in range(0, len(units), batch)]
    if not batches:
        return
    number = min(workers or os.cpu_count() or 1, len(batches))
    if engine == "spark":
        yield from _spark(function, batches, number)
    else:
        yield from _local(function, batches, number, lost)


# --- local -----------------------------------------------------------------------------------


@dataclass(slots=True)
class _Worker:
    process: Any
    pipe: Connection
    path: tuple[str, ...]  # where it imports from
    code: Code  # what it may have imported
    hand: list[Unit] = field(default_factory=list[Unit])


# Workers without work. They and what they hold open, a browser above all, serve the next stage: a
# build of a few pages would else start ten browsers.
_idle: list[_Worker] = []


def _serve(pipe: Connection) -> None:
    threading.Thread(target=_end_with_driver, daemon=True).start()
    threading.Thread(target=_end_when_too_large, daemon=True).start()
    function: BatchFunction | None = None
    try:
        while True:
            given: BatchFunction | list[Unit] = pipe.recv()
            if not isinstance(given, list):
                function = given
                shared.forget()  # files may have changed since the last stage
                continue
            assert function is not None
            try:
                arrow = pa.RecordBatch.from_pylist([u._asdict() for u in given], schema=UNITS)
                pipe.send(("done", _rows_of(function(arrow))))
            except Exception as error:  # the driver raises it; the worker itself stays whole
                import traceback

                pipe.send(("failed", f"{type(error).__name__}: {error}\n{traceback.format_exc()}"))
    except (EOFError, OSError):  # the driver is gone
        return


def _end_with_driver() -> None:
    """End this process, and what it has started, once the driver is gone; even in mid-work."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    wait([parent.sentinel])
    _end(1)


def _end_when_too_large() -> None:
    """End this process once it takes more than MOST_MEMORY: what is left is the machine's."""
    own = psutil.Process()
    while own.memory_info().rss <= MOST_MEMORY:
        time.sleep(_LOOKS_S)
    _end(_TOO_LARGE)


def _end(status: int) -> None:
    for child in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            child.kill()
    os._exit(status)


def _start() -> _Worker:
    # A process without threads of ours forks the workers: a stage starts in no time, since imports
    # are paid for once. Polars must not be among them, it does not survive a fork.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["corpuswright.assets.synthesis.stages"])
    near, far = context.Pipe()
    process = context.Process(target=_serve, args=(far,), daemon=False)
    process.start()
    far.close()
    return _Worker(process, near, tuple(sys.path), _code())


def _code() -> Code:
    """Return the files of all that is imported and is not installed, with their times."""
    installed = (sys.prefix, sys.base_prefix)
    files = {str(getattr(m, "__file__", None) or "") for m in [*sys.modules.values()]} - {""}
    own = {f for f in files if not f.startswith(installed) and os.path.exists(f)}
    return {f: os.stat(f).st_mtime_ns for f in own}


def _is_current(worker: _Worker, now: Code) -> bool:
    """Say whether what a worker has imported is what a new one would import.

    One that began before a package was known, or before a corpus was edited in a notebook that goes
    on, would work by the code of yesterday under the versions of today.
    """
    return worker.path == tuple(sys.path) and all(
        now.get(f, time) == time for f, time in worker.code.items()
    )


def _ready(function: BatchFunction) -> _Worker:
    """Return a worker for a stage, one that is at hand or a new one."""
    code = _code()
    _dismiss([w for w in _idle if not _is_current(w, code)])
    _idle[:] = [w for w in _idle if _is_current(w, code)]
    while _idle:
        worker = _idle.pop()
        with contextlib.suppress(OSError):  # one that died meanwhile
            worker.pipe.send(function)
            worker.code |= {f: t for f, t in code.items() if f not in worker.code}
            return worker
        worker.process.join()
    worker = _start()
    worker.pipe.send(function)
    return worker


@atexit.register
def close() -> None:
    """End the workers that have no work."""
    _dismiss(_idle)
    _idle.clear()


def _dismiss(workers: Sequence[_Worker]) -> None:
    for worker in workers:
        worker.pipe.close()
    for worker in workers:
        worker.process.join(timeout=10)
        if worker.process.is_alive():
            worker.process.kill()


def _local(
    function: BatchFunction,
    batches: list[list[Unit]],
    number: int,
    lost: Callable[[Unit, Lost], StageRow] | None,
) -> Iterator[list[StageRow]]:
    queue = list(reversed(batches))
    deaths: dict[str, int] = {}
    workers: list[_Worker] = []

    def give(worker: _Worker) -> None:
        worker.hand = queue.pop() if queue else []
        if worker.hand:
            worker.pipe.send(worker.hand)

    try:
        workers += [_ready(function) for _ in range(number)]
        for worker in workers:
            give(worker)
        while busy := [w for w in workers if w.hand]:
            ready = wait([w.pipe for w in busy])
            for worker in busy:
                if worker.pipe not in ready:
                    continue
                try:
                    verdict, answer = worker.pipe.recv()
                except (EOFError, ConnectionError):
                    worker.process.join()
                    large = worker.process.exitcode == _TOO_LARGE
                    given_up = _requeue(worker.hand, queue, deaths, 1 if large else DEATHS)
                    workers[workers.index(worker)] = fresh = _ready(function)
                    if given_up:
                        why = Lost("worker_died", f"{DEATHS} times")
                        if large:
                            why = Lost("too_much_memory", f"above {MOST_MEMORY >> 20} MiB")
                        if lost is None:
                            text = f"{given_up.key}: {why.reason}, {why.value}"
                            raise StageFailed(text) from None
                        yield [lost(given_up, why)]
                    give(fresh)
                    continue
                if verdict == "failed":
                    raise StageFailed(answer)
                yield answer
                give(worker)
    finally:
        _idle.extend(w for w in workers if not w.hand)
        _dismiss([w for w in workers if w.hand])


def _requeue(
    hand: list[Unit], queue: list[list[Unit]], deaths: dict[str, int], most: int
) -> Unit | None:
    """Put the units of a dead worker back, each alone; return the one that is given up."""
    if len(hand) == 1:
        (unit,) = hand
        deaths[unit.key] = deaths.get(unit.key, 0) + 1
        if deaths[unit.key] >= most:
            return unit
    queue.extend([unit] for unit in hand)
    return None


# --- Spark -----------------------------------------------------------------------------------


def _spark(
    function: BatchFunction, batches: list[list[Unit]], number: int
) -> Iterator[list[StageRow]]:
    session = spark.session(
        number, {"spark.sql.execution.arrow.maxRecordsPerBatch": str(len(batches[0]))}
    )
    rows = [tuple(u) for b in batches for u in b]
    frame = session.createDataFrame(rows, "key string, body string")
    frame = frame.repartition(min(len(batches), number * 4))
    schema = ", ".join(f"{n} string" for n in RESULTS.names)
    for batch in frame.mapInArrow(_Each(function), schema).toArrow().to_batches():
        yield _rows_of(batch)


@dataclass(frozen=True, slots=True)
class _Each:
    """`mapInArrow` wants a function over an iterator of batches."""

    function: BatchFunction

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            yield self.function(batch)
