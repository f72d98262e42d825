"""Other words for kept tasks: asked of a model, read back blind, and only then part of a sample.

Answers are kept in the store's ledger, so this step is nothing but questions: it can be killed and
repeated, is paid for once, and what enters a shard is worked out from the answers alone. A question
that got no answer (a budget is spent, the endpoint is down) stops the build; the next goes on.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from corpuswright.annotators.llm import model_file
from corpuswright.annotators.llm.client import Client
from corpuswright.annotators.llm.model_file import Model, ModelError, answers_of, chunks
from corpuswright.annotators.llm.requests import Answer, Question
from corpuswright.annotators.rewriting import proposed_tasks, rewording
from corpuswright.assets.builds import progress
from corpuswright.assets.synthesis.outcomes import RewordedTasks, SceneOutcome
from corpuswright.quality.execution import proposed_tasks as performed_tasks
from corpuswright.quality.execution import reworded as read_back
from corpuswright.storage.build_state import packs
from corpuswright.storage.keys import task_key
from corpuswright.storage.records import (
    Annotation,
    Json,
    MediaRef,
    Origin,
    Rejection,
    Scene,
    Task,
    from_dict,
    from_json,
)

FIRST_INVENTED = (
    100 - model_file.MOST_PROPOSED
)  # number of a scene's first task that a model made up


def plan_part(model: Model) -> Json:
    """Return what of a model decides bytes; its address and its price do not."""
    part: Json = {
        "name": model.endpoint.model,
        "max_tokens": model.endpoint.max_tokens,
        "takes_images": model.endpoint.takes_images,
        "prompts": [rewording.WORDING.sha256, rewording.RESOLVING.sha256],
        "styles": list(model.styles),
        "version": rewording.VERSION * 1000 + read_back.VERSION,
    }
    if not model.invent:
        return part
    return {
        **part,
        "invent": model.invent,
        "inventing": proposed_tasks.INVENTING.sha256,
        "inventing_version": proposed_tasks.VERSION * 1000 + performed_tasks.VERSION,
    }


class Pair(NamedTuple):
    """A kept task on its scene; `number` is the first that its other versions may have."""

    task: Task
    scene: Scene
    images: tuple[bytes, ...]
    number: int


def pairs_of(store: Path, found: Iterable[SceneOutcome], images: bool) -> Iterator[Pair]:
    """Yield the kept tasks of kept samples, in order."""
    for j in found:
        if j.reason:
            continue
        body = json.loads(j.scene.body)
        scene = from_json(Scene, packs.read(store, from_dict(MediaRef, body["scene"])))
        (ref,) = body["media"].values()
        picture = (packs.read(store, from_dict(MediaRef, ref)),) if images else ()
        for i, task in enumerate(j.tasks):
            if not j.verdicts[task.key][0]:
                number = len(j.tasks) + i * len(model_file.STYLES)
                if number + len(model_file.STYLES) > FIRST_INVENTED:
                    raise ModelError(
                        f"{j.spec.key}: expected at most {FIRST_INVENTED // 4} tasks a scene, saw "
                        f"{len(j.tasks)}; keys have no room for other words of more"
                    )
                yield Pair(task, scene, picture, number)


def ask(asking: Client, model: Model, pairs: Iterable[Pair], total: int, name: str) -> None:
    """Put all questions about tasks that are not on record.

    Raises:
        ModelError: Some stay unanswered, or the endpoint refuses all of the first ones.
        EndpointError: The endpoint refuses the key or the model.
        CassetteMiss: In replay.
    """
    with progress.bar(f"{name} words", total) as bar:
        for number, chunk in enumerate(chunks(pairs)):
            reworded = answers_of(asking, [_wording(p) for p in chunk if _readable(p)], name)
            refused = {a.reason for a in reworded.values() if a.reason.startswith("http_4")}
            if number == 0 and reworded and all(a.reason in refused for a in reworded.values()):
                raise ModelError(
                    f"{name}: the endpoint refuses every question ({sorted(refused)}); does the "
                    "model take images? If not, say takes_images: false in the model file"
                )
            answers_of(asking, [q for p in chunk for q in _readings(p, model, reworded)], name)
            bar.update(len(chunk))


def written(asking: Client, model: Model, pair: Pair) -> RewordedTasks:
    """Return what a model's words for a task are worth; all its answers must be on record."""
    replay = dataclasses.replace(asking, mode="replay")
    task, out = pair.task, RewordedTasks([], [], {}, [])
    keys = {s: task_key(task.key[:-3], pair.number + i) for i, s in enumerate(model_file.STYLES)}
    if not _readable(pair):
        why = Rejection("scene_too_large_to_read_back", f"above {rewording.MOST_ELEMENTS} elements")
        out.rejected.update({keys[s]: why for s in model.styles})
        return out
    (answer,) = replay.ask([_wording(pair)])
    out.answers.append(answer.key)
    if answer.value is None:
        why = Rejection("no_wording", answer.reason)
        out.rejected.update({keys[s]: why for s in model.styles})
        return out
    origin = Origin("wording", rewording.VERSION, model.endpoint.model, rewording.WORDING.sha256)
    readings = {a.id: a for a in replay.ask(_readings(pair, model, {task.key: answer}))}
    out.answers.extend(a.key for a in readings.values())
    had = {task.text}
    for style, text in _texts(model, answer):
        why = _why_not(pair, style, text, readings.get(f"{task.key} {style}"))
        if style == "thought":
            if why is None:
                out.thoughts.append(Annotation(task.key, style, task.elements, text, origin))
            continue
        if why is None and text in had:
            why = Rejection("same_words", text[:80])
        if why is not None:
            out.rejected[keys[style]] = why
            continue
        had.add(text)
        said = {"key": keys[style], "text": text, "style": style, "origin": origin}
        out.tasks.append(dataclasses.replace(task, **said))
    return out


