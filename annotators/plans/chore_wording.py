"""Sentences about a chore: facts of its states, what is to be done, what the hand does.

`quality.plans.chore_reader` reads them back and shares nothing with this file.
"""

from __future__ import annotations

from collections.abc import Sequence

from corpuswright.renderers.plans.action_model import Fact, Goal, HandAction

VERSION = 2  # bump when something is said otherwise

# How answers in words are to be given, so that a reader can read them; of things of no scene.
FORMS = {
    12: 'What the hand does, then what is so: "The hand closes the black box. The black box is '
        'closed."',
    13: '"It is done because step 9 needs this: the black box is open.", or "It is done because '
        'this is part of the goal: the black box is open."',
    14: '"The step before brings about what this one needs.", then that: "The black box is open."',
    18: '"Step 9: redundant_step. It was done already.", or goal_inconsistent, '
        "granularity_mismatch, precondition_missing, wrong_ordering; then all steps as they should "
        'be: 1) "Open the black box." and so on.',
    19: '"The step could not be done.", then what would be in the way: "The black box is closed."',
    20: '"Open the black box."',
}  # fmt: skip

# Of each fact, as it is said where it holds, and where it does not.
_FACTS = {
    "on": ("The {0} is on the {1}.", "The {0} is not on the {1}."),
    "in": ("The {0} is in the {1}.", "The {0} is not in the {1}."),
    "held": ("The hand holds the {0}.", "The hand does not hold the {0}."),
    "bare": ("Nothing stands on the {0}.", "Something stands on the {0}."),
    "vacant": ("Nothing is in the {0}.", "Something is in the {0}."),
    "open": ("The {0} is open.", "The {0} is closed."),
    "closed": ("The {0} is closed.", "The {0} is open."),
    "full": ("The {0} is full.", "The {0} is empty."),
    "empty": ("The {0} is empty.", "The {0} is full."),
    "free": ("The hand is free.", "The hand is not free."),
    "reachable": ("The hand can reach the {0}.", "The hand cannot reach the {0}."),
}
# What is done, as an order and in progress; {0} patient, {1} target.
_STEPS = {
    "put on": ("Put the {0} on the {1}.", "putting the {0} on the {1}"),
    "put in": ("Put the {0} in the {1}.", "putting the {0} in the {1}"),
    "open": ("Open the {0}.", "opening the {0}"),
    "close": ("Close the {0}.", "closing the {0}"),
    "pour": ("Pour the {0} into the {1}.", "pouring the {0} into the {1}"),
}
_DEEDS = {
    "take": "The hand takes the {0}.",
    "put on": "The hand puts the {0} on the {1}.",
    "put in": "The hand puts the {0} in the {1}.",
    "open": "The hand opens the {0}.",
    "close": "The hand closes the {0}.",
    "pour": "The hand pours the {0} into the {1}.",
}


def fact(said: Fact, holds: bool = True) -> str:
    """Return the sentence that a fact holds, or that it does not."""
    return _FACTS[said[0]][0 if holds else 1].format(*said[1:])


def step(wanted: Goal) -> str:
    """Return a step as an order: `Open the red box`, with a full stop."""
    return _STEPS[wanted.verb][0].format(wanted.patient, wanted.target)


def doing(wanted: Goal) -> str:
    """Return a step in progress: `putting the red cube on the blue box`."""
    return _STEPS[wanted.verb][1].format(wanted.patient, wanted.target)


def deed(done: HandAction) -> str:
    """Return what a hand does."""
    return _DEEDS[done.verb].format(done.patient, done.target)


def goal(facts: Sequence[Fact]) -> str:
    """Return what a chore is for: what holds in the end and did not to begin with."""
    parts = [fact(f)[0].lower() + fact(f)[1:-1] for f in facts]
    return f"Bring it about that {'; '.join(parts)}."
