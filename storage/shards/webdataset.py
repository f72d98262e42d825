"""WebDataset shards with an index: samples in key order, deterministic bytes, content in the name.

A record is `<key>.json` and `<key>.<extension>` for each medium. The index beside a shard has one
row a sample: key, offset and length of the record, crc32, number of tasks, and places of its
members, so a loader can seek and check one sample without reading the others.
"""

from __future__ import annotations

import functools
import hashlib
import io
import itertools
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from corpuswright.storage import disk
from corpuswright.storage.keys import sha256
from corpuswright.storage.records import ShardManifest
from corpuswright.storage.shards import tar

# About what one object-store request reads at full speed, and a few hundred GUI samples.
SHARD_BYTES = 128 << 20

INDEX_SCHEMA = pa.schema(
    [
        pa.field("key", pa.string(), nullable=False),
        pa.field("offset", pa.int64(), nullable=False),
        pa.field("length", pa.int64(), nullable=False),
        pa.field("crc32", pa.uint32(), nullable=False),
        pa.field("tasks", pa.int32(), nullable=False),
    ]
)


class ShardError(disk.StorageError):
    """A shard or its index is missing, truncated or altered."""


class Entry(NamedTuple):
    """One sample's record: its key, number of tasks, and files by extension."""

    key: str
    tasks: int
    files: Mapping[str, bytes]


class Place(NamedTuple):
    """Where a sample's record lies in its shard."""

    key: str
    offset: int
    length: int
    crc32: int


def write_shards(
    store: Path, folder: str, partition: str, entries: Iterable[Entry], limit: int = SHARD_BYTES
) -> list[ShardManifest]:
    """Write `entries` (in key order) as shards of at most `limit` bytes, one sample at least each.

    A shard that is already there under its content's name is left as it is.

    Raises:
        ShardError: Keys are not strictly ascending.
    """
    shards: list[ShardManifest] = []
    batch: list[_Record] = []
    size = 0
    last = ""
    for entry in entries:
        if entry.key <= last:
            raise ShardError(f"expected keys strictly ascending, saw {entry.key} after {last}")
        last = entry.key
        record = _record(entry)
        if batch and size + record.length > limit:
            shards.append(_write(store, folder, partition, batch))
            batch, size = [], 0
        batch.append(record)
        size += record.length
    if batch:
        shards.append(_write(store, folder, partition, batch))
    return shards


class _Record(NamedTuple):
    """A sample's bytes as they will lie in the shard, in pieces: media are never copied."""

    key: str
    tasks: int
    chunks: list[bytes]
    length: int


def _record(entry: Entry) -> _Record:
    chunks: list[bytes] = []
    for ext, data in sorted(entry.files.items()):
        chunks += (tar.header(f"{entry.key}.{ext}", len(data)), data, tar.padding(len(data)))
    return _Record(entry.key, entry.tasks, chunks, sum(map(len, chunks)))


class StagedShard(NamedTuple):
    """A shard that is written and has no name yet: its file, its index's bytes, what it is."""

    tar: Path
    places: bytes
    manifest: ShardManifest


def stage(
    store: Path, folder: str, partition: str, entries: Iterable[Entry], name: str, label: str = ""
) -> StagedShard:
    """Write one shard of `entries`, which are in key order, to a staged file called `name`.

    `label` stands in the shard's own name behind the partition.

    Raises:
        ShardError: Keys are not strictly ascending.
        DiskFull: There is no room.
    """
    batch = [_record(entry) for entry in entries]
    for before, after in itertools.pairwise(batch):
        if after.key <= before.key:
            raise ShardError(
                f"expected keys strictly ascending, saw {after.key} after {before.key}"
            )
    return _stage(store, folder, partition, batch, name, label)


def _stage(
    store: Path, folder: str, partition: str, batch: list[_Record], name: str, label: str = ""
) -> StagedShard:
    # Hashing and writing each take about a core's time a byte, and both leave the interpreter free.
    chunks = [*(c for record in batch for c in record.chunks), tar.END]
    with ThreadPoolExecutor(2) as pool:
        hashing = pool.submit(sha256_of, chunks)
        writing = pool.submit(disk.stage, store, name, _gathered(chunks))
        rows: list[tuple[str, int, int, int, int]] = []
        offset = 0
        for record in batch:
            crc = functools.reduce(lambda crc, chunk: zlib.crc32(chunk, crc), record.chunks, 0)
            rows.append((record.key, offset, record.length, crc, record.tasks))
            offset += record.length
        digest, staged = hashing.result(), writing.result()
    index = parquet_bytes(
        pa.table([pa.array(c) for c in zip(*rows, strict=True)], schema=INDEX_SCHEMA)
    )
    shard = f"{folder}/{partition}{label}-{digest[:16]}.tar"
    manifest = ShardManifest(
        name=shard,
        partition=partition,
        bytes=offset + len(tar.END),
        samples=len(batch),
        tasks=sum(r.tasks for r in batch),
        sha256=digest,
        first_key=batch[0].key,
        last_key=batch[-1].key,
        index=shard.removesuffix(".tar") + ".index.parquet",
        index_sha256=sha256(index),
    )
    return StagedShard(staged, index, manifest)


