"""A build of a curated corpus: its source, what came before, and the tables that its steps leave.

Steps are functions of it (`images.steps`, `video.steps`, …); each leaves a table, can be repeated,
and reads those of the steps before.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
from collections.abc import Callable, Generator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from corpuswright.annotators.llm import model_file
from corpuswright.annotators.llm.client import Client
from corpuswright.annotators.llm.model_file import Model
from corpuswright.assets.builds import spark
from corpuswright.assets.builds.corpus import Log
from corpuswright.assets.builds.options import PARTITIONS, BuildOptions
from corpuswright.assets.builds.release import partition_records, record_path
from corpuswright.assets.curation.corpus import CuratedCorpus
from corpuswright.quality.images import perceptual_hash
from corpuswright.storage import disk
from corpuswright.storage.build_state import tombstones, withdrawn_prints
from corpuswright.storage.inputs.sites import SourceError
from corpuswright.storage.keys import sha256
from corpuswright.storage.records import canonical
from corpuswright.storage.releases import manifest, manifest_format, remote_store
from corpuswright.storage.releases.remote_store import ShardStore
from corpuswright.storage.shards import webdataset
from corpuswright.storage.shown import utf8

T = TypeVar("T")
# Bits of 256 by which a print may differ from that of what was taken down. No thumbnail is kept
# that would decide, so fewer than between near duplicates (24): re-encoded and halved pictures
# differ by up to 14 (`quality.images.hash_bands`); those of one take may, too, and stay out then.
_SAME = 14
_LOOKS = 0.5  # of a clip's looks that have to be alike: clips of one take share some. Ours.
SPILLED = "spilled"  # the folder below `work` of what Spark reads in passing


class CurationBuild:
    """A build of one curated corpus."""

    def __init__(self, corpus: CuratedCorpus, options: BuildOptions, log: Log = print) -> None:
        """Open the store; nothing is written before a step is taken."""
        self.corpus, self.options, self.log = corpus, options, log
        self.name = corpus.name
        self.store = Path(options.out).resolve()
        self.folder = self.store / corpus.name
        self.recipe = options.recipe_over(corpus.recipe)
        self.cost = 0.0  # of models, in this build
        self.kept: dict[object, Any] = {}  # what `once` keeps

    # --- where things lie, and who works on them ------------------------------------------------

    @functools.cached_property
    def root(self) -> Path:
        """The source; raises SourceError where there is none."""
        return self.corpus.family.root(self)

    @functools.cached_property
    def shard_store(self) -> ShardStore:
        """Where shards lie; raises ShardStoreError where those of earlier builds lie elsewhere."""
        return remote_store.of(self.store, self.name, self.options.shards)

    @functools.cached_property
    def withdrawn(self) -> tombstones.Tombstones:
        """What was deleted from the corpus and must not come back."""
        return tombstones.load(self.store, self.name)

    @functools.cached_property
    def _withdrawn_prints(self) -> NDArray[np.uint8]:
        return withdrawn_prints.load(self.store, self.name)

    def shows_withdrawn(self, prints: bytes | None) -> bool:
        """Say whether a picture, or half of a clip's looks, was deleted in whatever encoding.

        Args:
            prints: One of 32 bytes, or those of looks one after the other; None where there are
                none.
        """
        if not prints or not len(self._withdrawn_prints):
            return False
        own = np.frombuffer(prints, np.uint8).reshape(-1, withdrawn_prints.BYTES)
        far = perceptual_hash.distances(own, self._withdrawn_prints).min(axis=1)
        return bool((far <= _SAME).mean() >= _LOOKS)

    @property
    def partitions(self) -> Path:
        """The folder of partitions' records, and of what later ones compare with."""
        return self.folder / "partitions"

    @property
    def spill(self) -> Path:
        """The folder of what Spark reads in passing."""
        return self.folder / "work" / SPILLED

    @functools.cached_property
    def workers(self) -> int:
        """Threads of a local Spark."""
        return self.options.workers or os.cpu_count() or 1

    def spark(self) -> Any:
        """Return the Spark session, started if need be."""
        return spark.session(self.workers)

    @functools.cached_property
    def model(self) -> Model | None:
        """Who writes, if anybody does."""
        o = self.options
        return model_file.load(o.model, "replay" if o.replay else "live") if o.model else None

    @contextlib.contextmanager
    def asking(self, other: Model | None = None) -> Generator[tuple[Client, Model]]:
        """Yield the client of the model that is named, and the model; what is spent is counted.

        Args:
            other: Whom to ask instead.

        Raises:
            ModelError: None is named.
        """
        model = other or self.model
        if model is None:
            raise model_file.ModelError(f"{self.name}: expected a model, none is named")
        client = model_file.client(self.store, self.name, model)
        before = client.ledger.spent(self.name)
        try:
            yield client, model
        finally:
            spent = client.ledger.spent(self.name)
            self.cost += spent.cost - before.cost
            if spent != before:
                cost = f"cost {spent.cost - before.cost:.4f}"
                self.log(f"{self.name}: {spent.tokens - before.tokens} tokens, {cost}")

    # --- what is done -----------------------------------------------------------------------------

    def check(self) -> None:
        """Raise SourceError if there is nothing to build from; quick, before any work."""
        self.corpus.family.check(self)

    def is_done(self, partitions: Sequence[str]) -> bool:
        """Say whether the newest release holds these partitions as they would be built now."""
        try:
            newest = manifest.load(self.store, self.name)
        except manifest_format.OtherVersion:
            raise  # before hours of work, not after
        except manifest.ReleaseError:
            return False
        made: Any = newest.plan_inputs.get("partitions", {})
        for p in partitions:
            path = self.work(p) / "done.json"
            if not path.exists():
                return False
            if json.loads(path.read_text()) != [self._fingerprint(p), made.get(p)]:
                return False
        brought = self.shard_store.brought(self.name, newest.plan)
        return brought and all(map(self.shard_store.has, newest.shards))

    def stale_partitions(self) -> list[str]:
        """Return partitions that were built from something else than what is there now."""
        return [p for p in partition_records(self.store, self.name) if not self.is_done([p])]

    def next_partition(self) -> str | None:
        """Return the first partition if nothing is built yet.

        A source of real inputs has no seeds: of it there is the first partition, and those that
        somebody builds from other sources.
        """
        return None if partition_records(self.store, self.name) else PARTITIONS[0]

    def before(self, partition: str) -> dict[str, str]:
        """Return the plans of earlier partitions: what they kept decides about later twins."""
        records = partition_records(self.store, self.name)
        return {p: r["plan"] for p, r in records.items() if p < partition}

    def inputs(self, partition: str, sources: Mapping[str, Sequence[str]]) -> dict[str, Any]:
        """Return everything that decides a partition's bytes.

        Args:
            partition: Which.
            sources: By URI, sha256, licence and author.
        """
        tests = self.corpus.family.tests(self)
        return {
            "corpus": self.name,
            "partition": partition,
            **self.corpus.family.rules(self),
            **({"tests": tests} if tests else {}),
            "sources": {uri: list(said) for uri, said in sources.items()},
            "after": self.before(partition),
        }

    def _fingerprint(self, partition: str) -> str:
        """Return what a finished build goes by: names, sizes and times of files, and rules."""
        watched = [[utf8(p.as_posix()), *_stamp(p)] for p in self.corpus.family.watched(self)]
        stated = [self.options.licence, self.options.author, partition]
        rules = self.corpus.family.rules(self)
        return sha256(canonical([watched, stated, rules, self.before(partition)]))

    # --- tables of the steps -----------------------------------------------------------------

    def work(self, partition: str) -> Path:
        """Return the folder of a partition's tables."""
        return self.folder / "work" / partition

    def path(self, partition: str, name: str) -> Path:
        """Return where the table of a step lies."""
        return self.work(partition) / f"{name}.parquet"

    def keep(self, partition: str, name: str, table: pa.Table) -> None:
        """Keep the table of a step."""
        with disk.writer_lock(self.store):
            disk.write_file(self.store, self.path(partition, name), webdataset.parquet_bytes(table))

    def table(self, partition: str, name: str) -> pa.Table:
        """Return the table of a step; raises SourceError where it was not taken."""
        path = self.path(partition, name)
        if not path.exists():
            raise SourceError(f"{path}: expected the table of step {name}: run the steps in order")
        return webdataset.read_parquet(path.read_bytes())

    def record(
        self, partition: str, record: Mapping[str, Any], beside: Mapping[str, pa.Table]
    ) -> None:
        """Keep a partition's record, last of all, and what later partitions compare with.

        `beside` has tables by the ending of their files; the writer lock is held.
        """
        path = record_path(self.store, self.name, partition)
        for ending, table in beside.items():
            data = webdataset.parquet_bytes(table)
            disk.write_file(self.store, path.with_suffix(f".{ending}"), data)
        disk.write_file(self.store, path, canonical(dict(record)).encode())
        stamp = canonical([self._fingerprint(partition), record["plan"]]).encode()
        disk.write_file(self.store, self.work(partition) / "done.json", stamp)


def once(work: Callable[[CurationBuild], T]) -> Callable[[CurationBuild], T]:
    """Have what a function returns kept with the build that it was asked of."""

    @functools.wraps(work)
    def kept(build: CurationBuild) -> T:
        if work not in build.kept:
            build.kept[work] = work(build)
        return build.kept[work]

    return kept


def files_below(*roots: Path) -> Generator[Path]:
    """Yield what is named or lies below folders and is no folder, in order: links and pipes, too.

    Each has an outcome, so one more makes a build another one.
    """
    for root in roots:
        yield from (
            p
            for p in ([root] if root.is_file() else sorted(root.rglob("*")))
            if p.is_symlink() or not p.is_dir()
        )


def _stamp(path: Path) -> tuple[int, int]:
    """Return size and time of a file; of a link that leads to none, its own."""
    try:
        found = path.stat()
    except OSError:
        found = path.lstat()
    return found.st_size, found.st_mtime_ns
