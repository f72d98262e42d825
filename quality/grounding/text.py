"""A blind resolver for text: finds the words a sentence quotes, and what must be selected then.

It shares no code with the grammar: offsets and letters' boxes are looked up here anew.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping
from typing import Any

from corpuswright.quality.grounding.patterns import ParsedSentence, Trace, differs, reader
from corpuswright.storage.records import Element, Rejection, Scene, Task

VERSION = 1  # bump when a verdict can change

_Q = r"“(?P<{}>[^“”]+)”"
_SENTENCES: tuple[tuple[str, str], ...] = (
    ("between", rf"put the caret between {_Q.format('a')} and {_Q.format('b')}"),
    ("before", rf"put the caret right before {_Q.format('a')}"),
    ("after", rf"put the caret right after {_Q.format('a')}"),
    ("type_before", rf"put the caret right before {_Q.format('a')} and type {_Q.format('text')}"),
    ("type_after", rf"put the caret right after {_Q.format('a')} and type {_Q.format('text')}"),
    ("span", rf"select the text {_Q.format('a')} by dragging from its start to its end"),
    ("word", rf"select the word {_Q.format('a')} by a double-click"),
    (
        "extend",
        rf"select everything from {_Q.format('a')} to {_Q.format('b')} "
        r"by a click and a click with Shift held",
    ),
    ("end", r"put the caret at the end of the text by clicking into the empty area after it"),
    ("move", rf"drag the selected text to right before {_Q.format('a')}"),
)
_TRACES: Mapping[str, Trace] = {
    "between": ("click",),
    "before": ("click",),
    "after": ("click",),
    "type_before": ("click", "type"),
    "type_after": ("click", "type"),
    "word": ("double_click",),
    "extend": ("click", "shift+click"),
    "end": ("click",),
}


read = reader(_SENTENCES, "In this text")


def check(scene: Scene, task: Task) -> Rejection | None:
    """Reject a task whose sentence does not lead to exactly its trace and its end."""
    reading = read(task.text)
    if reading is None:
        return Rejection("sentence_not_read", task.text[:120])
    if wrong := differs(task, reading, _TRACES):
        return wrong
    found = [e for e in scene.elements if e.attributes.get("kind") == "text"]
    if len(found) != 1 or task.elements != (found[0].id,):
        return Rejection("sentence_is_ambiguous", f"{len(found)} texts")
    wanted = _meant(scene, found[0], reading)
    if isinstance(wanted, Rejection):
        return wanted
    holds = task.expected["holds"]
    for path, value in wanted.items():
        if holds.get(path) != value:
            return Rejection("sentence_fits_another", f"{path}: {value!r:.60}")
    return None


def _meant(scene: Scene, e: Element, reading: ParsedSentence) -> dict[str, Any] | Rejection:
    """Return what must hold after what the sentence says."""
    p = reading.parts
    text = e.text
    if reading.kind == "end":
        return {"selection": [_units(text), _units(text)]}
    quoted = {n: p[n] for n in ("a", "b") if p.get(n)}
    if reading.kind == "between":
        quoted = {"a": p["a"] + p["b"]}
    places: dict[str, tuple[int, int]] = {}
    for name, words in quoted.items():
        times = len(re.findall(f"(?={re.escape(words)})", text))
        if times != 1:
            reason = "sentence_is_ambiguous" if times else "sentence_fits_nothing"
            return Rejection(reason, f"{times} times {words[:80]!r}")
        start = text.index(words)
        if not _drawn(e, start, start + len(words)):
            return Rejection("name_not_in_pixels", words[:100])
        places[name] = (start, start + len(words))
    a, b = places["a"]
    match reading.kind:
        case "between":
            at = a + len(p["a"])
        case "before" | "type_before":
            at = a
        case "after" | "type_after":
            at = b
        case "span":
            start = _units(text[:a])
            return {"selection": [start, _units(text[:b])], "anchor": start}
        case "word":
            return {"selection": [_units(text[:a]), _units(text[:b])]}
        case "extend":
            end = places["b"][1]
            return {"selection": [_units(text[:a]), _units(text[:end])], "anchor": _units(text[:a])}
        case _:
            return _moved(scene, text, a)
    if "text" in p:
        whole = text[:at] + p["text"] + text[at:]
        n = _units(text[:at] + p["text"])
        return {"text": whole, "selection": [n, n]}
    n = _units(text[:at])
    return {"selection": [n, n]}


def _moved(scene: Scene, text: str, at: int) -> dict[str, Any] | Rejection:
    selected = scene.state["app"]["selection"]
    if not selected or selected[0] == selected[1]:
        return Rejection("sentence_fits_nothing", "no text is selected")
    first, last = (_index(text, n) for n in selected)
    taken = text[first:last]
    if first <= at <= last:
        return Rejection("sentence_fits_nothing", "it names the selected text itself")
    kept = text[:first] + text[last:]
    spot = at if at < first else at - len(taken)
    return {"text": kept[:spot] + taken + kept[spot:]}


def _drawn(e: Element, start: int, end: int) -> bool:
    """Whether the letters at both ends, and nine in ten between them, have boxes in the image."""
    have: set[int] = set()
    for offset, length, *_ in e.attributes["glyphs"]:
        have |= set(range(offset, offset + length))
    letters = [i for i in range(start, end) if not e.text[i].isspace()]
    seen = [_units(e.text[:i]) in have for i in letters]
    return bool(seen) and seen[0] and seen[-1] and sum(seen) >= 0.9 * len(seen)


def _units(text: str) -> int:
    return sum(2 if ord(c) > 0xFFFF else 1 for c in text)


def _index(text: str, units: int) -> int:
    n = 0
    for i, c in enumerate(text):
        if n >= units:
            return i
        n += 2 if ord(c) > 0xFFFF else 1
    return len(text)


def wrong_versions(scene: Scene, task: Task) -> Iterator[tuple[str, Task]]:
    """Yield (kind of fault, task) for each way to make a sentence wrong."""

    def said(old: str, new: str) -> Task:
        return dataclasses.replace(task, text=task.text.replace(old, new, 1))

    for old, new in (
        ("right before", "right after"),
        ("right after", "right before"),
        ("by dragging from its start to its end", "by a double-click"),
        ("from its start to its end", "from its end to its start"),
        ("double-click", "click"),
        ("Shift", "Ctrl"),
        ("drag the selected text to", "put the caret"),
    ):
        if old in task.text:
            yield "another_word", said(old, new)
    reading = read(task.text)
    parts = reading.parts if reading else {}
    for part in ("a", "b"):
        words = parts.get(part)
        if not words or reading is None:
            continue
        yield "invented_words", said(f"“{words}”", f"“{words}qx”")
        pieces = words.split()
        if len(pieces) > 1:
            # The end that the sentence goes by: a shorter quotation is wrong only there.
            first = reading.kind in ("before", "type_before", "move", "span") or (
                (reading.kind, part) in (("extend", "a"), ("between", "b"))
            )
            fewer = " ".join(pieces[1:] if first else pieces[:-1])
            yield "fewer_words", said(f"“{words}”", f"“{fewer}”")
            yield "words_swapped", said(f"“{words}”", f"“{' '.join(reversed(pieces))}”")
