"""What a mutated twin is, and what mutations share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from corpuswright.renderers.documents.document import Document, Node

Touched = frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Twin:
    """A mutated document: `kind` of change, on which nodes, what it touches, said in words."""

    document: Document
    kind: str
    nodes: tuple[str, ...]
    touched: Touched
    about: str


Mutate = Callable[[Document, np.random.Generator], Twin | None]

CARDS = ("card", "step", "tile", "section", "workflow box", "bullet point")


def pick(rng: np.random.Generator, items: Sequence[Any]) -> Any:
    """Return one of some items; None if there are none."""
    return items[int(rng.integers(0, len(items)))] if len(items) else None


def groups_of(document: Document, roles: Sequence[str]) -> list[list[Node]]:
    """Return nodes of one role that stand in one node together, two and more."""
    found: dict[tuple[str, str], list[Node]] = {}
    for node in document.of(*roles):
        found.setdefault((node.role, node.parent), []).append(node)
    return [g for g in found.values() if len(g) > 1]


def cousins(document: Document, roles: Sequence[str]) -> list[list[Node]]:
    """Return nodes of one role in the whole document, two and more."""
    found: dict[str, list[Node]] = {}
    for node in document.of(*roles):
        found.setdefault(node.role, []).append(node)
    return [g for g in found.values() if len(g) > 1]


def rows_touched(document: Document, *nodes: Node) -> set[tuple[str, str]]:
    """Return what is touched of tables when the texts of some nodes change."""
    return {(f"row:{n.parent}", "text") for n in nodes if n.role in ("cell", "column header")}


def legends_touched(*nodes: Node) -> set[tuple[str, str]]:
    """Return what is touched of legends when the texts of some nodes change."""
    return {(f"legend:{n.parent}", "text") for n in nodes if n.role == "legend entry"}


def places_of(document: Document, *ids: str) -> set[tuple[str, str]]:
    """Return what is touched when nodes move, with all that stands in them."""
    return {(n.id, "place") for id in ids for n in document.within(id)}


def mark_of(document: Document, node: Node) -> str:
    """Return the id of the mark before a bullet point; empty for what has none."""
    mark = f"{node.id}.mark"
    return mark if node.role == "bullet point" and any(n.id == mark for n in document.nodes) else ""


def without(document: Document, node: Node, kind: str, more: set[tuple[str, str]]) -> Twin:
    """Return a twin that leaves out a node and all that stands in it."""
    gone = [n.id for n in document.within(node.id)]
    if mark := mark_of(document, node):
        gone.append(mark)
    touched = set(more)
    for id in gone:
        touched |= {(id, "present"), (id, "place"), (f"role:{document.node(id).role}", "present")}
    if document.domain == "webpage" and node.role in ("card", "step", "navigation link"):
        # What is left of a row in a page that flows spreads out: each of its things is elsewhere.
        for other in document.children(node.parent):
            touched |= places_of(document, other.id)
    if document.domain == "webpage" and node.role in ("button", "icon", "panel line"):
        for other in document.children(node.parent):
            touched |= places_of(document, other.id)
    return Twin(document.without(gone), kind, (node.id,), frozenset(touched),
                f"{node.name} is missing")  # fmt: skip
