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
from pathlib import Path
from typing import NamedTuple

from corpuswright.storage import disk, shards
from corpuswright.storage.records import ShardManifest, from_json, to_json


class Staged(NamedTuple):
    """A shard that an attempt has staged: paths below the store's staging, and its manifest."""

    tar: str
    places: str
    manifest: str

    @property
    def shard(self) -> ShardManifest:
        """What it is."""
        return from_json(ShardManifest, self.manifest)


def stage(
    store: Path,
    folder: str,
    partition: str,
    entries: Iterable[shards.Entry],
    attempt: int,
    label: str = "",
) -> Staged:
    """Stage one shard of `entries` (in key order), whatever its size; nothing is published.

    Raises:
        ShardError: Keys are not strictly ascending.
        DiskFull: There is no room.
    """
    made = shards.stage(store, folder, partition, entries, f"{attempt}.tar", label)
    places = disk.stage(store, f"{attempt}.index.parquet", (made.places,))
    return Staged(made.tar.name, places.name, to_json(made.manifest))


def publish(store: Path, winners: Sequence[Staged]) -> list[ShardManifest]:
    """Give the winners their names and sweep what else is staged; call with the writer lock held.

    A shard that is there already under its content's name stays.

    Raises:
        StorageError: Two winners hold one key, or a winner's file is gone.
    """
    found = sorted((w.shard for w in winners), key=lambda s: s.name)
    twice = [a.name for a, b in itertools.pairwise(found) if a.name == b.name]
    if twice:
        raise disk.StorageError(f"expected each shard once, saw {twice[0]} twice")
    places: Mapping[str, Staged] = {w.shard.name: w for w in winners}
    for shard in found:
        winner = places[shard.name]
        for name, target in ((winner.places, shard.index), (winner.tar, shard.name)):
            staged = store / disk.STAGING / name
            if not (store / target).exists():
                disk.publish(staged, store / target)
    disk.sweep_staging(store)
    return found
