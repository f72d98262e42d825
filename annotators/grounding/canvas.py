"""Tasks in a drawing application: shapes taken, moved to computed places, resized, turned, joined.

Shapes are told apart by the paper's cascade (arXiv 2605.12501, App. C.4): fill and type, outline,
region, size, order. Every computed place is an expression over shapes; the number is ours.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any, cast

import numpy as np

from corpuswright.annotators.actions import gestures, place_expressions, regions
from corpuswright.annotators.actions.gestures import Place, Plan, expect
from corpuswright.annotators.grounding import canvas_wording
from corpuswright.annotators.grounding.canvas_names import (
    APART,
    BOX,
    Drawing,
    bounds_of,
    centre_of,
    id_of,
    points_of,
)
from corpuswright.storage import keys
from corpuswright.storage.records import Box, Element, Point, Polygon, Sample, Task

ACTIONS_VERSION = 3  # bump when the choice of targets or actions changes

TASKS = 10  # a scene (paper, App. C.4)
EACH = 2  # of one kind at most
MISS = 4.0  # CSS px: how far a dragged thing may end from where it should; ours, a hand's precision
DOT = 6.0  # CSS px around a centre that a drawn line must meet; the application takes 10
ANCHOR = 8.0  # CSS px around an anchor; the application snaps within 12
TYPED = ("ready", "hello", "step 1", "input", "7", "total")


def propose(sample: Sample) -> list[Task]:
    """Return up to TASKS tasks for a canvas scene, of as many kinds as it has room for."""
    drawing = Drawing(sample.scene)
    rng = keys.generator(sample.spec.corpus, "actions", ACTIONS_VERSION, sample.key)
    kinds = PENNED if drawing.pen else KINDS
    plans = gestures.collect(drawing, kinds, rng, TASKS, TASKS if drawing.pen else EACH)
    return gestures.tasks_of(
        sample, plans, canvas_wording.word, "In this drawing", canvas_wording.VERSION
    )


# --- what is done ------------------------------------------------------------------------------


def _pick(
    drawing: Drawing, rng: np.random.Generator, among: Sequence[Element], n: int = 1
) -> tuple[list[Element], list[str]] | None:
    """Choose `n` shapes that can be told from all others; with what they are called."""
    names = drawing.names()
    usable = [e for e in among if e.id in names]
    if len(usable) < n:
        return None
    found = [usable[i] for i in rng.permutation(len(usable))[:n]]
    return found, [names[e.id] for e in found]


def _on(drawing: Drawing, e: Element) -> Place:
    """Return the place of a press on a shape: its outline, but for what lies above it."""
    above = [o for o in drawing.all if _z(o) > _z(e) and regions.overlaps(o.box, e.box)]
    forbid = [p for o in above for p in _body(drawing, o)]
    forbid += [gestures.around(p, 8 * drawing.scale) for p in drawing.knobs()]
    return Place(f"{e.id}.click_point", _body(drawing, e), tuple(forbid))


def _z(e: Element) -> int:
    return int(cast(int, e.attributes["z"]))


def _body(drawing: Drawing, e: Element) -> tuple[Polygon, ...]:
    if e.attributes["kind"] == "shape":
        corners = cast(list[list[float]], e.attributes["outline"])
        return (tuple((x, y) for x, y in corners),)
    p = points_of(e)
    (ax, ay), (bx, by) = p["start"], p["end"]
    half = max(5.0, int(cast(int, e.attributes["width"])) / 2 + 2) * drawing.scale
    length = math.dist((ax, ay), (bx, by)) or 1.0
    dx, dy = -(by - ay) / length * half, (bx - ax) / length * half
    return (((ax + dx, ay + dy), (bx + dx, by + dy), (bx - dx, by - dy), (ax - dx, ay - dy)),)


def _ends_at(drawing: Drawing, at: str, half: float, element: str) -> Place:
    point = place_expressions.evaluate(drawing.scene, at)
    return Place(at, (gestures.around(point, half * drawing.scale),), element=element)


def _within(drawing: Drawing, box: Box) -> bool:
    """Whether a box, with room for a miss, lies on the canvas."""
    air = 3 * MISS * drawing.scale
    width, height = drawing.scene.size
    x0, y0, x1, y1 = box
    return x0 > air and y0 > drawing.top + air and x1 < width - air and y1 < height - air


def _about(value: Any, within: float = MISS + 1) -> dict[str, Any]:
    return {"about": value, "within": within}


def _css(drawing: Drawing, pixels: float) -> float:
    return pixels / drawing.scale


def _click(drawing: Drawing, rng: np.random.Generator) -> Plan | None:
    picked = _pick(
        drawing, rng, [e for e in drawing.all if drawing.free(e) and e is not drawing.one]
    )
    if picked is None:
        return None
    (e,), (name,) = picked
    action, targets = gestures.one(drawing.scene, "click", _on(drawing, e))
    expected = expect({"selected": [id_of(e)]})
    return Plan("click_shape", (action,), targets, (e.id,), expected, {"a": name})


def _add(drawing: Drawing, rng: np.random.Generator) -> Plan | None:
    picked = _pick(
        drawing, rng, [e for e in drawing.all if drawing.free(e) and e is not drawing.one]
    )
    if picked is None or drawing.one is None:
        return None
    (e,), (name,) = picked
    action, targets = gestures.one(drawing.scene, "click", _on(drawing, e), "left", 1, "shift")
    expected = expect({"selected": sorted([id_of(e), id_of(drawing.one)])})
    return Plan("add_shape", (action,), targets, (e.id,), expected, {"a": name})


def _moved(
    drawing: Drawing,
    kind: str,
    e: Element,
    to: str,
    used: Sequence[Element],
    meaning: dict[str, Any],
) -> Plan | None:
    """Return a drag of a shape so that its centre comes to the expression `to`."""
    goal, centre = place_expressions.evaluate(drawing.scene, to), centre_of(e)
    dx, dy = goal[0] - centre[0], goal[1] - centre[1]
    x0, y0, x1, y1 = bounds_of(e)
    far = math.hypot(dx, dy) > 20 * drawing.scale
    there = (x0 + dx, y0 + dy, x1 + dx, y1 + dy)
    if not far or not _within(drawing, there):
        return None
    others = [bounds_of(o) for o in drawing.all if o is not e]
    # In a diagram, what is dropped on another thing may change both.
    if not drawing.marquee and any(regions.overlaps(there, o) for o in others):
        return None
    at = f"{e.id}.click_point + ({to} - {e.id}.handle('center'))"
    places = [_on(drawing, e), _ends_at(drawing, at, MISS, e.id)]
    action, targets = gestures.many(drawing.scene, "drag", places)
    was = drawing.app["shapes"][id_of(e)]
    holds = {
        f"shapes.{id_of(e)}.cx": _about(was["cx"] + _css(drawing, dx)),
        f"shapes.{id_of(e)}.cy": _about(was["cy"] + _css(drawing, dy)),
    }
    ids = tuple(o.id for o in (e, *used))
    expected = expect(holds, "selected", f"shapes.{id_of(e)}.corners")
    return Plan(kind, (action,), targets, ids, expected, meaning)


def _midway(drawing: Drawing, rng: np.random.Generator) -> Plan | None:
    picked = _pick(drawing, rng, drawing.shapes, 3)
    if picked is None or not drawing.free(picked[0][0]):
        return None
    (e, b, c), (one, two, three) = picked
    to = f"mean({b.id}.handle('center'), {c.id}.handle('center'))"
    said = {"a": one, "b": two, "c": three}
    kind = "move_text_box" if e.attributes["type"] == BOX else "move_midway"
    return _moved(drawing, kind, e, to, (b, c), said)


def _align(drawing: Drawing, rng: np.random.Generator) -> Plan | None:
    picked = _pick(drawing, rng, drawing.shapes, 2)
    if picked is None or not drawing.free(picked[0][0]):
        return None
    (e, b), (one, two) = picked
    side = str(rng.choice(("left", "right", "top", "bottom")))
    across = side in ("left", "right")
    knob = {"left": "w", "right": "e", "top": "n", "bottom": "s"}[side]
    of = f"{b.id}.handle('{knob}') - {e.id}.handle('{knob}')"
    c = f"{e.id}.handle('center')"
    to = f"point({c}.x + ({of}).x, {c}.y)" if across else f"point({c}.x, {c}.y + ({of}).y)"
    said = {"a": one, "b": two, "side": side, "way": "sideways" if across else "up or down"}
    return _moved(drawing, "align", e, to, (b,), said)


def _resize(drawing: Drawing, rng: np.random.Generator) -> Plan | None:
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
    corners = cast(list[list[float]], e.attributes.get("vertices", []))
    near = any(math.dist(points_of(e)[grip], (x, y)) < 14 * drawing.scale for x, y in corners)
    if near or was * factor < 20 or not _within(drawing, (*end, *end)):
        return None
    start = _ends_at(drawing, h, 2.0, e.id)
    band = _strip(drawing, end, across)
    action, targets = gestures.many(
        drawing.scene, "drag", [start, Place(at, (band,), element=e.id)]
    )
    # The opposite edge stays, so the centre goes half the way: this tells the sides apart.
    middle = "cx" if across else "cy"
    there = drawing.app["shapes"][id_of(e)][middle]
    there += (factor - 1) * was / 2 * (1 if knob in "es" else -1)
    path = f"shapes.{id_of(e)}"
    holds = {f"{path}.{size}": _about(was * factor), f"{path}.{middle}": _about(there)}
    expected = expect(holds, f"{path}.corners")
    said = {"side": side, "how": how, "size": "wide" if across else "high"}
    return Plan("resize_shape", (action,), targets, (e.id,), expected, said)


def _strip(drawing: Drawing, end: Point, across: bool) -> Polygon:
    """Return where an edge may be let go: near its line, anywhere along it."""
    width, height = drawing.scene.size
    half = MISS * drawing.scale
    if across:
        return gestures.band(end[0] - half, drawing.top + 1, end[0] + half, height - 1)
    return gestures.band(1, end[1] - half, width - 1, end[1] + half)


def _rotate(drawing: Drawing, rng: np.random.Generator) -> Plan | None:
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
    if any(not _within(drawing, (*p, *p)) for p in (end, points_of(e)["rotate"])):
        return None
    arm = math.dist(points_of(e)["center"], points_of(e)["rotate"]) / drawing.scale
    start = _ends_at(drawing, h, 2.0, e.id)
    action, targets = gestures.many(
        drawing.scene, "drag", [start, _ends_at(drawing, at, MISS, e.id)]
    )
    slack = math.degrees((MISS + 1) * 1.5 / arm) + 1
    path = f"shapes.{id_of(e)}"
    expected = expect({f"{path}.angle": _about(angle, round(slack, 2))}, f"{path}.corners")
    return Plan("rotate_shape", (action,), targets, (e.id,), expected, {"how": how})


def _marquee(drawing: Drawing, rng: np.random.Generator) -> Plan | None:
    picked = _pick(drawing, rng, drawing.all, 2)
    if picked is None or not drawing.marquee:
        return None
    (a, b), (one, two) = picked
    pad = 12 * drawing.scale
    boxes = [bounds_of(e) for e in (a, b)]
    x0, y0 = min(v[0] for v in boxes) - pad, min(v[1] for v in boxes) - pad
    x1, y1 = max(v[2] for v in boxes) + pad, max(v[3] for v in boxes) + pad
    # The drag begins where nothing is: not on a shape, nor on a handle of the selected one.
    bodies = [p for e in drawing.all for p in _body(drawing, e)]
    knobs = drawing.knobs()
    if (
        # Nothing else may even touch it: some applications take what lies inside, some all.
        # The corners may miss by 8 px.
        sum(
            regions.overlaps(bounds_of(e), (x0 - pad, y0 - pad, x1 + pad, y1 + pad))
            for e in drawing.all
        )
        != 2
        or not _within(drawing, (x0 - pad, y0 - pad, x1 + pad, y1 + pad))
        or any(_near_body(p, (x0, y0), pad) for p in bodies)
        or any(math.dist(k, (x0, y0)) < 2 * pad for k in knobs)
    ):
        return None
    left, above, right, below = (
        min((a, b), key=lambda e: bounds_of(e)[0]),
        min((a, b), key=lambda e: bounds_of(e)[1]),
        max((a, b), key=lambda e: bounds_of(e)[2]),
        max((a, b), key=lambda e: bounds_of(e)[3]),
    )
    # Twelve CSS px outside, as a share of a shape's own size: expressions hold no pixels.
    start = f"point({_out(left, 'w', pad)}.x, {_out(above, 'n', pad)}.y)"
    end = f"point({_out(right, 'e', pad)}.x, {_out(below, 's', pad)}.y)"
    places = [
        _ends_at(drawing, start, 8.0, a.id),
        _ends_at(drawing, end, 8.0, b.id),
    ]
    action, targets = gestures.many(drawing.scene, "drag", places)
    expected = expect({"selected": sorted([id_of(a), id_of(b)]), "marquee": "right down"})
    return Plan("marquee", (action,), targets, (a.id, b.id), expected, {"a": one, "b": two})


def _out(e: Element, knob: str, pad: float) -> str:
    """Return the place `pad` outside one side of a shape, by shares of its size."""
    x0, y0, x1, y1 = e.visible_box or e.box
    bx0, by0, bx1, by1 = bounds_of(e)
    across = (x1 - x0) or 1.0
    down = (y1 - y0) or 1.0
    right = {"w": (bx0 - pad - x0) / across, "e": (bx1 + pad - x0) / across}.get(knob, 0.5)
    low = {"n": (by0 - pad - y0) / down, "s": (by1 + pad - y0) / down}.get(knob, 0.5)
    return f"{e.id}.at({right:.6f}, {low:.6f})"


def _near_body(polygon: Polygon, point: Point, pad: float) -> bool:
    xs, ys = [x for x, _ in polygon], [y for _, y in polygon]
    x, y = point
    return min(xs) - pad < x < max(xs) + pad and min(ys) - pad < y < max(ys) + pad


def _connect(drawing: Drawing, rng: np.random.Generator) -> Plan | None:
    line = drawing.one
    if line is None or line.attributes["kind"] != "line":
        return None
    picked = _pick(drawing, rng, drawing.shapes)
    if picked is None:
        return None
    (shape,), (name,) = picked
    end = str(rng.choice(("start", "end")))
    p = points_of(line)
    if line.attributes["type"] == "arrow":
        called = "head" if end == "end" else "tail"
    else:
        dx = p["end"][0] - p["start"][0]
        if abs(dx) < APART * drawing.scale:
            return None
        called = "right end" if (end == "end") == (dx > 0) else "left end"
    side, knob = (("top", "n"), ("right", "e"), ("bottom", "s"), ("left", "w"))[
        int(rng.integers(0, 4))
    ]
    at = f"{shape.id}.handle('{knob}')"
    goal = place_expressions.evaluate(drawing.scene, at)
    anchors = [
        points_of(o)[k] for o in drawing.shapes for k in "nesw" if (o.id, k) != (shape.id, knob)
    ]
    crowded = any(math.dist(goal, a) < 2 * 14 * drawing.scale for a in anchors)
    far = math.dist(goal, p[end]) > 30 * drawing.scale
    if crowded or not far or not _within(drawing, (*goal, *goal)):
        return None
    start = _ends_at(drawing, f"{line.id}.handle('{end}')", 2.0, line.id)
    action, targets = gestures.many(
        drawing.scene, "drag", [start, _ends_at(drawing, at, ANCHOR, shape.id)]
    )
    part = "a" if end == "start" else "b"
    expected = expect(
        {"connections": [[id_of(line), end, id_of(shape), knob]]}, f"shapes.{id_of(line)}.{part}"
    )
    said = {"a": name, "side": side, "called": called, "type": line.attributes["type"]}
    return Plan("connect", (action,), targets, (line.id, shape.id), expected, said)


def _corner(drawing: Drawing, rng: np.random.Generator) -> Plan | None:
    e = drawing.one
    if e is None or not e.attributes.get("free"):
        return None
    picked = _pick(drawing, rng, [s for s in drawing.shapes if s is not e])
    if picked is None:
        return None
    (b,), (name,) = picked
    corners = [(x, y) for x, y in cast(list[list[float]], e.attributes["vertices"])]
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
    if math.dist(goal, order[0]) < 20 * drawing.scale or not _within(drawing, (*goal, *goal)):
        return None
    start = _ends_at(drawing, f"{e.id}.vertex({number})", 2.0, e.id)
    end = _ends_at(drawing, f"{b.id}.handle('center')", MISS, b.id)
    action, targets = gestures.many(drawing.scene, "drag", [start, end])
    there = [drawing.app["shapes"][id_of(b)][k] for k in ("cx", "cy")]
    paths = [f"shapes.{id_of(e)}.{n}" for n in ("cx", "cy", "w", "h")]
    expected = expect({f"shapes.{id_of(e)}.corners.{number}": _about(there)}, *paths)
    said = {"a": name, "which": which, "type": e.attributes["type"]}
    return Plan("move_corner", (action,), targets, (e.id, b.id), expected, said)


def _write(drawing: Drawing, rng: np.random.Generator) -> Plan | None:
    picked = _pick(drawing, rng, [e for e in drawing.shapes if drawing.free(e)])
    if picked is None or not drawing.writes:
        return None
    (e,), (name,) = picked
    text = str(rng.choice(TYPED))
    action, targets = gestures.one(drawing.scene, "double_click", _on(drawing, e), "left", 2)
    trace = (action, *gestures.typed(text))
    expected = expect({f"shapes.{id_of(e)}.text": text}, "selected")
    return Plan("write_in_shape", trace, targets, (e.id,), expected, {"a": name, "text": text})


def _draw(drawing: Drawing, rng: np.random.Generator) -> Plan | None:
    count = int(rng.integers(3, 6))
    picked = _pick(drawing, rng, drawing.shapes, count)
    if picked is None:
        return None
    found, names = picked
    closed = bool(rng.uniform() < 0.4)
    way = [*found, found[0]] if closed else found
    centres = [centre_of(e) for e in way]
    if any(math.dist(a, b) < 60 * drawing.scale for a, b in itertools.pairwise(centres)):
        return None
    for i, (a, b) in enumerate(itertools.pairwise(centres)):
        passed = [e for e in drawing.shapes if e not in (way[i], way[i + 1])]
        if any(_to_segment(centre_of(e), a, b) < 30 * drawing.scale for e in passed):
            return None
    places = [_ends_at(drawing, f"{e.id}.handle('center')", DOT, e.id) for e in way]
    action, targets = gestures.many(drawing.scene, "draw", places)
    expected = expect({"touched": [id_of(e) for e in way]})
    ids = tuple(e.id for e in way)
    return Plan("draw_line", (action,), targets, ids, expected, {"names": names, "closed": closed})


def _to_segment(p: Point, a: Point, b: Point) -> float:
    dx, dy = b[0] - a[0], b[1] - a[1]
    t = max(0.0, min(1.0, ((p[0] - a[0]) * dx + (p[1] - a[1]) * dy) / (dx * dx + dy * dy)))
    return math.dist(p, (a[0] + t * dx, a[1] + t * dy))


KINDS: Sequence[Callable[[Drawing, np.random.Generator], Plan | None]] = (
    _click,
    _add,
    _midway,
    _align,
    _resize,
    _rotate,
    _marquee,
    _connect,
    _corner,
    _write,
)
PENNED: Sequence[Callable[[Drawing, np.random.Generator], Plan | None]] = (_draw,)
