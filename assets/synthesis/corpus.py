"""A corpus of rendered scenes: its recipe and the callables it is made by."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from corpuswright.assets.builds.corpus import Engine, Input
from corpuswright.assets.builds.steps import Step
from corpuswright.quality.execution import perform, replay_clicks
from corpuswright.quality.grounding import gui, planted_faults
from corpuswright.renderers.browser import intake
from corpuswright.renderers.browser.gui import GuiRenderer
from corpuswright.renderers.browser.page import View
from corpuswright.renderers.browser.page_steps import PageState
from corpuswright.storage.build_state.stage_rows import Stage
from corpuswright.storage.inputs.sites import WHEEL, Page, Site
from corpuswright.storage.records import Json, Rejection, Sample, Scene, Spec, Task

Propose = Callable[[Sample], Sequence[Task]]
TaskCheck = Callable[[Scene, Task], Rejection | None]
PlanSpecs = Callable[[str, Sequence[Page], Json, str], Sequence[Spec]]
JudgePage = Callable[[GuiRenderer, Mapping[str, Any], View], intake.PageVerdict]
PlayTasks = Callable[[GuiRenderer, Sample], perform.Played]


GIVEN = "What `source` names: pages, applications or files of your own."
UNITS = {"page": "page", "state": "state", "scene": "sample", "task": "task"}


def _input(site: Site) -> Input:
    registry = "pypi" if str(site.package).startswith(WHEEL) else "npm"
    name = str(site.package).removeprefix(WHEEL)
    about = f"The {registry} package {name}, fetched by name. Licence: {site.licence}."
    return Input(("inputs", site.name), about, frozenset({registry}))


def judge_page(renderer: GuiRenderer, page: Mapping[str, Any], view: View) -> intake.PageVerdict:
    """Judge a page of a site at intake."""
    wanted = intake.WantedPage(*page["wanted"]) if page["wanted"] else intake.ANY_PAGE
    return intake.judge(renderer, page["site"], page["path"], view, wanted=wanted)


def play_clicks(renderer: GuiRenderer, sample: Sample) -> perform.Played:
    """Replay clicks on a page of a site: the target must receive the event."""
    return perform.Played(replay_clicks.replay(renderer, sample), {})


@dataclass(frozen=True, slots=True)
class RenderedCorpus:
    """One corpus: its recipe and the callables it is made by.

    Attributes:
        name: The slug in keys, on disk, on the command line and in Dagster.
        reference: `package.module:NAME` of this very object, for workers to import it by.
        sites: Where pages come from unless a build names a source of its own.
        recipe: Parameters of `plan`; part of the plan hash.
        plan: (corpus, pages, recipe, partition) → specs.
        propose: Sample without tasks → tasks.
        checks: Each sees scene and task; the first rejection counts.
        resolve: The one of the checks that reads sentences back; planted faults are put to it.
        spoil: Scene and task → versions of the task whose sentence is wrong.
        judge: What intake makes of a source.
        play: How tasks are executed.
        versions: Of the code behind each stage's fields; bumped by hand when output changes.
        allow: Outside `host:port`s that pages may reach.
        accepts: Raises ValueError for a recipe with a value that makes no sense.
        scripts: States of pages by `<site>/<path>`, each a name and the steps that lead to it.
        intake_view: How pages are looked at when their verdict is made.
        steps: In order (`synthesis.steps`).
        engine: What builds it (`synthesis.engine`).
        summary: What it is made of and what it teaches, in a line.
        batch: Specs that a worker renders at a time; a kill loses at most their work.
        takes: Globs of the files that a source of the user's own is looked through for; none for
            those of its sites.
        about: What a record holds and how it was checked, for the card; empty for pages.
        units: What a page, scene and task of its outcomes are called.
        remote: Whether its shards can lie elsewhere.
    """

    name: str
    reference: str
    sites: Sequence[Site]
    recipe: Json
    plan: PlanSpecs
    propose: Propose
    checks: Sequence[TaskCheck]
    versions: Mapping[str, int]
    steps: Sequence[Step[Any]]
    engine: Engine
    resolve: TaskCheck = gui.check
    spoil: planted_faults.Spoil = planted_faults.wrong_versions
    judge: JudgePage = judge_page
    play: PlayTasks = play_clicks
    allow: Collection[str] = ()
    accepts: Callable[[Json], object] = dict
    scripts: Mapping[str, Sequence[PageState]] = field(
        default_factory=dict[str, Sequence[PageState]]
    )
    intake_view: View = field(default=View(1024, 768, 1.0))
    summary: str = ""
    batch: int = 8
    takes: Sequence[str] = ()
    about: str = ""
    units: Mapping[str, str] = field(default_factory=lambda: UNITS)
    remote: bool = False

    @property
    def inputs(self) -> list[Input]:
        """Sites and libraries, by package or by folder, and what a user brings."""
        packages = [_input(site) for site in self.sites if site.package]
        return [Input((self.name, "source"), GIVEN, frozenset({"file"})), *packages]

    def stages(self) -> list[Stage]:
        """Return the stages as the tables know them."""
        v = self.versions
        return [
            Stage("intake", {"verdict": v["intake"]}),
            Stage("states", {"states": v["states"]}),
            Stage("spec", {"spec": 1}),
            Stage("scene", {"pixels": v["scene"], "truth": v["scene"]}, {"spec": ["spec"]}),
            Stage(
                "instructions", {"actions": v["actions"], "text": v["text"]}, {"scene": ["truth"]}
            ),
            Stage("replay", {"replay": v["replay"]}, {"instructions": ["actions"]}),
            Stage(
                "verified",
                {"verified": v["checks"]},
                {"instructions": ["actions", "text"], "replay": ["replay"]},
            ),
            Stage("invented", {"invented": v["replay"]}),
        ]


def load(reference: str) -> RenderedCorpus:
    """Return the corpus that `package.module:NAME` names.

    Raises:
        LookupError: There is no such module or name, or it is no Corpus.
    """
    module, _, name = reference.partition(":")
    try:
        found = getattr(importlib.import_module(module), name or "CORPUS")
    except (ImportError, AttributeError) as error:
        raise LookupError(f"expected a corpus at {reference}: {error}") from error
    if not isinstance(found, RenderedCorpus):
        raise LookupError(f"expected a Corpus at {reference}, found {type(found).__name__}")
    return found
