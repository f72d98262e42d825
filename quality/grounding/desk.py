"""A blind resolver for desktops: finds what a sentence names, and what must become of it."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

from corpuswright.quality.grounding.patterns import ParsedSentence, Trace, differs, reader
from corpuswright.storage.records import Element, Rejection, Scene, Task

VERSION = 1  # bump when a verdict can change

_SENTENCES: tuple[tuple[str, str], ...] = (
    ("set_slider", r"set the “(?P<a>[^”]+)” slider to (?P<value>\d+) by dragging its knob"),
    ("upload_file", r"drag the file “(?P<a>[^”]+)” into the “(?P<b>[^”]+)” area"),
    ("move_card", r"drag the card “(?P<a>[^”]+)” onto the heading “(?P<b>[^”]+)”"),
    (
        "resize_window",
        r"drag the (?P<side>left|right|bottom) edge of the “(?P<window>[^”]+)” window "
        r"to the middle of the screen",
    ),
    (
        "move_window",
        r"drag the “(?P<window>[^”]+)” window by its title "
        r"into the (?P<corner>top left|top right) corner of the screen",
    ),
    ("close_window", r"close the “(?P<window>[^”]+)” window"),
    ("raise_window", r"bring the “(?P<window>[^”]+)” window to the front from the taskbar"),
    (
        "scroll_list",
        r"scroll the “(?P<window>[^”]+)” window down by (?P<n>\d+) notch(?:es)? of the wheel",
    ),
)
_TRACES: Mapping[str, Trace] = {
    "close_window": ("click",),
    "raise_window": ("click",),
    "scroll_list": ("scroll",),
}
_NAMED = {  # kinds of the things a sentence quotes, in order
    "set_slider": (("a", "knob"), ("a", "track")),
    "upload_file": (("a", "file"), ("b", "upload")),
    "move_card": (("a", "card"), ("b", "list")),
}
_IN_WINDOW = {
    "move_window": "title",
    "close_window": "close",
    "raise_window": "task",
    "scroll_list": "log",
    "resize_window": "edge",
}


read = reader(_SENTENCES, "On this desktop")


def check(scene: Scene, task: Task) -> Rejection | None:
    """Reject a task whose sentence does not lead to exactly its things, trace and end."""
    reading = read(task.text)
    if reading is None:
        return Rejection("sentence_not_read", task.text[:120])
    if wrong := differs(task, reading, _TRACES):
        return wrong
    found = _find(scene, reading)
    if isinstance(found, Rejection):
        return found
    if tuple(e.id for e in found) != task.elements:
        return Rejection("sentence_fits_another", f"{[e.id for e in found]}: {task.text[:100]}")
    holds = task.expected["holds"]
    wanted = _meant(scene, reading, found)
    if set(wanted) != set(holds):
        return Rejection("sentence_fits_another", f"{sorted(wanted)} for {sorted(holds)}")
    for path, value in wanted.items():
        seen = holds[path]
        seen = seen["about"] if isinstance(seen, dict) else seen
        near = isinstance(value, float) and abs(cast(float, seen) - value) < 0.5
        if not near and seen != value:
            return Rejection("sentence_fits_another", f"{path}: {value} for {seen}")
    return None


def _find(scene: Scene, reading: ParsedSentence) -> list[Element] | Rejection:
    p = reading.parts
    if reading.kind in _NAMED:
        out: list[Element] = []
        for part, kind in _NAMED[reading.kind]:
            alike = [e for e in _of(scene, kind) if p[part] in (e.attributes.get("name"), e.text)]
            if len(alike) != 1:
                reason = "sentence_is_ambiguous" if alike else "sentence_fits_nothing"
                return Rejection(reason, f"{len(alike)} {kind} {p[part]}")
            names = _of(scene, "label") if kind in ("knob", "track") else alike
            if not any(_seen(e) for e in names if p[part] in (e.attributes.get("name"), e.text)):
                return Rejection("name_not_in_pixels", p[part][:100])
            out += alike
        return out
    windows = [e.attributes["window"] for e in _of(scene, "title") if e.text == p["window"]]
    if len(windows) != 1:
        reason = "sentence_is_ambiguous" if windows else "sentence_fits_nothing"
        return Rejection(reason, f"{len(windows)} windows {p['window']}")
    parts = [
        e
        for e in _of(scene, _IN_WINDOW[reading.kind])
        if e.attributes["window"] == windows[0] and e.attributes.get("side") == p.get("side")
    ]
    if len(parts) != 1:
        return Rejection("sentence_fits_nothing", f"{len(parts)} parts of {p['window']}")
    says = parts if reading.kind == "raise_window" else _of(scene, "title")
    if not any(_seen(e) for e in says if e.attributes["window"] == windows[0]):
        return Rejection("name_not_in_pixels", p["window"][:100])
    return parts


def _seen(e: Element) -> bool:
    return e.attributes.get("named_by") == "text"


def _of(scene: Scene, kind: str) -> list[Element]:
    return [e for e in scene.elements if e.attributes.get("kind") == kind]


def _meant(scene: Scene, reading: ParsedSentence, found: list[Element]) -> dict[str, Any]:
    p = reading.parts
    app = scene.state["app"]
    match reading.kind:
        case "set_slider":
            return {f"sliders.{p['a']}": float(p["value"])}
        case "upload_file":
            return {"uploads": [p["a"]]}
        case "move_card":
            return {f"cards.{p['a']}": p["b"]}
        case _:
            window = str(found[0].attributes["window"])
    at = app["windows"][window]
    width, height = (v / s for v, s in zip(scene.size, scene.scale, strict=True))
    path = f"windows.{window}"
    match reading.kind:
        case "close_window":
            return {path: None}
        case "raise_window":
            return {"order": [*(o for o in app["order"] if o != window), window]}
        case "scroll_list":
            return {f"scrolled.{window}": float(int(p["n"]) * 100)}
        case "move_window":
            x = 0.0 if p["corner"] == "top left" else width - at["w"]
            return {f"{path}.x": x, f"{path}.y": 0.0}
        case _:
            pass
    if p["side"] == "bottom":
        return {f"{path}.h": height / 2 - at["y"]}
    if p["side"] == "right":
        return {f"{path}.w": width / 2 - at["x"]}
    return {f"{path}.w": at["x"] + at["w"] - width / 2, f"{path}.x": width / 2}


def wrong_versions(scene: Scene, task: Task) -> Iterator[tuple[str, Task]]:
    """Yield (kind of fault, task) for each way to make a sentence wrong."""

    def said(old: str, new: str) -> Task:
        return dataclasses.replace(task, text=task.text.replace(old, new, 1))

    number = re.search(r"\b(\d+) (?:by dragging|notch)", task.text)
    if number:
        other = str(int(number[1]) + 5)
        yield "another_number", said(number[0], number[0].replace(number[1], other))
    for old, new in (
        ("right edge", "left edge"),
        ("left edge", "right edge"),
        ("bottom edge", "right edge"),
        ("top left", "top right"),
        ("top right", "top left"),
        ("close the", "scroll the"),
        ("Close the", "Scroll the"),
        ("the card", "the file"),
        ("the file", "the card"),
    ):
        if old in task.text:
            yield "another_word", said(old, new)
    names = {str(e.attributes["name"]) for e in scene.elements if "name" in e.attributes}
    names |= {e.text for e in _of(scene, "title")}
    for name in re.findall(r"“([^”]+)”", task.text):
        yield "invented_name", said(f"“{name}”", f"“{name} 2”")
        for other in sorted(n for n in names if f"“{n}”" not in task.text)[:2]:
            yield "another_name", said(f"“{name}”", f"“{other}”")
