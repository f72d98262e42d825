"""The part of a recipe that says who scores images or clips, and what is dropped for a score."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated

from pydantic import BaseModel, Field

from corpuswright.quality.models import scorers
from corpuswright.storage.records import Json

Positive = Annotated[float, Field(ge=0)]
Scorer = Annotated[str, Field(max_length=500)]
Share = Annotated[float, Field(ge=0, le=1)]


class Scores(BaseModel, extra="forbid"):
    """What values this part may have: who gives a score, "" for nobody, and its threshold."""

    nsfw: Scorer
    max_nsfw: Share
    aesthetic: Scorer
    min_aesthetic: Positive
    watermark: Scorer
    max_watermark: Share
    text_area: Scorer
    max_text_area: Share


def exist(
    recipe: Json, names: Sequence[str], identity: Callable[[str], str] = scorers.fingerprint
) -> None:
    """Raise ValueError that says which model a recipe names that is not here.

    Args:
        recipe: The values.
        names: Those that name a model, or "".
        identity: Says what decides what a model says; raises ScorerError where there is none.
    """
    for name in names:
        if recipe[name]:
            try:
                identity(str(recipe[name]))
            except scorers.ScorerError as error:
                raise ValueError(f"--set {name}: {error}") from None
