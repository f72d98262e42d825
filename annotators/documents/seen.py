"""What is known of a document's things: as they are planned, or as they were drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from corpuswright.renderers.documents.document import Document, Node
from corpuswright.renderers.documents.drafting import LINE, lines_of
from corpuswright.storage.records import Box, Element, Json


@dataclass(frozen=True, slots=True)
class Item:
    """What is known of one node. `box` is in document pixels."""

    node: str
    role: str
    name: str
    parent: str
    box: Box | None
    text: str
    looks: Json
    data: Json
    is_text: bool


@dataclass(frozen=True, slots=True)
class Seen:
    """All nodes of a document, as planned or as drawn.

    Attributes:
        planned: Whether boxes are those of the plan: then answers near a limit are none.
    """

    items: Mapping[str, Item]
    size: tuple[float, float]
    planned: bool

    def of(self, role: str, scope: str = "") -> list[Item]:
        """Return the items of a role, in the document or in one node."""
        return [
            i for i in self.items.values() if i.role == role and (not scope or self._in(i, scope))
        ]

    def _in(self, item: Item, scope: str) -> bool:
        at = item.parent
        while at:
            if at == scope:
                return True
            at = self.items[at].parent if at in self.items else ""
        return False


# Widths of a letter to its size, between which all typefaces in use lie.
NARROW, WIDE = 0.4, 0.62


def planned(document: Document, letter: float = 0.5) -> Seen:
    """Return what a plan says, if a letter is as wide as a share of its size."""
    items = {n.id: _planned(n, letter) for n in document.nodes}
    wide, high = document.size
    return Seen(items, (float(wide), float(high)), True)


def _planned(node: Node, letter: float) -> Item:
    box = node.frame
    text = bool(node.text) and not node.style.get("fill")
    if box is not None and text:
        box = _set(node, box, letter)
    return Item(node.id, node.role, node.name, node.parent, box, node.text, node.style,
                node.data, text)  # fmt: skip


def _set(node: Node, frame: Box, letter: float) -> Box:
    """Return about where a text comes to stand in its frame."""
    if node.style.get("nowrap"):
        return frame
    size = float(node.style["size"])
    room = frame[2] - frame[0]
    count = lines_of(node.text, room, size)
    wide = min(room, len(node.text) * size * letter) if count == 1 else room
    high = min(frame[3] - frame[1], count * size * LINE)
    x = {"left": frame[0], "center": frame[0] + (room - wide) / 2, "right": frame[2] - wide}
    y = {
        "top": frame[1],
        "middle": (frame[1] + frame[3] - high) / 2,
        "bottom": frame[3] - high,
    }
    left = x[str(node.style.get("align", "left"))]
    top = y[str(node.style.get("valign", "top"))]
    return (left, top, left + wide, top + high)


def drawn(elements: Sequence[Element], size: tuple[int, int], scale: float) -> Seen:
    """Return what was measured; `scale` is stored pixels per document pixel."""
    ids = {e.id: str(e.attributes["node"]) for e in elements}
    items: dict[str, Item] = {}
    for e in elements:
        x0, y0, x1, y1 = (v / scale for v in e.box)
        node = ids[e.id]
        parent = ids.get(e.parent or "", "")
        text = bool(e.text) and not e.attributes.get("fill")
        items[node] = Item(node, e.role, e.name, parent, (x0, y0, x1, y1), e.text, e.attributes,
                           e.attributes, text)  # fmt: skip
    return Seen(items, (size[0] / scale, size[1] / scale), False)
