"""Tasks of one, two and more points, put together from places said as expressions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from corpuswright.annotators import expressions
from corpuswright.storage.records import Action, Json, Point, Polygon, Scene, Target


@dataclass(frozen=True, slots=True)
class Place:
    """A point of a gesture: its expression, and where else it may lie."""

    at: str
    accept: tuple[Polygon, ...]
    forbid: tuple[Polygon, ...] = ()
    element: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """A task before it has words: what is meant, in terms that the grammar and checks share.

    `meaning` is read by nobody but the grammar that words it; `expected` by who executes it.
    """

    kind: str
    actions: tuple[Action, ...]
    targets: tuple[Target, ...]
    elements: tuple[str, ...]
    expected: Json
    meaning: Mapping[str, Any]


def one(
    scene: Scene, kind: str, place: Place, button: str = "left", count: int = 1, *held: str
) -> tuple[Action, tuple[Target, ...]]:
    """Return an action of one point."""
    point = expressions.evaluate(scene, place.at)
    action = Action(kind, (place.at,), (point,), button, count, held)
    return action, (target(scene, place, 1, point),)


def many(
    scene: Scene, kind: str, places: Sequence[Place], *held: str
) -> tuple[Action, tuple[Target, ...]]:
    """Return a drag, or a drawn line, through places."""
    points = tuple(expressions.evaluate(scene, p.at) for p in places)
    action = Action(kind, tuple(p.at for p in places), points, modifiers=held)
    pairs = enumerate(zip(places, points, strict=True), 1)
    return action, tuple(target(scene, p, rank, point) for rank, (p, point) in pairs)


def target(scene: Scene, place: Place, rank: int, point: Point) -> Target:
    """Return a place as the target of rank `rank`."""
    owner = place.element or (expressions.names(place.at) or ("",))[0]
    return Target(owner, rank, place.accept, place.forbid, point)


def typed(text: str, enter: bool = True) -> tuple[Action, ...]:
    """Return the typing of a text, ended by Enter."""
    keys = (Action("type", (), (), "none", 0, text=text),)
    return (*keys, Action("press", (), (), "none", 0, text="enter")) if enter else keys


def around(point: Point, half: float) -> Polygon:
    """Return the square around a point."""
    x, y = point
    return ((x - half, y - half), (x + half, y - half), (x + half, y + half), (x - half, y + half))


def band(x0: float, y0: float, x1: float, y1: float) -> Polygon:
    """Return a rectangle."""
    return ((x0, y0), (x1, y0), (x1, y1), (x0, y1))
