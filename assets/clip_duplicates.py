"""Near duplicates among clips, on Spark: anchors meet as prints do, pairs are decided by all looks.

A clip's anchors (`quality.clip_twins`) are searched like images; two clips of which one pair of
anchors is alike are joined with all their looks and compared once.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from corpuswright.assets import duplicates, keep_best, spark
from corpuswright.quality import bands, clip_twins, perceptual
from corpuswright.quality.clip_twins import Sequence
from corpuswright.storage import shards

VERSION = clip_twins.VERSION * 100 + duplicates.VERSION

# What later partitions compare with: of each clip that is kept.
LOOKS = pa.schema(
    [pa.field("key", pa.string())]
    + [pa.field(n, pa.binary()) for n in ("prints", "thumbs")]
    + [pa.field(n, pa.int32()) for n in ("width", "height")]
    + [pa.field("clarity", pa.float64())]
)
_MOST = 4096  # looks of a clip, at most
_ANCHORS = "id bigint, print binary, thumb binary"
_PAIRS = "a bigint, b bigint"


def looks(table: pa.Table) -> pa.Table:
    """Return what is compared of a table's clips."""
    return table.select(LOOKS.names).cast(LOOKS)


def earlier(folder: Path, partition: str) -> pa.Table:
    """Return looks of what earlier partitions have kept, from `<partition>.looks` of a folder."""
    found = [shards.read_parquet(p.read_bytes()) for p in sorted(folder.glob("*.looks"))
             if p.stem < partition]  # fmt: skip
    return pa.concat_tables([LOOKS.empty_table(), *(looks(t) for t in found)])


def twins(session: Any, mine: pa.Table, before: pa.Table) -> dict[str, str]:
    """Return, by key, clips of `mine` and the clip that stands for each: the best of its group.

    Those of `before` are best; then it is the largest, the clearest, the first in key order.
    """
    if not mine.num_rows:
        return {}
    both = pa.concat_tables([before, mine])
    a, b = edges(session, both.select(["prints", "thumbs"]))
    rows = both.select(["key", "width", "height", "clarity"]).to_pylist()

    def better(n: int) -> tuple[Any, ...]:
        r = rows[n]
        return (n >= before.num_rows, -r["width"] * r["height"], -r["clarity"], r["key"])

    stands = keep_best.stand_ins(a, b, better)
    return {rows[n]["key"]: rows[m]["key"] for n, m in stands.items() if n >= before.num_rows}


def sequences(table: pa.Table) -> Iterator[tuple[str, Sequence]]:
    """Yield the key and the looks of each clip of a table of LOOKS."""
    columns = (table.column(c).to_pylist() for c in ("key", "prints", "thumbs"))
    for key, prints, thumbs in zip(*columns, strict=True):
        yield key, _sequence(prints, thumbs)


def edges(session: Any, clips: pa.Table) -> tuple[Any, Any]:
    """Return rows (a, b), a < b, of clips (`prints`, `thumbs`) that are alike."""
    whole = clips.add_column(0, "id", pa.array(np.arange(clips.num_rows)))
    frame = spark.frame(session, whole)
    found = duplicates.edges(frame.mapInArrow(_anchored, _ANCHORS), bands.RADIUS, bands.APART)
    pairs = found.selectExpr(f"a div {_MOST} as a", f"b div {_MOST} as b").where("a < b").distinct()
    one = frame.withColumnsRenamed({"id": "a", "prints": "prints_a", "thumbs": "thumbs_a"})
    other = frame.withColumnsRenamed({"id": "b", "prints": "prints_b", "thumbs": "thumbs_b"})
    decided = pairs.join(one, "a").join(other, "b").mapInArrow(_decided, _PAIRS).toArrow()
    decided = decided.sort_by([("a", "ascending"), ("b", "ascending")])
    return decided.column("a").to_numpy(), decided.column("b").to_numpy()


def _sequence(prints: bytes, thumbs: bytes) -> Sequence:
    return Sequence(
        np.frombuffer(prints, np.uint8).reshape(-1, perceptual.BITS // 8),
        np.frombuffer(thumbs, np.uint8).reshape(-1, perceptual.THUMB**2),
    )


def _anchored(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        rows: dict[str, list[Any]] = {"id": [], "print": [], "thumb": []}
        for r in batch.to_pylist():
            found = _sequence(r["prints"], r["thumbs"])
            for n in clip_twins.anchors(found.thumbs[:_MOST]):
                rows["id"].append(r["id"] * _MOST + int(n))
                rows["print"].append(found.prints[n].tobytes())
                rows["thumb"].append(found.thumbs[n].tobytes())
        types = (pa.int64(), pa.binary(), pa.binary())
        arrays = [pa.array(v, t) for v, t in zip(rows.values(), types, strict=True)]
        yield pa.RecordBatch.from_arrays(arrays, names=list(rows))


def _decided(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        keep = [
            clip_twins.alike(
                _sequence(r["prints_a"], r["thumbs_a"]), _sequence(r["prints_b"], r["thumbs_b"])
            )
            for r in batch.to_pylist()
        ]
        chosen = batch.select(["a", "b"]).filter(pa.array(keep, pa.bool_()))
        yield chosen
