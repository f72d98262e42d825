"""Near duplicates on Spark: prints meet by bands, pairs are decided by bits and thumbnails.

Only ids, prints and thumbnails are shuffled. What comes out is a set of edges that does not hang on
partitions or order; components of it are found on the driver, where 10^8 edges take 2 GB.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from corpuswright.assets.curation import hash_pairs
from corpuswright.quality.images import hash_bands, perceptual_hash

VERSION = 1  # bump when an edge can come out otherwise

Ints = NDArray[np.int64]
_ROWS = "band int, id bigint, print binary"
_EDGES = "a bigint, b bigint"


def edges(images: Any, radius: int = hash_bands.RADIUS, apart: float = hash_bands.APART) -> Any:
    """Return a frame `a`, `b` of ids of images that are alike, a < b, each pair once.

    Args:
        images: A frame with `id` bigint, `print` and `thumb` binary; ids are unique.
        radius: Bits that may differ.
        apart: How far thumbnails may be from each other.
    """
    near = (
        images.select("id", "print")
        .mapInArrow(_banded, _ROWS)
        .repartition("band")
        .sortWithinPartitions("band", "id")
        .mapInArrow(_Paired(radius), _EDGES)
        .distinct()
    )
    thumbs = images.select("id", "thumb")
    both = near.join(thumbs.withColumnsRenamed({"id": "a", "thumb": "one"}), "a").join(
        thumbs.withColumnsRenamed({"id": "b", "thumb": "other"}), "b"
    )
    return both.mapInArrow(_Decided(apart), _EDGES)


def _banded(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        prints = _matrix(batch.column("print"), perceptual_hash.BITS // 8)
        keys = hash_bands.bands(prints)
        which = np.repeat(np.arange(batch.num_rows), keys.shape[1])
        yield pa.RecordBatch.from_arrays(
            [
                pa.array(keys.ravel()),
                batch.column("id").take(pa.array(which)),
                batch.column("print").take(pa.array(which)),
            ],
            names=["band", "id", "print"],
        )


class _Paired:
    """Compares, in rows sorted by band, those that share one."""

    def __init__(self, radius: int) -> None:
        self._radius = radius

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        held: list[tuple[NDArray[np.int32], Ints, NDArray[np.uint8]]] = []
        for batch in batches:
            rows = (
                batch.column("band").to_numpy(),
                batch.column("id").to_numpy(),
                _matrix(batch.column("print"), perceptual_hash.BITS // 8),
            )
            held.append(rows)
            # The last band of a batch may go on in the next.
            if rows[0][-1] != held[0][0][0]:
                band, ids, prints = (np.concatenate(v) for v in zip(*held, strict=True))
                last = int(np.searchsorted(band, band[-1]))
                yield from self._groups(band[:last], ids[:last], prints[:last])
                held = [(band[last:], ids[last:], prints[last:])]
        if held:
            band, ids, prints = (np.concatenate(v) for v in zip(*held, strict=True))
            yield from self._groups(band, ids, prints)

    def _groups(
        self, band: NDArray[np.int32], ids: Ints, prints: NDArray[np.uint8]
    ) -> Iterator[pa.RecordBatch]:
        _, starts = np.unique(band, return_index=True)
        for begin, end in zip(starts, [*starts[1:], len(band)], strict=True):
            if end - begin < 2:
                continue
            number = int(band[begin]) >> 16
            yield from self._group(ids[begin:end], prints[begin:end], number)

    def _group(self, ids: Ints, prints: NDArray[np.uint8], band: int) -> Iterator[pa.RecordBatch]:
        # Equal prints are a chain, not all their pairs: a thousand copies are a thousand edges.
        whole = np.ascontiguousarray(prints).view(f"V{prints.shape[1]}").ravel()
        _, first, which = np.unique(whole, return_index=True, return_inverse=True)
        head = ids[first][which]
        copies = head != ids
        if copies.any():
            yield _edges(head[copies], ids[copies])
        # Rotated, so that a crowd is told apart by other bands than the one it shares.
        turned = np.roll(prints[first], -2 * band, axis=1)
        for found in hash_bands.pairs(turned, self._radius):
            yield _edges(ids[first][found[:, 0]], ids[first][found[:, 1]])


class _Decided:
    """Keeps pairs whose thumbnails are alike."""

    def __init__(self, apart: float) -> None:
        self._apart = apart

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        size = perceptual_hash.THUMB**2
        for batch in batches:
            one, other = (_matrix(batch.column(c), size) for c in ("one", "other"))
            alike = perceptual_hash.apart(one, other) <= self._apart
            a, b = (batch.column(c).to_numpy()[alike] for c in ("a", "b"))
            yield _edges(a, b)


def _edges(a: Ints, b: Ints) -> pa.RecordBatch:
    low, high = np.minimum(a, b), np.maximum(a, b)
    return pa.RecordBatch.from_arrays([pa.array(low), pa.array(high)], names=["a", "b"])


def _matrix(column: Any, width: int) -> NDArray[np.uint8]:
    """Return (N, width) of a column of N values of `width` bytes."""
    joined = b"".join(column.to_pylist())
    return np.frombuffer(joined, np.uint8).reshape(-1, width)


def components(a: Ints, b: Ints) -> tuple[Ints, Ints]:
    """Return ids that are in some edge, sorted, and of each the number of its component."""
    ids = np.unique(np.concatenate([a, b]))
    rows, columns = np.searchsorted(ids, a), np.searchsorted(ids, b)
    graph = coo_array((np.ones(len(a), np.int8), (rows, columns)), shape=(len(ids), len(ids)))
    _, labels = connected_components(graph, directed=False)
    return ids, labels.astype(np.int64)


def representatives(a: Ints, b: Ints, better: Callable[[int], Any]) -> dict[int, int]:
    """Return, of rows that edges (a, b) join, the best of each group for each of the others.

    `better` is what rows are sorted by, the best one first.
    """
    groups: dict[int, list[int]] = {}
    for n, label in zip(*(v.tolist() for v in hash_pairs.components(a, b)), strict=True):
        groups.setdefault(label, []).append(n)
    out: dict[int, int] = {}
    for group in groups.values():
        best = min(group, key=better)
        out |= {n: best for n in group if n != best}
    return out
