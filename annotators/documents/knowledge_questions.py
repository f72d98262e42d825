"""Questions that have to be worked out: what is shown must be what follows."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from corpuswright.annotators.documents.chart_questions import ask as ask_charts
from corpuswright.annotators.documents.question import Question, one_of
from corpuswright.renderers.documents.content.tables import said
from corpuswright.renderers.documents.document import Document

# Units that titles of axes may be claimed to give.
_UNITS = ("mm", "cm", "kg", "%", "°C", "m/s", "million", "thousand", "years", "$", "ppm", "hp")


def _running(label: str) -> str:
    """Return a label as it stands inside a sentence; formulas keep their capitals."""
    word = label.split(" ")[0].strip(",")
    plain = len(word) > 2 and word[1:].isalpha() and word[1:].islower()
    return label[0].lower() + label[1:] if plain else label


def ask(document: Document, rng: np.random.Generator) -> Iterator[Question]:
    """Yield questions that have to be worked out: what is shown must be what follows."""
    for node in document.of("fact"):
        if "label" in node.data:
            label = str(node.data["label"])
            label = _running(label)
            for claimed in (node.text, *map(str, node.data["wrong"])):
                for text in (f"Is the {label} given as {claimed}?",
                             f"Does the image state {claimed} for the {label}?"):  # fmt: skip
                    yield Question("fact", "knowledge", False, text,
                                   ("states", node.id, claimed), (node.id,))  # fmt: skip
            right = node.text
            for good in (True, False):
                word = "correct" if good else "wrong"
                predicate = ("states", node.id, right)
                yield Question("follows", "knowledge", True,
                               f"Is the value that the image gives for the {label} {word}?",
                               predicate if good else ("not", *predicate), (node.id,))  # fmt: skip
        else:
            what, right = node.data["fact"], node.text.partition(": ")[2]
            value, decimals = float(node.data["value"]), int(node.data["decimals"])
            series = f" of {node.data['series']}" if node.data["series"] else ""
            for claimed in (right, *(said(value * f, decimals) for f in (0.9, 1.1, 1.25, 2.0))):
                yield Question("fact", "knowledge", False,
                               f"Does the summary give {claimed} as the {what}{series}?",
                               ("states", node.id, f"{str(what).capitalize()}: {claimed}"),
                               (node.id,))  # fmt: skip
            for good in (True, False):
                word = "right" if good else "wrong"
                predicate = ("states", node.id, node.text)
                yield Question("follows", "knowledge", True,
                               f"Is the {what}{series} in the summary {word} for the values shown?",
                               predicate if good else ("not", *predicate), (node.id,))  # fmt: skip
    for title in document.of("axis title"):
        if match := re.fullmatch(r"(.+) \((.+)\)", title.text):
            for unit in dict.fromkeys((match[2], str(one_of(rng, _UNITS)))):
                yield Question(
                    "unit",
                    "knowledge",
                    False,
                    f"Is the unit {unit} given in {title.name}?",
                    ("text_is", title.id, f"{match[1]} ({unit})"),
                    (title.id,),
                )
    yield from ask_charts(document, rng, "knowledge")
