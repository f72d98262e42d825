"""Causal-Plan-Bench's answers in words, judged by a model: one score from 0 to 1, in four bands.

The bands, what each task is judged by, and that a reply which is none has no score are those of
the bench's released evaluation (arXiv 2606.01810); the words are ours. There a reply that cannot be
read counts as 0; here a score that could not be computed is missing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, NamedTuple

from pydantic import BaseModel, ConfigDict, Field
from scipy.stats import binomtest

from corpuswright.annotators.llm.requests import Question, template

FULL = 0.75  # from where an answer is as good as the right one
MOST_FRAMES = 50  # of one question (the bench's)
PROMPT = template("plan_rubric")

# What an answer to each task is judged by.
CRITERIA: Mapping[int, str] = {
    12: "The one event that is shown: what is done to what, what was before and what is then. A "
        "purpose, a later outcome or another event instead of it is wrong; only the action or only "
        "the state is partly right.",
    13: "What the step does for the plan that nothing else does, and how. To say the goal again is "
        "partly right at best; the role of another step, or what the step needs, is wrong.",
    14: "What the first step brings about, that the second one needs it, and how both meet. That "
        "one follows the other, or that things stay where they are, is partly right at best.",
    18: "The right step, the right kind of flaw, a reason that fits, and a repair that changes no "
        "more than it must. Another step or another kind of flaw is wrong; a repair that adds a "
        "flaw or drops a step is partly right at best.",
    19: "The one outcome that follows at once from what is supposed, in this scene. A general bad "
        "end, advice or a long chain is partly right at best; what contradicts the supposition is "
        "wrong.",
    20: "The acts that help, in order, each on its thing, and what they restore. One missing or "
        "replaced is partly right at best; two, or another way round it, is wrong.",
}  # fmt: skip


class RubricScore(BaseModel):
    """A judge's reply."""

    model_config = ConfigDict(extra="forbid", strict=True)

    score: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
    reason: str


class Errors(NamedTuple):
    """How often a judge is wrong on answers of which it is known whether they are right.

    Attributes:
        right: Right answers that it was given, and how many it took for less than full.
        wrong: Wrong answers, and how many it took for full.
        unread: Replies that were none.
    """

    right: tuple[int, int]
    wrong: tuple[int, int]
    unread: int

    @property
    def tells_apart(self) -> bool:
        """Whether it surely takes right answers for full more often than wrong ones.

        By the 95 % intervals (Wilson) of both shares, which must not touch. A judge that takes
        everything, or nothing, or at random, does not.
        """
        (right, refused), (wrong, taken) = self.right, self.wrong
        if not right or not wrong:
            return False
        return interval(right - refused, right)[0] > interval(taken, wrong)[1]


def interval(hits: int, number: int) -> tuple[float, float]:
    """Return the ends of Wilson's 95 % interval of a share."""
    found = binomtest(hits, number).proportion_ci(method="wilson")
    return float(found.low), float(found.high)


def question(
    id_: str, task: int, asked: str, right: str, said: str, images: Sequence[bytes]
) -> Question:
    """Return what a judge is asked about an answer.

    Args:
        id_: Of the question.
        task: Of `CRITERIA`.
        asked: The bench's question.
        right: Its answer.
        said: The answer to judge.
        images: The frames that the question shows, JPEG.
    """
    text = (
        f"Question: {asked}\n\nRight answer: {right}\n\nAnswer to judge: {said}\n\n"
        f"What counts: {CRITERIA[task]}"
    )
    return Question(id_, PROMPT, text, RubricScore, tuple(images)[:MOST_FRAMES])


def errors(right: Sequence[float | None], wrong: Sequence[float | None]) -> Errors:
    """Return a judge's errors.

    Args:
        right: Its scores of right answers; None where its reply was none.
        wrong: Of wrong ones.
    """
    known, other = ([s for s in of if s is not None] for of in (right, wrong))
    unread = len(right) + len(wrong) - len(known) - len(other)
    refused, taken = sum(s < FULL for s in known), sum(s >= FULL for s in other)
    return Errors((len(known), refused), (len(other), taken), unread)
