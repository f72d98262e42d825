"""Questions about what things look like: colours, corners, type, legends."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from corpuswright.annotators.documents.chart_questions import ask as ask_charts
from corpuswright.annotators.documents.question import Question, one_of
from corpuswright.renderers.documents import colours
from corpuswright.renderers.documents.document import Document


def ask(document: Document, rng: np.random.Generator) -> Iterator[Question]:
    """Yield questions about colours, corners and type, and about what charts show."""
    things = [
        n for n in document.nodes if n.style.get("fill") and n.role not in ("rule", "bullet mark")
    ]
    fills = sorted({str(n.style["fill"]) for n in things})
    for node in things:
        own = str(node.style["fill"])
        others = [c for c in (*fills, *colours.NAMED.values()) if colours.difference(c, own) > 20]
        what = "the square of " if node.role == "legend entry" else ""
        for colour in (own, str(one_of(rng, others))):
            yield Question("fill", "attribute", node.role not in ("header", "footer", "band"),
                           f"Is {what}{node.name} filled with {colours.name_of(colour)}?",
                           ("colour_is", node.id, "fill", colour), (node.id,))  # fmt: skip
        if node.role in ("card", "step", "tile", "panel", "button", "workflow box", "header"):
            yield Question("corners", "attribute", False, f"Does {node.name} have rounded corners?",
                           ("rounded", node.id), (node.id,))  # fmt: skip
            yield Question("corners", "attribute", False, f"Does {node.name} have square corners?",
                           ("not", "rounded", node.id), (node.id,))  # fmt: skip
    texts = [n for n in document.nodes if n.style.get("font")]
    inks = sorted({str(n.style["colour"]) for n in texts})
    for node in texts:
        own = str(node.style["colour"])
        others = [c for c in (*inks, *colours.NAMED.values()) if colours.difference(c, own) > 20]
        for colour in (own, str(one_of(rng, others))):
            yield Question("text_colour", "attribute", False,
                           f"Is {node.name} written in {colours.name_of(colour)}?",
                           ("colour_is", node.id, "colour", colour), (node.id,))  # fmt: skip
        yield Question("bold", "attribute", False, f"Is {node.name} set in bold type?",
                       ("bold", node.id), (node.id,))  # fmt: skip
        for word, slanted in (("italic", True), ("upright", False)):
            predicate = ("italic", node.id)
            yield Question("italic", "attribute", False, f"Is {node.name} set in {word} type?",
                           predicate if slanted else ("not", *predicate), (node.id,))  # fmt: skip
        if document.engine == "page":
            yield Question("serif", "attribute", True,
                           f"Is {node.name} set in a typeface with serifs?", ("serif", node.id),
                           (node.id,))  # fmt: skip
    for _ in range(24):
        if len(texts) > 1:
            a, b = (texts[i] for i in rng.choice(len(texts), 2, replace=False).tolist())
            yield Question("larger", "attribute", True,
                           f"Is {a.name} set in larger type than {b.name}?",
                           ("larger", a.id, b.id), (a.id, b.id))  # fmt: skip
        if len(things) > 1:
            a, b = (things[i] for i in rng.choice(len(things), 2, replace=False).tolist())
            yield Question("same_fill", "attribute", True,
                           f"Do {a.name} and {b.name} have the same fill colour?",
                           ("same_colour", a.id, b.id, "fill"), (a.id, b.id))  # fmt: skip
    for node in document.of("icon"):
        own = str(node.style["colour"])
        others = [c for c in (*inks, *colours.NAMED.values()) if colours.difference(c, own) > 20]
        for colour in (own, str(one_of(rng, others))):
            yield Question("icon_colour", "attribute", True,
                           f"Is {node.name} drawn in {colours.name_of(colour)}?",
                           ("colour_is", node.id, "colour", colour), (node.id,))  # fmt: skip
    yield from ask_charts(document, rng, "attribute")
