"""Questions about where things stand: relations, order, lines, sizes, how many."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise

import numpy as np

from corpuswright.annotators.documents.question import NUMBERS, Question, groups_of, one_of
from corpuswright.renderers.documents.document import Document, Node

_BLOCKS = (
    "title", "subtitle", "band", "header", "footer", "introduction", "card", "step", "tile",
    "section", "panel", "chart", "table", "note", "caption", "quotation box", "summary box",
    "formula box", "button", "brand", "footer text", "page number", "web address", "bullet point",
    "source note", "workflow box", "e-mail address", "icon", "panel label", "panel title",
    "circle",
)  # fmt: skip
_ROWS = ("card", "step", "tile", "section", "panel", "workflow box", "bullet point", "table row",
         "navigation link", "panel line")  # fmt: skip


def ask(document: Document, rng: np.random.Generator) -> Iterator[Question]:
    """Yield questions about where things stand to each other and in the image."""
    blocks = [n for n in document.of(*_BLOCKS) if n.frame]
    for a, b in _pairs(document, blocks, rng):
        for name, word in (("above", "above"), ("left_of", "to the left of")):
            yield Question(name, "layout", False, f"Is {a.name} {word} {b.name}?",
                           (name, a.id, b.id), (a.id, b.id))  # fmt: skip
    for node in blocks:
        side = str(rng.choice(["left", "right", "top", "bottom"]))
        if document.domain == "webpage" and side in ("top", "bottom"):
            side = "left" if side == "top" else "right"
        yield Question("half", "layout", False, f"Does {node.name} lie in the {side} half of the "
                       "image?", ("half", node.id, side), (node.id,))  # fmt: skip
        if node.role in ("title", "subtitle", "introduction", "header", "caption"):
            yield Question("centred", "layout", False,
                           f"Is {node.name} centred between the left and the right edge of the "
                           "image?", ("centred", node.id), (node.id,))  # fmt: skip
    inner = [n for n in document.nodes if n.parent and n.frame and document.node(n.parent).frame]
    outer = [n for n in document.nodes if n.role in ("card", "step", "tile", "panel", "section",
                                                     "header", "footer", "band")]  # fmt: skip
    for a in inner:
        outer_role = document.node(a.parent).role
        if a.role in ("icon", "circle", "panel label", "button") and outer_role != "chart":
            for side in ("left", "right"):
                yield Question("half", "layout", True, f"Does {a.name} lie in the {side} half of "
                               f"{document.node(a.parent).name}?",
                               ("half_of", a.id, a.parent, side), (a.id, a.parent))  # fmt: skip
        for b in (document.node(a.parent), one_of(rng, outer or inner)):
            apart = a.id != b.id and b.id not in [n.id for n in document.within(a.id)]
            if apart and b.role != "chart":
                yield Question("inside", "layout", True, f"Is {a.name} completely inside {b.name}?",
                               ("inside", a.id, b.id), (a.id, b.id))  # fmt: skip
    yield from _rows(document, rng)


def _pairs(
    document: Document, blocks: Sequence[Node], rng: np.random.Generator
) -> Iterator[tuple[Node, Node]]:
    """Yield pairs of blocks: all that stand in one thing together, and some others."""
    for a in blocks:
        for b in blocks:
            if a.id != b.id and (a.parent == b.parent or rng.uniform() < 0.1):
                # Where an icon stands beside words hangs on the page's own way to set a line.
                if document.domain != "webpage" or "icon" not in (a.role, b.role):
                    yield a, b


def _rows(document: Document, rng: np.random.Generator) -> Iterator[Question]:
    """Yield questions about rows: how many, in what order, in line, of one size."""
    for role in dict.fromkeys(
        n.role for n in document.nodes if n.role in (*_ROWS, "button", "icon", "arrow")
    ):
        number = len(document.of(role))
        # Whether a footer is a section is a matter of taste.
        if role == "section" and document.domain == "webpage":
            continue
        for count in (number, number + int(one_of(rng, (-1, 1)))):
            if count < len(NUMBERS) and count > 0:
                yield Question("count", "layout", True, f"Are there exactly {NUMBERS[count]} "
                               f"{_plural(role, count)} in the image?", ("count", role, count),
                               tuple(n.id for n in document.of(role)))  # fmt: skip
    for group in groups_of(document, _ROWS):
        if not all(n.frame for n in group):
            continue
        frames = [n.frame for n in group if n.frame]
        lines = [len({round(f[i] / 8) for f in frames}) for i in (0, 1)]
        if 1 not in lines:
            continue  # a grid, or panels of several sizes: no one order
        beside = abs(frames[0][1] - frames[1][1]) < 2
        axis, way = ("x", "from left to right") if beside else ("y", "from top to bottom")
        labels = {n.id: _label(document, n) for n in group}
        if all(labels.values()) and len(set(labels.values())) == len(group):
            chosen = sorted(rng.choice(len(group), min(3, len(group)), replace=False).tolist())
            for turn in (0, 1):
                order = [group[i] for i in chosen]
                if turn:
                    order = [order[-1], *order[1:-1], order[0]]
                listed = ", then ".join(f"“{labels[n.id]}”" for n in order)
                yield Question("order", "layout", True,
                               f"Do the {_plural(group[0].role, 2)} come in this order {way}: "
                               f"{listed}?", ("order", axis, *(n.id for n in order)),
                               tuple(n.id for n in order))  # fmt: skip
        for a, b in pairwise(group):
            yield Question("overlap", "layout", True,
                           f"Do {a.name} and {b.name} stand apart, without overlapping?",
                           ("apart", a.id, b.id), (a.id, b.id))  # fmt: skip
            yield Question("overlap", "layout", True, f"Do {a.name} and {b.name} overlap?",
                           ("not", "apart", a.id, b.id), (a.id, b.id))  # fmt: skip
        if group[0].style.get("fill") and not group[0].text:
            for a, b in combinations(group[:6], 2):
                for side in ("top", "left"):
                    yield Question("aligned", "layout", True, f"Are the {side} edges of {a.name} "
                                   f"and {b.name} in one line?", ("aligned", side, a.id, b.id),
                                   (a.id, b.id))  # fmt: skip
            edge = "top" if beside else "left"
            wrong = "left" if beside else "top"
            for side in (edge, wrong):
                yield Question("aligned", "layout", True, f"Are the {side} edges of all "
                               f"{_plural(group[0].role, 2)} in one line?",
                               ("aligned", side, *(n.id for n in group)),
                               tuple(n.id for n in group))  # fmt: skip


def _label(document: Document, node: Node) -> str:
    """Return the text by which a sentence tells a thing of a row."""
    if node.text:
        return node.text
    for child in document.children(node.id):
        if child.role in ("heading", "label", "panel title", "section heading") and child.text:
            return child.text
    return ""


def _plural(role: str, count: int) -> str:
    if count == 1:
        return role
    return {"workflow box": "workflow boxes", "summary": "summaries"}.get(role, f"{role}s")
