"""Grounding in three dimensions: solid things on a floor, told apart by name, depth and relation.

The picture is path-traced by Blender; boxes, masks, depths and relations come from the world it was
drawn from, cast in float64, and both accounts must agree on every picture (`renderers.scene3d`).
Models of a source of yours (GLB, OBJ) stand among them, called what their files are.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from pydantic import Field

from corpuswright.annotators.grounding import scene3d as grounding_scene3d
from corpuswright.annotators.grounding import scene3d_wording
from corpuswright.assets.builds import recipes
from corpuswright.assets.grounding import composed, view_sizes
from corpuswright.assets.synthesis.corpus import RenderedCorpus
from corpuswright.assets.synthesis.steps import ENGINE, WORLD_STEPS
from corpuswright.quality.grounding import action_regions
from corpuswright.quality.grounding import scene3d as read_space
from corpuswright.renderers import scene3d
from corpuswright.renderers.blender import engine
from corpuswright.renderers.browser.gui import GuiRenderer
from corpuswright.renderers.browser.intake import PageVerdict
from corpuswright.renderers.browser.page import View
from corpuswright.renderers.faults import PageFault
from corpuswright.renderers.world3d import user_models as props
from corpuswright.storage.inputs.sites import Page
from corpuswright.storage.keys import sha256
from corpuswright.storage.records import Json, Spec, canonical

RECIPE: Json = {
    # Scenes of a partition. Ours: as many as the GUI corpus has.
    "scenes": 116,
    # Stored pixels: 640 x 480 and what has its area. Ours: time grows with them.
    "areas": {"307200": 1.0},
    "aspect": [0.75, 1.78],
    "ratios": [1.0],
    "codec": "png",
    # Props of the source in a scene, at most: more than three hide each other. Ours.
    "props": 3,
}
_PLAN = composed.drawer(scene3d.MEDIUM)


class Scene3dRecipe(composed.DrawnRecipe):
    """What values the recipe may have."""

    props: int = Field(ge=0, le=8)


def accepts(recipe: Json) -> None:
    """Raise ValueError that says which value of a recipe makes no sense, and what was expected."""
    view_sizes.accepts(Scene3dRecipe, recipe)


def judge(renderer: GuiRenderer, page: Mapping[str, Any], view: View) -> PageVerdict:
    """Judge a model of a source: whether it can be read and named."""
    site, path = str(page["site"]), str(page["path"])
    try:
        found = props.judged(site, path, renderer.read)
        return PageVerdict("", print=sha256(renderer.read(site, path)), found=canonical(found))
    except PageFault as fault:
        return PageVerdict(fault.reason, fault.value)


def plan(corpus: str, pages: Sequence[Page], recipe: Json, partition: str) -> list[Spec]:
    """Return the partition's scenes; where there is a source, with some of its props."""
    brought = [(p, str(json.loads(p.found)["name"])) for p in pages]
    specs: list[Spec] = []
    for spec in _PLAN(corpus, (), recipe, partition):
        rng = recipes.generator(corpus, composed.PLAN_VERSION, f"{spec.key}:props", recipe)
        stand = props.drawn(rng, brought, recipe["props"])
        said: list[Any] = [{"file": p.source.uri, "name": name} for p, name in stand]
        sources = tuple(p.source for p, _ in stand)
        specs.append(replace(spec, parameters={**spec.parameters, "props": said}, sources=sources))
    return specs


CORPUS = RenderedCorpus(
    name="grounding_3d",
    reference="corpuswright.assets.grounding.scene3d:CORPUS",
    summary="Solid things on a floor, told apart by name, by depth and by what stands before what.",
    steps=WORLD_STEPS,
    engine=ENGINE,
    sites=(),
    recipe=RECIPE,
    plan=plan,
    propose=grounding_scene3d.propose,
    checks=(action_regions.check, read_space.check),
    resolve=read_space.check,
    spoil=read_space.wrong_versions,
    play=read_space.cast_anew,
    judge=judge,
    takes=tuple(f"*{kind}" for kind in props.KINDS),
    # Another Blender makes other pictures.
    versions=composed.versions(
        scene3d.VERSION * 10**8 + int(sha256(engine.version())[:6], 16),
        grounding_scene3d.ACTIONS_VERSION,
        scene3d_wording.VERSION,
        read_space.VERSION,
    ),
    accepts=accepts,
)
