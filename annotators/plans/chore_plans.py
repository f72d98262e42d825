"""The plan of a chore in Causal-Plan's four stages, worked out by its state machine.

Nothing here is told by anybody: needs, effects, what depends on what, what would go wrong and what
would help then are found by doing deeds (`renderers.plans.action_model`).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from corpuswright.annotators.plans import chore_wording
from corpuswright.annotators.plans.schema import (
    Atomic,
    AtomicAction,
    AtomicPlan,
    CausalChain,
    CriticalFrame,
    Draft,
    Enriched,
    Failure,
    Interaction,
    KeyFrames,
    Plan,
    Segment,
    Segments,
)
from corpuswright.annotators.plans.schema import Step as Written
from corpuswright.renderers.plans import action_model
from corpuswright.renderers.plans.action_model import (
    BOX,
    CUP,
    TABLE,
    Fact,
    Goal,
    HandAction,
    TableState,
)
from corpuswright.renderers.plans.chores import Chore

VERSION = 2  # bump when a plan comes out otherwise

LEAST, MOST = 3, 4  # sentences of a list (Causal-Plan's); more where more is needed or changed
# What a thing offers that is used, in the words of Causal-Plan's vocabulary.
AFFORDANCES = {
    "take": "grasp point", "put on": "support surface", "put in": "containment interior",
    "open": "hinge", "close": "hinge", "pour": "pouring lip",
}  # fmt: skip
MECHANISMS = {
    "take": "The hand closes around the {0} and lifts it.",
    "put on": "The {1} bears the {0} from below.",
    "put in": "The walls of the {1} hold the {0}.",
    "open": "The lid of the {0} turns about its rear edge.",
    "close": "The lid of the {0} turns about its rear edge.",
    "pour": "The {0} is tilted and what is in it runs into the {1}.",
}


class Trouble(NamedTuple):
    """What could go wrong before a step.

    Attributes:
        cause: What somebody would have done.
        missing: What the step needs and would not hold.
        remedy: What would help then.
    """

    cause: Goal | HandAction
    missing: tuple[Fact, ...]
    remedy: Goal | HandAction


def written(rng: np.random.Generator, chore: Chore) -> Plan:
    """Return the whole plan of a chore.

    Args:
        rng: Chooses what goes wrong in its what-ifs.
        chore: One that is `sound`.

    Raises:
        ValueError: Nothing could go wrong in one of its steps.
    """
    if not sound(chore):
        raise ValueError(f"expected a chore whose steps can all go wrong, saw {chore.steps}")
    numbers = range(len(chore.steps))
    goal = chore_wording.goal(action_model.goal(chore.start, chore.steps))
    drafts = [_step(rng, chore, n) for n in numbers]
    return Plan(
        draft=Draft(high_level_goal=goal, steps=drafts),
        segments=Segments(steps=[_segment(chore, n) for n in numbers]),
        key_frames=KeyFrames(steps=[_enriched(chore, n) for n in numbers]),
        atomic=AtomicPlan(steps=list(_atomic(chore))),
    )


def sound(chore: Chore) -> bool:
    """Say whether something could go wrong before each step, so that what-ifs can be asked."""
    return all(troubles(chore, n) for n in range(len(chore.steps)))


def depends(chore: Chore, number: int) -> list[Fact]:
    """Return what the step just before brings about that a step needs; nothing for the first."""
    return [
        f
        for f, by in action_model.links(chore.start, chore.steps, number).items()
        if by + 1 == number
    ]


def troubles(chore: Chore, number: int) -> list[Trouble]:
    """Return all that one step of somebody else could do to make a step impossible.

    And what one step would help then. Where there is no such step, the hand may hold something.
    """
    state, step = chore.state(number), chore.steps[number]
    every = action_model.every(action_model.things(state))
    found = [
        Trouble(cause, action_model.missing(then, step), remedy)
        for cause in every
        if cause != step and not action_model.missing(state, cause)
        for then in [action_model.after(state, [cause])]
        if action_model.missing(then, step)
        for remedy in _remedies(then, step, every)
    ]
    if found:
        return found
    others = [
        t for t in action_model.things(state) if action_model.kind(t) != BOX and t not in step[1:]
    ]
    able = [
        t
        for t in others
        if all(action_model.holds(state, f) for f in action_model.needs(HandAction("take", t)))
    ]
    return [
        Trouble(
            HandAction("take", t),
            action_model.missing(action_model.done(state, HandAction("take", t)), step),
            HandAction("put on", t, TABLE),
        )
        for t in able
    ]


def about(state: TableState, things: Sequence[str], spatial: bool) -> list[tuple[Fact, bool]]:
    """Return what can be said of things in a state, of where they are or of what they allow."""
    found: list[tuple[Fact, bool]] = []
    for x in things:
        if x == TABLE:
            continue
        is_box, is_cup = action_model.kind(x) == BOX, action_model.kind(x) == CUP
        if spatial:
            found += [(f, True) for f in sorted(state) if f[0] in ("on", "in") and f[1] == x]
            if not is_box and ("on", x, TABLE) not in state:
                found.append((("on", x, TABLE), False))
            names = ["bare", *(["vacant"] if is_box else []), *([] if is_box else ["held"])]
        else:
            # Of open and closed, full and empty one is said: both would be one thing twice.
            names = ["open"] if is_box else ["full"] if is_cup else []
            names += ["reachable"]
        found += [((n, x), action_model.holds(state, (n, x))) for n in names]
    if not spatial:
        found.append((("free",), action_model.holds(state, ("free",))))
    return found


def _step(rng: np.random.Generator, chore: Chore, number: int) -> Written:
    step = chore.steps[number]
    options = troubles(chore, number)
    trouble = options[int(rng.integers(len(options)))]
    cause = trouble.cause
    what = (
        f"the hand already held the {cause.patient}"
        if isinstance(cause, HandAction)
        else f"somebody had done this before: {_lower(chore_wording.step(cause))[:-1]}"
    )
    missing = " ".join(chore_wording.fact(f, holds=False) for f in trouble.missing)
    remedy = Goal(*trouble.remedy)
    return Written(
        step_id=number + 1,
        step_goal=chore_wording.step(step),
        rationale=_rationale(chore, number),
        causal_chain=_chain(chore.state(number), chore.state(number + 1), HandAction(*step)),
        counterfactual_challenge_question=f"What if {what}?",
        expected_challenge_outcome=f"The step could not be done. {missing}",
        failure_reflecting=Failure(reason=missing, recovery_strategy=chore_wording.step(remedy)),
        objects=[step.patient, *([step.target] if step.target else [])],
    )


def _rationale(chore: Chore, number: int) -> str:
    """Say what a step is for: the first later step that needs it, or else the goal."""
    later, fact = action_model.serves(chore.start, chore.steps, number)[0]
    said = _lower(chore_wording.fact(fact))
    if later == len(chore.steps):
        return f"It is done because this is part of the goal: {said}"
    return f"It is done because step {later + 1} needs this: {said}"


def _segment(chore: Chore, number: int) -> Segment:
    first = chore.ends[number - 1] if number else 0
    yes = "yes" if depends(chore, number) else "no"
    return Segment(
        step_id=number + 1,
        start_frame_index=first,
        end_frame_index=chore.ends[number],
        independence=yes if number else "",
    )


def _enriched(chore: Chore, number: int) -> Enriched:
    """Return a step's critical frames: within its first deed, and where what it is for is done."""
    moves = chore.movements(number)
    own = next(m for m in moves if m[0].verb == chore.steps[number].verb)
    first, last = moves[0], own
    state = chore.state(number)
    middle = (first[1][0] + first[1][1]) // 2
    frames: list[CriticalFrame] = []
    for (deed, _), frame in ((first, middle), (last, last[1][1] - 1)):
        before = _until(state, moves, deed)
        frames.append(
            CriticalFrame(
                frame_index=frame,
                action_state_change_description=_change(before, deed),
                causal_chain=_chain(before, action_model.done(before, deed), deed),
                interaction=Interaction(
                    # What is put is borne or held by what it is put on or in.
                    patient=deed.target if deed.verb in ("put on", "put in") else deed.patient,
                    affordance_type=AFFORDANCES[deed.verb],
                    mechanism=MECHANISMS[deed.verb].format(deed.patient, deed.target),
                ),
            )
        )
    needed = " ".join(chore_wording.fact(f) for f in depends(chore, number))
    said = f"The step before brings about what this one needs. {needed}" if needed else ""
    return Enriched(step_id=number + 1, critical_frames=frames, detail_independence=said)


