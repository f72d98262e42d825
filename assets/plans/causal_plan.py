"""Causal-Plan-1M's recipe on Spark: clips of what somebody does, and a plan of each in four stages.

Causal-Plan (arXiv 2606.01810) takes egocentric videos, shows a model up to 100 frames of a clip,
and has it write a plan, its segments, its key frames and its movements. That is done here on clips
that were watched whole; a plan enters if its stages hold together.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
from pydantic import Field

from corpuswright.annotators.llm import model_file
from corpuswright.annotators.llm.model_file import ModelError
from corpuswright.annotators.plans import model_prompts, questions
from corpuswright.annotators.plans.questions import Asked
from corpuswright.annotators.plans.schema import fingerprint
from corpuswright.assets.builds.reports import Report
from corpuswright.assets.curation import rejections
from corpuswright.assets.curation.build import Curated
from corpuswright.assets.curation.shard_writer import Recorded
from corpuswright.assets.images import steps
from corpuswright.assets.plans import judge as plan_judge
from corpuswright.assets.plans import records, write_plans, write_traces
from corpuswright.assets.plans.write_plans import Planned
from corpuswright.assets.video import recipe as video_recipe
from corpuswright.assets.video import steps as video_steps
from corpuswright.storage.inputs.sites import SourceError
from corpuswright.storage.records import Json, Rejection, canonical, to_dict

VERSION = 1  # bump when a step's table is written in another way

RECIPE: Json = {
    **video_recipe.RECIPE,
    # Frames a second and frames of a clip: half a minute, in which a kitchen has 4 to 7 steps. The
    # paper shows 100 frames at most, its clips last 18 to 234 s.
    "fps": 2,
    "frames": 60,
    # Clips of one video. Ours: a long recording is one kitchen; the paper has 22 200 clips.
    "clips_per_video": 8,
    # Share of a clip that may be black: the paper's guard, 80 % of the frames.
    "max_black": 0.8,
    # Variance of the Laplacian at 512 x 512. Ours: a head that turns blurs, and still shows hands.
    "min_clarity": 5.0,
    # Mean optical flow, heights of the picture a second. Ours: cameras on heads shake, none is
    # dropped for it.
    "max_motion": 100.0,
    # How questions are judged where the model file names a judge: the release's strict audit, or
    # its two judges by scores, of which each leaves half at most.
    "judging": "audit",
    # Whether a reasoning trace is written to each question that enters, and held to its contract.
    "traces": False,
}


class Recipe(video_recipe.Values):
    """What values the recipe may have."""

    frames: int = Field(ge=9, le=model_prompts.MOST_FRAMES)  # three steps of three frames
    judging: plan_judge.How
    traces: bool


def accepts(recipe: Json) -> None:
    """Raise ValueError that says which value of a recipe makes no sense, and what was expected."""
    video_recipe.accepts(Recipe, recipe)


class Planning(video_steps.Filming):
    """A build of clips with plans; steps are those of `Filming`."""

    def _rules(self) -> dict[str, Any]:
        if self.model is None:
            return super()._rules()
        asked = model_file.decides(self.model, model_prompts.PROMPTS, write_plans.VERSION)
        rules = {**super()._rules(), "model": {**asked, "schemas": fingerprint()}}
        if self.model.judge is not None:
            prompts = [p for p, _ in plan_judge.PROMPTS[self.recipe["judging"]]]
            decides = model_file.decides(self.model.judge, prompts, plan_judge.VERSION)
            rules["judge"] = decides
        if self.recipe["traces"]:
            rules["traces"] = [write_traces.PROMPT.sha256, write_traces.VERSION]
        return rules

    @property
    def _nobody(self) -> str:
        return (
            f"{self.corpus.name}: plans are written by a model that sees: name one with --model "
            "FILE (README, Words from a model)"
        )

    def check(self) -> None:
        """Raise SourceError if there is nothing to build from, or no model; quick.

        Raises:
            ModelError: The judge that is named takes no images.
        """
        super().check()
        if self.model is None:
            raise SourceError(self._nobody)
        if self.model.judge is not None:  # before plans are paid for
            model_file.wants_images(self.model.judge, self.corpus.name)

    def captioned(self, partition: str) -> Report:
        """Cut the clips that are left, and have a plan of each written in four stages.

        Raises:
            ModelError: No model is named, or questions stay unanswered: the next run goes on.
        """
        start = time.monotonic()
        if self.model is None:
            raise ModelError(self._nobody)
        table = self._cut(partition)
        rows = rejections.kept(table).to_pylist()
        with self.asking() as (client, model):
            name = f"{self.corpus.name}-{partition}"
            made = write_plans.plans(client, model, self._folder, rows, name)
        asked = {
            k: records.questions(self.corpus.name, k, p.plan)
            for k, p in made.items()
            if p.plan is not None
        }
        refused, used = self._judged(rows, asked, name)
        traced = self._traced(rows, made, asked, refused, used, name)
        keys = table.column("key").to_pylist()
        said = [
            ("captioned", made[k].reason, made[k].value) if k in made and made[k].reason else v
            for k, v in zip(keys, rejections.of(table), strict=True)
        ]
        table = table.drop_columns([*rejections.COLUMNS])
        nobody = Planned(None, "", "", ())
        cells = [
            self._cells(made.get(k, nobody), refused.get(k, []), traced.get(k, {}), used.get(k, []))
            for k in keys
        ]
        for column in ("plan", "model", "prompt", "told", "traces", "answers"):
            table = table.append_column(column, pa.array([c[column] for c in cells], pa.string()))
        self._keep(partition, "captioned", rejections.with_verdicts(table, said))
        return rejections.report("captioned", table.num_rows, said, start)

    def _judged(
        self, rows: list[dict[str, Any]], asked: dict[str, list[Asked]], name: str
    ) -> tuple[dict[str, list[Rejection | None]], dict[str, list[str]]]:
        """Return, by clip, why each question does not enter, and what a judge answered.

        Where no judge is named, all enter: a plan says what it says.
        """
        assert self.model is not None
        if self.model.judge is None:
            return {k: [None] * len(of) for k, of in asked.items()}, {}
        with self.asking(self.model.judge) as (client, judge):
            how = self.recipe["judging"]
            return plan_judge.verdicts(client, judge, how, self._folder, rows, asked, name)

    def _traced(
        self,
        rows: list[dict[str, Any]],
        made: dict[str, Planned],
        asked: dict[str, list[Asked]],
        refused: dict[str, list[Rejection | None]],
        used: dict[str, list[str]],
        name: str,
    ) -> dict[str, dict[str, str]]:
        """Return, by clip, traces by the number of their question; refuse what has none that holds.

        Changes `refused` and adds to `used`. Nothing where none are asked for.
        """
        if not self.recipe["traces"]:
            return {}
        plans = {k: p.plan for k, p in made.items() if p.plan is not None}
        left = {
            k: {n: a for n, a in enumerate(of) if refused[k][n] is None} for k, of in asked.items()
        }
        with self.asking() as (client, _):
            found, keys = write_traces.traces(client, self._folder, rows, plans, left, name)
        for k, of in found.items():
            used.setdefault(k, []).extend(keys[k])
            for n, t in of.items():
                refused[k][n] = t.rejection
        return {k: {str(n): t.text for n, t in of.items() if t.text} for k, of in found.items()}

    def _cells(
        self,
        planned: Planned,
        refused: Sequence[Rejection | None],
        traced: dict[str, str],
        used: Sequence[str],
    ) -> dict[str, str]:
        assert self.model is not None
        plan = planned.plan
        # The plan comes first, then what is asked of it.
        told = [None, *(None if r is None else to_dict(r) for r in refused)]
        return {
            "plan": "" if plan is None else plan.model_dump_json(),
            "model": self.model.endpoint.model,
            "prompt": model_prompts.BLUEPRINT.sha256,
            "told": canonical([] if plan is None else told),
            "traces": canonical(traced),
            "answers": canonical(sorted({*planned.answers, *used})),
        }

    def _recorded(self) -> Recorded:
        """Return how clips with plans become records."""
        fps = int(self.recipe["fps"])
        return records.plans(self.corpus.name, self._folder, fps, write_plans.VERSION)


ABOUT = (
    "A record is `<key>.json`, `<key>.mp4` (the clip), `<key>.jpg` (its middle frame) and a plan "
    "in Causal-Plan's four files: `draft_plan.json`, `step_segments.json`, "
    "`causal_plan_with_keyframes.json`, `atomic_plan_with_clips.json`; frame indices are those of "
    "the clip. A model wrote the plan, and its stages were held against each other; nothing says "
    "that it is true of the video. The first task is the plan's goal; the others are Causal-Plan's "
    "questions of that plan, answer and the frames that are shown in `expected`; where a judge was "
    "named, those that it accepted. Every video and every clip of the source has one row in "
    "`outcomes.parquet`; `funnel.json` counts them by stage."
)

CORPUS = Curated(
    name="causal_plan",
    reference="corpuswright.assets.plans.causal_plan:CORPUS",
    recipe=RECIPE,
    accepts=accepts,
    versions=video_recipe.versions(
        steps.VERSION * 10000 + video_steps.VERSION * 100 + VERSION,
        write_plans.VERSION,
        records.VERSION * 100 + questions.VERSION,
    ),
    about=ABOUT,
    steps=Planning,
    of_images=False,
    units={"page": "video", "scene": "clip", "task": "question"},
)
