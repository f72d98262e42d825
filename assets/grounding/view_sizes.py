"""At what size scenes are looked at: the part of a recipe that all grounding corpora share."""

from __future__ import annotations

import math
from typing import Annotated, Literal, TypeVar

import numpy as np
from pydantic import BaseModel, Field, JsonValue

from corpuswright.assets.builds.recipes import Share, sum_to_one, validated
from corpuswright.storage.records import Json

SIZES: dict[str, JsonValue] = {
    # Stored pixels. The paper renders 1080p, 2K and 4K (§4.2); its shares are not given. Ours: most
    # at 1080p, since cost grows with area.
    "areas": {"2073600": 0.7, "3686400": 0.2, "8294400": 0.1},
    # Width : height between 1:2 and 2:1 (paper §4.2), uniform in the logarithm.
    "aspect": [0.5, 2.0],
    "ratios": [1.0, 1.25, 1.5, 2.0, 3.0],
}


class ViewRecipe(BaseModel, extra="forbid"):
    """What values the shared part of a recipe may have."""

    areas: dict[Annotated[str, Field(pattern=r"^[1-9]\d*$")], Share] = Field(min_length=1)
    aspect: tuple[Annotated[float, Field(gt=0)], Annotated[float, Field(gt=0)]]
    ratios: list[Annotated[float, Field(ge=0.5, le=4)]] = Field(min_length=1)
    codec: Literal["png", "webp", "jpg"]
    shard_bytes: int = Field(default=1, ge=1)
    seed: str = Field(default="", max_length=200)


R = TypeVar("R", bound=ViewRecipe)


def accepts(kind: type[R], recipe: Json) -> R:
    """Return the recipe as checked values; raises as `validated`."""
    found = validated(kind, recipe)
    sum_to_one(found.areas, "areas")
    return found


def draw(rng: np.random.Generator, recipe: Json) -> dict[str, JsonValue]:
    """Return `width` and `height` in CSS pixels and the pixel `ratio` of one look."""
    area = float(rng.choice(list(recipe["areas"]), p=list(recipe["areas"].values())))
    low, high = (math.log(v) for v in recipe["aspect"])
    aspect = math.exp(rng.uniform(low, high))
    ratio = float(rng.choice(recipe["ratios"]))
    css = math.sqrt(area) / ratio
    return {
        # Multiples of 4 are whole device pixels at every ratio above.
        "width": _to_four(css * math.sqrt(aspect)),
        "height": _to_four(css / math.sqrt(aspect)),
        "ratio": ratio,
    }


def _to_four(length: float) -> int:
    return max(320, round(length / 4) * 4)  # browsers lay out no page below 320 CSS px well
