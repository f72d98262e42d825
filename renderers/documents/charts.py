"""Charts as nodes: every mark with its value, every label, legend entry and tick.

What is drawn is read back off these nodes (`drawn`), so that a change of one of them is a change of
the picture and of nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from corpuswright.renderers.documents import colours
from corpuswright.renderers.documents.content import tables
from corpuswright.renderers.documents.content.tables import Table
from corpuswright.renderers.documents.document import Box, Document, Node, rows
from corpuswright.renderers.documents.drafting import Draft, ordinal

Library = Literal["echarts", "vega", "matplotlib"]
Kind = Literal["bar", "horizontal_bar", "grouped_bar", "stacked_bar", "line", "pie"]

LIBRARIES: Sequence[Library] = ("echarts", "vega", "matplotlib")
MARKS = {"pie": "slice", "line": "point"}  # bars otherwise
LABELS = 44  # letters of all names that fit below a chart of half a picture's width; ours
KINDS = {
    "bar": "bar chart", "horizontal_bar": "horizontal bar chart",
    "grouped_bar": "grouped bar chart", "stacked_bar": "stacked bar chart",
    "line": "line chart", "pie": "pie chart",
}  # fmt: skip


def kinds_for(table: Table) -> list[Kind]:
    """Return the kinds of chart that may show a table."""
    if len(table.series) > 1:
        several: list[Kind] = ["line", "grouped_bar"] if table.ordered else ["grouped_bar"]
        return [*several, "stacked_bar"] if table.additive else several
    plain: list[Kind] = ["line", "bar"] if table.ordered else ["bar", "horizontal_bar"]
    if not table.ordered and sum(map(len, table.categories)) > LABELS:
        plain.remove("bar")
    if table.additive and not table.ordered and len(table.categories) <= 6:
        plain.append("pie")
    return plain


def add(
    draft: Draft, id: str, name: str, frame: Box, table: Table, kind: Kind, library: Library,
    parent: str = "", labels: bool = False, surface: str = "", of: str = "",
    size: tuple[float, float] | None = None,
) -> str:  # fmt: skip
    """Put a chart of a table on a sheet, with a node for all that it shows.

    Args:
        draft: The sheet.
        id: Of the chart; its parts' ids begin with it.
        name: What sentences call it.
        frame: Where it stands.
        table: What it shows.
        kind: How.
        library: Who draws it.
        parent: What it stands in.
        labels: Whether each mark has its value written beside it.
        surface: The colour it stands on; the document's background if it is empty.
        size: Of its picture, where the frame is none of pixels.
        of: What tells its parts from those of other charts: ` of panel (B)`.
    """
    ink = draft.look.on(surface or draft.look.background)
    end, step = tables.axis_of([v for s in table.values for v in _tops(table, kind, s)])
    legend = len(table.series) > 1 or kind == "pie"
    chart: dict[str, Any] = {
        "kind": kind, "library": library, "end": end, "step": step,
        "ticks": tables.ticks_of(end, step), "ink": ink, "font": draft.look.body,
        "size": round(13 * draft.look.scale, 1), "decimals": table.decimals, "unit": table.unit,
        "legend": str(draft.rng.choice(["top", "right", "bottom"])) if legend else "",
        "source": table.source,
        "fills": colours_of(draft, table, kind),
        "box": list(size) if size else [],
    }  # fmt: skip
    draft.add(Node(id, "chart", name, frame, parent, data={"chart": chart}))
    _marks(draft, id, table, kind, of)
    axis = "vertical" if kind == "horizontal_bar" else "horizontal"
    for c, category in enumerate(table.categories) if kind != "pie" else ():
        label = f"the {ordinal(c)} label of the {axis} axis{of}"
        draft.add(Node(f"{id}.category{c}", "category label", label, None, id, category))
    if kind != "pie":
        across, up = table.category, table.value_title
        if kind == "horizontal_bar":
            across, up = up, across
        for axis, word, text in (("x", "horizontal", across), ("y", "vertical", up)):
            title = f"the title of the {word} axis{of}"
            draft.add(Node(f"{id}.{axis}_title", "axis title", title, None, id, text))
        for i, text in enumerate(chart["ticks"]):
            tick = f"the axis label {text}{of}"
            draft.add(Node(f"{id}.tick{i}", "tick label", tick, None, id, text))
    _legend(draft, id, table, kind, of, legend)
    if labels and kind != "pie":
        for s, values in enumerate(table.values):
            for c, value in enumerate(values):
                text = tables.said(value, table.decimals)
                name = f"the number at {_whose(table, kind, s, c)}{of}"
                draft.add(Node(f"{id}.label{s}_{c}", "value label", name, None, id, text,
                               data={"mark": f"{id}.mark{s}_{c}"}))  # fmt: skip
    return id


def _tops(table: Table, kind: Kind, values: Sequence[float]) -> Sequence[float]:
    if kind == "stacked_bar":
        return [sum(column) for column in zip(*table.values, strict=True)]
    return values


def colours_of(draft: Draft, table: Table, kind: Kind) -> list[str]:
    """Return the colour of each series, or of each slice."""
    accents = draft.look.accents
    if kind == "pie":
        extra = [
            colours.NAMED[n]
            for n in ("mid grey", "brown", "sky blue", "pink", "charcoal", "olive")
            if all(colours.difference(colours.NAMED[n], a) > 15 for a in accents)
        ]
        return [*accents, *extra][: len(table.categories)]
    return [accents[s % len(accents)] for s in range(len(table.series))]


def _whose(table: Table, kind: Kind, s: int, c: int) -> str:
    mark = MARKS.get(kind, "bar")
    series = f"{table.series[s]} " if len(table.series) > 1 else ""
    return f"the {series}{mark} for {table.categories[c]}"


def _marks(draft: Draft, id: str, table: Table, kind: Kind, of: str) -> None:
    fills = colours_of(draft, table, kind)
    for s, values in enumerate(table.values):
        for c, value in enumerate(values):
            draft.add(
                Node(
                    f"{id}.mark{s}_{c}",
                    MARKS.get(kind, "bar"),
                    _whose(table, kind, s, c) + of,
                    None,
                    id,
                    style={"fill": fills[c if kind == "pie" else s]},
                    data={
                        "value": value,
                        "series": table.series[s],
                        "category": table.categories[c],
                        "place": [s, c],
                    },
                )
            )


def _legend(draft: Draft, id: str, table: Table, kind: Kind, of: str, wanted: bool) -> None:
    if not wanted:
        return
    fills = colours_of(draft, table, kind)
    for s, text in enumerate(table.categories if kind == "pie" else table.series):
        name = f"the legend entry “{text}”{of}"
        draft.add(Node(f"{id}.legend{s}", "legend entry", name, None, id, text,
                       {"fill": fills[s]}))  # fmt: skip


def drawn(document: Document, chart: Node) -> dict[str, Any]:
    """Return what a chart library is asked to draw, read off the chart's nodes."""
    parts = document.children(chart.id)
    marks = [p for p in parts if p.role in ("bar", "point", "slice")]
    said: dict[str, Any] = {**chart.data["chart"], "id": chart.id}
    number = {s: n for n, s in enumerate(dict.fromkeys(m.data["place"][0] for m in marks))}
    series: list[dict[str, Any]] = [{"name": "", "marks": []} for _ in number]
    labels = {p.data["mark"]: p.text for p in parts if p.role == "value label"}
    categories = {p.id.rpartition("category")[2]: p.text for p in parts
                  if p.role == "category label"}  # fmt: skip
    for m in marks:
        one = series[number[m.data["place"][0]]]
        one["name"] = m.data["series"]
        one["fill"] = said["fills"][m.data["place"][0]]
        one["marks"].append(
            {
                "id": m.id,
                "value": m.data["value"],
                "category": categories.get(str(m.data["place"][1]), m.data["category"]),
                "fill": m.style["fill"],
                "label": labels.get(m.id, ""),
            }
        )
    texts = {p.id.rpartition(".")[2]: p.text for p in parts}
    legend = [p for p in parts if p.role == "legend entry"]
    return {
        **said,
        "size_px": said.get("box") or _size(chart),
        "series": series,
        "categories": [p.text for p in parts if p.role == "category label"]
        or [m.data["category"] for m in marks],
        "x_title": texts.get("x_title", ""),
        "y_title": texts.get("y_title", ""),
        "ticks": [p.text for p in parts if p.role == "tick label"],
        "entries": [
            {"of": int(p.id.rpartition("legend")[2]), "text": p.text, "fill": p.style["fill"]}
            for p in legend
        ],
    }


def _size(chart: Node) -> list[float]:
    assert chart.frame is not None
    return [chart.frame[2] - chart.frame[0], chart.frame[3] - chart.frame[1]]


def title_rows(frame: Box, title: float, subtitle: float) -> tuple[Box, Box, Box]:
    """Return frames of a chart's title, subtitle and the chart below them."""
    high = frame[3] - frame[1]
    a, b, c = rows(frame, [title / high, subtitle / high, 1 - (title + subtitle) / high], 0)
    return a, b, c
