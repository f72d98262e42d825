"""Tasks in an image editor: regions taken and moved, cropped to, painted over, traced and pushed.

The image modality of Phi-Ground-Any (arXiv 2605.12501, §4.2, App. C.5), all eight of its detailed
tasks: clicks, drags between regions, boundary traces and zig-zags over 20 points.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from corpuswright.annotators.actions import gestures, place_expressions, regions, relative_drags
from corpuswright.annotators.actions.gestures import Place, TaskPlan, expect
from corpuswright.annotators.grounding import photo_wording
from corpuswright.annotators.grounding.canvas_names import (
    APART,
    bounds_of,
    centre_of,
    id_of,
    points_of,
    ranked,
)
from corpuswright.annotators.grounding.photo_wording import CORNERS, SIDES
from corpuswright.storage import keys
from corpuswright.storage.records import (
    Action,
    Element,
    Json,
    Point,
    Polygon,
    Sample,
    Scene,
    Target,
    Task,
)

ACTIONS_VERSION = 3  # bump when the choice of targets or actions changes

TASKS = 6  # a scene: the paper has 5 regions an image (Table 7), and each tool its own tasks
EACH = 3  # of one kind at most
MISS = 4.0  # CSS px: how far a dragged thing may end from where it should; ours, a hand's precision
# By how much what is carried may then lie elsewhere: where it was taken counts too.
CARRIED = MISS + relative_drags.PRESS + relative_drags.WHOLE
LEVEL = 1.0  # CSS px below the highest point that nobody tells from it
DOT = 6.0  # CSS px around a point of a boundary; ours, as for lines on a canvas
COVERED, TRACED = (0.95, 0.1), (0.9, 0.1)  # share painted, IoU of a lasso: about, within; ours
SPILL = (0.4, 0.4)  # painted beside the region, as a share of it: about, within; ours
ALIKE = 0.6  # of the largest region's area, from which its brush does not drown another: ours


class Photo:
    """A photo scene: the photograph, its regions, the board it lies on and the tool taken."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.app = scene.state["app"]
        kinds = {k: [e for e in scene.elements if e.attributes.get("kind") == k] for k in _KINDS}
        (self.board,), (self.photo,) = kinds["board"], kinds["photo"]
        self.frame = kinds["crop"][0] if kinds["crop"] else None
        self.regions = kinds["region"]
        self.selected = next((e for e in self.regions if e.state.get("selected")), None)
        self.scale = scene.scale[0]

    def usable(self) -> list[Element]:
        """Return the regions that tasks may be about and that can be told from all others."""
        return [
            e
            for e in self.regions
            if e.attributes["usable"] and e.click_point is not None and refer(self, e)
        ]

    def css(self, point: Point) -> list[float]:
        """Return a point as the application counts: in CSS pixels of the board."""
        x, y = point
        return [(x - self.board.box[0]) / self.scale, (y - self.board.box[1]) / self.scale]


_KINDS = ("board", "photo", "crop", "region")


def refer(photo: Photo, e: Element) -> str:
    """Return a noun phrase that fits this region and no other; empty if there is none."""
    rivals = [o for o in photo.regions if o.name == e.name]
    if len(rivals) == 1:
        return f"the {e.name}"
    here = _cell(photo, e)
    if sum(_cell(photo, o) == here for o in rivals) == 1:
        return f"the {e.name} in the {here} of the photo"
    return ranked(e, rivals, e.name, _area, APART * photo.scale)


def _area(e: Element) -> float:
    corners = _outline(e)
    pairs = zip(corners, (*corners[1:], corners[0]), strict=True)
    return max(1.0, abs(sum(ax * by - bx * ay for (ax, ay), (bx, by) in pairs)) / 2)


def _outline(e: Element) -> Polygon:
    return tuple((x, y) for x, y in e.attributes["outline"])


def _cell(photo: Photo, e: Element) -> str:
    x0, y0, x1, y1 = photo.photo.box
    x, y = centre_of(e)
    row = ("top", "middle", "bottom")[min(2, int((y - y0) / (y1 - y0) * 3))]
    column = ("left", "centre", "right")[min(2, int((x - x0) / (x1 - x0) * 3))]
    return "centre" if (row, column) == ("middle", "centre") else f"{row} {column}"


def propose(sample: Sample) -> list[Task]:
    """Return up to TASKS tasks for a photo scene: those of the tool that is taken."""
    photo = Photo(sample.scene)
    rng = keys.generator(sample.spec.corpus, "actions", ACTIONS_VERSION, sample.key)
    kinds = BY_TOOL[photo.app["tool"]]
    plans = gestures.collect(photo, kinds, rng, TASKS, EACH, tries=4)
    where = "In this image editor"
    return gestures.tasks_of(sample, plans, photo_wording.word, where, photo_wording.VERSION)


# --- what is done ------------------------------------------------------------------------------


def _pick(photo: Photo, rng: np.random.Generator, n: int = 1) -> list[Element]:
    among = photo.usable()
    if len(among) < n:
        raise place_expressions.ExpressionError(f"{len(among)} regions, {n} needed")
    return [among[i] for i in rng.permutation(len(among))[:n]]


