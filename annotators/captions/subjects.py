"""What a model is asked for PexelsCustom: nouns, which are background, captions of subjects.

PexelsCustom (arXiv 2606.11783; released code, steps 1, 3 and 4) asks GPT-4o for foreground nouns of
a title and a caption (temperature 0.2), for a split of words in foreground and background, and for
a caption of each subject with the token `loicea` (0.2): classes that stand once are asked for
together, with the image at 1024 px, others one by one with their crop, at 2048 px. Its prompts are
not used; these say its rules in our words.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Annotated

from PIL import Image
from pydantic import BaseModel, Field

from corpuswright.annotators.llm.requests import Question, template

VERSION = 1  # bump when questions are put otherwise

TEMPERATURE = 0.2
WHOLE, CROP = 1024, 2048  # px of the longer side of a frame, and of a crop
QUALITY = 95

NOUNS, BACKGROUND, CAPTION = (
    template(n) for n in ("subject_nouns", "subject_background", "subject_caption")
)

Noun = Annotated[str, Field(min_length=1, max_length=60)]


class Nouns(BaseModel, extra="forbid"):
    """Foreground things of a clip."""

    nouns: Annotated[list[Noun], Field(max_length=20)]


class Split(BaseModel, extra="forbid"):
    """Words, each in one of two lists."""

    foreground: Annotated[list[Noun], Field(max_length=20)]
    background: Annotated[list[Noun], Field(max_length=20)]


class Captions(BaseModel, extra="forbid"):
    """One caption for each word, in their order."""

    captions: Annotated[
        list[Annotated[str, Field(min_length=3, max_length=1000)]], Field(max_length=20)
    ]


def nouns(key: str, title: str, caption: str) -> Question:
    """Return the question for the things that a clip is about."""
    text = f"Title: {title or '(none)'}\nDescription: {caption}"
    return Question(key, NOUNS, text, Nouns, temperature=TEMPERATURE, seed=VERSION)


def background(key: str, words: Sequence[str]) -> Question:
    """Return the question for which words are background."""
    return Question(key, BACKGROUND, "\n".join(words), Split, temperature=TEMPERATURE, seed=VERSION)


def captions(key: str, words: Sequence[str], image: Image.Image, side: int) -> Question:
    """Return the question for captions of some subjects of an image, at most `side` px large."""
    small = image.convert("RGB")
    small.thumbnail((side, side), Image.Resampling.LANCZOS)
    sink = io.BytesIO()
    small.save(sink, "JPEG", quality=QUALITY)
    text = " | ".join(words)
    return Question(
        key, CAPTION, text, Captions, (sink.getvalue(),), temperature=TEMPERATURE, seed=VERSION
    )
