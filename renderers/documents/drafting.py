"""A sheet that a layout puts things on, one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from corpuswright.renderers.documents import looks
from corpuswright.renderers.documents.document import Box, Node
from corpuswright.storage.records import Json

ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth",
            "tenth", "eleventh", "twelfth")  # fmt: skip
# Widths of letters differ; texts are given room for this share of their size a letter. What does
# not fit after all is measured and refused.
_LETTER = 0.56
LINE = 1.35  # of a line's height to its type size


def ordinal(number: int) -> str:
    """Return `first`, `second`, … of a number from 0."""
    return ORDINALS[number]


def lines_of(text: str, width: float, size: float) -> int:
    """Return how many lines a text will need at most, by words."""
    room, count, used = max(1, int(width / (size * _LETTER))), 1, 0
    for word in text.split():
        if used and used + 1 + len(word) > room:
            count, used = count + 1, len(word)
        else:
            used += len(word) + (1 if used else 0)
    return count


@dataclass(slots=True)
class Draft:
    """The nodes of a document so far, with the look they are drawn in."""

    rng: np.random.Generator
    look: looks.Look
    nodes: list[Node] = field(default_factory=list[Node])

    def add(self, node: Node) -> str:
        """Put a node on the sheet; returns its id."""
        self.nodes.append(node)
        return node.id

    def box(
        self, id: str, role: str, name: str, frame: Box, fill: str, parent: str = "",
        stroke: str = "", stroke_width: float = 0, radius: float | None = None, **data: Any,
    ) -> str:  # fmt: skip
        """Put a filled box on the sheet."""
        style: dict[str, Any] = {
            "fill": fill, "radius": self.look.radius if radius is None else radius,
        }  # fmt: skip
        if stroke:
            style |= {"stroke": stroke, "stroke_width": stroke_width or 2}
        return self.add(Node(id, role, name, frame, parent, style=style, data=data))

    def words(
        self, id: str, role: str, name: str, frame: Box, text: str, size: float, colour: str,
        parent: str = "", bold: bool = False, italic: bool = False, heading: bool = False,
        align: str = "left", valign: str = "top", **data: Any,
    ) -> str:  # fmt: skip
        """Put a text on the sheet."""
        style: Json = {
            "colour": colour,
            "size": round(size * self.look.scale, 1),
            "bold": bold,
            "italic": italic,
            "font": self.look.heading if heading else self.look.body,
            "align": align,
            "valign": valign,
        }
        return self.add(Node(id, role, name, frame, parent, text, style, data))

    def icon(self, id: str, name: str, frame: Box, icon: str, colour: str, parent: str) -> str:
        """Put an icon on the sheet."""
        return self.add(Node(id, "icon", name, frame, parent, style={"colour": colour},
                             data={"icon": icon}))  # fmt: skip

    def arrow(
        self, id: str, name: str, start: tuple[float, float], end: tuple[float, float],
        colour: str, ends: Sequence[str], parent: str = "", dashed: bool = False,
    ) -> str:  # fmt: skip
        """Put an arrow on the sheet, from one point to another, between two nodes."""
        xs, ys = (start[0], end[0]), (start[1], end[1])
        frame = (min(xs), min(ys), max(xs), max(ys))
        style: Json = {"stroke": colour, "stroke_width": 3, "dashed": dashed}
        data: Json = {"ends": list(ends), "line": [*start, *end]}
        return self.add(Node(id, "arrow", name, frame, parent, style=style, data=data))
