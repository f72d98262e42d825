"""Scores of clips by models that plug in, on Spark: of three moments of each clip that was cut.

The scores and who gives them are those of images (`quality.models.scorers`). A clip's moments are
scored together and with nobody else's, so that a score hangs on the clip alone. It counts by its
worst moment, but for beauty, which is of all of it: Data-Juicer takes the mean of three frames of
each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from corpuswright.assets.builds import spark
from corpuswright.assets.curation import rejections
from corpuswright.assets.video import cut
from corpuswright.assets.video.rows import ClipRow
from corpuswright.quality.images.filters import SCORES
from corpuswright.quality.models import scorers
from corpuswright.quality.video import filters
from corpuswright.storage.media import video

VERSION = 1  # bump when a score comes out otherwise
BLOCK = 256  # clips of a block, about: a kill loses minutes of work
MOMENTS = 3
COLUMNS = ["key", "pack", "clip", "at", "size"]
FIELDS = [pa.field(n, pa.float64()) for n in SCORES]
SCORED = pa.schema([pa.field("key", pa.string(), nullable=False), *FIELDS])

_COUNTS: Mapping[str, Callable[[Sequence[float]], float]] = {
    **dict.fromkeys(SCORES, max),
    "aesthetic": lambda values: float(np.mean(values)),
}


def moments(frames: int) -> list[int]:
    """Return which of a clip's frames are scored: middles of as many equal parts of it."""
    return sorted({(2 * n + 1) * frames // (2 * MOMENTS) for n in range(MOMENTS)})


def scored(session: Any, block: pa.Table, folder: Path, named: Mapping[str, str]) -> pa.Table:
    """Return a row (SCORED) for each clip of a block, by key.

    Args:
        session: Of Spark.
        block: Rows of `COLUMNS`.
        folder: Of the corpus, whose packs have the clips.
        named: Who gives which score; of the others, and where a moment has none, it is missing.

    Raises:
        ScorerError: Nobody can score, by way of Spark: that is no clip's fault.
    """
    tasks = max(1, min(block.num_rows, 2 * session.sparkContext.defaultParallelism))
    frame = spark.frame(session, block.select(COLUMNS)).repartitionByRange(tasks, "key")
    rows = frame.mapInArrow(_Each(folder, dict(named)), spark.columns(SCORED))
    return rows.toArrow().cast(SCORED).sort_by("key")


def judged(
    table: pa.Table, found: Mapping[str, Mapping[str, Any]], recipe: Mapping[str, Any]
) -> pa.Table:
    """Return clips with their scores, those dropped that a score drops.

    Args:
        table: Clips with verdicts.
        found: Rows of SCORED by key; a clip that has none has no scores.
        recipe: The thresholds, and who gives each score.
    """
    said: list[rejections.Verdict] = []
    keys = table.column("key").to_pylist()
    for key, verdict in zip(keys, rejections.verdicts(table), strict=True):
        why = filters.of_scores(found[key], recipe) if key in found else None
        said.append(verdict if why is None else (why[0], why[1].reason, why[1].value))
    for field in FIELDS:
        column = [found.get(k, {}).get(field.name) for k in keys]
        table = table.append_column(field, pa.array(column, field.type))
    return rejections.replaced(table, said)


class _Each:
    def __init__(self, folder: Path, named: dict[str, str]) -> None:
        self._folder, self._named = folder, named

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            rows = [{"key": r["key"], **self._one(r)} for r in batch.to_pylist()]
            yield pa.RecordBatch.from_pylist(rows, schema=SCORED)

    def _one(self, r: ClipRow) -> dict[str, float | None]:
        shown = list(video.decode(cut.data(self._folder, r), r["key"]))
        seen = [shown[n] for n in moments(len(shown))]
        out: dict[str, float | None] = {}
        for score, who in self._named.items():
            given = scorers.scores(who, seen)
            values = [g for g in given if g is not None]
            out[score] = _COUNTS[score](values) if len(values) == len(seen) else None
        return out
