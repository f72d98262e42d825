"""Tasks that a model makes up for a scene: a sentence, actions over elements, what they change.

As in the paper (Phi-Ground-Any, arXiv 2605.12501, App. C) a model writes the code of a trace and we
evaluate it; unlike there, the trace is performed, and its sentence read by somebody who has not
seen it (quality.execution.proposed_tasks decides).
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Annotated

from pydantic import BaseModel, Field

from corpuswright.annotators.actions import clicks as actions
from corpuswright.annotators.actions import gestures, place_expressions, regions
from corpuswright.annotators.llm.model_file import MOST_PROPOSED
from corpuswright.annotators.llm.requests import Question, template
from corpuswright.annotators.rewriting import rewording
from corpuswright.annotators.rewriting.rewording import Sentence, Step
from corpuswright.storage.records import (
    Action,
    Origin,
    Point,
    Polygon,
    Rejection,
    Scene,
    Target,
    Task,
    canonical,
)

VERSION = 2  # bump when questions are put, or answers made into tasks, otherwise

STATE = 12_000  # characters of an application's state that are told whole
# CSS px around a place that has no region of its own: as near as a careful hand. Ours.
NEAR = 2.0

INVENTING = template("inventing")

_POINTS = {"drag": (2, 2), "draw": (2, 64), "type": (0, 0), "press": (0, 0), "scroll": (0, 1)}
_PATH = re.compile(r"[A-Za-z_]\w*(?:\.\w+)*\Z")
# Of keys and chords those that stay within an application: alt+left leaves the page.
_KEY = re.compile(
    r"(?:(?:ctrl|shift)\+)*"
    r"(?:enter|tab|esc|delete|backspace|home|end|space|up|down|left|right|[a-z0-9])\Z"
)
_ID = re.compile(r"\be\d+\b")


class Invented(BaseModel, extra="forbid"):
    """One task as a model makes it up."""

    sentence: Sentence
    actions: Annotated[list[Step], Field(min_length=1, max_length=6)]
    changes: Annotated[list[str], Field(min_length=1, max_length=40)]


class Inventions(BaseModel, extra="forbid"):
    """What a model makes up for one scene."""

    tasks: Annotated[list[Invented], Field(max_length=MOST_PROPOSED)]


def inventing(
    scene: Scene, key: str, known: Sequence[str], number: int, images: tuple[bytes, ...] = ()
) -> Question:
    """Return the question for `number` tasks on a scene; it must have a `rewording.listing`."""
    held = scene.state.get("app")
    state = canonical(json.loads(json.dumps(held)))
    asked = {
        "elements": rewording.listing(scene),
        "state": held if len(state) <= STATE else state[:STATE] + " …",
        "known": list(known),
        "number": number,
    }
    text = canonical(json.loads(json.dumps(asked)))
    return Question(f"{key} invented", INVENTING, text, Inventions, images)


def task_of(scene: Scene, key: str, invented: Invented, origin: Origin) -> Task | Rejection:
    """Return a model's task as one of ours, yet without what must hold; or why it is none."""
    if _ID.search(invented.sentence) or "\n" in invented.sentence:
        return Rejection("names_an_id", invented.sentence[:120])
    if bad := [p for p in invented.changes if not _PATH.match(p)]:
        return Rejection("names_no_path", ", ".join(bad)[:120])
    trace = trace_of(scene, invented.actions)
    if isinstance(trace, Rejection):
        return trace
    targets: list[Target] = []
    for action in trace:
        for at, point in zip(action.at, action.points, strict=True):
            named = place_expressions.names(at)
            if not named:
                return Rejection("names_no_element", at[:80])
            accept = (_region(scene, named[0], point),)
            targets.append(Target(named[0], len(targets) + 1, accept, (), point))
    if not targets:
        return Rejection("points_nowhere", "no action has a place")
    used = tuple(
        dict.fromkeys(n for a in trace for at in a.at for n in place_expressions.names(at))
    )
    style = "invented"
    return Task(key, style, used, invented.sentence, style, trace, tuple(targets), origin)


def trace_of(scene: Scene, steps: Sequence[Step]) -> tuple[Action, ...] | Rejection:
    """Return steps as actions at points inside the image, or why they are none."""
    trace: list[Action] = []
    for step in steps:
        low, high = _POINTS.get(step.kind, (1, 1))
        if not low <= len(step.at) <= high:
            return Rejection("wrong_number_of_points", f"{step.kind} with {len(step.at)}")
        if step.kind == "press" and not _KEY.match(step.text):
            return Rejection("unknown_key", step.text[:40])
        if (step.kind in ("type", "press")) != bool(step.text):
            return Rejection("wrong_text", f"{step.kind} with {step.text[:40]!r}")
        try:
            points = tuple(place_expressions.evaluate(scene, at) for at in step.at)
        except place_expressions.ExpressionError as error:
            return Rejection("names_nothing", str(error)[:120])
        if outside := [p for p in points if not _inside(scene, p)]:
            return Rejection("point_outside_the_image", str(outside[0]))
        button, count = actions.CLICKS.get(step.kind, ("left", 1))  # type: ignore[call-overload]
        held = tuple(sorted(step.modifiers))
        amount = (step.amount[0], step.amount[1])
        at = tuple(step.at)
        trace.append(Action(step.kind, at, points, button, count, held, step.text, amount))
    return tuple(trace)


def _inside(scene: Scene, point: Point) -> bool:
    return 0 <= point[0] < scene.size[0] and 0 <= point[1] < scene.size[1]


def _region(scene: Scene, element: str, point: Point) -> Polygon:
    """Return where a point may lie: its element's own region where that was measured."""
    e = place_expressions.element(scene, element)
    for polygon in regions.accept(e) if "probes" in e.attributes else ():
        if regions.contains((polygon,), point):
            return polygon
    return gestures.around(point, NEAR * scene.scale[0])
