"""Documents drawn by the browser: HTML and SVG, charts of real libraries, measured on the spot."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from corpuswright.renderers.browser import gui
from corpuswright.renderers.browser.gui import GuiRenderer
from corpuswright.renderers.browser.page import Live, View
from corpuswright.renderers.documents import colours
from corpuswright.renderers.documents.document import Document, Node
from corpuswright.renderers.documents.engines import html, web_html
from corpuswright.renderers.documents.measured import Drawing, Letter, Thing, ink_of, unspaced
from corpuswright.renderers.faults import PageFault
from corpuswright.storage.keys import sha256
from corpuswright.storage.records import Box

VERSION = 1  # bump when pixels or geometry of an unchanged document change

_MEASURE = (Path(__file__).parent / "js" / "measure_document.js").read_text()
TALLEST = 6000  # pixels of a page: the tallest reference of BizGenEval has as many


def draw(document: Document, pages: GuiRenderer) -> Drawing:
    """Return a document drawn by the browser.

    Raises:
        PageFault: It was not drawn: a chart or a font is missing, the network was asked for.
    """
    make = web_html.page if document.domain == "webpage" else html.page
    text = make(document, pages.read)

    def shoot() -> Drawing:
        wide, high = document.size
        growing = document.domain == "webpage"
        with _shown(pages, text, View(wide, 900 if growing else high, document.ratio)) as live:
            found = measure(live)
            if growing:
                high = int(found["page"][1])
                if high > TALLEST:
                    raise PageFault("page_too_tall", f"{high} px")
                live.resize(high)
                before, found = found, live.ask(_MEASURE)
                if _boxes(before) != _boxes(found):  # its charts were measured where they are not
                    raise PageFault("layout_moved", f"at a height of {high} px")
            png = live.shoot()
            if asked := sorted(live.unreached):
                raise PageFault("network_asked_for", ", ".join(asked)[:200])
        return _drawing(document, png, found)

    return gui.retried(pages.browser(), shoot)


def _shown(pages: GuiRenderer, text: str, view: View) -> Any:
    page = text.encode()
    return pages.composed(f"document-{sha256(page)[:12]}.html", page, view, stateless=True)


def measure(live: Live) -> dict[str, Any]:
    """Return what measure_document.js says of the page on show.

    Raises:
        PageFault: A font did not come, or a chart was not drawn.
    """
    live.ask("() => window.cw.ready")
    live.rest()
    found: dict[str, Any] = live.ask(_MEASURE)
    for reason, what in found["faults"]:
        raise PageFault(reason, what)
    return found


def _pixels(png: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(png)) as image:
        return np.asarray(image.convert("RGB"))


def _boxes(found: Mapping[str, Any]) -> list[Any]:
    return [node["box"] for node in found["nodes"].values()]


def _drawing(document: Document, png: bytes, found: Mapping[str, Any]) -> Drawing:
    size = gui.png_size(png)
    scale = document.ratio
    # Only what stands before the texts of a legend is read of the pixels.
    pixels = _pixels(png) if document.of("legend entry") else None
    things: dict[str, Thing] = {}
    for node in document.nodes:
        if node.id in found["nodes"]:
            things[node.id] = _thing(found["nodes"][node.id], node, scale)
    for chart in document.of("chart"):
        things |= _parts(document, chart, found, things[chart.id].box, scale, pixels)
    missing = [n.id for n in document.nodes if n.id not in things]
    if missing:
        raise PageFault("not_drawn", ", ".join(missing[:5]))
    return Drawing(png, size, scale, things)


def _thing(m: Mapping[str, Any], node: Node, scale: float) -> Thing:
    letters = _letters(m["letters"], scale)
    frame = _scaled(m["box"], scale)
    if node.role == "arrow" and node.frame is not None:
        return Thing(frame, frame, {k: node.style[k] for k in ("stroke", "stroke_width", "dashed")})
    names = ("fill", "stroke", "stroke_width", "radius", "dashed")
    looks = {k: m[k] for k in names}
    if letters:
        looks |= {k: m[k] for k in ("colour", "size", "bold", "italic", "font")}
    if node.role == "icon":
        looks["colour"] = node.style["colour"]
    # What has a fill of its own is seen whole; of bare text only its ink.
    box = frame if m["fill"] or m["stroke"] else ink_of(letters) or frame
    return Thing(box, frame, looks, letters)


def _letters(found: list[list[Any]], scale: float) -> tuple[Letter, ...]:
    return tuple((c, x0 * scale, y0 * scale, x1 * scale, y1 * scale) for c, x0, y0, x1, y1 in found)


def _scaled(box: list[float], scale: float) -> Box:
    x0, y0, x1, y1 = (v * scale for v in box)
    return (x0, y0, x1, y1)


def _parts(
    document: Document, chart: Node, found: Mapping[str, Any], inside: Box, scale: float,
    pixels: np.ndarray | None,
) -> dict[str, Thing]:  # fmt: skip
    """Return the marks and texts of a chart, each text with the node it is of."""
    parts = document.children(chart.id)
    out: dict[str, Thing] = {}
    axis = found["axes"].get(chart.id)
    for node in parts:
        if node.id in found["marks"]:
            mark = found["marks"][node.id]
            box = _scaled(mark["box"], scale)
            out[node.id] = Thing(
                box, None, {"fill": mark["fill"]}, (), _read(node, box, axis, scale)
            )
    texts = [
        (t["text"], t, _letters(t["letters"], scale))
        for t in found["texts"].get(chart.id, ())
        if t["letters"]
    ]
    left = list(range(len(texts)))
    for node in sorted(parts, key=lambda n: n.role == "value label"):
        if not node.text:
            continue
        same = [i for i in left if unspaced(texts[i][0]) == unspaced(node.text)]
        if not same:
            continue
        i = min(same, key=lambda i: _distance(node, texts[i][2], out, inside, axis, scale))
        left.remove(i)
        letters = texts[i][2]
        box = ink_of(letters)
        assert box is not None
        looks = {"colour": texts[i][1]["colour"], "size": texts[i][1]["size"]}
        if node.role == "legend entry" and pixels is not None:
            looks["fill"] = _swatch(pixels, box)
        out[node.id] = Thing(box, None, looks, letters)
    return out


def _read(node: Node, box: Box, axis: list[Any] | None, scale: float) -> dict[str, Any]:
    """Return the value that a mark's geometry says, and how much half a pixel of it is worth."""
    if axis is None:
        return {}
    along, v0, p0, v1, p1 = axis
    worth = (v1 - v0) / ((p1 - p0) * scale)
    low, high = (box[0], box[2]) if along == "x" else (box[1], box[3])
    if node.role == "point":
        value = v0 + ((low + high) / 2 - p0 * scale) * worth
    else:
        value = abs((high - low) * worth)
    return {"read": value, "half_pixel": abs(worth) / 2}


