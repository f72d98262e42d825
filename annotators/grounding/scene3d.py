"""Tasks over solid things: named, ordered by depth, related to each other, boxed.

Every relation comes from where things are in three dimensions, and is asked for only where it holds
by a clear margin for one thing and clearly not for any other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from corpuswright.annotators.actions import gestures
from corpuswright.annotators.actions.gestures import Place, TaskPlan, expect
from corpuswright.annotators.grounding import scene3d_wording
from corpuswright.storage import keys
from corpuswright.storage.records import Element, Polygon, Sample, Scene, Task

ACTIONS_VERSION = 1  # bump when the choice of targets or actions changes

TASKS = 8  # a scene
EACH = 2  # of one kind at most
ROOM = 3.0  # px: the largest circle in what can be seen of a target has this radius at least
SEEN = 0.25  # share of a thing that can be seen, below which nobody is asked for it
NEARER = 0.3  # metres between things' depths from which one is called nearer; they overlap in none
ASIDE = 24.0  # px between middles from which one is called the left one
CORNER = 4.0  # px that a corner of a box may be off


class Space:
    """A scene of solid things, by what can be said of them."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.all = [e for e in scene.elements if e.attributes.get("kind") == "solid"]
        self.usable = [e for e in self.all if _usable(e)]

    def names(self) -> dict[str, str]:
        """Return what each usable thing is called that can be told from all others."""
        return {e.id: n for e in self.usable if (n := self._name(e))}

    def _name(self, e: Element) -> str:
        a = e.attributes
        if not a["shown"]:
            return ""
        # One whose colour is in doubt is a rival of all of its type.
        rivals = [
            o
            for o in self.all
            if o.attributes["type"] == a["type"]
            and (o.attributes["colour"] == a["colour"] or not o.attributes["shown"])
        ]
        noun = f"{a['colour']} {a['type']}".strip()
        if len(rivals) == 1:
            return f"the {noun}"
        if len(rivals) != 2 or not all(_usable(r) for r in rivals):
            return ""
        (other,) = (r for r in rivals if r is not e)
        if nearer(e, other) or nearer(other, e):
            where = "nearer to" if nearer(e, other) else "farther from"
            return f"the {noun} that is {where} the camera"
        aside = middle(e)[0] - middle(other)[0]
        if abs(aside) >= ASIDE:
            return f"the {noun} on the {'right' if aside > 0 else 'left'}"
        return ""


def _usable(e: Element) -> bool:
    room: float = e.attributes["room"]
    return room >= ROOM and (e.visible_fraction or 0) >= SEEN


def depth(e: Element) -> tuple[float, float]:
    """Return the least and greatest depth of a thing in metres."""
    low, high = e.attributes["depth"]
    return low, high


def middle(e: Element) -> tuple[float, float]:
    """Return the middle of what can be seen of a thing, in pixels."""
    assert e.visible_box is not None
    x0, y0, x1, y1 = e.visible_box
    return (x0 + x1) / 2, (y0 + y1) / 2


def nearer(a: Element, b: Element) -> bool:
    """Whether all of `a` is nearer than all of `b`, by a margin."""
    return depth(a)[1] + NEARER <= depth(b)[0]


def propose(sample: Sample) -> list[Task]:
    """Return up to TASKS tasks of as many kinds as the scene has room for."""
    space = Space(sample.scene)
    rng = keys.generator(sample.spec.corpus, "actions", ACTIONS_VERSION, sample.key)
    plans = gestures.collect(space, KINDS, rng, TASKS, EACH, tries=6)
    return gestures.tasks_of(
        sample, plans, scene3d_wording.word, "In this picture", scene3d_wording.VERSION
    )


def _pick(space: Space, rng: np.random.Generator, n: int) -> tuple[list[Element], list[str]] | None:
    names = space.names()
    usable = [e for e in space.usable if e.id in names]
    if len(usable) < n:
        return None
    found = [usable[i] for i in rng.permutation(len(usable))[:n]]
    return found, [names[e.id] for e in found]


def _on(e: Element) -> Place:
    return Place(f"{e.id}.click_point", _rings(e, "outline"), _rings(e, "holes"))


def _rings(e: Element, name: str) -> tuple[Polygon, ...]:
    rings: list[list[list[float]]] = e.attributes[name]
    return tuple(tuple((x, y) for x, y in ring) for ring in rings)


