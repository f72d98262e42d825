"""Small corpora for whole builds. Each worker process imports this file: it imports no more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from corpuswright.annotators.grounding import gui
from corpuswright.assets.grounding import canvas, desk, photo, scene3d, table, text
from corpuswright.assets.grounding import gui as grounding_gui
from corpuswright.assets.motion import dynavid, flashbench
from corpuswright.assets.synthesis import stages
from corpuswright.renderers.browser import page_steps
from corpuswright.storage.inputs.sites import Site
from corpuswright.storage.records import Rejection, Sample, Scene, Task


def page(name: str, buttons: int = 5) -> str:
    rows = "".join(
        f"<p><button>{name} {i}</button> <a href='#{i}'>About {name} {i}</a>"
        for i in range(buttons)
    )
    return f"<!doctype html><title>{name}</title><h1>{name}</h1>{rows}"


def louder(sample: Sample) -> Sequence[Task]:
    return [replace(t, text=t.text.replace("Click", "Press")) for t in gui.propose(sample)]


def refuse(scene: Scene, task: Task) -> Rejection | None:
    return Rejection("refused_by_test", task.text)


SMALL = replace(
    grounding_gui.CORPUS,
    name="small",
    reference="tests.assets.small:SMALL",
    recipe={
        **grounding_gui.RECIPE,
        "areas": {"360000": 1.0},
        "ratios": [2.0],
        "states": 0,
        "ocr_samples": 0,
    },
)
REWORDED = replace(
    SMALL,
    reference="tests.assets.small:REWORDED",
    propose=louder,
    versions={**SMALL.versions, "text": SMALL.versions["text"] + 1},
)
REFUSING = replace(
    SMALL,
    reference="tests.assets.small:REFUSING",
    checks=(refuse,),
)

SCRIPTED = replace(
    SMALL,
    reference="tests.assets.small:SCRIPTED",
    scripts={
        "site/Omega.html": [page_steps.state("opened by script", page_steps.click('button "More"'))]
    },
)


SIZES = {"areas": {"480000": 1.0}, "aspect": [1.0, 1.6], "ratios": [1.0, 1.5]}
DATA = Site("data", "data", ("*.csv", "*.html", "*.js", "*.png"), "CC0-1.0", "nobody")


def small(corpus: stages.Corpus, name: str, real_apps: float = 0) -> stages.Corpus:
    recipe = {**corpus.recipe, **SIZES}
    recipe |= {"scenes": 2} if "scenes" in recipe else {"variants": 1}
    recipe |= {"real_apps": real_apps} if "real_apps" in recipe else {}
    libraries = tuple(s for s in corpus.sites if not s.pages) if real_apps else ()
    sites = (*((DATA,) if any(s.pages for s in corpus.sites) else ()), *libraries)
    reference = f"tests.assets.small:{name}"
    return replace(corpus, reference=reference, recipe=recipe, sites=sites)


TABLE = small(table.CORPUS, "TABLE")
TEXT = small(text.CORPUS, "TEXT")
CANVAS = small(canvas.CORPUS, "CANVAS")
DESK = small(desk.CORPUS, "DESK")
PHOTO = small(photo.CORPUS, "PHOTO")
PHOTO = replace(PHOTO, recipe={**PHOTO.recipe, "variants": 4})  # a tool each
GRIDS = small(table.CORPUS, "GRIDS", real_apps=1)
EDITORS = small(text.CORPUS, "EDITORS", real_apps=1)
DIAGRAMS = small(canvas.CORPUS, "DIAGRAMS", real_apps=1)
CORPORA = {c.name: c for c in (TABLE, TEXT, CANVAS, DESK, PHOTO)}
CORPORA |= {"real_grids": GRIDS, "real_editors": EDITORS, "real_diagrams": DIAGRAMS}

SPACE = replace(
    scene3d.CORPUS,
    reference="tests.assets.small:SPACE",
    recipe={**scene3d.RECIPE, "areas": {"76800": 1.0}, "scenes": 3},
)

# Clips without Blender: the caster alone, in flat colours.
CLIP = {"size": [160, 112], "frames": 6, "pictures": "flat", "checked": False, "clips": 6}
FLASH = replace(
    flashbench.CORPUS,
    reference="tests.assets.small:FLASH",
    recipe={**flashbench.RECIPE, **CLIP, "passes": ["instances", "flow"]},
)
DYNA = replace(
    dynavid.CORPUS,
    reference="tests.assets.small:DYNA",
    recipe={
        **dynavid.RECIPE,
        **CLIP,
        "clips": 4,
        "pictures": "none",
        "human": 0.75,
        "least_motion": 0.0,
    },
)
# With Blender's passes held against each clip: for kills of its worker.
CHECKED = replace(
    flashbench.CORPUS,
    reference="tests.assets.small:CHECKED",
    recipe={**flashbench.RECIPE, **CLIP, "checked": True, "clips": 52, "frames": 16},
)
