"""A corpus of clips from real videos: sources → filtered → deduplicated → captioned → … → release.

The steps are those of `assets.images.steps`, on other units: an input is a video, told in outcomes
as such, and what is kept or dropped further on are clips, stretches of its shots. A video is
decoded once to be measured, and once more where clips of it are cut.
"""

from __future__ import annotations

import functools
import json
import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from corpuswright.annotators.llm import model_file
from corpuswright.assets.builds import release as build_release
from corpuswright.assets.builds import spark
from corpuswright.assets.builds.reports import Report
from corpuswright.assets.curation import bucketing, checkpoints, listing, rejections
from corpuswright.assets.curation import shards as curation_shards
from corpuswright.assets.curation.shard_writer import Recorded
from corpuswright.assets.images import steps
from corpuswright.assets.video import cut, duplicates, release, score
from corpuswright.assets.video import measure as video_measure
from corpuswright.assets.video import records as video_records
from corpuswright.assets.video import splits as video_splits
from corpuswright.assets.video.recipe import MOST
from corpuswright.quality.images import filters as image_filters
from corpuswright.quality.models import scorers, shot_detector
from corpuswright.quality.reports import expectations
from corpuswright.quality.reports.expectations import Finding
from corpuswright.quality.video import clip_windows, filters, measures, rendered_truth, splits
from corpuswright.storage import disk, keys, samples
from corpuswright.storage.build_state import tombstones
from corpuswright.storage.inputs import references
from corpuswright.storage.inputs.sites import SourceError
from corpuswright.storage.keys import sha256
from corpuswright.storage.records import Json, Release, canonical, to_dict
from corpuswright.storage.releases import manifest, remote_store

VERSION = 2  # bump when a table of a step is written in another way

Row = dict[str, Any]


