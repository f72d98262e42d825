"""Mutations of what things look like: colours, type, heights of bars, legends."""

from __future__ import annotations

import numpy as np

from corpuswright.renderers.documents import colours, looks
from corpuswright.renderers.documents.content.tables import said
from corpuswright.renderers.documents.document import Document, Node
from corpuswright.renderers.documents.mutations.twin import (
    Twin,
    groups_of,
    pick,
    without,
)


def other_colour(document: Document, rng: np.random.Generator) -> Twin | None:
    """Give a thing another colour."""
    found: list[tuple[Node, str]] = []
    for node in document.nodes:
        if node.role in ("bar", "point", "slice", "card", "step", "tile", "button", "header",
                         "footer", "band", "panel", "circle", "workflow box", "section",
                         "quotation box", "note", "summary box", "formula box"):  # fmt: skip
            if node.style.get("fill"):  # a note may be bare text
                found.append((node, "fill"))
        elif node.role in ("icon", "title", "heading", "section heading", "value", "fact"):
            found.append((node, "colour"))
    chosen = pick(rng, found)
    if chosen is None:
        return None
    node, what = chosen
    old = str(node.style[what])
    options = [c for c in colours.NAMED.values() if colours.difference(c, old) > 25]
    if what == "fill":
        inks = [str(n.style["colour"]) for n in document.within(node.id)
                if n.style.get("colour") and (n.id == node.id or n.parent == node.id)]  # fmt: skip
        options = [
            c for c in options if all(colours.contrast(c, i) >= looks.LEAST_CONTRAST for i in inks)
        ]
    else:
        ground = document.ground(node)
        options = [c for c in options if colours.contrast(c, ground) >= looks.LEAST_CONTRAST]
    # On its own ground it must still be seen.
    ground = document.ground(node)
    options = [c for c in options if colours.difference(c, ground) > 25]
    new = pick(rng, options)
    if new is None:
        return None
    made = document.changed({node.id: node.but(style={what: new})})
    return Twin(
        made,
        "other_colour",
        (node.id,),
        frozenset({(node.id, what)}),
        f"{node.name} is {colours.name_of(new)} instead of {colours.name_of(old)}",
    )


def other_style(document: Document, rng: np.random.Generator) -> Twin | None:
    """Set a bold text light, or a light one bold or italic."""
    nodes = document.of("title", "subtitle", "heading", "text", "label", "introduction", "value",
                        "quotation", "bullet point", "section heading", "panel title", "caption",
                        "column header", "fact")  # fmt: skip
    node = pick(rng, [n for n in nodes if n.style.get("font")])
    if node is None:
        return None
    what = "bold" if rng.uniform() < 0.6 else "italic"
    made = node.but(style={what: not node.style[what]})
    # A bold text is wider: where its lines end may change, and what stands behind them in a page.
    return Twin(document.changed({node.id: made}), "other_style", (node.id,),
                frozenset({(node.id, what), (node.id, "place")}),
                f"{node.name} is {'no longer ' if node.style[what] else ''}{what}")  # fmt: skip


def wrong_bar_height(document: Document, rng: np.random.Generator) -> Twin | None:
    """Draw a mark at another value than its table has."""
    marks = [m for m in document.of("bar", "point") if m.data["value"] > 0]
    node = pick(rng, marks)
    if node is None:
        return None
    chart = document.node(node.parent).data["chart"]
    value, end, step = float(node.data["value"]), float(chart["end"]), float(chart["step"])
    options = [v for v in (value * 0.5, value * 0.7, value * 1.3, value * 1.6)
               if abs(v - value) > step * 0.4 and v <= end]  # fmt: skip
    new = pick(rng, options)
    if new is None:
        return None
    made = node.but(data={"value": float(new)})
    series = f"series:{node.id.rpartition('_')[0]}"
    return Twin(document.changed({node.id: made}), "wrong_bar_height", (node.id,),
                frozenset({(node.id, "value"), (node.id, "place"), (series, "value"),
                           *((n.id, "place") for n in document.of("value label")
                             if n.data["mark"] == node.id)}),
                f"{node.name} stands at {said(new, int(chart['decimals']) + 1)} instead of "
                f"{said(value, int(chart['decimals']))}")  # fmt: skip


def missing_legend_entry(document: Document, rng: np.random.Generator) -> Twin | None:
    """Leave out an entry of a legend."""
    node = pick(rng, [n for g in groups_of(document, ("legend entry",)) for n in g])
    if node is None:
        return None
    return without(document, node, "missing_legend_entry", {(f"legend:{node.parent}", "text")})
