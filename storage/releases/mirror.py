"""A release somewhere else (S3, HTTP, any fsspec URL), mirrored here as far as it is needed.

Manifest and indexes are fetched at once, shards when they are first asked for; each is checked
against the sha256 that the manifest gives and has its name only then. Several processes may share a
cache: what two fetch at once is fetched twice and kept once.
"""

from __future__ import annotations

import collections
import threading
from pathlib import Path
from typing import Any

import fsspec

from corpuswright.storage import disk
from corpuswright.storage.keys import sha256
from corpuswright.storage.records import Release, ShardManifest
from corpuswright.storage.releases import manifest_format


class MirrorError(disk.StorageError):
    """Something of a release cannot be fetched, or is not what its manifest says."""


class Mirror:
    """One release of a remote store, and the folder that stands for its store here.

    Args:
        url: The remote store (`s3://bucket/corpora`, `https://host/corpora`).
        corpus: The slug.
        cache: A local folder; what it holds already is not fetched again.
        plan: The release; the newest when None.
        cache_bytes: Of shards that are kept, the oldest used go first; None for no limit.
        options: Of the fsspec filesystem (`endpoint_url`, `anon`, …).

    Raises:
        MirrorError: There is no such release.
        OtherVersion, ReleaseError: Its manifest is of another format, or damaged.
    """

    def __init__(
        self,
        url: str,
        corpus: str,
        cache: Path,
        plan: str | None = None,
        cache_bytes: int | None = None,
        **options: Any,
    ) -> None:
        self.store, self._limit = cache, cache_bytes
        self._locks: dict[str, threading.Lock] = collections.defaultdict(threading.Lock)
        fs, root = fsspec.core.url_to_fs(url, **options)
        self._fs: Any = fs
        self._root = str(root).rstrip("/")
        name = plan or self._get(f"{corpus}/latest").decode().strip()
        if not manifest_format.PLAN.fullmatch(name):
            raise MirrorError(f"{self._root}/{corpus}: expected a plan hash, saw {name!a}")
        manifest = self._get(f"{corpus}/releases/{name}/manifest.json")
        where = f"{self._root}/{corpus}/releases/{name}"
        self.release: Release = manifest_format.read(manifest, where)
        if (self.release.corpus, self.release.plan) != (corpus, name):
            raise MirrorError(
                f"{where}: expected release {name} of {corpus}, saw {self.release.plan} of "
                f"{self.release.corpus}"
            )
        for shard in self.release.shards:
            self._fetch(shard.index, shard.index_sha256)

    def path(self, shard: ShardManifest) -> Path:
        """Return a shard's file, fetched if need be; raises MirrorError."""
        target = self.store / shard.name
        with self._locks[shard.name]:  # threads of ours that want it at once
            if not target.exists():
                if self._limit is not None:
                    self._make_room(shard.bytes)
                self._fetch(shard.name, shard.sha256)
            elif self._limit is not None:
                target.touch()
        return target

    def _get(self, name: str) -> bytes:
        try:
            return self._fs.cat_file(f"{self._root}/{name}")
        except (OSError, ValueError) as error:
            raise MirrorError(f"{self._root}/{name}: cannot be fetched: {error}") from error

    def _fetch(self, name: str, digest: str) -> None:
        target = self.store / name
        if target.exists():
            return
        data = self._get(name)
        if (seen := sha256(data)) != digest:
            raise MirrorError(f"{self._root}/{name}: expected sha256 {digest}, fetched {seen}")
        disk.write_file(self.store, target, data)

    def _make_room(self, wanted: int) -> None:
        """Remove the shards that were used longest ago until there is room for `wanted` bytes."""
        assert self._limit is not None
        held = [self.store / s.name for s in self.release.shards]
        there = sorted((p.stat().st_mtime_ns, p) for p in held if p.exists())
        total = sum(p.stat().st_size for _, p in there)
        while there and total + wanted > self._limit:
            _, oldest = there.pop(0)
            total -= oldest.stat().st_size
            oldest.unlink()
