"""Videos measured in blocks that are kept: a kill loses the block in hand."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from corpuswright.assets.curation import checkpoints
from corpuswright.assets.curation.build import CurationBuild
from corpuswright.assets.video import measure
from corpuswright.quality.models import shot_detector
from corpuswright.quality.video import clip_windows, measures


def measured(
    build: CurationBuild, listed: pa.Table, folder: Path, title: str, held: float
) -> tuple[pa.Table, int]:
    """Return videos watched, in blocks that are kept, and how many were watched just now.

    Args:
        build: Whose recipe says what a clip is.
        listed: References with their `id`.
        folder: Where blocks are kept.
        title: Of the progress bar.
        held: Share of the videos of which all clips are wanted.
    """
    r, cutter = build.recipe, str(build.recipe["shots"])
    seconds = r["frames"] / r["fps"]
    plain = (seconds, int(r["clips_per_video"]), float(r["max_seconds"]))
    asked = (*plain, cutter, held)
    versions = [measure.VERSION, measures.VERSION, clip_windows.VERSION, *plain, held]
    versions += [shot_detector.VERSION, shot_detector.fingerprint(cutter)] if cutter else []
    return checkpoints.compute_blocks(
        build.store,
        folder,
        title,
        checkpoints.blocks_of(listed, measure.BLOCK),
        versions,
        lambda block: measure.watched(build.spark(), block, *asked),
    )
