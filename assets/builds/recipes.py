"""What recipes of all families share: shares, validation, generators."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

import numpy as np
from pydantic import BaseModel, Field, ValidationError

from corpuswright.storage import keys
from corpuswright.storage.records import Json

M = TypeVar("M", bound=BaseModel)
Share = Annotated[float, Field(ge=0, le=1)]


def validated(kind: type[M], recipe: Json) -> M:
    """Return a recipe as checked values.

    Raises:
        ValueError: A value makes no sense; the message says which and what was expected.
    """
    try:
        return kind.model_validate(recipe)
    except ValidationError as error:
        lines = [
            f"{'.'.join(map(str, e['loc']))}: {e['msg']}, saw {e['input']!r}"
            for e in error.errors()
        ]
        raise ValueError("--set: " + "; ".join(lines)) from None


def sum_to_one(shares: Mapping[Any, float], name: str) -> None:
    """Raise ValueError unless the shares of `name` sum to 1."""
    if abs(sum(shares.values()) - 1) > 1e-9:
        raise ValueError(f"--set: {name}: expected shares that sum to 1")


def generator(corpus: str, version: int, key: str, recipe: Json) -> np.random.Generator:
    """Return what a look is drawn from: its key's own seed, and the recipe's `seed` if it has one.

    With another seed, nobody who has the code but not the seed can tell how a scene will look.
    """
    secret = recipe.get("seed")
    return keys.generator(corpus, "look", version, f"{key} {secret}" if secret else key)
