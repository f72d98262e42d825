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

SIGNALS = (signal.SIGINT, signal.SIGTERM)  # Dagster takes one for the other
AGAIN = 0.5  # s after which jobs are cancelled again, for a step may have started another


@contextlib.contextmanager
def watched() -> Generator[threading.Event]:
    """Cancel Spark's jobs from Ctrl-C on, until this ends; yields what is set when it came.

    Nothing is watched outside the main thread, which alone has signals.
    """
    came, over = threading.Event(), threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield came
        return
    read, write = os.pipe()
    os.set_blocking(write, False)
    before = signal.set_wakeup_fd(write, warn_on_full_buffer=False)

    def watch() -> None:
        while (said := os.read(read, 1)) and said[0] not in SIGNALS:
            pass
        if said:
            came.set()
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
