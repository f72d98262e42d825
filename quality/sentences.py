"""What resolvers of several media share: sentences as patterns, and what the hand does for each."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from corpuswright.storage.records import Rejection, Task


class Reading(NamedTuple):
    """What a sentence says: which task, and its parts by name."""

    kind: str
    parts: dict[str, str]


def reader(patterns: Sequence[tuple[str, str]], where: str) -> Callable[[str], Reading | None]:
    """Return a reader of sentences; it returns None for one it cannot read without guessing.

    Args:
        patterns: Kind of task and the regular expression of its imperative, without a full stop.
        where: "In this sheet": may begin a sentence that goes on with "please".
    """
    frame = re.compile(
        rf"(?:I want you to |{where}, please |Next I need to )?(?P<said>.+)\.\Z", re.DOTALL
    )

    def read(text: str) -> Reading | None:
        framed = frame.match(text)
        if framed is None:
            return None
        said = framed["said"]
        for kind, pattern in patterns:
            found = re.fullmatch(pattern, said[0].lower() + said[1:])
            if found:
                parts = {k: v for k, v in found.groupdict().items() if v is not None}
                return Reading(kind, parts)
        return None

    return read


Trace = tuple[
    str, ...
]  # kinds of actions in order; a key held stands before its own: `shift+click`


def differs(task: Task, reading: Reading, traces: Mapping[str, Trace]) -> Rejection | None:
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
