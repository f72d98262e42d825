"""`corpuswright sweep`: old releases go, and the shards no other one has."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from corpuswright.pipelines.cli.console import DONE, STORE, Positive, released
from corpuswright.storage import disk
from corpuswright.storage.releases import remote_store, retention
from corpuswright.storage.shown import count


def sweep(
    corpus: str,
    /,
    *,
    keep: Positive,
    keep_plan: Sequence[str] = (),
    dry_run: bool = False,
    out: Path = STORE,
) -> int:
    """Remove old releases, and the shards no other one has.

    Args:
        corpus: Slug of a corpus.
        keep: How many of the newest stay.
        keep_plan: A release that stays, by its plan hash; may be repeated.
        dry_run: Only say what would go.
        out: The store.
    """
    slug = released(out, corpus)
    with disk.writer_lock(out):
        done = retention.sweep(out, slug, keep, list(keep_plan), dry_run)
        if not dry_run:
            remote_store.of(out, slug).sweep(slug)
    word = "would go" if dry_run else "removed"
    print(
        f"{slug}: {count(len(done.plans), 'release')} {word}, {done.bytes / 1e6:.1f} MB of shards"
    )
    for plan in done.plans:
        print(f"  {plan}")
    return DONE
