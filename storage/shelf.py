"""Where a corpus's shards lie: in the store, or at a URL that all machines of a cluster can write.

With a URL (`s3://bucket/corpora`, and what else fsspec knows), whoever has made a shard uploads it
itself, under a name of no release; the driver gives the winners theirs by copies within the remote
store, and puts the release beside them, manifest and `latest` last. So what lies at the URL is a
whole store for readers (`storage.mirror`); tables and records of builds stay in the local one.
Credentials and endpoint come from the environment (`AWS_*`), and are on no record.
"""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corpuswright.storage import disk, release, shards
from corpuswright.storage.records import Release, ShardManifest, from_json

CHUNK = 8 << 20  # bytes that a remote file is read by


class ShelfError(disk.StorageError):
    """Shards of a corpus are to lie in two places at once, or the place cannot be reached."""


@dataclass(frozen=True)
class Shelf:
    """A place for shards.

    Attributes:
        store: The local store.
        url: The remote one; empty where shards lie in the local one.
    """

    store: Path
    url: str = ""

    @functools.cached_property
    def _remote(self) -> tuple[Any, str]:
        import fsspec

        # s3fs answers from what it has listed before; what tasks write elsewhere is not in it.
        options = {"use_listings_cache": False} if self.url.startswith("s3://") else {}
        try:
            fs, root = fsspec.core.url_to_fs(self.url, skip_instance_cache=True, **options)
        except (ImportError, ValueError) as error:
            raise ShelfError(
                f"{self.url}: expected a URL that fsspec can write, such as s3://bucket/corpora "
                f"(pip install 'corpuswright[s3]'): {error}"
            ) from error
        return fs, str(root).rstrip("/")

    def has(self, shard: ShardManifest) -> bool:
        """Say whether a shard and its index are there, the shard with its size."""
        if not self.url:
            path = self.store / shard.name
            whole = path.exists() and path.stat().st_size == shard.bytes
            return whole and (self.store / shard.index).exists()
        fs, root = self._remote
        try:
            return fs.size(f"{root}/{shard.name}") == shard.bytes and fs.exists(
                f"{root}/{shard.index}"
            )
        except FileNotFoundError:
            return False

    def stage(
        self, folder: str, partition: str, entries: Iterable[shards.Entry], name: str, label: str
    ) -> tuple[str, str, ShardManifest]:
        """Write a shard under a name of no release; return its file's, its index's, what it is.

        Raises:
            ShardError: Keys are not strictly ascending.
            DiskFull: There is no room.
        """
        if not self.url:
            made = shards.stage(self.store, folder, partition, entries, f"{name}.tar", label)
            places = disk.stage(self.store, f"{name}.index.parquet", (made.places,))
            return made.tar.name, places.name, made.manifest
        fs, root = self._remote
        with tempfile.TemporaryDirectory() as scratch:
            made = shards.stage(Path(scratch), folder, partition, entries, f"{name}.tar", label)
            staging = f"{root}/{disk.STAGING}"
            fs.put_file(str(made.tar), f"{staging}/{made.tar.name}")
            index = made.tar.name.removesuffix(".tar") + ".index.parquet"
            fs.pipe_file(f"{staging}/{index}", made.places)
        return made.tar.name, index, made.manifest

    def publish(self, staged: str, target: str) -> None:
        """Give a staged file its name; one that is there already under that name stays."""
        if not self.url:
            if not (self.store / target).exists():
                disk.publish(self.store / disk.STAGING / staged, self.store / target)
            return
        fs, root = self._remote
        if not fs.exists(f"{root}/{target}"):
            fs.cp_file(f"{root}/{disk.STAGING}/{staged}", f"{root}/{target}")

    def sweep_staging(self) -> None:
        """Remove what is staged; call with the writer lock held."""
        disk.sweep_staging(self.store)
        if self.url:
            fs, root = self._remote
            if fs.exists(f"{root}/{disk.STAGING}"):
                fs.rm(f"{root}/{disk.STAGING}", recursive=True)

    def read(self, shard: ShardManifest) -> Iterator[tuple[str, dict[str, bytes]]]:
        """Yield (key, files by extension) of a shard, as `shards.read_shard`."""
        if not self.url:
            yield from shards.read_shard(self.store / shard.name)
            return
        fs, root = self._remote
        with tempfile.TemporaryDirectory() as scratch:
            path = Path(scratch) / "shard.tar"
            fs.get_file(f"{root}/{shard.name}", str(path))
            yield from shards.read_shard(path)

    def verify(self, made: Release) -> list[str]:
        """Return what is wrong with a release's files, one line each: empty when all holds."""
        if not self.url:
            return release.verify(self.store, made)
        fs, root = self._remote
        below = f"{made.corpus}/releases/{made.plan}/"
        wanted = {below + name: digest for name, digest in made.files.items()}
        for s in made.shards:
            wanted |= {s.name: s.sha256, s.index: s.index_sha256}
        found: list[str] = []
        for name, digest in wanted.items():
            try:
                with fs.open(f"{root}/{name}", "rb", block_size=CHUNK) as f:
                    seen = shards.sha256_of(iter(functools.partial(f.read, CHUNK), b""))
            except FileNotFoundError:
                found.append(f"{self.url}/{name}: expected a file, found none")
                continue
            if seen != digest:
                found.append(f"{self.url}/{name}: expected sha256 {digest}, found {seen}")
        return found

    def _names(self, folder: str) -> list[str]:
        """Return what lies in a remote folder; one that holds nothing is none."""
        fs, root = self._remote
        try:
            return fs.ls(f"{root}/{folder}", detail=False, refresh=True)
        except FileNotFoundError:
            return []

    def bring(self, made: Release) -> None:
        """Put a release that the local store has committed beside its shards; `latest` last."""
        if not self.url:
            return
        fs, root = self._remote
        folder = release.folder(self.store, made.corpus, made.plan)
        names = sorted(
            (p for p in folder.iterdir() if p.is_file()), key=lambda p: p.name == "manifest.json"
        )
        beside = sorted(p for p in (self.store / made.corpus).iterdir() if p.suffix in _SHOWN)
        for path in (*names, *beside, self.store / made.corpus / "latest"):
            fs.pipe_file(f"{root}/{path.relative_to(self.store).as_posix()}", path.read_bytes())

    def sweep(self, corpus: str) -> None:
        """Remove shards and releases that the local store names no more."""
        release.sweep_shards(self.store, corpus)
        if not self.url:
            return
        fs, root = self._remote
        own = self.store / corpus / "releases"
        for path in self._names(f"{corpus}/releases"):
            if not (own / path.rstrip("/").rpartition("/")[2]).exists():
                fs.rm(path, recursive=True)
        named: set[str] = set()
        for manifest in own.glob("*/manifest.json"):
            for s in from_json(Release, manifest.read_bytes()).shards:
                named |= {s.name, s.index}
        for path in self._names(f"{corpus}/shards"):
            if path.removeprefix(f"{root}/") not in named:
                fs.rm_file(path)


