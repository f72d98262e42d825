"""What recipes of all families share: shares, validation, generators."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
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
        known = list(kind.model_fields)
        lines = [
            f"{'.'.join(map(str, e['loc']))}: {e['msg']}, saw {e['input']!r}{_near(e, known)}"
            for e in error.errors()
        ]
        raise ValueError("--set: " + "; ".join(lines)) from None


def _near(error: Mapping[str, Any], known: Sequence[str]) -> str:
    """Return which value was meant, where one of nearly that name is known."""
    if error["type"] != "extra_forbidden":
        return ""
    alike = difflib.get_close_matches(str(error["loc"][-1]), known, 1)
    return f"; did you mean {alike[0]}?" if alike else f"; known are {', '.join(known)}"


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
