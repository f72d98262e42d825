"""Sentences about chores, taken apart: facts that they tell, orders that they give.

Shares no words with what writes them (`annotators.plans.chore_wording`). What they say is held
against states by `quality.plans.chore_reader`, whose version covers this file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from corpuswright.renderers.plans import action_model
from corpuswright.renderers.plans.action_model import Fact, Goal, TableState

NAME, _Y = r"(?P<x>(?:[a-z]+ )?[a-z]+)", r"(?P<y>(?:[a-z]+ )?[a-z]+)"
_SAID = [
    (re.compile(pattern.format(x=NAME, y=_Y), re.IGNORECASE), name)
    for pattern, name in (
        ("the {x} is (?P<no>not )?on the {y}", "on"),
        ("the {x} is (?P<no>not )?in the {y}", "in"),
        ("the hand holds the {x}", "held"),
        ("the hand (?P<no>does not hold) the {x}", "held"),
        ("nothing stands on the {x}", "bare"),
        ("(?P<no>something) stands on the {x}", "bare"),
        ("nothing is in the {x}", "vacant"),
        ("(?P<no>something) is in the {x}", "vacant"),
        ("the hand is (?P<no>not )?free", "free"),
        ("the hand can reach the {x}", "reachable"),
        ("the hand (?P<no>cannot) reach the {x}", "reachable"),
        *((f"the {{x}} is (?P<no>not )?{w}", w) for w in ("open", "closed", "full", "empty")),
    )
]
_ORDERS = [
    (re.compile(pattern.format(x=NAME, y=_Y), re.IGNORECASE), verb)
    for pattern, verb in (
        ("put the {x} on the {y}", "put on"),
        ("put the {x} in the {y}", "put in"),
        ("open the {x}", "open"),
        ("close the {x}", "close"),
        ("pour the {x} into the {y}", "pour"),
    )
]
DONE = [
    (re.compile(pattern.format(x=NAME, y=_Y)), verb)
    for pattern, verb in (
        ("The hand takes the {x}", "take"), ("The hand puts the {x} on the {y}", "put on"),
        ("The hand puts the {x} in the {y}", "put in"), ("The hand opens the {x}", "open"),
        ("The hand closes the {x}", "close"), ("The hand pours the {x} into the {y}", "pour"),
    )
]  # fmt: skip

_OPPOSITE = {"closed": "open", "empty": "full"}


class Statement(NamedTuple):
    """A sentence that was read: which fact, and whether it is said to hold.

    What is closed is read as not open, what is empty as not full: one thing has one statement.
    """

    fact: Fact
    holds: bool


def statement(sentence: str) -> Statement | None:
    """Return what a sentence says, with or without its full stop; None if it is none of a fact."""
    for pattern, name in _SAID:
        if found := pattern.fullmatch(sentence.strip().rstrip(".")):
            groups = found.groupdict()
            of = [groups[g].lower() for g in ("x", "y") if groups.get(g)]
            return plain((name, *of), not groups.get("no"))
    return None


def order(sentence: str) -> Goal | None:
    """Return the step that an order is for; None if it is none."""
    for pattern, verb in _ORDERS:
        if found := pattern.fullmatch(sentence.strip().rstrip(".")):
            groups = found.groupdict()
            return Goal(verb, groups["x"].lower(), (groups.get("y") or "").lower())
    return None


def plain(fact: Fact, holds: bool) -> Statement:
    """Return the statement that a fact holds, or that it does not, as `Statement` has it."""
    name, *of = fact
    if name in _OPPOSITE:
        return Statement((_OPPOSITE[name], *of), not holds)
    return Statement(fact, holds)


def those(facts: Iterable[Fact], holds: bool = True) -> set[Statement]:
    """Return the statements that facts hold, or that they do not."""
    return {plain(f, holds) for f in facts}


def is_so(state: TableState, said: Statement) -> bool:
    """Say whether what is said is so in a state."""
    return action_model.holds(state, said.fact) == said.holds
