"""Shards written from Spark: metadata is shuffled, bytes are read by the writer.

A group of rows is a shard; the task that has it makes the record of each row and stages one tar
(`storage.releases.staging`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa

from corpuswright.assets.builds import release, spark
from corpuswright.assets.curation import bucketing
from corpuswright.assets.curation.shard_writer import Recorded, Writer
from corpuswright.storage import samples
from corpuswright.storage.records import ShardManifest
from corpuswright.storage.releases import staging
from corpuswright.storage.releases.remote_store import ShardStore

_STAGED = "tar string, places string, manifest string"


def written(
    session: Callable[[], Any],
    kept: pa.Table,
    shard_store: ShardStore,
    corpus: str,
    partition: str,
    recorded: Recorded,
) -> tuple[list[ShardManifest], dict[str, list[int]]]:
    """Publish the shards of `kept` that are not there yet; call with the writer lock held.

    Returns all shards by name, and by a hash of what its bytes hang on each one's rows. The lock is
    held while tasks stage, too: another writer would sweep what they have staged.
    """
    versions = [corpus, partition, samples.VERSION, *recorded.versions]
    groups = bucketing.groups(kept, recorded.columns, versions)
    records = release.partition_records(shard_store.store, corpus)
    had = bucketing.there(shard_store, list(records.values()), list(groups))
    todo = sorted(n for digest, rows in groups.items() if digest not in had for n in rows)
    winners: list[staging.StagedAttempt] = []
    if todo:
        winners = write(session(), kept.take(todo), shard_store, corpus, partition, recorded)
    made = [*staging.publish(shard_store, winners), *had.values()]
    return sorted(made, key=lambda s: s.name), groups


def write(
    session: Any,
    kept: pa.Table,
    shard_store: ShardStore,
    corpus: str,
    partition: str,
    recorded: Recorded,
) -> list[staging.StagedAttempt]:
    """Stage the shards of `kept` (rows with `bucket`, `shard`, `key`); return the winners."""
    groups = {*zip(*(kept.column(c).to_pylist() for c in ("bucket", "shard")), strict=True)}
    frame = (
        spark.frame(session, kept.select(recorded.columns))
        .repartition(len(groups), "bucket", "shard")
        .sortWithinPartitions("bucket", "shard", "key")
    )
    found = frame.mapInArrow(Writer(shard_store, corpus, partition, recorded), _STAGED).toArrow()
    return [staging.StagedAttempt(**r) for r in found.to_pylist()]
