"""Where a corpus's shards lie: in the store, or at a URL that all machines of a cluster can write.

With a URL (`s3://bucket/corpora`, and other object stores that fsspec knows), whoever has made a
shard uploads it itself, under a name of no release; the driver gives the winners theirs by copies
within the remote store, and puts the release beside them, manifest and `latest` last. So what lies
at the URL is a whole store for readers (`storage.releases.mirror`); tables and records of builds
stay in the local one, to which the URL's corpus belongs: another store may not write there.
Credentials and endpoint come from the environment (`AWS_*`), and are on no record.
"""

from __future__ import annotations

import functools
import json
import os
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from corpuswright.storage import disk
from corpuswright.storage.records import Release, ShardManifest, canonical
from corpuswright.storage.releases import manifest as release_manifest
from corpuswright.storage.releases import manifest_format
from corpuswright.storage.shards import webdataset

CHUNK = 8 << 20  # bytes that a remote file is read by
# What stands beside a corpus's releases for readers.
_SHOWN = ("README.md", "ATTRIBUTION.md", "croissant.json")
_PLAN = re.compile(r"[0-9a-f]{16}")
_SHARD = (".tar", ".index.parquet")
P = ParamSpec("P")
T = TypeVar("T")


class ShardStoreError(disk.StorageError):
    """Shards of a corpus are to lie in two places at once, or the place cannot be reached."""


