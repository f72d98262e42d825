"""Mutated twins: a document with exactly one thing changed, and what that touches.

A twin looks like its original and is wrong in one respect, so that a judge who says yes to
everything is found out, and a trainer has pairs.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from corpuswright.renderers.documents.document import Document
from corpuswright.renderers.documents.mutations.appearance import (
    missing_legend_entry,
    other_colour,
    other_style,
    wrong_bar_height,
)
from corpuswright.renderers.documents.mutations.places import (
    misaligned,
    missing_element,
    moved_block,
    other_order,
    overflow,
    overlap,
)
from corpuswright.renderers.documents.mutations.twin import Mutate, Twin
from corpuswright.renderers.documents.mutations.words import (
    swapped_labels,
    wrong_glyph,
    wrong_unit,
    wrong_value,
)

VERSION = 1  # bump when twins come out otherwise

KINDS: Mapping[str, Mutate] = {
    "swapped_labels": swapped_labels,
    "wrong_glyph": wrong_glyph,
    "moved_block": moved_block,
    "other_order": other_order,
    "overlap": overlap,
    "overflow": overflow,
    "misaligned": misaligned,
    "other_colour": other_colour,
    "other_style": other_style,
    "wrong_bar_height": wrong_bar_height,
    "missing_legend_entry": missing_legend_entry,
    "missing_element": missing_element,
    "wrong_unit": wrong_unit,
    "wrong_value": wrong_value,
}
# What a twin may have wrong where a dimension is asked about.
OF_DIMENSION: Mapping[str, tuple[str, ...]] = {
    "layout": ("moved_block", "other_order", "overlap", "overflow", "misaligned",
               "missing_element"),
    "attribute": ("other_colour", "other_colour", "other_style", "wrong_bar_height",
                  "missing_legend_entry"),
    "text": ("swapped_labels", "wrong_glyph", "wrong_unit", "wrong_value"),
    "knowledge": ("wrong_value", "wrong_value", "wrong_unit", "wrong_bar_height"),
}  # fmt: skip


def draw(document: Document, dimension: str, rng: np.random.Generator) -> Twin | None:
    """Return a twin whose fault is one of a dimension's; None where nothing can be mutated."""
    names = list(OF_DIMENSION[dimension])
    for name in rng.permutation(names).tolist():
        for _ in range(4):
            twin = KINDS[name](document, rng)
            if twin is None or twin.document == document:
                continue
            # Knowledge is asked of facts and of charts, not of what a company says of itself.
            plain = document.node(twin.nodes[0]).role in ("value", "value label", "cell")
            if dimension != "knowledge" or not plain:
                return twin
    return None
