"""Places on a drawing: what is pointed at, where a drag may end, what must hold there."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from corpuswright.annotators.actions import gestures, place_expressions, regions, relative_drags
from corpuswright.annotators.actions.gestures import Place
from corpuswright.annotators.grounding.canvas_names import Drawing, points_of
from corpuswright.storage.records import Action, Box, Element, Json, Polygon, Target

MISS = 4.0  # CSS px: how far a dragged thing may end from where it should; ours, a hand's precision
# By how much what is carried may then lie elsewhere: where it was taken counts too.
CARRIED = MISS + relative_drags.PRESS + relative_drags.WHOLE
SNAPPED = 7.0  # CSS px that diagram-js moves a dropped shape, or an edge, into line with others
DOT = 6.0  # CSS px around a centre that a drawn line must meet; the application takes 10
ANCHOR = 7.0  # CSS px around an anchor, each way; the application snaps within 12, all round
TYPED = ("ready", "hello", "step 1", "input", "7", "total")


def pick(
    drawing: Drawing, rng: np.random.Generator, among: Sequence[Element], n: int = 1
) -> tuple[list[Element], list[str]] | None:
    """Choose `n` shapes that can be told from all others; with what they are called."""
    names = drawing.names()
    usable = [e for e in among if e.id in names]
    if len(usable) < n:
        return None
    found = [usable[i] for i in rng.permutation(len(usable))[:n]]
    return found, [names[e.id] for e in found]


def on(drawing: Drawing, e: Element) -> Place:
    """Return the place of a press on a shape: its outline, but for what lies above it."""
    above = [o for o in drawing.all if z_order(o) > z_order(e) and regions.overlaps(o.box, e.box)]
    forbid = [p for o in above for p in body(drawing, o)]
    forbid += [gestures.around(p, 8 * drawing.scale) for p in drawing.knobs()]
    return Place(f"{e.id}.click_point", body(drawing, e), tuple(forbid))


def z_order(e: Element) -> int:
    """Return a shape's place in the stack; the highest is drawn last."""
    return int(e.attributes["z"])


def body(drawing: Drawing, e: Element) -> tuple[Polygon, ...]:
    """Return the region that a press on a shape may hit, in pixels: outline, or strip of a line."""
    if e.attributes["kind"] == "shape":
        corners: list[list[float]] = e.attributes["outline"]
        return (tuple((x, y) for x, y in corners),)
    p = points_of(e)
    (ax, ay), (bx, by) = p["start"], p["end"]
    half = max(5.0, int(e.attributes["width"]) / 2 + 2) * drawing.scale
    length = math.dist((ax, ay), (bx, by)) or 1.0
    dx, dy = -(by - ay) / length * half, (bx - ax) / length * half
    return (((ax + dx, ay + dy), (bx + dx, by + dy), (bx - dx, by - dy), (ax - dx, ay - dy)),)


def ends_at(drawing: Drawing, at: str, half: float, element: str) -> Place:
    """Return where a drag ends: a point that an expression gives, `half` CSS px around it."""
    point = place_expressions.evaluate(drawing.scene, at)
    return Place(at, (gestures.around(point, half * drawing.scale),), element=element)


def carried(
    drawing: Drawing, press: Place, end: Place, x: float | None, y: float | None
) -> tuple[Action, tuple[Target, ...], Json | None, float]:
    """Return a drag that carries something `x` across and `y` down (CSS px; None is free).

    Its last part is how far from there it may then lie. In an application of others what a drag
    does hangs on more (what it snaps to, where its board ends): there it means what its narrow
    ends say, and nothing beyond them.
    """
    slack = CARRIED + (SNAPPED if drawing.snaps else 0.0)
    way = [None if v is None else (v - CARRIED, v + CARRIED) for v in (x, y)]
    action, targets, gesture = relative_drags.shift(
        drawing.scene, press, end, way[0], way[1], whole=True
    )
    return action, targets, None if drawing.foreign else gesture, slack


def within(drawing: Drawing, box: Box) -> bool:
    """Whether a box, with room for a miss, lies on the canvas."""
    air = 3 * MISS * drawing.scale
    width, height = drawing.scene.size
    x0, y0, x1, y1 = box
    return x0 > air and y0 > drawing.top + air and x1 < width - air and y1 < height - air


def about(value: Any, within: float = MISS + 1) -> dict[str, Any]:
    """Return what must hold of a number afterwards: `value`, give or take."""
    return {"about": value, "within": within}


def css(drawing: Drawing, pixels: float) -> float:
    """Return image pixels as CSS pixels."""
    return pixels / drawing.scale
