"""Values of a recipe as the command line has them, held to what the corpus accepts."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from corpuswright.assets.builds.corpus import Corpus


def parsed(pairs: Sequence[str], own: Mapping[str, Any]) -> dict[str, Any]:
    """Return what pairs NAME=JSON change of a recipe; `own` is the corpus's.

    Raises:
        LookupError: A pair is none.
    """
    recipe: dict[str, Any] = {}
    for pair in pairs:
        name, mark, text = pair.partition("=")
        try:
            recipe[name] = json.loads(text)
        except json.JSONDecodeError:
            mark = ""
        if not mark:
            first = next(iter(own.items()), ("states", 2))
            such = f"{first[0]}={json.dumps(first[1])}"
            raise LookupError(
                f"--set: expected NAME=JSON, such as {such}; saw {pair!r}"
                + (f"; of words: --set '{name}=\"{text}\"'" if pair.count("=") == 1 else "")
            )
    return recipe


def accepted(corpus: Corpus, recipe: Mapping[str, Any]) -> None:
    """Raise LookupError where a corpus does not accept the values that replace its own."""
    try:
        corpus.accepts({**corpus.recipe, **recipe})
    except ValueError as error:
        raise LookupError(str(error)) from error


def model_accepted(path: str | None) -> None:
    """Raise LookupError where a model file makes no sense."""
    from corpuswright.annotators.llm import model_file

    try:
        if path:
            model_file.load(path)
    except model_file.ModelError as error:
        raise LookupError(str(error)) from error