def _distance(
    node: Node, letters: tuple[Letter, ...], marks: Mapping[str, Thing], inside: Box,
    axis: list[Any] | None, scale: float,
) -> float:  # fmt: skip
    """Return how far a text is from where a node of its kind is to be looked for."""
    box = ink_of(letters)
    assert box is not None
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    if node.role == "value label" and node.data["mark"] in marks:
        m = marks[node.data["mark"]].box
        return abs(x - (m[0] + m[2]) / 2) + abs(y - (m[1] + m[3]) / 2)
    if node.role == "legend entry" or axis is None:
        return 0.0
    # Ticks and categories stand at the edges: ticks along the axis of values.
    beside = (node.role == "tick label") == (axis[0] == "y")
    return x - inside[0] if beside else inside[3] - y


def _swatch(pixels: np.ndarray, text: Box) -> str:
    """Return the colour of what stands before a legend's text: the first run that is no ground."""
    middle = min(max(round((text[1] + text[3]) / 2), 0), pixels.shape[0] - 1)
    start = min(max(int(text[0]) - 2, 0), pixels.shape[1] - 1)
    row = pixels[middle].astype(int)
    ground = row[start]
    for x in range(start, max(start - 60, 2), -1):
        # Three alike: past the blurred edge of the square.
        if abs(row[x] - ground).max() > 24 and abs(row[x] - row[x - 2]).max() < 3:
            return colours.hex_of(*row[x - 1])
    return ""
