"""A chore on a table: what stands there, what is done step by step, and in which frames.

Drawn at random and kept if something is caused in it: what one step brings about a later one needs,
and no step is for nothing. `renderers.plans.action_model` says what can be done,
`renderers.plans.tabletop` shows it.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from pydantic import JsonValue

from corpuswright.renderers.plans import action_model
from corpuswright.renderers.plans.action_model import (
    BALL,
    BOX,
    CUBE,
    CUP,
    TABLE,
    Goal,
    HandAction,
    TableState,
)
from corpuswright.renderers.world3d import solids

VERSION = 2  # bump when the same seed gives another chore

# What stands on the table. Ours: two of what has a state, so that one can be mistaken for another.
CAST = (BOX, BOX, CUP, CUP, CUBE, BALL)
STEPS = (4, 7)  # least and most of a plan: what Causal-Plan (arXiv 2606.01810) prefers of its 3-9
FULL, OPEN = 0.6, 0.35  # shares of cups that are full, of boxes that are open, to begin with
LINKED = (
    0.4  # share of steps that need what an earlier one did, at least. Ours: or nothing is caused
)
TRIALS = 1000  # random walks, of which one in fifteen is kept
# Shares of a step's frames that its deeds have: who takes something goes for it first.
SHARES = {1: (1.0,), 2: (0.5, 0.5), 3: (0.35, 0.4, 0.25)}


class Chore(NamedTuple):
    """What happens in a scene.

    Attributes:
        start: The state that it begins in.
        steps: What is done.
        ends: Frames at which steps end, exclusive; the next begins there.
        spans: For each deed of all steps in turn, its first frame and its end, exclusive.
    """

    start: TableState
    steps: tuple[Goal, ...]
    ends: tuple[int, ...]
    spans: tuple[tuple[int, int], ...]

    @property
    def frames(self) -> int:
        """How many frames it takes."""
        return self.ends[-1]

    def state(self, number: int) -> TableState:
        """Return the state before a step, counted from 0; of `len(steps)` the last one."""
        return action_model.after(self.start, self.steps[:number])

    def movements(self, number: int) -> list[tuple[HandAction, tuple[int, int]]]:
        """Return the deeds of a step, counted from 0, with their frames."""
        first = sum(len(s.deeds) for s in self.steps[:number])
        own = self.steps[number].deeds
        return list(zip(own, self.spans[first : first + len(own)], strict=True))


class Deed(NamedTuple):
    """One deed of a chore: of which step, counted from 0, in which frames, end exclusive."""

    step: int
    action: HandAction
    span: tuple[int, int]


def deeds(chore: Chore) -> list[Deed]:
    """Return all deeds of a chore in order."""
    return [
        Deed(number, action, span)
        for number in range(len(chore.steps))
        for action, span in chore.movements(number)
    ]


def draw(rng: np.random.Generator, frames: tuple[int, int]) -> Chore:
    """Return a random chore.

    Args:
        rng: Decides.
        frames: Least and most frames of a step.
    """
    for _ in range(TRIALS):
        names = [f"{c} {k}" for c, k in zip(rng.permutation([*solids.COLOURS]), CAST, strict=False)]
        start = _start(rng, names)
        steps = _walk(rng, start, names, int(rng.integers(STEPS[0], STEPS[1] + 1)))
        if steps is None:
            continue
        linked = sum(bool(action_model.links(start, steps, n)) for n in range(len(steps)))
        useful = all(action_model.serves(start, steps, n) for n in range(len(steps)))
        if useful and linked >= LINKED * len(steps):
            return _timed(rng, start, steps, frames)
    raise AssertionError(f"no chore in {TRIALS} walks")


def to_json(chore: Chore) -> dict[str, JsonValue]:
    """Return a chore as a record keeps it."""
    return {
        "start": [[*f] for f in sorted(chore.start)],
        "steps": [[*s] for s in chore.steps],
        "ends": [*chore.ends],
        "spans": [[*s] for s in chore.spans],
    }


def from_json(kept: Any) -> Chore:
    """Return a chore that `to_json` gave."""
    return Chore(
        frozenset(tuple(f) for f in kept["start"]),
        tuple(Goal(*s) for s in kept["steps"]),
        tuple(kept["ends"]),
        tuple((a, b) for a, b in kept["spans"]),
    )


def _start(rng: np.random.Generator, names: Sequence[str]) -> TableState:
    """Return a state in which all stands on the table, but what may be in a box at random."""
    facts: set[tuple[str, ...]] = {("on", n, TABLE) for n in names}
    boxes = [n for n in names if action_model.kind(n) == BOX]
    for n in names:
        if action_model.kind(n) == CUP:
            facts.add(("full" if rng.uniform() < FULL else "empty", n))
        if action_model.kind(n) == BOX:
            facts.add(("open" if rng.uniform() < OPEN else "closed", n))
    small = [n for n in names if action_model.kind(n) in (CUBE, BALL)]
    if rng.uniform() < 0.5:  # something to be found
        hidden, box = str(rng.choice(small)), str(rng.choice(boxes))
        facts = facts - {("on", hidden, TABLE)} | {("in", hidden, box)}
    return frozenset(facts)


def _walk(
    rng: np.random.Generator, start: TableState, names: Sequence[str], count: int
) -> tuple[Goal, ...] | None:
    """Return `count` steps that can be done one after another; None if there is no next one.

    No state comes twice: nothing is undone as if it had not been.
    """
    state, seen, steps = start, {start}, list[Goal]()
    every = action_model.every(names)
    for _ in range(count):
        able = [s for s in every if not action_model.missing(state, s)]
        able = [s for s in able if action_model.after(state, [s]) not in seen and s not in steps]
        if not able:
            return None
        verbs = sorted({s.verb for s in able})  # a verb first: there are many ways to put
        verb = str(rng.choice(verbs))
        of = [s for s in able if s.verb == verb]
        step = of[int(rng.integers(len(of)))]
        state = action_model.after(state, [step])
        seen.add(state)
        steps.append(step)
    return tuple(steps)


def _timed(
    rng: np.random.Generator, start: TableState, steps: tuple[Goal, ...], frames: tuple[int, int]
) -> Chore:
    at, ends, spans = 0, list[int](), list[tuple[int, int]]()
    for step in steps:
        length = int(rng.integers(frames[0], frames[1] + 1))
        shares = np.cumsum((0.0, *SHARES[len(step.deeds)]))
        places = [at + round(float(s) * length) for s in shares]
        spans += list(itertools.pairwise(places))
        at += length
        ends.append(at)
    return Chore(start, steps, tuple(ends), tuple(spans))
