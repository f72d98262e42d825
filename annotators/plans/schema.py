"""Causal-Plan's four stages as schemas: a plan, its segments, its key frames, its atomic actions.

Causal-Plan (arXiv 2606.01810) writes `stage1/draft_plan.json`, `stage2/step_segments.json`,
`stage3/causal_plan_with_keyframes.json` and `stage4/atomic_plan_with_clips.json` for each video;
fields here have its names. What must hold across them is in `quality.plans.consistency`.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from corpuswright.storage.keys import sha256
from corpuswright.storage.records import canonical

Words = Annotated[str, Field(min_length=1, max_length=2000)]
Sentences = Annotated[
    list[Words], Field(min_length=3, max_length=12)
]  # three at least: the paper's
Index = Annotated[int, Field(ge=0)]


class _Stage(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class CausalChain(_Stage):
    """Who does what to what, what must hold for it, and what holds then."""

    agent: Words
    action: Words
    patient: Words
    causal_precondition_on_spatial: Sentences
    causal_precondition_on_affordance: Sentences
    causal_effect_on_spatial: Sentences
    causal_effect_on_affordance: Sentences


class Failure(_Stage):
    """Why a step may fail, and what helps then."""

    reason: Words
    recovery_strategy: Words


class Step(_Stage):
    """One step of a draft plan."""

    step_id: Annotated[int, Field(ge=1)]
    step_goal: Words
    rationale: Words
    causal_chain: CausalChain
    counterfactual_challenge_question: Words
    expected_challenge_outcome: Words
    failure_reflecting: Failure
    objects: Annotated[list[Words], Field(min_length=1, max_length=3)]  # three at most: the paper's


class Draft(_Stage):
    """Stage 1: the whole plan."""

    high_level_goal: Words
    steps: Annotated[list[Step], Field(min_length=3, max_length=9)]  # the paper's; 4 to 7 preferred


class NoContent(_Stage):
    """Stage 1 of footage that shows nothing."""

    error: Literal["no_visual_content"]


class Segment(_Stage):
    """Which frames a step has: `start_frame_index` to `end_frame_index`, exclusive."""

    step_id: Annotated[int, Field(ge=1)]
    start_frame_index: Index
    end_frame_index: Index
    # Against what the word says, and as the release has it: "yes" if the step before makes this one
    # possible. Nothing for the first step.
    independence: Literal["yes", "no", ""]


class Segments(_Stage):
    """Stage 2: the steps in time."""

    steps: list[Segment]


class Interaction(_Stage):
    """What is acted upon, what it offers, and how."""

    patient: Words
    affordance_type: Words
    mechanism: Words


class CriticalFrame(_Stage):
    """A frame on which a step turns."""

    frame_index: Index
    action_state_change_description: Words  # what happens in it, and what it changes
    causal_chain: CausalChain
    interaction: Interaction


class Enriched(_Stage):
    """A step with its two critical frames."""

    step_id: Annotated[int, Field(ge=1)]
    critical_frames: Annotated[list[CriticalFrame], Field(min_length=2, max_length=2)]
    detail_independence: str


class KeyFrames(_Stage):
    """Stage 3: the steps with their critical frames."""

    steps: list[Enriched]


class AtomicAction(_Stage):
    """One movement."""

    atomic_action_id: Annotated[int, Field(ge=1)]
    start_frame_index: Index
    end_frame_index: Index
    actor: Words
    action: Words
    patient: Words
    caption: Words


class Atomic(_Stage):
    """A step in movements."""

    step_id: Annotated[int, Field(ge=1)]
    atomic_actions: Annotated[list[AtomicAction], Field(min_length=1)]


class AtomicPlan(_Stage):
    """Stage 4: all movements."""

    steps: list[Atomic]


class Plan(_Stage):
    """All four stages of one video."""

    draft: Draft
    segments: Segments
    key_frames: KeyFrames
    atomic: AtomicPlan


def fingerprint() -> str:
    """Return a hash of the schemas: what was written under other ones is written anew."""
    return sha256(canonical(Plan.model_json_schema()))[:16]
