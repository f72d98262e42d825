"""A shape has a centre to be spoken of where its area's and its box's are one."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpuswright.annotators.grounding.canvas_names import CENTRED, Drawing, has_centre
from corpuswright.storage.records import Element, Point, Scene

Outline = list[Point]


def named(outline: Outline, scale: float = 1.0) -> bool:
    xs, ys = zip(*outline, strict=True)
    x0, y0, x1, y1 = box = min(xs), min(ys), max(xs), max(ys)
    quad = ((x0, y0), (x1, y0), (x1, y1), (x0, y1))
    told = {
        "kind": "shape",
        "outline": outline,
        "points": {"center": [(x0 + x1) / 2, (y0 + y1) / 2]},
    }
    e = Element("e0", "img", "a", quad, box, box, 1.0, None, "", {}, told, None)
    scene = Scene((2000, 2000), (scale, scale), (e,), {"app": {"marquee": None, "editing": None}})
    return has_centre(Drawing(scene), e)


SIZES, PLACES = st.floats(20, 300), st.floats(-500, 500)


@given(x=PLACES, y=PLACES, w=SIZES, h=SIZES, n=st.sampled_from([4, 6, 8, 12, 40]))
def test_what_is_alike_on_both_sides_has_one(x: float, y: float, w: float, h: float, n: int):
    turn = [2 * math.pi * i / n for i in range(n)]
    assert named([(x + w * math.cos(t), y + h * math.sin(t)) for t in turn])


@given(x=PLACES, y=PLACES, w=st.floats(60, 300), h=st.floats(60, 300), way=st.booleans())
def test_a_right_triangle_has_none(x: float, y: float, w: float, h: float, way: bool):
    corners = [(x, y), (x + w, y), (x, y + h)]  # its area's centre is a sixth of a side off
    assert not named(corners[::-1] if way else corners)


@pytest.mark.parametrize("off", [0.5, 2.0])
@pytest.mark.parametrize("scale", [1.0, 2.5])
def test_three_units_are_forgiven_at_any_scale(off: float, scale: float):
    lean = off * CENTRED * 6 * scale  # of a trapezium's shorter side, against its area's centre
    base, high = 400 * scale, 300 * scale
    outline = [(0.0, 0.0), (base, 0.0), (base, high), (0.0, high)]
    # A corner cut off moves the area's centre by about its own share of the area.
    cut = math.sqrt(2 * lean / 6 * base * high / (base / 2 + high / 2))
    cut_off = [(cut, 0.0), *outline[1:], (0.0, cut)]
    assert named(cut_off, scale) == (off < 1)
