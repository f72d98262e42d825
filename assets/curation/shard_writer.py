"""What a Spark task does with a group of rows: reads each image, makes it plain, stages one tar.

Workers load this module and nothing that only the driver needs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import pyarrow as pa

from corpuswright.storage.releases import staging
from corpuswright.storage.releases.remote_store import ShardStore
from corpuswright.storage.shards import webdataset


class SourceChanged(RuntimeError):
    """A file is another than the one that was measured."""


class Recorded(NamedTuple):
    """How rows become records.

    Attributes:
        columns: Of the rows, all that a record hangs on.
        versions: Of what writes it, and of what decides its columns besides.
        entry: Makes the record of a row; workers load its module.
    """

    columns: Sequence[str]
    versions: Sequence[int]
    entry: Callable[[Any], webdataset.Entry]


class Writer:
    """Writes each group of sorted rows as a shard."""

    def __init__(
        self, shard_store: ShardStore, corpus: str, partition: str, recorded: Recorded
    ) -> None:
        # Anew: a connection that the driver has opened is not for other processes.
        self._shelf = ShardStore(shard_store.store, shard_store.url, shard_store.owner)
        self._corpus, self._partition, self._entry = corpus, partition, recorded.entry

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Yield a row (`storage.releases.staging.Staged`) for each shard of a task's rows."""
        held: list[dict[str, Any]] = []
        for batch in batches:
            for row in batch.to_pylist():
                if held and (row["bucket"], row["shard"]) != (held[0]["bucket"], held[0]["shard"]):
                    yield self._one(held)
                    held = []
                held.append(row)
        if held:
            yield self._one(held)

    def _one(self, rows: Sequence[dict[str, Any]]) -> pa.RecordBatch:
        from pyspark import TaskContext

        context = TaskContext.get()
        attempt = context.taskAttemptId() if context is not None else 0
        made = staging.stage(
            self._shelf,
            f"{self._corpus}/shards",
            self._partition,
            [self._entry(r) for r in rows],
            attempt,
            f"-{rows[0]['bucket']}" if rows[0]["bucket"] else "",
        )
        return pa.RecordBatch.from_pylist([made._asdict()])
