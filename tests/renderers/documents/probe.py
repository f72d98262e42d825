"""A colour probe: one letter or mark is painted otherwise, and what changes is its ink.

An oracle that knows nothing of fonts and libraries: two screenshots and their difference. How much
a pixel changes says how much of it the ink covers, so edges are found between pixels too.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from PIL import Image, ImageColor

from corpuswright.renderers.browser.gui import GuiRenderer
from corpuswright.renderers.browser.page import Live, View
from corpuswright.renderers.documents.document import Document
from corpuswright.renderers.documents.engines import html, page, web_html
from corpuswright.renderers.documents.measured import Drawing
from corpuswright.storage.keys import sha256
from corpuswright.storage.records import Box

_STYLE = """() => { const s = document.createElement('style');
  s.textContent = '::highlight(probe){color:#ff00ff;fill:#ff00ff}'; document.head.append(s); }"""
# The n-th letter of a node that is no space, painted by a highlight: nothing is laid out anew.
_LETTER = """([id, n]) => {
  const el = document.querySelector(`[data-node="${id}"]`);
  const walker = document.createTreeWalker(el, NodeFilter.SHOW_TEXT, { acceptNode: (t) =>
    t.parentElement.closest('[data-node]') === el && !t.parentElement.closest('svg') ? 1 : 2 });
  while (walker.nextNode()) {
    const t = walker.currentNode;
    for (let i = 0; i < t.data.length; i++) {
      if (!t.data[i].trim()) continue;
      if (n-- > 0) continue;
      const range = document.createRange();
      range.setStart(t, i); range.setEnd(t, i + 1);
      CSS.highlights.set('probe', new Highlight(range));
      return true;
    }
  }
  return false; }"""
# Of a pixel: what covers less is noise of a shot, or the blur of an edge that lies outside.
INK = 0.1
# Letters that reach into the place of their neighbours, which would change with these.
REACHING = set("fjrtvwyTVWYPA/()“”’'")
NEAR = 12  # pixels around a letter in which its own are looked for
_OFF = "() => CSS.highlights.clear()"


def _pixels(live: Live) -> np.ndarray[Any, Any]:
    live.repaint()
    with Image.open(io.BytesIO(live.shoot())) as image:
        return np.asarray(image.convert("RGB")).astype(int)


def letters(
    document: Document, drawing: Drawing, pages: GuiRenderer, rng: np.random.Generator, number: int
) -> list[tuple[str, Box, Box]]:
    """Return (letter, measured box, box of the pixels that change with it) of some letters."""
    text = (web_html.page if document.domain == "webpage" else html.page)(document, pages.read)
    scale = document.ratio
    view = View(document.size[0], round(drawing.size[1] / scale), scale)
    nodes = [n for n in document.nodes if n.text and n.style.get("font")]
    out: list[tuple[str, Box, Box]] = []
    name = f"probe-{sha256(text.encode())[:12]}.html"
    with pages.composed(name, text.encode(), view) as live:
        page.measure(live)
        live.page.evaluate(_STYLE)
        before = _pixels(live)
        for i in rng.permutation(len(nodes)).tolist()[:number]:
            node = nodes[i]
            found = drawing.things[node.id].letters
            n = int(rng.integers(0, len(found)))
            if REACHING & {letter[0] for letter in found[max(0, n - 1) : n + 2]}:
                continue
            assert live.page.evaluate(_LETTER, [node.id, n])
            changed = np.abs(_pixels(live) - before).max(axis=2)
            live.page.evaluate(_OFF)
            letter, *box = found[n]
            # What a pixel changes by that ink covers whole.
            ink = ImageColor.getrgb(str(drawing.things[node.id].looks["colour"]))
            whole = max(abs(a - b) for a, b in zip(ink, (255, 0, 255), strict=True))
            seen = _around(changed / whole, box)
            out.append((letter, (box[0], box[1], box[2], box[3]), seen))
    return out


def _around(covered: Any, box: Sequence[float]) -> Box:
    """Return the box of what is covered near a letter; of nothing, one that is far off.

    Elsewhere small icons come out some levels otherwise from shot to shot, by chance.
    """
    x0, y0 = (max(0, int(v) - NEAR) for v in box[:2])
    near = covered[y0 : int(box[3]) + NEAR, x0 : int(box[2]) + NEAR]
    found = _box(near)
    if found is None:
        return (-1e3, -1e3, -1e3, -1e3)
    return (x0 + found[0], y0 + found[1], x0 + found[2], y0 + found[3])


def _box(covered: Any) -> Box | None:
    """Return the box of what is covered, shape (height, width), of 1; None of nothing.

    An edge lies as far inside its pixel as the pixel is not covered.
    """
    (x0, x1), (y0, y1) = (_ends(covered.max(axis=axis)) for axis in (0, 1))
    return None if x0 is None or y0 is None else (x0, y0, x1, y1)


def _ends(profile: Any) -> tuple[float, float] | tuple[None, None]:
    inked = np.flatnonzero(profile > INK)
    if not len(inked):
        return None, None
    first, last = int(inked[0]), int(inked[-1])
    return first + 1 - min(1.0, float(profile[first])), last + min(1.0, float(profile[last]))


Draw = Callable[[Document], Drawing]


def recoloured(document: Document, id: str, what: str, draw: Draw) -> Box | None:
    """Return the box of the pixels that change when a node's colour does; None if none do."""
    node = document.node(id)
    sides = [
        draw(document.changed({id: node.but(style={what: colour})})).png
        for colour in ("#ff00ff", "#00a000")
    ]
    images = [np.asarray(Image.open(io.BytesIO(p)).convert("RGB")).astype(int) for p in sides]
    return _box(np.abs(images[0] - images[1]).max(axis=2) / 255)
