"""Grounding on a canvas: a drawing application, whose shapes go where an expression says.

The canvas modality of Phi-Ground-Any (arXiv 2605.12501, §4.3 and App. C.4): its placement rules,
styles and cascade of references. The paper's model computes coordinates and nobody checks them;
here a place is an expression over shapes, the drag is performed, and the shape must be there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from pydantic import Field

from corpuswright.annotators import drawing_words, drawings
from corpuswright.assets import looks
from corpuswright.assets.stages import Corpus
from corpuswright.quality import execute, near_duplicates, read_canvas, regions_hold
from corpuswright.renderers import canvas, gui
from corpuswright.storage import keys
from corpuswright.storage.records import Json, Spec
from corpuswright.storage.sources import Page

RECIPE: Json = {
    # Scenes of a partition. Ours: as many as the GUI corpus has.
    "scenes": 116,
    **looks.SIZES,
    "codec": "png",
}
PLAN_VERSION = 1


class _Recipe(looks.Recipe):
    """What values a recipe may have."""

    scenes: int = Field(ge=1)


def accepts(recipe: Json) -> None:
    """Raise ValueError that says which value of a recipe makes no sense, and what was expected."""
    looks.accepts(_Recipe, recipe)


def plan(corpus: str, pages: Sequence[Page], recipe: Json, partition: str) -> list[Spec]:
    """Return `scenes` specs, numbered on from partition to partition: there is no source."""
    n = int(cast(int, recipe["scenes"]))
    specs: list[Spec] = []
    for number in range(int(partition) * n, int(partition) * n + n):
        key = keys.sample_key(corpus, number, 0)
        rng = keys.generator(corpus, "look", PLAN_VERSION, key)
        parameters: Json = {
            **looks.draw(rng, recipe),
            "theme": "light",
            "codec": recipe["codec"],
            "seed": int(rng.integers(0, 2**31)),
        }
        specs.append(Spec(key, corpus, "canvas", parameters, ()))
    return specs


VERSIONS = {
    "plan": PLAN_VERSION,
    "intake": 1,
    "states": 1,
    "scene": gui.VERSION + canvas.VERSION,
    "actions": drawings.ACTIONS_VERSION,
    "text": drawing_words.VERSION,
    "replay": execute.VERSION,
    "checks": max(read_canvas.VERSION, regions_hold.VERSION),
    "near_duplicates": near_duplicates.VERSION,
}

CORPUS = Corpus(
    name="grounding_canvas",
    reference="corpuswright.assets.grounding_canvas:CORPUS",
    sites=(),
    recipe=RECIPE,
    plan=plan,
    propose=drawings.propose,
    checks=(regions_hold.check, read_canvas.check),
    resolve=read_canvas.check,
    spoil=read_canvas.wrong_versions,
    play=execute.execute,
    versions=VERSIONS,
    accepts=accepts,
)
