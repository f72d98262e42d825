"""What is on a canvas and how it is called: the paper's cascade of references (App. C.4).

Fill and type, then outline, region, size and order, until the phrase fits one thing only.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from corpuswright.storage.records import Box, Element, Point, Scene

LARGER = 1.5  # ratio of areas from which "larger" is seen at once: ours
# These have no colour of their own: they are told from others by what they say.
BOX, STEP = "text box", "task"
CENTRED = 3.0  # CSS px between the two centres: half of what a point on a centre may miss it by
APART = 24  # CSS px between centres that an order from left to right needs: ours


class Drawing:
    """A canvas scene: its shapes and lines, what is selected, and which tool is taken."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.app = scene.state["app"]
        self.all = [e for e in scene.elements if e.attributes.get("kind") in ("shape", "line")]
        self.shapes = [e for e in self.all if e.attributes["kind"] == "shape"]
        # What an application can do, it tells of in its state.
        self.marquee = "marquee" in self.app
        self.writes = "editing" in self.app
        self.snaps = not self.marquee  # a diagram's shapes go to where they stand in line
        self.foreign = not self.writes  # an application of others, whose rules are its own
        tools = [e.name for e in scene.elements if _pressed(e)]
        self.pen = tools == ["Pen"]
        chosen = [e for e in self.all if e.state.get("selected")]
        self.one: Element | None = chosen[0] if len(chosen) == 1 else None
        self.scale = scene.scale[0]
        # Of a tool bar over the canvas, whose buttons stay pressed.
        buttons = [e.box[3] for e in scene.elements if "pressed" in e.state]
        self.top = max(buttons, default=0.0)

    def names(self) -> dict[str, str]:
        """Return how each shape and line is called, where it can be told from all others."""
        return {e.id: name for e in self.all if (name := refer(self, e))}

    def free(self, e: Element) -> bool:
        """Whether a press at a shape's click point takes the shape, not a handle."""
        if e.click_point is None or (e.visible_fraction or 0) < 0.2:
            return False
        return all(math.dist(e.click_point, k) > 12 * self.scale for k in self.knobs())

    def knobs(self) -> list[Point]:
        """Return the handles, ends and corners of the selected shape: a press there takes them."""
        if self.one is None:
            return []
        corners: list[list[float]] = self.one.attributes.get("vertices", [])
        return [*points_of(self.one).values(), *((x, y) for x, y in corners)]


def _pressed(e: Element) -> bool:
    return e.role == "button" and e.state.get("pressed") == "true"


def points_of(e: Element) -> dict[str, Point]:
    """Return a thing's named points: handles, ends, centre."""
    found: dict[str, list[float]] = e.attributes["points"]
    return {n: (x, y) for n, (x, y) in found.items()}


def bounds_of(e: Element) -> Box:
    """Return the box of a thing's corners, without the width of its line."""
    return tuple(e.attributes["bounds"])


def centre_of(e: Element) -> Point:
    """Return a thing's centre."""
    return points_of(e)["center"]


def has_centre(drawing: Drawing, e: Element) -> bool:
    """Say whether a shape's centre is where anybody sees it: its box's and its area's are one.

    A right triangle's box has its centre on the long side, which nobody would call the centre.
    """
    outline = np.array(e.attributes["outline"], np.float64)
    (x, y), (u, v) = outline.T, np.roll(outline, -1, axis=0).T
    pieces = x * v - u * y  # twice the signed area of each triangle with the origin
    if abs(pieces.sum()) < 1e-6:
        return False
    centroid = np.array([(x + u) @ pieces, (y + v) @ pieces]) / (3 * pieces.sum())
    return math.dist(tuple(centroid), centre_of(e)) <= CENTRED * drawing.scale


def id_of(e: Element) -> str:
    """Return what the application calls a thing."""
    return str(e.attributes["id"])


_ROWS, _COLUMNS = ("top", "middle", "bottom"), ("left", "centre", "right")
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")


def refer(drawing: Drawing, e: Element) -> str:
    """Return a noun phrase that fits this shape and no other; empty if the cascade finds none."""
    a = e.attributes
    if a["type"] in (BOX, STEP):
        alike = [o for o in drawing.all if (o.name, o.text) == (e.name, e.text)]
        told = e.text and a["legible"]  # nothing lies on its letters, and they on nothing else
        return f"the {a['type']} “{e.text}”" if len(alike) == 1 and told else ""
    colour = a["fill"] if a["kind"] == "shape" else a["stroke"]
    plain = f"{colour} {a['type']}"
    rivals = [o for o in drawing.all if _kin(o) == _kin(e)]
    if len(rivals) == 1:
        return f"the {plain}"
    outlined = f"{plain} with {'a dashed' if a['dashed'] else 'a solid'} {a['stroke']} outline"
    if a["kind"] == "shape":
        same = [o for o in rivals if _outline(o) == _outline(e)]
        if len(same) == 1:
            return f"the {outlined}"
    here = _region(drawing, e)
    if sum(_region(drawing, o) == here for o in rivals) == 1:
        return f"the {plain} in the {here} of the screen"
    return ranked(e, rivals, plain, _area, APART * drawing.scale)


def ranked(
    e: Element, rivals: Sequence[Element], noun: str, area: Callable[[Element], float], apart: float
) -> str:
    """Return the end of the cascade: larger or smaller of two, or the place in a row.

    Empty where neither tells `e` from its `rivals` (which include it): sizes alike, or less than
    `apart` image pixels between two centres.
    """
    if len(rivals) == 2:
        (other,) = (o for o in rivals if o is not e)
        ratio = area(e) / area(other)
        if max(ratio, 1 / ratio) >= LARGER:
            return f"the {'larger' if ratio > 1 else 'smaller'} {noun}"
    order = sorted(rivals, key=lambda o: centre_of(o)[0])
    gaps = [centre_of(b)[0] - centre_of(a)[0] for a, b in itertools.pairwise(order)]
    if len(order) <= len(_ORDINALS) and min(gaps) >= apart:
        return f"the {_ORDINALS[order.index(e)]} {noun} from the left"
    return ""


def _kin(e: Element) -> tuple[Any, ...]:
    a = e.attributes
    return (a["type"], a["fill"] if a["kind"] == "shape" else a["stroke"])


def _outline(e: Element) -> tuple[Any, ...]:
    return (e.attributes["stroke"], e.attributes["dashed"])


def _area(e: Element) -> float:
    x0, y0, x1, y1 = bounds_of(e)
    return max(1.0, (x1 - x0) * (y1 - y0))


def _region(drawing: Drawing, e: Element) -> str:
    x, y = centre_of(e)
    width, height = drawing.scene.size
    row = _ROWS[min(2, int(y / height * 3))]
    column = _COLUMNS[min(2, int(x / width * 3))]
    return "centre" if (row, column) == ("middle", "centre") else f"{row} {column}"
