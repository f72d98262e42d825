"""A twin differs from its original in what it says it touches, and in nothing else."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from corpuswright.renderers.documents import mutations
from corpuswright.renderers.documents.document import Document, from_json, to_json
from corpuswright.renderers.documents.mutations import Twin
from tests.fixtures import documents

_LOOKS = ("fill", "colour", "size", "bold", "italic", "stroke", "radius", "font")


def differences(first: Document, second: Document) -> set[tuple[str, str]]:
    """Return (node, property) of all that is other in two plans."""
    own = {n.id: n for n in first.nodes}
    new = {n.id: n for n in second.nodes}
    out = {(i, "present") for i in own.keys() - new.keys()}
    for id in own.keys() & new.keys():
        a, b = own[id], new[id]
        out |= {(id, "text")} if a.text != b.text else set()
        out |= {(id, "place")} if a.frame != b.frame else set()
        out |= {(id, "value")} if a.data.get("value") != b.data.get("value") else set()
        out |= {(id, w) for w in _LOOKS if a.style.get(w) != b.style.get(w)}
    return out


@pytest.mark.parametrize("kind", mutations.KINDS)
def test_a_twin_is_other_in_what_it_touches_only(kind: str):
    made: list[Twin] = []
    for seed, (_, document) in enumerate(documents.plans(3)):
        twin = mutations.KINDS[kind](document, np.random.default_rng(seed))
        if twin is None:
            continue
        made.append(twin)
        other = differences(document, twin.document)
        assert other, twin.about
        assert other <= set(twin.touched), (twin.about, other - set(twin.touched))
        assert twin.kind == kind
        assert twin.about
        assert {n.id for n in twin.document.nodes} <= {n.id for n in document.nodes}
    assert len(made) >= 6


def test_every_cell_has_twins_of_its_own_dimension():
    kinds: Counter[str] = Counter()
    for seed, (dimension, document) in enumerate(documents.plans(4)):
        twin = mutations.draw(document, dimension, np.random.default_rng(seed))
        assert twin is not None
        assert twin.kind in mutations.OF_DIMENSION[dimension]
        kinds[twin.kind] += 1
    assert len(kinds) >= 10


def test_a_plan_is_read_back_from_its_json():
    for _, document in documents.plans(1):
        assert from_json(to_json(document)) == document
