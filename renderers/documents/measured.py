"""What was drawn of a document, as it was measured: the same record from every engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from corpuswright.renderers.documents.document import Document, Node
from corpuswright.storage.records import Box, Element, Json, Quad

Letter = tuple[str, float, float, float, float]  # the letter, and the box of its ink


@dataclass(frozen=True, slots=True)
class Thing:
    """One node as it was drawn, in pixels of the stored image.

    Attributes:
        box: Of what is seen: ink of a text, border of a box, shape of a mark.
        frame: The box that a text was set in, where the engine has one.
        looks: `fill`, `colour`, `stroke` (hex), `stroke_width`, `radius`, `size`, `bold`,
            `italic`, `font`, `dashed`, as far as the engine tells.
        letters: Of its own text, in reading order, without spaces.
        data: What else was measured: `axis` of a chart, `read` of a mark.
    """

    box: Box
    frame: Box | None = None
    looks: Json = field(default_factory=dict[str, Any])
    letters: tuple[Letter, ...] = ()
    data: Json = field(default_factory=dict[str, Any])

    @property
    def written(self) -> str:
        """What is written, without spaces."""
        return "".join(letter[0] for letter in self.letters)


@dataclass(frozen=True, slots=True)
class Drawing:
    """A document drawn: its PNG, size, stored pixels per document pixel, and what was measured."""

    png: bytes
    size: tuple[int, int]
    scale: float
    things: Mapping[str, Thing]


def ink_of(letters: tuple[Letter, ...]) -> Box | None:
    """Return the box of the ink of some letters; None if there are none."""
    if not letters:
        return None
    return (
        min(b[1] for b in letters),
        min(b[2] for b in letters),
        max(b[3] for b in letters),
        max(b[4] for b in letters),
    )


def unspaced(text: str) -> str:
    """Return a text as letters are compared: without spaces."""
    return "".join(text.split())


def elements(document: Document, drawing: Drawing) -> list[Element]:
    """Return what was drawn as elements, in the document's order."""
    drawn = [n for n in document.nodes if n.id in drawing.things]
    ids = {n.id: f"e{i}" for i, n in enumerate(drawn)}
    return [
        _element(ids[n.id], n, drawing.things[n.id], ids.get(n.parent), drawing.size) for n in drawn
    ]


def _element(
    id: str, node: Node, thing: Thing, parent: str | None, size: tuple[int, int]
) -> Element:
    x0, y0, x1, y1 = (round(v, 2) for v in thing.box)
    quad: Quad = ((x0, y0), (x1, y0), (x1, y1), (x0, y1))
    shown = (max(x0, 0.0), max(y0, 0.0), min(x1, float(size[0])), min(y1, float(size[1])))
    attributes: dict[str, Any] = {
        "node": node.id,
        **{k: v for k, v in thing.looks.items() if v not in ("", None)},
        **dict(thing.data),
    }
    if thing.frame is not None:
        attributes["frame"] = [round(v, 2) for v in thing.frame]
    if thing.letters:
        attributes["letters"] = [[c, *(round(v, 2) for v in b)] for c, *b in thing.letters]
    # Spaces leave no ink: they are taken from the plan where all letters are the plan's.
    text = node.text if thing.written == unspaced(node.text) else thing.written
    return Element(
        id=id,
        role=node.role,
        name=node.name,
        quad=quad,
        box=(x0, y0, x1, y1),
        visible_box=shown if shown[2] > shown[0] and shown[3] > shown[1] else None,
        visible_fraction=None,
        click_point=None,
        text=text,
        state={},
        attributes=attributes,
        parent=parent,
    )
