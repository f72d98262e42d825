"""Questions about a document whose answers are known: of its layout, looks, words and facts.

A question is a sentence with its predicate. Both polarities are made of one kind: what is so, and
what is nearly so, so that neither a kind nor the shape of a sentence tells the answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from corpuswright.annotators.documents import (
    attribute_questions,
    knowledge_questions,
    layout_questions,
    predicates,
    seen,
    text_questions,
)
from corpuswright.annotators.documents.predicates import Predicate
from corpuswright.annotators.documents.question import Ask, Question
from corpuswright.renderers.documents.document import Document, Node
from corpuswright.renderers.documents.drafting import ORDINALS

VERSION = 1  # bump when questions come out otherwise

FAR_APART = 40.0  # document pixels between the tops of two lines; what is misaligned is less off
WANTED = 20  # of a document, as BizGenEval asks: ten easy and ten hard

ASK: Mapping[str, Ask] = {
    "layout": layout_questions.ask,
    "attribute": attribute_questions.ask,
    "text": text_questions.ask,
    "knowledge": knowledge_questions.ask,
}


def holds(predicate: Predicate, view: seen.Seen) -> bool | None:
    """Return whether a question's predicate is true, `not` before it turned round."""
    if predicate[0] == "not":
        plain = predicates.holds(predicate[1:], view)
        return None if plain is None else not plain
    return predicates.holds(predicate, view)


def reads(predicate: Predicate) -> set[tuple[str, str]]:
    """Return what a question's predicate hangs on."""
    return predicates.reads(predicate[1:] if predicate[0] == "not" else predicate)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with its answers: of the document and of its twin."""

    question: Question
    answer: bool
    twin: bool


# What a twin leaves out or puts elsewhere, these ask by its own words, or count.
_BY_WORDS = ("order", "count", "legend")


def _renamed(document: Document, twin: Document) -> set[str]:
    """Return the nodes that are no longer the first, second, … of their row in a twin's picture."""
    after = {n.id: n for n in twin.nodes}
    rows: dict[tuple[str, str], list[Node]] = {}
    for node in document.nodes:
        rows.setdefault((node.role, node.parent), []).append(node)
    out: set[str] = set()
    for row in rows.values():
        kept = [after[n.id] for n in row if n.id in after]
        gone = len(kept) < len(row)
        if len(row) > 1 and (gone or _places(row) != _places(kept)):
            inside = (inner for n in row for inner in document.within(n.id))
            out |= {i.id for i in inside if any(f" {o} " in i.name for o in ORDINALS)}
    return out


def _places(row: Sequence[Node]) -> list[str]:
    """Return a row's ids as they are read: line by line, each from left to right."""
    out: list[tuple[int, float, str]] = []
    line, top = 0, -FAR_APART
    for node in sorted((n for n in row if n.frame), key=lambda n: n.frame[1] if n.frame else 0.0):
        assert node.frame is not None
        if out and node.frame[1] - top > FAR_APART:  # a thing out of line is of its line
            line += 1
        if not out or node.frame[1] - top > FAR_APART:
            top = node.frame[1]
        out.append((line, node.frame[0], node.id))
    return [id for _, _, id in sorted(out)]


def _misnamed(question: Question, document: Document, twin: Document, renamed: set[str]) -> bool:
    """Whether a question calls a thing by a place that it has lost in the twin's picture.

    What is missing is not "not bold" either; and where a mark was moved, what the values shown are
    can be read in two ways.
    """
    if question.kind in _BY_WORDS:
        return False
    there = {n.id for n in twin.nodes}
    missing = any(n not in there for n in question.evidence)
    if missing and question.predicate[0] == "not":
        return True
    if any(n in renamed for n in question.evidence):
        return True
    moved = any(
        n.role in ("bar", "point") and n.data != document.node(n.id).data for n in twin.nodes
    )
    return moved and question.kind == "follows"


def _agreed(predicate: Predicate, views: Sequence[seen.Seen]) -> bool | None:
    answers = {holds(predicate, view) for view in views}
    return answers.pop() if len(answers) == 1 else None


def chosen(
    document: Document, twin: Document, dimension: str, rng: np.random.Generator,
    number: int = WANTED,
) -> list[Asked]:  # fmt: skip
    """Return questions about a document, as many yes as no, those that its twin turns among them.

    Args:
        document: As planned.
        twin: As planned, with its one fault.
        dimension: Of what is asked.
        rng: What is chosen hangs on.
        number: How many; fewer where a document has no more.
    """
    # How wide a text is set hangs on its typeface: what that decides is not asked.
    widths = (seen.NARROW, seen.WIDE)
    views = [[seen.planned(d, w) for w in widths] for d in (document, twin)]
    renamed = _renamed(document, twin)
    asked: dict[str, Asked] = {}
    for question in ASK[dimension](document, rng):
        if question.text in asked or _misnamed(question, document, twin, renamed):
            continue
        answers = [_agreed(question.predicate, view) for view in views]
        if answers[0] is None or answers[1] is None:
            continue
        asked[question.text] = Asked(question, answers[0], answers[1])
    pool = [list(asked.values())[i] for i in rng.permutation(len(asked)).tolist()]
    turned = [a for a in pool if a.answer != a.twin]
    out: list[Asked] = []
    counts: dict[tuple[str, bool], int] = {}

    def cost(a: Asked) -> tuple[float, int]:
        kind, same = a.question.kind, sum(o.answer == a.answer for o in out)
        own, other = counts.get((kind, a.answer), 0), counts.get((kind, not a.answer), 0)
        hard = sum(o.question.hard == a.question.hard for o in out)
        # Kinds even first (a kind must tell no answer), then yes and no, then easy and hard.
        return (2.0 * (own - other) + own + other + 0.8 * (2 * same - len(out)) + 0.3 * hard,
                pool.index(a))  # fmt: skip

    for source, most in ((turned, max(2, number // 4)), (pool, number)):
        left = [a for a in source if a not in out]
        while left and len(out) < most:
            best = min(left, key=cost)
            left.remove(best)
            out.append(best)
            key = (best.question.kind, best.answer)
            counts[key] = counts.get(key, 0) + 1
    return [out[i] for i in rng.permutation(len(out)).tolist()]
