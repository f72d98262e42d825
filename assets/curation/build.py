"""What decides about a build of a curated corpus: its source, its rules, what came before.

From these a partition's plan is made, and whether anything is left to do is told.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from corpuswright.annotators.llm import model_file
from corpuswright.annotators.llm.client import Client
from corpuswright.assets.builds import release, spark
from corpuswright.assets.builds.options import Build
from corpuswright.assets.curation import download, listing, rejections
from corpuswright.assets.images import captions, deduplicate, measure, test_sets
from corpuswright.quality.images import filters, opt_outs
from corpuswright.quality.models import scorers
from corpuswright.renderers import lettered_images
from corpuswright.storage import disk, samples
from corpuswright.storage.build_state import tombstones
from corpuswright.storage.inputs import references
from corpuswright.storage.inputs.sites import SourceError
from corpuswright.storage.keys import sha256
from corpuswright.storage.records import Json, canonical
from corpuswright.storage.releases import manifest, remote_store
from corpuswright.storage.shards import webdataset

if TYPE_CHECKING:
    from corpuswright.assets.images.steps import Curation


SPILLED = "spilled"  # the folder below `work` of what Spark reads in passing


@dataclass(frozen=True, slots=True)
class Curated:
    """One curated corpus: its recipe, and the versions of what decides about its images.

    Attributes are as those of `stages.Corpus`, and:

    Attributes:
        steps: Opens a build: `curation.Curation` of images, or what takes its steps otherwise.
        of_images: Whether inputs are image files.
        units: What a unit is called (`scene`, `task`) where people read of it.
    """

    name: str
    reference: str
    recipe: Json
    accepts: Callable[[Json], object]
    versions: Mapping[str, int]
    about: str
    steps: Callable[[Curated, Build, Callable[[str], None]], Curation]
    group: str = "curation"
    of_images: bool = True
    units: Mapping[str, str] = field(default_factory=lambda: {"scene": "image", "task": "caption"})

    def started(self, build: Build, log: Callable[[str], None] = print) -> Curation:
        """Return a build of this corpus."""
        return self.steps(self, build, log)


class Planned:
    """A build of one curated corpus as far as it is planned, and the tables its steps leave."""

    def __init__(self, corpus: Curated, build: Build, log: Callable[[str], None] = print) -> None:
        """Open the store; nothing is written before a step is taken."""
        self.corpus, self.build, self.log = corpus, build, log
        self.store = Path(build.out).resolve()
        self.recipe: dict[str, Any] = {**corpus.recipe, **build.recipe}
        self.cost = 0.0  # of models, in this build

    @functools.cached_property
    def root(self) -> Path:
        """The source's folder, or list of URLs; raises SourceError where there is none."""
        return listing.root_of(self.corpus.name, self.build.source)

    @functools.cached_property
    def shelf(self) -> remote_store.Shelf:
        """Where shards lie; raises ShelfError where those of earlier builds lie elsewhere."""
        return remote_store.of(self.store, self.corpus.name, self.build.shards_at)

    def check(self) -> None:
        """Raise SourceError if there is nothing to build from; quick, before any work."""
        if self.root.is_file():
            download.read(self.root, self.build.licence, self.build.author)
        else:
            references.parts(self.root)
        remote_store.keep(self.shelf, self.corpus.name)

    @functools.cached_property
    def model(self) -> model_file.Model | None:
        """Who writes captions, if anybody does."""
        b = self.build
        return model_file.load(b.model, b.model_mode) if b.model else None

    @contextlib.contextmanager
    def asking(
        self, other: model_file.Model | None = None
    ) -> Generator[tuple[Client, model_file.Model]]:
        """Yield the client of the model that is named, and the model; what is spent is counted.

        Args:
            other: Whom to ask instead.

        Raises:
            ModelError: None is named.
        """
        model = other or self.model
        if model is None:
            raise model_file.ModelError(f"{self.corpus.name}: expected a model, none is named")
        client, name = model_file.client(self.store, self.corpus.name, model), self.corpus.name
        before = client.ledger.spent(name)
        try:
            yield client, model
        finally:
            spent = client.ledger.spent(name)
            self.cost += spent.cost - before.cost
            if spent != before:
                cost = f"cost {spent.cost - before.cost:.4f}"
                self.log(f"{name}: {spent.tokens - before.tokens} tokens, {cost}")

    @functools.cached_property
    def tests(self) -> test_sets.Tests:
        """What the test sets hold that the recipe names."""
        found = test_sets.load(
            lambda: spark.session(self.workers), self.store, self.corpus.name,
            self.recipe["against"], self.recipe[measure.EMBEDDING],
        )  # fmt: skip
        for name in found.unread:
            self.log(f"{self.corpus.name}: {name} of a test set cannot be read, nor kept out")
        return found

    def overlaps(self, partition: str) -> list[rejections.Overlap]:
        """Return what of this partition, or of earlier ones, is like an image of a test set."""
        table = self._table(partition, "bucketed")
        mine = deduplicate.prints(rejections.kept(table), self.embedded_by)
        both = [mine, deduplicate.earlier(self._partitions, partition)]
        alike = (self.recipe[n] for n in ("radius", "apart", "max_cosine"))
        return test_sets.overlaps(pa.concat_tables(both), self.tests.prints, *alike)

    @functools.cached_property
    def embedded_by(self) -> str:
        """What decides embeddings; empty where nobody gives any."""
        name = self.recipe[measure.EMBEDDING]
        return scorers.identity(name) if name else ""

    @property
    def _partitions(self) -> Path:
        return self.store / self.corpus.name / "partitions"

    @functools.cached_property
    def workers(self) -> int:
        """Threads of a local Spark."""
        return self.build.workers or os.cpu_count() or 1

    def _work(self, partition: str) -> Path:
        return self.store / self.corpus.name / "work" / partition

    def _rules(self) -> dict[str, Any]:
        # Names and hashes stand for what is elsewhere: no path and no password is in a manifest.
        models = (*filters.SCORES, measure.EMBEDDING)
        recipe = {k: v for k, v in self.recipe.items() if k not in models}
        return {
            "recipe": {**recipe, "against": [Path(f).name for f in self.recipe["against"]]},
            "versions": dict(self.corpus.versions),
            "scorers": self._scorers(),
            "opt_outs": opt_outs.identity(),
            **({"lettering": lettered_images.identity()} if self.recipe["lettered"] else {}),
            "record": samples.VERSION,
            "samples": self.build.samples,
            "licences": sorted(self.build.allow_licence) if self.build.allow_licence else None,
            "about": self.corpus.about,
            "units": dict(self.corpus.units),
            **tombstones.plan_part(tombstones.load(self.store, self.corpus.name)),
            **(
                {"model": captions.plan_part(self.model, str(self.recipe["captions"]))}
                if self.model
                else {}
            ),
        }

    def _scorers(self) -> dict[str, str]:
        """Return what decides each score, where somebody gives it."""
        models = (*filters.SCORES, measure.EMBEDDING)
        named = {s: self.recipe[s] for s in models}
        return {s: scorers.identity(n) for s, n in named.items() if n}

    def _fingerprint(self, partition: str) -> str:
        """Return what a finished build goes by: names, sizes and times of all files, and rules."""
        files = [
            [p.relative_to(root).as_posix(), p.stat().st_size, p.stat().st_mtime_ns]
            for root in (self.root, *map(Path, self.recipe["against"]))
            for p in ([root] if root.is_file() else sorted(root.rglob("*")))
            if p.is_file()
        ]
        stated = [self.build.licence, self.build.author, str(self.root), partition]
        return sha256(canonical([files, stated, self._rules(), self._before(partition)]))

    def _before(self, partition: str) -> dict[str, str]:
        """Return the plans of earlier partitions: what they kept decides about later twins."""
        records = release.partition_records(self.store, self.corpus.name)
        return {p: r["plan"] for p, r in records.items() if p < partition}

    def is_done(self, partitions: Sequence[str]) -> bool:
        """Say whether the newest release holds these partitions as they would be built now."""
        try:
            newest = manifest.load(self.store, self.corpus.name)
        except manifest.ReleaseError:
            return False
        made: Any = newest.plan_inputs.get("partitions", {})
        stamps = self.store / self.corpus.name / "work"
        for p in partitions:
            path = stamps / p / "done.json"
            if not path.exists():
                return False
            if json.loads(path.read_text()) != [self._fingerprint(p), made.get(p)]:
                return False
        brought = self.shelf.brought(self.corpus.name, newest.plan)
        return brought and all(map(self.shelf.has, newest.shards))

    def tests_held(self) -> int:
        """Return how many images of test sets are kept out."""
        return self.tests.prints.num_rows

    def _inputs(self, partition: str, table: pa.Table) -> dict[str, Any]:
        """Return everything that decides a partition's bytes."""
        columns = ("uri", "sha256", "licence", "author")
        rows = zip(*(table.column(c).to_pylist() for c in columns), strict=True)
        return {
            "corpus": self.corpus.name,
            "partition": partition,
            **self._rules(),
            **({"tests": self._tests_digest()} if self.recipe["against"] else {}),
            "sources": {uri: [digest, lic, who] for uri, digest, lic, who in rows},
            "after": self._before(partition),
        }

    def _tests_digest(self) -> str:
        """Return what of test sets decides."""
        return self.tests.digest

    # --- tables of the steps -----------------------------------------------------------------

    def _path(self, partition: str, name: str) -> Path:
        return self._work(partition) / f"{name}.parquet"

    @property
    def _spill(self) -> Path:
        return self.store / self.corpus.name / "work" / SPILLED

    def _keep(self, partition: str, name: str, table: pa.Table) -> None:
        with disk.writer_lock(self.store):
            data = webdataset.parquet_bytes(table)
            disk.write_file(self.store, self._path(partition, name), data)

    def _record(
        self, partition: str, record: Mapping[str, Any], beside: Mapping[str, pa.Table]
    ) -> None:
        """Keep a partition's record, last of all, and what later partitions compare with.

        `beside` has tables by the ending of their files; the writer lock is held.
        """
        path = release.record_path(self.store, self.corpus.name, partition)
        for ending, table in beside.items():
            data = webdataset.parquet_bytes(table)
            disk.write_file(self.store, path.with_suffix(f".{ending}"), data)
        disk.write_file(self.store, path, canonical(record).encode())
        stamp = canonical([self._fingerprint(partition), record["plan"]]).encode()
        disk.write_file(self.store, self._work(partition) / "done.json", stamp)

    def _table(self, partition: str, name: str) -> pa.Table:
        path = self._path(partition, name)
        if not path.exists():
            raise SourceError(f"{path}: expected the table of step {name}: run the steps in order")
        return webdataset.read_parquet(path.read_bytes())
