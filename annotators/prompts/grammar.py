"""Write prompts without a model: what there is, what is done, its light, its place.

Of each kind of sentence there is at most one, so that none contradicts another: one setting with
one detail of it, one light that is possible there, and on how the photograph was taken no more than
it takes to have as many words as a prompt should.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from corpuswright.annotators.prompts import vocabulary
from corpuswright.annotators.prompts.key_points import LEAST, MOST, Points
from corpuswright.annotators.prompts.taxonomy import Item
from corpuswright.annotators.prompts.vocabulary import Setting, View, pick
from corpuswright.annotators.prompts.words import NUMBERS, plural, third, with_article

VERSION = 1  # bump when a prompt can come out otherwise

_PEOPLE = ("Human", "Fictional World")  # nobody of whom is "it"
_NO_PRONOUN = frozenset({"up", "out", "of", "off"})
_LETTERS = (
    'The lettering reads "{text}".',
    'It reads "{text}".',
    '"{text}" is written on it.',
    'The {head} reads "{text}".',
)
_LETTERS_OF_MANY = (
    '{each} reads "{text}".',
    '{each} bears the lettering "{text}".',
)


class _Phrase(NamedTuple):
    """How the thing is named when it comes in, and later on; `many` if there are several."""

    first: str
    later: str
    many: bool


class _Lead(NamedTuple):
    """The first sentences: whether they call it a photograph, and say what is done."""

    text: str
    is_photograph: bool = False
    says_action: bool = False


def written(item: Item, points: Points, rng: np.random.Generator) -> str:
    """Return a prompt of 30 to 60 words that has an item's key points, of a text's all letters."""
    setting = pick(item.group.settings, rng)
    phrase, view = _phrase(item, points), vocabulary.photography().views[item.group.view]
    lead = pick(_leads(item, points, phrase, setting, view, rng), rng)
    must = [f"{_capital(lead.text)}."]
    if points.text:
        forms = _LETTERS_OF_MANY if phrase.many else _LETTERS
        each = pick(["Each one", "Each of them"], rng)
        must.append(pick(forms, rng).format(text=points.text, head=item.head, each=each))
    if points.action and not lead.says_action:
        must.append(f"{_capital(points.clause(_again(item, points, phrase, rng)))}.")
    light = pick(vocabulary.photography().lights_of(setting.light, points.attribute), rng)
    taken = [f"{view.taken[n]}." for n in rng.permutation(len(view.taken))[:3].tolist()]
    end = [] if lead.is_photograph else taken[:1]
    more = [f"{light}.", setting.detail, *(taken[:1] if lead.is_photograph else ())]
    chosen: list[str] = []
    # Words aimed at: most of the paper's examples are nearer to 30 than to 60.
    aim = int(rng.integers(LEAST, LEAST + 13))
    for sentence in [*(more[n] for n in rng.permutation(len(more)).tolist()), *taken[1:]]:
        if (
            _words([*must, *end, *chosen]) < aim
            and _words([*must, *end, *chosen, sentence]) <= MOST
        ):
            chosen.append(sentence)
    return " ".join([*must, *chosen, *end])


def _phrase(item: Item, points: Points) -> _Phrase:
    many = points.number > 1
    noun = plural(item.name) if many else item.name
    words = " ".join(w for w in (points.attribute, points.color, noun) if w)
    if many:
        first = f"{NUMBERS[points.number]} {words}"
        return _Phrase(first, f"the {plural(item.head)}", True)
    first = words if item.group.countable == "mass" else with_article(words)
    return _Phrase(first, f"the {item.head}", False)


def _leads(
    item: Item,
    points: Points,
    phrase: _Phrase,
    setting: Setting,
    view: View,
    rng: np.random.Generator,
) -> list[_Lead]:
    """Return the ways to begin: a kind of photograph, a place, a viewpoint, or the thing itself."""
    where = f"{points.relation} {with_article(points.other)}" if points.relation else ""
    aside = f", {where}" if where else ""
    openings = view.many if phrase.many else view.one
    if points.action:  # what is alive is no still life
        openings = [o for o in openings if "still" not in o or "film" in o or "cinematic" in o]
    opening, seen = pick(openings, rng), pick(view.seen, rng)
    it, here = phrase.first, setting.where
    # A neighbour never stands before the place: "a lamp on a laptop" would be another picture.
    photographs = [_Lead(f"{opening} {it} {here}{aside}", True)]
    of_camera = seen.startswith("Photographed")
    if points.action.startswith("{it}"):  # nobody sits and sweeps: no other verb beside it
        if phrase.many:
            return photographs
        doing = points.clause(it)
        return [
            *photographs,
            _Lead(f"{here}, {doing}{aside}", False, True),
            _Lead(f"{doing} {here}{aside}", False, True),
            _Lead(f"{seen}, {doing} {here}{aside}", of_camera, True),
        ]
    verb = pick(item.group.verbs, rng)
    does = verb.replace("be ", "are ", 1) if phrase.many else third(verb)
    leads = [
        *photographs,
        _Lead(f"{it} {does} {here}{aside}"),
        _Lead(f"{seen}, {it} {does} {here}{aside}", of_camera),
    ]
    if where:
        leads.append(_Lead(f"{here}, {it} {does} {where}"))
    if where and item.category != "Event":
        later = phrase.later if phrase.many or item.category in _PEOPLE else "it"
        leads.append(_Lead(f"{opening} {it} {here}. {_capital(later)} {does} {where}", True))
    elif not where:
        leads.append(_Lead(f"{opening} {it} {here}", True))
    if " " not in verb:
        leads.append(_Lead(f"{here} {does} {it}{aside}"))
    return leads


def _again(item: Item, points: Points, phrase: _Phrase, rng: np.random.Generator) -> str:
    """Return how the thing is called when what is done follows."""
    if phrase.many:
        two = ["one of the two"] if points.number == 2 else []
        return pick(["one of them", f"one of {phrase.later}", *two], rng)
    before = points.action.partition("{it}")[0].split()[-1:]
    # "Picking up it" and "the floor of it" nobody says.
    may_be_it = before and before[0] not in _NO_PRONOUN and item.category not in (*_PEOPLE, "Event")
    return pick([phrase.later, "it"], rng) if may_be_it else phrase.later


def _words(sentences: Sequence[str]) -> int:
    return sum(len(re.findall(r"\S+", s)) for s in sentences)


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]
