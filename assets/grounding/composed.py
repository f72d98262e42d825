"""What corpora of composed scenes share: a source is read, looked at in many ways, worked on."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pydantic import Field

from corpuswright.assets.builds import recipes
from corpuswright.assets.grounding import view_sizes
from corpuswright.assets.synthesis.corpus import JudgePage, PlanSpecs
from corpuswright.quality.execution import perform
from corpuswright.quality.grounding import action_regions, scene_duplicates
from corpuswright.renderers.browser import gui
from corpuswright.renderers.browser.gui import GuiRenderer
from corpuswright.renderers.browser.intake import PageVerdict
from corpuswright.renderers.browser.page import View
from corpuswright.renderers.faults import PageFault
from corpuswright.storage import keys
from corpuswright.storage.inputs.sites import Page, Site
from corpuswright.storage.keys import sha256
from corpuswright.storage.records import Json, Source, Spec

PLAN_VERSION = 2


def versions(scene: int, actions: int, text: int, resolver: int, intake: int = 1) -> dict[str, int]:
    """Return the versions of a composed corpus: its own parts', and those that all share."""
    return {
        "plan": PLAN_VERSION,
        "intake": intake,
        "states": 1,
        "scene": gui.VERSION + scene,
        "actions": actions,
        "text": text,
        "replay": perform.VERSION,
        "checks": resolver * 1000 + action_regions.VERSION,
        "near_duplicates": scene_duplicates.VERSION,
    }


class ComposedRecipe(view_sizes.ViewRecipe):
    """What values the recipe of a composed corpus may have."""

    variants: int = Field(ge=1)
    real_apps: recipes.Share = 0


def accepts(recipe: Json) -> None:
    """Raise ValueError that says which value of a recipe makes no sense, and what was expected."""
    view_sizes.accepts(ComposedRecipe, recipe)


class DrawnRecipe(view_sizes.ViewRecipe):
    """What values the recipe of a corpus may have whose scenes are made from no source."""

    scenes: int = Field(ge=1)
    real_apps: recipes.Share = 0


def accepts_drawn(recipe: Json) -> None:
    """Raise ValueError as `accepts` does, for a corpus without sources."""
    view_sizes.accepts(DrawnRecipe, recipe)


# Which applications that others made may show a source, by its path: `real_apps` of the scenes.
Apps = Callable[[str], Sequence[Site]]


def no_apps(path: str) -> Sequence[Site]:
    """Return none: all scenes are in our own application."""
    return ()


def drawer(medium: str, apps: Apps = no_apps) -> PlanSpecs:
    """Return a plan of `scenes` scenes, numbered on from partition to partition."""

    def plan(corpus: str, pages: Sequence[Page], recipe: Json, partition: str) -> list[Spec]:
        n = int(recipe["scenes"])
        numbers = range(int(partition) * n, int(partition) * n + n)
        return [
            _spec(corpus, medium, keys.sample_key(corpus, i, 0), {}, (), recipe, apps(""))
            for i in numbers
        ]

    return plan


def planner(medium: str, apps: Apps = no_apps) -> PlanSpecs:
    """Return a plan that looks `variants` times at each source."""

    def plan(corpus: str, pages: Sequence[Page], recipe: Json, partition: str) -> list[Spec]:
        n = int(recipe["variants"])
        variants = range(int(partition) * n, int(partition) * n + n)
        return [look(corpus, medium, p, v, recipe, apps(p.path)) for p in pages for v in variants]

    return plan


def look(
    corpus: str, medium: str, page: Page, variant: int, recipe: Json, apps: Sequence[Site] = ()
) -> Spec:
    """Return one scene made from a source, drawn from its key's own seed."""
    key = keys.sample_key(corpus, keys.source_id(page.identity), variant)
    found: Json = json.loads(page.found) if page.found else {}
    where: Json = {"site": page.site, "path": page.path, **found}
    return _spec(corpus, medium, key, where, (page.source,), recipe, apps)


def _spec(
    corpus: str,
    medium: str,
    key: str,
    where: Json,
    sources: tuple[Source, ...],
    recipe: Json,
    apps: Sequence[Site],
) -> Spec:
    rng = recipes.generator(corpus, PLAN_VERSION, key, recipe)
    parameters: Json = {
        **where,
        **view_sizes.draw(rng, recipe),
        # Dark scenes are drawn dark by the scene itself, never by the browser: colours are truth.
        "theme": "light",
        "codec": recipe["codec"],
        "seed": int(rng.integers(0, 2**31)),
    }
    # Drawn last, and always: what else a look is does not hang on the share.
    drawn, which = rng.uniform(), int(rng.integers(0, 2**31))
    if apps and drawn < float(recipe.get("real_apps", 0)):
        app = apps[which % len(apps)]
        shown = Source(app.name, app.package_sha256 or "", app.licence, app.author)
        return Spec(key, corpus, medium, {**parameters, "real_app": app.name}, (*sources, shown))
    return Spec(key, corpus, medium, parameters, sources)


def judge(usable: Callable[[str, bytes], object]) -> JudgePage:
    """Return an intake that keeps a source unless `usable(path, bytes)` raises ValueError."""

    def judged(renderer: GuiRenderer, page: Mapping[str, Any], view: View) -> PageVerdict:
        try:
            data = renderer.read(page["site"], page["path"])
            usable(page["path"], data)
        except PageFault as fault:
            return PageVerdict(fault.reason, fault.value)
        except ValueError as error:
            return PageVerdict("source_not_usable", str(error)[:200])
        return PageVerdict("", print=sha256(data))

    return judged
