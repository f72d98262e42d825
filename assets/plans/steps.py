"""Steps of clips with plans: a model writes each in four stages, a judge sees the questions.

Where no judge is named all questions enter: a plan says what it says. Traces are written to those
that enter, and a question whose trace breaks its contract does not.
"""

from __future__ import annotations

import json
import time

import pyarrow as pa

from corpuswright.annotators.llm import model_file
from corpuswright.annotators.llm.model_file import ModelError
from corpuswright.annotators.plans import model_prompts
from corpuswright.annotators.plans.questions import Asked
from corpuswright.annotators.plans.schema import Plan, fingerprint
from corpuswright.assets.builds.reports import Report
from corpuswright.assets.builds.steps import Step
from corpuswright.assets.curation import rejections
from corpuswright.assets.curation.build import CurationBuild
from corpuswright.assets.curation.shard_writer import Recorded
from corpuswright.assets.plans import judge, records, write_plans, write_traces
from corpuswright.assets.plans.rows import PlannedClip
from corpuswright.assets.video import steps as video_steps
from corpuswright.storage.arrow import Row
from corpuswright.storage.inputs.sites import SourceError
from corpuswright.storage.records import Rejection, canonical, to_dict

VERSION = 1  # bump when a step's table is written in another way


def rules(build: CurationBuild) -> Row:
    """Return what decides a partition's bytes, besides its videos."""
    shared = video_steps.rules(build)
    if build.model is None:
        return shared
    asked = model_file.decides(build.model, model_prompts.PROMPTS, write_plans.VERSION)
    found = {**shared, "model": {**asked, "schemas": fingerprint()}}
    if build.model.judge is not None:
        prompts = [p for p, _ in judge.PROMPTS[build.recipe["judging"]]]
        found["judge"] = model_file.decides(build.model.judge, prompts, judge.VERSION)
    if build.recipe["traces"]:
        found["traces"] = [write_traces.PROMPT.sha256, write_traces.VERSION]
    return found


def _nobody(build: CurationBuild) -> str:
    return (
        f"{build.name}: plans are written by a model that sees: name one with --model "
        "FILE (annotators/llm/README.md)"
    )


def check(build: CurationBuild) -> None:
    """Raise SourceError if there is nothing to build from, or no model; quick.

    Raises:
        ModelError: The judge that is named takes no images.
    """
    video_steps.check(build)
    if build.model is None:
        raise SourceError(_nobody(build))
    if build.model.judge is not None:  # before plans are paid for
        model_file.wants_images(build.model.judge, build.name)


_PLANNED = pa.schema([(n, pa.string()) for n in ("plan", "model", "prompt", "asked")])


def planned(build: CurationBuild, partition: str) -> Report:
    """Have a plan of each clip written in four stages; a clip whose plan does not hold is dropped.

    Raises:
        ModelError: No model is named, or questions stay unanswered: the next run goes on.
    """
    start = time.monotonic()
    if build.model is None:
        raise ModelError(_nobody(build))
    table = build.table(partition, "cut")
    rows = rejections.kept(table).to_pylist()
    with build.asking() as (client, model):
        name = f"{build.name}-{partition}"
        made = write_plans.plans(client, model, build.folder, rows, name)
    said: list[rejections.Verdict] = []
    cells: list[Row] = []
    for key, verdict in zip(
        table.column("key").to_pylist(), rejections.verdicts(table), strict=True
    ):
        one = made.get(key, write_plans.Planned(None, "", "", ()))
        said.append(("planned", one.reason, one.value) if one.reason else verdict)
        cells.append(
            {
                "plan": "" if one.plan is None else one.plan.model_dump_json(),
                "model": build.model.endpoint.model,
                "prompt": model_prompts.BLUEPRINT.sha256,
                "asked": canonical(list(one.answers)),
            }
        )
    table = rejections.with_columns(rejections.replaced(table, said), cells, _PLANNED)
    build.keep(partition, "planned", table)
    return rejections.report("planned", table.num_rows, said, start)


