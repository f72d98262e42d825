"""Ctrl-C while Spark works."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pytest

from corpuswright.assets.builds import spark
from corpuswright.pipelines.runs import spark_interrupts


def slow(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        time.sleep(120)
        yield batch


@pytest.mark.spark
def test_ctrl_c_ends_what_spark_does():
    def raises(*_: Any) -> None:  # as Dagster's handler does within a step
        raise RuntimeError("interrupted")

    session = spark.session(2)
    before = signal.signal(signal.SIGINT, raises)
    try:
        threading.Timer(4, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
        start = time.monotonic()
        with (
            spark_interrupts.watched() as came,
            pytest.raises(Exception, match=r"cancelled|interrupted"),
        ):
            session.range(4).repartition(2).mapInArrow(slow, "id bigint").toArrow()
        assert came.is_set() and time.monotonic() - start < 60
        assert session.range(3).count() == 3, "and it goes on"
    finally:
        signal.signal(signal.SIGINT, before)
