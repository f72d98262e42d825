"""What a document must be before anything is asked of it: whole, legible, nothing in the way."""

from __future__ import annotations

from itertools import combinations

from corpuswright.renderers.documents import colours, looks
from corpuswright.renderers.documents.document import Document, Node
from corpuswright.renderers.documents.measured import Drawing, Thing, unspaced
from corpuswright.renderers.faults import PageFault
from corpuswright.storage.records import Box

SMALLEST = 9.0  # pixels of type that are still read; ours: tick labels of small charts have 11
SLACK = 2.0  # pixels that ink may reach over its box: accents and overhanging letters do


def check(document: Document, drawing: Drawing) -> None:
    """Raise the PageFault of what is wrong with a document as it was drawn."""
    texts = [(n, drawing.things[n.id]) for n in document.nodes if n.text]
    for node, thing in texts:
        if thing.written != unspaced(node.text):
            raise PageFault("text_not_as_written", f"{node.id}: {thing.written[:80]}")
        _within(document, node, thing, drawing)
        size = float(thing.looks.get("size") or SMALLEST)
        if size < SMALLEST:
            raise PageFault("type_too_small", f"{node.id}: {size:g} px")
        if ground := _ground(document, node):
            seen = colours.contrast(str(node.style["colour"]), ground)
            if seen < looks.LEAST_CONTRAST:
                raise PageFault("contrast_too_low", f"{node.id}: {seen:.1f}")
    for (a, first), (b, second) in combinations(texts, 2):
        if _overlap(first.box, second.box) and not _related(document, a, b):
            raise PageFault("texts_overlap", f"{a.id} and {b.id}")


def _within(document: Document, node: Node, thing: Thing, drawing: Drawing) -> None:
    slack = SLACK * drawing.scale
    limits = [(0.0, 0.0, float(drawing.size[0]), float(drawing.size[1]))]
    if thing.frame is not None and node.frame is not None and document.domain != "webpage":
        limits.append(thing.frame)
    at = node.parent
    while at:
        outer = drawing.things[at]
        if outer.looks.get("fill") or outer.frame is not None:
            limits.append(outer.frame or outer.box)
        at = document.node(at).parent
    for x0, y0, x1, y1 in limits:
        if not (
            thing.box[0] >= x0 - slack
            and thing.box[1] >= y0 - slack
            and thing.box[2] <= x1 + slack
            and thing.box[3] <= y1 + slack
        ):
            raise PageFault("text_overflows", f"{node.id}: {node.text[:60]}")


def _ground(document: Document, node: Node) -> str:
    """Return the colour that a text of our own stands on; empty for what a chart's library sets."""
    if not node.style.get("colour"):
        return ""
    if node.style.get("fill"):
        return str(node.style["fill"])
    return document.ground(node)


def _overlap(a: Box, b: Box) -> bool:
    return min(a[2], b[2]) - max(a[0], b[0]) > 1 and min(a[3], b[3]) - max(a[1], b[1]) > 1


def _related(document: Document, a: Node, b: Node) -> bool:
    return a.id == b.parent or b.id == a.parent