def _why_not(pair: Pair, style: str, text: str, answer: Answer | None) -> Rejection | None:
    if why := _keeps_to(pair, style, text):
        return why
    if answer is None or answer.value is None:
        return Rejection("no_reading", answer.reason if answer else "")
    assert isinstance(answer.value, rewording.Reading)
    return read_back.read_back(pair.scene, pair.task, answer.value.actions)


def _keeps_to(pair: Pair, style: str, text: str) -> Rejection | None:
    """Reject a text whose form alone shows that it says something else."""
    if style == "thought":
        return read_back.thought(pair.scene, pair.task, text)
    return read_back.sentence(pair.scene, pair.task, text, vague=style == "vague")


def _texts(model: Model, answer: Answer) -> list[tuple[str, str]]:
    """Return what a model has written for a task: sentences by style, and the thought."""
    return [(s, str(getattr(answer.value, s))) for s in (*model.styles, "thought")]


def _readable(pair: Pair) -> bool:
    """Say whether a reader can be given the whole scene: else there is no use in asking."""
    return rewording.listing(pair.scene) is not None


def _wording(pair: Pair) -> Question:
    return rewording.wording(pair.scene, pair.task, pair.images)


def _readings(pair: Pair, model: Model, reworded: Mapping[str, Answer]) -> list[Question]:
    """Return the questions to the blind reader: about texts that keep to the task."""
    answer = reworded.get(pair.task.key)
    if answer is None or answer.value is None:
        return []
    return [
        rewording.reading(pair.scene, pair.task, style, text, pair.images)
        for style, text in _texts(model, answer)
        if _keeps_to(pair, style, text) is None
    ]


def is_asked(asking: Client, pair: Pair) -> bool:
    """Say whether there are words for a task on record, or nothing to ask about it."""
    return not _readable(pair) or asking.is_answered(asking.key_of(_wording(pair)))


def of_partition(
    store: Path, asking: Client, model: Model, found: Sequence[SceneOutcome]
) -> dict[str, list[RewordedTasks]]:
    """Return what a model's words are worth, by sample's key; all answers must be on record."""
    out: dict[str, list[RewordedTasks]] = {}
    for pair in pairs_of(store, found, model.endpoint.takes_images):
        out.setdefault(pair.task.key[:-3], []).append(written(asking, model, pair))
    return out
