"""Webpages: requests, typed plans, whole pages with a box for every part, and repairs that hold.

MM-WebAgent (arXiv 2604.15309) plans a page, makes it, and lets a model say what is wrong with it.
Here the plan is typed, what is wrong is measured, and every page comes with a spoilt version, its
defect known, and the rounds that repair it: data for planners, writers of HTML, and critics.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, JsonValue

from corpuswright.annotators.documents.webpages import tasks
from corpuswright.assets.builds import recipes
from corpuswright.assets.documents import picture_intake
from corpuswright.assets.grounding.photo import MATERIAL_KIT, PAPER_KIT
from corpuswright.assets.synthesis.corpus import RenderedCorpus
from corpuswright.assets.synthesis.steps import ENGINE, WEBPAGE_STEPS
from corpuswright.quality.documents.webpages import (
    issues,
    page_checks,
    reflection,
    repairs,
    second_look,
)
from corpuswright.quality.grounding import scene_duplicates
from corpuswright.renderers.browser import gui
from corpuswright.renderers.documents import looks
from corpuswright.renderers.documents.engines import html, web_html
from corpuswright.renderers.documents.webpages import (
    bundle,
    defects,
    pictures,
    planner,
    render,
    show,
)
from corpuswright.storage import keys
from corpuswright.storage.inputs.sites import Page
from corpuswright.storage.records import Json, Source, Spec

VERSION = 1  # bump when a spec comes out otherwise

RECIPE: Json = {
    # Pages of a partition. Ours: a quarter of an hour of two cores.
    "pages": 400,
    # Shares of how much is on a page: 1 has some five sections, 3 up to eight.
    "levels": {"1": 0.25, "2": 0.45, "3": 0.3},
    # Stored pixels a CSS pixel. Whole pages are tall: at 1 most are 2 to 5 megapixels.
    "ratios": [1.0],
}

Ratio = Annotated[float, Field(ge=0.5, le=2)]


class WebpagesRecipe(BaseModel, extra="forbid"):
    """What values the recipe may have."""

    pages: int = Field(ge=1)
    levels: dict[Literal["1", "2", "3"], recipes.Share]
    ratios: list[Ratio] = Field(min_length=1)
    shard_bytes: int = Field(default=1, ge=1)
    seed: str = Field(default="", max_length=200)


# Their photographs are drawn from, not looked through.
PHOTOGRAPHS = (replace(PAPER_KIT, pages=()), replace(MATERIAL_KIT, pages=()))
_NAMES = list(defects.DEFECTS)
OWN = 12  # pictures of the user's that a page may choose from


def plan(corpus: str, pages: Sequence[Page], recipe: Json, partition: str) -> list[Spec]:
    """Return the pages of a partition; defects are taken in turn, so that all kinds are there.

    Pictures of the user's own, where there are any, are shown instead of those of packages.
    """
    n = int(recipe["pages"])
    return [
        _spec(corpus, i, recipe, pages) for i in range(int(partition) * n, int(partition) * n + n)
    ]


def _spec(corpus: str, number: int, recipe: Json, own: Sequence[Page]) -> Spec:
    key = keys.sample_key(corpus, number, 0)
    rng = recipes.generator(corpus, VERSION, key, recipe)
    level = int(rng.choice(list(recipe["levels"]), p=list(recipe["levels"].values())))
    parameters: dict[str, JsonValue] = {
        "level": level,
        "ratio": float(recipe["ratios"][int(rng.integers(0, len(recipe["ratios"])))]),
        "defect": _NAMES[number % len(_NAMES)],
        "library": planner.LIBRARIES[number % len(planner.LIBRARIES)],
        "seed": int(rng.integers(0, 2**31)),
    }
    sources = [Source(s.name, s.package_sha256 or "", s.licence, s.author) for s in PHOTOGRAPHS]
    if own:
        chosen = rng.permutation(len(own)).tolist()[:OWN]
        parameters["pictures"] = [_offered(own[i]) for i in chosen]
        sources = [own[i].source for i in chosen] + sources
    return Spec(key, corpus, render.MEDIUM, parameters, tuple(sources))


def _offered(page: Page) -> dict[str, JsonValue]:
    found: Mapping[str, Any] = picture_intake.found(page)
    name = PurePosixPath(page.path).stem.replace("-", " ").replace("_", " ")
    return {"site": page.site, "path": page.path, "size": list(found["size"]),
            "caption": str(found["caption"] or name)[:400]}  # fmt: skip


def accepts(recipe: Json) -> None:
    """Raise ValueError that says which value of a recipe makes no sense, and what was expected."""
    found = recipes.validated(WebpagesRecipe, recipe)
    recipes.sum_to_one(found.levels, "levels")


ABOUT = (
    "A sample is a page, its picture (`png`) and that of the same page with one defect "
    "(`twin.png`). `state.plan` is the typed plan, `state.html` the page, `state.twin` the defect "
    "with its `html`; elements are the plan's parts with their boxes. Tasks are three requests "
    "(`short`, `outline`, `full`), each read back against the plan, and one repair: the page was "
    "found clean by two checkers, its defect was found and repaired, and the annotation "
    "`state_change` has the rounds: issues, edits, and what is left."
)

CORPUS = RenderedCorpus(
    name="webpages",
    reference="corpuswright.assets.documents.webpages:CORPUS",
    summary="Web pages from requests: plans, boxes, HTML, a defect each, and its repair.",
    steps=WEBPAGE_STEPS,
    engine=ENGINE,
    sites=(
        *PHOTOGRAPHS,
        show.AXE,
        *html.LIBRARIES,
        *looks.FAMILIES.values(),
        *(c.site for c in web_html.COMPONENTS.values()),
    ),
    recipe=RECIPE,
    plan=plan,
    propose=tasks.propose,
    checks=(page_checks.check,),
    resolve=page_checks.check,
    spoil=page_checks.wrong_versions,
    judge=picture_intake.judge,
    play=page_checks.play,
    versions={
        "plan": VERSION,
        "intake": picture_intake.VERSION,
        "states": 1,
        "scene": (gui.VERSION * 100 + planner.VERSION) * 1000
        + bundle.VERSION * 100
        + defects.VERSION * 10
        + show.VERSION
        + render.VERSION
        + pictures.VERSION,
        "actions": tasks.VERSION,
        "text": tasks.VERSION,
        "replay": issues.VERSION * 1000
        + second_look.VERSION * 100
        + repairs.VERSION * 10
        + reflection.VERSION,
        "checks": page_checks.VERSION,
        "near_duplicates": scene_duplicates.VERSION,
    },
    accepts=accepts,
    takes=("*.jpg", "*.jpeg", "*.png", "*.webp"),
    units={"page": "picture", "state": "state", "scene": "page", "task": "task"},
    about=ABOUT,
    batch=4,
)
