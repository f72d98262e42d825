"""Dialogs, popovers and what is shown full-screen, drawn into clipped, transformed, nested places.

What the browser paints decides: each button is a colour of its own, and its label must be the box
of that colour in the pixels. Twins in closed shadow roots are on record, so that no sentence is
meant for two.
"""

from __future__ import annotations

import io
import random
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from corpuswright.annotators.grounding import gui as grammar
from corpuswright.quality.grounding import gui as reader
from corpuswright.renderers.browser.gui import GuiRenderer
from corpuswright.storage.records import Render, Sample, Spec

pytestmark = pytest.mark.browser
FAULTS = Path(__file__).parents[2] / "fixtures/faults/pages"

AROUND = ("overflow:hidden;width:{w}px;height:{h}px", "transform:translate({x}px,{y}px)",
          "will-change:transform;overflow:hidden;width:{w}px;height:{h}px",
          "contain:paint;width:{w}px;height:{h}px", "scale:.6",
          "rotate:{r}deg;overflow:clip;width:{w}px;height:{h}px",
          "filter:grayscale(0);overflow:auto;width:{w}px;height:{h}px", "zoom:1.2")  # fmt: skip
HEAD = "<!doctype html><meta charset=utf-8><style>*{margin:0}body{padding:20px}button{border:0;"
HEAD += "font:14px sans-serif;color:#000;position:absolute}dialog,[popover]{border:0}</style>"


def shown(folder: Path, body: str, name: str = "page.html") -> tuple[Render, Sample]:
    if body:
        (folder / name).write_text(body)
    where = {"site": "own", "path": name, "width": 1000, "height": 800, "ratio": 1.0}
    spec = Spec("gui-00000000-0000", "c", "gui", {**where, "theme": "light"}, ())
    render = GuiRenderer({"own": folder})(spec)
    return render, Sample(spec.key, spec, {}, render.scene)


def drawn(seed: int) -> tuple[str, dict[str, tuple[int, int, int]]]:
    """Return a page with things in the top layer, and the colour of each button by its name.

    What the last modal makes inert has no name, and is not returned.
    """
    rng = random.Random(seed)
    colours: dict[str, tuple[int, int, int]] = {}
    body, script, modal = HEAD, "", False
    for n in range(3):
        kind = rng.choice(("dialog", "popover", "popover"))
        if kind == "dialog":
            colours.clear()
            modal = True
        elif modal:
            continue  # a popover behind a modal is inert
        left, top, w, h = rng.randrange(20, 500), rng.randrange(20, 500), 300, 200
        inside = ""
        for b in range(4):
            name, colour = f"Do {n}{b}", (60 + 60 * n, 200 - 40 * b, 250 - 70 * n)
            colours[name] = colour
            x, y = 8 + 72 * b, rng.randrange(10, 120)
            inside += (
                f"<button style='left:{x}px;top:{y}px;width:{rng.randrange(46, 66)}px;"
                f"height:{rng.randrange(24, 60)}px;background:rgb{colour}'>{name}</button>"
            )
        place = f"position:fixed;inset:auto;left:{left}px;top:{top}px;width:{w}px;height:{h}px"
        tag = "dialog" if kind == "dialog" else "div popover=manual"
        thing = f"<{tag} id=t{n} style='{place}'>{inside}</{tag.split()[0]}>"
        for _ in range(rng.randrange(1, 4)):
            style = rng.choice(AROUND).format(
                w=rng.randrange(60, 200), h=rng.randrange(40, 120), x=rng.randrange(300),
                y=rng.randrange(200), r=rng.randrange(1, 40),
            )  # fmt: skip
            thing = f"<div style='{style}'>{thing}</div>"
        body += thing
        script += f"t{n}.{'showModal' if kind == 'dialog' else 'showPopover'}();"
    return f"{body}<script>{script}</script>", colours


@pytest.mark.parametrize("seed", range(60))
def test_boxes_in_the_top_layer_are_those_of_the_pixels(tmp_path: Path, seed: int):
    body, colours = drawn(seed)
    render, _ = shown(tmp_path, body)
    pixels = np.asarray(Image.open(io.BytesIO(render.media["png"])).convert("RGB"))
    elements = {e.name: e for e in render.scene.elements if e.role == "button" and e.name}
    whole = 0
    for name, colour in colours.items():
        ys, xs = np.nonzero((pixels == colour).all(axis=2))
        element = elements.get(name)
        if not len(xs):  # under another one
            continue
        assert element is not None and element.visible_box is not None, name
        seen = np.array([xs.min(), ys.min(), xs.max() + 1, ys.max() + 1])
        box = np.array(element.visible_box)
        # What lies above it may hide a part; the box then holds what is left. Edges between two
        # pixels have a colour of neither.
        assert (seen[:2] >= box[:2] - 1).all() and (seen[2:] <= box[2:] + 1).all(), (
            name,
            seen,
            box,
        )
        x0, y0, x1, y1 = (round(v) for v in element.visible_box)
        corners = [(y0 + 3, x0 + 3), (y0 + 3, x1 - 4), (y1 - 4, x0 + 3), (y1 - 4, x1 - 4)]
        if all((pixels[c] == colour).all() for c in corners):
            assert np.abs(seen - box).max() <= 1.5, (name, seen, box)
            whole += 1
    assert whole >= 1


def test_a_modal_in_a_clipped_ancestor_is_whole():
    render, _ = shown(FAULTS, "", "modal.html")
    found = {e.name: e for e in render.scene.elements if e.role == "button"}
    for name in ("Remove it", "Keep it"):
        assert found[name].visible_fraction == 1 and found[name].visible_box == found[name].box
        assert found[name].attributes["named_by"] == "text"
    assert not {"New file", "Open file"} & set(found), "what a modal makes inert has no name"


def test_a_twin_in_a_closed_root_is_told_apart():
    render, sample = shown(FAULTS, "", "shadow.html")
    names = [e.name for e in render.scene.elements if e.role == "button"]
    assert names.count("Save draft") == names.count("Cancel") == 2
    assert {"Publish now", "Send later"} <= set(names)
    for task in grammar.propose(sample):
        assert reader.check(sample.scene, task) is None
        if "“Save draft”" in task.text or "“Cancel”" in task.text:
            assert " of the screen" in task.text or " in reading order" in task.text, task.text


def test_what_cannot_be_seen_is_in_no_sentence():
    _, sample = shown(FAULTS, "", "covered.html")
    said = " ".join(t.text for t in grammar.propose(sample))
    assert "Seen plainly" in said
    for name in ("Under opaque veil", "Transparent words", "White on white", "Clipped away",
                 "Nearly nothing"):  # fmt: skip
        assert name not in said