def _reached(
    method: Callable[Concatenate[ShardStore, P], T],
) -> Callable[Concatenate[ShardStore, P], T]:
    """Make a method say that the URL cannot be reached, whatever its client raises for that."""

    @functools.wraps(method)
    def told(self: ShardStore, *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return method(self, *args, **kwargs)
        except disk.StorageError:
            raise
        except Exception as error:  # clients of object stores share no base
            if not self.url:
                raise
            raise ShardStoreError(
                f"{self.url}: cannot be reached: {type(error).__name__}: {error}"
            ) from error

    return told


@dataclass(frozen=True)
class ShardStore:
    """A place for shards.

    Attributes:
        store: The local store.
        url: The remote one; empty where shards lie in the local one.
        owner: What the remote one knows the local one by.
    """

    store: Path
    url: str = ""
    owner: str = ""

    @functools.cached_property
    def _remote(self) -> tuple[Any, str]:
        import fsspec

        scheme = self.url.partition("://")[0]
        if scheme in (self.url, "file", "local", "http", "https"):
            raise ShardStoreError(
                f"--shards: expected the URL of an object store, such as s3://bucket/corpora, saw "
                f"{self.url}"
            )
        # s3fs answers from what it has listed before; what tasks write elsewhere is not in it.
        options = {"use_listings_cache": False} if scheme == "s3" else {}
        try:
            fs, root = fsspec.core.url_to_fs(self.url, skip_instance_cache=True, **options)
        except (ImportError, ValueError) as error:
            raise ShardStoreError(
                f"{self.url}: expected a URL that fsspec can write, such as s3://bucket/corpora "
                f"(pip install 'corpuswright[s3]'): {error}"
            ) from error
        return fs, str(root).rstrip("/")

    @property
    def _staging(self) -> str:
        return f"{self._remote[1]}/{disk.STAGING}/{self.owner}"

    @_reached
    def claim(self, corpus: str) -> None:
        """Make a corpus at the URL this store's, if it is nobody's; proves that it can be written.

        Raises:
            ShardStoreError: It is another store's, or cannot be reached.
        """
        if not self.url:
            return
        fs, root = self._remote
        path = f"{root}/{corpus}/owner"
        try:
            theirs = fs.cat_file(path).decode().strip()
        except FileNotFoundError:
            theirs = "a store that left no name" if fs.exists(f"{root}/{corpus}/latest") else ""
        if theirs and theirs != self.owner:
            raise ShardStoreError(
                f"--shards: {self.url}/{corpus} belongs to another store ({theirs}), whose shards "
                "this one would sweep; choose another URL"
            )
        fs.pipe_file(path, self.owner.encode())

    @_reached
    def has(self, shard: ShardManifest) -> bool:
        """Say whether a shard and its index are there, the shard with its size."""
        if not self.url:
            path = self.store / shard.name
            whole = path.exists() and path.stat().st_size == shard.bytes
            return whole and (self.store / shard.index).exists()
        fs, root = self._remote
        try:
            same = fs.size(f"{root}/{shard.name}") == shard.bytes
            return same and fs.exists(f"{root}/{shard.index}")
        except FileNotFoundError:
            return False

    @_reached
    def stage(
        self,
        folder: str,
        partition: str,
        entries: Iterable[webdataset.Entry],
        name: str,
        label: str,
    ) -> tuple[str, str, ShardManifest]:
        """Write a shard under a name of no release; return its file's, its index's, what it is.

        Raises:
            ShardError: Keys are not strictly ascending.
            DiskFull: There is no room.
            ShardStoreError: The URL cannot be reached.
        """
        if not self.url:
            made = webdataset.stage(self.store, folder, partition, entries, f"{name}.tar", label)
            places = disk.stage(self.store, f"{name}.index.parquet", (made.places,))
            return made.tar.name, places.name, made.manifest
        fs, _ = self._remote
        with tempfile.TemporaryDirectory() as scratch:
            made = webdataset.stage(Path(scratch), folder, partition, entries, f"{name}.tar", label)
            fs.put_file(str(made.tar), f"{self._staging}/{made.tar.name}")
            index = made.tar.name.removesuffix(".tar") + ".index.parquet"
            fs.pipe_file(f"{self._staging}/{index}", made.places)
        return made.tar.name, index, made.manifest

    @_reached
    def publish(self, staged: str, target: str) -> None:
        """Give a staged file its name; one that is there already under that name stays."""
        if not self.url:
            if not (self.store / target).exists():
                disk.publish(self.store / disk.STAGING / staged, self.store / target)
            return
        fs, root = self._remote
        if not fs.exists(f"{root}/{target}"):
            fs.cp_file(f"{self._staging}/{staged}", f"{root}/{target}")

    @_reached
    def sweep_staging(self) -> None:
        """Remove what this store has staged; call with the writer lock held."""
        disk.sweep_staging(self.store)
        if self.url:
            fs, _ = self._remote
            if fs.exists(self._staging):
                fs.rm(self._staging, recursive=True)

    def read(self, shard: ShardManifest) -> Iterator[tuple[str, dict[str, bytes]]]:
        """Yield (key, files by extension) of a shard, as `shards.read_shard`."""
        if not self.url:
            yield from webdataset.read_shard(self.store / shard.name)
            return
        with tempfile.TemporaryDirectory() as scratch:
            path = Path(scratch) / "shard.tar"
            self._fetch(shard.name, path)
            yield from webdataset.read_shard(path)

    @_reached
    def _fetch(self, name: str, path: Path) -> None:
        fs, root = self._remote
        fs.get_file(f"{root}/{name}", str(path))

    @_reached
    def verify(self, made: Release) -> list[str]:
        """Return what is wrong with a release's files, one line each: empty when all holds."""
        if not self.url:
            return release_manifest.verify(self.store, made)
        fs, root = self._remote
        below = f"{made.corpus}/releases/{made.plan}/"
        wanted = {below + name: digest for name, digest in made.files.items()}
        for s in made.shards:
            wanted |= {s.name: s.sha256, s.index: s.index_sha256}
        found: list[str] = []
        for name, digest in wanted.items():
            try:
                with fs.open(f"{root}/{name}", "rb", block_size=CHUNK) as f:
                    seen = webdataset.sha256_of(iter(functools.partial(f.read, CHUNK), b""))
            except FileNotFoundError:
                found.append(f"{self.url}/{name}: expected a file, found none")
                continue
            if seen != digest:
                found.append(f"{self.url}/{name}: expected sha256 {digest}, found {seen}")
        return found

    @_reached
    def bring(self, made: Release) -> None:
        """Put a release that the local store has committed beside its shards; `latest` last."""
        if not self.url:
            return
        fs, root = self._remote
        own = self.store / made.corpus
        folder = release_manifest.folder(self.store, made.corpus, made.plan)
        files = [p for p in folder.iterdir() if p.is_file()]
        files.sort(key=lambda p: p.name == "manifest.json")
        for path in (*files, *(own / n for n in _SHOWN if (own / n).exists()), own / "latest"):
            fs.pipe_file(f"{root}/{path.relative_to(self.store).as_posix()}", path.read_bytes())

    @_reached
    def brought(self, corpus: str, plan: str) -> bool:
        """Say whether readers at the URL find this release as the newest one."""
        if not self.url:
            return True
        fs, root = self._remote
        try:
            newest = fs.cat_file(f"{root}/{corpus}/latest").decode().strip()
        except FileNotFoundError:
            return False
        return newest == plan and fs.exists(f"{root}/{corpus}/releases/{plan}/manifest.json")

    @_reached
    def sweep(self, corpus: str) -> None:
        """Remove shards and releases that the local store names no more."""
        release_manifest.sweep_shards(self.store, corpus)
        if not self.url:
            return
        fs, root = self._remote
        own = self.store / corpus / "releases"
        named: set[str] = set()
        for manifest in own.glob("*/manifest.json"):
            for s in manifest_format.read(manifest.read_bytes(), manifest).shards:
                named |= {s.name, s.index}
        for name in self._names(f"{corpus}/releases"):
            if _PLAN.fullmatch(name) and not (own / name / "manifest.json").exists():
                fs.rm(f"{root}/{corpus}/releases/{name}", recursive=True)
        for name in self._names(f"{corpus}/shards"):
            if name.endswith(_SHARD) and f"{corpus}/shards/{name}" not in named:
                fs.rm_file(f"{root}/{corpus}/shards/{name}")

    def _names(self, folder: str) -> list[str]:
        """Return what lies in a remote folder; one that holds nothing is none."""
        fs, root = self._remote
        try:
            found = fs.ls(f"{root}/{folder}", detail=False, refresh=True)
        except FileNotFoundError:
            return []
        # A folder may have an object of its own, as consoles make them: it lists itself.
        paths = (str(p).rstrip("/") for p in found)
        return [p.rpartition("/")[2] for p in paths if p != f"{root}/{folder}"]


def of(store: Path, corpus: str, url: str | None = None) -> ShardStore:
    """Return where shards of a corpus lie; `url` says where those of a new corpus are to lie.

    Raises:
        ShardStoreError: The store has shards of it elsewhere.
    """
    note = store / corpus / "shards_at"
    known = json.loads(note.read_text()) if note.exists() else {"url": "", "owner": ""}
    wanted = known["url"] if url is None else url.rstrip("/")
    if wanted == known["url"]:
        return ShardStore(store, **known)
    if any((store / corpus / "partitions").glob("*.json")):
        raise ShardStoreError(
            f"--shards: expected {known['url'] or 'none'}, where shards of {corpus} in {store} "
            f"lie, saw {wanted}; build into a new store"
        )
    return ShardStore(store, wanted, os.urandom(8).hex())


def keep(shard_store: ShardStore, corpus: str) -> None:
    """Put on record where a corpus's shards lie, and claim the place.

    Raises:
        ShardStoreError: It is another store's, or cannot be reached.
    """
    if not shard_store.url:
        return
    path = shard_store.store / corpus / "shards_at"
    before = path.read_bytes() if path.exists() else None
    note = canonical({"url": shard_store.url, "owner": shard_store.owner}).encode()
    # First, so that what is claimed is never a place whose owner nobody knows.
    disk.write_file(shard_store.store, path, note + b"\n")
    try:
        shard_store.claim(corpus)
    except ShardStoreError:
        if before is None:  # what was refused is not asked for again
            path.unlink()
        else:
            disk.write_file(shard_store.store, path, before)
        raise


def here(store: Path, corpus: str) -> None:
    """Raise ShardStoreError if shards of a corpus do not lie in the local store."""
    if url := of(store, corpus).url:
        raise ShardStoreError(
            f"{store}: expected shards of {corpus}, they lie at {url}: read them with "
            f"BucketLoader.open({url!r}, {corpus!r}, cache=FOLDER)"
        )
