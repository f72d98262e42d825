"""Checklists: twenty questions, both answers of each kind, turned by what a twin touches."""

from __future__ import annotations

from collections import Counter, defaultdict

import numpy as np
import pytest

from corpuswright.annotators.documents import predicates, questions, seen
from corpuswright.annotators.documents.questions import Asked
from corpuswright.renderers.documents import mutations
from corpuswright.renderers.documents.document import Document
from corpuswright.renderers.documents.drafting import ORDINALS
from corpuswright.renderers.documents.mutations import Twin
from tests.fixtures import documents


@pytest.fixture(scope="module")
def asked() -> list[tuple[Document, Twin, list[Asked]]]:
    out: list[tuple[Document, Twin, list[Asked]]] = []
    for seed, (dimension, document) in enumerate(documents.plans(6)):
        rng = np.random.default_rng(seed)
        twin = mutations.draw(document, dimension, rng)
        assert twin is not None
        out.append((document, twin, questions.chosen(document, twin.document, dimension, rng)))
    return out


def test_every_document_has_twenty_questions_of_both_answers(
    asked: list[tuple[Document, Twin, list[Asked]]],
):
    for _, _, found in asked:
        # Fewer where a twin takes the names of many things from them.
        assert questions.WANTED - 4 <= len(found) <= questions.WANTED
        assert len({a.question.text for a in found}) == len(found)
        yes = sum(a.answer for a in found)
        assert 5 <= yes <= 15
        hard = sum(a.question.hard for a in found)
        assert 2 <= hard <= 18


def test_a_twin_turns_answers_and_only_those_that_hang_on_what_it_touches(
    asked: list[tuple[Document, Twin, list[Asked]]],
):
    turning = 0
    for _, twin, found in asked:
        turned = [a for a in found if a.answer != a.twin]
        turning += bool(turned)
        for a in turned:
            assert questions.reads(a.question.predicate) & twin.touched, (twin.about, a.question)
    assert turning >= 0.95 * len(asked)


def test_nothing_is_called_by_a_place_that_the_twin_has_taken_from_it(
    asked: list[tuple[Document, Twin, list[Asked]]],
):
    for document, twin, found in asked:
        if twin.kind not in ("missing_element", "other_order"):
            continue
        touched = [document.node(n) for n in twin.nodes]
        alone = [sum((o.role, o.parent) == (n.role, n.parent) for o in document.nodes) == 1
                 for n in touched]  # fmt: skip
        if any(alone):
            continue
        rows = {(n.role, n.parent) for n in touched}
        for a in found:
            if a.question.kind in ("order", "count"):
                continue
            for id in a.question.evidence:
                node = document.node(id)
                if (node.role, node.parent) in rows:
                    assert not any(f" {o} " in node.name for o in ORDINALS), a.question.text


def test_a_guesser_who_sees_the_kind_alone_is_right_half_of_the_time(
    asked: list[tuple[Document, Twin, list[Asked]]],
):
    kinds: dict[str, Counter[bool]] = defaultdict(Counter)
    half = len(asked) // 2
    for _, _, found in asked[:half]:
        for a in found:
            kinds[a.question.kind][a.answer] += 1
            kinds[a.question.kind][a.twin] += 1
    right = total = 0
    for _, _, found in asked[half:]:
        for a in found:
            guess = kinds[a.question.kind].most_common(1)[0][0]
            right += (guess is a.answer) + (guess is a.twin)
            total += 2
    assert right / total <= 0.55


def test_what_is_not_there_is_not_so():
    document = documents.plan("poster", "layout", 1)
    view = seen.planned(document)
    for predicate in (
        ("above", "title", "nothing"), ("text_is", "nothing", "x"), ("bold", "nothing"),
        ("inside", "nothing", "title"), ("states", "nothing", "1"),
    ):  # fmt: skip
        assert predicates.holds(predicate, view) is False


@pytest.mark.parametrize("shift", [-200.0, -40.0, 40.0, 200.0])
def test_relations_follow_the_boxes(shift: float):
    """Two boxes that are pushed about by hand: an oracle of plain arithmetic."""
    from corpuswright.renderers.documents.document import Node

    for axis, name in ((1, "above"), (0, "left_of")):
        first = [300.0, 300.0, 360.0, 340.0]
        second = list(first)
        second[axis] += shift
        second[axis + 2] += shift
        nodes = tuple(
            Node(i, "card", f"the {i} card", (b[0], b[1], b[2], b[3]), style={"fill": "#000000"})
            for i, b in (("a", first), ("b", second))
        )
        document = Document("poster", "page", (1000, 1000), 1.0, "x", "#ffffff", "x", nodes)
        view = seen.planned(document)
        after = second[axis] >= first[axis + 2]
        before = second[axis + 2] <= first[axis]
        if after or before:
            assert predicates.holds((name, "a", "b"), view) is after
            assert predicates.holds((name, "b", "a"), view) is before
            assert predicates.holds(("apart", "a", "b"), view) is True
