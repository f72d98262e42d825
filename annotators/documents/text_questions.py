"""Questions about what is written, letter by letter."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from corpuswright.annotators.documents.question import Question, one_of
from corpuswright.renderers.documents.document import Document, Node


def ask(document: Document, rng: np.random.Generator) -> Iterator[Question]:
    """Yield questions about what is written, word for word, near misses among them."""
    # What is called by its own words answers itself.
    told = ("tick label", "number", "panel label", "legend entry")
    texts = [n for n in document.nodes if n.text and n.role not in told]
    for node in texts:
        easy = len(node.text) < 24
        for text in (node.text, nearly(node.text, rng), _other(node, texts, rng)):
            if text:
                yield Question("reads", "text", not easy, f"Does {node.name} read exactly "
                               f"“{text}”?", ("text_is", node.id, text), (node.id,))  # fmt: skip
    for row in document.of("table row", "table header"):
        cells = [n.text for n in document.children(row.id)]
        wrong = list(cells)
        i = int(rng.integers(0, len(cells)))
        wrong[i] = nearly(cells[i], rng) or cells[i] + "0"
        for chosen in (cells, wrong):
            yield Question("row", "text", True, f"Does {row.name} read exactly "
                           f"“{' | '.join(chosen)}”?", ("row_reads", row.id, *chosen),
                           (row.id,))  # fmt: skip


def nearly(text: str, rng: np.random.Generator) -> str:
    """Return a text with one small slip: a letter, a digit, a case, a word; empty if none fits."""
    words = text.split(" ")
    slips: list[str] = []
    digits = [i for i, c in enumerate(text) if c.isdigit()]
    if digits:
        i = one_of(rng, digits)
        new = one_of(rng, [d for d in "0123456789" if d != text[i]])
        slips.append(text[:i] + new + text[i + 1 :])
    letters = [i for i, c in enumerate(text) if c.isascii() and c.isalpha()]
    if letters:
        i = one_of(rng, letters)
        slips.append(text[:i] + text[i].swapcase() + text[i + 1 :])
        i = one_of(rng, letters)
        new = one_of(rng, [c for c in "aeionrstlmc" if c != text[i].lower()])
        slips.append(text[:i] + (new.upper() if text[i].isupper() else new) + text[i + 1 :])
    if len(words) > 2:
        i = int(rng.integers(0, len(words) - 1))
        swapped = [*words[:i], words[i + 1], words[i], *words[i + 2 :]]
        slips.append(" ".join(swapped))
        slips.append(" ".join(words[:i] + words[i + 1 :]))
    slips = [s for s in slips if s != text and s.strip()]
    return str(one_of(rng, slips)) if slips else ""


def _other(node: Node, texts: Sequence[Node], rng: np.random.Generator) -> str:
    options = [n.text for n in texts if n.role == node.role and n.text != node.text]
    return str(one_of(rng, options)) if options else ""
