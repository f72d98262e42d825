"""A corpus of real images: sources → filtered → deduplicated → captioned → bucketed → shards.

Each step is a Spark job over references and measures, can be repeated, and leaves a table; bytes of
images are read where they are measured and where they are written, and never shuffled.
"""

from __future__ import annotations

import functools
import json
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from corpuswright.assets import (
    against,
    captioning,
    curated_looks,
    keep_best,
    measuring,
    placing,
    progress,
    releasing,
    retrieving,
    sharding,
    spark,
    worded,
)
from corpuswright.assets.session import Build, Report
from corpuswright.quality import lens_filters, pixels, scorers
from corpuswright.storage import (
    buckets,
    disk,
    keys,
    references,
    release,
    samples,
    shards,
    staged,
    tombstones,
)
from corpuswright.storage.keys import sha256
from corpuswright.storage.records import Json, Outcome, Release, Source, canonical, to_dict
from corpuswright.storage.reference_source import References
from corpuswright.storage.references import Reference
from corpuswright.storage.sources import SourceError

VERSION = 2  # bump when a table of a step is written in another way


@dataclass(frozen=True, slots=True)
class Curated:
    """One curated corpus: its recipe, and the versions of what decides about its images.

    Attributes are as those of `stages.Corpus`; `steps` opens a build of a corpus that takes the
    same steps otherwise than `Curation` does.
    """

    name: str
    reference: str
    recipe: Json
    accepts: Callable[[Json], object]
    versions: Mapping[str, int]
    about: str
    group: str = "curation"
    steps: Callable[[Curated, Build, Callable[[str], None]], Curation] | None = None

    def started(self, build: Build, log: Callable[[str], None] = print) -> Curation:
        """Return a build of this corpus: of images, or as its own `steps` have it."""
        return (self.steps or Curation)(self, build, log)


