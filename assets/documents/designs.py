"""Designs: slides, pages, posters, charts and figures with exact checklists, and mutated twins.

BizGenEval (arXiv 2603.25732) asks twenty questions each of 400 pictures, in 20 cells: 5 domains by
4 dimensions. Its answers are all yes, its judge one hosted model. Here every cell is drawn without
end, answers are of both polarities and known, and each document has a twin with one fault, so that
a generator and a judge can both be trained, and a judge's error measured.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Literal

import numpy as np
from pydantic import BaseModel, Field, JsonValue

from corpuswright.annotators.documents import checklists
from corpuswright.assets.builds import recipes
from corpuswright.assets.grounding import composed
from corpuswright.assets.grounding.table import VEGA
from corpuswright.assets.synthesis.corpus import RenderedCorpus
from corpuswright.assets.synthesis.steps import DOCUMENT_STEPS, ENGINE
from corpuswright.quality.documents import answers, solve
from corpuswright.quality.execution import perform
from corpuswright.quality.grounding import scene_duplicates
from corpuswright.renderers.apps import tabular_files
from corpuswright.renderers.browser import gui
from corpuswright.renderers.documents import compose, looks, mutations, render
from corpuswright.renderers.documents.engines import (
    html,
    page,
    pdf,
    presentation,
    typesetting,
    web_html,
)
from corpuswright.storage import keys
from corpuswright.storage.inputs.sites import Page
from corpuswright.storage.records import Json, Source, Spec

VERSION = 1  # bump when a spec comes out otherwise

RECIPE: Json = {
    # Documents of a partition, as many of each of the 20 cells. Ours: a few minutes of two cores.
    "documents": 400,
    # Shares of difficulty 1 to 3: how many cards, panels, sections and sizes of type there are.
    "levels": {"1": 0.3, "2": 0.4, "3": 0.3},
    # Stored pixels a document pixel, so that 1280 x 720 is up to 1920 x 1080.
    "ratios": [1.0, 1.0, 1.5],
    # Share of slides that are made as PPTX and laid out by LibreOffice Impress, and of figures that
    # are set by typst. Ours: these have no charts, so the browser draws most.
    "impress": 0.3,
    "typst": 0.3,
}

Ratio = Annotated[float, Field(ge=0.5, le=3)]


class DesignsRecipe(BaseModel, extra="forbid"):
    """What values the recipe may have."""

    documents: int = Field(ge=1)
    levels: dict[Literal["1", "2", "3"], recipes.Share]
    ratios: list[Ratio] = Field(min_length=1)
    impress: recipes.Share
    typst: recipes.Share
    shard_bytes: int = Field(default=1, ge=1)
    seed: str = Field(default="", max_length=200)


# A library here: its tables are drawn from, not looked through.
DATA = replace(VEGA, pages=())
CELLS = tuple((d, q) for q in compose.DIMENSIONS for d in compose.DOMAINS)


def plan(corpus: str, pages: Sequence[Page], recipe: Json, partition: str) -> list[Spec]:
    """Return the documents of a partition: number i is of cell i mod 20, so any first are even.

    Tables of the user's own, where there are any, are shown in every second document.
    """
    n = int(recipe["documents"])
    return [
        _spec(corpus, i, recipe, pages) for i in range(int(partition) * n, int(partition) * n + n)
    ]


def _spec(corpus: str, number: int, recipe: Json, own: Sequence[Page]) -> Spec:
    key = keys.sample_key(corpus, number, 0)
    rng = recipes.generator(corpus, VERSION, key, recipe)
    domain, dimension = CELLS[number % len(CELLS)]
    level = int(rng.choice(list(recipe["levels"]), p=list(recipe["levels"].values())))
    where: dict[str, JsonValue] = {}
    data = Source(VEGA.name, VEGA.package_sha256 or "", VEGA.licence, VEGA.author)
    if own and number // len(CELLS) % 2:
        chosen = own[int(rng.integers(0, len(own)))]
        where = {"site": chosen.site, "path": chosen.path}
        data = chosen.source
    drawn, engine = float(rng.uniform()), "page"
    if domain == "slides" and drawn < float(recipe["impress"]):
        engine = "slides"
    if domain == "scientific_figure" and drawn < float(recipe["typst"]):
        engine = "figure"
    parameters: Json = {
        "domain": domain,
        "dimension": dimension,
        "level": level,
        "engine": engine,
        "ratio": float(rng.choice(np.array(recipe["ratios"], dtype=float))),
        "seed": int(rng.integers(0, 2**31)),
        **where,
    }
    return Spec(key, corpus, render.MEDIUM, parameters, (data,))


def accepts(recipe: Json) -> None:
    """Raise ValueError that says which value of a recipe makes no sense, and what was expected."""
    found = recipes.validated(DesignsRecipe, recipe)
    recipes.sum_to_one(found.levels, "levels")


ABOUT = (
    "A sample is a document, its picture (`png`) and that of its twin (`twin.png`), in which one "
    "thing is wrong: `state.twin` says what. `state.document` is the plan; elements are what was "
    "measured, letters and marks of charts among them. The first task is the prompt that asks for "
    "it, the others are questions: `expected.answer` for the picture, `expected.twin` for the "
    "twin, `predicate` what is claimed, `elements` what the answer hangs on. Every answer was "
    "read back from its sentence and found so in what was measured of both pictures; facts were "
    "worked out twice."
)

CORPUS = RenderedCorpus(
    name="designs",
    reference="corpuswright.assets.documents.designs:CORPUS",
    summary="Slides, pages, posters, charts and figures, with exact checklists and wrong twins.",
    steps=DOCUMENT_STEPS,
    engine=ENGINE,
    sites=(
        DATA,
        *html.LIBRARIES,
        *looks.FAMILIES.values(),
        *(c.site for c in web_html.COMPONENTS.values()),
    ),
    recipe=RECIPE,
    plan=plan,
    propose=checklists.propose,
    checks=(answers.check,),
    resolve=answers.check,
    spoil=answers.wrong_versions,
    judge=composed.judge(tabular_files.read),
    play=solve.work_out,
    versions={
        "plan": VERSION,
        "intake": 1,
        "states": 1,
        "scene": ((gui.VERSION * 100 + compose.VERSION) * 100 + mutations.VERSION) * 100
        + page.VERSION * 10
        + render.VERSION
        + pdf.VERSION
        + presentation.VERSION
        + typesetting.VERSION,
        "actions": checklists.VERSION,
        "text": checklists.VERSION,
        "replay": perform.VERSION * 100 + solve.VERSION,
        "checks": answers.VERSION,
        "near_duplicates": scene_duplicates.VERSION,
    },
    accepts=accepts,
    takes=("*.csv", "*.json"),
    units={"page": "table", "state": "state", "scene": "sample", "task": "question"},
    about=ABOUT,
)
