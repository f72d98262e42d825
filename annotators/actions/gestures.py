"""Tasks of one, two and more points, put together from places said as expressions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from corpuswright.annotators.actions import place_expressions
from corpuswright.annotators.actions.carets import CaretError
from corpuswright.annotators.actions.clicks import ActionError
from corpuswright.annotators.actions.place_expressions import ExpressionError
from corpuswright.storage import keys
from corpuswright.storage.records import (
    Action,
    Json,
    Origin,
    Point,
    Polygon,
    Sample,
    Scene,
    Target,
    Task,
)

S = TypeVar("S")
FIRST_PERSON = 0.3  # share of sentences in the first person or with a context: ours


@dataclass(frozen=True, slots=True)
class Place:
    """A point of a gesture: its expression, and where else it may lie."""

    at: str
    accept: tuple[Polygon, ...]
    forbid: tuple[Polygon, ...] = ()
    element: str = ""


@dataclass(frozen=True, slots=True)
class TaskPlan:
    """A task before it has words: what is meant, in terms that the grammar and checks share.

    `meaning` is read by nobody but the grammar that words it; `expected` by who executes it.
    """

    kind: str
    actions: tuple[Action, ...]
    targets: tuple[Target, ...]
    elements: tuple[str, ...]
    expected: Json
    meaning: Mapping[str, Any]


Make = Callable[[S, np.random.Generator], TaskPlan | None]
Word = Callable[[np.random.Generator, TaskPlan], str]


def collect(
    scene: S,
    kinds: Sequence[Make[S]],
    rng: np.random.Generator,
    most: int,
    each: int,
    tries: int = 1,
) -> list[TaskPlan]:
    """Return up to `most` plans, `each` of a kind at most, of all kinds a scene has room for.

    A kind that finds no place is tried `tries` times.
    """
    plans: list[TaskPlan] = []
    for i in rng.permutation(len(kinds) * each):
        plan: TaskPlan | None = None
        for _ in range(tries):
            try:
                plan = kinds[int(i) % len(kinds)](scene, rng)
            except (ActionError, CaretError, ExpressionError):
                continue
            if plan is not None:
                break
        if plan and len(plans) < most and plan.expected not in [p.expected for p in plans]:
            plans.append(plan)
    return plans


def tasks_of(
    sample: Sample, plans: Sequence[TaskPlan], word: Word, where: str, version: int
) -> list[Task]:
    """Return plans as tasks with words.

    Args:
        sample: Whose tasks they are.
        plans: What is to be done.
        word: Says it in the imperative, without a full stop.
        where: "In this sheet": begins a sentence that goes on with "please".
        version: Of the wording.
    """
    tasks: list[Task] = []
    for plan in plans:
        key = keys.task_key(sample.key, len(tasks))
        rng = keys.generator(sample.spec.corpus, "text", version, key)
        say, style = word(rng, plan), "direct"
        if rng.uniform() < FIRST_PERSON:
            frames = ("I want you to {}.", f"{where}, please {{}}.", "Next I need to {}.")
            say, style = str(rng.choice(frames)).format(say), "first_person"
        else:
            say = f"{say[0].upper()}{say[1:]}."
        origin = Origin("grammar", version)
        trace = (plan.actions, plan.targets, origin, plan.expected)
        tasks.append(Task(key, plan.kind, plan.elements, say, style, *trace))
    return tasks


def expect(values: Mapping[str, Any], *may_change: str, gesture: Json | None = None) -> Json:
    """Return what must hold afterwards, what besides may change, and a drag's own meaning.

    `gesture` is what `relative_drags` says of a drag whose end hangs on its start.
    """
    held = {"holds": dict(values), "may_change": list(may_change)}
    return {**held, "gesture": gesture} if gesture else held


def one(
    scene: Scene, kind: str, place: Place, button: str = "left", count: int = 1, *held: str
) -> tuple[Action, tuple[Target, ...]]:
    """Return an action of one point."""
    point = place_expressions.evaluate(scene, place.at)
    action = Action(kind, (place.at,), (point,), button, count, held)
    return action, (target(scene, place, 1, point),)


def many(
    scene: Scene, kind: str, places: Sequence[Place], *held: str
) -> tuple[Action, tuple[Target, ...]]:
    """Return a drag, or a drawn line, through places."""
    points = tuple(place_expressions.evaluate(scene, p.at) for p in places)
    action = Action(kind, tuple(p.at for p in places), points, modifiers=held)
    pairs = enumerate(zip(places, points, strict=True), 1)
    return action, tuple(target(scene, p, rank, point) for rank, (p, point) in pairs)


def target(scene: Scene, place: Place, rank: int, point: Point) -> Target:
    """Return a place as the target of rank `rank`."""
    owner = place.element or (place_expressions.names(place.at) or ("",))[0]
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