class Curation:
    """A build of one curated corpus: steps to be taken in order, each of which can be repeated."""

    def __init__(self, corpus: Curated, build: Build, log: Callable[[str], None] = print) -> None:
        """Open the store; nothing is written before a step is taken."""
        self.corpus, self.build, self.log = corpus, build, log
        self.store = Path(build.out).resolve()
        self.recipe: dict[str, Any] = {**corpus.recipe, **build.recipe}

    # --- what decides ------------------------------------------------------------------------

    @functools.cached_property
    def root(self) -> Path:
        """The source's folder.

        Raises:
            SourceError: None is named, or there is no such folder.
        """
        if self.build.source is None:
            raise SourceError(
                f"{self.corpus.name}: expected --source DIR, a folder of images or tars of them, "
                "or a .csv or .parquet file of URLs"
            )
        root = Path(self.build.source).resolve()
        if retrieving.is_list(root) and root.is_file():
            return root
        if not root.is_dir():
            raise SourceError(f"--source: expected a folder of images, saw {self.build.source}")
        return root

    def check(self) -> None:
        """Raise SourceError if there is nothing to build from; quick, before any work."""
        if self.root.is_file():
            retrieving.read(self.root, self.build.licence, self.build.author)
        else:
            references.parts(self.root)

    @functools.cached_property
    def model(self) -> worded.Model | None:
        """Who writes captions, if anybody does."""
        b = self.build
        return worded.load(b.model, b.model_mode) if b.model else None

    @functools.cached_property
    def tests(self) -> against.Tests:
        """What the test sets hold that the recipe names."""
        found = against.load(
            lambda: spark.session(self.workers), self.store, self.corpus.name,
            self.recipe["against"],
        )  # fmt: skip
        for name in found.unread:
            self.log(f"{self.corpus.name}: {name} of a test set cannot be read, nor kept out")
        return found

    def overlaps(self, partition: str) -> list[against.Overlap]:
        """Return what of this partition, or of earlier ones, is like an image of a test set."""
        table = self._table(partition, "bucketed")
        kept = table.filter(pa.array([not d for d in table.column("dropped").to_pylist()]))
        both = [keep_best.prints(kept), keep_best.earlier(self._partitions, partition)]
        radius, apart = self.recipe["radius"], self.recipe["apart"]
        return against.overlaps(pa.concat_tables(both), self.tests.prints, radius, apart)

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
        recipe = {k: v for k, v in self.recipe.items() if k not in lens_filters.SCORES}
        return {
            "recipe": {**recipe, "against": [Path(f).name for f in self.recipe["against"]]},
            "versions": dict(self.corpus.versions),
            "scorers": self._scorers(),
            "record": samples.VERSION,
            "samples": self.build.samples,
            "licences": sorted(self.build.allow_licence) if self.build.allow_licence else None,
            "about": self.corpus.about,
            **tombstones.plan_part(tombstones.load(self.store, self.corpus.name)),
            **(
                {"model": captioning.plan_part(self.model, str(self.recipe["captions"]))}
                if self.model
                else {}
            ),
        }

    def _scorers(self) -> dict[str, str]:
        """Return what decides each score, where somebody gives it."""
        named = {s: self.recipe[s] for s in lens_filters.SCORES}
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
        records = releasing.partition_records(self.store, self.corpus.name)
        return {p: r["plan"] for p, r in records.items() if p < partition}

    def is_done(self, partitions: Sequence[str]) -> bool:
        """Say whether the newest release holds these partitions as they would be built now."""
        try:
            newest = release.load(self.store, self.corpus.name)
        except release.ReleaseError:
            return False
        made: Any = newest.plan_inputs.get("partitions", {})
        stamps = self.store / self.corpus.name / "work"
        for p in partitions:
            path = stamps / p / "done.json"
            if not path.exists():
                return False
            if json.loads(path.read_text()) != [self._fingerprint(p), made.get(p)]:
                return False
        return release.exists(self.store, self.corpus.name, newest.plan)

    def tests_held(self) -> int:
        """Return how many images of test sets are kept out."""
        return self.tests.prints.num_rows

    # --- steps -------------------------------------------------------------------------------

    def sources(self, partition: str) -> Report:
        """List every input of the source, with what is said of where it came from.

        Of a list of URLs they are retrieved.
        """
        start = time.monotonic()
        session = spark.session(self.workers)
        if self.root.is_file():
            return self._retrieved(session, partition, start)
        session.dataSource.register(References)
        references.parts(self.root)  # so that what is wrong with a folder is said as it is
        references.read_credits(self.root)
        reader = session.read.format("references").option("root", str(self.root))
        reader = reader.option("licence", self.build.licence).option("author", self.build.author)
        found = measuring.listed(reader.load().toArrow().cast(references.SCHEMA))
        found = self._not_withdrawn(found, partition)
        if not found.num_rows:
            raise SourceError(f"{self.root}: expected images, its tars hold none")
        self._keep(partition, "references", found)
        return Report("sources", found.num_rows, found.num_rows, {}, time.monotonic() - start)

    def _retrieved(self, session: Any, partition: str, start: float) -> Report:
        listed = retrieving.read(self.root, self.build.licence, self.build.author)
        uris = [f"{self.root.stem}/{u}" for u in listed.column("url").to_pylist()]
        named = listed.append_column("uri", pa.array(uris))
        named = named.append_column("id", pa.array([keys.source_id(u) for u in uris]))
        # What was taken down is not asked for again.
        listed = self._not_withdrawn(named, partition).select(listed.column_names)
        folder = self.store / self.corpus.name / "retrieved" / self.root.stem
        polite = {"per_second": self.recipe["per_second"], "private": self.recipe["private_hosts"],
                  "heed": self.recipe["heed_opt_outs"]}  # fmt: skip
        found = measuring.listed(retrieving.retrieved(session, self.root, listed, folder, **polite))
        self._keep(partition, "references", found)
        faults = Counter(f.partition(" ")[0] for f in found.column("fault").to_pylist() if f)
        kept = found.num_rows - faults.total()
        return Report("sources", found.num_rows, kept, faults, time.monotonic() - start)

    @functools.cached_property
    def _withdrawn(self) -> tombstones.Tombstones:
        return tombstones.load(self.store, self.corpus.name)

    def _not_withdrawn(self, found: pa.Table, partition: str) -> pa.Table:
        """Return references without those that were taken down."""
        withdrawn = self._withdrawn
        if not withdrawn.digests:
            return found
        rows = found.select(["id", "uri", "licence", "author"]).to_pylist()
        return found.filter(
            pa.array(
                not withdrawn.hold_source(Source(r["uri"], "", r["licence"], r["author"]))
                and not withdrawn.hold_key(self._key(r["id"], partition))
                for r in rows
            )
        )

    def filtered(self, partition: str) -> Report:
        """Read and decode every input once, measure it, and hold the measures to the recipe."""
        start = time.monotonic()
        named = {s: scorers.located(self.recipe[s]) for s in lens_filters.SCORES}
        versions = [measuring.VERSION, pixels.VERSION, self._scorers()]
        listed = self._table(partition, "references")
        folder = self.store / self.corpus.name / "work" / "measured" / partition
        parts = measuring.blocks(listed)
        names = [measuring.name_of(b, versions) for b in parts.values()]
        todo = [b for n, b in zip(names, parts.values(), strict=True)
                if not (folder / f"{n}.parquet").exists()]  # fmt: skip
        number = sum(b.num_rows for b in todo)
        if todo:
            session = spark.session(self.workers)
            tasks = max(4 * session.sparkContext.defaultParallelism, 4)
            with progress.bar(f"{self.corpus.name} filtered", number) as bar:
                for block in todo:
                    table = measuring.measured(session, block, min(tasks, block.num_rows), named)
                    name = measuring.name_of(block, versions)
                    with disk.writer_lock(self.store):
                        measuring.write(self.store, folder, name, table)
                    bar.update(block.num_rows)
        whole = pa.concat_tables([t for n in names if (t := measuring.read(folder, n)) is not None])
        measuring.sweep(folder, names)
        rows = whole.drop_columns(["print", "thumb"]).to_pylist()
        verdicts = [self._filter(r) for r in rows]
        table = whole.append_column("key", pa.array([self._key(r["id"], partition) for r in rows]))
        self._keep(partition, "filtered", with_verdicts(table, verdicts))
        return report("filtered", number, verdicts, start)

    def _key(self, id_: str, partition: str) -> str:
        # Another night's file may have the name of an earlier one's: the variant tells them apart.
        return keys.sample_key(self.corpus.name, id_, int(partition))

    def _filter(self, row: dict[str, Any]) -> tuple[str, str, str]:
        """Return stage, reason and value of what drops an input; nothing for one that stays."""
        if self._withdrawn.hold_sha256(row["sha256"]):
            return "sources", "withdrawn", ""
        licences = self.build.allow_licence
        if licences is not None and row["licence"] not in licences:
            return "sources", "licence_not_allowed", row["licence"]
        if row["fault"] and row["length"] == 0:  # of a list of URLs, one that brought nothing
            return "sources", row["reason"], row["value"]
        found = lens_filters.judge(row, self.recipe)
        return ("", "", "") if found is None else (found[0], found[1].reason, found[1].value)

    def deduplicated(self, partition: str) -> Report:
        """Keep the best of images that are alike; those of earlier partitions come first."""
        start = time.monotonic()
        table = self._table(partition, "filtered")
        kept = np.array([not r for r in table.column("dropped").to_pylist()])
        mine = keep_best.prints(table.filter(pa.array(kept)))
        before = [self.tests.prints, keep_best.earlier(self._partitions, partition)]
        session = spark.session(self.workers)
        radius, apart = self.recipe["radius"], self.recipe["apart"]
        twins = {t.id: t.other for t in keep_best.twins(session, mine, before, radius, apart)}
        verdicts = [
            (stage, reason, value)
            if reason or id_ not in twins
            else ("near_duplicates", *_as_which(twins[id_]))
            for id_, stage, reason, value in zip(
                *(table.column(c).to_pylist() for c in ("id", "stage", "dropped", "seen")),
                strict=True,
            )
        ]
        bare = table.drop_columns(["stage", "dropped", "seen"])
        self._keep(partition, "deduplicated", with_verdicts(bare, verdicts))
        return report("deduplicated", mine.num_rows, verdicts, start)

    def captioned(self, partition: str) -> Report:
        """Hold captions to the rules: those that came with images, and a model's if one is named.

        Raises:
            ModelError: Questions stay unanswered: the next run goes on.
        """
        start = time.monotonic()
        table = self._table(partition, "deduplicated")
        rows = table.select([*Reference._fields, "key", "dropped"]).to_pylist()
        kept = [r for r in rows if not r["dropped"]]
        found = {r["key"]: [captioning.given(r["caption"])] if r["caption"] else [] for r in kept}
        if self.model is not None:
            asking = worded.client(self.store, self.corpus.name, self.model)
            name = f"{self.corpus.name}-{partition}"
            style, session = str(self.recipe["captions"]), spark.session(self.workers)
            some = kept[: self.build.samples]  # more than are wanted are not paid for
            made = captioning.written(session, asking, self.model, some, style, name)
            for key, written in made.items():
                found[key].append(written)
        if self.tests.sentences:
            captioning.keep_out(spark.session(self.workers), self.tests.sentences, found)
        cells = [captioning.dump(found[r["key"]]) if not r["dropped"] else "" for r in rows]
        self._keep(partition, "captioned", table.append_column("captions", pa.array(cells)))
        every = [c for captions in found.values() for c in captions]
        reasons = Counter(c.reason for c in every if c.reason)
        left = len(every) - sum(reasons.values())
        return Report("captioned", len(every), left, reasons, time.monotonic() - start)

    def bucketed(self, partition: str) -> Report:
        """Give each image that is left its size to train at, and its shard."""
        start = time.monotonic()
        table = self._table(partition, "captioned")
        columns = ("stage", "dropped", "seen")
        verdicts = list(zip(*(table.column(c).to_pylist() for c in columns), strict=True))
        kept = [n for n, (_, dropped, _) in enumerate(verdicts) if not dropped]
        wanted = self.build.samples
        for n in kept[wanted:] if wanted is not None else ():
            verdicts[n] = ("bucketed", "beyond_samples", f"{wanted} wanted")
        table = self._placed(with_verdicts(table.drop_columns([*columns]), verdicts))
        self._keep(partition, "bucketed", table)
        return report("bucketed", len(verdicts), verdicts, start)

    def _placed(self, table: pa.Table) -> pa.Table:
        """Return a table with the bucket and the shard of what is not dropped."""
        kept = [n for n, d in enumerate(table.column("dropped").to_pylist()) if not d]
        some = table.take(pa.array(kept, pa.int64()))
        columns = ("id", "width", "height", "bytes")
        ids, widths, heights, lengths = (some.column(c).to_pylist() for c in columns)
        sizes = list(zip(widths, heights, strict=True))
        found = placing.places(ids, sizes, lengths, int(self.recipe["shard_bytes"]))
        names, numbers = [""] * table.num_rows, [-1] * table.num_rows
        for n, name, number in zip(kept, *found, strict=True):
            names[n], numbers[n] = name, number
        table = table.append_column("bucket", pa.array(names))
        return table.append_column("shard", pa.array(numbers, pa.int32()))

    def shards(self, partition: str) -> Report:
        """Write the shards that are not there yet, exactly once, and the partition's record."""
        start = time.monotonic()
        table = self._table(partition, "bucketed")
        kept = table.filter(pa.array([not d for d in table.column("dropped").to_pylist()]))
        outcomes = list(_outcomes(table))
        # Held while tasks stage, too: another writer would sweep what they have staged.
        with disk.writer_lock(self.store):
            versions = [self.corpus.name, partition, samples.VERSION, sharding.VERSION,
                        captioning.VERSION, pixels.VERSION]  # fmt: skip
            groups = placing.groups(kept, sharding.COLUMNS, versions)
            records = releasing.partition_records(self.store, self.corpus.name)
            had = placing.there(self.store, list(records.values()), list(groups))
            todo = sorted(n for digest, rows in groups.items() if digest not in had for n in rows)
            winners = []
            if todo:
                winners = sharding.write(
                    spark.session(self.workers), kept.take(todo), self.store, self.corpus.name,
                    partition,
                )  # fmt: skip
            written = sorted(
                [*staged.publish(self.store, winners), *had.values()], key=lambda s: s.name
            )
            first = {s.first_key: s.name for s in written}
            keys = kept.column("key").to_pylist()
            answers = captioning.answers(kept)
            inputs = self._inputs(partition, table)
            plan = release.plan_hash(inputs)
            record: dict[str, Any] = {
                "plan": plan,
                "inputs": inputs,
                "shards": [to_dict(s) for s in written],
                "groups": {digest: first[keys[rows[0]]] for digest, rows in groups.items()},
                "outcomes": [to_dict(o) for o in outcomes],
                **({"answers": answers} if answers else {}),
            }
            path = releasing.record_path(self.store, self.corpus.name, partition)
            prints = shards.parquet_bytes(keep_best.prints(kept))
            disk.write_file(self.store, path.with_suffix(".prints"), prints)
            disk.write_file(self.store, path, canonical(record).encode())
            stamp = canonical([self._fingerprint(partition), plan]).encode()
            disk.write_file(self.store, self._work(partition) / "done.json", stamp)
        reasons = Counter(o.reason for o in outcomes if o.reason and o.unit == "scene")
        return Report("shards", len(written), kept.num_rows, reasons, time.monotonic() - start)

    def _inputs(self, partition: str, table: pa.Table) -> dict[str, Any]:
        """Return everything that decides a partition's bytes."""
        columns = ("uri", "sha256", "licence", "author")
        rows = zip(*(table.column(c).to_pylist() for c in columns), strict=True)
        return {
            "corpus": self.corpus.name,
            "partition": partition,
            **self._rules(),
            **({"tests": self.tests.digest} if self.recipe["against"] else {}),
            "sources": {uri: [digest, lic, who] for uri, digest, lic, who in rows},
            "after": self._before(partition),
        }

    def release(self, run: Json) -> Release:
        """Commit a release of all partitions that have shards, with funnel and contact sheets."""
        with disk.writer_lock(self.store):
            return self.commit(run)

    def commit(self, run: Json) -> Release:
        """Do what `release` does; the writer lock is held."""
        records = releasing.partition_records(self.store, self.corpus.name)
        places = {
            s["name"]: buckets.of_shard(s["name"]) for r in records.values() for s in r["shards"]
        }
        # What no model was named for is missing, and the funnel says so.
        funnel = {
            p: curated_looks.funnel(
                r["outcomes"],
                [s for s in lens_filters.SCORES if s not in r["inputs"]["scorers"]],
            )
            for p, r in records.items()
        }
        made, files = releasing.assemble(
            self.corpus.name,
            records,
            [],
            [],
            {
                "buckets.json": canonical(places).encode() + b"\n",
                "funnel.json": canonical(funnel).encode() + b"\n",
            },
        )
        release.commit(self.store, made, files, run)
        releasing.write_beside(self.store, made)
        release.sweep_shards(self.store, self.corpus.name)
        tables = [self._table(p, "bucketed") for p in records if self._path(p, "bucketed").exists()]
        curated_looks.write(self.store, made, funnel, tables)
        return made

    def dropped(self, partition: str) -> dict[str, tuple[int, str, str]]:
        """Return how many inputs each reason has dropped, with one of them and what was seen."""
        table = self._table(partition, "bucketed")
        columns = (table.column(c).to_pylist() for c in ("dropped", "uri", "seen"))
        rows = [r for r in zip(*columns, strict=True) if r[0]]
        counted = Counter(r[0] for r in rows)
        first = {reason: (uri, seen) for reason, uri, seen in reversed(rows)}
        return {reason: (n, *first[reason]) for reason, n in counted.most_common()}

    # --- tables of the steps -----------------------------------------------------------------

    def _path(self, partition: str, name: str) -> Path:
        return self._work(partition) / f"{name}.parquet"

    def _keep(self, partition: str, name: str, table: pa.Table) -> None:
        with disk.writer_lock(self.store):
            data = shards.parquet_bytes(table)
            disk.write_file(self.store, self._path(partition, name), data)

    def _table(self, partition: str, name: str) -> pa.Table:
        path = self._path(partition, name)
        if not path.exists():
            raise SourceError(f"{path}: expected the table of step {name}: run the steps in order")
        return shards.read_parquet(path.read_bytes())


