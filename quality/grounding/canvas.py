"""A blind resolver for drawings: finds the shapes a sentence means and computes where things end.

It shares no code with the grammar: descriptions are matched against each shape anew, and the
numbers that must hold afterwards are worked out from the shapes' corners.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping
from typing import Any

from corpuswright.quality.grounding.patterns import ParsedSentence, Trace, Unclear, checker, reader
from corpuswright.storage.records import Element, Scene, Task

VERSION = 2  # bump when a verdict can change

_REF = r"the (?:(?:text box|task) “[^“”]+”|[^,“”]+?)"
_SENTENCES: tuple[tuple[str, str], ...] = (
    ("click_shape", rf"click (?P<a>{_REF})"),
    ("add_shape", rf"hold Shift and click (?P<a>{_REF}) to add it to the selection"),
    (
        "move_midway",
        rf"drag (?P<a>{_REF}) so that its centre is midway between (?P<b>{_REF}) and (?P<c>{_REF})",
    ),
    (
        "align",
        rf"drag (?P<a>{_REF}) (?P<way>sideways|up or down) until its (?P<side>\w+) edge lines up "
        rf"with the (?P<side2>\w+) edge of (?P<b>{_REF})",
    ),
    (
        "resize_shape",
        r"drag the handle in the middle of the (?P<side>\w+) edge of the selected shape "
        r"to make it (?P<how>twice|half) as (?P<size>wide|high)",
    ),
    (
        "rotate_shape",
        r"turn the selected shape "
        r"(?P<how>180 degrees|90 degrees (?:counter-)?clockwise) by its rotation handle",
    ),
    (
        "marquee",
        rf"drag a box from top left to bottom right around (?P<a>{_REF}) and (?P<b>{_REF}) "
        r"to select both and nothing else",
    ),
    (
        "connect",
        r"drag the (?P<part>head|tail|left end|right end) of the selected "
        rf"(?P<type>line|arrow|double arrow) to the (?P<side>\w+) of (?P<a>{_REF})",
    ),
    (
        "move_corner",
        r"drag the (?P<which>\w+) corner of the selected (?P<type>[\w -]+) "
        rf"to the centre of (?P<a>{_REF})",
    ),
    ("write_in_shape", rf"double-click (?P<a>{_REF}), type “(?P<text>[^”]*)” and press Enter"),
    (
        "draw_line",
        rf"draw one line through the centres of (?P<way>{_REF}(?:, then {_REF})+?)"
        r"(?P<closed> and back to where it began)?",
    ),
)
_TRACES: Mapping[str, Trace] = {
    "click_shape": ("click",),
    "add_shape": ("shift+click",),
    "write_in_shape": ("double_click", "type", "press"),
    "draw_line": ("draw",),
}
_PLACE = re.compile(
    r"(?P<rest>.+) in the "
    r"(?P<place>centre|(?:top|middle|bottom) (?:left|centre|right)) of the screen\Z"
)
_OUTLINE = re.compile(r"(?P<rest>.+) with a (?P<dash>dashed|solid) (?P<stroke>[\w ]+) outline\Z")
_ORDER = re.compile(
    r"(?P<n>first|second|third|fourth|fifth|sixth|seventh|eighth) (?P<rest>.+) from the left\Z"
)
_COUNT = {
    w: i for i, w in enumerate("first second third fourth fifth sixth seventh eighth".split())
}
_SIDES = {"left": (0, 0), "top": (1, 1), "right": (2, 0), "bottom": (3, 1)}


read = reader(_SENTENCES, "In this drawing")


def _things(scene: Scene) -> list[Element]:
    return [e for e in scene.elements if e.attributes.get("kind") in ("shape", "line")]


def find(scene: Scene, phrase: str) -> Element:
    """Return the one thing that a noun phrase fits; raises Unclear else."""
    words = phrase.removeprefix("the ")
    things = _things(scene)
    place, outline = _PLACE.match(words), _OUTLINE.match(words)
    order = _ORDER.match(words)
    size = re.match(r"(larger|smaller) (.+)\Z", words)
    core = (
        place["rest"]
        if place
        else outline["rest"]
        if outline
        else order["rest"]
        if order
        else size[2]
        if size
        else words
    )
    fits = [e for e in things if core == _plain(e)]
    if outline:
        wanted = (outline["dash"] == "dashed", outline["stroke"])
        fits = [e for e in fits if (e.attributes["dashed"], e.attributes["stroke"]) == wanted]
    if place:
        fits = [e for e in fits if _cell(scene, e) == place["place"]]
    if order:
        fits.sort(key=lambda e: _middle(e)[0])
        fits = fits[_COUNT[order["n"]] :][:1]
    if size:
        fits.sort(key=_size, reverse=size[1] == "larger")
        fits = fits[:1] if len(fits) == 2 and _size(fits[0]) != _size(fits[1]) else fits
    if len(fits) != 1:
        reason = "sentence_is_ambiguous" if fits else "sentence_fits_nothing"
        raise Unclear(reason, f"{len(fits)} fit {phrase}")
    return fits[0]


def _plain(e: Element) -> str:
    a = e.attributes
    if a["type"] in ("text box", "task"):
        return f"{a['type']} “{e.text}”"
    return f"{a['fill'] if a['kind'] == 'shape' else a['stroke']} {a['type']}"


def _box(e: Element) -> list[float]:
    """Return the box of a thing's corners, in image pixels."""
    corners: list[list[float]] = e.attributes["outline"]
    xs, ys = [c[0] for c in corners], [c[1] for c in corners]
    return [min(xs), min(ys), max(xs), max(ys)]


