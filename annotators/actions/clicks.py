"""The click family of actions: one element, one point, and where else the click may land."""

from __future__ import annotations

from typing import Literal

from corpuswright.annotators.actions import place_expressions, regions
from corpuswright.storage.records import Action, Element, Scene, Target

ClickKind = Literal["click", "double_click", "right_click", "middle_click", "hover"]

# button and number of clicks of each kind
CLICKS: dict[ClickKind, tuple[str, int]] = {
    "click": ("left", 1),
    "double_click": ("left", 2),
    "right_click": ("right", 1),
    "middle_click": ("middle", 1),
    "hover": ("none", 0),
}


class ActionError(ValueError):
    """A target does not hold on this scene; the message says why."""


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
    point = place_expressions.evaluate(scene, expression)
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
        target = place_expressions.element(scene, target.parent)
        found.append(target)
    return found
