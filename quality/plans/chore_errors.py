"""What is false in a plan of a chore, whoever wrote it: the error of annotators, counted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from corpuswright.annotators.plans.schema import CausalChain, Plan
from corpuswright.quality.plans.chore_reader import brought
from corpuswright.quality.plans.chore_statements import is_so, order, statement
from corpuswright.renderers.plans.action_model import SPATIAL, TableState
from corpuswright.renderers.plans.chores import Chore


class Errors(NamedTuple):
    """What a plan of a chore says.

    Attributes:
        said: Sentences and orders that were looked at.
        false: Those that are not so, as `field of step: sentence`.
        unread: Those that are no sentences of facts; nothing says whether they are so.
        frames: Of boundaries between steps, how many frames each is off.
    """

    said: int
    false: tuple[str, ...]
    unread: tuple[str, ...]
    frames: tuple[int, ...]


def errors(chore: Chore, plan: Plan) -> Errors:
    """Return what is wrong with a plan of a chore, whoever wrote it.

    Its steps are held against those of the chore in order; where their number differs, that is one
    more thing that is false, and only those that both have are looked at.
    """
    said, false, unread = 0, list[str](), list[str]()
    both = list(zip(plan.draft.steps, range(len(chore.steps)), strict=False))
    if len(plan.draft.steps) != len(chore.steps):
        said, false = 1, [f"steps of plan: {len(plan.draft.steps)}, not {len(chore.steps)}"]
    for written, n in both:
        before, then = chore.state(n), chore.state(n + 1)
        said += 1
        if (found := order(written.step_goal)) != chore.steps[n]:
            (false if found else unread).append(f"step_goal of {n + 1}: {written.step_goal}")
        for name, sentences, state, spatial in _lists(written.causal_chain, before, then):
            for sentence in sentences:
                said += 1
                one = statement(sentence)
                if one is None:
                    unread.append(f"{name} of {n + 1}: {sentence}")
                elif (one.fact[0] in SPATIAL) is not spatial or not is_so(state, one):
                    false.append(f"{name} of {n + 1}: {sentence}")
    off: list[int] = []
    for segment, end, n in zip(plan.segments.steps, chore.ends, range(len(both)), strict=False):
        off.append(abs(segment.end_frame_index - end))
        if n:
            said += 1
            if (segment.independence == "yes") != bool(brought(chore, n)):
                false.append(f"independence of {n + 1}: {segment.independence}")
    return Errors(said, tuple(false), tuple(unread), tuple(off))


def _lists(
    chain: CausalChain, before: TableState, then: TableState
) -> Iterator[tuple[str, Sequence[str], TableState, bool]]:
    yield "precondition on space", chain.causal_precondition_on_spatial, before, True
    yield "precondition on affordance", chain.causal_precondition_on_affordance, before, False
    yield "effect on space", chain.causal_effect_on_spatial, then, True
    yield "effect on affordance", chain.causal_effect_on_affordance, then, False
