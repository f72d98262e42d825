"""A state machine of hands: held against a second one that was written another way."""

from __future__ import annotations

import functools
import itertools

import numpy as np
import pytest

from corpuswright.renderers.plans import action_model, chores
from corpuswright.renderers.plans.action_model import TABLE, DeedError, Goal
from corpuswright.renderers.plans.chores import Chore

CHORES = 16


class Room:
    """The oracle: where each thing is, lids and water, by plain assignments."""

    def __init__(self, chore: Chore) -> None:
        self.at: dict[str, tuple[str, str]] = {}
        self.lid: dict[str, bool] = {}
        self.wet: dict[str, bool] = {}
        for name, *of in chore.start:
            if name in ("on", "in"):
                self.at[of[0]] = (name, of[1])
            elif name in ("open", "closed"):
                self.lid[of[0]] = name == "open"
            else:
                self.wet[of[0]] = name == "full"

    def copy(self) -> Room:
        other = object.__new__(Room)
        other.at, other.lid, other.wet = dict(self.at), dict(self.lid), dict(self.wet)
        return other

    def topped(self, thing: str) -> bool:
        return ("on", thing) in self.at.values()

    def shut_away(self, thing: str) -> bool:
        how, where = self.at[thing]
        return how == "in" and not self.lid[where]

    def do(self, step: Goal) -> bool:
        """Do a step; False if it cannot be done."""
        verb, x, y = step
        if verb in ("open", "close"):
            if self.lid[x] is (verb == "open") or (verb == "open" and self.topped(x)):
                return False
            self.lid[x] = verb == "open"
            return True
        if self.topped(x) or self.shut_away(x):
            return False
        if verb == "pour":
            if not self.wet[x] or self.wet[y] or self.topped(y):
                return False
            self.wet[x], self.wet[y], self.at[x] = False, True, ("on", TABLE)
            return True
        if verb == "put in":
            if not self.lid[y] or ("in", y) in {p for t, p in self.at.items() if t != x}:
                return False
            self.at[x] = ("in", y)
            return True
        if y != TABLE:
            others = {p for t, p in self.at.items() if t != x}
            if ("on", y) in others or self.lid.get(y, False):
                return False
            if y not in self.lid and self.at[y] != ("on", TABLE):
                return False
        self.at[x] = ("on", y)
        return True

    def facts(self) -> frozenset[tuple[str, ...]]:
        lids = {("open" if up else "closed", b) for b, up in self.lid.items()}
        wet = {("full" if full else "empty", c) for c, full in self.wet.items()}
        return frozenset({(how, x, y) for x, (how, y) in self.at.items()} | lids | wet)


@functools.cache
def drawn(seed: int) -> Chore:
    return chores.draw(np.random.default_rng(seed), (10, 13))


@pytest.mark.parametrize("seed", range(CHORES))
def test_what_can_be_done_and_what_holds_then(seed: int):
    chore = drawn(seed)
    room = Room(chore)
    for number, step in enumerate(chore.steps):
        state = chore.state(number)
        assert room.facts() == state
        for other in action_model.every(action_model.things(chore.start)):
            tried = room.copy()
            able = tried.do(other)
            assert able == (not action_model.missing(state, other)), other
            if able:
                assert tried.facts() == action_model.after(state, [other])
        assert room.do(step)
    assert room.facts() == chore.state(len(chore.steps))


def test_a_chore_has_causes_and_no_step_for_nothing():
    for seed in range(CHORES):
        chore = drawn(seed)
        numbers = range(len(chore.steps))
        assert chores.STEPS[0] <= len(chore.steps) <= chores.STEPS[1]
        assert all(action_model.serves(chore.start, chore.steps, n) for n in numbers)
        linked = [n for n in numbers if action_model.links(chore.start, chore.steps, n)]
        assert len(linked) >= chores.LINKED * len(chore.steps)
        assert chores.from_json(chores.to_json(chore)) == chore
        longest = max(b - a for a, b in itertools.pairwise((0, *chore.ends)))
        assert longest <= 0.35 * chore.frames


def test_what_cannot_be_done_says_what_is_missing():
    state = frozenset({("closed", "red box"), ("on", "red box", TABLE), ("on", "blue ball", TABLE)})
    with pytest.raises(DeedError, match=r"put in blue ball red box: expected \('open'") as told:
        action_model.after(state, [Goal("put in", "blue ball", "red box")])
    assert told.value.missing == (("open", "red box"),)
