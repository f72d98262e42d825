"""Canvas scenes: a drawing application with shapes of 81 kinds on one raster canvas."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from corpuswright.renderers.apps import bpmn, page, shapes
from corpuswright.renderers.apps.page import Read
from corpuswright.storage.records import Json

VERSION = 7  # bump when a page comes out otherwise

# Placement and styles of the paper (arXiv 2605.12501, App. C.4).
COUNT = (3, 8)
SIDE = (0.08, 0.40)  # of the canvas's short side; lines up to LINE
LINE = 0.60
TRIALS = 50  # for a place where it overlaps less than OVERLAP of the smaller box
OVERLAP = 0.25
TO_GROUND, TO_OUTLINE = 100, 60  # redmean distance of a fill to the ground, of an outline to it
DASHED = 0.2
STROKE = (1, 5)
# Names that people agree on, far apart in colour; the paper has 44, whose list it does not give.
COLOURS = {
    "red": "#e53935", "orange": "#fb8c00", "yellow": "#fdd835", "green": "#43a047",
    "dark green": "#1b5e20", "light green": "#aed581", "teal": "#00897b", "cyan": "#26c6da",
    "light blue": "#90caf9", "blue": "#1e88e5", "navy": "#1a237e", "purple": "#8e24aa",
    "pink": "#f48fb1", "magenta": "#d81b9a", "brown": "#6d4c41", "beige": "#e6d5b8",
    "gray": "#8a8a8a", "black": "#151515", "white": "#ffffff", "maroon": "#7b1113",
    "olive": "#827717", "lavender": "#c5b3e6", "gold": "#c9a227", "dark gray": "#4a4a4a",
}  # fmt: skip
APART = 100  # redmean between two colours that a sentence tells apart in one scene: ours
GROUNDS = ("#ffffff", "#f7f7f2", "#eef2f7", "#20242b", "#fff8e1", "#e8f1ea")
WORDS = ("start", "load", "check", "save", "retry", "done", "A", "B", "C", "plan", "team", "42")
TOOLS = ("Select", "Pen")
BOXES = 0.15  # share of shapes that are a text box, told from others by what it says
MOVABLE = 7  # corners of a shape at most whose corners can be moved one by one
PEN, SELECTED = 0.3, 0.6  # shares of scenes with the pen, of the others with a shape selected: ours


def compose(parameters: Json, read: Read) -> str:
    """Return the page of a canvas spec: `seed`, `real_app`, `width`, `height`."""
    rng = np.random.Generator(np.random.PCG64(int(parameters["seed"])))
    if parameters.get("real_app"):
        real = bpmn.compose if parameters["real_app"] == "bpmn" else _svgedit
        return real(rng, parameters["width"], parameters["height"])
    bar = 44
    wide, high = parameters["width"], parameters["height"] - bar
    ground = str(rng.choice(GROUNDS))
    pen = bool(rng.uniform() < PEN)
    drawn = _shapes(rng, wide, high, ground, pen)
    chosen: list[str] = []
    if not pen and rng.uniform() < SELECTED:
        free = [s["id"] for s in drawn if s.get("free")]
        among = free if free and rng.uniform() < 0.3 else [s["id"] for s in drawn]
        chosen = [str(rng.choice(among))]
    data = {
        "shapes": drawn,
        "selected": chosen,
        "tool": "pen" if pen else "select",
        "handle": int(rng.integers(6, 11)),
        "dot": 10,
    }
    buttons = "".join(
        f'<button aria-pressed="{"true" if pen == (t == "Pen") else "false"}">{t}</button>'
        for t in TOOLS
    )
    style = _STYLE % {"ground": ground, "bar": bar}
    body = f'<nav>{buttons}</nav><main><canvas id="canvas"></canvas></main>'
    return page.page("Drawing", body, style, data, ["canvas"])


_STYLE = """
html, body { margin: 0; height: 100%%; overflow: hidden; background: %(ground)s; }
nav { height: %(bar)spx; background: #e9ebee; border-bottom: 1px solid #b8bcc2; display: flex;
  gap: 8px; align-items: center; padding: 0 10px; box-sizing: border-box; }
