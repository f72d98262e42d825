"""Plans of clips in four stages, each asked of a model when the one before has been checked.

A plan enters if all four stages are there and hold together (`quality.plans.consistency`); what is
wrong with one is told, and the clip is dropped for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, TypeVar

from corpuswright.annotators.llm import model_file
from corpuswright.annotators.llm.client import Client
from corpuswright.annotators.llm.model_file import Model
from corpuswright.annotators.llm.requests import Answer, Question
from corpuswright.annotators.plans import model_prompts
from corpuswright.annotators.plans.model_prompts import Blueprint
from corpuswright.annotators.plans.schema import (
    Atomic,
    AtomicPlan,
    Draft,
    Enriched,
    KeyFrames,
    Plan,
    Segments,
)
from corpuswright.assets.builds import progress
from corpuswright.assets.video import cut
from corpuswright.assets.video.rows import ClipRow
from corpuswright.quality.plans import consistency
from corpuswright.storage.media import video

VERSION = model_prompts.VERSION * 100 + consistency.VERSION
CHUNK = 4  # clips at a time: the frames of their questions are in memory meanwhile

T = TypeVar("T")


class Planned(NamedTuple):
    """How a clip's plan came out.

    Attributes:
        plan: All four stages; None where there is none.
        reason: Why; empty where there is one.
        value: What was seen.
        answers: Keys in the ledger of all that was answered.
    """

    plan: Plan | None
    reason: str
    value: str
    answers: tuple[str, ...]


def plans(
    asking: Client, model: Model, folder: Path, rows: Sequence[ClipRow], name: str
) -> dict[str, Planned]:
    """Return each clip's plan, by key; asks what is not on record.

    Raises:
        ModelError: Questions stay unanswered: the next run goes on.
    """
    model_file.wants_images(model, name)
    out: dict[str, Planned] = {}
    with progress.bar(f"{name} plans", len(rows)) as bar:
        for n in range(0, len(rows), CHUNK):
            chunk = rows[n : n + CHUNK]
            out |= of_images(asking, {r["key"]: _images(folder, r) for r in chunk}, name)
            bar.update(len(chunk))
    return out


def of_images(
    asking: Client, images: Mapping[str, Sequence[bytes]], name: str
) -> dict[str, Planned]:
    """Return plans of some clips, whose stages are asked for side by side.

    Args:
        asking: The model's client.
        images: Of each clip, by key, its frames as JPEG, numbered (`model_prompts.numbered`).
        name: Of who asks, for messages.

    Raises:
        ModelError: Questions stay unanswered: the next run goes on.
    """
    return _Chunk(asking, images, name).planned()


def _images(folder: Path, row: ClipRow) -> list[bytes]:
    shown = video.decode(cut.data(folder, row), row["key"], model_prompts.MOST_FRAMES)
    return [model_prompts.numbered(picture, n) for n, picture in enumerate(shown)]


class _Chunk:
    """Some clips whose stages are asked for side by side."""

    def __init__(self, asking: Client, images: Mapping[str, Sequence[bytes]], name: str) -> None:
        self._asking, self._name, self._images = asking, name, images
        self._keys = [*images]
        self._used: dict[str, list[str]] = {k: [] for k in self._keys}
        self._wrong: dict[str, tuple[str, str]] = {}

    def planned(self) -> dict[str, Planned]:
        """Return each clip's plan, or why there is none."""
        drafts = self._drafts()
        segments = self._segments(drafts)
        enriched = self._enriched(drafts, segments)
        atomic = self._atomic(drafts, segments)
        out: dict[str, Planned] = {}
        for k in self._keys:
            used = tuple(self._used[k])
            if k not in atomic or k in self._wrong:
                out[k] = Planned(None, *self._wrong[k], used)
                continue
            plan = Plan(
                draft=drafts[k], segments=segments[k], key_frames=enriched[k], atomic=atomic[k]
            )
            wrong = consistency.check(plan, len(self._images[k]))
            why = (f"plan_{wrong[0].reason}", wrong[0].value) if wrong else ("", "")
            out[k] = Planned(None if wrong else plan, *why, used)
        return out

    def _asked(self, questions: Sequence[Question]) -> dict[str, Answer]:
        made = model_file.answers_of(self._asking, questions, self._name)
        for id_, answer in made.items():
            key = id_.partition("/")[0]
            self._used[key].append(answer.key)
            if answer.value is None:
                self._wrong.setdefault(key, ("no_plan", answer.reason[:160]))
        return made

    def _left(self, keys: Sequence[str]) -> list[str]:
        return [k for k in keys if k not in self._wrong]

    def _drafts(self) -> dict[str, Draft]:
        made = self._asked([model_prompts.blueprint(k, self._images[k]) for k in self._keys])
        out: dict[str, Draft] = {}
        for k in self._left(self._keys):
            said = made[k].value
            if isinstance(said, Blueprint) and said.plan is not None and not said.error:
                out[k] = said.plan
            else:  # a plan that says it has no content is none
                self._wrong[k] = ("no_visual_content", "")
        return out

    def _segments(self, drafts: dict[str, Draft]) -> dict[str, Segments]:
        made = self._asked(
            [model_prompts.segments(k, self._images[k], d) for k, d in drafts.items()]
        )
        out: dict[str, Segments] = {}
        for k in self._left([*drafts]):
            said = made[k].value
            assert isinstance(said, Segments)
            wrong = consistency.check_segments(drafts[k], said, len(self._images[k]))
            if wrong:  # no frames are to be had for a step that has none
                self._wrong[k] = (f"plan_{wrong[0].reason}", wrong[0].value)
            else:
                out[k] = said
        return out

    def _enriched(
        self, drafts: dict[str, Draft], segments: dict[str, Segments]
    ) -> dict[str, KeyFrames]:
        made = self._asked(
            [
                model_prompts.frames(k, self._images[k], drafts[k], s)
                for k, found in segments.items()
                for s in found.steps
            ]
        )
        return {
            k: KeyFrames(steps=[_of(made[f"{k}/{s.step_id}"], Enriched) for s in found.steps])
            for k, found in segments.items()
            if k not in self._wrong
        }

    def _atomic(
        self, drafts: dict[str, Draft], segments: dict[str, Segments]
    ) -> dict[str, AtomicPlan]:
        """Ask for movements step by step: ids count on over the clip."""
        steps: dict[str, list[Atomic]] = {k: [] for k in segments}
        for n in range(max((len(s.steps) for s in segments.values()), default=0)):
            open_ = [k for k in self._left([*segments]) if n < len(segments[k].steps)]
            made = self._asked(
                [
                    model_prompts.atomic(
                        k,
                        self._images[k],
                        drafts[k],
                        segments[k].steps[n],
                        1 + sum(len(s.atomic_actions) for s in steps[k]),
                    )
                    for k in open_
                ]
            )
            for k in self._left(open_):
                steps[k].append(_of(made[f"{k}/{segments[k].steps[n].step_id}"], Atomic))
        return {k: AtomicPlan(steps=s) for k, s in steps.items() if k not in self._wrong}


def _of(answer: Answer, kind: type[T]) -> T:
    assert isinstance(answer.value, kind)
    return answer.value