def _middle(e: Element) -> tuple[float, float]:
    x0, y0, x1, y1 = _box(e)
    return (x0 + x1) / 2, (y0 + y1) / 2


def _size(e: Element) -> float:
    x0, y0, x1, y1 = _box(e)
    return (x1 - x0) * (y1 - y0)


def _cell(scene: Scene, e: Element) -> str:
    x, y = _middle(e)
    row = ("top", "middle", "bottom")[min(2, int(3 * y / scene.size[1]))]
    column = ("left", "centre", "right")[min(2, int(3 * x / scene.size[0]))]
    return "centre" if (row, column) == ("middle", "centre") else f"{row} {column}"


def _name(e: Element) -> str:
    return str(e.attributes["id"])


def _selected(scene: Scene) -> Element:
    found = [e for e in _things(scene) if e.state.get("selected")]
    if len(found) != 1:
        raise Unclear("sentence_fits_nothing", f"{len(found)} things are selected")
    return found[0]


def _meant(scene: Scene, reading: ParsedSentence) -> tuple[list[Element], dict[str, Any]]:
    """Return the things a sentence names in order, and what must hold in the end."""
    p, kind = reading.parts, reading.kind
    if kind == "draw_line":
        way = [find(scene, r) for r in p["way"].split(", then ")]
        way += way[:1] if "closed" in p else []
        return way, {"touched": [_name(e) for e in way]}
    if kind in ("resize_shape", "rotate_shape"):
        return _reshaped(scene, _selected(scene), reading)
    a = find(scene, p["a"])
    match kind:
        case "click_shape":
            return [a], {"selected": [_name(a)]}
        case "add_shape":
            return [a], {"selected": sorted([_name(a), _name(_selected(scene))])}
        case "write_in_shape":
            return [a], {f"shapes.{_name(a)}.text": p["text"]}
        case "marquee":
            b = find(scene, p["b"])
            return [a, b], {"selected": sorted([_name(a), _name(b)]), "marquee": "right down"}
        case "move_midway":
            b, c = find(scene, p["b"]), find(scene, p["c"])
            goal = [(u + v) / 2 for u, v in zip(_middle(b), _middle(c), strict=True)]
            shift = [g - m for g, m in zip(goal, _middle(a), strict=True)]
            return [a, b, c], _shifted(scene, a, shift)
        case "align":
            b = find(scene, p["b"])
            index, axis = _SIDES[p["side"]]
            if p["side"] != p["side2"] or (p["way"] == "sideways") != (axis == 0):
                raise Unclear("sentence_not_read", f"{p['way']} to the {p['side']}")
            shift = [0.0, 0.0]
            shift[axis] = _box(b)[index] - _box(a)[index]
            return [a, b], _shifted(scene, a, shift)
        case "connect":
            line = _selected(scene)
            if line.attributes["type"] != p["type"] or p["side"] not in _SIDES:
                raise Unclear("sentence_fits_another", f"a {line.attributes['type']} is selected")
            side = {"left": "w", "top": "n", "right": "e", "bottom": "s"}[p["side"]]
            return [line, a], {
                "connections": [[_name(line), _end(line, p["part"]), _name(a), side]]
            }
        case _:
            return _cornered(scene, _selected(scene), a, p)


def _shifted(scene: Scene, e: Element, shift: list[float]) -> dict[str, Any]:
    was = _state(scene, e)
    return {
        f"shapes.{_name(e)}.{n}": was[n] + d / s
        for n, d, s in zip(("cx", "cy"), shift, scene.scale, strict=True)
    }


