"""Whether two clips show the same: a moment of one looks like one of the other, and moves like it.

A clip is a row of looks, `measures.RATE` a second, each with a print and a thumbnail. Two clips are
laid over each other at every offset that leaves enough of both; where looks agree it is asked what
changes over time: two takes by a fixed camera look alike and move otherwise. Over a short stretch
two takes may move alike by chance, so that there more is asked for.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from corpuswright.quality.images import hash_bands, perceptual_hash

VERSION = 2  # bump when a verdict can change

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]

# All of these are ours, chosen on clips cut from real videos (tests/bench/RESULTS.md).
OVERLAP = 0.5  # of the shorter clip that must lie over the other: less is another clip
WHOLE = 0.8  # of it from which on two clips are the same stretch
# Where nearly all of it lies over the other: bits that prints differ in on average, and correlation
# of what changes. Ten frames off, prints differ more, and fewer looks are compared.
CLOSE, MOVES = 12, 0.6
MOVES_LATE = 0.88
QUIET = 1e-4  # of a thumbnail's spread, squared: below it only rounding changes
# Looks between two anchors at most: one at least is shared by copies that share a second.
REACH = 8


class Sequence(NamedTuple):
    """A clip's looks: (K, 32) prints and (K, 256) thumbnails."""

    prints: Bytes
    thumbs: Bytes


def anchors(thumbs: Bytes) -> NDArray[np.int64]:
    """Return places of the looks by which a clip is found: minima of a signal over windows.

    The signal is a fixed mixture of a thumbnail's pixels, so that copies have their minima at the
    same moments, wherever they begin (winnowing: Schleimer, Wilkerson, Aiken, SIGMOD 2003).
    """
    signal = _even(thumbs) @ _MIXTURE
    if len(signal) <= REACH:  # copies of so short a clip need not share a second: all of it
        return np.arange(len(signal))
    views = np.lib.stride_tricks.sliding_window_view(signal, REACH)
    return np.unique(views.argmin(axis=1) + np.arange(len(views)))


_MIXTURE = np.cos(np.arange(perceptual_hash.THUMB**2) * 2.399963).astype(np.float32)  # golden angle


def alike(a: Sequence, b: Sequence) -> bool:
    """Say whether two clips are copies of each other, whole or for the most part."""
    bits = perceptual_hash.distances(a.prints, b.prints)
    x, y = _even(a.thumbs), _even(b.thumbs)
    shorter = min(len(x), len(y))
    least = max(2, int(np.ceil(OVERLAP * shorter)))
    for offset in range(least - len(y), len(x) - least + 1):
        i = slice(max(0, offset), min(len(x), offset + len(y)))
        j = slice(i.start - offset, i.stop - offset)
        apart = float(np.diagonal(bits[i, j]).mean())
        if apart > hash_bands.RADIUS:
            continue
        same = _together(x[i], y[j])
        whole = i.stop - i.start >= WHOLE * shorter
        if same >= MOVES_LATE or (whole and apart <= CLOSE and same >= MOVES):
            return True
    return False


def _together(x: Floats, y: Floats) -> float:
    """Return the correlation of what changes over (L, 256) looks; 1 if nothing does in either."""
    x, y = x - x.mean(axis=0), y - y.mean(axis=0)
    one, other = float((x * x).mean()), float((y * y).mean())
    if max(one, other) < QUIET:
        return 1.0
    return float((x * y).mean()) / (one * other + 1e-12) ** 0.5


def _even(thumbs: Bytes) -> Floats:
    """Return thumbnails of mean 0 and spread 1: light and contrast do not count."""
    values = thumbs.astype(np.float32)
    values -= values.mean(axis=1, keepdims=True)
    return values / np.maximum(values.std(axis=1, keepdims=True), 1.0)
