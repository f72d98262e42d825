"""Batches of one size for a trainer: exact order, equal steps on every rank, resume anywhere.

    loader = BucketLoader.open("corpora", "lens", seed=7, rank=0, world_size=8)
    for batch in loader:                  # the rest of this epoch
        batch.bucket, batch.keys, [read(r) for r in batch.records]

An epoch is a list of batches of one bucket each, permuted: a bucket comes as often as it has images
(Lens, arXiv 2605.21573, with its 24, 10 and 6 images a device by area). Step s of W ranks takes the
next W batches of that list, one each, so all ranks take as many steps, and which batch is the g-th
hangs on release, seed and epoch alone: not on ranks, threads or where the run was stopped. The
lists of epochs follow each other without a gap, so nothing is lost at an epoch's end either. The
state is the epoch and how many batches of it were taken, by all ranks together.
"""

from __future__ import annotations

import collections
import contextlib
import functools
import io
import itertools
import json
import operator
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from corpuswright.storage.keys import seed as seed_of
from corpuswright.storage.keys import sha256
from corpuswright.storage.records import Release, ShardManifest
from corpuswright.storage.releases import manifest, remote_store
from corpuswright.storage.releases.mirror import Mirror
from corpuswright.storage.samples import Record
from corpuswright.storage.shards import webdataset
from corpuswright.storage.shards.buckets import BATCH, BY_NAME, Bucket, of_shard

# Shards whose images are mixed with each other. More mix better; a cache of a remote store needs
# room for as many of each bucket.
WINDOW = 16

Ints = NDArray[np.int64]


class Batch(NamedTuple):
    """Some images of one bucket; `place` is its place in the epoch's list."""

    bucket: Bucket
    place: int
    keys: tuple[str, ...]
    records: tuple[Any, ...]


class _Epoch(NamedTuple):
    """One epoch's list: of each batch its bucket, and where its places begin and end."""

    order: Ints
    bucket: Ints
    begin: Ints
    end: Ints
    shard: Ints
    number: Ints


