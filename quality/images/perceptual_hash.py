"""Perceptual prints: a 256-bit hash that finds candidates, a thumbnail that decides about them.

The hash holds the signs, about their median, of the 16 x 16 lowest frequencies of the cosine
transform of a 64 x 64 grey image (Zauner 2010, with more bits). Bits that agree are searched by
bands: two prints that differ in few bits are alike in some band.
"""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import NDArray
from PIL import Image

BITS = 256
SIDE = 64  # px of the grey image that is transformed
LOW = 16  # frequencies each way
THUMB = 16  # px of the thumbnail's side
BANDS = 16  # of 16 bits each

Bytes = NDArray[np.uint8]


@functools.cache
def _cosines() -> NDArray[np.int64]:
    """Return the (LOW, SIDE) rows of the transform but the constant one, in steps of 2^-14.

    Whole numbers, so that every machine has the same bits.
    """
    k, n = np.arange(1, LOW + 1)[:, None], np.arange(SIDE)[None]
    return np.rint(np.cos(np.pi * k * (2 * n + 1) / (2 * SIDE)) * (1 << 14)).astype(np.int64)


def prints(grey: Image.Image) -> tuple[bytes, bytes]:
    """Return the 32-byte hash and the 256-byte thumbnail of a grey image."""
    even = grey.resize((SIDE, SIDE), Image.Resampling.BOX)
    small = np.asarray(even, np.int64)
    cosines = _cosines()
    low = cosines @ small @ cosines.T
    bits = low > np.median(low)
    thumb = even.reduce(SIDE // THUMB)
    return np.packbits(bits).tobytes(), thumb.tobytes()


def prints_of(greys: Bytes) -> tuple[Bytes, Bytes]:
    """Return (N, 32) hashes and (N, 256) thumbnails of (N, SIDE, SIDE) grey, as `prints` does."""
    n, by = len(greys), SIDE // THUMB
    even = greys.astype(np.float64)
    cosines = _cosines().astype(np.float64)
    # Sums stay below 2^49: doubles hold them exactly, in whatever order they are added.
    low = (cosines @ even @ cosines.T).reshape(n, -1)
    bits = low > np.median(low, axis=1, keepdims=True)
    pool = np.kron(np.eye(THUMB), np.ones(by))  # (THUMB, SIDE): each row adds `by` pixels
    thumbs = (pool @ even @ pool.T + by * by // 2) // (by * by)
    return np.packbits(bits, axis=1), thumbs.astype(np.uint8).reshape(n, -1)


def distances(a: Bytes, b: Bytes) -> NDArray[np.int64]:
    """Return the (N, M) numbers of differing bits of (N, 32) and (M, 32) hashes."""
    return np.bitwise_count(a[:, None] ^ b[None]).sum(axis=2, dtype=np.int64)


def apart(a: Bytes, b: Bytes) -> NDArray[np.float32]:
    """Return how far (N, 256) thumbnails are from (N, 256) others: the most that a pixel differs.

    Both are brought to one mean and one spread first, so that light and contrast do not count.
    """
    x, y = (_even(v) for v in (a, b))
    return np.abs(x - y).max(axis=1)


def _even(thumbs: Bytes) -> NDArray[np.float32]:
    values = thumbs.astype(np.float32)
    values -= values.mean(axis=1, keepdims=True)
    return values / np.maximum(values.std(axis=1, keepdims=True), 1.0)
