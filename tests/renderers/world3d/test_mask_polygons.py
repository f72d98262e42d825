"""A mask and its outlines say the same of every pixel."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis.extra import numpy as arrays

from corpuswright.renderers.world3d.mask_polygons import Ring, outlines


def odd(rings: list[Ring], x: float, y: float) -> bool:
    """Even-odd rule, ring by ring: in one of them."""

    def inside(ring: Ring) -> bool:
        crossed = 0
        for (ax, ay), (bx, by) in zip(ring, ring[1:] + ring[:1], strict=True):
            if (ay > y) != (by > y) and x < (bx - ax) * (y - ay) / (by - ay) + ax:
                crossed += 1
        return crossed % 2 == 1

    return any(inside(r) for r in rings)


@given(arrays.arrays(np.bool_, (9, 11)))
def test_every_pixel_is_in_the_polygons_if_it_is_in_the_mask(mask: np.ndarray):
    outer, holes = outlines(mask)
    for y, x in np.ndindex(mask.shape):
        # A ring in a hole of another is an outer one of its own: count how deep a point lies.
        depth = sum(odd([r], x + 0.5, y + 0.5) for r in outer) - sum(
            odd([r], x + 0.5, y + 0.5) for r in holes
        )
        assert depth == int(mask[y, x])


def test_a_square_has_four_corners_and_a_frame_a_hole():
    mask = np.zeros((8, 8), bool)
    mask[2:6, 1:7] = True
    outer, holes = outlines(mask)
    assert sorted(map(tuple, outer[0])) == [(1, 2), (1, 6), (7, 2), (7, 6)] and not holes
    mask[3:5, 3:5] = False
    outer, holes = outlines(mask)
    assert len(outer) == 1 and sorted(map(tuple, holes[0])) == [(3, 3), (3, 5), (5, 3), (5, 5)]
