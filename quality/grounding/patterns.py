"""What resolvers of several media share: sentences as patterns, and what the hand does for each."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, cast

from corpuswright.storage.records import Element, Rejection, Scene, Task


class ParsedSentence(NamedTuple):
    """What a sentence says: which task, and its parts by name."""

    kind: str
    parts: dict[str, str]


def reader(
    patterns: Sequence[tuple[str, str]], where: str
) -> Callable[[str], ParsedSentence | None]:
    """Return a reader of sentences; it returns None for one it cannot read without guessing.

    Args:
        patterns: Kind of task and the regular expression of its imperative, without a full stop.
        where: "In this sheet": may begin a sentence that goes on with "please".
    """
    frame = re.compile(
        rf"(?:I want you to |{where}, please |Next I need to )?(?P<said>.+)\.\Z", re.DOTALL
    )

    def read(text: str) -> ParsedSentence | None:
        framed = frame.match(text)
        if framed is None:
            return None
        said = framed["said"]
        for kind, pattern in patterns:
            found = re.fullmatch(pattern, said[0].lower() + said[1:])
            if found:
                parts = {k: v for k, v in found.groupdict().items() if v is not None}
                return ParsedSentence(kind, parts)
        return None

    return read


Trace = tuple[
    str, ...
]  # kinds of actions in order; a key held stands before its own: `shift+click`


def differs(task: Task, reading: ParsedSentence, traces: Mapping[str, Trace]) -> Rejection | None:
    """Reject a task whose actions, keys or typed text are not those its sentence names.

    A kind that `traces` does not name is one drag.
    """
    seen = tuple("+".join((*a.modifiers, a.kind)) for a in task.actions)
    if seen != traces.get(reading.kind, ("drag",)):
        return Rejection("sentence_names_another_action", f"{reading.kind}: {', '.join(seen)}")
    typed = [a.text for a in task.actions if a.kind == "type"]
    if typed != ([reading.parts["text"]] if "text" in reading.parts else []):
        return Rejection("sentence_names_another_text", f"{typed}")
    return None


class Unclear(Exception):
    """A sentence that means nothing, or several things, on its scene."""

    def __init__(self, reason: str, value: str) -> None:
        super().__init__(reason)
        self.rejection = Rejection(reason, value[:120])


Meant = Callable[[Scene, ParsedSentence], tuple[list[Element], dict[str, Any]]]


def checker(
    read: Callable[[str], ParsedSentence | None], traces: Mapping[str, Trace], meant: Meant
) -> Callable[[Scene, Task], Rejection | None]:
    """Return the check of a medium whose sentences name things and an end state.

    `meant` works out both from a sentence, or raises Unclear. A value `...` stands for what only
    the application can measure.
    """

    def check(scene: Scene, task: Task) -> Rejection | None:
        """Reject a task whose sentence does not lead to exactly its things, trace and end."""
        reading = read(task.text)
        if reading is None:
            return Rejection("sentence_not_read", task.text[:120])
        if wrong := differs(task, reading, traces):
            return wrong
        try:
            elements, holds = meant(scene, reading)
        except Unclear as unclear:
            return unclear.rejection
        ids = tuple(e.id for e in elements)
        if ids != task.elements:
            return Rejection("sentence_fits_another", f"{list(ids)}: {task.text[:100]}")
        expected = task.expected["holds"]
        if set(holds) != set(expected):
            seen = f"{sorted(holds)} for {sorted(expected)}"
            return Rejection("sentence_fits_another", seen[:160])
        for path, value in holds.items():
            if not _agrees(expected[path], value):
                seen = f"{path}: {value} for {expected[path]}"
                return Rejection("sentence_fits_another", seen[:160])
        return None

    return check


def _agrees(expected: Any, value: Any) -> bool:
    """Whether what the task expects is what the sentence means, to half a CSS pixel."""
    if value is ...:
        return isinstance(expected, dict)
    if isinstance(expected, dict):
        expected = expected["about"]
    if isinstance(value, list):
        a, b = expected, cast(list[Any], value)
        return len(a) == len(b) and all(_agrees(x, y) for x, y in zip(a, b, strict=True))
    if isinstance(value, float):
        return abs(expected - value) < 0.5
    return expected == value
