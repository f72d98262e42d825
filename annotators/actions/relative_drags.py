"""Drags whose end means something only beside their start.

A window goes as far as the mouse does, wherever its title was taken; a shape turns by the angle
between press and release. Regions, one for each end, cannot say so: of two answers inside both, one
may be right and one wrong. So such a task's `expected` has a `gesture`:

    unit      image pixels of one of the application's own, across and down
    press     polygons in image pixels that the press must lie in, `avoid` those it must not
    whole     whether the application itself asks what lies under the pointer, as one does that
              draws on a canvas: then the press counts where it is told to be, in whole units
    x, y      least and most that the pointer goes, in units; None where the hand is free
    centre    for a turn, in image pixels, with `degrees`, least and most, clockwise

A pointer stands on a pixel, and applications learn where it is in whole units (UI Events, `clientX`
of a mouse event), so both ends are cut to them before they are compared, and the verdict is what
performing would give.
Targets of such tasks are narrow: whatever lies in both fulfils the task.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from corpuswright.annotators.actions import gestures, place_expressions, regions
from corpuswright.annotators.actions.gestures import Place
from corpuswright.storage.records import Action, Json, Point, Polygon, Scene, Target

# Units around the press of a task, and more than its end may miss by: a hand's, where it has to
# hold on to something. One unit besides is lost in cutting both ends to whole ones.
PRESS = 2.0
WHOLE = 1.0
INSIDE = 0.75  # of the arm of a turn: nearer to its centre a unit is too many degrees
# Of a pixel, behind its edge: so little that no browser sees it (its boxes lie on 64ths of one) and
# more than is lost where a place is divided by a scale in single precision and multiplied again. At
# a place further inside, what lies on top of the next pixel would be hit already.
ON = 0.005
_LEAST = 0.25  # of PRESS: what is left where it would stand out of what may be pressed

Range = tuple[float | None, float | None]


def shift(
    scene: Scene,
    press: Place,
    end: Place,
    x: Range | None,
    y: Range | None,
    whole: bool = False,
) -> tuple[Action, tuple[Target, ...], Json]:
    """Return a drag that moves something by as much as the pointer goes.

    Args:
        scene: Where.
        press: All places it may begin at.
        end: Where it ends when it begins at `press.at`, and how far from that it may.
        x: Least and most across in the application's units; None is free.
        y: Least and most down.
        whole: Whether the application itself asks what lies under the pointer.
    """
    action, targets = gestures.many(scene, "drag", [_narrow(scene, press), end])
    way = {"x": x and list(x), "y": y and list(y)}
    return action, targets, {**_pressed(scene, press, whole), **way}


def turn(
    scene: Scene,
    press: Place,
    end: str,
    centre: Point,
    degrees: tuple[float, float],
    whole: bool = True,
) -> tuple[Action, tuple[Target, ...], Json]:
    """Return a drag around `centre` (image pixels), by `degrees` clockwise, from least to most.

    Args:
        scene: Where.
        press: All places it may begin at.
        end: Where it ends when it begins at `press.at`.
        centre: What it goes around.
        degrees: Least and most.
        whole: Whether the application itself asks what lies under the pointer; one whose knobs are
            things of the page leaves that to the browser.
    """
    start = _narrow(scene, press)
    first = place_expressions.evaluate(scene, press.at)
    arm = math.dist(first, centre)
    unit = min(scene.scale)
    # What a press and cutting to units may change of the angle is no longer the end's to miss.
    lost = math.degrees((math.sqrt(2) * (PRESS + WHOLE)) * unit / arm)
    lost += math.degrees(math.sqrt(2) * WHOLE * unit / (INSIDE * arm))
    least, most = degrees
    begun = math.degrees(math.atan2(first[1] - centre[1], first[0] - centre[0]))
    wedge = _wedge(scene, centre, arm, begun + least + lost, begun + most - lost)
    goal = Place(end, (wedge,), element=press.element)
    action, targets = gestures.many(scene, "drag", [start, goal])
    return (
        action,
        targets,
        {**_pressed(scene, press, whole), "centre": list(centre), "degrees": [least, most]},
    )


def fault(gesture: Json, points: Sequence[Point], size: tuple[int, int]) -> str:
    """Return why a drag does not do what a gesture asks; empty if it does.

    Args:
        gesture: A task's `expected["gesture"]`.
        points: The drag's, in image pixels.
        size: Of the image.
    """
    if len(points) != 2:
        return "not_a_drag"
    if not all(0 <= v < s for p in points for v, s in zip(p, size, strict=True)):
        return "outside_image"
    unit = gesture["unit"]
    start = points[0]
    if gesture.get("whole"):  # older exports do not say it
        x, y = _whole(start, unit)
        start = x * unit[0], y * unit[1]
    if not regions.contains(_polygons(gesture["press"]), start):
        return "press_missed"
    if regions.contains(_polygons(gesture["avoid"]), start):
        return "press_on_another"
    (ax, ay), (bx, by) = (_whole(p, unit) for p in points)
    if "centre" in gesture:
        cx, cy = (c / u for c, u in zip(gesture["centre"], unit, strict=True))
        turned = math.degrees(math.atan2(by - cy, bx - cx) - math.atan2(ay - cy, ax - cx))
        least, most = gesture["degrees"]
        return "" if (turned - least) % 360 <= most - least else "turned_otherwise"
    for gone, bounds in ((bx - ax, gesture["x"]), (by - ay, gesture["y"])):
        least, most = bounds or (None, None)
        if (least is not None and gone < least) or (most is not None and gone > most):
            return "moved_otherwise"
    return ""


def _whole(point: Point, unit: Sequence[float]) -> Point:
    x, y = (math.floor(v / u) for v, u in zip(on_pixel(point), unit, strict=True))
    return x, y


def on_pixel(point: Point) -> Point:
    """Return where a pointer stands that is put at a point of an image: on one pixel."""
    x, y = point
    return math.floor(x) + ON, math.floor(y) + ON


def _polygons(plain: Any) -> list[Polygon]:
    return [tuple((float(x), float(y)) for x, y in polygon) for polygon in plain]


def _pressed(scene: Scene, press: Place, whole: bool) -> dict[str, Any]:
    press_in, avoid = (
        [[list(p) for p in polygon] for polygon in polygons]
        for polygons in (press.accept, press.forbid)
    )
    return {"unit": list(scene.scale), "press": press_in, "avoid": avoid, "whole": whole}


def _narrow(scene: Scene, press: Place) -> Place:
    """Return a press near its own point alone, all of it on what may be pressed."""
    point = place_expressions.evaluate(scene, press.at)
    unit, half = min(scene.scale), PRESS
    while half > _LEAST * PRESS:
        square = gestures.around(point, half * unit)
        on = all(regions.contains(press.accept, p) for p in square)
        if on and not any(regions.contains(press.forbid, p) for p in square):
            break
        half /= 2
    return Place(press.at, (gestures.around(point, half * unit),), press.forbid, press.element)


def _wedge(scene: Scene, centre: Point, arm: float, least: float, most: float) -> Polygon:
    """Return what lies between two angles (degrees), near the arm's end and as far as the image."""
    (cx, cy), inner = centre, INSIDE * arm
    angles = [math.radians(least + (most - least) * i / 4) for i in range(5)]
    ways = [(math.cos(a), math.sin(a)) for a in angles]
    outer = [max(inner, min(2 * arm, _room(scene.size, centre, way) - 1)) for way in ways]
    ring = [(cx + r * x, cy + r * y) for r, (x, y) in zip(outer, ways, strict=True)]
    return (*ring, *((cx + inner * x, cy + inner * y) for x, y in reversed(ways)))


def _room(size: tuple[int, int], point: Point, way: Point) -> float:
    """Return how far the image goes from a point in it, one way."""
    ends = [
        (s - p if w > 0 else p) / abs(w)
        for s, p, w in zip(size, point, way, strict=True)
        if abs(w) > 1e-9
    ]
    return min(ends)
