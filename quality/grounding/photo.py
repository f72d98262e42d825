"""A blind resolver for photo scenes: finds the region a sentence means and works out the end.

It shares no code with the grammar: phrases are matched against each region anew, and numbers are
worked out from outlines, not from the handles that the actions name.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping
from typing import Any

from corpuswright.quality.grounding.patterns import ParsedSentence, Trace, Unclear, checker, reader
from corpuswright.storage.records import Element, Scene, Task

VERSION = 1  # bump when a verdict can change

_REF = r"the [^,:]+?"
_CORNER = r"(?:top|bottom) (?:left|right)"
_SENTENCES: tuple[tuple[str, str], ...] = (
    (
        "drop_selection",
        r"click somewhere in the photo outside the outlined region to drop the selection",
    ),
    (
        "move_region",
        rf"drag (?P<a>{_REF}) so that it stands on top of (?P<b>{_REF}): "
        r"its lower edge on the upper edge of the other, centred",
    ),
    ("move_photo", r"drag the whole photo to the (?P<where>centre) of the work area"),
    ("move_photo", rf"drag the whole photo into the (?P<where>{_CORNER}) corner of the work area"),
    (
        "crop_to",
        rf"draw a crop frame from the top left to the bottom right of (?P<a>{_REF}), "
        r"leaving no space around it",
    ),
    (
        "crop_corner",
        rf"drag the (?P<corner>{_CORNER}) corner of the crop frame to the (?P<onto>{_CORNER}) "
        rf"corner of the box around (?P<a>{_REF})",
    ),
    (
        "push_edge",
        rf"push the (?P<side>leftmost|rightmost|uppermost|lowest) point of (?P<a>{_REF}) "
        r"to the centre of its box",
    ),
    ("paint_over", rf"paint over all of (?P<a>{_REF}) in zig-zags to select it"),
    (
        "trace_region",
        rf"draw a line round the boundary of (?P<a>{_REF}), starting at its highest point",
    ),
    ("select_region", rf"(?:click|select) (?P<a>{_REF})"),
)
_TRACES: Mapping[str, Trace] = {
    "select_region": ("click",),
    "drop_selection": ("click",),
    "paint_over": ("draw",),
    "trace_region": ("draw",),
}
_PLACE = re.compile(
    r"(?P<rest>.+) in the "
    r"(?P<place>centre|(?:top|middle|bottom) (?:left|centre|right)) of the photo\Z"
)
_NTH = {w: i for i, w in enumerate("first second third fourth fifth sixth seventh eighth".split())}
_ORDER = re.compile(rf"(?P<n>{'|'.join(_NTH)}) (?P<rest>.+) from the left\Z")

read = reader(_SENTENCES, "In this image editor")


def _of(scene: Scene, kind: str) -> list[Element]:
    return [e for e in scene.elements if e.attributes.get("kind") == kind]


def find(scene: Scene, phrase: str) -> Element:
    """Return the one region that a noun phrase fits; raises Unclear else."""
    words = phrase.removeprefix("the ")
    place, order = _PLACE.match(words), _ORDER.match(words)
    size = re.match(r"(larger|smaller) (.+)\Z", words)
    core = place["rest"] if place else order["rest"] if order else size[2] if size else words
    fits = [e for e in _of(scene, "region") if e.name == core]
    if place:
        fits = [e for e in fits if _cell(scene, e) == place["place"]]
    elif order:
        fits.sort(key=lambda e: sum(_box(e)[0::2]))
        fits = fits[_NTH[order["n"]] :][:1]
    elif size:
        fits.sort(key=_area, reverse=size[1] == "larger")
        fits = fits[:1] if len(fits) == 2 else fits
    if len(fits) != 1:
        reason = "sentence_is_ambiguous" if fits else "sentence_fits_nothing"
        raise Unclear(reason, f"{len(fits)} fit {phrase}")
    return fits[0]


def _corners(e: Element) -> list[list[float]]:
    return e.attributes["outline"]


def _box(e: Element) -> list[float]:
    xs, ys = [c[0] for c in _corners(e)], [c[1] for c in _corners(e)]
    return [min(xs), min(ys), max(xs), max(ys)]


def _area(e: Element) -> float:
    total, ring = 0.0, _corners(e)
    for i, (x, y) in enumerate(ring):
        total += ring[i - 1][0] * y - x * ring[i - 1][1]
    return abs(total) / 2


def _cell(scene: Scene, e: Element) -> str:
    left, top, right, bottom = _of(scene, "photo")[0].box
    x0, y0, x1, y1 = _box(e)
    across, down = ((x0 + x1) / 2 - left) / (right - left), ((y0 + y1) / 2 - top) / (bottom - top)
    row = "top" if down < 1 / 3 else "middle" if down < 2 / 3 else "bottom"
    column = "left" if across < 1 / 3 else "centre" if across < 2 / 3 else "right"
    return "centre" if (row, column) == ("middle", "centre") else f"{row} {column}"


def _meant(scene: Scene, reading: ParsedSentence) -> tuple[list[Element], dict[str, Any]]:
    """Return the things a sentence names in order, and what must hold in the end."""
    p, kind = reading.parts, reading.kind
    app = scene.state["app"]
    (sx, sy), board = scene.scale, _of(scene, "board")[0].box

    def css(x: float, y: float) -> list[float]:
        return [(x - board[0]) / sx, (y - board[1]) / sy]

    if kind == "drop_selection":
        chosen = [e for e in _of(scene, "region") if e.state.get("selected")]
        if len(chosen) != 1:
            raise Unclear("sentence_fits_nothing", f"{len(chosen)} regions are outlined")
        return chosen, {"selected": None}
    if kind == "move_photo":
        photo = _of(scene, "photo")[0]
        x0, y0, x1, y1 = photo.box
        free = (board[2] - board[0] - (x1 - x0), board[3] - board[1] - (y1 - y0))
        share = {
            "centre": (0.5, 0.5), "top left": (0, 0), "top right": (1, 0),
            "bottom left": (0, 1), "bottom right": (1, 1),
        }[p["where"]]  # fmt: skip
        return [photo], {"photo": [free[0] * share[0] / sx, free[1] * share[1] / sy]}
    a = find(scene, p["a"])
    name, (x0, y0, x1, y1) = str(a.attributes["id"]), _box(a)
    match kind:
        case "select_region":
            if app["selected"] is not None:
                raise Unclear("sentence_fits_another", "a click drops the selection first")
            return [a], {"selected": name}
        case "move_region":
            b = find(scene, p["b"])
            bx0, by0, bx1, _ = _box(b)
            shift = [((bx0 + bx1) - (x0 + x1)) / 2 / sx, (by0 - y1) / sy]
            return [a, b], {f"moved.{name}": shift}
        case "crop_to":
            return [a], {"crop": [*css(x0, y0), *css(x1, y1)], "drawn": "right down"}
        case "crop_corner":
            if p["corner"] != p["onto"]:
                raise Unclear("sentence_not_read", f"{p['corner']} to {p['onto']}")
            frame = list(app["crop"])
            left, top = "left" in p["corner"], "top" in p["corner"]
            frame[0 if left else 2], frame[1 if top else 3] = css(
                x0 if left else x1, y0 if top else y1
            )
            return [_of(scene, "crop")[0], a], {"crop": frame}
        case "push_edge":
            axis, sign = {
                "leftmost": (0, 1), "rightmost": (0, -1), "uppermost": (1, 1), "lowest": (1, -1),
            }[p["side"]]  # fmt: skip
            corner = min(_corners(a), key=lambda c: sign * c[axis])
            return [a], {"pushes": [[*css(*corner), *css((x0 + x1) / 2, (y0 + y1) / 2)]]}
        case "paint_over":
            return [a], {f"painted.{name}": ..., "spill": ...}
        case _:
            return [a], {f"lasso.{name}": ...}


check = checker(read, _TRACES, _meant)


def wrong_versions(scene: Scene, task: Task) -> Iterator[tuple[str, Task]]:
    """Yield (kind of fault, task) for each way to make a sentence wrong."""

    def said(old: str, new: str) -> Task:
        return dataclasses.replace(task, text=task.text.replace(old, new, 1))

    for old, new in (
        ("leftmost", "rightmost"),
        ("rightmost", "leftmost"),
        ("uppermost", "lowest"),
        ("lowest", "uppermost"),
        ("top left corner", "bottom right corner"),
        ("bottom right corner", "top left corner"),
        ("top right corner", "bottom left corner"),
        ("bottom left corner", "top right corner"),
        ("in the top", "in the bottom"),
        ("in the bottom", "in the top"),
        ("larger", "smaller"),
        ("smaller", "larger"),
        (" first ", " second "),
        (" second ", " first "),
        ("paint over all", "draw a line round"),
        ("centre of the work area", "top of the work area"),
    ):
        if old in task.text:
            yield "another_word", said(old, new)
    names = {e.name for e in _of(scene, "region")}
    for name in sorted(n for n in names if f"the {n}" in task.text or f" {n} " in task.text):
        yield "no_such_region", said(name, "tartan zebra")
        for other in sorted(names - {name})[:2]:
            if other not in task.text:
                yield "another_region", said(name, other)
