"""Ctrl-C while Spark works: its jobs are cancelled, so that the step which waits for them ends.

pyspark waits for a job's end before it hands on that it was interrupted, for minutes; meanwhile
Dagster's own handlers come and go with each step. Python tells of a signal by a file as well,
whoever handles it.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Generator

AGAIN = 0.5  # s after which jobs are cancelled again, for a step may have started another


class Interrupted:
    """Whether Ctrl-C came; `event` is set if so."""

    def __init__(self) -> None:
        self.event = threading.Event()

    def __bool__(self) -> bool:
        return self.event.is_set()


@contextlib.contextmanager
def watched() -> Generator[Interrupted]:
    """Cancel Spark's jobs from Ctrl-C on, until this ends; only in the main thread."""
    came, over = Interrupted(), threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield came
        return
    read, write = os.pipe()
    os.set_blocking(write, False)
    before = signal.set_wakeup_fd(write, warn_on_full_buffer=False)

    def watch() -> None:
        while (said := os.read(read, 1)) and said[0] != signal.SIGINT:
            pass
        if said:
            came.event.set()
        while said and not over.wait(AGAIN):
            _cancel()

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield came
    finally:
        over.set()
        signal.set_wakeup_fd(before)
        os.close(write)
        thread.join()
        os.close(read)


def _cancel() -> None:
    from pyspark import SparkContext

    context = SparkContext._active_spark_context  # pyright: ignore[reportPrivateUsage]
    if context is not None:
        with contextlib.suppress(Exception):  # it is about to end, or has none
            context.cancelAllJobs()
