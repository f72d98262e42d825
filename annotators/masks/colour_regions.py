"""Regions of photographs: an outline each, and a name that fits what it encloses.

A finder is any callable from pixels to regions; a detector of yours (ONNX, HTTP) is one more. The
one that needs no model names what pixels decide by themselves: a closed area of one colour.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from corpuswright.storage.records import Point

VERSION = 1  # bump when other regions are found

POINTS = 20  # of the boundary polygon (arXiv 2605.12501, App. C.5)
TRACED = 0.80  # IoU of those points with the outline, from which they describe it: ours

# All lengths in pixels of the image at LONG, where a colour area has some thousand.
LONG = 512
SPATIAL, RANGE = 10, 20  # mean-shift radius and colour distance that make texture one colour
SMALLEST, LARGEST = 0.006, 0.40  # of the image; below, a click is luck, above, it is the ground
RIVAL = 0.0025  # of the image: an area of the same colour that a reader could mean too
SOLID = 0.55  # area ÷ area of the convex hull: what people call an area has few arms
HOLES = 0.10  # of the area, at most
AT_BORDER = 0.30  # of the outline, at most: beyond the image nobody knows where it ends
EDGES = 0.80  # of the outline must be an edge that can be seen
CONTRAST = 14.0  # CIELAB distance across an edge; 2.3 is just noticeable, blurred edges have 10
_ZOOM = 4  # outlines are read from a mask this much enlarged, so that pixels have corners


class Region(NamedTuple):
    """A part of a photograph.

    Attributes:
        name: What it is: `red area`, `dog`. Others of the same name are told apart by place.
        outline: Corners of its boundary in pixels of the photograph, (0, 0) being the top left
            corner of the top left pixel.
        usable: Whether tasks may be about it; one that is not can still be what somebody else
            would mean by its name.
        origin: `colour`, `coco`, or what your finder calls itself.
    """

    name: str
    outline: tuple[Point, ...]
    usable: bool
    origin: str


Find = Callable[[NDArray[np.uint8]], Sequence[Region]]


def cv2() -> Any:
    """Return OpenCV; raises ImportError that names the extra."""
    try:
        import cv2 as found
    except ImportError as error:
        raise ImportError("photographs need OpenCV: pip install 'corpuswright[vision]'") from error
    return found


# Names that pixels decide: HSV ranges with gaps between them, where people would not agree. Ours,
# after the eleven basic colour terms (Berlin and Kay, 1969). (name, hue from, to, least
# saturation, least value, most value); greys have no hue.
_HUES = (
    ("red", -15.0, 12.0, 0.5, 0.4, 1.0),
    ("orange", 18.0, 38.0, 0.5, 0.75, 1.0),
    ("brown", 12.0, 40.0, 0.35, 0.25, 0.6),
    ("yellow", 45.0, 62.0, 0.3, 0.6, 1.0),
    ("green", 75.0, 165.0, 0.4, 0.35, 1.0),
    ("blue", 195.0, 250.0, 0.4, 0.35, 1.0),
    ("purple", 262.0, 300.0, 0.4, 0.35, 1.0),
    ("pink", 310.0, 345.0, 0.3, 0.6, 1.0),
)
_GREYS = (("black", 0.0, 0.16, 1.0), ("gray", 0.3, 0.75, 0.12), ("white", 0.88, 1.01, 0.12))


def colour_areas(image: NDArray[np.uint8]) -> list[Region]:
    """Return the closed areas of one named colour in an RGB image of shape (H, W, 3)."""
    cv = cv2()
    height, width = image.shape[:2]
    scale = LONG / max(height, width)
    size = (max(8, round(width * scale)), max(8, round(height * scale)))
    small = cv.resize(image, size, interpolation=cv.INTER_AREA)
    soft = cv.pyrMeanShiftFiltering(small, SPATIAL, RANGE, maxLevel=1)
    names = _named(cv.cvtColor(soft.astype(np.float32) / 255, cv.COLOR_RGB2HSV))
    lab = cv.cvtColor(soft.astype(np.float32) / 255, cv.COLOR_RGB2LAB)
    found: list[Region] = []
    for name, mask in names:
        opened = cv.morphologyEx(mask, cv.MORPH_OPEN, np.ones((3, 3), np.uint8))
        count, labels, stats, _ = cv.connectedComponentsWithStats(opened, connectivity=4)
        for i in range(1, count):
            if stats[i, cv.CC_STAT_AREA] < RIVAL * mask.size:
                continue
            part = (labels == i).astype(np.uint8)
            outline = _outline(cv, part)
            usable = _stands_out(cv, part, lab) and traceable(outline)
            xs, ys = width / size[0], height / size[1]
            corners = tuple((round(x * xs, 2), round(y * ys, 2)) for x, y in outline)
            found.append(Region(f"{name} area", corners, usable, "colour"))
    return found


def _named(hsv: NDArray[np.float32]) -> list[tuple[str, NDArray[np.uint8]]]:
    h, s, v = hsv[..., 0], hsv[..., 1], hsv[..., 2]
    masks: list[tuple[str, NDArray[np.uint8]]] = []
    for name, low, high, saturation in _GREYS:
        masks.append((name, ((v >= low) & (v < high) & (s <= saturation)).astype(np.uint8)))
    for name, first, last, saturation, low, high in _HUES:
        hue = (h >= first) & (h < last) if first >= 0 else (h >= 360 + first) | (h < last)
        inside = hue & (s >= saturation) & (v >= low) & (v <= high)
        masks.append((name, inside.astype(np.uint8)))
    return masks


def _outline(cv: Any, mask: NDArray[np.uint8]) -> list[Point]:
    """Return the outer boundary (Suzuki and Abe, 1985), simplified by less than a pixel."""
    large = cv.resize(mask, None, fx=_ZOOM, fy=_ZOOM, interpolation=cv.INTER_NEAREST)
    contours, _ = cv.findContours(large, cv.RETR_EXTERNAL, cv.CHAIN_APPROX_NONE)
    longest = max(contours, key=cv.contourArea)
    corners = cv.approxPolyDP(longest, 0.75 * _ZOOM, True)[:, 0, :]
    return [((float(x) + 0.5) / _ZOOM, (float(y) + 0.5) / _ZOOM) for x, y in corners]


def from_mask(mask: NDArray[np.uint8], name: str, origin: str) -> Region | None:
    """Return the region of a mask of shape (H, W), 1 inside; None if it is empty.

    It is usable if nearly all of it is one piece that POINTS points describe.
    """
    if not mask.any():
        return None
    cv = cv2()
    count, labels, stats, _ = cv.connectedComponentsWithStats(mask, connectivity=8)
    largest = 1 + int(np.argmax(stats[1:count, cv.CC_STAT_AREA]))
    whole = int(stats[1:count, cv.CC_STAT_AREA].sum())
    outline = _outline(cv, (labels == largest).astype(np.uint8))
    area = int(stats[largest, cv.CC_STAT_AREA])
    usable = area >= 0.95 * whole and SMALLEST <= area / mask.size and traceable(outline)
    return Region(name, tuple((round(x, 2), round(y, 2)) for x, y in outline), usable, origin)


def _stands_out(cv: Any, mask: NDArray[np.uint8], lab: NDArray[np.float32]) -> bool:
    """Say whether people would see one area here, and where it ends."""
    contours, _ = cv.findContours(mask, cv.RETR_EXTERNAL, cv.CHAIN_APPROX_NONE)
    contour = max(contours, key=len)
    filled = np.zeros_like(mask)
    cv.drawContours(filled, [contour], -1, 1, -1)
    area, points = int(mask.sum()), contour[:, 0, :]
    height, width = mask.shape
    x, y = points[:, 0], points[:, 1]
    border = np.mean((x <= 1) | (y <= 1) | (x >= width - 2) | (y >= height - 2))
    return bool(
        SMALLEST < area / mask.size < LARGEST
        and area > SOLID * cv.contourArea(cv.convexHull(contour))
        and area > (1 - HOLES) * int(filled.sum())
        and border < AT_BORDER
        and _edged(cv, filled, points, lab) >= EDGES
    )


def _edged(
    cv: Any, filled: NDArray[np.uint8], points: NDArray[np.int32], lab: NDArray[np.float32]
) -> float:
    """Return the share of the outline where colours 4 px inside and 5 px outside differ."""
    inside = cv.distanceTransform(filled, cv.DIST_L2, 3)
    outside = cv.distanceTransform(1 - filled, cv.DIST_L2, 3)
    field = cv.GaussianBlur(inside - outside, (0, 0), 2)
    gx, gy = cv.Sobel(field, cv.CV_32F, 1, 0), cv.Sobel(field, cv.CV_32F, 0, 1)
    height, width = filled.shape
    seen = edges = 0
    for i in np.linspace(0, len(points) - 1, 60).astype(int):
        x, y = (int(v) for v in points[i])
        nx, ny = float(gx[y, x]), float(gy[y, x])
        length = math.hypot(nx, ny)
        if not (math.isfinite(length) and length > 1e-3):
            continue
        nx, ny = nx / length, ny / length
        ox, oy, ix, iy = (round(v) for v in (x - 5 * nx, y - 5 * ny, x + 4 * nx, y + 4 * ny))
        if min(ox, oy, ix, iy) < 0 or max(ox, ix) >= width or max(oy, iy) >= height:
            continue
        seen += 1
        edges += float(np.linalg.norm(lab[oy, ox] - lab[iy, ix])) > CONTRAST
    return edges / seen if seen >= 20 else 0.0


def boundary(outline: Sequence[Point], count: int = POINTS) -> list[Point]:
    """Return points at equal distances along an outline, from its topmost corner on."""
    start = min(range(len(outline)), key=lambda i: (outline[i][1], outline[i][0]))
    ring = [*outline[start:], *outline[:start], outline[start]]
    lengths = [math.dist(a, b) for a, b in itertools.pairwise(ring)]
    step, at, side = sum(lengths) / count, 0.0, 0
    points: list[Point] = []
    for i in range(count):
        while side < len(lengths) - 1 and at + lengths[side] < i * step:
            at += lengths[side]
            side += 1
        share = (i * step - at) / (lengths[side] or 1.0)
        (ax, ay), (bx, by) = ring[side], ring[side + 1]
        points.append((ax + share * (bx - ax), ay + share * (by - ay)))
    return points


def traceable(outline: Sequence[Point]) -> bool:
    """Say whether POINTS points describe an outline."""
    return len(outline) >= 3 and overlap(outline, boundary(outline)) >= TRACED


def overlap(a: Sequence[Point], b: Sequence[Point]) -> float:
    """Return the intersection over union of two polygons, drawn at LONG pixels."""
    cv = cv2()
    both = [*a, *b]
    x0, y0 = min(x for x, _ in both), min(y for _, y in both)
    extent = max(max(x for x, _ in both) - x0, max(y for _, y in both) - y0, 1e-9)
    masks: list[NDArray[np.uint8]] = []
    for polygon in (a, b):
        mask = np.zeros((LONG + 2, LONG + 2), np.uint8)
        place = [[(x - x0) / extent * LONG * 16, (y - y0) / extent * LONG * 16] for x, y in polygon]
        cv.fillPoly(mask, [np.array(place).round().astype(np.int32)], 1, shift=4)
        masks.append(mask)
    union = int((masks[0] | masks[1]).sum())
    return int((masks[0] & masks[1]).sum()) / union if union else 0.0
