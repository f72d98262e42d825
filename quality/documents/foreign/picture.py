"""A picture that somebody has made from a prompt of ours, seen as a document's measurements are.

Texts are found by OCR and held to the plan's, boxes by how far the colour around their words
reaches, bars by the colours of their series and the scale that OCR reads off the axis. What cannot
be told that way (italics, corners, dashes) is not answered.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from PIL import Image

from corpuswright.annotators.documents import questions
from corpuswright.annotators.documents.predicates import Predicate
from corpuswright.annotators.documents.seen import Item, Seen
from corpuswright.quality.documents.foreign import marks, pixels, words
from corpuswright.quality.documents.foreign.words import Written
from corpuswright.renderers import ocr
from corpuswright.renderers.documents.document import Document, Node
from corpuswright.renderers.documents.measured import unspaced
from corpuswright.storage.records import Box

VERSION = 1  # bump when a picture can be seen otherwise

_UNTOLD = ("bold", "italic", "radius", "stroke", "dashed", "font")
_HIGH = frozenset("bdfhklt0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ()[]%/$€“”'’|")
_LOW = frozenset("gjpqy,;()[]|Q")


def seen(document: Document, image: Image.Image) -> Seen:
    """Return what is known of a picture that was to be a document.

    Args:
        document: The plan that it was to be made from.
        image: Any size: boxes are given in the document's pixels.
    """
    rgb = np.asarray(image.convert("RGB"))
    scale = rgb.shape[1] / document.size[0]
    texts = {n.id: n.text for n in document.nodes if n.text}
    found = words.placed(texts, ocr.lines(image))
    items: dict[str, Item] = {}
    grounds: dict[str, np.ndarray] = {}
    for node in document.nodes:
        if node.id in found:
            item, below = _text(node, found[node.id], rgb, scale)
            if item is not None:
                items[node.id], grounds[node.id] = item, below
    for node in document.nodes:
        if node.id not in items and node.style.get("fill") and node.role not in _NO_BOXES:
            box = _container(document, node, items, grounds, rgb, scale)
            if box is not None:
                items[node.id] = box
    for node in document.of("table row", "table header"):
        cells = [items[c.id].box for c in document.children(node.id) if c.id in items]
        if node.id not in items and cells:
            items[node.id] = _bare(node, _hull([c for c in cells if c]))
    for chart in document.of("chart"):
        items |= marks.of_chart(document, chart, items, rgb, scale)
    high = rgb.shape[0] / scale
    return Seen(items, (float(document.size[0]), high), False)


# Marks are found by their colours; rows of a table may have the colour of the next one.
_NO_BOXES = ("bar", "point", "slice", "legend entry", "table row", "table header")
# What OCR tells apart by chance only: marks of quotation, dashes, degrees, dots of a product.
_SAME = str.maketrans({**dict.fromkeys("“”„‟\"″", '"'), **dict.fromkeys("‘’‚′`", "'"),
                       **dict.fromkeys("–—−‐", "-"), **dict.fromkeys("º˚", "°"),
                       **dict.fromkeys("•∙⋅", "·")})  # fmt: skip


def _plain(text: str) -> str:
    """Return a text without spaces, its marks as OCR tells them apart; quotation marks left out."""
    return unspaced(text.translate(_SAME)).replace('"', "")


def answer(predicate: Predicate, document: Document, view: Seen) -> bool | None:
    """Return whether a predicate is true of a picture; None where that cannot be told."""
    for node, what in questions.reads(predicate):
        if what in _UNTOLD:
            return None
        name, _, rest = node.partition(":")
        if rest and name in ("role", "series"):
            wanted = (
                [n for n in document.nodes if n.role == rest] if name == "role"
                else [n for n in document.nodes if n.id.startswith(f"{rest}_")]
            )  # fmt: skip
            if any(_untold(n, view) for n in wanted):
                return None
        elif rest and name == "legend":
            entries = [n for n in document.children(rest) if n.role == "legend entry"]
            if any(n.id in view.items and not view.items[n.id].looks.get("fill") for n in entries):
                return None
        elif not rest and _untold(document.node(node), view):
            return None
        elif what in ("fill", "colour") and node in view.items:
            if not view.items[node].looks.get(what):
                return None
    return questions.holds(predicate, view)


def _untold(node: Node, view: Seen) -> bool:
    """Return whether nothing can be said of a node, not even that it is missing."""
    if node.id in view.items:
        return False
    return not node.text


def _text(
    node: Node, found: Written, rgb: np.ndarray, scale: float
) -> tuple[Item | None, np.ndarray]:
    whole = _hull(list(found.lines))
    x0, y0, x1, y1 = (max(0, int(v)) for v in whole)
    patch = rgb[y0 : y1 + 1, x0 : x1 + 1]
    if patch.size == 0:
        return None, rgb[0, 0]
    below = pixels.ground(patch)
    ink, mask = pixels.ink(patch, below)
    box = pixels.tight(mask, x0, y0)
    if ink is None or box is None:
        return None, below
    same = _plain(found.text) == _plain(node.text)
    looks: dict[str, Any] = {
        "colour": pixels.hexed(ink), "size": _size(found, node.text, rgb) / scale,
    }  # fmt: skip
    if node.style.get("fill"):
        looks["fill"] = pixels.hexed(below)
        reach = pixels.reach(rgb, below, (x0 + x1) // 2, y0 - 2) or box
        box = reach
    return (
        Item(node.id, node.role, node.name, node.parent, _over(box, scale),
             node.text if same else found.text, looks, {}, not node.style.get("fill")),
        below,
    )  # fmt: skip


def _size(found: Written, text: str, rgb: np.ndarray) -> float:
    """Return about the type size of a text in pixels: ink of its first line by its letters."""
    x0, y0, x1, y1 = (max(0, int(v)) for v in found.lines[0])
    patch = rgb[y0 : y1 + 1, x0 : x1 + 1]
    if patch.size == 0:
        return 0.0
    _, mask = pixels.ink(patch, pixels.ground(patch))
    box = pixels.tight(mask, 0, 0)
    letters = set(text[: max(4, len(text) // len(found.lines))])
    share = 0.52 + 0.2 * bool(letters & _HIGH) + 0.21 * bool(letters & _LOW)
    return 0.0 if box is None else (box[3] - box[1]) / share


def _container(
    document: Document, node: Node, items: Mapping[str, Item], grounds: Mapping[str, np.ndarray],
    rgb: np.ndarray, scale: float,
) -> Item | None:  # fmt: skip
    """Return a box as far as the colour around its words reaches; None without words of its own."""
    for child in document.children(node.id):
        item = items.get(child.id)
        if item is None or item.box is None or child.style.get("fill"):
            continue
        x = int((item.box[0] + item.box[2]) / 2 * scale)
        y = int(item.box[1] * scale) - 3
        box = pixels.reach(rgb, grounds[child.id], x, y)
        if box is None:
            continue
        looks = {"fill": pixels.hexed(grounds[child.id])}
        return Item(node.id, node.role, node.name, node.parent, _over(box, scale), "", looks, {},
                    False)  # fmt: skip
    return None


def _bare(node: Node, box: Box) -> Item:
    return Item(node.id, node.role, node.name, node.parent, box, "", {}, {}, False)


def _hull(boxes: list[Box]) -> Box:
    return (min(b[0] for b in boxes), min(b[1] for b in boxes), max(b[2] for b in boxes),
            max(b[3] for b in boxes))  # fmt: skip


def _over(box: Box, scale: float) -> Box:
    x0, y0, x1, y1 = (v / scale for v in box)
    return (x0, y0, x1, y1)