_JUDGED = pa.schema([(n, pa.string()) for n in ("detail", "traces", "answers")])


def judged(build: CurationBuild, partition: str) -> Report:
    """Have questions of plans judged, where the model file names a judge, and traces written.

    Raises:
        ModelError: Questions stay unanswered: the next run goes on.
    """
    start = time.monotonic()
    table = build.table(partition, "planned")
    rows = [r for r in table.to_pylist() if not r[rejections.REASON]]
    plans = {r["key"]: Plan.model_validate_json(r["plan"]) for r in rows}
    asked = {k: records.questions(build.name, k, p) for k, p in plans.items()}
    name = f"{build.name}-{partition}"
    refused, used = _refused(build, rows, asked, name)
    traced = _traced(build, rows, plans, asked, refused, used, name)
    cells: list[Row] = []
    for r in table.to_pylist():
        key = r["key"]
        # The plan comes first, then what is asked of it.
        of = [None, *(None if x is None else to_dict(x) for x in refused.get(key, ()))]
        answers = {*json.loads(r["asked"]), *used.get(key, ())}
        cells.append(
            {
                "detail": canonical(of if key in plans else []),
                "traces": canonical(traced.get(key, {})),
                "answers": canonical(sorted(answers)),
            }
        )
    table = rejections.with_columns(table.drop_columns(["asked"]), cells, _JUDGED)
    build.keep(partition, "judged", table)
    return rejections.report("judged", table.num_rows, rejections.verdicts(table), start)


def _refused(
    build: CurationBuild, rows: list[PlannedClip], asked: dict[str, list[Asked]], name: str
) -> tuple[dict[str, list[Rejection | None]], dict[str, list[str]]]:
    """Return, by clip, why each question does not enter, and what a judge answered."""
    if build.model is None or build.model.judge is None:
        return {k: [None] * len(of) for k, of in asked.items()}, {}
    with build.asking(build.model.judge) as (client, model):
        how = build.recipe["judging"]
        return judge.verdicts(client, model, how, build.folder, rows, asked, name)


def _traced(
    build: CurationBuild,
    rows: list[PlannedClip],
    plans: dict[str, Plan],
    asked: dict[str, list[Asked]],
    refused: dict[str, list[Rejection | None]],
    used: dict[str, list[str]],
    name: str,
) -> dict[str, dict[str, str]]:
    """Return, by clip, traces by the number of their question; refuse what has none that holds.

    Changes `refused` and adds to `used`. Nothing where none are asked for.
    """
    if not build.recipe["traces"]:
        return {}
    left = {k: {n: a for n, a in enumerate(of) if refused[k][n] is None} for k, of in asked.items()}
    with build.asking() as (client, _):
        found, keys = write_traces.traces(client, build.folder, rows, plans, left, name)
    for k, of in found.items():
        used.setdefault(k, []).extend(keys[k])
        for n, t in of.items():
            refused[k][n] = t.rejection
    return {k: {str(n): t.text for n, t in of.items() if t.text} for k, of in found.items()}


def _recorded(build: CurationBuild) -> Recorded:
    """Return how clips with plans become records."""
    fps = int(build.recipe["fps"])
    return records.plans(build.name, build.folder, fps, write_plans.VERSION)


STEPS = video_steps.steps(
    (
        Step("planned", "A plan of each clip, by a model, in four stages that hold together.",
             planned, frozenset({"python"}), "clip", None, ("captions",)),
        Step("judged", "Questions of each plan: those that a judge accepted, if one is named, "
             "with reasoning traces that keep their contract.", judged, frozenset({"python"}),
             "clip", None, ("captions",)),
    ),
    _recorded,
)  # fmt: skip
FAMILY = video_steps.FAMILY._replace(rules=rules, check=check)
