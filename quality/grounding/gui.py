"""A blind resolver: reads an instruction as a stranger would and says what it points at.

It sees the sentence and the element list, never the structured task, and shares no code with the
grammar: the words below are its own reading of English.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from corpuswright.quality.execution.element_state import is_on
from corpuswright.storage.records import Element, Rejection, Scene, Task

VERSION = 3  # bump when a verdict can change

_ACTIONS = (
    (r"double-?click", "double_click"),
    (r"right-?click", "right_click"),
    (r"middle-?click", "middle_click"),
    (r"hover over|move the (?:mouse|pointer|cursor) (?:over|to)", "hover"),
    (r"click|press|select|tap|choose|open|go to|take me to", "click"),
    (r"(?:un)?check|tick|clear|(?:turn|switch) (?:on|off)", "click"),
)
# Words that say what is to be the case afterwards.
_BECOMES = (
    (r"uncheck|clear|(?:turn|switch) off", False),
    (r"check|tick|select|choose|(?:turn|switch) on|open|go to|take me to", True),
)
_KINDS = {
    "button": {"button"},
    "link": {"link"},
    "checkbox": {"checkbox"},
    "radio button": {"radio"},
    "switch": {"switch"},
    "tab": {"tab"},
    "menu item": {"menuitem", "menuitemcheckbox", "menuitemradio"},
    "option": {"option"},
    "tree item": {"treeitem"},
    "text field": {"textbox"},
    "search field": {"searchbox"},
    "dropdown": {"combobox", "listbox"},
    "number field": {"spinbutton"},
    "slider": {"slider"},
    "cell": {"gridcell", "cell"},
    "column header": {"columnheader"},
    "icon": {"button", "link"},
}
_ORDER = {
    w: i for i, w in enumerate("first second third fourth fifth sixth seventh eighth".split())
}
_SENTENCE = re.compile(r"(?P<before>[^“]*)“(?P<name>[^”]+)”(?P<after>[^“”]*?)\.\s*\Z")
_AFTER = re.compile(
    r"(?:\s+(?P<kind>" + "|".join(sorted(_KINDS, key=len, reverse=True)) + r"))?"
    r"(?:\s+in the (?P<place>centre|(?:top|middle|bottom) (?:left|centre|right)) of the screen"
    r"|\s+(?P<order>in reading order))?\Z"
)


class ClickSentence(NamedTuple):
    """What a sentence says."""

    action: str
    name: str
    kind: str | None
    place: tuple[int, int] | None
    ordinal: int | None
    becomes: bool | None  # on, off; None where the sentence does not say


def read(text: str) -> ClickSentence | None:
    """Return what an instruction says, or None if it cannot be read without guessing."""
    sentence = _SENTENCE.match(text)
    if sentence is None:
        return None
    after = _AFTER.match(sentence["after"])
    before = sentence["before"].casefold()
    action = next((a for words, a in _ACTIONS if re.search(rf"\b(?:{words})\b", before)), None)
    if after is None or action is None:
        return None
    ordinal = re.search(r"\bthe (" + "|".join(_ORDER) + r")\s*\Z", before)
    if (after["order"] is None) != (ordinal is None):
        return None
    place = None
    if after["place"]:
        words = after["place"].split()
        row, column = words if len(words) == 2 else ("middle", "centre")
        place = (
            ("top", "middle", "bottom").index(row),
            ("left", "centre", "right").index(column),
        )
    return ClickSentence(
        action,
        sentence["name"],
        after["kind"],
        place,
        None if ordinal is None else _ORDER[ordinal[1]],
        next((on for words, on in _BECOMES if re.search(rf"\b(?:{words})\b", before)), None),
    )


def resolve(scene: Scene, reading: ClickSentence) -> list[Element]:
    """Return every element that the reading fits."""
    fits = [
        e
        for e in scene.elements
        if e.attributes.get("interactive")
        and e.visible_box is not None
        and _squeeze(reading.name) in (_squeeze(e.name), _squeeze(e.text))
        and (reading.kind is None or e.role in _KINDS[reading.kind])
        and (reading.kind != "icon" or e.attributes.get("named_by") == "icon")
    ]
    if reading.place is not None:
        fits = [e for e in fits if _cell(scene, e) == reading.place]
    if reading.ordinal is not None:
        fits.sort(
            key=lambda e: (round(e.visible_box[1]), e.visible_box[0]) if e.visible_box else ()
        )
        fits = fits[reading.ordinal : reading.ordinal + 1]
    return fits


def check(scene: Scene, task: Task) -> Rejection | None:
    """Reject a task whose sentence does not lead to exactly its element and its action."""
    reading = read(task.text)
    if reading is None:
        return Rejection("sentence_not_read", task.text[:120])
    if reading.action != task.actions[0].kind:
        return Rejection("sentence_names_another_action", f"{reading.action}: {task.text[:100]}")
    found = resolve(scene, reading)
    if not found:
        return Rejection("sentence_fits_nothing", task.text[:120])
    if len(found) > 1:
        return Rejection("sentence_is_ambiguous", f"{len(found)} fit: {task.text[:100]}")
    if found[0].id != task.elements[0]:
        return Rejection("sentence_fits_another", f"{found[0].id}: {task.text[:100]}")
    if why := _undoes(found[0], reading, task):
        return why
    if reading.kind == "icon":
        if task.style != "icon":
            return Rejection("icon_not_flagged", task.style)
    elif found[0].attributes.get("named_by") not in ("text", "value", "label", "placeholder"):
        return Rejection("name_not_in_pixels", reading.name[:100])
    return None


def _undoes(e: Element, reading: ClickSentence, task: Task) -> Rejection | None:
    """Reject a sentence that says another state than the click brings about."""
    if reading.action != "click" or reading.becomes is None:
        return None
    now = is_on(e.state)
    if now == reading.becomes or (now is None and reading.becomes is False):
        return Rejection("sentence_undoes", f"{dict(e.state)}: {task.text[:80]}")
    if now is not None and task.expected.get("on") != reading.becomes:
        return Rejection("sentence_says_another_state", f"{dict(task.expected)}: {task.text[:80]}")
    return None


def _squeeze(text: str) -> str:
    return " ".join(text.casefold().split())


def _cell(scene: Scene, e: Element) -> tuple[int, int]:
    assert e.visible_box is not None
    x0, y0, x1, y1 = e.visible_box
    width, height = scene.size
    return (
        min(2, int(1.5 * (y0 + y1) / height)),
        min(2, int(1.5 * (x0 + x1) / width)),
    )
