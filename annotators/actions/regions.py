"""Where a click on an element may land: polygons in image pixels."""

from __future__ import annotations

import math
from collections.abc import Iterable

from corpuswright.storage.records import Box, Element, Point, Polygon

ARC = 4  # corners of the polygon for each rounded corner: off the arc by less than r / 50


def accept(element: Element) -> tuple[Polygon, ...]:
    """Return the polygons of an element's visible part.

    Wrapped text has one for each line box; a rounded box is cut along its corners (inscribed, so
    every point of the polygon is on the element); a rotated element is its quad, if none of it is
    clipped, else nothing, since clipped and rotated at once is not described by a box.
    """
    shown = element.visible_box
    if shown is None or element.attributes.get("unmeasured"):
        return ()
    if not _upright(element):
        whole = all(abs(a - b) < 0.01 for a, b in zip(shown, element.box, strict=True))
        return (element.quad,) if whole else ()
    fragments = element.attributes.get("fragments")
    if isinstance(fragments, list) and fragments:
        return tuple(_rectangle(tuple(f)) for f in fragments)  # type: ignore[arg-type]
    radius = element.attributes.get("radius")
    if isinstance(radius, list):
        return (_rounded(element.box, [float(r) for r in radius], shown),)  # type: ignore[arg-type]
    return (_rectangle(shown),)


def contains(polygons: Iterable[Polygon], point: Point) -> bool:
    """Say whether a point lies in any of the polygons; the boundary counts as inside."""
    return any(_inside(p, point) for p in polygons)


def probes(element: Element) -> list[tuple[Point, bool]]:
    """Return the renderer's 5 x 5 hit tests: the points and whether each reached the element."""
    mask = element.attributes.get("probes")
    if not isinstance(mask, str) or element.visible_box is None:
        return []
    x0, y0, x1, y1 = element.visible_box
    n = math.isqrt(len(mask))
    return [
        ((x0 + (k % n + 0.5) / n * (x1 - x0), y0 + (k // n + 0.5) / n * (y1 - y0)), mask[k] == "1")
        for k in range(n * n)
    ]


def overlaps(a: Box, b: Box) -> bool:
    """Say whether two boxes share area."""
    return min(a[2], b[2]) > max(a[0], b[0]) and min(a[3], b[3]) > max(a[1], b[1])


def _upright(element: Element) -> bool:
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = element.quad
    return max(abs(y0 - y1), abs(x1 - x2), abs(y2 - y3), abs(x3 - x0)) < 1e-6


def _rectangle(b: Box) -> Polygon:
    return ((b[0], b[1]), (b[2], b[1]), (b[2], b[3]), (b[0], b[3]))


def _rounded(box: Box, radius: list[float], shown: Box) -> Polygon:
    x0, y0, x1, y1 = box
    limit = min(x1 - x0, y1 - y0) / 2
    r = [min(v, limit) for v in radius]
    centres = (
        (x0 + r[0], y0 + r[0], math.pi),
        (x1 - r[1], y0 + r[1], 1.5 * math.pi),
        (x1 - r[2], y1 - r[2], 0.0),
        (x0 + r[3], y1 - r[3], 0.5 * math.pi),
    )
    points: list[Point] = []
    for (cx, cy, start), rad in zip(centres, r, strict=True):
        for k in range(ARC + 1 if rad > 0 else 1):
            angle = start + k / ARC * math.pi / 2
            x, y = cx + rad * math.cos(angle), cy + rad * math.sin(angle)
            # Clamping to the clip box keeps a convex polygon inside both shapes.
            points.append((min(max(x, shown[0]), shown[2]), min(max(y, shown[1]), shown[3])))
    return tuple(dict.fromkeys(points))


def _inside(polygon: Polygon, point: Point) -> bool:
    x, y = point
    odd = False
    for (ax, ay), (bx, by) in zip(polygon, (*polygon[1:], polygon[0]), strict=True):
        cross = (bx - ax) * (y - ay) - (by - ay) * (x - ax)
        on_line = abs(cross) <= 1e-9 * max(1.0, math.hypot(bx - ax, by - ay))
        if on_line and min(ax, bx) <= x <= max(ax, bx) and min(ay, by) <= y <= max(ay, by):
            return True
        if (ay > y) != (by > y) and x < (bx - ax) * (y - ay) / (by - ay) + ax:
            odd = not odd
    return odd
