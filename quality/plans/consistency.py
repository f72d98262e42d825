"""What must hold across the four stages of a plan, whoever wrote it.

The rules are those of Causal-Plan's prompts and validator (arXiv 2606.01810): equal steps in all
stages, ids of their own, the whole timeline covered without a gap, a step of three frames at least
and 35 % of them at most, critical frames and movements inside their step, one name for each thing,
and what is spatial told apart from what is afforded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from corpuswright.annotators.plans.schema import CausalChain, Draft, Plan, Segments
from corpuswright.storage.records import Rejection

VERSION = 1  # bump when a verdict can change

LEAST_FRAMES = 3  # of a step (the paper's)
MOST_SHARE = 0.35  # of all frames that a step has (the paper's)
_ARTICLES = re.compile(r"^(?:the|a|an|his|her|their|its)\s+", re.IGNORECASE)


def check(plan: Plan, frames: int) -> list[Rejection]:
    """Return all that is wrong with a plan of a video of `frames` sampled frames."""
    time = _time(plan.segments, frames)
    return [*_steps(plan), *time, *_frames(plan), *_names(plan), *_chains(plan)]


def check_segments(draft: Draft, segments: Segments, frames: int) -> list[Rejection]:
    """Return what is wrong with the segments of a draft; before anything is made of them."""
    ids, found = ([s.step_id for s in of] for of in (draft.steps, segments.steps))
    differ = [Rejection("steps_differ", f"segments has {found}, the draft {ids}")]
    return [*_counted(ids), *(differ if ids != found else []), *_time(segments, frames)]


def _counted(ids: list[int]) -> Iterator[Rejection]:
    if ids != list(range(1, len(ids) + 1)):
        yield Rejection("step_ids", f"{ids}, expected 1 to {len(ids)} in order")


def _steps(plan: Plan) -> Iterator[Rejection]:
    ids = [s.step_id for s in plan.draft.steps]
    yield from _counted(ids)
    for name, found in (
        ("segments", [s.step_id for s in plan.segments.steps]),
        ("key_frames", [s.step_id for s in plan.key_frames.steps]),
        ("atomic", [s.step_id for s in plan.atomic.steps]),
    ):
        if found != ids:
            yield Rejection("steps_differ", f"{name} has {found}, the draft {ids}")
    movements = [a.atomic_action_id for s in plan.atomic.steps for a in s.atomic_actions]
    if len(set(movements)) != len(movements):
        twice = sorted({n for n in movements if movements.count(n) > 1})
        yield Rejection("atomic_ids", f"{twice} more than once")


def _time(segments: Segments, frames: int) -> Iterator[Rejection]:
    at = 0
    for n, s in enumerate(segments.steps):
        if s.start_frame_index != at:
            said = f"step {s.step_id} begins at {s.start_frame_index}, expected {at}"
            yield Rejection("not_contiguous", said)
        length = s.end_frame_index - s.start_frame_index
        if length < LEAST_FRAMES:
            yield Rejection("step_too_short", f"step {s.step_id} has {length} frames")
        if length > MOST_SHARE * frames:
            yield Rejection("step_too_long", f"step {s.step_id} has {length} of {frames} frames")
        if (s.independence == "") != (n == 0):
            yield Rejection("independence", f"step {s.step_id} says {s.independence!r}")
        at = s.end_frame_index
    if at != frames:
        yield Rejection("timeline_not_covered", f"steps end at {at}, of {frames} frames")


def _frames(plan: Plan) -> Iterator[Rejection]:
    spans = {s.step_id: s for s in plan.segments.steps}
    for step in plan.key_frames.steps:
        span = spans.get(step.step_id)
        if span is None:
            continue  # told of above
        places = [f.frame_index for f in step.critical_frames]
        if places[0] >= places[1]:
            yield Rejection("critical_frames", f"step {step.step_id}: {places}, expected in order")
        for place in places:
            if not span.start_frame_index <= place < span.end_frame_index:
                yield Rejection("critical_frames", f"step {step.step_id}: {place} is not in it")
        if bool(step.detail_independence.strip()) != (span.independence == "yes"):
            said = f"step {step.step_id}: {span.independence!r}, {step.detail_independence[:40]!r}"
            yield Rejection("detail_independence", said)
    for step in plan.atomic.steps:
        span = spans.get(step.step_id)
        if span is None:
            continue
        at = span.start_frame_index
        for a in step.atomic_actions:
            inside = at <= a.start_frame_index < a.end_frame_index <= span.end_frame_index
            if not inside:
                said = f"{a.start_frame_index} to {a.end_frame_index}, after {at} in its step"
                yield Rejection("atomic_out_of_step", f"movement {a.atomic_action_id}: {said}")
            at = max(at, a.start_frame_index)


def _names(plan: Plan) -> Iterator[Rejection]:
    """Yield things that are written in two ways: `the cup`, `Cup`."""
    written: dict[str, set[str]] = {}
    for name in _things(plan):
        written.setdefault(_ARTICLES.sub("", name.strip()).casefold(), set()).add(name)
    for names in written.values():
        if len(names) > 1:
            yield Rejection("several_names", " / ".join(sorted(names)))


def _things(plan: Plan) -> Iterator[str]:
    for step in plan.draft.steps:
        yield from (*step.objects, step.causal_chain.patient)
    for enriched in plan.key_frames.steps:
        for frame in enriched.critical_frames:
            yield from (frame.causal_chain.patient, frame.interaction.patient)
    for atomic in plan.atomic.steps:
        yield from (a.patient for a in atomic.atomic_actions)


def _chains(plan: Plan) -> Iterator[Rejection]:
    """Yield steps that say one sentence of space and of affordance, or one thing twice."""
    chains = [(s.step_id, s.causal_chain) for s in plan.draft.steps]
    for enriched in plan.key_frames.steps:
        chains += [(enriched.step_id, f.causal_chain) for f in enriched.critical_frames]
    for number, chain in chains:
        for spatial, affordance in _pairs(chain):
            both = sorted(_plain(spatial) & _plain(affordance))
            if both:
                yield Rejection("mixed", f"step {number}: {both[0][:80]!r} is said of both")
            for said in (spatial, affordance):
                if len(_plain(said)) < len(said):
                    yield Rejection("said_twice", f"step {number}: {said[0][:80]!r} and others")


def _pairs(c: CausalChain) -> Iterator[tuple[list[str], list[str]]]:
    yield c.causal_precondition_on_spatial, c.causal_precondition_on_affordance
    yield c.causal_effect_on_spatial, c.causal_effect_on_affordance


def _plain(said: list[str]) -> set[str]:
    return {" ".join(s.casefold().split()).rstrip(".") for s in said}
