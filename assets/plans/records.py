"""What a Spark task makes of a row with a plan: clip, and the four stages as the paper's files.

Workers load this module and nothing that only the driver needs.
"""

from __future__ import annotations

import functools
import json
from pathlib import Path

from pydantic import JsonValue

from corpuswright.annotators.plans import questions as plan_questions
from corpuswright.annotators.plans.questions import Asked
from corpuswright.annotators.plans.schema import Plan
from corpuswright.assets.curation.shard_writer import Recorded
from corpuswright.assets.plans.rows import JudgedClip
from corpuswright.assets.video import records
from corpuswright.storage import keys, samples
from corpuswright.storage.keys import task_key
from corpuswright.storage.media import clips
from corpuswright.storage.records import Annotation, Origin, Scene, Task, canonical
from corpuswright.storage.shards import webdataset

VERSION = 3  # bump when a record is written in another way
COLUMNS = [*records.COLUMNS, "plan", "model", "prompt", "detail", "traces"]
KIND = "plan"
# Causal-Plan's files, by the stage whose JSON they are.
FILES = {
    "draft": "draft_plan.json",
    "segments": "step_segments.json",
    "key_frames": "causal_plan_with_keyframes.json",
    "atomic": "atomic_plan_with_clips.json",
}


def plans(corpus: str, folder: Path, fps: int, version: int) -> Recorded:
    """Return how clips with plans become records; `folder` has the packs."""
    entry = functools.partial(_entry, corpus, folder, fps, version)
    versions = (VERSION, records.VERSION, plan_questions.VERSION, version)
    return Recorded(COLUMNS, versions, entry)


def questions(corpus: str, key: str, plan: Plan) -> list[Asked]:
    """Return what is asked of a clip with a plan: one of each of the twenty that has an answer."""
    return plan_questions.chosen(plan, keys.generator(corpus, "text", plan_questions.VERSION, key))


def _entry(corpus: str, folder: Path, fps: int, version: int, row: JudgedClip) -> webdataset.Entry:
    number, files = records.pictures(folder, row)
    plan = Plan.model_validate_json(row["plan"])
    origin = Origin("plan_words", version, row["model"], row["prompt"])
    state: dict[str, JsonValue] = {"frames": number, "fps": fps, "things": []}
    scene = Scene((row["wide"], row["high"]), (1.0, 1.0), (), {"clip": state})
    key, goal = task_key(row["key"], 0), plan.draft.high_level_goal
    steps = [
        Annotation(
            f"{key}-{s.step_id}",
            "step",
            (),
            s.step_goal,
            origin,
            {"start": t.start_frame_index, "end": t.end_frame_index},
        )
        for s, t in zip(plan.draft.steps, plan.segments.steps, strict=True)
    ]
    tasks = [Task(key, KIND, (), goal, "model", (), (), origin)]
    traces = json.loads(row["traces"])
    own = Origin("plan_tasks", plan_questions.VERSION, row["model"], row["prompt"])
    for n, (asked, refused) in enumerate(
        zip(questions(corpus, row["key"], plan), json.loads(row["detail"])[1:], strict=True), 1
    ):
        if refused is None:
            # Apart from the answer: who trains without it has not to cut it off.
            traced = traces.get(str(n - 1))
            holds = {**asked.expected(), **({"trace": traced} if traced else {})}
            tasks.append(
                Task(
                    task_key(row["key"], n),
                    asked.kind.slug,
                    (),
                    asked.question,
                    "model",
                    (),
                    (),
                    own,
                    holds,
                )
            )
    plain = json.loads(row["plan"])
    files |= {name: canonical(plain[stage]).encode() for stage, name in FILES.items()}
    files |= {
        "json": samples.write(records.spec(corpus, row), scene, tasks, steps),
        "tracks.npz": clips.packed(clips.no_things(number)),
    }
    return webdataset.Entry(row["key"], len(tasks), files)
