"""Causal-Plan's filters of written traces: two judges whose scores are capped, and an audit.

Causal-Plan (arXiv 2606.01810) has a first judge look at visual grounding and logical coherence, a
second one at five causal axes, and accepts what is in the upper half of the second, scores 75 at
least, and 50 at least on each axis; or what passes seven yes-or-no questions. A judge tells scores
and flaws, the arithmetic is here. All of it fails closed: a reply that is not what was asked for
accepts nothing, and is no score either.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, NamedTuple, TypeVar, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from corpuswright.storage.keys import sha256

VERSION = 2  # bump when a verdict can come out otherwise

# What a flaw caps the first judge's score at (the paper's code).
CAPS: Mapping[str, int] = {
    "missing_evidence": 0,
    "visual_hallucination": 24,
    "impossible_physics": 24,
    "mismatch": 34,
    "contradiction": 34,
    "wrong_step": 34,
    "wrong_timeline": 34,
    "unsupported_causal": 44,
    "no_rationale": 60,
}
# The second judge's. Effects that are made up count as `hallucinated_effect`.
CAUSAL_FLAWS: Mapping[str, int] = {
    "missing_visual_evidence": 0,
    "impossible_state_transition": 24,
    "hallucinated_effect": 24,
    "physical_infeasibility": 24,
    "violated_precondition": 34,
    "timeline_mismatch": 34,
    "qa_misalignment": 34,
    "unsupported_causal_dependency": 44,
    "no_rationale": 60,
}
GROUNDED_SLACK = 20  # points that the first judge's score may be above its lowest axis
CAUSAL_SLACK = 15  # of the second judge
# Below such a value of its lowest axis the second judge's score is capped.
CAUSAL_CAPS = ((25, 34), (50, 64))
LEAST, LEAST_AXIS = 75.0, 50  # of the second judge's score, and of each of its axes
UPPER = 0.5  # share of all that were judged

Score = Annotated[int, Field(ge=0, le=100)]


class _Reply(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Grounded(_Reply):
    """The first judge's reply; `flaws` are names of `CAPS`."""

    visual_grounding: Score
    logical_coherence: Score
    flaws: list[str]
    rationale: str


class Causal(_Reply):
    """The second judge's reply; `flaws` are names of `CAUSAL_FLAWS`."""

    precondition: Score
    dependency: Score
    transition: Score
    timeline: Score
    feasibility: Score
    hallucinated_effects: list[str]
    flaws: list[str]
    rationale: str


class Audit(_Reply):
    """The seven axes of the release's audit: six that hold or do not, and effects made up."""

    precondition_validity: bool
    causal_dependency: bool
    state_transition: bool
    timeline_consistency: bool
    physical_feasibility: bool
    qa_alignment: bool
    hallucinated_effects: list[str]


class JudgeReply(NamedTuple):
    """One reply, read.

    Attributes:
        score: 0 to 100; None where the reply is none.
        lowest: The lowest axis; None likewise.
        reason: What is wrong with the reply, or the cap that decided; empty for neither.
        input_sha256: Of what was judged.
        reply_sha256: Of the reply.
    """

    score: float | None
    lowest: int | None
    reason: str
    input_sha256: str
    reply_sha256: str


R = TypeVar("R", bound=_Reply)


def grounded(asked: str, reply: str | None) -> JudgeReply:
    """Return what the first judge's reply comes to.

    `min(mean of the axes, lowest axis + 20, caps of its flaws)`; a reply without a rationale is
    capped as if it said so.

    Args:
        asked: What was judged, as it was sent.
        reply: The judge's words; None where there are none.
    """
    said = _read(Grounded, reply)
    unknown = [] if isinstance(said, str) else sorted(set(said.flaws) - set(CAPS))
    if isinstance(said, str) or unknown:
        why = said if isinstance(said, str) else f"malformed: flaws {unknown} are none"
        return _none(asked, reply, why)
    axes = (said.visual_grounding, said.logical_coherence)
    flaws = [*said.flaws, *([] if said.rationale.strip() else ["no_rationale"])]
    limits = {f: CAPS[f] for f in flaws}
    score = float(min(sum(axes) / 2, min(axes) + GROUNDED_SLACK, *limits.values()))
    decided = sorted(f for f, cap in limits.items() if cap == score)
    return _judged(asked, reply, score, min(axes), decided[0] if decided else "")