@dataclass(slots=True)
class BucketLoader:
    """Iterates over batches of a release whose shards hold one bucket each.

    Attributes:
        store: The folder that the shards lie in, or are cached in.
        release: The manifest.
        buckets: Each shard's bucket by name.
        mirror: Where shards are fetched from, for a remote store.
        seed: Together with the epoch decides the order.
        rank: This process among `world_size`.
        batch: Images of a batch by the base of its bucket.
        checksums: Whether each record is held against its crc32.
        threads: That read (and decode) ahead.
        prefetch: Batches that are read ahead.
        subset: Keys of those images alone that are loaded; all where it is None (`read_subset`).
        decode: What each record becomes, in a thread; a `Record` where it is None.
    """

    store: Path
    release: Release
    buckets: Mapping[str, str]
    mirror: Mirror | None = None
    seed: int = 0
    epoch: int = 0
    consumed: int = 0
    rank: int = 0
    world_size: int = 1
    batch: Mapping[int, int] = field(default_factory=lambda: dict(BATCH))
    checksums: bool = True
    threads: int = 2
    prefetch: int = 4
    subset: frozenset[str] | None = None
    decode: Callable[[Record], Any] | None = None
    _places: list[list[webdataset.Place]] = field(default_factory=list[list[webdataset.Place]])

    @classmethod
    def open(
        cls,
        store: str | Path,
        corpus: str,
        plan: str | None = None,
        *,
        cache: str | Path | None = None,
        cache_bytes: int | None = None,
        storage_options: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> BucketLoader:
        """Open the newest release of `corpus` (or the one named by `plan`).

        A store with a URL (`s3://…`, `https://…`) needs `cache`, a local folder; `storage_options`
        are those of its fsspec filesystem.

        Raises:
            ReleaseError, MirrorError: There is no such release.
            ShardError: An index is missing or altered.
            ValueError: Its shards are not of one bucket each, or an option makes no sense.
        """
        if "://" in str(store):
            if cache is None:
                raise ValueError(f"{store}: expected cache=FOLDER, where its shards are kept")
            mirror = Mirror(
                str(store), corpus, Path(cache), plan, cache_bytes, **(storage_options or {})
            )
            return cls(
                mirror.store,
                mirror.release,
                {s.name: of_shard(s.name) for s in mirror.release.shards},
                mirror,
                **options,
            )
        remote_store.here(Path(store), corpus)
        made = manifest.load(Path(store), corpus, plan)
        return cls(
            Path(store), made, {s.name: of_shard(s.name) for s in made.shards}, None, **options
        )

    def __post_init__(self) -> None:
        if not 0 <= self.rank < self.world_size or self.threads < 1 or self.prefetch < 1:
            raise ValueError(
                "expected 0 <= rank < world_size, and threads and prefetch of 1 or more, saw rank "
                f"{self.rank} of {self.world_size}, {self.threads} threads, {self.prefetch} ahead"
            )
        self._places = [
            [p for p in webdataset.read_index(self.store, s) if self._wanted(p.key)]
            for s in self.release.shards
        ]
        if self.subset is not None and sum(map(len, self._places)) != len(self.subset):
            raise ValueError(
                f"expected a subset of release {self.release.plan}, saw keys that it does not "
                "hold; select it again"
            )

    def _wanted(self, key: str) -> bool:
        return self.subset is None or key in self.subset

    def __len__(self) -> int:
        """Steps that are left in this epoch: as many on every rank."""
        left = max(0, len(self._epoch(self.epoch).order) - self.consumed)
        return (left + self.world_size - 1) // self.world_size

    def __iter__(self) -> Iterator[Batch]:
        """Yield this rank's batches of the rest of the epoch, then stand at the next one's.

        Raises:
            ShardError: A record is truncated or altered; names file, key, expected and found sums.
        """
        ahead: collections.deque[Future[Batch]] = collections.deque()
        begin, steps, epoch = self.consumed, len(self), self.epoch
        with ThreadPoolExecutor(self.threads) as pool:
            try:
                asked = 0
                for step in range(steps):
                    while asked < min(steps, step + self.prefetch):
                        place = begin + asked * self.world_size + self.rank
                        ahead.append(pool.submit(self._read, epoch, place))
                        asked += 1
                    made = ahead.popleft().result()
                    # Counted when it is handed out: what was read ahead is not taken yet.
                    taken = begin + (step + 1) * self.world_size
                    self.epoch, self.consumed = self._stand(epoch, taken)
                    yield made
            finally:
                for future in ahead:
                    future.cancel()

    def _epoch(self, epoch: int) -> _Epoch:
        names = tuple(self.buckets[s.name] for s in self.release.shards)
        sizes = tuple(len(p) for p in self._places)
        each = tuple(sorted(self.batch.items()))
        return _listed(self.release.plan, names, sizes, each, self.seed, epoch)

    def _stand(self, epoch: int, place: int) -> tuple[int, int]:
        """Return epoch and place of the `place`-th batch from an epoch's beginning on."""
        while place >= (number := len(self._epoch(epoch).order)):
            epoch, place = epoch + 1, place - number
        return epoch, place

    def _read(self, epoch: int, place: int) -> Batch:
        epoch, place = self._stand(epoch, place)  # an epoch's last step takes from the next one
        found = self._epoch(epoch)
        which = int(found.order[place])
        span = slice(int(found.begin[which]), int(found.end[which]))
        where = list(zip(found.shard[span].tolist(), found.number[span].tolist(), strict=True))
        read: dict[tuple[int, int], Any] = {}
        for shard, group in itertools.groupby(sorted(where), key=operator.itemgetter(0)):
            with self._open(self.release.shards[shard]) as file:
                for key in group:
                    read[key] = self._record(file, shard, self._places[shard][key[1]])
        name = self.buckets[self.release.shards[where[0][0]].name]
        keys = tuple(self._places[s][n].key for s, n in where)
        return Batch(BY_NAME[name], place, keys, tuple(read[w] for w in where))

    def _record(self, file: io.BufferedReader, shard: int, place: webdataset.Place) -> Any:
        data = _room(place.length)
        data = data[: os.preadv(file.fileno(), [data], place.offset)]
        if self.checksums or len(data) != place.length:
            path = self.store / self.release.shards[shard].name
            webdataset.check_record(data, place, path)
        record = Record(place.key, webdataset.split_record(data, place.key))
        return record if self.decode is None else self.decode(record)

    def _open(self, shard: ShardManifest) -> io.BufferedReader:
        path = self.store / shard.name
        for _ in range(3):  # a small cache may give a shard up between its coming and this
            if self.mirror is not None:
                self.mirror.path(shard)
            with contextlib.suppress(FileNotFoundError):
                return path.open("rb")
        raise webdataset.ShardError(
            f"{path}: expected a shard that the manifest names, found none; build it again"
        )

    def state_dict(self) -> dict[str, int | str]:
        """Return where all ranks stand: the release, the seed, the epoch, and batches taken."""
        return {
            "plan": self.release.plan,
            "subset": "" if self.subset is None else sha256("".join(sorted(self.subset)))[:16],
            "seed": self.seed,
            "batch": json.dumps(sorted(self.batch.items())),
            "epoch": self.epoch,
            "consumed": self.consumed,
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go to where `state` stood, on as many ranks as there are now.

        Raises:
            ValueError: The state is of another release, order or size of batches.
        """
        mine = self.state_dict()
        for name in ("plan", "subset", "seed", "batch"):
            if (seen := state.get(name, "")) != mine[name]:  # older states have no `subset`
                raise ValueError(
                    f"the state is of {name} {seen!r}, this loader has {mine[name]!r}; open "
                    "the loader the way the state was made"
                )
        self.epoch, self.consumed = int(state["epoch"]), int(state["consumed"])


def read_subset(path: str | Path) -> frozenset[str]:
    """Return the keys of a subset that `corpuswright subset` has written."""
    return frozenset(webdataset.read_parquet(Path(path).read_bytes()).column("key").to_pylist())


_HELD = threading.local()


def _room(size: int) -> memoryview:
    """Return `size` bytes of this thread's buffer: new memory for each record costs its pages."""
    if size > len(getattr(_HELD, "buffer", b"")):
        _HELD.buffer = bytearray(size)
    return memoryview(_HELD.buffer)[:size]


@functools.lru_cache(maxsize=4)
def _listed(
    plan: str,
    names: tuple[str, ...],
    sizes: tuple[int, ...],
    batch: tuple[tuple[int, int], ...],
    seed: int,
    epoch: int,
) -> _Epoch:
    """Return an epoch's list of batches; a function of its arguments."""
    each = dict(batch)
    parts: list[tuple[Ints, Ints]] = []
    bounds: list[tuple[int, int, int]] = []
    offset = 0
    for which, name in enumerate(sorted(set(names))):
        own = [n for n, b in enumerate(names) if b == name]
        rng = _generator(plan, seed, epoch, name)
        shard, number = _mixed(rng, own, sizes)
        parts.append((shard, number))
        size = each[BY_NAME[name].base]
        bounds += [
            (which, offset + i, offset + min(i + size, len(shard)))
            for i in range(0, len(shard), size)
        ]
        offset += len(shard)
    shard, number = (np.concatenate([p[i] for p in parts]) for i in (0, 1))
    bucket, begin, end = np.array(bounds, np.int64).reshape(-1, 3).T
    order = _generator(plan, seed, epoch, "batches").permutation(len(bounds))
    return _Epoch(order, bucket, begin, end, shard, number)


def _mixed(rng: np.random.Generator, own: list[int], sizes: tuple[int, ...]) -> tuple[Ints, Ints]:
    """Return the places of a bucket's images, mixed within windows of its shards."""
    turned = [own[int(i)] for i in rng.permutation(len(own))]
    found: list[tuple[Ints, Ints]] = []
    for i in range(0, len(turned), WINDOW):
        window = turned[i : i + WINDOW]
        shard = np.repeat(window, [sizes[s] for s in window])
        number = np.concatenate([np.arange(sizes[s]) for s in window])
        order = rng.permutation(len(shard))
        found.append((shard[order], number[order]))
    return np.concatenate([f[0] for f in found]), np.concatenate([f[1] for f in found])


def _generator(plan: str, seed: int, epoch: int, what: str) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(seed_of(plan, "order", 1, f"{seed}/{epoch}/{what}")))
