"""What hands do to things, as a state machine: what must hold for a deed, and what holds then.

The truth behind rendered scenes of plans: a scene begins in a state, deeds change it, and whatever
is asked about causes (what was needed, what followed, what could come first, what would fail) is
worked out by doing deeds, not by telling.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

VERSION = 1  # bump when a deed comes out otherwise

# A fact is its name and the things it is of: ("on", "red cube", "table").
Fact = tuple[str, ...]
TableState = frozenset[Fact]

TABLE = "table"
BOX, CUP, CUBE, BALL = "box", "cup", "cube", "ball"
# Facts of where things are, and of what they allow; the second of each row follow from the first.
SPATIAL = ("on", "in", "held", "bare", "vacant")
AFFORDANCE = ("open", "closed", "full", "empty", "free", "reachable")


class HandAction(NamedTuple):
    """One movement of a hand: `take`, `put on`, `put in`, `open`, `close` or `pour`.

    Attributes:
        verb: As above.
        patient: What it is done to; of `pour` the cup that is emptied.
        target: Where it is put, or the cup that is filled; empty for the others.
    """

    verb: str
    patient: str
    target: str = ""


class Goal(NamedTuple):
    """What somebody wants next: `put on`, `put in`, `open`, `close` or `pour`; in deeds `deeds`."""

    verb: str
    patient: str
    target: str = ""

    @property
    def deeds(self) -> tuple[HandAction, ...]:
        """The movements that it takes; who pours puts the cup on the table then."""
        own = HandAction(*self)
        if self.verb in ("open", "close"):
            return (own,)
        back = (HandAction("put on", self.patient, TABLE),) if self.verb == "pour" else ()
        return (HandAction("take", self.patient), own, *back)


class DeedError(ValueError):
    """A deed cannot be done; `missing` are the facts that would have to hold."""

    def __init__(self, deed: HandAction, missing: Sequence[Fact]) -> None:
        super().__init__(f"{' '.join(deed).strip()}: expected {', '.join(map(str, missing))}")
        self.deed, self.missing = deed, tuple(missing)


def kind(thing: str) -> str:
    """Return what a thing is: `box` of `red box`."""
    return thing.rpartition(" ")[2]


def things(state: TableState) -> list[str]:
    """Return the names of all things of a state but the table."""
    return sorted({t for f in state for t in f[1:]} - {TABLE})


@lru_cache(maxsize=1 << 15)
def holds(state: TableState, fact: Fact) -> bool:
    """Say whether a fact holds: one of the state, or one that follows from it.

    A thing is `bare` if nothing stands on it, a box is `vacant` if nothing is in it, the hand is
    `free` if it holds nothing; a thing is `reachable` if it is bare, not in the hand, and in no box
    that is closed.
    """
    name, *of = fact
    if name == "free":
        return not any(f[0] == "held" for f in state)
    if name == "bare":
        return not any(f[0] == "on" and f[2] == of[0] for f in state)
    if name == "vacant":
        return not any(f[0] == "in" and f[2] == of[0] for f in state)
    if name == "reachable":
        shut = any(f[:2] == ("in", of[0]) and ("closed", f[2]) in state for f in state)
        return holds(state, ("bare", of[0])) and ("held", of[0]) not in state and not shut
    return fact in state


def possible(step: Goal) -> bool:
    """Say whether things of these kinds can ever be used so, whatever the state is."""
    verb, x, y = step
    if verb in ("open", "close"):
        return kind(x) == BOX
    if verb == "pour":
        return kind(x) == kind(y) == CUP and x != y
    if verb == "put in":
        return kind(x) in (CUBE, BALL) and kind(y) == BOX
    rolls = kind(x) == BALL and y != TABLE
    return kind(x) != BOX and x != y and kind(y) in (TABLE, BOX, CUBE) and not rolls


def every(names: Sequence[str]) -> list[Goal]:
    """Return all steps that things of these names can ever take part in, in one order.

    What is put back on the table comes first: the plainest remedy is the first that is found.
    """
    two = [
        Goal(verb, x, y)
        for x, y in itertools.product(names, [*names, TABLE])
        for verb in ("put on", "put in", "pour")
    ]
    one = [Goal(verb, x) for x in names for verb in ("open", "close")]
    return sorted((s for s in (*one, *two) if possible(s)), key=lambda s: (s.target != TABLE, s))


def needs(deed: HandAction) -> tuple[Fact, ...]:
    """Return what must hold for a deed."""
    verb, x, y = deed
    if verb == "take":
        return (("bare", x), ("free",), ("reachable", x))
    if verb == "open":
        return (("bare", x), ("free",), ("closed", x))
    if verb == "close":
        return (("free",), ("open", x))
    if verb == "put in":
        return (("held", x), ("vacant", y), ("open", y))
    if verb == "pour":
        return (("held", x), ("bare", y), ("full", x), ("empty", y), ("reachable", y))
    if y == TABLE:
        return (("held", x),)
    # What stands on a thing stands firm: on a lid, or on a cube that is on the table.
    firm = ("closed", y) if kind(y) == BOX else ("on", y, TABLE)
    return (("held", x), ("bare", y), firm, ("reachable", y))


@lru_cache(maxsize=1 << 14)  # chores are drawn by trying: the same deeds again and again
def done(state: TableState, deed: HandAction) -> TableState:
    """Return the state after a deed.

    Raises:
        DeedError: It cannot be done.
    """
    missing = [f for f in needs(deed) if not holds(state, f)]
    if missing:
        raise DeedError(deed, missing)
    verb, x, y = deed
    if verb == "take":
        return frozenset(f for f in state if f[:2] not in (("on", x), ("in", x))) | {("held", x)}
    if verb in ("open", "close"):
        was, now = ("closed", "open") if verb == "open" else ("open", "closed")
        return state - {(was, x)} | {(now, x)}
    if verb == "pour":
        return state - {("full", x), ("empty", y)} | {("empty", x), ("full", y)}
    return state - {("held", x)} | {(verb.removeprefix("put "), x, y)}


def after(state: TableState, steps: Iterable[Goal]) -> TableState:
    """Return the state after steps; raises DeedError at the first that cannot be done."""
    for step in steps:
        for deed in step.deeds:
            state = done(state, deed)
    return state


def asks(step: Goal) -> list[Fact]:
    """Return what a step needs of the state it begins in: not what its own deeds bring about."""
    return list(dict.fromkeys(f for d in step.deeds for f in needs(d) if f[0] != "held"))


def missing(state: TableState, step: Goal) -> tuple[Fact, ...]:
    """Return what stands in a step's way in a state; nothing if it can be done."""
    try:
        after(state, [step])
    except DeedError as error:
        return error.missing
    return ()


def links(start: TableState, steps: Sequence[Goal], number: int) -> dict[Fact, int]:
    """Return, for each thing that a step asks for, which step before brought it about last.

    What held from the start on is not in it.
    """
    found: dict[Fact, int] = {}
    for fact in asks(steps[number]):
        held = [holds(after(start, steps[:n]), fact) for n in range(number + 1)]
        made = [n for n in range(number) if held[n + 1] and not held[n]]
        if made:
            found[fact] = made[-1]
    return found


def goal(start: TableState, steps: Sequence[Goal]) -> list[Fact]:
    """Return what holds in the end and did not to begin with."""
    return sorted(after(start, steps) - start)


def serves(start: TableState, steps: Sequence[Goal], number: int) -> list[tuple[int, Fact]]:
    """Return what a step is for: which later steps need what it brought about, and what stays.

    Returns:
        Places of steps and facts; of what is part of the goal the place is `len(steps)`.
    """
    found = [
        (later, fact)
        for later in range(number + 1, len(steps))
        for fact, by in links(start, steps, later).items()
        if by == number
    ]
    then, made = after(start, steps[:number]), after(start, steps[: number + 1])
    return found + [(len(steps), f) for f in goal(start, steps) if f in made and f not in then]
