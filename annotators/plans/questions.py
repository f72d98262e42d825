"""Causal-Plan's twenty tasks: what is asked of a plan, by which evidence, and what the answer is.

Names, dimensions, evidence, and which fields of a plan an answer is made of are those of
Causal-Plan (arXiv 2606.01810, its released generator of multi-step questions); the wording is ours.
Answers are what the plan says, whoever wrote it: true if the plan is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import numpy as np
from pydantic import JsonValue

from corpuswright.annotators.plans.schema import CriticalFrame, Plan, Segment
from corpuswright.annotators.plans.schema import Step as Written

VERSION = 3  # bump when a task comes out otherwise

Parts = dict[str, JsonValue]
Dimension = Literal["executability", "effects", "composition", "robustness"]
Evidence = Literal["keyframe_single", "video_clip", "video_prefix", "video_clip_pair"]
# Frames that a model is shown at most of each kind of evidence; of a pair, of either clip.
MOST_FRAMES: Mapping[Evidence, int] = {
    "keyframe_single": 1, "video_clip": 50, "video_prefix": 100, "video_clip_pair": 50,
}  # fmt: skip
ANCHORS = (10, 14, 6)  # candidates of task 9: at least, at most, and so many more than are right
FLAWS = (
    "goal_inconsistent", "granularity_mismatch", "precondition_missing", "redundant_step",
    "wrong_ordering",
)  # fmt: skip
WINDOW = 5  # steps of a plan that has a flaw, at most
MIDDLE = 8  # steps between the first and the last that are asked for, at most
AHEAD = 6  # next steps that are asked for, at most
VAGUE = "Get the things ready."  # of no certain size: what `granularity_mismatch` puts in
# Wrong candidates of task 9, where a plan does not speak of them.
ELSEWHERE = (
    "knife", "pan", "sponge", "kettle", "drawer", "towel", "lemon", "spoon", "plate", "bottle",
    "scissors", "funnel", "tray", "sieve",
)  # fmt: skip


class Kind(NamedTuple):
    """One of the twenty.

    Attributes:
        number: 1 to 20.
        key: Its name in the release, without the number.
        dimension: What it is of.
        evidence: What is shown.
    """

    number: int
    key: str
    dimension: Dimension
    evidence: Evidence

    @property
    def slug(self) -> str:
        """As kinds of tasks in a record are called: `causal_01`."""
        return f"causal_{self.number:02d}"

    @property
    def name(self) -> str:
        """As files of the release are called: `Task_01_Spatial_Precondition`."""
        return f"Task_{self.number:02d}_{self.key}"


KINDS: Mapping[int, Kind] = {
    k.number: k
    for k in (
        Kind(1, "Spatial_Precondition", "executability", "video_clip"),
        Kind(2, "Affordance_Precondition", "executability", "video_clip"),
        Kind(3, "Physical_Feasibility", "executability", "video_clip"),
        Kind(4, "Affordance_Visual_Semantics", "effects", "keyframe_single"),
        Kind(5, "Holistic_Causal_Chain", "effects", "keyframe_single"),
        Kind(6, "Spatial_Postcondition", "effects", "video_clip"),
        Kind(7, "Affordance_Postcondition", "effects", "video_clip"),
        Kind(8, "Goal_Recognition", "composition", "video_prefix"),
        Kind(9, "Macro_Anchor_Extraction", "composition", "video_prefix"),
        Kind(10, "Clip_to_Step_Goal", "composition", "video_clip"),
        Kind(11, "Action_Phrase", "composition", "video_clip"),
        Kind(12, "State_Evolution", "composition", "keyframe_single"),
        Kind(13, "Strategic_Rationale", "composition", "video_clip"),
        Kind(14, "Inter_Step_Dependency", "composition", "video_clip_pair"),
        Kind(15, "Next_Step_Prediction", "composition", "video_prefix"),
        Kind(16, "Middle_Steps_Infill", "composition", "video_clip_pair"),
        Kind(17, "Next_K_Steps_Prediction", "composition", "video_prefix"),
        Kind(18, "Bad_Plan_Diagnosis_And_Repair", "robustness", "video_prefix"),
        Kind(19, "Counterfactual_Outcome", "robustness", "video_clip"),
        Kind(20, "Failure_Recovery", "robustness", "video_clip"),
    )
}


@dataclass(frozen=True, slots=True)
class Asked:
    """One question with its answer.

    Attributes:
        kind: Which of the twenty.
        step: The step that it is about, from 1; 0 for the whole.
        spans: Frames that are shown, `(first, end)`, end exclusive: one, or two of a pair.
        question: Without what is shown.
        answer: As the plan has it.
        parts: What question and answer are made of, for whoever checks them.
    """

    kind: Kind
    step: int
    spans: tuple[tuple[int, int], ...]
    question: str
    answer: str
    parts: Parts = field(default_factory=dict[str, JsonValue])

    def expected(self) -> Parts:
        """Return what a record keeps of it beside the question."""
        return {
            "task": self.kind.number,
            "name": self.kind.name,
            "dimension": self.kind.dimension,
            "evidence": self.kind.evidence,
            "step": self.step,
            "spans": [[*s] for s in self.spans],
            "answer": self.answer,
            "parts": self.parts,
        }


def frames(kind: Kind, spans: Sequence[Sequence[int]], most: int = 100) -> list[int]:
    """Return the frames that a question shows: spread evenly, first and last among them.

    Args:
        kind: Says how many at most.
        spans: `(first, end)` of each stretch, end exclusive.
        most: Of all stretches together.
    """
    out: list[int] = []
    for first, end in spans:
        number = min(MOST_FRAMES[kind.evidence], most // len(spans), end - first)
        out += [first + round(n * (end - 1 - first) / max(number - 1, 1)) for n in range(number)]
    return out


def every(plan: Plan, rng: np.random.Generator, foreign: Sequence[str] = ()) -> list[Asked]:
    """Return all questions that a plan has an answer to.

    Args:
        plan: Checked by `quality.plans.consistency`.
        rng: Decides about order and place of wrong things: candidates, flaws.
        foreign: Goals of steps of other plans, for the flaw `goal_inconsistent`; none, no such one.
    """
    return [a for make in _MAKERS for a in make(plan, rng, foreign)]


def chosen(plan: Plan, rng: np.random.Generator, foreign: Sequence[str] = ()) -> list[Asked]:
    """Return one question of each of the twenty that a plan has an answer to, at random."""
    found: dict[int, list[Asked]] = {}
    for a in every(plan, rng, foreign):
        found.setdefault(a.kind.number, []).append(a)
    return [of[int(rng.integers(len(of)))] for _, of in sorted(found.items())]


Maker = Callable[[Plan, np.random.Generator, Sequence[str]], Iterator[Asked]]


def _of_steps(plan: Plan, rng: np.random.Generator, foreign: Sequence[str]) -> Iterator[Asked]:
    """Yield what is asked of the clip of one step: tasks 1, 2, 3, 6, 7, 10, 11, 13, 19, 20."""
    whole = f"The goal of the whole is: {_told(plan.draft.high_level_goal)}"
    for s, segment in zip(plan.draft.steps, plan.segments.steps, strict=True):
        chain, shown = s.causal_chain, (_span(segment),)
        spatial, afforded = (
            chain.causal_precondition_on_spatial,
            chain.causal_precondition_on_affordance,
        )
        helps = s.failure_reflecting.recovery_strategy
        both = f"It can be done because of both: {_plain(spatial[0])}, and {_plain(afforded[0])}."
        why = _told(s.failure_reflecting.reason)
        what_if: Parts = {"what_if": s.counterfactual_challenge_question}
        for number, question, answer in (
            (1, "Where are things before what is shown begins?", " ".join(spatial)),
            (2, "What do things allow before what is shown begins?", " ".join(afforded)),
            (
                3,
                "Why can this be done now? Name one thing about where things are and one about "
                "what they allow.",
                both,
            ),
            (6, "Where are things once this is done?", " ".join(chain.causal_effect_on_spatial)),
            (
                7,
                "What do things allow once this is done?",
                " ".join(chain.causal_effect_on_affordance),
            ),
            (10, f"{whole} What is the goal of this step?", s.step_goal),
            (11, "What is being done?", _doing(s)),
            (13, f"{whole} Why is this step needed?", s.rationale),
            (19, s.counterfactual_challenge_question, s.expected_challenge_outcome),
            (20, f"In another try this was in the way: {why} What would help?", helps),
        ):
            parts = what_if if number == 20 else {}
            yield Asked(KINDS[number], s.step_id, shown, question, answer, parts)


def _told(text: str) -> str:
    """Return what a plan says as a sentence that others may follow."""
    whole = text.strip()
    return whole[:1].upper() + whole[1:] + ("" if whole.endswith((".", "!", "?")) else ".")


def _of_frames(plan: Plan, rng: np.random.Generator, foreign: Sequence[str]) -> Iterator[Asked]:
    """Yield what is asked of one key frame: tasks 4, 5, 12."""
    for s, enriched in zip(plan.draft.steps, plan.key_frames.steps, strict=True):
        for number, frame in enumerate(enriched.critical_frames):
            shown = ((frame.frame_index, frame.frame_index + 1),)
            parts: Parts = {"frame": number}
            goal = f"The goal of the step is: {_told(s.step_goal)}"
            i = frame.interaction
            how = _told(i.mechanism)
            offers = f"It is the {i.patient}, which offers this: {i.affordance_type}. {how}"
            yield Asked(
                KINDS[4],
                s.step_id,
                shown,
                f"{goal} Which thing makes this possible here, and by what that it offers?",
                offers,
                parts,
            )
            yield Asked(
                KINDS[5],
                s.step_id,
                shown,
                f"{goal} What holds before this moment, how does it come about, and what "
                "holds then?",
                _whole(frame),
                parts,
            )
            yield Asked(
                KINDS[12],
                s.step_id,
                shown,
                f"{goal} What happens here, and what does it change?",
                frame.action_state_change_description,
                parts,
            )


def _of_all(plan: Plan, rng: np.random.Generator, foreign: Sequence[str]) -> Iterator[Asked]:
    """Yield what is asked of the whole video: tasks 8, 9, 16."""
    steps, spans = plan.draft.steps, [_span(s) for s in plan.segments.steps]
    whole = ((0, spans[-1][1]),)
    yield Asked(KINDS[8], 0, whole, "What is all of this for?", plan.draft.high_level_goal)
    keys = sorted({s.causal_chain.patient for s in steps})
    low, high, more = ANCHORS
    said = plan.model_dump_json().casefold()  # what the plan speaks of may be acted upon
    wrong = [w for w in ELSEWHERE if w not in said]
    wrong = [wrong[int(n)] for n in rng.permutation(len(wrong))]
    wanted = max(low, min(high, len(keys) + more))
    all_ = [*keys, *wrong[: max(0, wanted - len(keys))]]
    listed = [all_[int(n)] for n in rng.permutation(len(all_))]
    question = f"Which of these are acted upon: {', '.join(listed)}?"
    parts: Parts = {"candidates": [*listed], "right": [*keys]}
    yield Asked(KINDS[9], 0, whole, question, f"{', '.join(keys)}.", parts)
    middle = [s.step_goal for s in steps[1:-1]]
    if len(steps) >= 3 and len(middle) <= MIDDLE:
        question = (
            f"The goal is: {_told(plan.draft.high_level_goal)} The first and the last step are "
            "shown. Which steps are between them, in order?"
        )
        parts = {"steps": [*middle]}
        yield Asked(KINDS[16], 0, (spans[0], spans[-1]), question, _numbered(middle), parts)


def _of_pairs(plan: Plan, rng: np.random.Generator, foreign: Sequence[str]) -> Iterator[Asked]:
    """Yield what is asked of a step and the one before: task 14."""
    spans = [_span(s) for s in plan.segments.steps]
    for n, (segment, e) in enumerate(zip(plan.segments.steps, plan.key_frames.steps, strict=True)):
        if n and segment.independence == "yes":
            question = (
                f"The goal is: {_told(plan.draft.high_level_goal)} What of step {n} does step "
                f"{n + 1} need?"
            )
            yield Asked(KINDS[14], n + 1, (spans[n - 1], spans[n]), question, e.detail_independence)


def _of_prefixes(plan: Plan, rng: np.random.Generator, foreign: Sequence[str]) -> Iterator[Asked]:
    """Yield what is asked of the video up to the end of a step: tasks 15 and 17."""
    goals = [s.step_goal for s in plan.draft.steps]
    head = f"The goal is: {_told(plan.draft.high_level_goal)}"
    for done in range(2, len(goals)):
        shown = ((0, plan.segments.steps[done - 1].end_frame_index),)
        following = goals[done : done + AHEAD]
        if len(goals) >= 3:
            yield Asked(
                KINDS[15],
                done,
                shown,
                f"{head} What is the next step?",
                goals[done],
                {"steps": [goals[done]]},
            )
        if len(goals) >= 4 and len(following) > 1:  # of one, it is the next step
            question = f"{head} What are the next {len(following)} steps, in order?"
            yield Asked(
                KINDS[17], done, shown, question, _numbered(following), {"steps": [*following]}
            )


def _of_flaws(plan: Plan, rng: np.random.Generator, foreign: Sequence[str]) -> Iterator[Asked]:
    """Yield plans with one flaw after what was seen: task 18."""
    steps = plan.draft.steps
    if len(steps) < 5:
        return
    # The last step that is seen stands from 1 to min(3, n - 4), counted from 0, in the release.
    done = 1 + int(rng.integers(1, min(3, len(steps) - 4) + 1))
    shown = ((0, plan.segments.steps[done - 1].end_frame_index),)
    for flaw in FLAWS:
        made = _flawed(plan, rng, foreign, flaw, done)
        if made is None:
            continue
        bad, repaired, place, why = made
        if bad == repaired[: len(bad)]:
            continue  # of steps that are called alike one stands for the other: nothing is wrong
        question = (
            f"The goal is: {_told(plan.draft.high_level_goal)} This is to come next: "
            f"{_numbered(bad)} One thing is wrong with it. Which step is it, what is wrong "
            f"({', '.join(FLAWS)}), and how is it repaired?"
        )
        answer = f"Step {place + 1}: {flaw}. {why} {_numbered(repaired)}"
        parts: Parts = {"bad": [*bad], "repaired": [*repaired], "flaw": flaw, "place": place + 1}
        yield Asked(KINDS[18], done, shown, question, answer, parts)


def _flawed(
    plan: Plan, rng: np.random.Generator, foreign: Sequence[str], flaw: str, done: int
) -> tuple[list[str], list[str], int, str] | None:
    """Return a plan with a flaw, it repaired, where the flaw is, and why it is one."""
    goals = [s.step_goal for s in plan.draft.steps]
    left = goals[done:]
    # A later step that comes too early needs one that is not in the window.
    size = min(WINDOW, len(left) - (flaw == "precondition_missing"))
    window = left[:size]
    bad = [*window]
    place = int(rng.integers(size))
    if flaw == "goal_inconsistent":
        strange = [f for f in foreign if f not in goals]
        if not strange:
            return None
        bad[place] = strange[int(rng.integers(len(strange)))]
        return bad, window, place, "It has nothing to do with the goal."
    if flaw == "granularity_mismatch":
        bad[place] = VAGUE
        return bad, window, place, "It says too little to be done."
    if flaw == "redundant_step":
        bad[place] = goals[int(rng.integers(done))]
        return bad, window, place, "It was done already."
    if flaw == "precondition_missing":
        # It has to need the step before it, which is then still to come.
        if size < 2 or plan.segments.steps[done + size].independence != "yes":
            return None
        place = int(rng.integers(size - 1))
        bad[place] = left[size]
        return bad, left[: size + 1], place, "What it needs has not been done by then."
    pairs = [n for n in range(size - 1) if plan.segments.steps[done + n + 1].independence == "yes"]
    if not pairs:
        return None
    place = pairs[int(rng.integers(len(pairs)))]
    bad[place], bad[place + 1] = bad[place + 1], bad[place]
    return bad, window, place, "It needs the step that comes after it."


_MAKERS: Sequence[Maker] = (_of_steps, _of_frames, _of_all, _of_pairs, _of_prefixes, _of_flaws)


def _whole(frame: CriticalFrame) -> str:
    """Return a causal chain in words: the first two sentences of each of its lists."""
    c = frame.causal_chain
    before = (*c.causal_precondition_on_spatial[:2], *c.causal_precondition_on_affordance[:2])
    then = (*c.causal_effect_on_spatial[:2], *c.causal_effect_on_affordance[:2])
    return f"Before: {' '.join(before)} {_told(frame.interaction.mechanism)} Then: {' '.join(then)}"


def _doing(step: Written) -> str:
    c = step.causal_chain
    return f"The {c.agent} does this to the {c.patient}: {c.action}."


def _numbered(said: Sequence[str]) -> str:
    return " ".join(f'{n}) "{s}"' for n, s in enumerate(said, 1))


def _plain(sentence: str) -> str:
    return (sentence[0].lower() + sentence[1:]).rstrip(".")


def _span(segment: Segment) -> tuple[int, int]:
    return segment.start_frame_index, segment.end_frame_index
