"""Which prints are alike, without asking every pair: bands that agree, then all bits.

Two 256-bit prints that differ in d bits scattered at random agree in one band of 16 at least with
probability 1 - (1 - (1 - 16/256)^d)^16: 0.9998 at 14 bits, which is the 99th percentile of JPEG at
quality 30 and of half the size, 0.98 at 24, the radius (tests/bench/RESULTS.md).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from corpuswright.quality.images.perceptual_hash import BANDS, Bytes, distances

# Bits by which two prints of one image may differ: above the 99th percentile of brightness by 10 %
# (21), below any pair of other scenes that we saw. Ours.
RADIUS = 24
# Of thumbnails brought to one mean and spread, the most that a pixel differs. Ours: 0.51 is the
# 99th percentile of brightness by 10 %, and slides of one template are 1 and more apart.
APART = 0.6
CROWD = 2048  # prints with one band above which they are told apart by the next band too

Pairs = NDArray[np.int64]


def bands(prints: Bytes) -> NDArray[np.int32]:
    """Return (N, BANDS) of (N, 32) prints: each band's bits, with its number above them."""
    words = np.ascontiguousarray(prints).view(">u2").astype(np.int32)
    return words | (np.arange(BANDS, dtype=np.int32) << 16)


def pairs(prints: Bytes, radius: int, band: int = 0) -> Iterator[Pairs]:
    """Yield (K, 2) places of (N, 32) prints that differ in `radius` bits or fewer.

    All N agree in `band`; where these are too many, those alone are compared that agree in the next
    band too, and so on: of a crowd, some pairs may be missed.
    """
    if len(prints) <= CROWD or band >= BANDS - 1:
        step = max(1, (1 << 22) // max(len(prints), 1))
        for begin in range(0, len(prints), step):
            near = distances(prints[begin : begin + step], prints) <= radius
            i, j = np.nonzero(near)
            i += begin
            found = np.stack([i, j], axis=1)[i < j]
            if len(found):
                yield found
        return
    # Sorted by the next band: equal ones stand together.
    words = np.ascontiguousarray(prints).view(">u2")[:, (band + 1) % BANDS]
    order = np.argsort(words, kind="stable")
    _, starts = np.unique(words[order], return_index=True)
    for group in np.split(order, starts[1:]):
        if len(group) > 1:
            for found in pairs(prints[group], radius, band + 1):
                yield np.sort(group[found], axis=1)
