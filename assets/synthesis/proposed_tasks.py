"""Tasks that a model makes up: asked for on each kept scene, read blind, performed, then kept.

Answers stand in the store's ledger, what became of performing them in the table `invented`; so this
too can be killed and repeated, and a shard is worked out from what is on record.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from corpuswright.annotators.llm import model_file
from corpuswright.annotators.llm.client import Client
from corpuswright.annotators.llm.model_file import Model
from corpuswright.annotators.llm.requests import Answer, Question
from corpuswright.annotators.rewriting import proposed_tasks, rewording
from corpuswright.assets.builds import progress
from corpuswright.assets.synthesis import rewording as synthesis_rewording
from corpuswright.assets.synthesis.outcomes import RewordedTasks, SceneOutcome
from corpuswright.quality.execution import perform
from corpuswright.quality.execution import proposed_tasks as execution_proposed_tasks
from corpuswright.quality.execution.proposed_tasks import Proposal
from corpuswright.storage.build_state import packs
from corpuswright.storage.build_state.stage_rows import StageRow
from corpuswright.storage.keys import sha256, task_key
from corpuswright.storage.records import (
    MediaRef,
    Origin,
    Rejection,
    Scene,
    Task,
    canonical,
    from_dict,
    from_json,
    to_dict,
)


class SceneToPropose(NamedTuple):
    """A kept scene to make up tasks for."""

    judged: SceneOutcome
    scene: Scene
    images: tuple[bytes, ...]

    @property
    def key(self) -> str:
        """The sample's key."""
        return self.judged.spec.key


def scenes_of(store: Path, found: Iterable[SceneOutcome], images: bool) -> Iterator[SceneToPropose]:
    """Yield the kept scenes of working applications that a model can be shown whole."""
    for j in found:
        if j.reason:
            continue
        body = json.loads(j.scene.body)
        scene = from_json(Scene, packs.read(store, from_dict(MediaRef, body["scene"])))
        if scene.state.get("app") is None or rewording.listing(scene) is None:
            continue
        (ref,) = body["media"].values()
        picture = (packs.read(store, from_dict(MediaRef, ref)),) if images else ()
        yield SceneToPropose(j, scene, picture)


def ask(
    asking: Client, model: Model, asked: Iterable[SceneToPropose], total: int, name: str
) -> None:
    """Put all questions that are not on record; raises as `rewording.ask`."""
    with progress.bar(f"{name} inventions", total) as bar:
        for chunk in model_file.chunks(asked):
            made = model_file.answers_of(asking, [_question(a, model) for a in chunk], name)
            model_file.answers_of(
                asking, [q for a in chunk for q in _readings(a, model, made[_id(a)])], name
            )
            bar.update(len(chunk))


def is_asked(asking: Client, model: Model, asked: SceneToPropose) -> bool:
    """Say whether a model's tasks for a scene are on record."""
    return asking.is_answered(asking.key_of(_question(asked, model)))


def proposals(
    asking: Client, model: Model, asked: SceneToPropose
) -> tuple[list[Proposal], dict[str, Rejection], list[str]]:
    """Return what is to be performed, what is not and why, and the answers it comes from."""
    replay = dataclasses.replace(asking, mode="replay")
    (answer,) = replay.ask([_question(asked, model)])
    readings = {a.id: a for a in replay.ask(_readings(asked, model, answer))}
    good: list[Proposal] = []
    bad: dict[str, Rejection] = {}
    for key, found, task in _tasks(asked, model, answer):
        if isinstance(task, Rejection):
            bad[key] = task
            continue
        steps = _steps(readings.get(f"{key} {task.style}"))
        reading = proposed_tasks.trace_of(asked.scene, steps or ())
        if steps is None:
            bad[key] = Rejection("no_reading", task.text[:80])
        elif isinstance(reading, Rejection):
            bad[key] = Rejection("reading_names_nothing", f"{reading.reason} {reading.value}"[:200])
        elif wrong := execution_proposed_tasks.alike(task, reading):
            bad[key] = wrong
        else:
            good.append(Proposal(task, tuple(found.changes), reading))
    return good, bad, [answer.key, *(a.key for a in readings.values())]


def unit(asked: SceneToPropose, wanted: Sequence[Proposal]) -> str:
    """Return the body of a unit for the workers: what is to be performed on which scene."""
    body = json.loads(asked.judged.scene.body)
    return canonical(
        {
            "spec": to_dict(asked.judged.spec),
            "scene": body["scene"],
            "media": body["media"],
            "proposals": [
                [to_dict(p.task), list(p.changes), [to_dict(a) for a in p.reading]] for p in wanted
            ],
        }
    )


def version(body: str) -> str:
    """Return the hash of what a row is made from: the scene's content and the proposals."""
    plain = json.loads(body)
    seen = [plain["scene"]["sha256"], [r["sha256"] for r in plain["media"].values()]]
    return sha256(
        canonical([seen, plain["proposals"], execution_proposed_tasks.VERSION, perform.VERSION])
    )


def of_partition(
    store: Path,
    asking: Client,
    model: Model,
    found: Sequence[SceneOutcome],
    rows: Mapping[str, StageRow],
) -> dict[str, RewordedTasks]:
    """Return what became of a model's own tasks, by sample; all answers must be on record."""
    out: dict[str, RewordedTasks] = {}
    for asked in scenes_of(store, found, model.endpoint.takes_images):
        good, bad, answers = proposals(asking, model, asked)
        row = rows.get(asked.key)
        plain: dict[str, Any] = json.loads(row.body) if row else {}
        made = RewordedTasks([], [], dict(bad), answers, plain.get("after", {}))
        for p in good:
            kind, end = plain.get("ends", {}).get(p.task.key, ("", None))
            if kind:
                made.tasks.append(from_dict(Task, end))
            elif end:
                made.rejected[p.task.key] = from_dict(Rejection, end)
            else:
                made.rejected[p.task.key] = Rejection(row.reason if row else "not_performed")
        out[asked.key] = made
    return out


def _id(asked: SceneToPropose) -> str:
    return f"{asked.key} invented"


def _question(asked: SceneToPropose, model: Model) -> Question:
    known = [t.text for t in asked.judged.tasks]
    return proposed_tasks.inventing(asked.scene, asked.key, known, model.invent, asked.images)


def _tasks(
    asked: SceneToPropose, model: Model, answer: Answer
) -> Iterator[tuple[str, proposed_tasks.Invented, Task | Rejection]]:
    if not isinstance(answer.value, proposed_tasks.Inventions):
        return
    origin = Origin(
        "inventing", proposed_tasks.VERSION, model.endpoint.model, proposed_tasks.INVENTING.sha256
    )
    had = {t.text for t in asked.judged.tasks}
    made = answer.value.tasks[: model.invent]
    for i, found in enumerate(made):
        key = task_key(asked.key, synthesis_rewording.FIRST_INVENTED + i)
        task = proposed_tasks.task_of(asked.scene, key, found, origin)
        if found.sentence in had:
            task = Rejection("same_words", found.sentence[:80])
        had.add(found.sentence)
        yield key, found, task


def _readings(asked: SceneToPropose, model: Model, answer: Answer) -> list[Question]:
    return [
        rewording.reading(asked.scene, task, task.style, task.text, asked.images)
        for _, _, task in _tasks(asked, model, answer)
        if isinstance(task, Task)
    ]


def _steps(answer: Answer | None) -> list[rewording.Step] | None:
    value = None if answer is None else answer.value
    return value.actions if isinstance(value, rewording.Reading) else None
