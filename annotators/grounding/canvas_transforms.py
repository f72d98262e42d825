"""Shapes resized, turned and moved by their handles."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import cast

import numpy as np

from corpuswright.annotators.actions import gestures, place_expressions, relative_drags
from corpuswright.annotators.actions.gestures import Place, TaskPlan, expect
from corpuswright.annotators.grounding.canvas_names import (
    Drawing,
    bounds_of,
    centre_of,
    has_centre,
    id_of,
    points_of,
)
from corpuswright.annotators.grounding.canvas_places import (
    MISS,
    about,
    carried,
    ends_at,
    pick,
    within,
)
from corpuswright.storage.records import Element, Point, Polygon

KNOB = 3.0  # CSS px around a handle's middle: the smallest takes 4, one is lost to whole pixels
ALONG = 20.0  # CSS px that a hand strays along an edge it drags
TURNED = 15.0  # degrees that a turn by hand may miss by: ours, a third of the way to another


def resize(drawing: Drawing, rng: np.random.Generator) -> TaskPlan | None:
    """Plan a drag of a corner that makes a shape half or twice as large."""
    e = drawing.one
    if e is None or e.attributes["kind"] != "shape":
        return None
    side, knob = (("right", "e"), ("left", "w"), ("bottom", "s"), ("top", "n"))[
        int(rng.integers(0, 4))
    ]
    across = knob in "ew"
    size = "w" if across else "h"
    was = float(drawing.app["shapes"][id_of(e)][size])
    factor, how = ((2.0, "twice"), (0.5, "half"))[int(rng.integers(0, 2))]
    other = {"e": "w", "w": "e", "s": "n", "n": "s"}[knob]
    # Some applications draw their grips beside the edges that these move; not all may be in reach.
    own = any(name.startswith("grip") for name in points_of(e))
    grip = f"grip {knob}" if own else knob
    if grip not in points_of(e):
        return None
    h, size_now = (
        f"{e.id}.handle('{grip}')",
        f"({e.id}.handle('{knob}') - {e.id}.handle('{other}'))",
    )
    at = f"{h} + {size_now}" if factor == 2 else f"{h} - 0.5 * {size_now}"
    end = place_expressions.evaluate(drawing.scene, at)
    # A corner of the outline may lie under the same knob, and is taken first.
    corners: list[list[float]] = e.attributes.get("vertices", [])
    near = any(math.dist(points_of(e)[grip], (x, y)) < 14 * drawing.scale for x, y in corners)
    if near or was * factor < 20 or not within(drawing, (*end, *end)):
        return None
    change = (factor - 1) * was * (1 if knob in "es" else -1)
    press, goal = ends_at(drawing, h, KNOB, e.id), Place(at, (strip(drawing, end, across),))
    x, y = (change, None) if across else (None, change)
    action, targets, gesture, slack = carried(drawing, press, replace(goal, element=e.id), x, y)
    # The opposite edge stays, so the centre goes half the way: this tells the sides apart.
    middle = "cx" if across else "cy"
    there = drawing.app["shapes"][id_of(e)][middle]
    there += (factor - 1) * was / 2 * (1 if knob in "es" else -1)
    path = f"shapes.{id_of(e)}"
    holds = {
        f"{path}.{size}": about(was * factor, slack),
        f"{path}.{middle}": about(there, slack / 2),
    }
    expected = expect(holds, f"{path}.corners", gesture=gesture)
    said = {"side": side, "how": how, "size": "wide" if across else "high"}
    return TaskPlan("resize_shape", (action,), targets, (e.id,), expected, said)


def strip(drawing: Drawing, end: Point, across: bool) -> Polygon:
    """Return where an edge may be let go: near its line, anywhere along it.

    In an application of others not far along: its board ends before the picture does.
    """
    (width, height), (x, y) = drawing.scene.size, end
    half, along = MISS * drawing.scale, ALONG * drawing.scale
    left, top, right, bottom = 1.0, drawing.top + 1, width - 1.0, height - 1.0
    if drawing.foreign:
        left, top, right, bottom = x - along, y - along, x + along, y + along
    if across:
        return gestures.band(x - half, top, x + half, bottom)
    return gestures.band(left, y - half, right, y + half)


def rotate(drawing: Drawing, rng: np.random.Generator) -> TaskPlan | None:
    """Plan a drag of the knob that turns a shape, by a quarter or a half."""
    e = drawing.one
    if e is None or e.attributes["kind"] != "shape":
        return None
    c, h = f"{e.id}.handle('center')", f"{e.id}.handle('rotate')"
    how, at, angle = (
        ("90 degrees clockwise", f"point({c}.x - ({h} - {c}).y, {c}.y + ({h} - {c}).x)", 90),
        (
            "90 degrees counter-clockwise",
            f"point({c}.x + ({h} - {c}).y, {c}.y - ({h} - {c}).x)",
            270,
        ),
        ("180 degrees", f"{c} - ({h} - {c})", 180),
    )[int(rng.integers(0, 3))]
    end = place_expressions.evaluate(drawing.scene, at)
    if any(not within(drawing, (*p, *p)) for p in (end, points_of(e)["rotate"])):
        return None
    action, targets, gesture = relative_drags.turn(
        drawing.scene,
        ends_at(drawing, h, KNOB, e.id),
        at,
        points_of(e)["center"],
        (angle - TURNED, angle + TURNED),
        whole=not drawing.foreign,
    )
    path = f"shapes.{id_of(e)}"
    expected = expect({f"{path}.angle": about(angle, TURNED)}, f"{path}.corners", gesture=gesture)
    return TaskPlan("rotate_shape", (action,), targets, (e.id,), expected, {"how": how})


def out(e: Element, knob: str, pad: float) -> str:
    """Return the place `pad` outside one side of a shape, by shares of its size."""
    x0, y0, x1, y1 = e.visible_box or e.box
    bx0, by0, bx1, by1 = bounds_of(e)
    across = (x1 - x0) or 1.0
    down = (y1 - y0) or 1.0
    right = {"w": (bx0 - pad - x0) / across, "e": (bx1 + pad - x0) / across}.get(knob, 0.5)
    low = {"n": (by0 - pad - y0) / down, "s": (by1 + pad - y0) / down}.get(knob, 0.5)
    return f"{e.id}.at({right:.6f}, {low:.6f})"


def near_body(polygon: Polygon, point: Point, pad: float) -> bool:
    """Say whether a point lies within `pad` of a polygon's bounds."""
    xs, ys = [x for x, _ in polygon], [y for _, y in polygon]
    x, y = point
    return min(xs) - pad < x < max(xs) + pad and min(ys) - pad < y < max(ys) + pad


