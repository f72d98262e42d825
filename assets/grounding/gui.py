"""GUI grounding from real web applications: pages, looked at in many ways, with clicks to be found.

The method of the CUActSpot / Phi-Ground-Any paper (arXiv 2605.12501, §4 and App. C) for its GUI
modality, with what the paper leaves out: every region is measured, every sentence is read back,
every click is executed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field

from corpuswright.annotators.grounding import gui as grounding_gui
from corpuswright.assets.builds import recipes
from corpuswright.assets.grounding import view_sizes
from corpuswright.assets.synthesis.corpus import RenderedCorpus
from corpuswright.assets.synthesis.steps import ENGINE, PAGE_STEPS
from corpuswright.quality.execution import replay_clicks
from corpuswright.quality.grounding import action_regions, scene_duplicates
from corpuswright.quality.grounding import gui as unique_reference
from corpuswright.renderers.browser import gui, page_states, page_steps, web_fonts
from corpuswright.storage import keys
from corpuswright.storage.inputs.sites import Page, Site
from corpuswright.storage.records import Json, Spec

GENTELELLA = Site(
    name="gentelella",
    package="gentelella@4.2.0",
    package_sha256="42868c216515716c1f958d86459965b2d978d717eac912e456a2c540fed1e25d",
    root="dist",
    pages=("production/*.html",),
    licence="MIT",
    author="Colorlib and the Gentelella contributors",
)

RECIPE: Json = {
    # Looks at each page in a partition. Ours: two show a page at two sizes and scroll positions.
    "variants": 2,
    # States of a page that are looked for besides the page as it loads: menus and dialogs opened,
    # fields filled, panes scrolled. Ours: four a page more than double what there is to point at,
    # at about four times the cost of intake.
    "states": 4,
    # Looks at each such state in a partition: it differs from its page in a part only.
    "state_variants": 1,
    # Languages that pages must declare (none: any) and elements on them that can be clicked. The
    # paper takes English pages only and filters by interactive elements, without a number.
    "languages": [],
    "targets": 1,
    **view_sizes.SIZES,
    "themes": {"light": 0.7, "dark": 0.3},
    # Share of looks that are scrolled somewhere; the rest stand at the top, as most pages are seen.
    "scrolled": 0.5,
    # Whether pages that ask Google Fonts or a delivery network for fonts get the commonest ones,
    # from packages (renderers.browser.web_fonts); others are drawn in fallback fonts, and told of.
    "web_fonts": True,
    "codec": "png",
    # Names of a release that OCR must find in the pixels, a random sample (0: none). Ours: 60 read
    # back without a miss bound the share of unreadable ones below 5 % with 95 % confidence.
    "ocr_samples": 60,
}
PLAN_VERSION = 1


class _Recipe(view_sizes.ViewRecipe):
    """What values a recipe may have."""

    variants: int = Field(ge=0)
    states: int = Field(ge=0)
    state_variants: int = Field(ge=0)
    languages: list[Annotated[str, Field(pattern=r"^[a-z]{2,3}$")]]
    targets: int = Field(ge=1)
    themes: dict[Literal["light", "dark"], recipes.Share] = Field(min_length=1)
    scrolled: recipes.Share
    web_fonts: bool
    ocr_samples: int = Field(ge=0)


def accepts(recipe: Json) -> None:
    """Raise ValueError that says which value of a recipe makes no sense, and what was expected."""
    found = view_sizes.accepts(_Recipe, recipe)
    recipes.sum_to_one(found.themes, "themes")
    if found.variants + found.states * found.state_variants == 0:
        raise ValueError("--set: variants: expected at least 1, or states to look at")


def plan(corpus: str, pages: Sequence[Page], recipe: Json, partition: str) -> list[Spec]:
    """Return `variants` specs a page; partition `007` holds the eighth block of variants."""
    specs: list[Spec] = []
    for page in pages:
        n = int(recipe["state_variants" if page.state else "variants"])
        first = int(partition) * n
        specs += [look(corpus, page, v, recipe) for v in range(first, first + n)]
    return specs


def look(corpus: str, page: Page, variant: int, recipe: Json) -> Spec:
    """Return one way to look at a page, drawn from its key's own seed."""
    key = keys.sample_key(corpus, keys.source_id(page.identity), variant)
    rng = recipes.generator(corpus, PLAN_VERSION, key, recipe)
    size = view_sizes.draw(rng, recipe)
    theme = str(rng.choice(list(recipe["themes"]), p=list(recipe["themes"].values())))
    scroll = round(float(rng.uniform(0, 1)), 3) if rng.uniform() < recipe["scrolled"] else 0.0
    parameters: Json = {
        "site": page.site,
        "path": page.path,
        **size,
        "theme": theme,
        "scroll": scroll,
        "codec": recipe["codec"],
    }
    if page.state:
        parameters = {**parameters, "state": page.state, "steps": [list(s) for s in page.steps]}
    return Spec(key, corpus, "gui", parameters, (page.source,))


VERSIONS = {
    "plan": PLAN_VERSION,
    # It tells of hosts that are not reached, too.
    "intake": gui.VERSION + web_fonts.VERSION,
    "states": page_states.VERSION + page_steps.VERSION,
    "scene": gui.VERSION,
    "actions": grounding_gui.ACTIONS_VERSION,
    "text": grounding_gui.TEXT_VERSION,
    "replay": replay_clicks.VERSION,
    "checks": max(unique_reference.VERSION, action_regions.VERSION),
    "near_duplicates": scene_duplicates.VERSION,
}

CORPUS = RenderedCorpus(
    name="grounding_gui",
    reference="corpuswright.assets.grounding.gui:CORPUS",
    summary="Real web pages: icons, links, buttons and texts to be clicked, in many states.",
    steps=PAGE_STEPS,
    engine=ENGINE,
    sites=(GENTELELLA,),
    recipe=RECIPE,
    plan=plan,
    propose=grounding_gui.propose,
    checks=(action_regions.check, unique_reference.check),
    versions=VERSIONS,
    accepts=accepts,
)
