"""Near duplicates by embeddings, on Spark: vectors meet by random hyperplanes, cosines decide.

Two vectors fall on one side of a random hyperplane with probability 1 - angle / pi (Charikar 2002).
At Lens's cosine of 0.985 (arXiv 2605.21573) that is 0.945; of 24 bands of 14 such bits one at least
agrees with probability 1 - (1 - 0.945^14)^24 = 0.9999994. Every pair that meets is decided by its
cosine, in float32.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

BANDS, BITS = 24, 14
STEP = 1024  # vectors of a band that are held against all of it at once
_BANDED = "band int, id bigint, embedding binary"
_EDGES = "a bigint, b bigint"

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]


def edges(vectors: Any, least: float) -> Any:
    """Return a frame `a`, `b` of ids whose cosine is `least` or more, a < b, each pair once.

    Args:
        vectors: A frame with `id` bigint and `embedding` binary (`packed`), of one length.
        least: The cosine.
    """
    return (
        vectors.mapInArrow(_banded, _BANDED)
        .repartition("band")
        .sortWithinPartitions("band", "id")
        .mapInArrow(functools.partial(_paired, least=least), _EDGES)
        .distinct()
    )


def packed(vector: NDArray[Any]) -> bytes | None:
    """Return a vector of length 1 as float16; None for one that has no direction."""
    wide = np.asarray(vector, np.float64).ravel()
    length = np.linalg.norm(wide)
    if not (np.isfinite(length) and length > 0):
        return None
    return (wide / length).astype("<f2").tobytes()


def unpacked(column: Any) -> Floats:
    """Return (N, D) of a column of N packed vectors, of length 1 again.

    Raises:
        ValueError: They are not of one length.
    """
    values = column.to_pylist()
    if len({len(v) for v in values}) > 1:
        raise ValueError("expected embeddings of one length; do they come from two models?")
    made = np.frombuffer(b"".join(values), "<f2").reshape(len(values), -1).astype(np.float32)
    return made / np.linalg.norm(made, axis=1, keepdims=True)


@functools.cache
def _planes(size: int) -> Floats:
    rng = np.random.Generator(np.random.PCG64(size))
    return rng.standard_normal((size, BANDS * BITS), np.float32)


def bands(vectors: Floats) -> NDArray[np.int32]:
    """Return (N, BANDS): the sides of each band's hyperplanes as bits, its number above them."""
    sides = (vectors @ _planes(vectors.shape[1]) > 0).reshape(-1, BANDS, BITS)
    bits = sides @ (1 << np.arange(BITS, dtype=np.int32))
    return (bits | np.arange(BANDS, dtype=np.int32) << BITS).astype(np.int32)


def _banded(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        if not batch.num_rows:
            continue
        keys = bands(unpacked(batch.column("embedding")))
        which = pa.array(np.repeat(np.arange(batch.num_rows), BANDS))
        yield pa.RecordBatch.from_arrays(
            [
                pa.array(keys.ravel()),
                batch.column("id").take(which),
                batch.column("embedding").take(which),
            ],
            names=["band", "id", "embedding"],
        )


def _paired(batches: Iterator[pa.RecordBatch], least: float) -> Iterator[pa.RecordBatch]:
    band, ids, held = None, list[int](), list[bytes]()
    for batch in batches:
        columns = (batch.column(c).to_pylist() for c in ("band", "id", "embedding"))
        for key, id_, vector in zip(*columns, strict=True):
            if key != band:
                yield from _group(ids, held, least)
                band, ids, held = key, [], []
            ids.append(id_)
            held.append(vector)
    yield from _group(ids, held, least)


def _group(ids: list[int], held: list[bytes], least: float) -> Iterator[pa.RecordBatch]:
    if len(ids) < 2:
        return
    vectors, numbers = unpacked(pa.array(held)), np.array(ids, np.int64)
    for begin in range(0, len(ids), STEP):
        near = vectors[begin : begin + STEP] @ vectors.T >= least
        i, j = np.nonzero(near)
        i += begin
        above = i < j
        if above.any():
            yield pa.RecordBatch.from_arrays(
                [pa.array(numbers[i[above]]), pa.array(numbers[j[above]])], names=["a", "b"]
            )
