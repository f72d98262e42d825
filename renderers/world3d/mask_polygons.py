"""Masks as polygons along the edges of their pixels, so that nothing is lost between the two."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Ring = list[list[float]]


def outlines(mask: NDArray[np.bool_]) -> tuple[list[Ring], list[Ring]]:
    """Return the outer rings and the holes of a mask (H, W), corners only.

    A point that is no pixel edge lies in the mask if it lies in an outer ring and in no hole.
    Pixels that touch by a corner are apart.
    """
    padded = np.pad(mask, 1).astype(np.int8)
    height, width = mask.shape
    # Edges with the mask on their right hand, as (from, to) on the lattice of pixel corners.
    after: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for dy, dx, a, b in (
        (-1, 0, (0, 0), (1, 0)),  # nothing above: go right along the upper side
        (0, 1, (1, 0), (1, 1)),
        (1, 0, (1, 1), (0, 1)),
        (0, -1, (0, 1), (0, 0)),
    ):
        other = padded[1 + dy : 1 + dy + height, 1 + dx : 1 + dx + width]
        for y, x in np.argwhere(mask & (other == 0)).tolist():
            after.setdefault((x + a[0], y + a[1]), []).append((x + b[0], y + b[1]))
    outer: list[Ring] = []
    holes: list[Ring] = []
    while after:
        begin = min(after)
        ring, at, came = [begin], begin, (0, 0)
        while True:
            ways = after[at]
            # Where two pixels touch by a corner, turn right: that keeps to the same pixel.
            right = (-came[1], came[0])
            there = next((w for w in ways if (w[0] - at[0], w[1] - at[1]) == right), ways[0])
            ways.remove(there)
            if not ways:
                del after[at]
            came = (there[0] - at[0], there[1] - at[1])
            if there == begin:
                break
            ring.append(there)
            at = there
        corners = _corners(ring)
        (outer if _area(corners) > 0 else holes).append(corners)
    return outer, holes


def _corners(ring: list[tuple[int, int]]) -> Ring:
    n = len(ring)
    return [
        [float(x), float(y)]
        for i, (x, y) in enumerate(ring)
        if (ring[i - 1][0] - x) * (ring[(i + 1) % n][1] - y)
        != (ring[i - 1][1] - y) * (ring[(i + 1) % n][0] - x)
    ]


def _area(ring: Ring) -> float:
    x, y = np.array(ring).T
    return float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2
