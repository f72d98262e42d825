"""How different prompts are from each other: what shares an opening, a sentence, a shape.

A grammar or a model that repeats itself teaches its habits. Figures are shares of the whole, so
that corpora of several sizes can be held against each other; none is a threshold.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from corpuswright.storage.records import Json

_WORDS = re.compile(r"[A-Za-z0-9'-]+")
_SENTENCES = re.compile(r"(?<=[.!?])\s+")
# Closed classes of English: what is left of a sentence when its content is taken out.
_FUNCTION = frozenset(
    "a an the this that these those one two three four five six each all both some any no not of "
    "in on at to from by for with without behind beside before after above below under over "
    "across along between among through into onto out up down near next left right front against "
    "around toward and or but while as than is are was were be been being has have had can it its "
    "they them their he she his her there here who which what where when".split()
)


def figures(prompts: Sequence[str]) -> Json:
    """Return how varied prompts are; shares are between 0 and 1, empty without prompts.

    `openings` and `shapes` count distinct first three words and distinct sentence shapes (runs of
    content words made one); the shares are of prompts (of shapes: of sentences) that the most
    frequent one of each is in. `distinct_1` to `distinct_3` are distinct n-grams by all n-grams
    (Li et al. 2016, arXiv 1510.03055).
    """
    if not prompts:
        return {}
    words = [_WORDS.findall(p.lower()) for p in prompts]
    sentences = [_SENTENCES.split(p) for p in prompts]
    openings = Counter(" ".join(w[:3]) for w in words)
    repeated = Counter(s for each in sentences for s in set(each))
    shapes = Counter(shape(s) for each in sentences for s in each)
    found: Json = {
        "prompts": len(prompts),
        "openings": len(openings),
        "largest_opening_share": max(openings.values()) / len(prompts),
        "largest_sentence_share": max(repeated.values()) / len(prompts),
        "shapes": len(shapes),
        "largest_shape_share": max(shapes.values()) / shapes.total(),
        "words": len({w for each in words for w in each}),
    }
    for n in (1, 2, 3):
        grams = [tuple(w[i : i + n]) for w in words for i in range(len(w) - n + 1)]
        found[f"distinct_{n}"] = len(set(grams)) / max(1, len(grams))
    return {k: round(v, 4) if isinstance(v, float) else v for k, v in found.items()}


def shape(sentence: str) -> str:
    """Return a sentence with each run of content words as "_"."""
    out: list[str] = []
    for word in _WORDS.findall(sentence.lower()):
        mark = word if word in _FUNCTION else "_"
        if mark != "_" or out[-1:] != ["_"]:
            out.append(mark)
    return " ".join(out)
