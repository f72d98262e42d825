"""The primitives of canvas scenes: outlines in a unit square, by the name a person would use.

The paper draws 76 types (arXiv 2605.12501, App. C.4) and does not list them; these are ours. Curves
are polygons of many corners, so that what is drawn, hit and labelled is one and the same outline.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from corpuswright.storage.records import Point

Outline = list[Point]
ARC = 48  # corners of a full turn: off a circle by 0.2 % of its radius


def _arc(cx: float, cy: float, rx: float, ry: float, a: float, b: float) -> Outline:
    n = max(2, round(abs(b - a) / 360 * ARC))
    angles = [math.radians(a + (b - a) * i / n) for i in range(n + 1)]
    return [(cx + rx * math.cos(t), cy + ry * math.sin(t)) for t in angles]


def _regular(n: int) -> Outline:
    return _fit([(math.sin(2 * math.pi * i / n), -math.cos(2 * math.pi * i / n)) for i in range(n)])


def _star(n: int, inner: float) -> Outline:
    turn = math.pi / n
    return _fit(
        [
            (
                (inner if i % 2 else 1) * math.sin(i * turn),
                -(inner if i % 2 else 1) * math.cos(i * turn),
            )
            for i in range(2 * n)
        ]
    )


def _gear(n: int) -> Outline:
    out: Outline = []
    for i in range(n):
        for share, r in ((-0.35, 0.72), (-0.2, 1.0), (0.2, 1.0), (0.35, 0.72)):
            t = 2 * math.pi * (i + share) / n
            out.append((r * math.sin(t), -r * math.cos(t)))
    return _fit(out)


def _flower(n: int) -> Outline:
    steps = 12 * n
    return _fit(
        [
            (
                (0.72 + 0.28 * math.cos(n * t)) * math.sin(t),
                -(0.72 + 0.28 * math.cos(n * t)) * math.cos(t),
            )
            for t in (2 * math.pi * i / steps for i in range(steps))
        ]
    )


def _fit(points: Sequence[Point]) -> Outline:
    """Stretch an outline to the unit square."""
    xs, ys = [x for x, _ in points], [y for _, y in points]
    wide, high = max(xs) - min(xs), max(ys) - min(ys)
    return [((x - min(xs)) / wide, (y - min(ys)) / high) for x, y in points]


def _turned(outline: Outline, quarters: int) -> Outline:
    for _ in range(quarters % 4):
        outline = [(1 - y, x) for x, y in outline]
    return outline


_ARROW: Outline = [(0, 0.3), (0.6, 0.3), (0.6, 0), (1, 0.5), (0.6, 1), (0.6, 0.7), (0, 0.7)]
_CHEVRON: Outline = [(0, 0), (0.6, 0), (1, 0.5), (0.6, 1), (0, 1), (0.4, 0.5)]
_HEART: Outline = _fit(
    [
        (
            16 * math.sin(t) ** 3,
            -(13 * math.cos(t) - 5 * math.cos(2 * t) - 2 * math.cos(3 * t) - math.cos(4 * t)),
        )
        for t in (2 * math.pi * i / ARC for i in range(ARC))
    ]
)
_WAVE = [(i / 16, 0.2 - 0.15 * math.sin(2 * math.pi * i / 16)) for i in range(17)]

_DRAWN: Mapping[str, Outline] = {
    "rectangle": [(0, 0), (1, 0), (1, 1), (0, 1)],
    "square": [(0, 0), (1, 0), (1, 1), (0, 1)],
    "rounded rectangle": [
        *_arc(0.85, 0.25, 0.15, 0.25, -90, 0),
        *_arc(0.85, 0.75, 0.15, 0.25, 0, 90),
        *_arc(0.15, 0.75, 0.15, 0.25, 90, 180),
        *_arc(0.15, 0.25, 0.15, 0.25, 180, 270),
    ],
    "parallelogram": [(0.25, 0), (1, 0), (0.75, 1), (0, 1)],
    "trapezoid": [(0.25, 0), (0.75, 0), (1, 1), (0, 1)],
    "right trapezoid": [(0, 0), (0.6, 0), (1, 1), (0, 1)],
    "diamond": [(0.5, 0), (1, 0.5), (0.5, 1), (0, 0.5)],
    "kite": [(0.5, 0), (1, 0.3), (0.5, 1), (0, 0.3)],
    "circle": _arc(0.5, 0.5, 0.5, 0.5, 0, 360)[:-1],
    "ellipse": _arc(0.5, 0.5, 0.5, 0.5, 0, 360)[:-1],
    "semicircle": _arc(0.5, 1, 0.5, 1, 180, 360),
    "quarter circle": [(0, 1), *_arc(0, 1, 1, 1, -90, 0)],
    "pie with a slice missing": [(0.5, 0.5), *_arc(0.5, 0.5, 0.5, 0.5, 0, 270)],
    "crescent": _fit([*_arc(0.5, 0.5, 0.5, 0.5, 50, 310), *_arc(0.72, 0.5, 0.42, 0.42, 292, 68)]),
    "teardrop": _fit([(0.5, -0.6), *_arc(0.5, 0.5, 0.5, 0.5, -25, 205)]),
    "egg": _fit([*_arc(0.5, 0.5, 0.5, 0.5, 0, 180), *_arc(0.5, 0.5, 0.5, 0.75, 180, 360)[1:-1]]),
    "leaf": _fit([*_arc(0, 1, 1, 1, -90, 0), *_arc(1, 0, 1, 1, 90, 180)[1:-1]]),
    "heart": _HEART,
    "pill": _fit([*_arc(2, 0.5, 0.5, 0.5, -90, 90), *_arc(0.5, 0.5, 0.5, 0.5, 90, 270)]),
    "cloud": _fit(
        [
            *_arc(0.25, 0.65, 0.25, 0.25, 90, 250),
            *_arc(0.45, 0.4, 0.25, 0.3, 190, 300),
            *_arc(0.72, 0.45, 0.2, 0.22, 240, 360),
            *_arc(0.8, 0.68, 0.2, 0.22, -60, 90),
        ]
    ),
    "triangle": [(0.5, 0), (1, 1), (0, 1)],
    "upside-down triangle": [(0, 0), (1, 0), (0.5, 1)],
    "right triangle": [(0, 0), (1, 1), (0, 1)],
    "pentagon": _regular(5),
    "hexagon": _turned(_regular(6), 1),
    "heptagon": _regular(7),
    "octagon": [(0.3, 0), (0.7, 0), (1, 0.3), (1, 0.7), (0.7, 1), (0.3, 1), (0, 0.7), (0, 0.3)],
    "decagon": _regular(10),
    "dodecagon": _regular(12),
    "three-pointed star": _star(3, 0.3),
    "four-pointed star": _star(4, 0.35),
    "five-pointed star": _star(5, 0.4),
    "six-pointed star": _star(6, 0.58),
    "seven-pointed star": _star(7, 0.55),
    "eight-pointed star": _star(8, 0.6),
    "twelve-pointed star": _star(12, 0.7),
    "gear with six teeth": _gear(6),
    "gear with eight teeth": _gear(8),
    "gear with twelve teeth": _gear(12),
    "flower with four petals": _flower(4),
    "flower with five petals": _flower(5),
    "flower with six petals": _flower(6),
    "flower with eight petals": _flower(8),
    "right arrow": _ARROW,
    "down arrow": _turned(_ARROW, 1),
    "left arrow": _turned(_ARROW, 2),
    "up arrow": _turned(_ARROW, 3),
    "left-right arrow": [
        (0, 0.5), (0.25, 0), (0.25, 0.3), (0.75, 0.3), (0.75, 0), (1, 0.5), (0.75, 1), (0.75, 0.7),
        (0.25, 0.7), (0.25, 1),
    ],
    "up-down arrow": _turned(
        [(0, 0.5), (0.25, 0), (0.25, 0.3), (0.75, 0.3), (0.75, 0), (1, 0.5), (0.75, 1),
         (0.75, 0.7), (0.25, 0.7), (0.25, 1)], 1
    ),
    "four-way arrow": [
        (0.5, 0), (0.65, 0.18), (0.57, 0.18), (0.57, 0.43), (0.82, 0.43), (0.82, 0.35), (1, 0.5),
        (0.82, 0.65), (0.82, 0.57), (0.57, 0.57), (0.57, 0.82), (0.65, 0.82), (0.5, 1),
        (0.35, 0.82), (0.43, 0.82), (0.43, 0.57), (0.18, 0.57), (0.18, 0.65), (0, 0.5),
        (0.18, 0.35), (0.18, 0.43), (0.43, 0.43), (0.43, 0.18), (0.35, 0.18),
    ],
    "notched arrow": [
        (0, 0.3), (0.6, 0.3), (0.6, 0), (1, 0.5), (0.6, 1), (0.6, 0.7), (0, 0.7), (0.15, 0.5),
    ],
    "bent arrow": [
        (0, 1), (0, 0.35), (0.65, 0.35), (0.65, 0.1), (1, 0.5), (0.65, 0.9), (0.65, 0.65),
        (0.3, 0.65), (0.3, 1),
    ],
    "right chevron": _CHEVRON,
    "left chevron": _turned(_CHEVRON, 2),
    "home plate": [(0, 0), (0.7, 0), (1, 0.5), (0.7, 1), (0, 1)],
    "plus sign": [
        (0.33, 0), (0.67, 0), (0.67, 0.33), (1, 0.33), (1, 0.67), (0.67, 0.67), (0.67, 1),
        (0.33, 1), (0.33, 0.67), (0, 0.67), (0, 0.33), (0.33, 0.33),
    ],
    "X shape": [
        (0.2, 0), (0.5, 0.3), (0.8, 0), (1, 0.2), (0.7, 0.5), (1, 0.8), (0.8, 1), (0.5, 0.7),
        (0.2, 1), (0, 0.8), (0.3, 0.5), (0, 0.2),
    ],
    "T shape": [
        (0, 0), (1, 0), (1, 0.33), (0.67, 0.33), (0.67, 1), (0.33, 1), (0.33, 0.33), (0, 0.33),
    ],
    "L shape": [(0, 0), (0.35, 0), (0.35, 0.65), (1, 0.65), (1, 1), (0, 1)],
    "U shape": [
        (0, 0), (0.3, 0), (0.3, 0.7), (0.7, 0.7), (0.7, 0), (1, 0), (1, 1), (0, 1),
    ],
    "H shape": [
        (0, 0), (0.3, 0), (0.3, 0.35), (0.7, 0.35), (0.7, 0), (1, 0), (1, 1), (0.7, 1),
        (0.7, 0.65), (0.3, 0.65), (0.3, 1), (0, 1),
    ],
    "Z shape": [
        (0, 0), (0.65, 0), (0.65, 0.65), (1, 0.65), (1, 1), (0.35, 1), (0.35, 0.35), (0, 0.35),
    ],
    "staircase": [
        (0, 1), (0, 0.75), (0.25, 0.75), (0.25, 0.5), (0.5, 0.5), (0.5, 0.25), (0.75, 0.25),
        (0.75, 0), (1, 0), (1, 1),
    ],
    "house": [(0.5, 0), (1, 0.4), (0.85, 0.4), (0.85, 1), (0.15, 1), (0.15, 0.4), (0, 0.4)],
    "shield": [(0, 0), (1, 0), *_arc(0, 0.4, 1, 0.6, 0, 60), *_arc(1, 0.4, 1, 0.6, 120, 180)],
    "lightning bolt": [
        (0.55, 0), (0.1, 0.55), (0.42, 0.55), (0.2, 1), (0.9, 0.4), (0.55, 0.4), (0.85, 0),
    ],
    "hourglass": [(0, 0), (1, 0), (0.55, 0.5), (1, 1), (0, 1), (0.45, 0.5)],
    "bow tie": [(0, 0), (0.5, 0.4), (1, 0), (1, 1), (0.5, 0.6), (0, 1)],
    "arrowhead": [(0.5, 0), (1, 1), (0.5, 0.7), (0, 1)],
    "document with a wavy edge": [
        (0, 0), (1, 0), *[(1 - x, 0.6 + y) for x, y in _WAVE],
    ],
    "waving flag": [*_WAVE, *[(1 - x, 0.8 + 0.15 * math.sin(2 * math.pi * x)) for x, _ in _WAVE]],
    "speech bubble": [
        (0, 0), (1, 0), (1, 0.7), (0.5, 0.7), (0.2, 1), (0.25, 0.7), (0, 0.7),
    ],
    "off-page connector": [(0, 0), (1, 0), (1, 0.65), (0.5, 1), (0, 0.65)],
    "slanted-top box": [(0, 0.3), (1, 0), (1, 1), (0, 1)],
    "D shape": [(0, 0), (0.5, 0), *_arc(0.5, 0.5, 0.5, 0.5, -90, 90), (0, 1)],
    "ribbon": [
        (0, 0), (1, 0), (0.85, 0.5), (1, 1), (0, 1), (0.15, 0.5),
    ],
    "price tag": [(0.3, 0), (1, 0), (1, 1), (0.3, 1), (0, 0.5)],
    "ticket": [
        (0, 0), (1, 0), (1, 0.3), *_arc(1, 0.5, 0.1, 0.2, 270, 90)[1:-1], (1, 0.7), (1, 1), (0, 1),
        (0, 0.7), *_arc(0, 0.5, 0.1, 0.2, 90, -90)[1:-1], (0, 0.3),
    ],
}  # fmt: skip

# Name → outline. Shapes with one proportion (squares, regular polygons) are in `EQUAL`.
CLOSED: Mapping[str, Outline] = {name: _fit(outline) for name, outline in _DRAWN.items()}

# Open: a line with two ends.
LINES: tuple[str, ...] = ("line", "arrow", "double arrow")

EQUAL = frozenset(
    n
    for n in CLOSED
    if n
    in (
        "square",
        "circle",
        "quarter circle",
        "pie with a slice missing",
        "heart",
        "plus sign",
        "X shape",
        "four-way arrow",
    )
    or n.endswith(("agon", "star", "teeth", "petals"))
)
# Drawn so that they cannot be taken for their equal-sided kin.
LONG = frozenset(("rectangle", "ellipse", "rounded rectangle", "pill"))