def _click(
    space: Space, kind: str, e: Element, used: Sequence[Element], said: dict[str, Any]
) -> TaskPlan:
    action, targets = gestures.one(space.scene, "click", _on(e))
    ids = (e.id, *(u.id for u in used))
    return TaskPlan(kind, (action,), targets, ids, expect({"clicked": [e.attributes["id"]]}), said)


def _named(space: Space, rng: np.random.Generator) -> TaskPlan | None:
    picked = _pick(space, rng, 1)
    if picked is None:
        return None
    (e,), (name,) = picked
    return _click(space, "click_solid", e, (), {"a": name})


def _extreme(space: Space, rng: np.random.Generator) -> TaskPlan | None:
    if len(space.all) < 3:
        return None
    near = bool(rng.uniform() < 0.5)
    chosen = [
        e
        for e in space.usable
        if all(nearer(e, o) if near else nearer(o, e) for o in space.all if o is not e)
    ]
    if len(chosen) != 1:
        return None
    which = "nearest to" if near else "farthest from"
    return _click(space, "click_extreme", chosen[0], (), {"which": which})


def shares(a: Element, b: Element) -> float:
    """Return how much of the narrower of two things' widths lies above the other in the image."""
    (ax0, _, ax1, _), (bx0, _, bx1, _) = a.box, b.box
    return (min(ax1, bx1) - max(ax0, bx0)) / min(ax1 - ax0, bx1 - bx0)


def _related(space: Space, rng: np.random.Generator) -> TaskPlan | None:
    picked = _pick(space, rng, 1)
    if picked is None:
        return None
    (a,), (name,) = picked
    behind = bool(rng.uniform() < 0.5)
    others = [o for o in space.all if o is not a]
    # In line with it by half at least; by a tenth or less it is beside it; between, who can say?
    line = [o for o in others if shares(o, a) > 0.1]
    fits = [o for o in line if (nearer(a, o) if behind else nearer(o, a))]
    against = [o for o in line if (nearer(o, a) if behind else nearer(a, o))]
    if len(fits) != 1 or len(fits) + len(against) != len(line):
        return None
    (e,) = fits
    if shares(e, a) < 0.5 or not _usable(e):
        return None
    way = "behind" if behind else "in front of"
    return _click(space, "click_related", e, (a,), {"a": name, "way": way})


def _ordered(space: Space, rng: np.random.Generator) -> TaskPlan | None:
    picked = _pick(space, rng, 2)
    if picked is None:
        return None
    (a, b), names = picked
    if not (nearer(a, b) or nearer(b, a)):
        return None
    which = str(rng.choice(("nearer to", "farther from")))
    first, second = (a, b) if nearer(a, b) == (which == "nearer to") else (b, a)
    actions: list[Any] = []
    targets: list[Any] = []
    for rank, e in enumerate((first, second), 1):
        action, _ = gestures.one(space.scene, "click", _on(e))
        actions.append(action)
        targets.append(gestures.target(space.scene, _on(e), rank, action.points[0]))
    order = [e.attributes["id"] for e in (first, second)]
    said = {"a": names[0], "b": names[1], "which": which}
    return TaskPlan(
        "order_depth",
        tuple(actions),
        tuple(targets),
        (a.id, b.id),
        expect({"clicked": order}),
        said,
    )


def _boxed(space: Space, rng: np.random.Generator) -> TaskPlan | None:
    picked = _pick(space, rng, 1)
    if picked is None:
        return None
    (e,), (name,) = picked
    assert e.visible_box is not None
    x0, y0, x1, y1 = e.visible_box
    width, height = space.scene.size
    if x0 < CORNER or y0 < CORNER or x1 > width - CORNER or y1 > height - CORNER:
        return None  # one cut by the image's edge: how far it goes is not to be seen
    places = [
        Place(f"{e.id}.handle('{n}')", (gestures.around(p, CORNER),), element=e.id)
        for n, p in (("top left", (x0, y0)), ("bottom right", (x1, y1)))
    ]
    action, targets = gestures.many(space.scene, "drag", places)
    box = {"about": [x0, y0, x1, y1], "within": CORNER}
    return TaskPlan("box_solid", (action,), targets, (e.id,), expect({"box": box}), {"a": name})


KINDS: Sequence[Callable[[Space, np.random.Generator], TaskPlan | None]] = (
    _named,
    _extreme,
    _related,
    _ordered,
    _boxed,
)
