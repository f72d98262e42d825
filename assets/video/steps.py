"""Steps of clips from real videos: sources → filtered → deduplicated → cut → … → shards.

An input is a video, told in outcomes as such; what is kept or dropped further on are clips,
stretches of its shots. A video is decoded once to be measured, and once more where clips of it are
cut.
"""

from __future__ import annotations

import functools
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from corpuswright.annotators.llm import model_file
from corpuswright.assets.builds.reports import Report
from corpuswright.assets.builds.steps import SPARK, Step
from corpuswright.assets.curation import bucketing, checks, listing, rejections
from corpuswright.assets.curation import shards as curation_shards
from corpuswright.assets.curation.build import CurationBuild, files_below
from corpuswright.assets.curation.corpus import Family
from corpuswright.assets.curation.shard_writer import Recorded
from corpuswright.assets.images import steps as image_steps
from corpuswright.assets.video import duplicates, measure, release, splits, test_sets
from corpuswright.assets.video.cut_and_score import cut
from corpuswright.assets.video.measure_blocks import measured
from corpuswright.assets.video.recipe import MOST
from corpuswright.assets.video.rows import KeyedWindow, VideoRow
from corpuswright.quality.images import filters as image_filters
from corpuswright.quality.models import scorers, shot_detector
from corpuswright.quality.reports import expectations
from corpuswright.quality.reports.expectations import Finding
from corpuswright.quality.video import filters, rendered_truth
from corpuswright.quality.video import splits as quality_splits
from corpuswright.storage import disk, keys, samples
from corpuswright.storage.arrow import Row
from corpuswright.storage.build_state import tombstones
from corpuswright.storage.inputs.sites import SourceError
from corpuswright.storage.records import Json, Release, to_dict
from corpuswright.storage.releases import manifest, remote_store

VERSION = 2  # bump when a table of a step is written in another way


# --- what decides --------------------------------------------------------------------------------


def root(build: CurationBuild) -> Path:
    """Return the source's folder; raises SourceError where there is none."""
    found = listing.root_of(build.name, build.options.source, "videos")
    if found.is_file():
        raise SourceError(
            f"--source: expected a folder of videos, saw {found}: lists of URLs are retrieved "
            "for images only"
        )
    return found


def check(build: CurationBuild) -> None:
    """Raise SourceError if there is nothing to build from, or the model cannot see; quick."""
    image_steps.check(build)
    if build.model is None:
        return
    try:
        model_file.wants_images(build.model, build.name)
    except model_file.ModelError as error:
        raise SourceError(str(error)) from None
    if build.model.batch is not None:
        raise SourceError(
            f"{build.name}: batch files are for captions of images: leave `batch` out of "
            "the model file"
        )


def watched(build: CurationBuild) -> Iterator[Path]:
    """Yield the files of the source and of test sets."""
    yield from files_below(build.root, *map(Path, build.recipe["against"]))


def rules(build: CurationBuild) -> Row:
    """Return what decides a partition's bytes, besides its videos."""
    # Hashes stand for what is elsewhere: no path and no password is in a manifest.
    models, cutter = ("shots", *image_filters.SCORES), str(build.recipe["shots"])
    recipe = {k: v for k, v in build.recipe.items() if k not in models}
    licences = build.options.allow_licence
    detector = [shot_detector.VERSION, shot_detector.fingerprint(cutter)] if cutter else []
    return {
        "recipe": {**recipe, "against": [Path(f).name for f in build.recipe["against"]]},
        "versions": dict(build.corpus.versions),
        "record": samples.VERSION,
        "samples": build.options.samples,
        "licences": sorted(licences) if licences else None,
        "about": build.corpus.about,
        "units": dict(build.corpus.units),
        **({"shots": detector} if detector else {}),
        "scorers": {
            s: scorers.fingerprint(build.recipe[s]) for s in image_filters.SCORES if build.recipe[s]
        },
        **tombstones.plan_part(build.withdrawn),
    }


def _key(build: CurationBuild, partition: str, id_: str) -> str:
    # A video's number stands behind those of its clips.
    return keys.sample_key(build.name, id_, int(partition) * MOST + MOST - 1)


# --- steps ---------------------------------------------------------------------------------------


def sources(build: CurationBuild, partition: str) -> Report:
    """List every video of the source, with what is said of where it came from."""
    start = time.monotonic()
    o = build.options
    every = listing.listed(
        build.spark(),
        build.root,
        build.folder,
        o.licence,
        o.author,
        build.recipe["unmatched_credits"],
    )
    key = functools.partial(_key, build, partition)
    found = listing.not_withdrawn(_videos(every), build.withdrawn, key)
    if not found.num_rows:
        raise SourceError(f"{build.root}: expected videos, it lists none")
    named = [key(i) for i in found.column("id").to_pylist()]
    build.keep(partition, "references", found.append_column("key", pa.array(named)))
    faults = Counter(f.partition(" ")[0] for f in found.column("fault").to_pylist() if f)
    kept = found.num_rows - faults.total()
    return Report("sources", found.num_rows, kept, faults, time.monotonic() - start)


