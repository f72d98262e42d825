"""Bars of a chart in a picture: by the colours of their series, read off the axis by its ticks."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from corpuswright.annotators.documents.seen import Item
from corpuswright.quality.documents.foreign import pixels
from corpuswright.renderers.documents.document import Document, Node
from corpuswright.storage.records import Box

LEAST = 40  # pixels of a bar's area; a bar of one value in a hundred of a small chart has as many
KINDS = ("bar", "horizontal_bar", "grouped_bar")


def of_chart(
    document: Document, chart: Node, items: Mapping[str, Item], rgb: np.ndarray, scale: float
) -> dict[str, Item]:
    """Return the bars of a chart with the values that they read, and its legend's colours.

    Nothing where as many bars of a colour as there are values are not found, or no two ticks.
    """
    said = chart.data["chart"]
    parts = document.children(chart.id)
    out = _legend(parts, items, rgb, scale)
    if said["kind"] not in KINDS:
        return out
    across = said["kind"] == "horizontal_bar"
    axis = _axis(parts, items, across)
    around = _around(parts, items, scale, rgb.shape)
    if axis is None or around is None:
        return out
    zero, worth = axis
    series: dict[int, list[Node]] = {}
    for part in parts:
        if part.role == "bar":
            series.setdefault(int(part.data["place"][0]), []).append(part)
    for bars in series.values():
        fill = pixels.of_hex(str(bars[0].style["fill"]))
        found = pixels.blobs(rgb, fill, around, LEAST)
        found = [b for b in found if b[2] - b[0] > 4 and b[3] - b[1] > 2]
        if len(found) != len(bars):
            continue
        found.sort(key=lambda b: b[1] if across else b[0])
        for bar, box in zip(bars, found, strict=True):
            x0, y0, x1, y1 = (v / scale for v in box)
            value = (x1 - zero) * worth if across else (zero - y0) * worth
            looks = {"fill": str(bar.style["fill"])}
            out[bar.id] = Item(bar.id, bar.role, bar.name, bar.parent, (x0, y0, x1, y1), "", looks,
                               {"read": value}, False)  # fmt: skip
    return out


def _axis(parts: list[Node], items: Mapping[str, Item], across: bool) -> tuple[float, float] | None:
    """Return where an axis is 0 and what a document pixel is worth, by its outer ticks."""
    ticks: list[tuple[float, float]] = []
    for part in parts:
        item = items.get(part.id)
        if part.role == "tick label" and item is not None and item.box is not None:
            try:
                value = float(item.text.replace(",", "").replace(" ", ""))
            except ValueError:
                continue
            i = 0 if across else 1
            ticks.append((value, (item.box[i] + item.box[i + 2]) / 2))
    ticks.sort()
    if len(ticks) < 2 or ticks[-1][0] <= ticks[0][0]:
        return None
    (v0, p0), (v1, p1) = ticks[0], ticks[-1]
    worth = (v1 - v0) / abs(p1 - p0) if p0 != p1 else 0.0
    if not worth:
        return None
    zero = p0 - v0 / worth if across else p0 + v0 / worth
    return zero, worth


def _around(
    parts: list[Node], items: Mapping[str, Item], scale: float, shape: tuple[int, ...]
) -> Box | None:
    """Return where a chart's bars can be: between its ticks and category labels and their ends."""
    boxes = [items[p.id].box for p in parts
             if p.role in ("tick label", "category label") and p.id in items]  # fmt: skip
    known = [b for b in boxes if b]
    if len(known) < 3:
        return None
    x0, y0 = min(b[0] for b in known), min(b[1] for b in known)
    x1, y1 = max(b[2] for b in known), max(b[3] for b in known)
    right, low = (x1 + 0.12 * (x1 - x0)) * scale, (y1 + 4) * scale
    return (max(0.0, x0 * scale), max(0.0, (y0 - 8) * scale), min(float(shape[1]), right),
            min(float(shape[0]), low))  # fmt: skip


def _legend(
    parts: list[Node], items: Mapping[str, Item], rgb: np.ndarray, scale: float
) -> dict[str, Item]:
    """Return a legend's entries with the colour of what stands before each."""
    out: dict[str, Item] = {}
    for part in parts:
        item = items.get(part.id)
        if part.role != "legend entry" or item is None or item.box is None:
            continue
        fill = _swatch(item, rgb, scale)
        if fill:
            out[part.id] = Item(item.node, item.role, item.name, item.parent, item.box, item.text,
                                {**item.looks, "fill": fill}, {}, True)  # fmt: skip
    return out


def _swatch(item: Item, rgb: np.ndarray, scale: float) -> str:
    """Return the colour of the square before a legend's text, or in front of it in its line."""
    assert item.box is not None
    x0, y0, _, y1 = (v * scale for v in item.box)
    row = rgb[min(int((y0 + y1) / 2), rgb.shape[0] - 1)].astype(int)
    ink = pixels.of_hex(str(item.looks["colour"])).astype(int)
    left, right = max(0, int(x0 - 48 * scale)), min(rgb.shape[1] - 4, int(x0 + 20 * scale))
    above = rgb[max(0, int(y0) - 3) : max(1, int(y0) - 1), left : right + 1]
    below = pixels.ground(above).astype(int)
    for x in range(right, left, -1):
        run = row[x : x + 4]
        flat = np.abs(run - run[0]).max() <= 6
        if flat and np.abs(run[0] - below).max() > 24 and np.abs(run[0] - ink).max() > 24:
            return pixels.hexed(run[0])
    return ""
