"""How far words alone lead to the right option: a solver that sees all other questions, no picture.

A naive Bayes over what options say, how they stand to each other, and how much of them the other
questions of the same clip and their answers say; fitted on the questions of other clips, of ten
parts on nine. A bench whose words give nothing away leaves it at chance.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

_WORDS = re.compile(r"[a-z']+")
_SENTENCES = re.compile(r"(?<=[.?:;]) ")
_DENIED = re.compile(r"\b(?:not|cannot|something|nothing)\b", re.IGNORECASE)
_LONGEST = 3  # words of an n-gram
_FOLDS = 10


class Choice(NamedTuple):
    """One question by choice: of which clip and task, its options by letters, the right letter."""

    clip: str
    task: int
    options: Mapping[str, str]
    answer: str


def solved(questions: Sequence[Choice], texts: Mapping[str, Sequence[str]]) -> list[bool]:
    """Say of each question whether the solver takes the right option, having seen all others.

    Args:
        questions: All of a bench.
        texts: What is written of each clip elsewhere: questions in words, with their answers.
    """
    colours = _colours(questions)
    of_clip: dict[str, Counter[str]] = {}
    for clip, said in texts.items():
        of_clip[clip] = Counter(s for text in said for s in _facts(text))
    for q in questions:
        right = of_clip.setdefault(q.clip, Counter())
        right.update(_facts(q.options[q.answer]))
    seen = [{k: _features(q, k, of_clip[q.clip], colours) for k in q.options} for q in questions]
    clips = sorted({q.clip for q in questions})
    fold = {clip: n % _FOLDS for n, clip in enumerate(clips)}
    hits = [False] * len(questions)
    for number in range(_FOLDS):
        so, not_so = Counter[str](), Counter[str]()
        for q, features in zip(questions, seen, strict=True):
            if fold[q.clip] != number:
                for letter, found in features.items():
                    (so if letter == q.answer else not_so).update(found)
        weights = {f: math.log((so[f] + 1) / (not_so[f] / 3 + 1)) for f in {*so, *not_so}}
        for n, (q, features) in enumerate(zip(questions, seen, strict=True)):
            if fold[q.clip] == number:
                scores = {k: sum(weights.get(f, 0.0) for f in v) for k, v in features.items()}
                hits[n] = max(scores, key=lambda k: (scores[k], k)) == q.answer
    return hits


def _features(q: Choice, letter: str, of_clip: Counter[str], colours: frozenset[str]) -> set[str]:
    """Return what can be said of an option without looking."""
    said = q.options[letter]
    own = Counter(_facts(q.options[q.answer]))  # what this question itself adds is not seen
    found = {f"{q.task} {f}" for f in _grams(said, colours)}
    facts = _facts(said)
    shared = sum(f in _facts(o) for o in q.options.values() for f in facts) - len(facts)
    for name, value in (("denials", _denials), ("length", len)):
        rank = sum(value(o) < value(said) for o in q.options.values())
        found.add(f"{q.task} {name} {rank}")
    told = sum(of_clip[f] - own[f] > 0 for f in facts)
    return found | {f"{q.task} letter {letter}", f"{q.task} shared {shared}", f"told {told}"}


@lru_cache(maxsize=1 << 16)
def _denials(text: str) -> int:
    return len(_DENIED.findall(text))


@lru_cache(maxsize=1 << 16)
def _grams(text: str, colours: frozenset[str]) -> frozenset[str]:
    words = ["·" if w in colours else w for w in _WORDS.findall(text.lower())]
    grams = (
        " ".join(words[n : n + size])
        for size in range(1, _LONGEST + 1)
        for n in range(len(words) - size + 1)
    )
    return frozenset({*grams, "whole " + " ".join(words)})


@lru_cache(maxsize=1 << 16)
def _facts(text: str) -> tuple[str, ...]:
    """Return the sentences of a text, and the parts of a goal, in lower case."""
    parts = _SENTENCES.split(re.sub(r"(Before|Then): |bring it about that ", "", text, flags=re.I))
    return tuple(s.lower().rstrip(".;") for s in parts)


def _colours(questions: Sequence[Choice]) -> frozenset[str]:
    """Return the words before the last of names: "red" of "the red box is"."""
    return frozenset(
        w
        for q in questions
        for o in q.options.values()
        for w in re.findall(r"the ([a-z]+) (?:box|cup|cube|ball)\b", o.lower())
    )
