"""Shards from Spark, exactly once: tasks stage them, the driver names the winners.

A task's `abort` is never called in a Python data source (Spark 4), attempts may die after they have
written, and two of one task may run side by side. So a task only stages, under its attempt's own
number, and says what it staged; Spark gives the driver the answer of one attempt for each task, and
the driver publishes those. What other attempts staged is swept. Readers trust the manifest, which
comes last.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from corpuswright.storage import disk
from corpuswright.storage.records import ShardManifest, from_json, to_json
from corpuswright.storage.releases.remote_store import ShardStore
from corpuswright.storage.shards import webdataset


class StagedAttempt(NamedTuple):
    """A shard that an attempt has staged: its files' names there, and its manifest."""

    tar: str
    places: str
    manifest: str

    @property
    def shard(self) -> ShardManifest:
        """What it is."""
        return from_json(ShardManifest, self.manifest)


def stage(
    shard_store: ShardStore,
    folder: str,
    partition: str,
    entries: Iterable[webdataset.Entry],
    attempt: int,
    label: str = "",
) -> StagedAttempt:
    """Stage one shard of `entries` (in key order), whatever its size; nothing is published.

    Raises:
        ShardError: Keys are not strictly ascending.
        DiskFull: There is no room.
    """
    tar, places, manifest = shard_store.stage(folder, partition, entries, str(attempt), label)
    return StagedAttempt(tar, places, to_json(manifest))


def publish(shard_store: ShardStore, winners: Sequence[StagedAttempt]) -> list[ShardManifest]:
    """Give the winners their names and sweep what else is staged; call with the writer lock held.

    A shard that is there already under its content's name stays.

    Raises:
        StorageError: Two winners hold one key, or a winner's file is gone.
    """
    found = sorted((w.shard for w in winners), key=lambda s: s.name)
    twice = [a.name for a, b in itertools.pairwise(found) if a.name == b.name]
    if twice:
        raise disk.StorageError(f"expected each shard once, saw {twice[0]} twice")
    places: Mapping[str, StagedAttempt] = {w.shard.name: w for w in winners}
    for shard in found:
        shard_store.publish(places[shard.name].places, shard.index)
        shard_store.publish(places[shard.name].tar, shard.name)
    shard_store.sweep_staging()
    return found
