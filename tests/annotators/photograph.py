"""A photograph whose regions are known: shapes of flat colour on a shaded, noisy ground."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw

from corpuswright.storage.records import Polygon

ZOOM = 4  # drawn larger and reduced, so that edges are as soft as a lens makes them


class Known(NamedTuple):
    """The image, and the outline of each shape by the name it should have."""

    image: Image.Image
    shapes: dict[str, Polygon]


def photograph(width: int = 800, height: int = 600, seed: int = 7) -> Known:
    """Return a photograph with a red disc, a blue box, a yellow hexagon and a green ellipse."""
    rng = np.random.default_rng(seed)
    ramp = np.linspace(165, 190, width)[None, :, None] * np.ones((height, 1, 3))
    ground = np.clip(ramp + rng.normal(0, 5, (height, width, 1)), 0, 255).astype(np.uint8)
    large = Image.fromarray(ground).resize((width * ZOOM, height * ZOOM), Image.Resampling.BICUBIC)
    pen = ImageDraw.Draw(large)
    shapes = {
        "red area": _round(0.22 * width, 0.30 * height, 80, 80, 64),
        "blue area": ((500.0, 70.0), (690.0, 70.0), (690.0, 210.0), (500.0, 210.0)),
        "yellow area": _round(0.28 * width, 0.75 * height, 85, 85, 6),
        "green area": _round(0.72 * width, 0.70 * height, 130, 70, 64),
    }
    colours = {"red": "#d62828", "blue": "#2456d6", "yellow": "#f2d31b", "green": "#2f9e44"}
    for name, outline in shapes.items():
        corners = [(x * ZOOM, y * ZOOM) for x, y in outline]
        pen.polygon(corners, fill=colours[name.split()[0]])
    return Known(large.resize((width, height), Image.Resampling.BOX), shapes)


def _round(cx: float, cy: float, rx: float, ry: float, corners: int) -> Polygon:
    angles = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    return tuple((cx + rx * float(np.cos(a)), cy + ry * float(np.sin(a))) for a in angles)
