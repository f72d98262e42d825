"""A corpus of real images: sources → filtered → deduplicated → captioned → bucketed → shards.

Each step is a Spark job over references and measures, can be repeated, and leaves a table; bytes of
images are read where they are measured and where they are written, and never shuffled.
"""

from __future__ import annotations

import functools
import time
from collections import Counter
from typing import Any

import pyarrow as pa

from corpuswright.assets.builds import release as build_release
from corpuswright.assets.builds import spark
from corpuswright.assets.builds.reports import Report
from corpuswright.assets.curation import bucketing, checkpoints, listing, rejections
from corpuswright.assets.curation import shards as curation_shards
from corpuswright.assets.curation.build import Planned
from corpuswright.assets.images import captions as image_captions
from corpuswright.assets.images import deduplicate, lettering, measure
from corpuswright.assets.images import records as images_records
from corpuswright.assets.images import release as image_release
from corpuswright.quality.images import filters, measures, opt_outs
from corpuswright.quality.models import scorers
from corpuswright.quality.reports import image_aggregates
from corpuswright.quality.reports.expectations import Finding
from corpuswright.storage import disk, keys
from corpuswright.storage.build_state import tombstones
from corpuswright.storage.inputs.references import Reference
from corpuswright.storage.inputs.sites import SourceError
from corpuswright.storage.media import captions as media_captions
from corpuswright.storage.records import Json, Release, canonical, to_dict
from corpuswright.storage.releases import manifest as release
from corpuswright.storage.releases import remote_store

VERSION = 2  # bump when a table of a step is written in another way


