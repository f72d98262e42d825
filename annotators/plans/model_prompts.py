"""What a model is asked for Causal-Plan: a plan of a clip, its segments, key frames and movements.

Causal-Plan (arXiv 2606.01810) shows a model up to 100 frames of a clip, JPEG at quality 95, each
with its number drawn on it, at temperature 0.8. Its prompts are not used; these say its rules in
our words. Each stage is asked for when the one before is there.
"""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from pydantic import BaseModel, ConfigDict

from corpuswright.annotators.llm.requests import Prompt, Question, template
from corpuswright.annotators.plans.schema import (
    Atomic,
    Draft,
    Enriched,
    Segment,
    Segments,
    fingerprint,
)
from corpuswright.storage.keys import seed

VERSION = 2  # bump when questions are put otherwise

TEMPERATURE = 0.8  # the paper's
MOST_FRAMES = 100  # of one question (the paper's)
QUALITY = 95  # of a JPEG (the paper's)
SIDE = 512  # px of a frame's longer side. Ours: hands and cups are told, and 100 are not too many

BLUEPRINT, SEGMENTS, FRAMES, ATOMIC = (
    template(n) for n in ("plan_blueprint", "plan_segments", "plan_frames", "plan_atomic")
)
PROMPTS = (BLUEPRINT, SEGMENTS, FRAMES, ATOMIC)

Pixels = NDArray[np.uint8]


class Blueprint(BaseModel):
    """The first answer: a plan, or why there is none."""

    model_config = ConfigDict(extra="forbid", strict=True)

    error: Literal["", "no_visual_content"]
    plan: Draft | None


def numbered(picture: Pixels, number: int) -> bytes:
    """Return the JPEG of a frame (H, W, 3) with its number in a corner."""
    image = Image.fromarray(picture)
    image.thumbnail((SIDE, SIDE), Image.Resampling.BOX)
    pen = ImageDraw.Draw(image)
    text, size = str(number), max(12, image.height // 12)
    x0, y0, x1, y1 = pen.textbbox((4, 2), text, font_size=size)
    pen.rectangle((0, 0, x1 + x0, y1 + y0), fill="black")
    pen.text((4, 2), text, fill="white", font_size=size)
    sink = io.BytesIO()
    image.save(sink, "JPEG", quality=QUALITY)
    return sink.getvalue()


def blueprint(key: str, images: Sequence[bytes]) -> Question:
    """Return the question for the plan of a clip."""
    return _asked(
        key, BLUEPRINT, f"{len(images)} frames, 0 to {len(images) - 1}.", Blueprint, images
    )


def segments(key: str, images: Sequence[bytes], draft: Draft) -> Question:
    """Return the question for the frames that each step has."""
    steps = "\n".join(f"{s.step_id}. {s.step_goal}" for s in draft.steps)
    text = f"{len(images)} frames, 0 to {len(images) - 1}.\n\nSteps:\n{steps}"
    return _asked(key, SEGMENTS, text, Segments, images)


def frames(key: str, images: Sequence[bytes], draft: Draft, segment: Segment) -> Question:
    """Return the question for the critical frames of a step; `images` are the whole clip's."""
    needs = segment.independence or "no"
    text = f"{_step(draft, segment)}\nNeeds something of the step before: {needs}"
    some = images[segment.start_frame_index : segment.end_frame_index]
    return _asked(f"{key}/{segment.step_id}", FRAMES, text, Enriched, some)


def atomic(
    key: str, images: Sequence[bytes], draft: Draft, segment: Segment, first: int
) -> Question:
    """Return the question for a step's movements, numbered from `first` on."""
    text = f"{_step(draft, segment)}\nThe first movement has the id {first}."
    some = images[segment.start_frame_index : segment.end_frame_index]
    return _asked(f"{key}/{segment.step_id}", ATOMIC, text, Atomic, some)


def _step(draft: Draft, segment: Segment) -> str:
    things = sorted({o for s in draft.steps for o in s.objects})
    step = next(s for s in draft.steps if s.step_id == segment.step_id)
    return (
        f"Plan: {draft.high_level_goal}\nThings: {json.dumps(things)}\n"
        f"Step {step.step_id}: {step.step_goal}\n"
        f"Frames {segment.start_frame_index} to {segment.end_frame_index - 1}."
    )


def _asked(
    id_: str, prompt: Prompt, text: str, schema: type[BaseModel], images: Sequence[bytes]
) -> Question:
    # At this temperature a seed makes the answer the same where the endpoint heeds it.
    number = seed("plan", prompt.name, VERSION, f"{id_} {fingerprint()}") % 2**31
    return Question(id_, prompt, text, schema, tuple(images), TEMPERATURE, number)