def _on(photo: Photo, e: Element) -> Place:
    """Return the place of a press on a region: its outline, but for smaller ones on top of it."""
    above = [
        o
        for o in photo.regions
        if o is not e and _area(o) <= _area(e) and regions.overlaps(o.box, e.box)
    ]
    return Place(f"{e.id}.click_point", (_outline(e),), tuple(_outline(o) for o in above))


def _near(photo: Photo, at: str, half: float, element: str) -> Place:
    point = place_expressions.evaluate(photo.scene, at)
    return Place(at, (gestures.around(point, half * photo.scale),), element=element)


def _about(value: Any, within: float = MISS + 1) -> dict[str, Any]:
    return {"about": value, "within": within}


def _carried(photo: Photo, press: Place, end: Place) -> tuple[Action, tuple[Target, ...], Json]:
    """Return a drag of something from where it is taken to `end`, which hangs on `press.at`."""
    start, goal = (place_expressions.evaluate(photo.scene, p.at) for p in (press, end))
    gone = [(b - a) / photo.scale for a, b in zip(start, goal, strict=True)]
    way = [(g - CARRIED, g + CARRIED) for g in gone]
    return relative_drags.shift(photo.scene, press, end, way[0], way[1], whole=True)


def _select(photo: Photo, rng: np.random.Generator) -> TaskPlan | None:
    if photo.selected is not None:  # the first click would only let go
        return None
    (e,) = _pick(photo, rng)
    action, targets = gestures.one(photo.scene, "click", _on(photo, e))
    meaning = {"a": refer(photo, e)}
    expected = expect({"selected": id_of(e)})
    return TaskPlan("select_region", (action,), targets, (e.id,), expected, meaning)


def _drop(photo: Photo, rng: np.random.Generator) -> TaskPlan | None:
    e = photo.selected
    if e is None:
        return None
    right, down = (round(float(v), 3) for v in rng.uniform(0.03, 0.97, 2))
    at = f"{photo.photo.id}.at({right}, {down})"
    x, y = place_expressions.evaluate(photo.scene, at)
    air = 12 * photo.scale  # a hand's miss must not end inside
    ring = [(x + air * math.cos(a), y + air * math.sin(a)) for a in np.linspace(0, 6, 12)]
    if any(regions.contains((_outline(e),), p) for p in (*ring, (x, y))):
        return None
    place = Place(at, (gestures.band(*photo.photo.box),), (_outline(e),))
    action, targets = gestures.one(photo.scene, "click", place)
    return TaskPlan("drop_selection", (action,), targets, (e.id,), expect({"selected": None}), {})


def _move_region(photo: Photo, rng: np.random.Generator) -> TaskPlan | None:
    a, b = _pick(photo, rng, 2)
    at = f"{a.id}.click_point + ({b.id}.top_edge - {a.id}.bottom_edge)"
    action, targets, gesture = _carried(photo, _on(photo, a), _near(photo, at, MISS, a.id))
    (sx, sy), (ex, ey) = action.points
    dx, dy = ex - sx, ey - sy
    x0, y0, x1, y1 = bounds_of(a)
    px0, py0, px1, py1 = photo.photo.box
    inside = px0 <= x0 + dx and py0 <= y0 + dy and x1 + dx <= px1 and y1 + dy <= py1
    if not inside or math.hypot(dx, dy) < 20 * photo.scale:
        return None
    moved = [dx / photo.scale, dy / photo.scale]
    expected = expect({f"moved.{id_of(a)}": _about(moved, CARRIED)}, gesture=gesture)
    meaning = {"a": refer(photo, a), "b": refer(photo, b)}
    return TaskPlan("move_region", (action,), targets, (a.id, b.id), expected, meaning)


def _move_photo(photo: Photo, rng: np.random.Generator) -> TaskPlan | None:
    whole, board = photo.photo, photo.board
    where = str(rng.choice([*CORNERS, "centre"]))
    part = {"centre": "center"}.get(where, where.replace(" ", "_"))
    at = f"{whole.id}.click_point + ({board.id}.{part} - {whole.id}.{part})"
    grip = Place(f"{whole.id}.click_point", (gestures.band(*whole.box),))
    action, targets, gesture = _carried(photo, grip, _near(photo, at, MISS, board.id))
    (sx, sy), (ex, ey) = action.points
    if math.hypot(ex - sx, ey - sy) < 20 * photo.scale:
        return None
    goal = photo.css((whole.box[0] + ex - sx, whole.box[1] + ey - sy))
    expected = expect({"photo": _about(goal, CARRIED)}, gesture=gesture)
    return TaskPlan("move_photo", (action,), targets, (whole.id,), expected, {"where": where})


