"""Grounding from recordings of people at work: OpenCUA's trajectories, where the user has them.

Phi-Ground-Any mixes them in at a weight of 0.06 (arXiv 2605.12501, Table 7). Of a published step
only the click is a person's, what is said of it was written by a model and checked by one. Here a
step enters only if what is said is read at the very place of the click (quality.grounding.human).

    corpuswright build grounding_human --source DIR --licence MIT

DIR holds `*.jsonl` of trajectories, and the screenshots in `images/` beside them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, Field

from corpuswright.annotators.grounding import human
from corpuswright.assets.builds import recipes
from corpuswright.assets.synthesis.corpus import RenderedCorpus
from corpuswright.assets.synthesis.steps import ENGINE, RECORDED_STEPS
from corpuswright.quality.execution import perform
from corpuswright.quality.grounding import action_regions, scene_duplicates
from corpuswright.quality.grounding import human as grounding_human
from corpuswright.renderers import ocr, recorded_screenshots
from corpuswright.renderers.browser.gui import GuiRenderer
from corpuswright.renderers.browser.intake import PageVerdict
from corpuswright.renderers.browser.page import View
from corpuswright.renderers.faults import PageFault
from corpuswright.storage import keys
from corpuswright.storage.inputs.sites import Page, Site
from corpuswright.storage.keys import sha256
from corpuswright.storage.records import Json, Sample, Spec, canonical

PLAN_VERSION = 1

RECIPE: Json = {
    # Steps of one trajectory at most, evenly over it: neighbours show nearly the same screen. Ours.
    "steps": 12,
    "codec": "png",
}


class HumanRecipe(BaseModel, extra="forbid"):
    """What values the recipe may have."""

    steps: int = Field(ge=1)
    codec: str = Field(pattern="^(png|webp|jpg)$")
    shard_bytes: int = Field(default=1, ge=1)
    seed: str = Field(default="", max_length=200)


def accepts(recipe: Json) -> None:
    """Raise ValueError for a value that makes no sense, or if there is no OCR to read with."""
    recipes.validated(HumanRecipe, recipe)
    if not ocr.available():
        raise ValueError("grounding_human reads screenshots: pip install 'corpuswright[ocr]'")


def judge(renderer: GuiRenderer, page: Mapping[str, Any], view: View) -> PageVerdict:
    """Find where each trajectory of a file lies and how many steps it has."""
    found: list[list[int]] = []
    bad: list[str] = []
    offset = 0
    try:
        with renderer.file(page["site"], page["path"]).open("rb") as f:
            for number, line in enumerate(f, 1):
                if line.strip():
                    try:
                        found.append([offset, len(line), len(recorded_screenshots.steps_of(line))])
                    except ValueError as error:
                        bad.append(f"line {number}: {error}")
                offset += len(line)
    except PageFault as fault:
        return PageVerdict(fault.reason, fault.value)
    if bad:
        # A file that was cut off or is of another kind: half of it would pass for the whole.
        return PageVerdict(
            "trajectories_not_read", f"{len(bad)} of {len(found) + len(bad)}: {bad[0]}"[:200]
        )
    if not found:
        return PageVerdict("trajectories_not_read", "the file is empty")
    return PageVerdict("", print=sha256(canonical(found)), found=canonical(found))


def plan(corpus: str, pages: Sequence[Page], recipe: Json, partition: str) -> list[Spec]:
    """Return one spec a step; there is nothing to draw, so only the first partition has any."""
    most = int(recipe["steps"])
    specs: list[Spec] = []
    for page in pages if partition == "000" else ():
        for number, (offset, length, steps) in enumerate(json.loads(page.found)):
            chosen = {round(i * (steps - 1) / max(1, most - 1)) for i in range(most)}
            for step in sorted(s for s in chosen if s < steps) if steps > most else range(steps):
                key = keys.sample_key(corpus, keys.source_id(f"{page.identity}#{number}/{step}"), 0)
                where: Json = {
                    "site": page.site,
                    "path": page.path,
                    "at": [offset, length],
                    "step": step,
                    "ratio": 1.0,
                    "codec": recipe["codec"],
                }
                specs.append(Spec(key, corpus, recorded_screenshots.MEDIUM, where, (page.source,)))
    return specs


def play(renderer: GuiRenderer, sample: Sample) -> perform.Played:
    """Let every click stand: a person has made it, and there is nothing to make it on again."""
    return perform.Played({t.key: None for t in sample.tasks}, {})


HUMAN = Site(
    name="human",
    root="human-trajectories",
    pages=("*.jsonl",),
    licence="NOASSERTION",
    author="as the data says",
)

CORPUS = RenderedCorpus(
    name="grounding_human",
    reference="corpuswright.assets.grounding.human:CORPUS",
    summary="Steps that people recorded on their own screens, with the clicks they made.",
    steps=RECORDED_STEPS,
    engine=ENGINE,
    sites=(HUMAN,),
    recipe=RECIPE,
    plan=plan,
    propose=human.propose,
    checks=(action_regions.check, grounding_human.check),
    resolve=grounding_human.check,
    spoil=grounding_human.wrong_versions,
    judge=judge,
    play=play,
    versions={
        "plan": PLAN_VERSION,
        "intake": 1,
        "states": 1,
        # What OCR reads is what a scene is made of: another engine makes other scenes.
        "scene": recorded_screenshots.VERSION * 10**8 + int(sha256(ocr.version())[:6], 16),
        "actions": human.VERSION,
        "text": human.VERSION,
        "replay": 1,
        "checks": grounding_human.VERSION * 1000 + action_regions.VERSION,
        "near_duplicates": scene_duplicates.VERSION,
    },
    accepts=accepts,
)
