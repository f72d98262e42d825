"""Rubrics of a prompt: checks that one look at a picture answers, none of them twice.

Lens-RL-8K (arXiv 2605.21573) has up to ten that are aware of the sample, written by a model, and
one global, as `[[name, check], …]`; its published ones repeat each other. Ours come from the key
points that the prompt was written from, so that they ask for just what was asked for; a model's may
follow, as far as they say something new.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Annotated, NamedTuple

from pydantic import BaseModel, Field

from corpuswright.annotators.llm.requests import Question, template
from corpuswright.annotators.prompts.key_points import Points
from corpuswright.annotators.prompts.taxonomy import Item
from corpuswright.annotators.prompts.words import NUMBERS, plural
from corpuswright.storage.records import canonical

VERSION = 2  # bump when a rubric can come out otherwise

MOST = 10  # of one prompt besides the global one (the paper's)
# Jaccard of content words from which on two checks ask the same: of things with long names, checks
# of two qualities share up to 0.8. Ours.
ALIKE = 0.85


class Rubric(NamedTuple):
    """A name and a check that is answered by yes or no."""

    name: str
    check: str


GLOBAL = Rubric(
    "Global Structural Integrity",
    "Every body, limb, object and letter in the picture is whole, in proportion and physically "
    "possible; nothing is fused, doubled, missing or warped.",
)
_STYLE = Rubric("Style Consistency", "The picture looks like a photograph taken with a camera.")
_WORDS = re.compile(r"[a-z0-9]+")
_EMPTY = frozenset(
    "a an the is are of in on at to and or it its that there this picture image exactly clearly "
    "visible seen shown shows be with no not by as can".split()
)


def of_points(item: Item, points: Points) -> list[Rubric]:
    """Return the rubrics that a prompt's key points ask for, and its global one last."""
    many, name = points.number > 1, item.name
    them, be = (plural(name), "are") if many else (name, "is")
    some = (
        f"{name[0].upper()}{name[1:]}" if item.group.countable == "mass" else f"At least one {name}"
    )
    found = [Rubric(f"Object Presence ({name})", f"{some} can be seen.")]
    if many:
        check = f"Exactly {NUMBERS[points.number]} {them} can be seen, no more and no fewer."
        found.append(Rubric(f"Object Count Consistency ({name})", check))
    if points.color:
        found.append(Rubric(f"Color Accuracy ({name})", f"The {them} {be} {points.color}."))
    if points.attribute:
        found.append(Rubric(f"Attribute Accuracy ({name})", f"The {them} {be} {points.attribute}."))
    if points.relation:
        there = f"At least one {points.other} can be seen."
        found.append(Rubric(f"Object Presence ({points.other})", there))
        where = f"The {them} {be} {points.relation} the {points.other}."
        found.append(Rubric("Object Placement and Spatial Reasoning", where))
    if points.action:
        done = points.clause(f"one of the {them}" if many else f"the {name}")
        done = f"{done[0].upper()}{done[1:]}."
        found.append(Rubric(f"Action Accuracy ({points.with_})", done))
    if points.text:
        said = (
            f'The text "{points.text}" can be read, letter by letter, without other letters in it.'
        )
        found.append(Rubric("OCR Alignment", said))
    return [*[*found, _STYLE][:MOST], GLOBAL]


def distinct(rubrics: Iterable[Rubric]) -> list[Rubric]:
    """Return rubrics without those that ask nothing that an earlier one does not."""
    kept: list[Rubric] = []
    for r in rubrics:
        if not any(same(r, k) for k in kept):
            kept.append(r)
    return kept


def same(a: Rubric, b: Rubric) -> bool:
    """Say whether a rubric asks nothing that another does not: its words are among the other's.

    Where words that decide (numbers, sides) differ, so do the checks.
    """
    x, y = (frozenset(_WORDS.findall(r.check.lower())) - _EMPTY for r in (a, b))
    decides = frozenset(NUMBERS.values()) | {"left", "right", "behind", "front"}
    if (x & decides) != (y & decides):
        return False
    return x <= y or len(x & y) >= ALIKE * max(1, len(x | y))


class _One(BaseModel, extra="forbid"):
    name: Annotated[str, Field(min_length=3, max_length=80)]
    check: Annotated[str, Field(min_length=10, max_length=300)]


class Written(BaseModel, extra="forbid"):
    """A model's rubrics for a prompt."""

    rubrics: Annotated[list[_One], Field(min_length=1, max_length=MOST)]


WRITING = template("rubrics")


def question(key: str, prompt: str, had: Sequence[Rubric]) -> Question:
    """Return the question for more rubrics than there are."""
    asked = {"prompt": prompt, "known": [list(r) for r in had]}
    return Question(f"{key} rubrics", WRITING, canonical(asked), Written)


def joined(exact: Sequence[Rubric], written: Written | None, prompt: str) -> list[Rubric]:
    """Return exact rubrics with what a model's add: about words of the prompt, and new."""
    if written is None:
        return list(exact)
    of_prompt = frozenset(_WORDS.findall(prompt.lower())) - _EMPTY
    more = [
        Rubric(r.name.strip(), r.check.strip())
        for r in written.rubrics
        if of_prompt & frozenset(_WORDS.findall(r.check.lower()))
    ]
    own = [r for r in exact if r != GLOBAL]
    return [*distinct([*own, *more])[:MOST], GLOBAL]