button { font: 14px "DejaVu Sans"; padding: 4px 12px; border: 1px solid #9aa0a6; background: #fff;
  border-radius: 4px; color: #202124; }
button[aria-pressed=true] { background: #cfe3fc; border-color: #1a73e8; }
main { position: absolute; top: %(bar)spx; left: 0; right: 0; bottom: 0; }
canvas { display: block; background: %(ground)s; }
.writer { position: fixed; width: 140px; height: 28px; box-sizing: border-box;
  font: 14px "DejaVu Sans"; }
"""


# Where svgedit keeps its tools around the drawing, and some air: left and right, above and below.
MARGIN = (140, 200)


def _svgedit(rng: np.random.Generator, wide: float, high: float) -> str:
    """Return a page with shapes in svgedit: its own handles, marquee and rules."""
    width, height = (max(160, int(n) - m) for n, m in zip((wide, high), MARGIN, strict=True))
    drawn = _shapes(rng, width, height, "#ffffff", pen=True)
    plain = [{**s, "free": False, "text": ""} for s in drawn if s["type"] != "text box"]
    chosen = [str(rng.choice([s["id"] for s in plain]))] if rng.uniform() < SELECTED else []
    libraries = [("svgedit", f"dist/editor/{n}") for n in ("svgedit.css", "iife-Editor.js")]
    style = "html, body { margin: 0; height: 100%; overflow: hidden; } #editor { height: 100vh; }"
    data = {"shapes": plain, "selected": chosen, "size": [width, height]}
    return page.page("Drawing", '<div id="editor"></div>', style, data, ["svgedit"], libraries)


def redmean(a: str, b: str) -> float:
    """Return the redmean distance of two colours (en.wikipedia.org/wiki/Color_difference)."""
    (r0, g0, b0), (r1, g1, b1) = (
        (int(c[1:3], 16), int(c[3:5], 16), int(c[5:7], 16)) for c in (a, b)
    )
    mean = (r0 + r1) / 2
    dr, dg, db = r0 - r1, g0 - g1, b0 - b1
    return math.sqrt((2 + mean / 256) * dr**2 + 4 * dg**2 + (2 + (255 - mean) / 256) * db**2)


def _shapes(
    rng: np.random.Generator, wide: float, high: float, ground: str, pen: bool
) -> list[dict[str, Any]]:
    count = int(rng.integers(COUNT[0], COUNT[1] + 1))
    usable = [n for n, c in COLOURS.items() if redmean(c, ground) >= TO_GROUND]
    palette: list[str] = []
    for name in (usable[i] for i in rng.permutation(len(usable))):
        if all(redmean(COLOURS[name], COLOURS[o]) >= APART for o in palette):
            palette.append(name)
    out: list[dict[str, Any]] = []
    boxes: list[tuple[float, float, float, float]] = []
    words = [str(WORDS[i]) for i in rng.permutation(len(WORDS))]
    for number in range(count):
        line = not pen and number >= 2 and rng.uniform() < 0.25
        make = _line if line else _closed
        if not line and rng.uniform() < BOXES:
            shape = _text_box(rng, f"s{number}", wide, high, ground, words.pop(), boxes)
            boxes.append(_box(shape))
            out.append(shape)
            continue
        shape = make(rng, f"s{number}", wide, high, ground, palette, boxes)
        boxes.append(_box(shape))
        out.append(shape)
    # Lines lie on top, so that their ends can be grabbed.
    return [s for s in out if "a" not in s] + [s for s in out if "a" in s]


def _box(s: dict[str, Any]) -> tuple[float, float, float, float]:
    if "a" in s:
        (ax, ay), (bx, by) = s["a"], s["b"]
        return min(ax, bx), min(ay, by), max(ax, bx), max(ay, by)
    return s["cx"] - s["w"] / 2, s["cy"] - s["h"] / 2, s["cx"] + s["w"] / 2, s["cy"] + s["h"] / 2


def _closed(
    rng: np.random.Generator,
    id_: str,
    wide: float,
    high: float,
    ground: str,
    palette: list[str],
    boxes: list[tuple[float, float, float, float]],
) -> dict[str, Any]:
    short = min(wide, high)
    name = str(rng.choice(list(shapes.CLOSED)))
    w = float(rng.uniform(*SIDE)) * short
    stretch = 1.0 if name in shapes.EQUAL else float(rng.uniform(0.6, 1.6))
    if name in shapes.LONG:
        stretch = float(rng.choice((1.6, 2.0, 0.5))) if name != "pill" else 2.0
    h = max(28.0, w / stretch)
    w = max(28.0, w) if name not in shapes.EQUAL else h
    x, y = _place(rng, w, h, wide, high, boxes)
    fill = str(rng.choice(palette))
    strokes = [n for n, c in COLOURS.items() if redmean(c, COLOURS[fill]) >= TO_OUTLINE]
    stroke = str(rng.choice(strokes))
    free = len(shapes.CLOSED[name]) <= MOVABLE and rng.uniform() < 0.7
    # Words stand in the middle: only where the middle is inside.
    hollow = ("L shape", "U shape", "crescent", "staircase", "right chevron", "left chevron")
    text = str(rng.choice(WORDS)) if rng.uniform() < 0.25 and name not in hollow else ""
    dark = redmean(COLOURS[fill], "#000000") < redmean(COLOURS[fill], "#ffffff")
    return {
        "id": id_,
        "type": name,
        "unit": [list(p) for p in shapes.CLOSED[name]],
        "cx": round(x + w / 2, 2),
        "cy": round(y + h / 2, 2),
        "w": round(w, 2),
        "h": round(h, 2),
        "angle": 0,
        "fill": COLOURS[fill],
        "fill_name": fill,
        "stroke": COLOURS[stroke],
        "stroke_name": stroke,
        "width": int(rng.integers(STROKE[0], STROKE[1] + 1)),
        "dash": bool(rng.uniform() < DASHED),
        "free": bool(free),
        "text": text,
        "ink": "#ffffff" if dark else "#000000",
        "size": 14,
    }


def _text_box(
    rng: np.random.Generator,
    id_: str,
    wide: float,
    high: float,
    ground: str,
    text: str,
    boxes: list[tuple[float, float, float, float]],
) -> dict[str, Any]:
    size = int(rng.integers(16, 25))
    w, h = 0.7 * size * len(text) + 44.0, 2.0 * size
    x, y = _place(rng, w, h, wide, high, boxes)
    dark = redmean(ground, "#000000") < redmean(ground, "#ffffff")
    return {
        "id": id_,
        "type": "text box",
        "unit": [[0, 0], [1, 0], [1, 1], [0, 1]],
        "cx": round(x + w / 2, 2),
        "cy": round(y + h / 2, 2),
        "w": round(w, 2),
        "h": round(h, 2),
        "angle": 0,
        "fill": "transparent",
        "fill_name": "",
        "stroke": COLOURS["gray"],
        "stroke_name": "gray",
        "width": 1,
        "dash": True,
        "free": False,
        "text": text,
        "ink": "#ffffff" if dark else "#000000",
        "size": size,
    }


def _line(
    rng: np.random.Generator,
    id_: str,
    wide: float,
    high: float,
    ground: str,
    palette: list[str],
    boxes: list[tuple[float, float, float, float]],
) -> dict[str, Any]:
    length = float(rng.uniform(0.15, LINE)) * min(wide, high)
    angle = float(rng.uniform(0, 2 * math.pi))
    w, h = abs(length * math.cos(angle)), abs(length * math.sin(angle))
    x, y = _place(rng, w, h, wide, high, boxes)
    a, b = [x, y], [x + w, y + h]
    if rng.uniform() < 0.5:
        a, b = [x, y + h], [x + w, y]
    if rng.uniform() < 0.5:
        a, b = b, a
    stroke = str(rng.choice(palette))
    return {
        "id": id_,
        "type": str(rng.choice(shapes.LINES)),
        "a": [round(v, 2) for v in a],
        "b": [round(v, 2) for v in b],
        "stroke": COLOURS[stroke],
        "stroke_name": stroke,
        "width": int(rng.integers(2, STROKE[1] + 1)),
        "dash": bool(rng.uniform() < DASHED),
    }


def _place(
    rng: np.random.Generator,
    w: float,
    h: float,
    wide: float,
    high: float,
    boxes: list[tuple[float, float, float, float]],
) -> tuple[float, float]:
    """Return where a box goes: the first of TRIALS with little overlap, else the one with least."""
    edge = 40.0  # room for handles around a shape
    best, least = (edge, edge), math.inf
    for _ in range(TRIALS):
        x = float(rng.uniform(edge, max(edge + 1, wide - w - edge)))
        y = float(rng.uniform(edge, max(edge + 1, high - h - edge)))
        over = max((_overlap((x, y, x + w, y + h), b) for b in boxes), default=0.0)
        if over <= OVERLAP:
            return x, y
        if over < least:
            best, least = (x, y), over
    return best


def _overlap(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> float:
    shared = max(0.0, min(a[2], b[2]) - max(a[0], b[0])) * max(
        0.0, min(a[3], b[3]) - max(a[1], b[1])
    )
    smaller = min((v[2] - v[0]) * (v[3] - v[1]) for v in (a, b))
    return shared / max(smaller, 1.0)
