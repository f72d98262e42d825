"""Questions about chores by choice, whose words do not tell which option is right.

All four options are so at some moment of the chore, of the same things or of other deeds; which of
the four moments is shown is drawn after they are, each as likely as the others. So nothing but the
picture tells: not the words of an option, not the other questions of the corpus, not even the whole
chore. Every wrong option is possible, and what is so instead is told with it.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from corpuswright.annotators.plans import chore_wording
from corpuswright.annotators.plans.chore_plans import AFFORDANCES
from corpuswright.annotators.plans.questions import KINDS, Asked
from corpuswright.renderers.plans import action_model, chores
from corpuswright.renderers.plans.action_model import BOX, CUP, HandAction, TableState
from corpuswright.renderers.plans.chores import Chore

VERSION = 1  # bump when a question comes out otherwise

LETTERS = "ABCD"  # four options, as the release has
# Things that an option tells of: two, or three where two have too few states between them.
FACTS = (2, 3)
_QUESTIONS: Mapping[int, str] = {
    1: "Where are things before what is shown begins?",
    2: "What do things allow before what is shown begins?",
    4: "Which thing makes this possible here, and by what that it offers?",
    5: "What holds before this moment, and what holds then?",
    6: "Where are things once this is done?",
    7: "What do things allow once this is done?",
}
# What may be told of a state: a sentence, or None where the thing cannot be seen.
Tells = Callable[[TableState], str | None]


class Moment(NamedTuple):
    """One deed of a chore (`renderers.plans.chores.Deed`), with the states before and after it."""

    step: int
    deed: HandAction
    span: tuple[int, int]
    before: TableState
    then: TableState

    @property
    def frame(self) -> int:
        """Where it is seen best: a thing that is taken on the way, all else when it is done."""
        first, end = self.span
        return (first + end) // 2 if self.deed.verb == "take" else end - 1


def moments(chore: Chore) -> list[Moment]:
    """Return all deeds of a chore in order."""
    found: list[Moment] = []
    state = chore.start
    for step, deed, span in chores.deeds(chore):
        then = action_model.done(state, deed)
        found.append(Moment(step, deed, span, state, then))
        state = then
    return found


def asked(rng: np.random.Generator, chore: Chore, number: int) -> Asked | None:
    """Return a question of one of the tasks 1, 2, 4, 5, 6, 7; None if there are no four options."""
    every = moments(chore)
    ways = [way for way in _ways(every, number) if len(way) >= len(LETTERS)]
    if not ways:
        return None
    way = ways[int(rng.integers(len(ways)))]
    texts = [[*way][int(n)] for n in rng.permutation(len(way))[: len(LETTERS)]]
    right = texts[int(rng.integers(len(LETTERS)))]  # after the options: they do not tell it
    shown = way[right][int(rng.integers(len(way[right])))]
    options = dict(zip(LETTERS, texts, strict=True))
    listed = "".join(f"\n{k}) {v}" for k, v in options.items())
    span = (shown.frame, shown.frame + 1) if number in (4, 5) else shown.span
    return Asked(
        KINDS[number],
        shown.step + 1,
        (span,),
        f"{_QUESTIONS[number]}{listed}",
        next(k for k, text in options.items() if text == right),
        {
            "options": {**options},
            "answer_text": right,
            "reasons": {
                k: _reason(number, shown, t, right) for k, t in options.items() if t != right
            },
        },
    )


def _ways(every: Sequence[Moment], number: int) -> list[dict[str, list[Moment]]]:
    """Return the ways to tell moments apart: what is said, and at which moments it is so."""
    if number in (4, 5):
        tell = _offered if number == 4 else _changed
        return [_told(every, [tell])]
    spatial, later = number in (1, 6), number in (6, 7)
    tells = _tells(action_model.things(every[0].before), spatial)
    found: list[dict[str, list[Moment]]] = []
    for count in FACTS:
        for some in itertools.combinations(tells, count):
            found.append(_told(every, [_at(tell, later) for tell in some]))
        if any(len(way) >= len(LETTERS) for way in found):
            break
    return found


def _told(
    every: Sequence[Moment], tells: Sequence[Callable[[Moment], str | None]]
) -> dict[str, list[Moment]]:
    found: dict[str, list[Moment]] = {}
    for moment in every:
        said = [tell(moment) for tell in tells]
        if None not in said:
            found.setdefault(" ".join(filter(None, said)), []).append(moment)
    return found


def _at(tell: Tells, later: bool) -> Callable[[Moment], str | None]:
    return lambda m: tell(m.then if later else m.before)


def _tells(things: Sequence[str], spatial: bool) -> list[Tells]:
    """Return what may be told of things: where they are, or what they allow."""
    found: list[Tells] = []
    for x in things:
        is_box = action_model.kind(x) == BOX
        if spatial:
            found += [] if is_box else [lambda s, x=x: _place(s, x)]
            found += [lambda s, x=x: _fact(s, ("bare", x))] if is_box else []
        else:
            found += [lambda s, x=x: _fact(s, ("open", x))] if is_box else []
            found += [lambda s, x=x: _fact(s, ("full", x))] if action_model.kind(x) == CUP else []
            found.append(lambda s, x=x: None if _hidden(s, x) else _fact(s, ("reachable", x)))
    return found


def _fact(state: TableState, fact: action_model.Fact) -> str:
    return chore_wording.fact(fact, action_model.holds(state, fact))


def _place(state: TableState, x: str) -> str | None:
    where = next((f for f in sorted(state) if f[0] in ("on", "in", "held") and f[1] == x), None)
    return None if where is None or _hidden(state, x) else chore_wording.fact(where)


def _hidden(state: TableState, x: str) -> bool:
    return any(f[:2] == ("in", x) and ("closed", f[2]) in state for f in state)


def _offered(moment: Moment) -> str:
    deed = moment.deed
    # What is put is borne or held by what it is put on or in.
    thing = deed.target if deed.verb in ("put on", "put in") else deed.patient
    return f"It is the {thing}, which offers this: {AFFORDANCES[deed.verb]}."


def _changed(moment: Moment) -> str | None:
    deed = moment.deed
    if deed.verb in ("open", "close"):
        both = [_fact(s, ("open", deed.patient)) for s in (moment.before, moment.then)]
    elif deed.verb == "pour":
        both = [_fact(s, ("full", deed.patient)) for s in (moment.before, moment.then)]
    else:
        both = [_place(s, deed.patient) for s in (moment.before, moment.then)]
    return None if None in both else f"Before: {both[0]} Then: {both[1]}"


def _reason(number: int, shown: Moment, option: str, right: str) -> str:
    """Say what is so instead of a wrong option."""
    if number in (4, 5):
        return chore_wording.deed(shown.deed)
    both = zip(*(re.split(r"(?<=\.) ", t) for t in (option, right)), strict=True)
    return " ".join(so for said, so in both if said != so)
