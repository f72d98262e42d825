"""The step that cuts clips from their videos and has them scored, in blocks that are kept."""

from __future__ import annotations

import time

import pyarrow as pa

from corpuswright.assets.builds.reports import Report
from corpuswright.assets.curation import checkpoints, rejections
from corpuswright.assets.curation.build import CurationBuild
from corpuswright.assets.video import cut as cutting
from corpuswright.assets.video import score as scoring
from corpuswright.assets.video.rows import CutRow
from corpuswright.quality.images import filters as image_filters
from corpuswright.quality.models import scorers
from corpuswright.storage.arrow import Row

_WHERE = pa.schema([f for f in cutting.CUT if f.name not in ("key", "fault")])


def cut(build: CurationBuild, partition: str) -> Report:
    """Cut the clips that are left, and score them; what cannot be cut is dropped."""
    start = time.monotonic()
    table = build.table(partition, "deduplicated")
    kept = rejections.kept(table).sort_by("key")
    r = build.recipe
    asked = (int(r["fps"]), int(r["frames"]), int(r["side"]))
    found: dict[str, CutRow] = {}
    if kept.num_rows:
        done, _ = checkpoints.compute_blocks(
            build.store,
            build.folder / "work" / "cut" / partition,
            f"{build.name} cut",
            checkpoints.blocks_of(kept.select(["id", *cutting.COLUMNS]), cutting.BLOCK),
            [cutting.VERSION, *asked],
            lambda block: cutting.cut_block(build.spark(), block, build.folder, *asked),
        )
        found = {c["key"]: c for c in done.to_pylist()}
    said: list[rejections.Verdict] = []
    cells: list[Row] = []
    nothing: Row = {"pack": "", "clip": "", "at": 0, "size": 0, "wide": 0, "high": 0}
    for key, verdict in zip(
        table.column("key").to_pylist(), rejections.verdicts(table), strict=True
    ):
        clip = found.get(key)
        fault = clip is not None and clip["fault"]
        said.append(("cut", "not_cut", clip["fault"]) if clip and fault else verdict)
        cells.append({n: clip[n] for n in nothing} if clip and not fault else nothing)
    table = rejections.with_columns(table, cells, _WHERE)
    table = _scored(build, rejections.replaced(table, said), partition)
    build.keep(partition, "cut", table)
    return rejections.report("cut", table.num_rows, rejections.verdicts(table), start)


def _scored(build: CurationBuild, table: pa.Table, partition: str) -> pa.Table:
    """Return cut clips with their scores; those that a score drops are dropped."""
    kept = rejections.kept(table).sort_by("key")
    named = {s: build.recipe[s] for s in image_filters.SCORES if build.recipe[s]}
    found: dict[str, Row] = {}
    if kept.num_rows and named:
        where = {s: scorers.located(n) for s, n in named.items()}
        done, _ = checkpoints.compute_blocks(
            build.store,
            build.folder / "work" / "scored" / partition,
            f"{build.name} scored",
            checkpoints.blocks_of(kept.select(["id", *scoring.COLUMNS]), scoring.BLOCK),
            [scoring.VERSION, {s: scorers.fingerprint(n) for s, n in named.items()}],
            lambda block: scoring.scored(build.spark(), block, build.folder, where),
        )
        found = {r["key"]: r for r in done.to_pylist()}
    return scoring.judged(table, found, build.recipe)
