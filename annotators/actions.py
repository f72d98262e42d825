"""The click family of actions, over expressions that name elements and never numbers.

`e7.click_point` is the probed point the renderer found; `e7.center` and the edges are computed from
the visible box. A wrong name or part is refused, so an annotator that invents one is caught.
"""

from __future__ import annotations

import re
from typing import Literal

from corpuswright.annotators import regions
from corpuswright.storage.records import Action, Element, Point, Scene, Target

ClickKind = Literal["click", "double_click", "right_click", "middle_click", "hover"]

# button and number of clicks of each kind
CLICKS: dict[ClickKind, tuple[str, int]] = {
    "click": ("left", 1),
    "double_click": ("left", 2),
    "right_click": ("right", 1),
    "middle_click": ("middle", 1),
    "hover": ("none", 0),
}

_EXPRESSION = re.compile(r"(e[0-9]+)\.([a-z_]+)\Z")


class ActionError(ValueError):
    """An expression or a target does not hold on this scene; the message says why."""


def element(scene: Scene, name: str) -> Element:
    """Return the element called `name`; raises ActionError when there is none."""
    number = name.removeprefix("e")
    if number.isdigit() and int(number) < len(scene.elements):
        found = scene.elements[int(number)]
        if found.id == name:
            return found
    raise ActionError(f"expected one of {len(scene.elements)} elements, saw {name!r}")


def evaluate(scene: Scene, expression: str) -> Point:
    """Return the point in image pixels that an expression names.

    Raises:
        ActionError: The expression is not `<element>.<part>`, or the part is not to be had.
    """
    match = _EXPRESSION.match(expression)
    if match is None:
        raise ActionError(f"expected <element>.<part>, saw {expression!r}")
    found = element(scene, match[1])
    if match[2] == "click_point" and found.click_point is not None:
        return found.click_point
    if found.visible_box is None:
        raise ActionError(f"{expression}: the element is not visible")
    x0, y0, x1, y1 = found.visible_box
    parts: dict[str, Point] = {
        "center": ((x0 + x1) / 2, (y0 + y1) / 2),
        "left_edge": (x0, (y0 + y1) / 2),
        "right_edge": (x1, (y0 + y1) / 2),
        "top_edge": ((x0 + x1) / 2, y0),
        "bottom_edge": ((x0 + x1) / 2, y1),
    }
    if match[2] not in parts:
        raise ActionError(f"{expression}: expected one of {sorted(parts)} or a click_point")
    return parts[match[2]]


def click(scene: Scene, target: Element, kind: ClickKind) -> tuple[Action, Target]:
    """Return the action and the target region for one click on an element.

    The forbidden polygons are the other interactive elements that lie over the target's box and do
    not hold the target: a click there is a click on them.

    Raises:
        ActionError: No point reaches the element, or its region cannot be told exactly.
    """
    if target.click_point is None or target.visible_box is None:
        raise ActionError("unreachable")
    accept = regions.accept(target)
    if not accept:
        raise ActionError("no_exact_region")
    if any(not hit for point, hit in regions.probes(target) if regions.contains(accept, point)):
        raise ActionError("partly_covered")
    above = {e.id for e in _ancestors(scene, target)}
    forbid = tuple(
        polygon
        for other in scene.elements
        if other.attributes.get("interactive")
        and other.id != target.id
        and other.id not in above
        and other.visible_box is not None
        and regions.overlaps(other.visible_box, target.visible_box)
        for polygon in regions.accept(other)
    )
    expression = f"{target.id}.click_point"
    point = evaluate(scene, expression)
    if not regions.contains(accept, point) or regions.contains(forbid, point):
        raise ActionError("point_on_another")
    button, count = CLICKS[kind]
    return (
        Action(kind, (expression,), (point,), button, count),
        Target(target.id, 1, accept, forbid, point),
    )


def _ancestors(scene: Scene, target: Element) -> list[Element]:
    found: list[Element] = []
    while target.parent is not None:
        target = element(scene, target.parent)
        found.append(target)
    return found