def _videos(listed: pa.Table) -> pa.Table:
    """Return what is listed without that which lies beside a rendered video and tells of it.

    So have it our own clips, which have tracks: a source may be shards of theirs.
    """
    uris = listed.column("uri").to_pylist()
    there, beside = set(uris), rendered_truth.ENDINGS
    stems = (u.removesuffix(".mp4") for u in uris if u.endswith(".mp4"))
    rendered = {u for u in stems if f"{u}.tracks.npz" in there}
    indices = {
        f"{u.partition('.tar/')[0]}{e}"
        for u in uris
        if ".tar/" in u
        for e in (".tar.idx", ".index.parquet")
    }
    stays = [
        u not in indices
        and not any(u.endswith(e) and u.removesuffix(e) in rendered for e in beside)
        for u in uris
    ]
    return listed.filter(pa.array(stays, pa.bool_()))


def filtered(build: CurationBuild, partition: str) -> Report:
    """Decode every video once, and hold it and its clips to the recipe.

    The tables `videos` and `filtered` have a row for each video and each clip.
    """
    start = time.monotonic()
    recipe = build.recipe
    whole, number = measured(
        build,
        build.table(partition, "references").drop_columns(["key"]),
        build.folder / "work" / "watched" / partition,
        f"{build.name} filtered",
        float(recipe["bench"]) if recipe["part"] == quality_splits.TRAIN else 0.0,
    )
    rows = whole.to_pylist()
    said = [_of_video(build, r) for r in rows]
    clips: list[KeyedWindow] = []
    for row, (_, reason, _) in zip(rows, said, strict=True):
        for clip in measure.clips(row) if not reason else ():
            variant = int(partition) * MOST + clip["number"]
            clips.append({**clip, "key": keys.sample_key(build.name, row["id"], variant)})
    of_bench = (splits.OTHER, quality_splits.BENCH)
    held = [r for r, v in zip(rows, said, strict=True) if v[1:] == of_bench]
    named = [_key(build, partition, r["id"]) for r in held]
    build.keep(partition, "bench", splits.looks(held, named))
    keyed = pa.array([_key(build, partition, r["id"]) for r in rows])
    videos = whole.drop_columns(["windows"]).append_column("key", keyed)
    build.keep(partition, "videos", rejections.replaced(videos, said))
    of_clips = [_of_clip(build, c) for c in clips]
    table = pa.Table.from_pylist(clips, schema=measure.CLIPS)
    build.keep(partition, "filtered", rejections.replaced(table, of_clips))
    return rejections.report("filtered", number, [v for v in said if v[1]] + of_clips, start)


def _of_video(build: CurationBuild, row: VideoRow) -> rejections.Verdict:
    if build.withdrawn.hold_sha256(row["sha256"]):
        return "sources", "withdrawn", ""
    licences = build.options.allow_licence
    if licences is not None and row["licence"] not in licences:
        return "sources", "licence_not_allowed", row["licence"]
    found = filters.of_video(row, build.recipe)
    if found is not None:
        return found[0], found[1].reason, found[1].value
    part = quality_splits.of(row["sha256"], float(build.recipe["bench"]))
    mine = build.recipe["part"] in (quality_splits.ALL, part)
    return ("", "", "") if mine else ("sources", splits.OTHER, part)


def _of_clip(build: CurationBuild, row: KeyedWindow) -> rejections.Verdict:
    # By its key, and by its seconds: another night or another recipe cuts them otherwise.
    seconds = tombstones.seconds(row["sha256"], row["start"], row["end"])
    gone = build.withdrawn
    if gone.hold_key(row["key"]) or any(map(gone.hold_sha256, seconds)):
        return "sources", "withdrawn", ""
    if build.shows_withdrawn(row["prints"]):
        return "sources", "withdrawn", "another file of a clip that was taken down"
    found = filters.of_clip(row, build.recipe)
    return ("", "", "") if found is None else (found[0], found[1].reason, found[1].value)


def deduplicated(build: CurationBuild, partition: str) -> Report:
    """Keep the best of clips that are alike; those of earlier partitions come first."""
    start = time.monotonic()
    table = build.table(partition, "filtered")
    mine = duplicates.looks(rejections.kept(table))
    before = [
        test_sets.kept_out(build, partition),
        duplicates.earlier(build.partitions, partition),
    ]
    twins = duplicates.near_duplicates(build.spark(), mine, pa.concat_tables(before), build.spill)
    said = splits.with_near_duplicates(table, twins)
    build.keep(partition, "deduplicated", rejections.replaced(table, said))
    return rejections.report("deduplicated", mine.num_rows, said, start)


def selected(build: CurationBuild, partition: str, after: str) -> Report:
    """Take the samples wanted, in key order, and give each its shard; `after` is the last step."""
    start = time.monotonic()
    table, said = rejections.wanted(
        build.table(partition, after).sort_by("key"), build.options.samples, "selected"
    )
    placed = bucketing.spread(table, "size", int(build.recipe["shard_bytes"]))
    build.keep(partition, "selected", placed)
    return rejections.report("selected", len(said), said, start)


