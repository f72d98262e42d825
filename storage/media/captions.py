"""An image's captions as a cell of a table: those that stay, and why the others do not."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import NamedTuple

from corpuswright.storage.records import canonical

GIVEN = 0  # the task's number of a caption that came along; a model's have those of their kind
NUMBERS = {"dense": 1, "brief": 2}


class WrittenCaption(NamedTuple):
    """One caption of an image, and why it is not kept; `reason` is empty if it is.

    `model`, `prompt` (a hash) and `answer` (its key in the ledger) are empty for one that came with
    its image.
    """

    number: int
    kind: str
    text: str
    reason: str = ""
    value: str = ""
    model: str = ""
    prompt: str = ""
    answer: str = ""


def dump(captions: Iterable[WrittenCaption]) -> str:
    """Return an image's captions as a table's cell."""
    return canonical([list(c) for c in captions])


def load(cell: str) -> list[WrittenCaption]:
    """Return the captions of a cell."""
    return [WrittenCaption(*c) for c in json.loads(cell)] if cell else []
