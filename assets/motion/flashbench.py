"""FlashBench as a rendered benchmark: clips by number of objects, with exact trajectories.

FlashMotion (arXiv 2603.12146) scores trajectory-controlled video by mask and box IoU in buckets of
1, 2, 3, 4, 5 and more objects; its own masks come from a segmenter. Here they are cast: the score
has a ceiling, and overlap, size and speed are drawn, not found. `corpuswright score flashbench`
scores a model's clips; conditions are exported (`trajectory_maps`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from corpuswright.annotators.captions import motion
from corpuswright.assets.builds import recipes
from corpuswright.assets.motion import recipe as motion_recipe
from corpuswright.assets.synthesis.corpus import RenderedCorpus
from corpuswright.assets.synthesis.steps import CLIP_STEPS, ENGINE
from corpuswright.quality.motion import captions
from corpuswright.renderers.motion import scene
from corpuswright.storage import keys
from corpuswright.storage.inputs.sites import Page
from corpuswright.storage.records import Json, Spec

VERSION = 2  # bump when a spec's world comes out otherwise

# Buckets of MagicBench, which FlashBench extends: 1 to 5 objects, and more than 5.
BUCKETS: Sequence[tuple[int, int]] = ((1, 1), (2, 2), (3, 3), (4, 4), (5, 5), (6, 8))

RECIPE: Json = {
    # Clips of a partition, as many of each bucket: 100 each, as MagicBench has.
    "clips": 600,
    **motion_recipe.LOOK,
    "pictures": "cycles",
    "passes": ["instances"],
    # Share of the image's width that one thing takes alone; n of them share it (by the root of n).
    "things": [0.13, 0.2],
    # Share of the image's width that a thing travels in a clip: it must stay in the picture.
    "travel": [0.15, 0.45],
    # Share of clips of two things and more in which some overlap at times; in the others none do.
    "crossing": 0.5,
}

Range = tuple[Annotated[float, Field(gt=0, le=1)], Annotated[float, Field(gt=0, le=1)]]


class FlashbenchRecipe(motion_recipe.MotionRecipe):
    """What values the recipe may have."""

    things: Range
    travel: Range
    crossing: recipes.Share


def plan(corpus: str, pages: Sequence[Page], recipe: Json, partition: str) -> list[Spec]:
    """Return the clips of a partition: number i is of bucket i mod 6, so any first few are even."""
    n = int(recipe["clips"])
    specs: list[Spec] = []
    for i in range(int(partition) * n, int(partition) * n + n):
        key = keys.sample_key(corpus, i, 0)
        rng, drawn = motion_recipe.look(corpus, key, recipe)
        low, high = BUCKETS[i % len(BUCKETS)]
        count = int(rng.integers(low, high + 1))
        drawn |= {
            "world": "toys",
            "bucket": f"{low}" if low == high else ">5",
            "count": count,
            "size": float(rng.uniform(*recipe["things"])) / count**0.5,
            "speed": float(rng.uniform(*recipe["travel"]))
            * recipe["size"][0]
            / (recipe["frames"] - 1),
            "crossing": bool(rng.uniform() < recipe["crossing"]) and count > 1,
        }
        specs.append(Spec(key, corpus, scene.MEDIUM, drawn, ()))
    return specs


def accepts(recipe: Json) -> None:
    """Raise ValueError that says which value of a recipe makes no sense, and what was expected."""
    found = motion_recipe.accepts(FlashbenchRecipe, recipe)
    if "instances" not in found.passes:
        raise ValueError("--set: expected `instances` among the passes: they are what is scored")


CORPUS = RenderedCorpus(
    name="flashbench",
    reference="corpuswright.assets.motion.flashbench:CORPUS",
    summary="Things that move on paths before a camera, with boxes and tracks: a test of motion.",
    steps=CLIP_STEPS,
    engine=ENGINE,
    sites=(),
    recipe=RECIPE,
    plan=plan,
    propose=motion.propose,
    checks=(captions.check,),
    resolve=captions.check,
    spoil=captions.wrong_versions,
    play=captions.cast_anew,
    versions=motion_recipe.versions(VERSION),
    accepts=accepts,
    batch=1,
    about=motion_recipe.ABOUT,
)