def _write(store: Path, folder: str, partition: str, batch: list[_Record]) -> ShardManifest:
    staged = _stage(store, folder, partition, batch, "shard")
    shard = staged.manifest
    if not (store / shard.index).exists():
        disk.write_file(store, store / shard.index, staged.places)
    if (store / shard.name).exists():
        staged.tar.unlink()
    else:
        disk.publish(staged.tar, store / shard.name)
    return shard


def sha256_of(chunks: Iterable[bytes]) -> str:
    """Return the sha256 of pieces one behind the other."""
    digest = hashlib.sha256()
    for chunk in chunks:
        digest.update(chunk)
    return digest.hexdigest()


def _gathered(chunks: Iterable[bytes], size: int = 1 << 18) -> Iterator[bytes]:
    """Join small pieces, so that a write is worth its system call; large ones go as they are."""
    held: list[bytes] = []
    total = 0
    for chunk in chunks:
        if len(chunk) >= size:
            yield from (b"".join(held), chunk)
            held, total = [], 0
            continue
        held.append(chunk)
        total += len(chunk)
        if total >= size:
            yield b"".join(held)
            held, total = [], 0
    yield b"".join(held)


def parquet_bytes(table: pa.Table) -> bytes:
    """Return `table` as Parquet; one sorted write with fixed settings gives stable bytes."""
    sink = io.BytesIO()
    pq.write_table(table, sink, compression="zstd", row_group_size=1 << 20)
    return sink.getvalue()


def read_parquet(data: bytes) -> pa.Table:
    """Return a small Parquet file's table, read in this thread.

    `pq.read_table` goes through Arrow's dataset scanner and its threads; a process that ends right
    after it aborts now and then ("terminate called without an active exception").
    """
    return pq.ParquetFile(io.BytesIO(data)).read(use_threads=False)


def read_index(store: Path, shard: ShardManifest) -> list[Place]:
    """Return the places of a shard's samples, in key order; raises ShardError if it was altered."""
    path = store / shard.index
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise ShardError(f"{path}: expected the index of {shard.name}, found none") from None
    if (seen := sha256(data)) != shard.index_sha256:
        raise ShardError(f"{path}: expected sha256 {shard.index_sha256}, found {seen}")
    table = read_parquet(data).select(["key", "offset", "length", "crc32"])
    return [Place(*row) for row in zip(*(c.to_pylist() for c in table.columns), strict=True)]


def size_of(places: Sequence[Place]) -> int:
    """Return the bytes of a shard whose records lie at these places; -1 where there are gaps."""
    offset = 0
    for place in places:
        if place.offset != offset:
            return -1
        offset += place.length
    return offset + len(tar.END)


def split_record(record: bytes | memoryview, key: str) -> dict[str, bytes]:
    """Return the files of one record by extension (`png`, `json`)."""
    files: dict[str, bytes] = {}
    offset = 0
    while offset < len(record):
        head = bytes(record[offset : offset + tar.BLOCK])
        name = head[:100].rstrip(b"\0").decode()
        length = int(head[124:135], 8)
        start = offset + tar.BLOCK
        files[name[len(key) + 1 :]] = bytes(record[start : start + length])
        offset = start + length + (-length % tar.BLOCK)
    return files


def check_record(record: bytes | memoryview, place: Place, path: Path) -> None:
    """Check one record that was read from `path`; raises ShardError naming file, key and sums."""
    if len(record) != place.length:
        raise ShardError(
            f"{path}: expected {place.length} bytes of {place.key} at {place.offset}, found "
            f"{len(record)}; the shard is truncated: delete it and build again"
        )
    if (seen := zlib.crc32(record)) != place.crc32:
        raise ShardError(
            f"{path}: expected crc32 {place.crc32:08x} for {place.key} at {place.offset}, found "
            f"{seen:08x}; the shard was altered: delete it and build again"
        )


def read_shard(path: Path) -> Iterator[tuple[str, dict[str, bytes]]]:
    """Yield (key, files by extension) of a shard read from front to back, without its index.

    Raises:
        ShardError: The file is not a whole tar.
    """
    try:
        with path.open("rb") as f:
            key, files = "", dict[str, bytes]()
            for member in tar.members(path):
                stem, _, ext = member.name.partition(".")
                if stem != key and files:
                    yield key, files
                    files = {}
                key = stem
                f.seek(member.offset)
                files[ext] = f.read(member.length)
            if files:
                yield key, files
    except (tar.TarError, FileNotFoundError) as error:
        raise ShardError(f"cannot read a shard: {error}") from error


def shard_sha256(path: Path) -> str:
    """Return the sha256 of a shard's file; raises ShardError when there is none."""
    try:
        with path.open("rb") as f:
            return hashlib.file_digest(f, "sha256").hexdigest()
    except FileNotFoundError:
        raise ShardError(f"{path}: expected a shard, found none") from None
