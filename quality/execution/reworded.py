"""What a model has written about a task, held against the task.

Three questions, in this order: does the text keep to what the task says (no new numbers, quotations
or ids); does a reader who has not seen the task come to the same actions at the same places; and
the places are compared as points in the task's own regions, which were executed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from corpuswright.annotators.actions import place_expressions, relative_drags
from corpuswright.annotators.actions.regions import contains
from corpuswright.annotators.rewriting.rewording import Step
from corpuswright.quality import prose, scenery
from corpuswright.storage.records import Point, Rejection, Scene, Task

VERSION = 4  # bump when a verdict can change

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_QUOTED = re.compile(r"“([^“”]*)”|\"([^\"]*)\"")
_ID = re.compile(r"\be\d+\b")


def sentence(scene: Scene, task: Task, text: str, vague: bool) -> Rejection | None:
    """Reject a sentence that says what the task does not, or leaves out what is typed.

    A vague sentence may leave names out; the reader decides whether it still fits.
    """
    if broken := _form(task, text):
        return broken
    if more := prose.adds(text, task.text) or _invented(scene, task, text):
        return more
    said, wanted = _quoted(text), _quoted(task.text)
    if more := said - wanted - {_fold(task.text)}:
        return Rejection("quotes_another_text", ", ".join(sorted(more))[:120])
    typed = {_fold(a.text) for a in task.actions if a.kind == "type"}
    needed = typed if vague else wanted
    if less := {q for q in needed if q not in _fold(text)}:
        return Rejection("leaves_out_a_text", ", ".join(sorted(less))[:120])
    return None


def thought(scene: Scene, task: Task, text: str) -> Rejection | None:
    """Reject a thought that has coordinates or ids, or quotes what is not on the screen."""
    if broken := _form(task, text):
        return broken
    if more := _invented(scene, task, text):
        return more
    there = {_fold(t) for e in scene.elements for t in (e.name, e.text) if t}
    wanted = _quoted(task.text)
    for quoted in _quoted(text):
        if quoted not in wanted and not any(quoted in t for t in there):
            return Rejection("quotes_another_text", quoted[:120])
    return None


def _invented(scene: Scene, task: Task, text: str) -> Rejection | None:
    there = (t for e in scene.elements for t in (e.name, e.text, e.role))
    return scenery.invented(text, (task.text, *there))


def _form(task: Task, text: str) -> Rejection | None:
    if text != text.strip() or "\n" in text:
        return Rejection("not_one_paragraph", text[:120])
    if broken := prose.fault(text):
        return broken
    if found := _ID.search(text):
        return Rejection("names_an_id", found[0])
    known = set(_NUMBER.findall(task.text)) | {
        n for a in task.actions for n in _NUMBER.findall(a.text)
    }
    if new := set(_NUMBER.findall(text)) - known:
        return Rejection("has_another_number", ", ".join(sorted(new))[:120])
    return None


def _quoted(text: str) -> set[str]:
    return {_fold(a or b) for a, b in _QUOTED.findall(text)}


def _fold(text: str) -> str:
    return " ".join(text.replace("”", "“").split())


def read_back(scene: Scene, task: Task, steps: Sequence[Step]) -> Rejection | None:
    """Reject a sentence whose blind reading is not the task: its actions, at its places."""
    if not steps:
        return Rejection("reader_finds_nothing", task.text[:80])
    if len(steps) != len(task.actions):
        return Rejection("read_as_other_actions", f"{len(steps)} for {len(task.actions)}")
    rank, places = 0, list[Point]()
    for step, action in zip(steps, task.actions, strict=True):
        said = (step.kind, sorted(step.modifiers), step.text, tuple(step.amount))
        if said != (action.kind, sorted(action.modifiers), action.text, action.amount):
            return Rejection("read_as_other_actions", f"{step.kind} for {action.kind}")
        if len(step.at) != len(action.at):
            return Rejection("read_as_other_actions", f"{len(step.at)} points, {len(action.at)}")
        for at in step.at:
            rank += 1
            try:
                point = place_expressions.evaluate(scene, at)
            except place_expressions.ExpressionError as error:
                return Rejection("reading_names_nothing", str(error)[:120])
            places.append(point)
            if "gesture" in task.expected:
                continue
            of_rank = [t for t in task.targets if t.rank == rank]
            if not any(contains(t.accept, point) for t in of_rank):
                return Rejection("read_as_another_place", f"{at}: {task.text[:80]}")
            if any(contains(t.forbid, point) for t in of_rank):
                return Rejection("read_as_another_place", f"{at} is forbidden")
    gesture = task.expected.get("gesture")
    if gesture and (wrong := relative_drags.fault(gesture, places, scene.size)):
        return Rejection("read_as_another_place", f"{wrong}: {task.text[:80]}")
    return None
