"""Which releases stay: the newest ones and those that are named; the rest goes with its shards."""

from __future__ import annotations

import shutil
from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple

from corpuswright.storage import disk
from corpuswright.storage.releases import manifest, removed


class Swept(NamedTuple):
    """The plans of the releases that went (or would go), and the bytes they alone held."""

    plans: tuple[str, ...]
    bytes: int


def newest_first(store: Path, corpus: str) -> list[str]:
    """Return the plans of all committed releases, the current one first, then by time."""
    current = manifest.latest(store, corpus)
    found = (store / corpus / "releases").glob("*/manifest.json")
    times = {p.parent.name: p.stat().st_mtime_ns for p in found}
    return sorted(times, key=lambda plan: (plan != current, -times[plan], plan))


def sweep(
    store: Path, corpus: str, keep: int, named: Collection[str] = (), dry: bool = False
) -> Swept:
    """Remove all releases but the newest `keep` and those `named`; call with the lock held.

    A release's manifest goes first: cut short, the rest is no release any more, and the next sweep
    takes it away. `dry` only says what would go.

    Raises:
        LookupError: A named release does not exist.
    """
    plans = newest_first(store, corpus)
    unknown = sorted(set(named) - set(plans))
    if unknown:
        raise LookupError(f"{corpus} has no release {unknown}; it has {plans}")
    kept = [p for n, p in enumerate(plans) if n < max(keep, 1) or p in named]
    gone = tuple(p for p in plans if p not in kept)
    freed = _bytes_of(store, corpus, gone, kept)
    if dry:
        return Swept(gone, freed)
    for plan in gone:
        removed.note(store, manifest.load(store, corpus, plan), removed.SWEPT)
        (manifest.folder(store, corpus, plan) / "manifest.json").unlink()
    for folder in (store / corpus / "releases").glob("*"):
        if not (folder / "manifest.json").exists():
            shutil.rmtree(folder)
    manifest.sweep_shards(store, corpus)
    disk.sweep_staging(store)
    return Swept(gone, freed)


def _bytes_of(store: Path, corpus: str, gone: Collection[str], kept: Collection[str]) -> int:
    def shards_of(plans: Collection[str]) -> dict[str, int]:
        return {s.name: s.bytes for p in plans for s in manifest.load(store, corpus, p).shards}

    left = shards_of(kept)
    return sum(size for name, size in shards_of(gone).items() if name not in left)
