"""Tasks in a drawing application: shapes taken, moved to computed places, resized, turned, joined.

Shapes are told apart by the paper's cascade (arXiv 2605.12501, App. C.4): fill and type, outline,
region, size, order. Every computed place is an expression over shapes; the number is ours.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from corpuswright.annotators.actions import gestures, place_expressions, regions
from corpuswright.annotators.actions.gestures import TaskPlan, expect
from corpuswright.annotators.grounding import canvas_wording
from corpuswright.annotators.grounding.canvas_names import (
    APART,
    BOX,
    Drawing,
    bounds_of,
    centre_of,
    has_centre,
    id_of,
    points_of,
)
from corpuswright.annotators.grounding.canvas_places import (
    ANCHOR,
    DOT,
    MISS,
    TYPED,
    about,
    body,
    carried,
    css,
    ends_at,
    on,
    pick,
    within,
)
from corpuswright.annotators.grounding.canvas_transforms import (
    corner,
    near_body,
    out,
    resize,
    rotate,
)
from corpuswright.storage import keys
from corpuswright.storage.records import Element, Point, Sample, Task

ACTIONS_VERSION = 6  # bump when the choice of targets or actions changes

TASKS = 10  # a scene (paper, App. C.4)
EACH = 2  # of one kind at most


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


def _click(drawing: Drawing, rng: np.random.Generator) -> TaskPlan | None:
    picked = pick(
        drawing, rng, [e for e in drawing.all if drawing.free(e) and e is not drawing.one]
    )
    if picked is None:
        return None
    (e,), (name,) = picked
    action, targets = gestures.one(drawing.scene, "click", on(drawing, e))
    expected = expect({"selected": [id_of(e)]})
    return TaskPlan("click_shape", (action,), targets, (e.id,), expected, {"a": name})


def _add(drawing: Drawing, rng: np.random.Generator) -> TaskPlan | None:
    picked = pick(
        drawing, rng, [e for e in drawing.all if drawing.free(e) and e is not drawing.one]
    )
    if picked is None or drawing.one is None:
        return None
    (e,), (name,) = picked
    action, targets = gestures.one(drawing.scene, "click", on(drawing, e), "left", 1, "shift")
    expected = expect({"selected": sorted([id_of(e), id_of(drawing.one)])})
    return TaskPlan("add_shape", (action,), targets, (e.id,), expected, {"a": name})


def _moved(
    drawing: Drawing,
    kind: str,
    e: Element,
    to: str,
    used: Sequence[Element],
    meaning: dict[str, Any],
) -> TaskPlan | None:
    """Return a drag of a shape so that its centre comes to the expression `to`."""
    goal, centre = place_expressions.evaluate(drawing.scene, to), centre_of(e)
    dx, dy = goal[0] - centre[0], goal[1] - centre[1]
    x0, y0, x1, y1 = bounds_of(e)
    far = math.hypot(dx, dy) > 20 * drawing.scale
    there = (x0 + dx, y0 + dy, x1 + dx, y1 + dy)
    if not far or not within(drawing, there):
        return None
    others = [bounds_of(o) for o in drawing.all if o is not e]
    # In a diagram, what is dropped on another thing may change both.
    if not drawing.marquee and any(regions.overlaps(there, o) for o in others):
        return None
    at = f"{e.id}.click_point + ({to} - {e.id}.handle('center'))"
    press, end = on(drawing, e), ends_at(drawing, at, MISS, e.id)
    x, y = css(drawing, dx), css(drawing, dy)
    action, targets, gesture, slack = carried(drawing, press, end, x, y)
    was = drawing.app["shapes"][id_of(e)]
    holds = {
        f"shapes.{id_of(e)}.cx": about(was["cx"] + x, slack),
        f"shapes.{id_of(e)}.cy": about(was["cy"] + y, slack),
    }
    ids = tuple(o.id for o in (e, *used))
    expected = expect(holds, "selected", f"shapes.{id_of(e)}.corners", gesture=gesture)
    return TaskPlan(kind, (action,), targets, ids, expected, meaning)


def _midway(drawing: Drawing, rng: np.random.Generator) -> TaskPlan | None:
    picked = pick(drawing, rng, [e for e in drawing.shapes if has_centre(drawing, e)], 3)
    if picked is None or not drawing.free(picked[0][0]):
        return None
    (e, b, c), (one, two, three) = picked
    to = f"mean({b.id}.handle('center'), {c.id}.handle('center'))"
    said = {"a": one, "b": two, "c": three}
    kind = "move_text_box" if e.attributes["type"] == BOX else "move_midway"
    return _moved(drawing, kind, e, to, (b, c), said)


def _align(drawing: Drawing, rng: np.random.Generator) -> TaskPlan | None:
    picked = pick(drawing, rng, drawing.shapes, 2)
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


def _marquee(drawing: Drawing, rng: np.random.Generator) -> TaskPlan | None:
    picked = pick(drawing, rng, drawing.all, 2)
    if picked is None or not drawing.marquee:
        return None
    (a, b), (one, two) = picked
    pad = 12 * drawing.scale
    boxes = [bounds_of(e) for e in (a, b)]
    x0, y0 = min(v[0] for v in boxes) - pad, min(v[1] for v in boxes) - pad
    x1, y1 = max(v[2] for v in boxes) + pad, max(v[3] for v in boxes) + pad
    # The drag begins where nothing is: not on a shape, nor on a handle of the selected one.
    bodies = [p for e in drawing.all for p in body(drawing, e)]
    knobs = drawing.knobs()
    if (
        # Nothing else may even touch it: some applications take what lies inside, some all.
        # The corners may miss by 8 px.
        sum(
            regions.overlaps(bounds_of(e), (x0 - pad, y0 - pad, x1 + pad, y1 + pad))
            for e in drawing.all
        )
        != 2
        or not within(drawing, (x0 - pad, y0 - pad, x1 + pad, y1 + pad))
        or any(near_body(p, (x0, y0), pad) for p in bodies)
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
    start = f"point({out(left, 'w', pad)}.x, {out(above, 'n', pad)}.y)"
    end = f"point({out(right, 'e', pad)}.x, {out(below, 's', pad)}.y)"
    places = [
        ends_at(drawing, start, 8.0, a.id),
        ends_at(drawing, end, 8.0, b.id),
    ]
    action, targets = gestures.many(drawing.scene, "drag", places)
    expected = expect({"selected": sorted([id_of(a), id_of(b)]), "marquee": "right down"})
    return TaskPlan("marquee", (action,), targets, (a.id, b.id), expected, {"a": one, "b": two})


def _connect(drawing: Drawing, rng: np.random.Generator) -> TaskPlan | None:
    line = drawing.one
    if line is None or line.attributes["kind"] != "line":
        return None
    picked = pick(drawing, rng, drawing.shapes)
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
    if crowded or not far or not within(drawing, (*goal, *goal)):
        return None
    start = ends_at(drawing, f"{line.id}.handle('{end}')", 2.0, line.id)
    action, targets = gestures.many(
        drawing.scene, "drag", [start, ends_at(drawing, at, ANCHOR, shape.id)]
    )
    part = "a" if end == "start" else "b"
    expected = expect(
        {"connections": [[id_of(line), end, id_of(shape), knob]]}, f"shapes.{id_of(line)}.{part}"
    )
    said = {"a": name, "side": side, "called": called, "type": line.attributes["type"]}
    return TaskPlan("connect", (action,), targets, (line.id, shape.id), expected, said)


def _write(drawing: Drawing, rng: np.random.Generator) -> TaskPlan | None:
    picked = pick(drawing, rng, [e for e in drawing.shapes if drawing.free(e)])
    if picked is None or not drawing.writes:
        return None
    (e,), (name,) = picked
    text = str(rng.choice(TYPED))
    action, targets = gestures.one(drawing.scene, "double_click", on(drawing, e), "left", 2)
    trace = (action, *gestures.typed(text))
    expected = expect({f"shapes.{id_of(e)}.text": text}, "selected")
    return TaskPlan("write_in_shape", trace, targets, (e.id,), expected, {"a": name, "text": text})


def _draw(drawing: Drawing, rng: np.random.Generator) -> TaskPlan | None:
    count = int(rng.integers(3, 6))
    picked = pick(drawing, rng, [e for e in drawing.shapes if has_centre(drawing, e)], count)
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
    places = [ends_at(drawing, f"{e.id}.handle('center')", DOT, e.id) for e in way]
    action, targets = gestures.many(drawing.scene, "draw", places)
    expected = expect({"touched": [id_of(e) for e in way]})
    ids = tuple(e.id for e in way)
    return TaskPlan(
        "draw_line", (action,), targets, ids, expected, {"names": names, "closed": closed}
    )


def _to_segment(p: Point, a: Point, b: Point) -> float:
    dx, dy = b[0] - a[0], b[1] - a[1]
    t = max(0.0, min(1.0, ((p[0] - a[0]) * dx + (p[1] - a[1]) * dy) / (dx * dx + dy * dy)))
    return math.dist(p, (a[0] + t * dx, a[1] + t * dy))


KINDS: Sequence[Callable[[Drawing, np.random.Generator], TaskPlan | None]] = (
    _click,
    _add,
    _midway,
    _align,
    resize,
    rotate,
    _marquee,
    _connect,
    corner,
    _write,
)
PENNED: Sequence[Callable[[Drawing, np.random.Generator], TaskPlan | None]] = (_draw,)