def shards(
    build: CurationBuild,
    partition: str,
    recorded: Callable[[CurationBuild], Recorded],
    tasks_by: str,
) -> Report:
    """Write the shards that are not there yet, exactly once, and the partition's record.

    Args:
        build: Whose.
        partition: Which.
        recorded: How clips become records.
        tasks_by: The step that has said of each task whether it is kept.
    """
    start = time.monotonic()
    table, videos = build.table(partition, "selected"), build.table(partition, "videos")
    kept = rejections.kept(table)
    outcomes = list(release.clips(table, tasks_by))
    with disk.writer_lock(build.store):
        remote_store.keep(build.shard_store, build.name)
        written, groups = curation_shards.written(
            build.spark, kept, build.shard_store, build.name, partition, recorded(build)
        )
        first = {s.first_key: s.name for s in written}
        named = kept.column("key").to_pylist()
        inputs = build.inputs(partition, listing.stated(videos))
        record: Row = {
            "plan": manifest.plan_hash(inputs),
            "inputs": inputs,
            "shards": [to_dict(s) for s in written],
            "groups": {digest: first[named[rows[0]]] for digest, rows in groups.items()},
            "videos": [to_dict(o) for o in release.videos(videos, table)],
            "outcomes": [to_dict(o) for o in outcomes],
            **({"answers": used} if (used := _answers(kept)) else {}),
        }
        bench = duplicates.looks(build.table(partition, "bench"))
        build.record(partition, record, {"looks": duplicates.looks(kept), "bench": bench})
    reasons = Counter(o.reason for o in outcomes if o.reason and o.unit == "scene")
    return Report("shards", len(written), kept.num_rows, reasons, time.monotonic() - start)


def _answers(kept: pa.Table) -> dict[str, list[str]]:
    """Return, by key, the answers in the ledger that kept clips hang on, if any do."""
    if "answers" not in kept.column_names:
        return {}
    columns = (kept.column(c).to_pylist() for c in ("key", "answers"))
    found = {key: json.loads(cell) for key, cell in zip(*columns, strict=True)}
    return {k: a for k, a in found.items() if a}


# --- what must hold, and the release -------------------------------------------------------------


def examined(build: CurationBuild, partition: str) -> list[Finding]:
    """Return what Great Expectations finds on a partition's aggregates."""
    kept = rejections.kept(build.table(partition, "selected")).to_pylist()
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
        "least_side": (int(build.recipe["min_side"]), None),
        "most_of_one_video": (None, int(build.recipe["clips_per_video"])),
    }
    asked = {n: v for n, v in limits.items() if n != "least_side" or kept}
    return expectations.between(pd.DataFrame([row]), asked)


def publish(build: CurationBuild, run: Json) -> Release:
    """Commit a release of all partitions, with funnel and sheets; the writer lock is held."""
    return release.publish(build, checks.tables(build, "selected"), run)


def dropped(build: CurationBuild, partition: str) -> list[pa.Table]:
    """Return the tables whose rows say why videos and clips are out."""
    return [build.table(partition, name) for name in ("videos", "selected")]


ON_SPARK = frozenset({"spark"})


def steps(
    middle: Sequence[Step[CurationBuild]], recorded: Callable[[CurationBuild], Recorded]
) -> tuple[Step[CurationBuild], ...]:
    """Return the steps of a corpus of clips; its own stand between `cut` and `selected`.

    Args:
        middle: Its own.
        recorded: How its clips become records.
    """
    last = middle[-1].name if middle else "cut"
    take = functools.partial(selected, after=last)
    write = functools.partial(shards, recorded=recorded, tasks_by=last)
    held = checks.of(
        "selected", lambda build: test_sets.held_out(build).num_rows, test_sets.overlaps, examined
    )
    return (
        Step("sources", "Every video of the source: where it lies, and what is said of its origin.",
             sources, ON_SPARK, "video", SPARK, ("tables",)),
        Step("filtered", "Every video decoded once and measured; videos and clips held to the "
             "recipe's thresholds.", filtered, ON_SPARK, "clip", SPARK, ("measured", "filters")),
        Step("deduplicated", "Of clips that are alike the best one, against test sets and all that "
             "was released before.", deduplicated, ON_SPARK, "clip", SPARK, ("duplicates",)),
        Step("cut", "Clips cut from their videos, encoded once, and scored.",
             cut, frozenset({"spark", "ffmpeg"}), "clip", SPARK, ("records",)),
        *middle,
        Step("selected", "The samples wanted, in key order, each with its shard.",
             take, frozenset({"python"}), "clip", None, ("tables",), held),
        Step("shards", "WebDataset shards of clips, written from Spark exactly once.",
             write, frozenset({"spark", "webdataset"}), "clip", SPARK),
    )  # fmt: skip


FAMILY = Family(root, check, rules, watched, test_sets.digest, publish, dropped)
UNITS = {"page": "video", "scene": "clip"}