def corner(drawing: Drawing, rng: np.random.Generator) -> TaskPlan | None:
    """Plan a drag of one corner of a polygon to a place."""
    e = drawing.one
    if e is None or not e.attributes.get("free"):
        return None
    others = [s for s in drawing.shapes if s is not e and has_centre(drawing, s)]
    picked = pick(drawing, rng, others)
    if picked is None:
        return None
    (b,), (name,) = picked
    corners = [(x, y) for x, y in e.attributes["vertices"]]
    which, key = (
        ("topmost", lambda p: p[1]),
        ("bottommost", lambda p: -p[1]),
        ("leftmost", lambda p: p[0]),
        ("rightmost", lambda p: -p[0]),
    )[int(rng.integers(0, 4))]
    order: list[Point] = sorted(corners, key=cast(Callable[[Point], float], key))
    score = cast(Callable[[Point], float], key)
    if score(order[1]) - score(order[0]) < 10 * drawing.scale:
        return None
    number = corners.index(order[0])
    goal = centre_of(b)
    if math.dist(goal, order[0]) < 20 * drawing.scale or not within(drawing, (*goal, *goal)):
        return None
    start = ends_at(drawing, f"{e.id}.vertex({number})", 2.0, e.id)
    end = ends_at(drawing, f"{b.id}.handle('center')", MISS, b.id)
    action, targets = gestures.many(drawing.scene, "drag", [start, end])
    there = [drawing.app["shapes"][id_of(b)][k] for k in ("cx", "cy")]
    paths = [f"shapes.{id_of(e)}.{n}" for n in ("cx", "cy", "w", "h")]
    expected = expect({f"shapes.{id_of(e)}.corners.{number}": about(there)}, *paths)
    said = {"a": name, "which": which, "type": e.attributes["type"]}
    return TaskPlan("move_corner", (action,), targets, (e.id, b.id), expected, said)
