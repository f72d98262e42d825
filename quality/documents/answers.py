"""Answers held to what was drawn: a question is kept whose answer the measured picture gives.

For the document and for its twin; and read back from its sentence alone. A prompt is kept whose
quoted words all stand in the picture, and which leaves out none that stand there.
"""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Iterator, Sequence
from typing import Any

from corpuswright.annotators.documents import questions, seen
from corpuswright.annotators.documents.checklists import PROMPT
from corpuswright.quality.documents import question_reader
from corpuswright.renderers.documents import colours, render
from corpuswright.storage.records import Rejection, Scene, Task

VERSION = question_reader.VERSION * 10 + 2  # bump the last digit when a verdict can change


def check(scene: Scene, task: Task) -> Rejection | None:
    """Say why a question or a prompt is not what the picture shows; None if it is."""
    if task.kind == PROMPT:
        return _prompt(scene, task)
    expected: Any = task.expected
    try:
        claimed = question_reader.read(task.text, scene)
    except question_reader.NotRead as error:
        return Rejection("sentence_not_read", str(error))
    if not same(claimed, expected["predicate"]):
        return Rejection("sentence_means_another", f"{claimed} for {expected['predicate']}"[:200])
    for name, shown in (("answer", drawn(scene)), ("twin", drawn_twin(scene))):
        found = questions.holds(claimed, shown)
        if found is not expected[name]:
            return Rejection(
                f"{name}_not_as_drawn", f"{task.text} expected {expected[name]}, found {found}"
            )
    return None


def drawn(scene: Scene) -> seen.Seen:
    """Return what was measured of a document."""
    return seen.drawn(scene.elements, scene.size, scene.scale[0])


def drawn_twin(scene: Scene) -> seen.Seen:
    """Return what was measured of its twin."""
    wide, high = scene.state["twin"]["size"]
    return seen.drawn(render.twin_elements(scene), (wide, high), scene.scale[0])


def same(first: Sequence[Any], second: Sequence[Any]) -> bool:
    """Return whether two predicates are one: numbers as near as a sentence gives them."""
    if len(first) != len(second):
        return False
    for a, b in zip(first, second, strict=True):
        numbers = isinstance(a, float | int) and isinstance(b, float | int)
        if numbers and not isinstance(a, bool):
            if not math.isclose(a, b, rel_tol=0.02, abs_tol=0.51):
                return False
        elif a != b:
            return False
    return True


_QUOTED = re.compile(r"“([^“”]*)”")


def _prompt(scene: Scene, task: Task) -> Rejection | None:
    said = _said(task.text)
    shown = {e.text for e in scene.elements if e.text}
    shown |= {t[1:-1] for t in shown if t.startswith("“") and t.endswith("”")}
    shown |= {" | ".join(c) for c in _rows(scene)}
    for quoted in said:
        icons = {str(n["data"]["icon"]).replace("-", " ") for n in _nodes(scene) if
                 "icon" in n["data"]}  # fmt: skip
        if quoted not in shown and quoted not in icons:
            return Rejection("prompt_quotes_what_is_not_there", quoted)
    if task.expected["dimension"] == "knowledge":
        return None
    whole = task.text
    for e in scene.elements:
        told = e.role in ("tick label",) or e.text in whole
        if e.text and not told:
            return Rejection("prompt_leaves_out", f"{e.name}: {e.text}")
    return None


def _said(text: str) -> list[str]:
    """Return what a prompt quotes; a quotation inside quotation marks is one."""
    out: list[str] = []
    depth, start = 0, 0
    for i, c in enumerate(text):
        if c == "“":
            depth += 1
            start = i + 1 if depth == 1 else start
        elif c == "”":
            depth -= 1
            if depth == 0:
                out.append(text[start:i])
    return out


def _nodes(scene: Scene) -> list[Any]:
    return list(scene.state["document"]["nodes"])


def _rows(scene: Scene) -> list[list[str]]:
    rows = {e.id: list[str]() for e in scene.elements if e.role in ("table row", "table header")}
    for e in scene.elements:
        if e.parent in rows:
            rows[e.parent].append(e.text)
    return list(rows.values())


def wrong_versions(scene: Scene, task: Task) -> Iterator[tuple[str, Task]]:
    """Yield (kind of fault, task) for each way to make a question or a prompt wrong."""

    def another(text: str) -> Task:
        return dataclasses.replace(task, text=text)

    if task.kind == PROMPT:
        quoted = next((q for q in _QUOTED.findall(task.text) if len(q) > 3), "")
        if quoted:
            yield "invented_words", another(task.text.replace(f"“{quoted}”", f"“{quoted} now”"))
        return
    names = {e.name for e in scene.elements if e.id in task.elements}
    others = [e.name for e in scene.elements if e.name not in names]
    for name in sorted(names):
        if f"{name} " in task.text or f"{name}?" in task.text:
            roles = [e.role for e in scene.elements if e.name == name]
            alike = [e.name for e in scene.elements if e.role in roles and e.name in others]
            if alike:
                yield "another_thing", another(task.text.replace(name, alike[0], 1))
    for first, second in (("above", "to the left of"), ("left half", "right half"),
                          ("right half", "left half"), ("highest", "lowest"),
                          ("lowest", "highest"), ("bold", "italic"), ("rounded", "square"),
                          ("correct?", "wrong?"), ("wrong?", "correct?")):  # fmt: skip
        if f" {first}" in task.text:
            yield "another_relation", another(task.text.replace(f" {first}", f" {second}", 1))
    for name in colours.NAMED:
        if f" {name}?" in task.text:
            wrong = "teal" if name != "teal" else "coral"
            yield "another_colour", another(task.text.replace(f" {name}?", f" {wrong}?"))
            break
    yield (
        "another_answer",
        dataclasses.replace(
            task, expected={**task.expected, "answer": not task.expected["answer"]}
        ),
    )