_SHOWN = (".md", ".json")  # what stands beside a corpus's releases for readers


def of(store: Path, corpus: str, url: str | None = None) -> Shelf:
    """Return where shards of a corpus lie; `url` says where those of a new corpus are to lie.

    Raises:
        ShelfError: The store has shards of it elsewhere.
    """
    note = store / corpus / "shards_at"
    known = note.read_text().strip() if note.exists() else ""
    begun = bool(known) or (store / corpus / "partitions").exists()
    wanted = known if url is None else url.rstrip("/")
    if begun and wanted != known:
        raise ShelfError(
            f"--shards: expected {known or 'none'}, where shards of {corpus} in {store} lie, saw "
            f"{wanted}; build into a new store"
        )
    return Shelf(store, wanted)


def here(store: Path, corpus: str) -> None:
    """Raise ShelfError if shards of a corpus do not lie in the local store."""
    if url := of(store, corpus).url:
        raise ShelfError(
            f"{store}: expected shards of {corpus}, they lie at {url}: open that, with "
            "cache=FOLDER for what is read of it"
        )


def keep(shelf: Shelf, corpus: str) -> None:
    """Put on record where a corpus's shards lie."""
    if shelf.url:
        disk.write_file(shelf.store, shelf.store / corpus / "shards_at", shelf.url.encode() + b"\n")
