"""Captions of real images by a model that sees them: dense, brief, or half of each.

Lens (arXiv 2605.21573) writes dense captions, 109 words in the mean, and compares them with brief
ones and with half of each. Its prompt's rules are in `prompts/captioning_dense.md`, in our words.
"""

from __future__ import annotations

import io
from typing import Annotated, Literal

from PIL import Image
from pydantic import BaseModel, Field

from corpuswright.annotators.llm.requests import Question, template
from corpuswright.storage.keys import seed

VERSION = 1  # bump when questions are put otherwise

Kind = Literal["dense", "brief"]
KINDS: tuple[Kind, ...] = ("dense", "brief")
STYLES = (*KINDS, "mixed")
SIDE = 1024  # px of the longer side that is sent: what models look at, and a sixth of a photograph
QUALITY = 90

PROMPTS = {kind: template(f"captioning_{kind}") for kind in KINDS}


class Caption(BaseModel, extra="forbid"):
    """What a model is to answer; who asks adds rules of form, so that it is told what is wrong."""

    caption: Annotated[str, Field(min_length=3, max_length=6000)]


def kind_of(key: str, style: str) -> Kind:
    """Return which caption a sample gets: of `mixed`, half of all keys get each."""
    if style == "mixed":
        return KINDS[seed("caption", "kind", 1, key) % 2]
    return "brief" if style == "brief" else "dense"


def sent(image: Image.Image) -> bytes:
    """Return the JPEG of an RGB image that a model is shown."""
    small = image.copy()
    small.thumbnail((SIDE, SIDE), Image.Resampling.BOX)
    sink = io.BytesIO()
    small.save(sink, "JPEG", quality=QUALITY)
    return sink.getvalue()


def question(
    key: str, kind: Kind, image: bytes, schema: type[Caption] = Caption, rules: int = 0
) -> Question:
    """Return the question for a caption of an image.

    Args:
        key: The sample's.
        kind: Which caption.
        image: As `sent` makes it.
        schema: What an answer must be, with the rules it must keep to.
        rules: Their version: an answer by other rules is another answer.
    """
    return Question(key, PROMPTS[kind], "Describe this picture.", schema, (image,), seed=rules)
