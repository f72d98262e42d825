"""Photo scenes: a photograph in an image editor, with one tool taken.

Regions are input: `regions` of the spec, in pixels of the photograph
(annotators.masks.colour_regions).
"""

from __future__ import annotations

import html
from urllib.parse import quote

import numpy as np

from corpuswright.renderers.apps import page
from corpuswright.renderers.apps.page import Read
from corpuswright.storage.records import Json

VERSION = 2  # bump when a page comes out otherwise

TOOLS = ("Select", "Move", "Crop", "Quick select", "Lasso", "Warp")
# Shares of scenes by tool: ours. Select has two kinds of tasks, and clicks are the most wanted.
SHARES = (0.30, 0.10, 0.20, 0.15, 0.15, 0.10)
OUTLINED = 0.5  # of the scenes of Select, those that begin with a region selected: ours
BRUSH = 0.12  # radius as a share of the square root of the region's area: a zig-zag fills it
BAR = 46
THEMES = (("#2b2d31", "#3a3d43", "#e6e7ea"), ("#f1f2f4", "#ffffff", "#202124"),
          ("#1b1b1b", "#262626", "#d6d6d6"), ("#d9dde3", "#eef1f5", "#1f2937"))  # fmt: skip


def compose(parameters: Json, read: Read) -> str:
    """Return the page of a photo spec: `site`, `path`, `size`, `regions`, `seed` and its view."""
    rng = np.random.Generator(np.random.PCG64(int(parameters["seed"])))
    tool = str(rng.choice(TOOLS, p=SHARES))
    usable = [r["id"] for r in parameters["regions"] if r["usable"]]
    selected = str(rng.choice(usable)) if tool == "Select" and rng.uniform() < OUTLINED else None
    desk, bar, ink = THEMES[int(rng.integers(0, len(THEMES)))]
    room = (parameters["width"], parameters["height"] - BAR)
    margin = int(rng.integers(12, 49))
    wide, high = parameters["size"]
    fit = min((room[0] - 2 * margin) / wide, (room[1] - 2 * margin) / high)
    if tool == "Move":
        fit *= float(rng.uniform(0.4, 0.6))  # room to go somewhere
    w, h = wide * fit, high * fit
    free = (room[0] - w, room[1] - h)
    shares = rng.uniform(0.2, 0.8, 2) if tool == "Move" else np.array((0.5, 0.5))
    data = {
        "photo": {
            "box": [round(free[0] * float(shares[0]), 2), round(free[1] * float(shares[1]), 2),
                    round(w, 2), round(h, 2)],
            "size": [wide, high],
        },
        "regions": parameters["regions"],
        "tool": tool,
        "selected": selected,
        "brush": BRUSH,
        "handle": int(rng.integers(8, 13)),
    }  # fmt: skip
    buttons = "".join(
        f'<button aria-pressed="{"true" if t == tool else "false"}">{t}</button>' for t in TOOLS
    )
    source = html.escape(
        f"http://{parameters['site']}.localhost/{quote(parameters['path'])}", quote=True
    )
    body = (
        f'<nav>{buttons}</nav><main id="board"><canvas id="canvas"></canvas></main>'
        f'<img id="photo" alt="" src="{source}" hidden>'
    )
    style = _STYLE % {"desk": desk, "bar": bar, "ink": ink, "high": BAR}
    return page.page("Image editor", body, style, data, ["photo"])


_STYLE = """
html, body { margin: 0; height: 100%%; overflow: hidden; background: %(desk)s; }
nav { height: %(high)spx; background: %(bar)s; display: flex; gap: 8px; align-items: center;
  padding: 0 10px; box-sizing: border-box; overflow: hidden; }
button { font: 14px "DejaVu Sans"; padding: 4px 10px; border: 1px solid #8a9099;
  background: transparent; border-radius: 4px; color: %(ink)s; white-space: nowrap; flex: none; }
button[aria-pressed=true] { background: #1a73e8; border-color: #1a73e8; color: #fff; }
main { position: absolute; top: %(high)spx; left: 0; right: 0; bottom: 0; background: %(desk)s; }
canvas { display: block; }
"""
