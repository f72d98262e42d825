"""Text that a page draws on its canvas names a shape only where all of it is to be seen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from corpuswright.renderers.apps import page
from corpuswright.renderers.browser.gui import GuiRenderer
from corpuswright.renderers.browser.page import View

pytestmark = pytest.mark.browser
CELL, COLUMNS, ROWS, SIZE = (200, 110), 8, 7, 18
STYLE = "html,body{margin:0;height:100%} main{position:absolute;inset:0} canvas{display:block}"


def shape(name: str, box: tuple[float, float, float, float], **more: Any) -> dict[str, Any]:
    x0, y0, x1, y1 = box
    plain = {"type": "rectangle", "fill": "#cfe3fc", "fill_name": "blue", "stroke": "#111111"}
    plain |= {"stroke_name": "black", "width": 1, "dash": False, "angle": 0, "free": False}
    centre = {"cx": (x0 + x1) / 2, "cy": (y0 + y1) / 2, "w": x1 - x0, "h": y1 - y0}
    corners = [[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]]
    return {"id": name, **plain, **centre, "unit": [[u + 0.5, v + 0.5] for u, v in corners], **more}


@pytest.mark.parametrize("seed", range(6))
def test_a_text_is_told_where_nothing_lies_on_it(tmp_path: Path, seed: int):
    rng = np.random.default_rng(seed)
    shapes: list[dict[str, Any]] = []
    covers: dict[str, tuple[float, float, float, float] | None] = {}
    boxes: dict[str, tuple[float, float, float, float]] = {}
    for n in range(COLUMNS * ROWS):
        x, y = (n % COLUMNS) * CELL[0] + 10, (n // COLUMNS) * CELL[1] + 10
        box = (x, y, x + rng.uniform(60, 180), y + rng.uniform(30, 90))
        text = "".join(rng.choice(list("abcdefghkmn"), int(rng.integers(2, 12))))
        boxes[f"t{n}"], covers[f"t{n}"] = box, None
        shapes.append(shape(f"t{n}", box, text=text, size=SIZE, ink="#000000"))
        if rng.uniform() < 0.7:
            w, h = rng.uniform(4, 60), rng.uniform(4, 40)
            cx, cy = rng.uniform(x, box[2] - w), rng.uniform(y, max(y + 1, box[3] - h))
            covers[f"t{n}"] = (cx, cy, cx + w, cy + h)
            shapes.append(shape(f"c{n}", (cx, cy, cx + w, cy + h)))
    data = {"shapes": shapes, "selected": [], "tool": "select", "handle": 8, "dot": 10}
    made = page.page("t", '<main><canvas id="canvas"></canvas></main>', STYLE, data, ["canvas"])
    (tmp_path / "index.html").write_text(made)
    view = View(COLUMNS * CELL[0] + 20, ROWS * CELL[1] + 20, 1.0)
    with GuiRenderer({"own": tmp_path}).show("own", "index.html", view, ()) as live:
        parts: list[dict[str, Any]] = live.page.evaluate("() => window.cw.parts()")
        wide: dict[str, float] = live.page.evaluate(
            """(texts) => { const pen = new OffscreenCanvas(1, 1).getContext('2d');
            pen.font = '18px "DejaVu Sans"';
            return Object.fromEntries(texts.map(([n, t]) => [n, pen.measureText(t).width])); }""",
            [[s["id"], s["text"]] for s in shapes if "text" in s],
        )
    told = {p["attributes"]["id"]: p["attributes"]["legible"] for p in parts}
    seen = [0, 0]
    for name, (x0, y0, x1, y1) in boxes.items():
        cx, cy, half = (x0 + x1) / 2, (y0 + y1) / 2, wide[name] / 2
        stands = min(cx - half - x0, x1 - cx - half)  # px of room beside the text
        apart = np.inf
        if (cover := covers[name]) is not None:
            across = max(cover[0] - cx - half, cx - half - cover[2])
            down = max(cover[1] - cy - SIZE / 2, cy - SIZE / 2 - cover[3])
            apart = max(across, down)
        if abs(stands) < 2 or abs(apart) < 8:  # a cover that only just touches the text's box
            continue
        expected = bool(stands > 0 and apart > 0)
        assert told[name] == expected, (name, stands, apart)
        seen[expected] += 1
    assert min(seen) >= 5, seen