def _change(before: TableState, deed: HandAction) -> str:
    """Say what a deed does and what holds then that did not."""
    after = action_model.done(before, deed)
    told = [
        (f, h)
        for f, h in _facts(after, _involved(before, deed))
        if action_model.holds(before, f) != h
    ]
    return " ".join([chore_wording.deed(deed), *_said(told, len(told))])


def _facts(state: TableState, things: Sequence[str]) -> list[tuple[Fact, bool]]:
    return [*about(state, things, True), *about(state, things, False)]


def _until(
    state: TableState, moves: Sequence[tuple[HandAction, object]], deed: HandAction
) -> TableState:
    for done, _ in itertools.takewhile(lambda m: m[0] != deed, moves):
        state = action_model.done(state, done)
    return state


def _atomic(chore: Chore) -> Iterator[Atomic]:
    count = itertools.count(1)
    for number in range(len(chore.steps)):
        yield Atomic(
            step_id=number + 1,
            atomic_actions=[
                AtomicAction(
                    atomic_action_id=next(count),
                    start_frame_index=first,
                    end_frame_index=end,
                    actor="hand",
                    action=deed.verb,
                    patient=deed.patient,
                    caption=chore_wording.deed(deed),
                )
                for deed, (first, end) in chore.movements(number)
            ],
        )


