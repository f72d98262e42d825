"""A picture's reward by its prompt's rubrics: a judge answers each with 1 or 0, their mean counts.

Lens (arXiv 2605.21573) asks a model once for each pair of picture and rubric and lets it answer `1`
or `0` only; how these become one reward is not written down, RubricRL by the same authors takes the
mean. A rubric without a valid answer makes the reward missing, never a smaller mean.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from pydantic import BaseModel

from corpuswright.annotators.llm.client import Client
from corpuswright.annotators.llm.requests import Question, template
from corpuswright.quality.prompts.rubrics import Rubric
from corpuswright.storage.keys import sha256

VERSION = 1  # bump when a question or a reward can come out otherwise

JUDGING = template("judging_rubric")


class Verdict(BaseModel, extra="forbid"):
    """Whether a picture passes a check."""

    verdict: Literal[0, 1]


class Reward(NamedTuple):
    """A picture's reward, 0 to 1, None where it is missing; the verdicts in the rubrics' order."""

    value: float | None
    verdicts: tuple[int | None, ...]


class Judge:
    """Scores pictures for a trainer: `judge([(image, rubrics), …]) -> [Reward, …]`.

    Verdicts stand in the client's ledger: one picture is asked about once, by whatever process.
    """

    def __init__(self, client: Client) -> None:
        """Take the client that asks.

        Raises:
            ValueError: Its endpoint takes no images.
        """
        if not client.endpoint.takes_images:
            raise ValueError("expected an endpoint that takes images: a judge looks at pictures")
        self._client = client

    def __call__(
        self, pictures: Sequence[tuple[bytes, Sequence[Rubric | Sequence[str]]]]
    ) -> list[Reward]:
        """Return the reward of each picture (PNG or JPEG) by its rubrics, pairs as in a record.

        Raises:
            EndpointError: The endpoint refuses the key or the model.
        """
        asked = {
            (n, i): question(image, Rubric(*r))
            for n, (image, rubrics) in enumerate(pictures)
            for i, r in enumerate(rubrics)
        }
        once = {q.id: q for q in asked.values()}
        found = {a.id: a for a in self._client.ask(once.values())}
        out: list[Reward] = []
        for n, (_, rubrics) in enumerate(pictures):
            answers = [found[asked[n, i].id].value for i in range(len(rubrics))]
            verdicts = [v.verdict if isinstance(v, Verdict) else None for v in answers]
            out.append(Reward(aggregated(verdicts), tuple(verdicts)))
        return out


def aggregated(verdicts: Sequence[int | None]) -> float | None:
    """Return the mean of verdicts; None where one is missing, or there is none."""
    known = [v for v in verdicts if v is not None]
    return sum(known) / len(known) if known and len(known) == len(verdicts) else None


def question(image: bytes, rubric: Rubric) -> Question:
    """Return the question whether a picture passes a check."""
    id_ = sha256(f"{sha256(image)} {rubric.check}")
    return Question(id_, JUDGING, rubric.check, Verdict, (image,))