def _crop_to(photo: Photo, rng: np.random.Generator) -> TaskPlan | None:
    (e,) = _pick(photo, rng)
    if photo.frame is None:
        return None
    ends = [f"{e.id}.top_left", f"{e.id}.bottom_right"]
    places = [_near(photo, at, MISS, e.id) for at in ends]
    action, targets = gestures.many(photo.scene, "drag", places)
    grips = points_of(photo.frame).values()
    if any(math.dist(action.points[0], p) < 3 * 14 * photo.scale for p in grips):
        return None
    x0, y0, x1, y1 = bounds_of(e)
    goal = [*photo.css((x0, y0)), *photo.css((x1, y1))]
    meaning = {"a": refer(photo, e)}
    expected = expect({"crop": _about(goal), "drawn": "right down"})
    return TaskPlan("crop_to", (action,), targets, (e.id,), expected, meaning)


def _crop_corner(photo: Photo, rng: np.random.Generator) -> TaskPlan | None:
    (e,) = _pick(photo, rng)
    if photo.frame is None:
        return None
    corner, knob = list(CORNERS.items())[int(rng.integers(0, 4))]
    grip = _near(photo, f"{photo.frame.id}.handle('{knob}')", 3.0, photo.frame.id)
    at = f"{e.id}.{corner.replace(' ', '_')}"
    action, targets = gestures.many(photo.scene, "drag", [grip, _near(photo, at, MISS, e.id)])
    if math.dist(*action.points) < 20 * photo.scale:
        return None
    end = photo.css(action.points[1])
    x0, y0, x1, y1 = photo.app["crop"]
    goal = [
        end[0] if "w" in knob else x0,
        end[1] if "n" in knob else y0,
        end[0] if "e" in knob else x1,
        end[1] if "s" in knob else y1,
    ]
    meaning = {"a": refer(photo, e), "corner": corner}
    ids = (photo.frame.id, e.id)
    return TaskPlan("crop_corner", (action,), targets, ids, expect({"crop": _about(goal)}), meaning)


def _push(photo: Photo, rng: np.random.Generator) -> TaskPlan | None:
    (e,) = _pick(photo, rng)
    side = str(rng.choice(SIDES))
    ends = [f"{e.id}.handle('{side}')", f"{e.id}.handle('center')"]
    action, targets = gestures.many(
        photo.scene, "drag", [_near(photo, at, MISS, e.id) for at in ends]
    )
    if math.dist(*action.points) < 20 * photo.scale:
        return None
    goal = [v for p in action.points for v in photo.css(p)]
    meaning = {"a": refer(photo, e), "side": side}
    expected = expect({"pushes": _about([goal])})
    return TaskPlan("push_edge", (action,), targets, (e.id,), expected, meaning)


def _paint(photo: Photo, rng: np.random.Generator) -> TaskPlan | None:
    (e,) = _pick(photo, rng)
    sizes = [_area(o) for o in photo.regions if o.attributes["usable"]]
    if _area(e) < ALIKE * max(sizes):
        return None
    count = len(e.attributes["vertices"])
    # p1, p2, p20, p3, p19, … (arXiv 2605.12501, App. C.5).
    order = [0]
    for i in range(1, count // 2 + 1):
        order += [i] if i == count - i else [i, count - i]
    holds = {
        f"painted.{id_of(e)}": _about(COVERED[0], COVERED[1]),
        "spill": _about(SPILL[0], SPILL[1]),
    }
    return _drawn(photo, e, "paint_over", order, holds, "painted")


def _trace(photo: Photo, rng: np.random.Generator) -> TaskPlan | None:
    (e,) = _pick(photo, rng)
    start = e.attributes["vertices"][0]
    # What is flat above has many highest points, and the sentence means one.
    level = [p for p in e.attributes["outline"] if p[1] <= start[1] + LEVEL * photo.scene.scale[1]]
    if any(math.dist(p, start) > 3 * DOT * photo.scene.scale[0] for p in level):
        return None
    count = len(e.attributes["vertices"])
    holds = {f"lasso.{id_of(e)}": _about(TRACED[0], TRACED[1])}
    return _drawn(photo, e, "trace_region", list(range(count)), holds, "lasso")


def _drawn(
    photo: Photo, e: Element, kind: str, order: list[int], holds: Mapping[str, Any], free: str
) -> TaskPlan:
    # Nothing else may be painted or traced; what overlaps cannot but be met.
    others = [o for o in photo.regions if not regions.overlaps(o.box, e.box)]
    forbid = tuple(_outline(o) for o in others)
    near = [_near(photo, f"{e.id}.vertex({i})", DOT, e.id) for i in order]
    places = [Place(p.at, p.accept, forbid, p.element) for p in near]
    action, targets = gestures.many(photo.scene, "draw", places)
    meaning = {"a": refer(photo, e)}
    return TaskPlan(kind, (action,), targets, (e.id,), expect(holds, free), meaning)


Make = Callable[[Photo, np.random.Generator], TaskPlan | None]
BY_TOOL: Mapping[str, Sequence[Make]] = {
    "Select": (_select, _drop, _move_region),
    "Move": (_move_photo,),
    "Crop": (_crop_to, _crop_corner),
    "Quick select": (_paint,),
    "Lasso": (_trace,),
    "Warp": (_push,),
}