class Filming(steps.Curation):
    """A build of clips; its steps are those of `Curation`, each of which can be repeated."""

    # --- what decides ------------------------------------------------------------------------

    @functools.cached_property
    def root(self) -> Path:
        """The source's folder; raises SourceError where there is none."""
        root = listing.root_of(self.corpus.name, self.build.source, "videos")
        if root.is_file():
            raise SourceError(
                f"--source: expected a folder of videos, saw {root}: lists of URLs are retrieved "
                "for images only"
            )
        return root

    def check(self) -> None:
        """Raise SourceError if there is nothing to build from, or the model cannot see; quick."""
        super().check()
        if self.model is None:
            return
        try:
            model_file.wants_images(self.model, self.corpus.name)
        except model_file.ModelError as error:
            raise SourceError(str(error)) from None
        if self.model.batch is not None:
            raise SourceError(
                f"{self.corpus.name}: batch files are for captions of images: leave `batch` out of "
                "the model file"
            )

    def _rules(self) -> Row:
        # Hashes stand for what is elsewhere: no path and no password is in a manifest.
        models, cutter = ("shots", *image_filters.SCORES), str(self.recipe["shots"])
        recipe = {k: v for k, v in self.recipe.items() if k not in models}
        return {
            "recipe": {**recipe, "against": [Path(f).name for f in self.recipe["against"]]},
            "versions": dict(self.corpus.versions),
            "record": samples.VERSION,
            "samples": self.build.samples,
            "licences": sorted(self.build.allow_licence) if self.build.allow_licence else None,
            "about": self.corpus.about,
            "units": dict(self.corpus.units),
            **(
                {"shots": [shot_detector.VERSION, shot_detector.identity(cutter)]} if cutter else {}
            ),
            "scorers": {
                s: scorers.identity(self.recipe[s]) for s in image_filters.SCORES if self.recipe[s]
            },
            **tombstones.plan_part(tombstones.load(self.store, self.corpus.name)),
        }

    @property
    def _seconds(self) -> float:
        return self.recipe["frames"] / self.recipe["fps"]

    @property
    def _folder(self) -> Path:
        return self.store / self.corpus.name

    def _key(self, id_: str, partition: str) -> str:
        # A video's number stands behind those of its clips.
        return keys.sample_key(self.corpus.name, id_, int(partition) * MOST + MOST - 1)

    # --- test sets ---------------------------------------------------------------------------

    @functools.cached_property
    def _held_out(self) -> pa.Table:
        """Looks of all clips of test sets; whatever a filter would say of them."""
        found = [duplicates.LOOKS.empty_table()]
        for folder in map(Path, self.recipe["against"]):
            every = [
                r
                for part in references.parts(folder)
                for r in references.read(part, {}, "", "")
                if not r.uri.endswith(".txt")
            ]
            rows = self._watched(
                listing.with_ids(pa.Table.from_batches([references.batch(every)])),
                self._folder / "work" / "against" / sha256(str(folder))[:16],
                f"{self.corpus.name} {folder.name}",
                1.0,
            )[0]
            for row in rows.to_pylist():
                if row["reason"]:
                    self.log(f"{self.corpus.name}: {row['uri']} of a test set: {row['reason']}")
            found.append(video_splits.looks(rows.to_pylist(), rows.column("uri").to_pylist()))
        return pa.concat_tables(found)

    def _kept_out(self, partition: str) -> pa.Table:
        """Return looks of all that must not be met: of test sets, and of the bench's videos."""
        mine = self._table(partition, "bench")
        before = duplicates.earlier(self._partitions, partition, "bench")
        return pa.concat_tables([self._held_out, before, duplicates.looks(mine)])

    def overlaps(self, partition: str) -> list[rejections.Overlap]:
        """Return kept clips that are like a clip of a test set; every pair is looked at."""
        mine = [
            duplicates.looks(rejections.kept(self._table(partition, "bucketed"))),
            duplicates.earlier(self._partitions, partition),
        ]
        session = functools.partial(spark.session, self.workers)
        return video_splits.overlaps(session, self._kept_out(partition), mine, self._spill)

    def tests_held(self) -> int:
        """Return how many clips of test sets are kept out."""
        return self._held_out.num_rows

    def _tests_digest(self) -> str:
        found = sorted((k, p, t) for k, (p, t) in duplicates.sequences(self._held_out))
        return sha256(canonical([[k, p.tobytes().hex(), t.tobytes().hex()] for k, p, t in found]))

    # --- steps -------------------------------------------------------------------------------

    def sources(self, partition: str) -> Report:
        """List every video of the source, with what is said of where it came from."""
        start = time.monotonic()
        session, b = spark.session(self.workers), self.build
        every = listing.listed(session, self.root, b.licence, b.author)
        key = functools.partial(self._key, partition=partition)
        found = listing.not_withdrawn(_videos(every), self._withdrawn, key)
        if not found.num_rows:
            raise SourceError(f"{self.root}: expected videos, it lists none")
        named = [key(i) for i in found.column("id").to_pylist()]
        self._keep(partition, "references", found.append_column("key", pa.array(named)))
        faults = Counter(f.partition(" ")[0] for f in found.column("fault").to_pylist() if f)
        kept = found.num_rows - faults.total()
        return Report("sources", found.num_rows, kept, faults, time.monotonic() - start)

    def _watched(
        self, listed: pa.Table, folder: Path, title: str, held: float
    ) -> tuple[pa.Table, int]:
        """Return videos watched; of a share of them, `held`, all clips are wanted."""
        r, cutter = self.recipe, str(self.recipe["shots"])
        plain = (self._seconds, int(r["clips_per_video"]), float(r["max_seconds"]))
        asked = (*plain, cutter, held)
        versions = [video_measure.VERSION, measures.VERSION, clip_windows.VERSION, *plain, held]
        versions += [shot_detector.VERSION, shot_detector.identity(cutter)] if cutter else []
        return checkpoints.worked(
            self.store, folder, title, checkpoints.of(listed, video_measure.BLOCK), versions,
            lambda block: video_measure.watched(spark.session(self.workers), block, *asked),
        )  # fmt: skip

    def filtered(self, partition: str) -> Report:
        """Decode every video once, and hold it and its clips to the recipe.

        The tables `videos` and `filtered` have a row for each video and each clip.
        """
        start = time.monotonic()
        whole, number = self._watched(
            self._table(partition, "references").drop_columns(["key"]),
            self._folder / "work" / "watched" / partition,
            f"{self.corpus.name} filtered",
            float(self.recipe["bench"]) if self.recipe["part"] == splits.TRAIN else 0.0,
        )
        rows = whole.to_pylist()
        said = [self._of_video(r) for r in rows]
        clips: list[Row] = []
        for row, (_, dropped, _) in zip(rows, said, strict=True):
            for clip in video_measure.clips(row) if not dropped else ():
                variant = int(partition) * MOST + clip["number"]
                clips.append({**clip, "key": keys.sample_key(self.corpus.name, row["id"], variant)})
        held = [
            r
            for r, v in zip(rows, said, strict=True)
            if v[1:] == (video_splits.OTHER, splits.BENCH)
        ]
        names = [self._key(r["id"], partition) for r in held]
        self._keep(partition, "bench", video_splits.looks(held, names))
        plain = whole.drop_columns(["windows"])
        plain = plain.append_column("key", pa.array([self._key(r["id"], partition) for r in rows]))
        self._keep(partition, "videos", rejections.with_verdicts(plain, said))
        of_clips = [self._of_clip(c) for c in clips]
        table = pa.Table.from_pylist(clips, schema=video_measure.CLIPS)
        self._keep(partition, "filtered", rejections.with_verdicts(table, of_clips))
        return rejections.report("filtered", number, [v for v in said if v[1]] + of_clips, start)

    def _of_video(self, row: Row) -> rejections.Verdict:
        if self._withdrawn.hold_sha256(row["sha256"]):
            return "sources", "withdrawn", ""
        licences = self.build.allow_licence
        if licences is not None and row["licence"] not in licences:
            return "sources", "licence_not_allowed", row["licence"]
        found = filters.of_video(row, self.recipe)
        if found is not None:
            return found[0], found[1].reason, found[1].value
        part = splits.of(row["sha256"], float(self.recipe["bench"]))
        wanted = self.recipe["part"]
        return (
            ("", "", "") if wanted in (splits.ALL, part) else ("sources", video_splits.OTHER, part)
        )

    def _of_clip(self, row: Row) -> rejections.Verdict:
        # By its key, and by its seconds: another night or another recipe cuts them otherwise.
        told = tombstones.seconds(row["sha256"], row["start"], row["end"])
        if self._withdrawn.hold_key(row["key"]) or any(map(self._withdrawn.hold_sha256, told)):
            return "sources", "withdrawn", ""
        found = filters.of_clip(row, self.recipe)
        return ("", "", "") if found is None else (found[0], found[1].reason, found[1].value)

    def deduplicated(self, partition: str) -> Report:
        """Keep the best of clips that are alike; those of earlier partitions come first."""
        start = time.monotonic()
        table = self._table(partition, "filtered")
        kept = rejections.kept(table)
        mine = duplicates.looks(kept)
        before = [self._kept_out(partition), duplicates.earlier(self._partitions, partition)]
        session = spark.session(self.workers)
        twins = duplicates.twins(session, mine, pa.concat_tables(before), self._spill)
        said = video_splits.with_twins(table, twins)
        bare = table.drop_columns([*rejections.COLUMNS])
        self._keep(partition, "deduplicated", rejections.with_verdicts(bare, said))
        return rejections.report("deduplicated", mine.num_rows, said, start)

    def captioned(self, partition: str) -> Report:
        """Cut the clips that are left."""
        start = time.monotonic()
        table = self._cut(partition)
        self._keep(partition, "captioned", table)
        return rejections.report("captioned", table.num_rows, rejections.of(table), start)

    def _cut(self, partition: str) -> pa.Table:
        """Return the clips with where they lie, once cut; what cannot be cut is dropped."""
        table = self._table(partition, "deduplicated")
        kept = rejections.kept(table).sort_by("key")
        r = self.recipe
        asked = (int(r["fps"]), int(r["frames"]), int(r["side"]))
        found: dict[str, Row] = {}
        if kept.num_rows:
            done, _ = checkpoints.worked(
                self.store,
                self._folder / "work" / "cut" / partition,
                f"{self.corpus.name} cut",
                checkpoints.of(kept.select(["id", *cut.COLUMNS]), cut.BLOCK),
                [cut.VERSION, *asked],
                lambda block: cut.cut(spark.session(self.workers), block, self._folder, *asked),
            )
            found = {c["key"]: c for c in done.to_pylist()}
        said: list[rejections.Verdict] = []
        cells: list[Row] = []
        nothing: Row = {"pack": "", "clip": "", "at": 0, "size": 0, "wide": 0, "high": 0}
        for key, verdict in zip(table.column("key").to_pylist(), rejections.of(table), strict=True):
            clip = found.get(key)
            fault = clip is not None and clip["fault"]
            said.append(("captioned", "not_cut", clip["fault"]) if clip and fault else verdict)
            cells.append({n: clip[n] for n in nothing} if clip and not fault else nothing)
        table = table.drop_columns([*rejections.COLUMNS])
        for name in nothing:
            field = cut.CUT.field(name)
            table = table.append_column(field, pa.array([c[name] for c in cells], field.type))
        return self._scored(rejections.with_verdicts(table, said), partition)

    def _scored(self, table: pa.Table, partition: str) -> pa.Table:
        """Return cut clips with their scores; those that a score drops are dropped."""
        kept = rejections.kept(table).sort_by("key")
        named = {s: self.recipe[s] for s in image_filters.SCORES if self.recipe[s]}
        found: dict[str, Row] = {}
        if kept.num_rows and named:
            where = {s: scorers.located(n) for s, n in named.items()}
            done, _ = checkpoints.worked(
                self.store,
                self._folder / "work" / "scored" / partition,
                f"{self.corpus.name} scored",
                checkpoints.of(kept.select(["id", *score.COLUMNS]), score.BLOCK),
                [score.VERSION, {s: scorers.identity(n) for s, n in named.items()}],
                lambda block: score.scored(spark.session(self.workers), block, self._folder, where),
            )
            found = {r["key"]: r for r in done.to_pylist()}
        return score.judged(table, found, self.recipe)

    def bucketed(self, partition: str) -> Report:
        """Take the samples wanted, in key order, and give each its shard."""
        start = time.monotonic()
        table = self._table(partition, "captioned").sort_by("key")
        said = rejections.of(table)
        kept = [n for n, (_, dropped, _) in enumerate(said) if not dropped]
        wanted = self.build.samples
        for n in kept[wanted:] if wanted is not None else ():
            said[n] = ("bucketed", "beyond_samples", f"{wanted} wanted")
        table = rejections.with_verdicts(table.drop_columns([*rejections.COLUMNS]), said)
        placed = bucketing.spread(table, "size", int(self.recipe["shard_bytes"]))
        self._keep(partition, "bucketed", placed)
        return rejections.report("bucketed", len(said), said, start)

    def _answers(self, kept: pa.Table) -> dict[str, list[str]]:
        """Return, by key, the answers in the ledger that kept clips hang on, if any do."""
        if "answers" not in kept.column_names:
            return {}
        columns = (kept.column(c).to_pylist() for c in ("key", "answers"))
        found = {key: json.loads(cell) for key, cell in zip(*columns, strict=True)}
        return {k: a for k, a in found.items() if a}

    def _recorded(self) -> Recorded:
        """Return how clips become records."""
        return video_records.plain(self.corpus.name, self._folder, self.recipe["fps"])

    def shards(self, partition: str) -> Report:
        """Write the shards that are not there yet, exactly once, and the partition's record."""
        start = time.monotonic()
        table, videos = self._table(partition, "bucketed"), self._table(partition, "videos")
        kept = rejections.kept(table)
        outcomes = list(release.clips(table))
        with disk.writer_lock(self.store):
            remote_store.keep(self.shelf, self.corpus.name)
            session = functools.partial(spark.session, self.workers)
            written, groups = curation_shards.written(
                session, kept, self.shelf, self.corpus.name, partition, self._recorded()
            )
            first = {s.first_key: s.name for s in written}
            names = kept.column("key").to_pylist()
            inputs = self._inputs(partition, videos)
            plan = manifest.plan_hash(inputs)
            record: Row = {
                "plan": plan,
                "inputs": inputs,
                "shards": [to_dict(s) for s in written],
                "groups": {digest: first[names[rows[0]]] for digest, rows in groups.items()},
                "videos": [to_dict(o) for o in release.videos(videos, table)],
                "outcomes": [to_dict(o) for o in outcomes],
                **({"answers": used} if (used := self._answers(kept)) else {}),
            }
            bench = duplicates.looks(self._table(partition, "bench"))
            beside = {"looks": duplicates.looks(kept), "bench": bench}
            self._record(partition, record, beside)
        reasons = Counter(o.reason for o in outcomes if o.reason and o.unit == "scene")
        return Report("shards", len(written), kept.num_rows, reasons, time.monotonic() - start)

    def commit(self, run: Json) -> Release:
        """Commit a release of all partitions that have shards; the writer lock is held."""
        records = build_release.partition_records(self.store, self.corpus.name)
        there = [p for p in records if self._path(p, "bucketed").exists()]
        tables = [(self._table(p, "videos"), self._table(p, "bucketed")) for p in there]
        keep = self.build.keep_releases
        return release.commit(self.shelf, self.corpus.name, records, tables, run, keep)

    def examined(self, partition: str) -> list[Finding]:
        """Return what Great Expectations finds on a partition's aggregates, and keep it."""
        kept = rejections.kept(self._table(partition, "bucketed")).to_pylist()
        side = [min(r["width"], r["height"]) for r in kept]
        row = {
            "kept": len(kept),
            "keys_twice": len(kept) - len({r["key"] for r in kept}),
            "same_bytes_twice": len(kept) - len({r["clip"] for r in kept}),
            "no_licence": sum(not r["licence"] for r in kept),
            "least_side": min(side, default=np.nan),
            "most_of_one_video": max(Counter(r["uri"] for r in kept).values(), default=0),
        }
        limits = {
            "kept": (1, None),
            "keys_twice": (0, 0),
            "same_bytes_twice": (0, 0),
            "no_licence": (0, 0),
            "least_side": (int(self.recipe["min_side"]), None),
            "most_of_one_video": (None, int(self.recipe["clips_per_video"])),
        }
        asked = {n: v for n, v in limits.items() if n != "least_side" or kept}
        found = expectations.between(pd.DataFrame([row]), asked)
        plain = canonical([f._asdict() for f in found]).encode() + b"\n"
        with disk.writer_lock(self.store):
            disk.write_file(self.store, self._work(partition) / "expectations.json", plain)
        return found

    def dropped(self, partition: str) -> dict[str, tuple[int, str, str]]:
        """Return how many videos and clips each reason has dropped, with one of them."""
        both = [self._table(partition, name) for name in ("videos", "bucketed")]
        return {r: v for t in both for r, v in rejections.dropped(t).items()}


def _videos(listed: pa.Table) -> pa.Table:
    """Return what is listed without that which lies beside a rendered video and tells of it.

    So have it our own clips, which have tracks: a source may be shards of theirs.
    """
    uris = listed.column("uri").to_pylist()
    there, beside = set(uris), rendered_truth.ENDINGS
    stems = (u.removesuffix(".mp4") for u in uris if u.endswith(".mp4"))
    told = {u for u in stems if f"{u}.tracks.npz" in there}
    indices = {
        f"{u.partition('.tar/')[0]}{e}" for u in uris if ".tar/" in u
        for e in (".tar.idx", ".index.parquet")
    }  # fmt: skip
    stays = [
        u not in indices and not any(u.endswith(e) and u.removesuffix(e) in told for e in beside)
        for u in uris
    ]
    return listed.filter(pa.array(stays, pa.bool_()))
