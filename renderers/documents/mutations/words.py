"""Mutations of what is written: letters, labels, units, numbers."""

from __future__ import annotations

import re

import numpy as np

from corpuswright.renderers.documents.content.tables import said
from corpuswright.renderers.documents.document import Document, Node
from corpuswright.renderers.documents.mutations.twin import (
    Twin,
    cousins,
    legends_touched,
    pick,
    rows_touched,
)

_TEXTS = (
    "title", "subtitle", "heading", "section heading", "text", "bullet point", "label", "caption",
    "introduction", "quotation", "cell", "column header", "panel title", "axis title",
    "category label", "navigation link", "button", "button label", "note",
    "footer text", "brand", "panel line", "web address", "source note",
)  # fmt: skip


def swapped_labels(document: Document, rng: np.random.Generator) -> Twin | None:
    """Exchange the texts of two things of one kind."""
    roles = ("heading", "label", "category label", "navigation link", "panel title",
             "column header", "text", "button")  # fmt: skip
    groups = [g for g in cousins(document, roles) if len({n.text for n in g}) > 1]
    group = pick(rng, groups)
    if group is None:
        return None
    a = pick(rng, group)
    b = pick(rng, [n for n in group if n.text != a.text])
    made = document.changed({a.id: a.but(text=b.text), b.id: b.but(text=a.text)})
    touched = {
        (a.id, "text"),
        (b.id, "text"),
        *rows_touched(document, a, b),
        *legends_touched(a, b),
    }
    return Twin(made, "swapped_labels", (a.id, b.id), frozenset(touched),
                f"{a.name} and {b.name} have changed their texts")  # fmt: skip


def wrong_glyph(document: Document, rng: np.random.Generator) -> Twin | None:
    """Exchange one letter or digit of a text for another."""
    nodes = [n for n in document.of(*_TEXTS) if len(n.text) >= 5]
    node = pick(rng, nodes)
    if node is None:
        return None
    places = [i for i, c in enumerate(node.text) if c.isascii() and c.isalnum()]
    if not places:
        return None
    i = pick(rng, places)
    old = node.text[i]
    letters = "0123456789" if old.isdigit() else "aeioubcdfgklmnprstvwxz"
    options = [c for c in letters if c != old.lower()]
    new = pick(rng, options)
    text = node.text[:i] + (new.upper() if old.isupper() else new) + node.text[i + 1 :]
    touched = {(node.id, "text"), *rows_touched(document, node), *legends_touched(node)}
    return Twin(document.changed({node.id: node.but(text=text)}), "wrong_glyph", (node.id,),
                frozenset(touched), f"one character of {node.name} is another")  # fmt: skip


_SLIPS = {
    "mm": "cm", "cm": "mm", "m/s": "km/h", "km": "m", "kg": "g", "g": "kg", "g/mol": "kg/mol",
    "%": "‰", "°C": "°F", "°F": "°C", "h": "min", "min": "h", "million": "thousand",
    "thousand": "million", "years": "months", "$": "€", "hp": "kW", "kW": "hp", "mpg": "km/l",
    "TWh": "GWh", "GWh": "TWh", "ppm": "ppb", "bu/acre": "t/ha", "m²": "m", "cm²": "cm", "J": "W",
    "N": "kg", "m/s²": "m/s", "psi": "bar", "kcal": "kJ", "lb": "kg", "ft": "m", "miles": "km",
    "mph": "km/h", "acres": "ha", "ml": "cl", "s": "ms", "m": "km", "kt": "Mt", "TB": "GB",
    "days": "weeks", "million $": "billion $", "thousand $": "million $", "per thousand": "%",
    "shillings": "pence", "kg·m/s": "N", "US gallons": "litres", "a day": "a week", "k": "M",
    "children per woman": "children per family", "bn": "m",
}  # fmt: skip


def wrong_unit(document: Document, rng: np.random.Generator) -> Twin | None:
    """Write another unit behind a number, or into the title of an axis."""
    found: list[tuple[Node, str]] = []
    for node in document.of("axis title", "fact", "value"):
        if match := re.fullmatch(r"(.*?[(\d]\)? ?)([^\d()]+)(\)?)", node.text):
            unit = match[2].strip()
            if unit in _SLIPS:
                text = node.text[: match.start(2)] + match[2].replace(unit, _SLIPS[unit]) + match[3]
                found.append((node, text))
    chosen = pick(rng, found)
    if chosen is None:
        return None
    node, text = chosen
    return Twin(document.changed({node.id: node.but(text=text)}), "wrong_unit", (node.id,),
                frozenset({(node.id, "text")}), f"{node.name} has another unit")  # fmt: skip


def wrong_value(document: Document, rng: np.random.Generator) -> Twin | None:
    """State a number that is not so."""
    found: list[tuple[Node, str]] = []
    for node in document.of("fact"):
        wrong = node.data.get("wrong")
        if wrong:
            found.append((node, str(pick(rng, wrong))))
        elif "decimals" in node.data:
            value, decimals = float(node.data["value"]), int(node.data["decimals"])
            new = said(value * float(rng.choice([0.8, 0.9, 1.1, 1.25, 2.0])), decimals)
            found.append((node, f"{node.text.partition(':')[0]}: {new}"))
    for node in document.of("value label", "cell"):
        if re.fullmatch(r"[\d,]+(\.\d+)?", node.text):
            digits = [i for i, c in enumerate(node.text) if c.isdigit()]
            i = pick(rng, digits)
            new = pick(rng, [d for d in "123456789" if d != node.text[i]])
            found.append((node, node.text[:i] + new + node.text[i + 1 :]))
    found = [(n, t) for n, t in found if t != n.text]
    chosen = pick(rng, found)
    if chosen is None:
        return None
    node, text = chosen
    return Twin(document.changed({node.id: node.but(text=text)}), "wrong_value", (node.id,),
                frozenset({(node.id, "text"), *rows_touched(document, node)}),
                f"{node.name} says {text} instead of {node.text}")  # fmt: skip