def _state(scene: Scene, e: Element) -> dict[str, float]:
    if e.attributes["kind"] != "shape":
        raise Unclear("sentence_fits_nothing", f"a {e.attributes['type']} is moved otherwise")
    app = scene.state["app"]
    return app["shapes"][_name(e)]


def _reshaped(
    scene: Scene, e: Element, reading: ParsedSentence
) -> tuple[list[Element], dict[str, Any]]:
    p = reading.parts
    if e.attributes["kind"] != "shape":
        raise Unclear("sentence_fits_nothing", "no shape is selected")
    if reading.kind == "rotate_shape":
        turns = {"180 degrees": 180.0, "90 degrees clockwise": 90.0}
        return [e], {f"shapes.{_name(e)}.angle": turns.get(p["how"], 270.0)}
    across = p["side"] in ("left", "right")
    if across != (p["size"] == "wide"):
        raise Unclear("sentence_not_read", f"the {p['side']} edge makes nothing {p['size']}")
    x0, y0, x1, y1 = _box(e)
    long = (x1 - x0) / scene.scale[0] if across else (y1 - y0) / scene.scale[1]
    factor = 2.0 if p["how"] == "twice" else 0.5
    was = _state(scene, e)["cx" if across else "cy"]
    moved = (factor - 1) * long / 2 * (1 if p["side"] in ("right", "bottom") else -1)
    path = f"shapes.{_name(e)}"
    size, middle = ("w", "cx") if across else ("h", "cy")
    return [e], {f"{path}.{size}": long * factor, f"{path}.{middle}": was + moved}


def _end(line: Element, part: str) -> str:
    (ax, _), (bx, _) = line.attributes["outline"]
    if part in ("head", "tail"):
        if line.attributes["type"] != "arrow":
            raise Unclear("sentence_fits_nothing", f"a {line.attributes['type']} has no {part}")
        return "end" if part == "head" else "start"
    return "end" if (bx > ax) == (part == "right end") else "start"


def _cornered(
    scene: Scene, e: Element, onto: Element, p: dict[str, str]
) -> tuple[list[Element], dict[str, Any]]:
    corners: list[list[float]] = e.attributes.get("vertices", [])
    ways = {"topmost": (1, 1), "bottommost": (1, -1), "leftmost": (0, 1), "rightmost": (0, -1)}
    if e.attributes["type"] != p["type"] or not corners or p["which"] not in ways:
        raise Unclear("sentence_fits_another", f"a {e.attributes['type']} is selected")
    axis, sign = ways[p["which"]]
    number = min(range(len(corners)), key=lambda i: sign * corners[i][axis])
    was = _state(scene, onto)
    goal = [float(was["cx"]), float(was["cy"])]
    return [e, onto], {f"shapes.{_name(e)}.corners.{number}": goal}


check = checker(read, _TRACES, _meant)


def wrong_versions(scene: Scene, task: Task) -> Iterator[tuple[str, Task]]:
    """Yield (kind of fault, task) for each way to make a sentence wrong."""

    def said(old: str, new: str) -> Task:
        return dataclasses.replace(task, text=task.text.replace(old, new, 1))

    for old, new in (
        ("twice as", "half as"),
        ("half as", "twice as"),
        ("counter-clockwise", "clockwise"),
        ("180 degrees", "90 degrees clockwise"),
        ("left edge of", "right edge of"),
        ("right edge of", "left edge of"),
        ("topmost", "bottommost"),
        ("rightmost", "leftmost"),
        ("the head of", "the tail of"),
        ("the tail of", "the head of"),
        ("Shift", "Ctrl"),
        ("to the top of", "to the bottom of"),
        ("larger", "smaller"),
        ("smaller", "larger"),
        (" first ", " second "),
        (" second ", " first "),
        (" and back to where it began", ""),
        ("in the top", "in the bottom"),
    ):
        if old in task.text:
            yield "another_word", said(old, new)
    named = {_plain(e) for e in _things(scene)}
    for phrase in sorted(n for n in named if n in task.text):
        colour = next(
            (c for c in ("red", "blue", "green", "black", "yellow") if not phrase.startswith(c)), ""
        )
        kind = next(str(e.attributes["type"]) for e in _things(scene) if _plain(e) == phrase)
        other = f"{colour} {kind}"
        if other not in named:
            yield "another_colour", said(phrase, other)
        swap = f"{phrase.removesuffix(kind)}{'heart' if kind != 'heart' else 'cloud'}"
        if swap not in named:
            yield "another_type", said(phrase, swap)
        for there in sorted(named - {phrase})[:2]:
            if there not in task.text:
                yield "another_shape", said(phrase, there)