def _as_which(other: str) -> tuple[str, str]:
    """Return reason and value of an image that another one stands for."""
    if other.startswith(against.MARK):
        return against.IN_TEST_SET, other.removeprefix(against.MARK)
    return keep_best.NEAR, other


def with_verdicts(table: pa.Table, verdicts: Sequence[tuple[str, str, str]]) -> pa.Table:
    """Return a table with what drops each row: `stage`, `dropped` (the reason) and `seen`."""
    for place, name in enumerate(("stage", "dropped", "seen")):
        table = table.append_column(name, pa.array([v[place] for v in verdicts], pa.string()))
    return table


def report(step: str, made: int, verdicts: Sequence[tuple[str, str, str]], start: float) -> Report:
    """Return what a step has done: how many rows stay, and what drops the others."""
    reasons = Counter(reason for _, reason, _ in verdicts if reason)
    kept = sum(not reason for _, reason, _ in verdicts)
    return Report(step, made, kept, dict(sorted(reasons.items())), time.monotonic() - start)


def _outcomes(table: pa.Table) -> Iterator[Outcome]:
    """Yield how each input ended, and each caption of one that is kept."""
    columns = ("key", "uri", "stage", "dropped", "seen", "captions")
    for key, uri, stage, reason, value, cell in zip(
        *(table.column(c).to_pylist() for c in columns), strict=True
    ):
        ending = release.REJECTED if reason else release.KEPT
        yield Outcome(key, uri, "scene", uri, stage or "shards", ending, reason, value)
        for c in captioning.load(cell) if not reason else ():
            ending = release.REJECTED if c.reason else release.KEPT
            task = keys.task_key(key, c.number)
            yield Outcome(task, key, "task", uri, "captioned", ending, c.reason, c.value)
