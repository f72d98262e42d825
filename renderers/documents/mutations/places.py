"""Mutations of where things stand, and whether they do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np

from corpuswright.renderers.documents.document import Box, Document, Node, moved
from corpuswright.renderers.documents.mutations.twin import (
    CARDS,
    Twin,
    groups_of,
    mark_of,
    pick,
    places_of,
    without,
)


def _shifted(document: Document, id: str, dx: float, dy: float) -> dict[str, Node]:
    """Return a node and all that stands in it at another place."""
    out: dict[str, Node] = {}
    for n in document.within(id):
        if n.frame is None:
            continue
        data: dict[str, Any] = {}
        if "line" in n.data:
            ax, ay, bx, by = n.data["line"]
            data["line"] = [ax + dx, ay + dy, bx + dx, by + dy]
        if n.id == id:
            data["shift"] = [dx, dy]
        out[n.id] = n.but(frame=moved(n.frame, dx, dy), data=data)
    return out


def other_order(document: Document, rng: np.random.Generator) -> Twin | None:
    """Let two things of a row change places, with all that stands in them."""
    groups = [g for g in groups_of(document, CARDS) if all(n.frame for n in g)]
    group = pick(rng, groups)
    if group is None:
        return None
    i, j = sorted(rng.choice(len(group), 2, replace=False).tolist())
    a, b = group[i], group[j]
    return _exchanged(document, a, b, "other_order")


def _exchanged(document: Document, a: Node, b: Node, kind: str) -> Twin | None:
    assert a.frame is not None and b.frame is not None
    dx, dy = b.frame[0] - a.frame[0], b.frame[1] - a.frame[1]
    others = [mark_of(document, n) for n in (a, b)]
    ids = [a.id, b.id, *(m for m in others if m)]
    changed = _shifted(document, a.id, dx, dy) | _shifted(document, b.id, -dx, -dy)
    for mark, x, y in ((others[0], dx, dy), (others[1], -dx, -dy)):
        if mark:
            changed |= _shifted(document, mark, x, y)
    made = document.changed(changed)
    if document.domain == "webpage":  # it flows: what comes first stands first
        made = _reordered(document.changed({}), a.id, b.id, changed)
    return Twin(made, kind, (a.id, b.id), frozenset(places_of(document, *ids)),
                f"{a.name} and {b.name} have changed places")  # fmt: skip


def _reordered(document: Document, a: str, b: str, changed: Mapping[str, Node]) -> Document:
    first, second = [n.id for n in document.within(a)], [n.id for n in document.within(b)]
    nodes = {n.id: changed.get(n.id, n) for n in document.nodes}
    out: list[Node] = []
    for node in document.nodes:
        if node.id == a:
            out += [nodes[i] for i in second]
        elif node.id == b:
            out += [nodes[i] for i in first]
        elif node.id not in first and node.id not in second:
            out.append(nodes[node.id])
    # A shift is for things that stand by coordinates; these stand by their order.
    out = [replace(n, data={k: v for k, v in n.data.items() if k != "shift"}) for n in out]
    return replace(document, nodes=tuple(out))


def moved_block(document: Document, rng: np.random.Generator) -> Twin | None:
    """Put a block somewhere else: to the other side of what it stands in."""
    if document.domain == "webpage":
        sections = [n for n in document.nodes if not n.parent][2:-1]
        if len(sections) < 2:
            return None
        i = int(rng.integers(0, len(sections) - 1))
        return _exchanged(document, sections[i], sections[i + 1], "moved_block")
    found: list[tuple[Node, float]] = []
    for node in document.of("icon", "panel label", "button", "circle", "web address", "summary box",
                            "panel"):  # fmt: skip
        if node.frame is None or (node.role == "panel" and "letter" in node.id):
            continue
        outer = _frame(document, node)
        across = outer[0] + outer[2] - node.frame[0] - node.frame[2]
        if abs(across) > max(60.0, (node.frame[2] - node.frame[0]) * 0.8):
            found.append((node, across))
    if not found:
        return None
    node, across = found[int(rng.integers(0, len(found)))]
    return Twin(document.changed(_shifted(document, node.id, across, 0)), "moved_block", (node.id,),
                frozenset(places_of(document, node.id)),
                f"{node.name} stands on the other side")  # fmt: skip


def _frame(document: Document, node: Node) -> Box:
    if node.parent:
        frame = document.node(node.parent).frame
        if frame is not None:
            return frame
    return (0.0, 0.0, float(document.size[0]), float(document.size[1]))


def overlap(document: Document, rng: np.random.Generator) -> Twin | None:
    """Push a thing of a row over its neighbour."""
    pairs = [
        (a, b)
        for g in groups_of(document, ("card", "step", "tile", "section", "workflow box"))
        for a, b in pairwise(g)
        if a.frame and b.frame
    ]
    if document.domain == "webpage":
        pairs = [p for p in pairs if p[0].role != "section"]
    pair = pick(rng, pairs)
    if pair is None:
        return None
    a, b = pair
    i = 0 if abs(a.frame[0] - b.frame[0]) > abs(a.frame[1] - b.frame[1]) else 1
    length = a.frame[i + 2] - a.frame[i]
    # In a page that flows, frames are no pixels: half a card's usual width.
    push = 120.0 if document.domain == "webpage" else b.frame[i] - a.frame[i + 2] + length * 0.4
    by = (push, 0.0) if i == 0 else (0.0, push)
    return Twin(document.changed(_shifted(document, a.id, *by)), "overlap", (a.id, b.id),
                frozenset(places_of(document, a.id)), f"{a.name} lies over {b.name}")  # fmt: skip


def misaligned(document: Document, rng: np.random.Generator) -> Twin | None:
    """Push a thing out of the line of its row."""
    groups = [g for g in groups_of(document, ("card", "step", "tile", "panel")) if len(g) > 1]
    found: list[tuple[Node, int]] = []
    for group in groups:
        for n in group:
            others = [o.frame for o in group if o.frame and n.frame and o.id != n.id]
            for i in (1, 0):  # out of the line of the things beside it, or below it
                if n.frame and any(abs(o[i] - n.frame[i]) < 1 for o in others):
                    found.append((n, i))
                    break
    if not found:
        return None
    node, axis = found[int(rng.integers(0, len(found)))]
    by = float(rng.choice([-1, 1])) * float(rng.integers(22, 36))
    push = (0.0, by) if axis else (by, 0.0)
    changed = _shifted(document, node.id, *push)
    if document.domain == "webpage":
        # Frames of a page that flows are no pixels: as far as a line is left, and no further.
        small = 9.5 if by > 0 else -9.5
        changed = _shifted(document, node.id, 0.0, small)
        changed[node.id] = changed[node.id].but(data={"shift": [0.0, by]})
    return Twin(
        document.changed(changed),
        "misaligned",
        (node.id,),
        frozenset(places_of(document, node.id)),
        f"{node.name} stands {abs(by):.0f} pixels out of line",
    )


def overflow(document: Document, rng: np.random.Generator) -> Twin | None:
    """Let a text run out of the box that it stands in, in one line."""
    nodes = [
        n
        for n in document.of("text", "heading", "quotation", "step text")
        if n.parent and n.frame and document.node(n.parent).frame and len(n.text) > 24
        and document.node(n.parent).role in ("card", "step", "panel", "section", "quotation box")
        and (document.domain != "webpage" or document.node(n.parent).role in ("card", "step"))
    ]  # fmt: skip
    node = pick(rng, nodes)
    if node is None:
        return None
    frame, room = node.frame, document.node(node.parent).frame
    if frame is None or room is None:
        return None
    size = float(node.style["size"])
    # Set in one line, and as large as it takes to run some way out of the box.
    wide = room[2] - room[0] if document.domain != "webpage" else 280.0
    larger = max(size * 1.25, wide * 1.5 / (len(node.text) * 0.5))
    made = node.but(
        frame=(frame[0], frame[1], room[2] + wide * 0.3, frame[3]),
        style={"size": round(larger, 1), "nowrap": True, "align": "left"},
    )
    return Twin(document.changed({node.id: made}), "overflow", (node.id,),
                frozenset({(node.id, "place"), (node.id, "size")}),
                f"{node.name} runs out of its box")  # fmt: skip


def missing_element(document: Document, rng: np.random.Generator) -> Twin | None:
    """Leave out a thing, with all that stands in it."""
    nodes = [n for g in groups_of(document, CARDS) for n in g]
    nodes += document.of("icon", "subtitle", "button", "arrow", "page number", "quotation box",
                         "source note", "navigation link", "panel line", "circle")  # fmt: skip
    if document.domain == "webpage":
        nodes = [n for n in nodes if n.role != "section"]
    node = pick(rng, nodes)
    return without(document, node, "missing_element", set()) if node is not None else None
