"""Prompts that ask for a document, in the voice of the benchmark: canvas, then what stands where.

Written from the plan alone. Layout, attribute and text cells get all there is to say; knowledge
cells say what has to be there and leave the numbers to be worked out, as BizGenEval's do.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from corpuswright.annotators.documents.question import NUMBERS
from corpuswright.renderers.documents import charts, colours, looks
from corpuswright.renderers.documents.content.tables import said
from corpuswright.renderers.documents.document import Document, Node

VERSION = 2  # bump when prompts come out otherwise

_KINDS = {
    "slides": ("presentation slide", "single slide", "business slide"),
    "webpage": ("web page", "landing page of a website", "full-page website screenshot"),
    "chart": ("chart", "data visualization", "chart graphic"),
    "poster": ("poster", "vertical poster", "portrait infographic"),
    "scientific_figure": ("scientific figure", "multi-panel figure of a paper",
                          "figure for a research article"),
}  # fmt: skip
_MAKE = ("Create", "Design", "Make", "Produce")
_SKIPPED = (
    "table row",
    "table header",
    "rule",
    "bullet mark",
    "tick label",
    "category label",
    "axis title",
    "legend entry",
    "value label",
    "bar",
    "point",
    "slice",
)


def write(document: Document, dimension: str, rng: np.random.Generator) -> str:
    """Return the prompt of a document."""
    make = str(rng.choice(_MAKE))
    kind = str(rng.choice(_KINDS[document.domain]))
    wide, high = document.size
    shape = (
        f"{make} a {_shape(wide, high)} {kind}"
        if document.domain != "webpage"
        else (f"{make} a {kind}, {wide} pixels wide,")
    )
    parts = [f"{shape} on a solid {colours.name_of(document.background)} background."]
    if dimension == "knowledge":
        parts += _known(document)
    else:
        writer = _Writer(document, dimension, rng)
        for group in _tops(document):
            parts += writer.group(group)
        parts.append("No other text appears in the image.")
    return " ".join(parts)


def _shape(wide: int, high: int) -> str:
    for a, b in ((16, 9), (4, 3), (3, 4), (2, 3), (3, 2), (1, 1), (16, 10)):
        if abs(wide / high - a / b) < 0.02:
            return f"{a}:{b}"
    return "landscape" if wide > high else "portrait"


def _tops(document: Document) -> list[list[Node]]:
    """Return the nodes that stand in nothing, those of one row together."""
    out: list[list[Node]] = []
    for node in document.nodes:
        if node.parent or node.role in _SKIPPED:
            continue
        if out and out[-1][-1].role == node.role and node.role not in ("section",):
            out[-1].append(node)
        else:
            out.append([node])
    return out


def _known(document: Document) -> list[str]:
    """Return what a prompt of knowledge says: what has to be stated, and that it be right."""
    parts: list[str] = []
    titles = [n for n in document.nodes if n.role in ("title", "section heading", "panel title")]
    for node in titles[:4]:
        parts.append(f"{_cap(node.name)} reads “{node.text}”.")
    for node in document.of("formula"):
        parts.append(f"State: {node.text}.")
    facts = [n for n in document.of("fact") if "label" in n.data]
    if facts:
        listed = "; ".join(str(n.data["label"]) for n in facts)
        parts.append(f"Show {NUMBERS[len(facts)] if len(facts) < 11 else len(facts)} cards, in "
                     f"this order, each with its label and below it the worked-out value with its "
                     f"unit: {listed}.")  # fmt: skip
    for chart in document.of("chart"):
        parts.append(_chart(document, chart))
    summed = [n for n in document.of("fact") if "label" not in n.data]
    if summed:
        what = ", ".join(str(n.data["fact"]) for n in summed)
        of = str(summed[0].data["series"])
        parts.append(f"A summary box beside the chart states the {what} of the values shown"
                     f"{f' for {of}' if of else ''}.")  # fmt: skip
    parts.append(
        "All numbers, units and formulas must be correct, and all text crisp and readable."
    )
    return parts


class _Writer:
    """Says of things what a dimension is about: words always, looks where these are asked for."""

    def __init__(self, document: Document, dimension: str, rng: np.random.Generator) -> None:
        self.document = document
        self.looks = dimension in ("attribute", "layout")
        self.rng = rng

    def group(self, nodes: Sequence[Node]) -> list[str]:
        """Return sentences about things of one role that stand together."""
        if nodes[0].role == "arrow":
            return self._arrows(nodes)
        if len(nodes) == 1:
            return self._one(nodes[0])
        role = nodes[0].role
        first, second = nodes[0].frame, nodes[1].frame
        way = "in a row"
        if first and second:
            way = "side by side" if abs(first[1] - second[1]) < 2 else "one below the other"
            tops = {round(n.frame[1]) for n in nodes if n.frame}
            lefts = {round(n.frame[0]) for n in nodes if n.frame}
            if len(tops) > 1 and len(lefts) > 1:
                way = "in a grid"
        put = str(self.rng.choice(["arrange exactly", "place exactly", "put exactly"]))
        parts = [f"{self._where(nodes)}, {put} {_number(len(nodes))} {_plural(role)} {way}."]
        for node in sorted(nodes, key=lambda n: int(n.data.get("order", 0))):
            if node.text:
                parts.append(f"{_cap(node.name)} reads {_quoted(node)}{self._type(node)}.")
            else:
                parts.append(self._holding(_cap(node.name), node, ("holds", "contains", "shows")))
        return parts

    def _one(self, node: Node) -> list[str]:
        where = self._where([node])
        if node.role == "chart":
            return [_chart(self.document, node)]
        if node.role == "table":
            return [f"{where}, {self._table(node)}"]
        if node.text:
            put = str(self.rng.choice(["write", "set", "place"]))
            return [f"{where}, {put} {node.name}, which reads {_quoted(node)}{self._type(node)}."]
        put = str(self.rng.choice(["draw", "place", "put"]))
        return [self._holding(f"{where}, {put} {node.name}", node)]

    def _holding(
        self, subject: str, node: Node, verbs: Sequence[str] = ("holding", "which holds", "with")
    ) -> str:
        """Return a sentence about a box: what it looks like, and what it holds from top on."""
        look = self._box(node)
        children = [c for c in self.document.children(node.id) if c.role not in _SKIPPED]
        held = [
            self._phrase(c)
            for c in children
            if c.role not in ("chart", "card", "step", "tile", "arrow", "workflow box", "table")
        ]
        verb = str(self.rng.choice(verbs))
        finite = verbs[0] == "holds"
        text = subject + (f", {look}" if look else "")
        if held:
            text += f"{',' if look or not finite else ''} {verb} {_listed(held)}."
        else:
            text += "."
        for group in _runs([c for c in children if c.role in ("card", "step", "tile", "arrow",
                                                              "workflow box")]):  # fmt: skip
            text += " " + " ".join(self.group(group))
        for chart in (c for c in children if c.role == "chart"):
            text += " " + _chart(self.document, chart)
        for table in (c for c in children if c.role == "table"):
            text += f" In it, {self._table(table)}"
        return text

    def _phrase(self, node: Node) -> str:
        """Return how a thing inside a box is told of."""
        if node.role == "icon":
            icon = str(node.data["icon"]).replace("-", " ")
            colour = f"{colours.name_of(str(node.style['colour']))} " if self.looks else ""
            return f"a simple {colour}“{icon}” pictogram"
        if node.role == "button" and node.text:
            return f"a button labelled “{node.text}”{self._type(node)}"
        if node.text:
            return f"{_short(node)} {_quoted(node)}{self._type(node)}"
        inner = [self._phrase(c) for c in self.document.children(node.id)
                 if c.role not in _SKIPPED]  # fmt: skip
        look = self._box(node)
        return (f"a {node.role}{f' {look}' if look else ''}"
                f"{f' with {_listed(inner)}' if inner else ''}")  # fmt: skip

    def _table(self, node: Node) -> str:
        rows = self.document.children(node.id)
        lines = [" | ".join(c.text for c in self.document.children(r.id)) for r in rows]
        text = f"set a table whose header row reads “{lines[0]}” and whose rows read, from top to "
        text += "bottom, " + _listed([f"“{line}”" for line in lines[1:]]) + "."
        if self.looks:
            fills = [colours.name_of(str(r.style["fill"])) for r in rows]
            text += f" The header row is filled with {fills[0]}; the rows below are filled with "
            text += ", ".join(fills[1:]) + ", in this order."
        return text

    def _arrows(self, nodes: Sequence[Node]) -> list[str]:
        dashed = "A dashed arrow" if nodes[0].style.get("dashed") else "An arrow"
        ends = [self.document.node(str(nodes[i].data["ends"][k])) for i, k in ((0, 0), (-1, 1))]
        if len(nodes) == 1:
            return [f"{dashed} leads from {ends[0].name} to {ends[1].name}."]
        return [f"{dashed} leads from each {ends[0].role} to the next, "
                f"{_number(len(nodes))} arrows in all."]  # fmt: skip

    def _type(self, node: Node) -> str:
        """Return how a text is set, in brackets; empty where looks are not asked for."""
        if not self.looks:
            return ""
        style = node.style
        kind = "serif" if style["font"] in looks.SERIF else "sans-serif"
        weight = "bold " if style.get("bold") else ""
        slant = "italic " if style.get("italic") else ""
        on = f" on {colours.name_of(str(style['fill']))}" if style.get("fill") else ""
        return f" in {weight}{slant}{colours.name_of(str(style['colour']))} {kind} type{on}"

    def _box(self, node: Node) -> str:
        style = node.style
        if not self.looks or not style.get("fill"):
            return ""
        corners = "rounded" if style.get("radius") else "square"
        text = f"filled with {colours.name_of(str(style['fill']))}"
        if node.role != "section" or node.parent:
            text += f", its corners {corners}"
        if style.get("stroke"):
            text += f", outlined in {colours.name_of(str(style['stroke']))}"
        return text

    def _where(self, nodes: Sequence[Node]) -> str:
        """Return about where in the image some things stand."""
        frames = [n.frame for n in nodes if n.frame]
        if nodes[0].id == "nav":
            return "At the top"
        if not frames or self.document.domain == "webpage":
            return str(self.rng.choice(["Next", "Below that", "After it", "Then"]))
        wide, high = self.document.size
        x0, x1 = min(f[0] for f in frames), max(f[2] for f in frames)
        y = (min(f[1] for f in frames) + max(f[3] for f in frames)) / 2 / high
        down = (
            "At the very top" if y < 0.12 else "Near the top" if y < 0.25 else
            "In the upper part" if y < 0.42 else "In the middle" if y < 0.62 else
            "In the lower part" if y < 0.88 else "At the very bottom"
        )  # fmt: skip
        x, span = (x0 + x1) / 2 / wide, (x1 - x0) / wide
        side = "" if span > 0.6 or 0.4 < x < 0.6 else " on the left" if x < 0.5 else " on the right"
        return down + side


def _quoted(node: Node) -> str:
    """Return what is written on a thing in quotation marks; of a quotation its own, said so."""
    if node.text.startswith("“") and node.text.endswith("”"):
        return f"{node.text}, in quotation marks,"
    return f"“{node.text}”"


def _number(count: int) -> str:
    return NUMBERS[count] if count < len(NUMBERS) else str(count)


def _plural(role: str) -> str:
    return "workflow boxes" if role == "workflow box" else f"{role}s"


def _short(node: Node) -> str:
    """Return what a thing is called inside a sentence about what it stands in."""
    return {"panel label": "the letter", "panel title": "the title", "value": "the large number",
            "navigation link": "the link", "panel line": "the line"}.get(
                node.role, f"the {node.role}")  # fmt: skip


def _listed(items: Sequence[str]) -> str:
    if len(items) < 2:
        return "".join(items)
    return ", ".join(items[:-1]) + " and " + items[-1]


def _runs(nodes: Sequence[Node]) -> list[list[Node]]:
    out: list[list[Node]] = []
    for node in nodes:
        if out and out[-1][0].role == node.role:
            out[-1].append(node)
        else:
            out.append([node])
    return out


def _chart(document: Document, node: Node) -> str:
    """Return what a chart shows, value by value."""
    chart, parts = node.data["chart"], document.children(node.id)
    marks = [p for p in parts if p.role in charts.MARKS.values() or p.role == "bar"]
    decimals, unit = int(chart["decimals"]), str(chart["unit"])
    rows: dict[str, list[str]] = {}
    fills: dict[str, str] = {}
    for m in marks:
        name = str(m.data["series"])
        rows.setdefault(name, []).append(
            f"{m.data['category']} {said(float(m.data['value']), decimals)}"
        )
        fills.setdefault(name, colours.name_of(str(m.style["fill"])))
    tail = f" {unit}" if unit else ""
    listed = "; ".join(
        (f"{name} ({fills[name]}): " if name else "") + ", ".join(values)
        for name, values in rows.items()
    )
    kind = charts.KINDS[str(chart["kind"])]
    text = (
        f"{_cap(node.name)} is a {kind} with exactly these values{' in' + tail if tail else ''}: "
    )
    text += listed + "."
    titles = {p.id[-7:]: p.text for p in parts if p.role == "axis title"}
    if titles:
        text += (
            f" The horizontal axis is titled “{titles['x_title']}”, the vertical axis "
            f"“{titles['y_title']}”; the values run from 0 to {chart['ticks'][-1]}."
        )
    entries = [p for p in parts if p.role == "legend entry"]
    if entries:
        side = {"top": "at the top", "bottom": "at the bottom", "right": "on the right"}
        named = ", ".join(f"“{e.text}” in {colours.name_of(str(e.style['fill']))}" for e in entries)
        text += f" A legend {side[str(chart['legend'])]} lists {named}."
    if any(p.role == "value label" for p in parts):
        text += " Each value is written at its mark."
    return text


def _cap(text: str) -> str:
    return text[0].upper() + text[1:]