def causal(asked: str, reply: str | None) -> JudgeReply:
    """Return what the second judge's reply comes to.

    `min(mean of the axes, lowest axis + 15, caps of the lowest axis, caps of its flaws)`; arguments
    as of `grounded`.
    """
    said = _read(Causal, reply)
    unknown = [] if isinstance(said, str) else sorted(set(said.flaws) - set(CAUSAL_FLAWS))
    if isinstance(said, str) or unknown:
        why = said if isinstance(said, str) else f"malformed: flaws {unknown} are none"
        return _none(asked, reply, why)
    axes = (
        said.precondition,
        said.dependency,
        said.transition,
        said.timeline,
        said.feasibility,
    )
    flaws = [
        *said.flaws,
        *(["hallucinated_effect"] if said.hallucinated_effects else []),
        *([] if said.rationale.strip() else ["no_rationale"]),
    ]
    limits = {f: CAUSAL_FLAWS[f] for f in flaws}
    lowest = [cap for below, cap in CAUSAL_CAPS if min(axes) < below]
    score = float(min(sum(axes) / 5, min(axes) + CAUSAL_SLACK, *lowest, *limits.values()))
    decided = sorted(f for f, cap in limits.items() if cap == score)
    why = decided[0] if decided else "lowest_axis" if score in lowest else ""
    return _judged(asked, reply, score, min(axes), why)


def passes(asked: str, reply: str | None) -> JudgeReply:
    """Return what the audit's reply comes to: 100 if all axes hold and no effect is made up."""
    said = _read(Audit, reply)
    if isinstance(said, str):
        return _none(asked, reply, said)
    made_up = ["hallucinated_effects"] if said.hallucinated_effects else []
    wrong = sorted(n for n, holds in said.model_dump().items() if holds is False) + made_up
    return _judged(asked, reply, 0.0 if wrong else 100.0, None, wrong[0] if wrong else "")


def upper(judged: Sequence[JudgeReply]) -> list[bool]:
    """Say of each of a batch whether it is in the upper half and has a score.

    Of an odd number the larger half; of equal scores the one whose input has the smaller hash, so
    that no order decides. What has no score is in the lower half. So the first judge accepts.
    """
    order = sorted(
        range(len(judged)),
        key=lambda n: (-_or_none(judged[n].score), judged[n].input_sha256, n),
    )
    half = set(order[: -(-len(judged) // 2)])
    return [n in half and j.score is not None for n, j in enumerate(judged)]


def accepted(judged: Sequence[JudgeReply]) -> list[bool]:
    """Say of each of a batch that the second judge has read whether it is accepted.

    It is in the upper half, scores `LEAST`, and `LEAST_AXIS` on each axis.
    """
    return [
        half
        and j.score is not None
        and j.lowest is not None
        and j.score >= LEAST
        and j.lowest >= LEAST_AXIS
        for half, j in zip(upper(judged), judged, strict=True)
    ]


def _or_none(score: float | None) -> float:
    return -1.0 if score is None else score


def _read(schema: type[R], reply: str | None) -> R | str:
    """Return a reply, or what is wrong with it."""
    if reply is None:
        return "no_reply"
    try:
        return schema.model_validate_json(reply)
    except ValidationError as error:
        first: Any = error.errors()[0]
        where = ".".join(str(part) for part in cast(tuple[Any, ...], first["loc"]))
        return f"malformed: {where} {first['msg']}".replace("  ", " ")[:160]


def _judged(
    asked: str, reply: str | None, score: float, lowest: int | None, why: str
) -> JudgeReply:
    return JudgeReply(score, lowest, why, sha256(asked), sha256(reply or ""))


def _none(asked: str, reply: str | None, why: str) -> JudgeReply:
    return JudgeReply(None, None, why, sha256(asked), sha256(reply or ""))
