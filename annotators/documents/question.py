"""A question about a document, and what those who ask share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from corpuswright.annotators.documents.predicates import Predicate
from corpuswright.renderers.documents.document import Document, Node

NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


@dataclass(frozen=True, slots=True)
class Question:
    """A sentence to be answered by yes or no, with what it claims.

    Attributes:
        hard: Whether several things have to be looked at, or worked out.
        evidence: Ids of the nodes that the answer hangs on.
    """

    kind: str
    dimension: str
    hard: bool
    text: str
    predicate: Predicate
    evidence: tuple[str, ...]


Ask = Callable[[Document, np.random.Generator], Iterator[Question]]


def one_of(rng: np.random.Generator, items: Sequence[Any]) -> Any:
    """Return one of some items."""
    return items[int(rng.integers(0, len(items)))]


def groups_of(document: Document, roles: Sequence[str]) -> list[list[Node]]:
    """Return nodes of one role that stand in one node together, two and more."""
    found: dict[tuple[str, str], list[Node]] = {}
    for node in document.of(*roles):
        found.setdefault((node.role, node.parent), []).append(node)
    return [g for g in found.values() if len(g) > 1]
