"""A blind resolver for recorded steps: what a sentence quotes is read at the click and only there.

What is said of a published step was as a rule written by a model. It is held against the pixels:
the one name in quotation marks must be the line of text that a person clicked on, and stand nowhere
else on the screen, be it among other words of a line. A sentence that quotes nothing, several
things, or something that the click is beside, cannot be read back and is left out.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator

from corpuswright.storage.records import Rejection, Scene, Task

VERSION = 2  # bump when a verdict can change

# A quotation mark before a word and one after it: apostrophes stand within words.
_QUOTED = re.compile(r"(?<!\w)[\"“'‘]([^\"“”]{1,60}?)[\"”'’](?!\w)")
_CLICK = re.compile(r"\b(click|press|select|choose|open|tap|hit|pick|tick|check)", re.IGNORECASE)
_KINDS = {
    "double_click": "double",
    "right_click": "right",
    "middle_click": "middle",
    "triple_click": "triple",
}
_HOVER = re.compile(r"\b(hover|move the (?:mouse|cursor|pointer))", re.IGNORECASE)
# Words that make the quoted name a landmark, or its thing one without letters.
_BESIDE = re.compile(
    r"\b(next to|beside|near|left of|right of|above|below|under|over|between|before|after|arrow"
    r"|icon|caret|chevron|checkbox|check box|radio|toggle|switch|slider|field|close button)\b",
    re.IGNORECASE,
)


def check(scene: Scene, task: Task) -> Rejection | None:
    """Reject a sentence unless all it quotes is the line clicked, and that stands there alone."""
    bare = _QUOTED.sub(" ", task.text)
    for kind, word in _KINDS.items():
        if bool(re.search(rf"\b{word}[- ]?click", bare, re.IGNORECASE)) != (task.kind == kind):
            return Rejection("sentence_fits_another", f"{task.kind}: {task.text[:80]}")
    if bool(_HOVER.search(bare)) != (task.kind == "hover"):
        return Rejection("sentence_fits_another", f"{task.kind}: {task.text[:80]}")
    if task.kind == "click" and not _CLICK.search(bare):
        return Rejection("sentence_not_read", f"says no click: {task.text[:80]}")
    names = list(dict.fromkeys(_plain(q) for q in _QUOTED.findall(task.text)))
    if len(names) != 1 or not names[0]:
        return Rejection("sentence_not_read", f"quotes {len(names)} names: {task.text[:80]}")
    if found := _BESIDE.search(bare):
        return Rejection("sentence_not_read", f"{found[0]!r}: {task.text[:80]}")
    (name,) = names
    there = [e for e in scene.elements if f" {name} " in f" {_plain(e.name)} "]
    own = scene.elements[_number(task)]
    if _plain(own.name) != name:
        reason = "sentence_fits_another" if there else "sentence_fits_nothing"
        return Rejection(reason, f"{name!r} for {own.name[:40]!r}")
    if len(there) > 1:
        return Rejection("sentence_is_ambiguous", f"{len(there)} times {name!r}")
    return None


def wrong_versions(scene: Scene, task: Task) -> Iterator[tuple[str, Task]]:
    """Yield (kind of fault, task) for each way to make a sentence wrong."""

    def said(text: str) -> Task:
        return dataclasses.replace(task, text=text)

    own = scene.elements[_number(task)]
    for quoted in _QUOTED.findall(task.text):
        if _plain(quoted) != _plain(own.name):
            continue
        yield "invented_name", said(task.text.replace(quoted, f"{quoted} now"))
        for other in [e for e in scene.elements if _plain(e.name) not in ("", _plain(own.name))][
            :2
        ]:
            if not set("\"“”'‘’") & set(other.name):
                yield "another_name", said(task.text.replace(quoted, other.name))
    if task.kind == "click":
        yield "another_click", said(_CLICK.sub("double-click", task.text, count=1))


def _number(task: Task) -> int:
    return int(task.elements[0][1:])


def _plain(text: str) -> str:
    """Return words as they are compared: whatever the case and the space between them."""
    return " ".join(text.casefold().split())
