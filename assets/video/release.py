"""A release of clips: outcomes of videos and clips, funnel, sheets and report."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
from PIL import Image

from corpuswright.assets.builds import release
from corpuswright.assets.curation import contact_sheets as curation_sheets
from corpuswright.assets.curation import rejections
from corpuswright.assets.curation.build import CurationBuild
from corpuswright.assets.video import cut
from corpuswright.assets.video.rows import ClipRow
from corpuswright.quality.reports import contact_sheets
from corpuswright.quality.video import filters
from corpuswright.storage.build_state import packs
from corpuswright.storage.inputs import file_slice, references
from corpuswright.storage.keys import task_key
from corpuswright.storage.media import frames as media_frames
from corpuswright.storage.media import video
from corpuswright.storage.records import Json, Outcome, Release, canonical, from_dict
from corpuswright.storage.releases import manifest

TILES = 12  # kept clips on the sheet, three moments of each
EACH = 6  # dropped clips of one reason
TILE = (200, 150)
# In this order the clips' begin at `black`.
OF_VIDEOS = ("sources", *(f.stage for f in filters.OF_VIDEOS), "clips")
OF_CLIPS = ("sources", *filters.STAGES[len(filters.OF_VIDEOS) :])  # then the corpus's own steps


def videos(table: pa.Table, clips: pa.Table) -> Iterator[Outcome]:
    """Yield how each video ended: kept if one of its clips is.

    Args:
        table: A row a video, with verdicts.
        clips: A row a clip, with the last step's verdicts.
    """
    ended: dict[str, Counter[str]] = {}
    columns = (clips.column(c).to_pylist() for c in ("uri", rejections.REASON))
    for uri, reason in zip(*columns, strict=True):
        ended.setdefault(uri, Counter())[reason] += 1
    for r in table.select(["key", "uri", *rejections.COLUMNS]).to_pylist():
        stage, reason, value = (r[c] for c in rejections.COLUMNS)
        of = ended.get(r["uri"], Counter[str]())
        if not reason and not of[""]:
            stage, reason = "clips", "no_clip_kept"
            value = ", ".join(f"{n} {why}" for why, n in sorted(of.items()) if n)
        ending = manifest.REJECTED if reason else manifest.KEPT
        yield Outcome(r["key"], "", "page", r["uri"], stage or "clips", ending, reason, value)


def clips(table: pa.Table, tasks_by: str) -> Iterator[Outcome]:
    """Yield how each clip ended, and of those that are kept each task.

    Args:
        table: A row a clip. `detail` is JSON: of each task null, or why it is refused; a table
            without it has no tasks.
        tasks_by: The step that has said so of tasks.
    """
    columns = ("key", "uri", *rejections.COLUMNS)
    for key, uri, stage, reason, value in zip(
        *(table.column(c).to_pylist() for c in columns), strict=True
    ):
        ending = manifest.REJECTED if reason else manifest.KEPT
        yield Outcome(key, uri, "scene", uri, stage or "shards", ending, reason, value)
    if "detail" in table.column_names:
        for row in rejections.kept(table).select(["key", "uri", "detail"]).to_pylist():
            for number, refused in enumerate(json.loads(row["detail"])):
                yield _task(row, number, refused, tasks_by)


def _task(row: ClipRow, number: int, refused: Mapping[str, str] | None, step: str) -> Outcome:
    key, why = task_key(row["key"], number), refused or {"reason": "", "value": ""}
    ending = manifest.REJECTED if refused else manifest.KEPT
    return Outcome(key, row["key"], "task", row["uri"], step, ending, why["reason"], why["value"])


def publish(build: CurationBuild, tables: Sequence[pa.Table], run: Json) -> Release:
    """Commit a release of all partitions; call with the writer lock held.

    Args:
        build: With shards of a partition at least.
        tables: Clips of partitions' last steps, for contact sheets.
        run: What is no part of the deterministic bytes: times, costs.
    """
    records = release.partition_records(build.store, build.name)
    own = [s.name for s in build.corpus.steps]
    stages = (*OF_CLIPS, *own[own.index("cut") :])
    found = {p: _funnel(r, stages) for p, r in records.items()}
    files = {"funnel.json": canonical(found).encode() + b"\n"}
    read = [from_dict(Outcome, o) for r in records.values() for o in r["videos"]]

    def looks(made: Release) -> None:
        sheets = {
            "contact.jpg": ("kept", _kept(build.folder, tables)),
            "dropped.jpg": ("dropped", _dropped(tables)),
        }
        curation_sheets.write(build.store, made, found, {}, sheets)

    made, files = release.assemble(build.name, records, read, files)
    return release.publish(build.shard_store, made, files, run, build.options.keep_releases, looks)


def _funnel(record: Mapping[str, Any], stages: Sequence[str]) -> curation_sheets.Funnel:
    """Return the funnel of a partition: of its videos, then of the clips they gave."""
    always = {f.stage for f in (*filters.OF_VIDEOS, *filters.OF_CLIPS)}
    taken = record["inputs"].get("taken_down", 0)
    units = [o for o in record["outcomes"] if o["unit"] == "scene"]
    return [
        *curation_sheets.funnel(record["videos"], OF_VIDEOS, always),
        *curation_sheets.funnel(units, stages, always | {"near_duplicates"}, (), taken),
    ]


def _kept(folder: Path, tables: Sequence[pa.Table]) -> list[Image.Image]:
    """Return three tiles each of some clips that are kept: their beginning, middle and end."""
    rows = [r for t in tables for r in rejections.kept(t).to_pylist()]
    some = rows[:: max(1, len(rows) // TILES)][:TILES]
    tiles: list[Image.Image] = []
    for r in some:
        try:
            frames = list(video.decode(cut.data(folder, r), r["key"]))
        except packs.PackError:
            continue  # swept since: a picture of it is no part of the release
        name = str(r["uri"]).rpartition("/")[2]
        for n in (0, len(frames) // 2, len(frames) - 1):
            text = f"{name}  {r['start'] + n * (r['end'] - r['start']) / len(frames):.1f} s"
            tiles.append(contact_sheets.captioned(Image.fromarray(frames[n]), text, TILE))
    return tiles


def _dropped(tables: Sequence[pa.Table]) -> list[Image.Image]:
    """Return the middle of some clips that are dropped, those of one reason side by side."""
    by_reason: dict[str, list[ClipRow]] = {}
    for r in (r for t in tables for r in t.to_pylist() if r["reason"]):
        if r["stage"] != "sources":  # what was withdrawn, or must not be used, is not shown
            by_reason.setdefault(r["reason"], []).append(r)
    tiles: list[Image.Image] = []
    for reason, rows in sorted(by_reason.items()):
        for r in rows[:EACH]:
            image = _middle(r)
            if image is not None:
                name = str(r["uri"]).rpartition("/")[2]
                tiles.append(contact_sheets.captioned(image, f"{reason}  {name}", TILE))
    return tiles


def _middle(r: ClipRow) -> Image.Image | None:
    where = references.of_row(r)
    size = cut.size_of(r["width"], r["height"], 2 * TILE[1])
    try:
        with file_slice.opened(where) as file:
            at = (r["start"] + r["end"]) / 2
            (frame,) = media_frames.frames(file, where.uri, at, 1, 1, size)
    except (OSError, video.VideoError):
        return None  # gone since: a picture of it is no part of the release
    return Image.fromarray(frame)
