"""Lens-RL-8K: prompts that hold drawn key points, each with rubrics a judge can answer.

Lens (arXiv 2605.21573): 10 categories, their parts, 8406 items; 1 to 4 key points of each, a prompt
of 30 to 60 words, ten rubrics and a global one. The paper's model writes prompts and rubrics; here
a grammar does, or a model of yours (`--model FILE`), and either is read back against the key
points.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field

from corpuswright.annotators.prompts import grammar, key_points, taxonomy
from corpuswright.assets.builds import recipes
from corpuswright.assets.curation.corpus import WORDNET, CuratedCorpus
from corpuswright.assets.curation.engine import ENGINE
from corpuswright.assets.prompts import steps
from corpuswright.quality.prompts import key_points as prompt_key_points
from corpuswright.quality.prompts import rubrics
from corpuswright.storage.records import Json

RECIPE: Json = {
    # Prompts of a partition (the paper's).
    "prompts": 8406,
    # Folders of test sets: prompts that say what a line of their .txt files says stay out.
    "against": [],
    # Bytes of a shard: all prompts are in one.
    "shard_bytes": 256 << 20,
}


class LensRlRecipe(BaseModel, extra="forbid"):
    """What values the recipe may have."""

    prompts: Annotated[int, Field(ge=1)]
    against: list[str]
    shard_bytes: Annotated[int, Field(ge=1)]
    seed: str = Field(default="", max_length=200)


def accepts(recipe: Json) -> None:
    """Raise ValueError that says which value of a recipe makes no sense, and what was expected."""
    recipes.validated(LensRlRecipe, recipe)


CORPUS = CuratedCorpus(
    name="lens_rl",
    reference="corpuswright.assets.prompts.lens_rl:CORPUS",
    recipe=RECIPE,
    accepts=accepts,
    versions={
        "measured": taxonomy.VERSION,
        "filters": taxonomy.VERSION,
        "captions": (grammar.VERSION + key_points.VERSION) * 10000
        + prompt_key_points.VERSION * 100
        + rubrics.VERSION,
        "tables": steps.VERSION,
    },
    about=(
        "A record is `<key>.json`: in `spec.parameters` the item, its category, its key points and "
        "`rubrics` as pairs of a name and a check, the last one global; its task is the prompt. "
        "`prompts.jsonl` beside the manifest has all of them, a line each."
    ),
    steps=steps.STEPS,
    family=steps.FAMILY,
    engine=ENGINE,
    summary="Prompts that hold drawn key points, each with rubrics that a judge can answer.",
    comes_from=(WORDNET,),
    of_images=False,
    units={"scene": "item", "task": "prompt"},
)
