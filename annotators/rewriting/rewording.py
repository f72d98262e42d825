"""Instructions and thoughts that a model writes, and the blind reading of them by a model.

The paper's styles (Phi-Ground-Any, arXiv 2605.12501, App. C): direct, in the first person, vague;
and its chain of thought. A model never emits a coordinate: whoever reads a sentence back answers
with expressions over elements, which we evaluate (quality.execution.reworded decides).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal, cast

from pydantic import BaseModel, Field

from corpuswright.annotators.llm.requests import Question, template
from corpuswright.storage.records import Box, Element, Scene, Task, canonical

VERSION = 1  # bump when questions are put otherwise

LONGEST = 400  # characters of a sentence; the grammar's longest has 190
MOST_ELEMENTS = 600  # that a reader is given; a scene with more cannot be read back as a whole
TEXT = 160  # characters of an element's name or text in a listing

WORDING = template("wording")
RESOLVING = template("resolving")

Sentence = Annotated[str, Field(min_length=3, max_length=LONGEST)]


class Wording(BaseModel, extra="forbid"):
    """A task in other words."""

    direct: Sentence
    first_person: Sentence
    vague: Sentence
    thought: Annotated[str, Field(min_length=20, max_length=900)]


class Step(BaseModel, extra="forbid"):
    """One action as a reader understands it; places are expressions over elements.

    No field has a default: strict JSON schemas want every one of them said.
    """

    kind: Literal[
        "click",
        "double_click",
        "right_click",
        "middle_click",
        "hover",
        "drag",
        "draw",
        "scroll",
        "type",
        "press",
    ]
    at: Annotated[list[str], Field(max_length=64)]
    modifiers: list[Literal["ctrl", "shift", "alt"]]
    text: Annotated[str, Field(max_length=2000)]
    amount: Annotated[list[int], Field(min_length=2, max_length=2)]


class Reading(BaseModel, extra="forbid"):
    """What a sentence asks for; no actions where it fits nothing, or several things."""

    actions: list[Step] = Field(max_length=16)


def listing(scene: Scene) -> list[dict[str, Any]] | None:
    """Return what a reader is told of a scene's elements; None if they are too many."""
    shown = [e for e in scene.elements if e.visible_box is not None and _says(e)]
    if len(shown) > MOST_ELEMENTS:
        return None
    return [_plain(e, scene.size) for e in shown]


def _says(e: Element) -> bool:
    return bool(e.name or e.text or e.attributes.get("kind") or e.attributes.get("interactive"))


def _plain(e: Element, size: tuple[int, int]) -> dict[str, Any]:
    plain: dict[str, Any] = {"id": e.id, "role": e.role, "box": _thousandths(e.visible_box, size)}
    for name, value in (("name", e.name), ("text", e.text if e.text != e.name else "")):
        if value:
            plain[name] = value[:TEXT]
    if e.state:
        plain["state"] = e.state
    told: dict[str, Any] = {
        k: v
        for k, v in e.attributes.items()
        if isinstance(v, str | bool | int) and k not in ("probes", "usable", "interactive")
    }
    points = e.attributes.get("points")
    if isinstance(points, dict):
        told["handles"] = sorted(cast(Mapping[str, Any], points))
    vertices = e.attributes.get("vertices")
    if isinstance(vertices, list):
        told["vertices"] = len(cast(list[Any], vertices))
    return plain | ({"is": told} if told else {})


def _thousandths(box: Box | None, size: tuple[int, int]) -> list[int]:
    assert box is not None
    return [round(1000 * v / size[i % 2]) for i, v in enumerate(box)]


def wording(scene: Scene, task: Task, images: tuple[bytes, ...] = ()) -> Question:
    """Return the question for other words for a task."""
    used = set(task.elements)
    near = [p for p in listing(scene) or [] if p["id"] in used]
    others = [p.get("name") or p.get("text") for p in listing(scene) or [] if p["id"] not in used]
    asked = {
        "sentence": task.text,
        "actions": [
            {"kind": a.kind, "at": list(a.at), "modifiers": list(a.modifiers), "text": a.text}
            for a in task.actions
        ],
        "elements": [{k: v for k, v in p.items() if k != "box"} for p in near],
        "others": [str(o)[:40] for o in others if o][:60],
    }
    return Question(task.key, WORDING, _text(asked), Wording, images)


def reading(
    scene: Scene, task: Task, style: str, sentence: str, images: tuple[bytes, ...] = ()
) -> Question:
    """Return the question what a sentence asks for, put to somebody who sees nothing of the task.

    The scene must have a `listing`.
    """
    asked = {"instruction": sentence, "elements": listing(scene)}
    return Question(f"{task.key} {style}", RESOLVING, _text(asked), Reading, images)


def _text(asked: Mapping[str, Any]) -> str:
    return canonical(json.loads(json.dumps(asked)))
