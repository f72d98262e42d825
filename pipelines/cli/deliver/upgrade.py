"""`corpuswright upgrade`: releases of an older version made readable by this one."""

from __future__ import annotations

from pathlib import Path

from corpuswright.pipelines.cli.console import DONE, STORE
from corpuswright.storage import disk
from corpuswright.storage.releases import manifest, remote_store, retention
from corpuswright.storage.shown import count


def upgrade(corpus: str, /, *, out: Path = STORE) -> int:
    """Make releases of an older version ones that this version reads; shards stay as they are.

    Args:
        corpus: Slug of a corpus.
        out: The store.
    """
    if manifest.latest(out, corpus) is None:
        raise manifest.NoRelease(f"{out / corpus}: expected a release, found none")
    with disk.writer_lock(out):
        done = manifest.upgrade(out, corpus)
        newest = manifest.load(out, corpus)
        shards = remote_store.of(out, corpus)
        # All of them: one that a killed upgrade has made anew may not have been brought.
        for plan in retention.newest_first(out, corpus) if shards.url else ():
            shards.bring(manifest.load(out, corpus, plan))
        shards.bring(newest)  # `latest` is its own
    print(f"{corpus}: {count(len(done), 'release')} upgraded")
    return DONE
