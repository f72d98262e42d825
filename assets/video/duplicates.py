"""Near duplicates among clips, on Spark: anchors meet as prints do, pairs are decided by all looks.

A clip's anchors (`quality.video.duplicates`) are searched like images; two clips of which one pair
of anchors is alike are compared once with all their looks. Looks, 14 kB of a clip of six seconds,
are in the driver's memory and are sent for such pairs alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from corpuswright.assets.builds import spark
from corpuswright.assets.curation import hash_pairs
from corpuswright.assets.curation.rejections import MARK
from corpuswright.quality.images import hash_bands, perceptual_hash
from corpuswright.quality.video import duplicates as video_duplicates
from corpuswright.quality.video.duplicates import Sequence
from corpuswright.storage.shards import webdataset

VERSION = video_duplicates.VERSION * 100 + hash_pairs.VERSION

# What later partitions compare with: of each clip that is kept.
LOOKS = pa.schema(
    [pa.field("key", pa.string())]
    + [pa.field(n, pa.binary()) for n in ("prints", "thumbs")]
    + [pa.field(n, pa.int32()) for n in ("width", "height")]
    + [pa.field("clarity", pa.float64())]
)
_MOST = 4096  # looks of a clip, at most
_CHUNK = 4096  # clips whose anchors are found at a time
_AT_ONCE = 64 << 20  # bytes of looks that are decided at a time: they go through the driver's JVM
_ANCHORS = pa.schema(
    [pa.field("id", pa.int64()), pa.field("print", pa.binary()), pa.field("thumb", pa.binary())]
)
_EDGES = pa.schema([pa.field(n, pa.int64()) for n in ("a", "b")])
_PAIRS = spark.columns(_EDGES)


def looks(table: pa.Table) -> pa.Table:
    """Return what is compared of a table's clips."""
    return table.select(LOOKS.names).cast(LOOKS)


def earlier(folder: Path, partition: str, ending: str = "looks") -> pa.Table:
    """Return looks that earlier partitions have left, from `<partition>.<ending>` of a folder."""
    found = [
        webdataset.read_parquet(p.read_bytes())
        for p in sorted(folder.glob(f"*.{ending}"))
        if p.stem < partition
    ]
    return pa.concat_tables([LOOKS.empty_table(), *(looks(t) for t in found)])


def near_duplicates(session: Any, mine: pa.Table, before: pa.Table, spill: Path) -> dict[str, str]:
    """Return, by key, clips of `mine` and the clip that stands for each: the best of its group.

    A test's are best, then those of `before`; then it is the largest, the clearest, the first in
    key order. `spill` is a folder that all machines see, for what is compared.
    """
    if not mine.num_rows:
        return {}
    both = pa.concat_tables([before, mine])
    a, b = edges(session, both.select(["prints", "thumbs"]), spill)
    rows = both.select(["key", "width", "height", "clarity"]).to_pylist()

    def better(n: int) -> tuple[Any, ...]:
        r = rows[n]
        # What is like a test's clip is out, whoever else it is like.
        rank = (not r["key"].startswith(MARK), n >= before.num_rows)
        return (*rank, -r["width"] * r["height"], -r["clarity"], r["key"])

    stands = hash_pairs.representatives(a, b, better)
    return {rows[n]["key"]: rows[m]["key"] for n, m in stands.items() if n >= before.num_rows}


def sequences(table: pa.Table) -> Iterator[tuple[str, Sequence]]:
    """Yield the key and the looks of each clip of a table of LOOKS."""
    columns = (table.column(c).to_pylist() for c in ("key", "prints", "thumbs"))
    for key, prints, thumbs in zip(*columns, strict=True):
        yield key, _sequence(prints, thumbs)


def edges(session: Any, clips: pa.Table, spill: Path) -> tuple[Any, Any]:
    """Return rows (a, b), a < b, of clips (`prints`, `thumbs`) that are alike."""
    with spark.spilled(session, _anchored(clips), spill) as frame:
        near = hash_pairs.edges(frame, hash_bands.RADIUS, hash_bands.APART).toArrow()
    met = np.stack([near.column(c).to_numpy() // _MOST for c in ("a", "b")], axis=1)
    met.sort(axis=1)
    pairs = np.unique(met[met[:, 0] < met[:, 1]], axis=0)
    found = [_EDGES.empty_table()]
    at_once = max(1, _AT_ONCE * clips.num_rows // max(1, 2 * clips.nbytes))
    for n in range(0, len(pairs), at_once):
        part = pairs[n : n + at_once]
        both = pa.table(
            {
                **{c: pa.array(part[:, k]) for k, c in enumerate(_EDGES.names)},
                # One by one: `take` would join all pieces of a column, which 2 GiB bound.
                **{
                    f"{name}_{c}": pa.array(
                        [clips.column(name)[r].as_py() for r in part[:, k].tolist()]
                    )
                    for name in ("prints", "thumbs")
                    for k, c in enumerate(_EDGES.names)
                },
            }
        )
        tasks = 2 * session.sparkContext.defaultParallelism
        decided = spark.frame(session, both).repartition(tasks).mapInArrow(_decided, _PAIRS)
        found.append(decided.toArrow().cast(_EDGES))
    edges = pa.concat_tables(found).sort_by([("a", "ascending"), ("b", "ascending")])
    return edges.column("a").to_numpy(), edges.column("b").to_numpy()


def _anchored(clips: pa.Table) -> Iterator[pa.Table]:
    """Yield the anchors of clips as images that are compared; their ids tell clip and look."""
    yield _ANCHORS.empty_table()
    for begin in range(0, clips.num_rows, _CHUNK):
        rows: dict[str, list[Any]] = {n: [] for n in _ANCHORS.names}
        part = clips.slice(begin, _CHUNK)
        columns = (part.column(c).to_pylist() for c in ("prints", "thumbs"))
        for number, looks in enumerate(zip(*columns, strict=True), begin):
            found = _sequence(*looks)
            for n in video_duplicates.anchors(found.thumbs[:_MOST]):
                rows["id"].append(number * _MOST + int(n))
                rows["print"].append(found.prints[n].tobytes())
                rows["thumb"].append(found.thumbs[n].tobytes())
        yield pa.Table.from_pydict(rows, schema=_ANCHORS)


def _sequence(prints: bytes, thumbs: bytes) -> Sequence:
    return Sequence(
        np.frombuffer(prints, np.uint8).reshape(-1, perceptual_hash.BITS // 8),
        np.frombuffer(thumbs, np.uint8).reshape(-1, perceptual_hash.THUMB**2),
    )


def _decided(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        keep = [
            video_duplicates.alike(
                _sequence(r["prints_a"], r["thumbs_a"]), _sequence(r["prints_b"], r["thumbs_b"])
            )
            for r in batch.to_pylist()
        ]
        chosen = batch.select(["a", "b"]).filter(pa.array(keep, pa.bool_()))
        yield chosen
