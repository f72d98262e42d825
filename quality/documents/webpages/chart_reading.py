"""What a chart on a page says, read off its marks and texts, held to the table of its plan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from corpuswright.renderers.documents import colours
from corpuswright.renderers.documents.webpages.bundle import chart_document
from corpuswright.renderers.documents.webpages.plan import Chart, PagePlan

HALF = 0.5  # CSS pixels that a mark may end beside its value
_MARKS = ("bar", "point", "slice")


def faults(plan: PagePlan, id: str, chart: Chart, found: Mapping[str, Any]) -> Iterator[str]:
    """Yield what a chart says otherwise than its table: values, colours, labels, legend."""
    document = chart_document(plan)
    parts = document.children(id)
    marks, axis = found["drawn"]["marks"], found["drawn"]["axes"].get(id)
    total = sum(sum(row) for row in chart.values)
    for part in parts:
        if part.role not in _MARKS:
            continue
        mark = marks.get(part.id)
        if mark is None:
            if part.data["value"]:  # a bar of nothing is not drawn
                yield f"no mark for {part.data['category']}"
            continue
        if colours.difference(mark["fill"], str(part.style["fill"])) > colours.SAME:
            yield f"{part.data['category']} is {mark['fill']}"
        value = float(part.data["value"])
        if chart.kind == "pie":
            yield from _slice(part.data["category"], mark, value / total)
        elif axis is not None:
            yield from _value(part.data["category"], part.role, mark["box"], axis, value)
    if chart.kind != "pie" and axis is None:
        yield "no axis of values"
    texts = Counter(" ".join(t.split()) for t in found["charts"][id]["texts"])
    for part in parts:
        said = " ".join(part.text.split())
        if said and part.role in ("category label", "legend entry", "axis title", "tick label"):
            if not texts[said]:
                yield f"{part.role} “{said[:40]}” is not written"
            texts[said] -= 1


def _value(name: Any, role: str, box: Any, axis: Any, value: float) -> Iterator[str]:
    along, v0, p0, v1, p1 = axis
    low, high = (box[0], box[2]) if along == "x" else (box[1], box[3])
    worth = (v1 - v0) / (p1 - p0)
    read = v0 + ((low + high) / 2 - p0) * worth if role == "point" else abs((high - low) * worth)
    if abs(read - value) > abs(worth) * (HALF + 0.51):
        yield f"{name} reads {read:.4g}, the table has {value:.4g}"


def _slice(name: Any, mark: Mapping[str, Any], share: float) -> Iterator[str]:
    """Yield if a slice is plainly another share: its box is as large as its angle lets it be."""
    x0, y0, x1, y1 = mark["box"]
    if share > 0.02 and (x1 - x0 < 1 or y1 - y0 < 1):
        yield f"the slice for {name} is not seen"
