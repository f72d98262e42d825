"""Where things stand on a page: what lies over another, runs out of its box, or is out of order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from corpuswright.renderers.documents.webpages.tags import Part

AIR = 0.15  # of a line's height, above and below, that no letter of the fonts here reaches
SLACK = 2.0  # CSS pixels that boxes may share: rounding, and the air that a line of type has
_SOLID = ("picture", "video", "chart", "field")
_BOXES = ("card", "button", "number", "table")
_ALIKE = ("section", "card", "link", "button", "number", "list point", "cell", "column header")

Found = tuple[str, str]  # the element, and what was seen


def overlaps(parts: Sequence[Part], nodes: Mapping[str, Any]) -> Iterator[Found]:
    """Yield what lies over something that it does not stand in."""
    for roles in (None, ("card",), ("section", "navigation", "footer")):
        rows = list(_pieces(parts, nodes) if roles is None else _whole(parts, nodes, roles))
        yield from _over(rows, parts)


def _pieces(parts: Sequence[Part], nodes: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield what must be seen: each line of words, each picture, chart and button."""
    for part in parts:
        node = nodes[part.id]
        if part.role in _SOLID or part.role == "button":
            yield part.id, node["box"]
        else:
            for line in _inked(node):
                yield part.id, line


def _inked(node: Mapping[str, Any]) -> list[tuple[float, float, float, float]]:
    """Return the boxes of an element's lines without the air that type has above and below."""
    return [
        (x0, y0 + (y1 - y0) * AIR, x1, y1 - (y1 - y0) * AIR) for x0, y0, x1, y1 in node["lines"]
    ]


def _whole(
    parts: Sequence[Part], nodes: Mapping[str, Any], roles: Sequence[str]
) -> Iterator[tuple[str, Any]]:
    for part in parts:
        if part.role in roles:
            yield part.id, nodes[part.id]["box"]


def _over(rows: Sequence[tuple[str, Any]], parts: Sequence[Part]) -> Iterator[Found]:
    if len(rows) < 2:
        return
    parent = {p.id: p.parent for p in parts}
    boxes = np.array([b for _, b in rows], dtype=float)
    across = np.minimum(boxes[:, None, 2], boxes[None, :, 2]) - np.maximum(
        boxes[:, None, 0], boxes[None, :, 0]
    )
    down = np.minimum(boxes[:, None, 3], boxes[None, :, 3]) - np.maximum(
        boxes[:, None, 1], boxes[None, :, 1]
    )
    for i, j in zip(*np.nonzero(np.triu((across > SLACK) & (down > SLACK), 1)), strict=True):
        a, b = rows[int(i)][0], rows[int(j)][0]
        if a != b and not _inside(a, b, parent) and not _inside(b, a, parent):
            yield b, f"lies over {a} by {across[i, j]:.0f} x {down[i, j]:.0f} px"


def _inside(inner: str, outer: str, parent: Mapping[str, str]) -> bool:
    at = parent.get(inner, "")
    while at:
        if at == outer:
            return True
        at = parent.get(at, "")
    return False


def overflows(
    parts: Sequence[Part], nodes: Mapping[str, Any], page: Mapping[str, Any]
) -> Iterator[Found]:
    """Yield what runs out of the thing that it stands in, or out of the page."""
    for part in parts:
        node = nodes[part.id]
        boxes = _inked(node) or [tuple(node["box"])]
        limits = [("the page", (0.0, 0.0, float(page["view"]), float(page["high"])))]
        if part.text and part.role == "button":
            limits.append((part.id, node["box"]))
        if part.parent in nodes:
            limits.append((part.parent, nodes[part.parent]["box"]))
        for name, (x0, y0, x1, y1) in limits:
            out = max(
                max(x0 - b[0], y0 - b[1], b[2] - x1, b[3] - y1) for b in boxes
            )  # of its worst line
            if out > SLACK:
                yield part.id, f"runs out of {name} by {out:.0f} px"
                break


def out_of_order(parts: Sequence[Part], nodes: Mapping[str, Any]) -> Iterator[Found]:
    """Yield what stands before something that it should stand after, as one reads."""
    groups: dict[tuple[str, str], list[str]] = {}
    for part in parts:
        if part.role in _ALIKE:
            groups.setdefault((part.parent, part.role), []).append(part.id)
    groups[("", "landmark")] = [
        p.id for p in parts if p.role in ("section", "navigation", "footer")
    ]
    for ids in groups.values():
        seen = _reading(ids, nodes)
        for planned, there in zip(ids, seen, strict=True):
            if planned != there:
                yield there, f"stands where {planned} should"
                break
        else:
            seen = sorted(ids, key=lambda i: nodes[i]["order"])
            for planned, there in zip(ids, seen, strict=True):
                if planned != there:
                    yield there, f"is read where {planned} should be"
                    break


def _reading(ids: Sequence[str], nodes: Mapping[str, Any]) -> list[str]:
    """Return elements in reading order: row by row, from the left."""
    left = sorted(ids, key=lambda i: nodes[i]["box"][1])
    out: list[str] = []
    while left:
        _, y0, _, y1 = nodes[left[0]]["box"]
        # Of one row is what begins above the middle of its first.
        row = [i for i in left if nodes[i]["box"][1] < y0 + max((y1 - y0) * 0.5, 1)]
        out += sorted(row, key=lambda i: nodes[i]["box"][0])
        left = [i for i in left if i not in row]
    return out
