"""A document as it is planned: what is on it, where, in which words, colours and numbers.

Questions are answered from the plan; what a renderer has made of it is measured, and the two are
held against each other (`quality.documents`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from corpuswright.storage.records import Box, Json, from_dict, to_dict

Domain = Literal["slides", "webpage", "chart", "poster", "scientific_figure"]
Engine = Literal["page", "slides", "figure"]

_NOTHING: Json = {}


@dataclass(frozen=True, slots=True)
class Node:
    """One thing of a document.

    Attributes:
        id: Of the thing in its document and in every mutated version: `card2.heading`.
        role: What kind of thing it is: `title`, `card`, `bar`, `legend entry`.
        name: What a sentence calls it, with its article: `the second card`.
        frame: Where it is meant to stand, in document pixels; of a page that flows, where it would
            stand in a plain grid: only relations hold. None for what a chart library places.
        parent: Id of what it stands in, empty for the document itself.
        text: What is written in it itself.
        style: `fill`, `colour`, `stroke` (hex), `stroke_width`, `radius`, `size` (pixels), `bold`,
            `italic`, `font`, `align`, `valign`, `dashed`.
        data: What it shows: `value`, `series`, `category`, `unit` of a mark; `icon`; `ends` of a
            connector; `chart` of a chart.
    """

    id: str
    role: str
    name: str
    frame: Box | None = None
    parent: str = ""
    text: str = ""
    style: Json = field(default_factory=lambda: _NOTHING)
    data: Json = field(default_factory=lambda: _NOTHING)

    def but(self, **changes: Any) -> Node:
        """Return the node with other fields; `style` and `data` are laid over what is there."""
        for name in ("style", "data"):
            if name in changes:
                changes[name] = {**getattr(self, name), **changes[name]}
        return replace(self, **changes)


@dataclass(frozen=True, slots=True)
class Document:
    """A planned document. `size` is (width, height) in document pixels, `ratio` stored pixels each.

    Attributes:
        look: Name of the look that fonts, colours and component library come from.
        facts: What was computed for it, by name: the answers of knowledge questions.
    """

    domain: Domain
    engine: Engine
    size: tuple[int, int]
    ratio: float
    look: str
    background: str
    subject: str
    nodes: tuple[Node, ...]
    facts: Json = field(default_factory=lambda: _NOTHING)

    def node(self, id: str) -> Node:
        """Return a node; raises KeyError if there is none of that id."""
        for node in self.nodes:
            if node.id == id:
                return node
        raise KeyError(id)

    def children(self, id: str) -> list[Node]:
        """Return the nodes that stand in another one directly."""
        return [n for n in self.nodes if n.parent == id]

    def within(self, id: str) -> Iterator[Node]:
        """Yield a node and all that stand in it, in document order."""
        inside = {id}
        for node in self.nodes:
            if node.id == id or node.parent in inside:
                inside.add(node.id)
                yield node

    def ground(self, node: Node) -> str:
        """Return the colour that a node stands on: the fill of what it is in, or the background."""
        at = node.parent
        while at:
            outer = self.node(at)
            if outer.style.get("fill"):
                return str(outer.style["fill"])
            at = outer.parent
        return self.background

    def of(self, *roles: str) -> list[Node]:
        """Return the nodes of some roles, in document order."""
        return [n for n in self.nodes if n.role in roles]

    def changed(self, nodes: Mapping[str, Node]) -> Document:
        """Return the document with some nodes exchanged for others of the same id."""
        return replace(self, nodes=tuple(nodes.get(n.id, n) for n in self.nodes))

    def without(self, ids: Sequence[str]) -> Document:
        """Return the document without some nodes."""
        return replace(self, nodes=tuple(n for n in self.nodes if n.id not in ids))


def to_json(document: Document) -> dict[str, Any]:
    """Return a document as JSON values."""
    return to_dict(document)


def from_json(plain: Mapping[str, Any]) -> Document:
    """Return the document that JSON values tell of; raises RecordError if they tell of none."""
    return from_dict(Document, plain)


def moved(frame: Box, dx: float = 0.0, dy: float = 0.0) -> Box:
    """Return a frame at another place."""
    return (frame[0] + dx, frame[1] + dy, frame[2] + dx, frame[3] + dy)


def inset(frame: Box, across: float, down: float | None = None) -> Box:
    """Return a frame without a margin at both sides, and above and below."""
    dy = across if down is None else down
    return (frame[0] + across, frame[1] + dy, frame[2] - across, frame[3] - dy)


def columns(frame: Box, shares: Sequence[float], gap: float) -> list[Box]:
    """Return frames side by side, as wide as their shares, with gaps between them."""
    room = (frame[2] - frame[0] - gap * (len(shares) - 1)) / sum(shares)
    out: list[Box] = []
    x = frame[0]
    for share in shares:
        out.append((x, frame[1], x + share * room, frame[3]))
        x += share * room + gap
    return out


def rows(frame: Box, shares: Sequence[float], gap: float) -> list[Box]:
    """Return frames one below the other, as high as their shares, with gaps between them."""
    turned = (frame[1], frame[0], frame[3], frame[2])
    return [(b[1], b[0], b[3], b[2]) for b in columns(turned, shares, gap)]


def grid(frame: Box, across: int, down: int, gap: float) -> list[Box]:
    """Return the cells of a grid, row by row."""
    lines = rows(frame, [1.0] * down, gap)
    return [cell for line in lines for cell in columns(line, [1.0] * across, gap)]