class Curation(Planned):
    """A build of one curated corpus: steps to be taken in order, each of which can be repeated."""

    # --- steps -------------------------------------------------------------------------------

    def sources(self, partition: str) -> Report:
        """List every input of the source, with what is said of where it came from.

        Of a list of URLs they are retrieved.
        """
        start = time.monotonic()
        session, b = spark.session(self.workers), self.build
        gone, key = self._withdrawn, functools.partial(self._key, partition=partition)
        if self.root.is_file():
            folder = self.store / self.corpus.name / "retrieved" / self.root.stem
            stated = (b.licence, b.author)
            found = listing.retrieved(session, self.root, stated, folder, self.recipe, gone, key)
        else:
            every = listing.listed(session, self.root, b.licence, b.author)
            found = listing.not_withdrawn(every, gone, key)
        if number := int(self.recipe["lettered"]):
            folder = self.store / self.corpus.name / "lettered" / f"lettered-{partition}"
            seed = f"{self.recipe.get('seed', '')}/{partition}"
            drawn = lettering.listed(session, self.store, folder, number, seed)
            drawn = listing.not_withdrawn(drawn, gone, key)
            found = pa.concat_tables([found, drawn]).sort_by("id")
        if not found.num_rows:
            raise SourceError(f"{self.root}: expected images, it lists none")
        self._keep(partition, "references", found)
        faults = Counter(f.partition(" ")[0] for f in found.column("fault").to_pylist() if f)
        kept = found.num_rows - faults.total()
        return Report("sources", found.num_rows, kept, faults, time.monotonic() - start)

    @functools.cached_property
    def _withdrawn(self) -> tombstones.Tombstones:
        return tombstones.load(self.store, self.corpus.name)

    def filtered(self, partition: str) -> Report:
        """Read and decode every input once, measure it, and hold the measures to the recipe."""
        start = time.monotonic()
        models = (*filters.SCORES, measure.EMBEDDING)
        named = {s: scorers.located(self.recipe[s]) for s in models}
        versions = [measure.VERSION, measures.VERSION, opt_outs.identity(), self._scorers()]
        listed = self._table(partition, "references")
        whole, number = checkpoints.worked(
            self.store,
            self.store / self.corpus.name / "work" / "measured" / partition,
            f"{self.corpus.name} filtered",
            checkpoints.of(listed, measure.BLOCK),
            versions,
            lambda block: measure.measured(spark.session(self.workers), block, named),
        )
        rows = whole.drop_columns(["print", "thumb", "embedding"]).to_pylist()
        said = [self._filter(r) for r in rows]
        table = whole.append_column("key", pa.array([self._key(r["id"], partition) for r in rows]))
        self._keep(partition, "filtered", rejections.with_verdicts(table, said))
        return rejections.report("filtered", number, said, start)

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
        if self.recipe["heed_opt_outs"] and row["opt_out"]:
            return "sources", "opted_out", row["opt_out"]
        if self.recipe["heed_opt_outs"] and (row["c2pa"] or "").startswith(opt_outs.NOT_READ):
            return "sources", "opt_out_not_read", row["c2pa"]
        if row["fault"] and row["length"] == 0:  # of a list of URLs, one that brought nothing
            return "sources", row["reason"], row["value"]
        found = filters.judge(row, self.recipe)
        return ("", "", "") if found is None else (found[0], found[1].reason, found[1].value)

    def deduplicated(self, partition: str) -> Report:
        """Keep the best of images that are alike; those of earlier partitions come first."""
        start = time.monotonic()
        table = self._table(partition, "filtered")
        mine = deduplicate.prints(rejections.kept(table), self.embedded_by)
        before = [self.tests.prints, deduplicate.earlier(self._partitions, partition)]
        session = spark.session(self.workers)
        alike = (self.recipe[n] for n in ("radius", "apart", "max_cosine"))
        twins = {
            t.id: t.other for t in deduplicate.twins(session, mine, before, self._spill, *alike)
        }
        said = [
            (stage, reason, value)
            if reason or id_ not in twins
            else ("near_duplicates", *rejections.as_which(twins[id_]))
            for id_, stage, reason, value in zip(
                *(table.column(c).to_pylist() for c in ("id", "stage", "dropped", "seen")),
                strict=True,
            )
        ]
        bare = table.drop_columns([*rejections.COLUMNS])
        self._keep(partition, "deduplicated", rejections.with_verdicts(bare, said))
        return rejections.report("deduplicated", mine.num_rows, said, start)

    def captioned(self, partition: str) -> Report:
        """Hold captions to the rules: those that came with images, and a model's if one is named.

        Raises:
            ModelError: Questions stay unanswered: the next run goes on.
        """
        start = time.monotonic()
        table = self._table(partition, "deduplicated")
        rows = table.select([*Reference._fields, "key", "dropped"]).to_pylist()
        kept = [r for r in rows if not r["dropped"]]
        found = {
            r["key"]: [image_captions.given(r["caption"])] if r["caption"] else [] for r in kept
        }
        if self.model is not None:
            name = f"{self.corpus.name}-{partition}"
            style, session = str(self.recipe["captions"]), spark.session(self.workers)
            some = kept[: self.build.samples]  # more than are wanted are not paid for
            before = image_captions.earlier(self._partitions, partition)
            with self.asking() as (client, model):
                made = image_captions.written(session, client, model, some, style, name, before)
            for key, written in made.items():
                found[key].append(written)
        if self.tests.sentences:
            image_captions.keep_out(spark.session(self.workers), self.tests.sentences, found)
        cells = [media_captions.dump(found[r["key"]]) if not r["dropped"] else "" for r in rows]
        self._keep(partition, "captioned", table.append_column("captions", pa.array(cells)))
        every = [c for captions in found.values() for c in captions]
        reasons = Counter(c.reason for c in every if c.reason)
        left = len(every) - sum(reasons.values())
        return Report("captioned", len(every), left, reasons, time.monotonic() - start)

    def bucketed(self, partition: str) -> Report:
        """Give each image that is left its size to train at, and its shard."""
        start = time.monotonic()
        table = self._table(partition, "captioned")
        said = rejections.of(table)
        kept = [n for n, (_, dropped, _) in enumerate(said) if not dropped]
        wanted = self.build.samples
        for n in kept[wanted:] if wanted is not None else ():
            said[n] = ("bucketed", "beyond_samples", f"{wanted} wanted")
        table = rejections.with_verdicts(table.drop_columns([*rejections.COLUMNS]), said)
        self._keep(partition, "bucketed", bucketing.placed(table, int(self.recipe["shard_bytes"])))
        return rejections.report("bucketed", len(said), said, start)

    def shards(self, partition: str) -> Report:
        """Write the shards that are not there yet, exactly once, and the partition's record."""
        start = time.monotonic()
        table = self._table(partition, "bucketed")
        kept = rejections.kept(table)
        outcomes = list(rejections.outcomes(table))
        # Held while tasks stage, too: another writer would sweep what they have staged.
        with disk.writer_lock(self.store):
            remote_store.keep(self.shelf, self.corpus.name)
            session = functools.partial(spark.session, self.workers)
            written, groups = curation_shards.written(
                session, kept, self.shelf, self.corpus.name, partition,
                images_records.recorded(self.corpus.name, image_captions.VERSION),
            )  # fmt: skip
            first = {s.first_key: s.name for s in written}
            keys = kept.column("key").to_pylist()
            answers = image_captions.answers(kept)
            inputs = self._inputs(partition, table)
            plan = release.plan_hash(inputs)
            record: dict[str, Any] = {
                "plan": plan,
                "inputs": inputs,
                "shards": [to_dict(s) for s in written],
                "groups": {digest: first[keys[rows[0]]] for digest, rows in groups.items()},
                "outcomes": [to_dict(o) for o in outcomes],
                "captions": image_aggregates.lengths(rejections.caption_words(kept)),
                **({"answers": answers} if answers else {}),
            }
            prints = deduplicate.prints(kept, self.embedded_by)
            beside = {"prints": prints, "captions": image_captions.of_models(kept)}
            self._record(partition, record, beside)
        reasons = Counter(o.reason for o in outcomes if o.reason and o.unit == "scene")
        return Report("shards", len(written), kept.num_rows, reasons, time.monotonic() - start)

    def release(self, run: Json) -> Release:
        """Commit a release of all partitions that have shards, with funnel and contact sheets."""
        with disk.writer_lock(self.store):
            return self.commit(run)

    def commit(self, run: Json) -> Release:
        """Do what `release` does; the writer lock is held."""
        records = build_release.partition_records(self.store, self.corpus.name)
        there = [p for p in records if self._path(p, "bucketed").exists()]
        tables = [self._table(p, "bucketed") for p in there]
        keep = self.build.keep_releases
        return image_release.commit(self.shelf, self.corpus.name, records, tables, run, keep)

    def examined(self, partition: str) -> list[Finding]:
        """Return what Great Expectations finds on a partition's aggregates, and keep it.

        It is in the next release's report.
        """
        table = self._table(partition, "bucketed")
        row = image_aggregates.of(table, rejections.caption_words(table))
        found = image_aggregates.examine(row, float(self.recipe["min_area"]))
        plain = canonical([f._asdict() for f in found]).encode() + b"\n"
        with disk.writer_lock(self.store):
            disk.write_file(self.store, self._work(partition) / "expectations.json", plain)
        return found

    def dropped(self, partition: str) -> dict[str, tuple[int, str, str]]:
        """Return how many inputs each reason has dropped, with one of them and what was seen."""
        return rejections.dropped(self._table(partition, "bucketed"))