def _chain(before: TableState, after: TableState, deed: HandAction) -> CausalChain:
    """Return what holds before and after, what was needed and what has changed first."""
    own = _involved(before, deed)
    # What has nothing to do with it comes last: told only where a list would be too short.
    things = [*own, *(t for t in action_model.things(before) if t not in own)]
    wanted = (
        action_model.needs(deed) if deed.verb == "take" else tuple(action_model.asks(Goal(*deed)))
    )

    def before_(spatial: bool) -> list[str]:
        names = action_model.SPATIAL if spatial else action_model.AFFORDANCE
        asked = [(f, True) for f in wanted if f[0] in names and action_model.holds(before, f)]
        asked.sort(key=lambda a: a[0][0] == "free")  # it is so before each step
        most = max(len(asked), min(MOST, len(about(before, own, spatial))))
        return _said([*asked, *about(before, things, spatial)], most)

    def after_(spatial: bool) -> list[str]:
        found = about(after, things, spatial)
        changed = [(f, h) for f, h in found if action_model.holds(before, f) != h]
        own_ = [f for f in changed if not set(f[0][1:]).isdisjoint(own)]
        return _said([*changed, *found], max(len(own_), min(MOST, len(about(after, own, spatial)))))

    return CausalChain(
        agent="hand",
        action=deed.verb,
        patient=deed.patient,
        causal_precondition_on_spatial=before_(True),
        causal_precondition_on_affordance=before_(False),
        causal_effect_on_spatial=after_(True),
        causal_effect_on_affordance=after_(False),
    )


def _involved(state: TableState, deed: HandAction) -> list[str]:
    """Return what a deed is about: patient, target, where the patient is, what is in them."""
    own = [t for t in (deed.patient, deed.target) if t]
    place = [f[2] for f in state if f[0] in ("on", "in") and f[1] == deed.patient]
    inside = [f[1] for f in sorted(state) if f[0] in ("on", "in") and f[2] in own and f[2] != TABLE]
    return list(dict.fromkeys([*own, *place, *inside]))


def _said(facts: Sequence[tuple[Fact, bool]], most: int) -> list[str]:
    """Return sentences of the first facts, each once: `most`, but `LEAST` at least.

    That a box is open and that it is not closed is one thing, as is that a cup is full and not
    empty.
    """
    kept: dict[Fact, bool] = {}
    for fact, holds in facts:
        name, *of = fact
        other = {"open": "closed", "closed": "open", "full": "empty", "empty": "full"}.get(name)
        if fact not in kept and (other is None or (other, *of) not in kept):
            kept[fact] = holds
    all_ = [chore_wording.fact(f, h) for f, h in kept.items()]
    return all_[: max(LEAST, most)]


def _remedies(state: TableState, step: Goal, every: Sequence[Goal]) -> Iterator[Goal]:
    """Yield the first step that makes another one possible again; it may not be the step itself."""
    for remedy in every:
        if remedy != step and not action_model.missing(state, remedy):
            if not action_model.missing(action_model.after(state, [remedy]), step):
                yield remedy
                return


def _lower(sentence: str) -> str:
    return sentence[0].lower() + sentence[1:]
