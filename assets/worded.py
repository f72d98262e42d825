"""Other words for kept tasks: asked of a model, read back blind, and only then part of a sample.

Answers are kept in the store's ledger, so this step is nothing but questions: it can be killed and
repeated, is paid for once, and what enters a shard is worked out from the answers alone. A question
that got no answer (a budget is spent, the endpoint is down) stops the build; the next goes on.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, cast

from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from corpuswright.annotators import wording
from corpuswright.annotators.ledger import Budget, Ledger
from corpuswright.annotators.llm import Client
from corpuswright.annotators.questions import Answer, Endpoint, Question
from corpuswright.assets import progress
from corpuswright.assets.judged import Judged, Words
from corpuswright.quality import restated
from corpuswright.storage import packs
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

LEDGER = "models.db"
# Tasks worked on at a time: their images are in memory meanwhile (4 MB each at most).
CHUNK = 64


class ModelError(RuntimeError):
    """A model file makes no sense, or questions are left unanswered; the message says which."""


class _Limits(BaseModel, extra="forbid"):
    """What may be spent on a corpus, by all runs together."""

    calls: Annotated[int, Field(gt=0)] | None = None
    tokens: Annotated[int, Field(gt=0)] | None = None
    cost: Annotated[float, Field(gt=0)] | None = None


@dataclass(frozen=True, slots=True)
class Model:
    """What a model file says: whom to ask, what may be spent, and in which styles.

    `mode` is `replay` to send nothing: an answer that is not on record is an error.
    """

    endpoint: Endpoint
    limits: Mapping[str, Any]
    styles: tuple[str, ...]
    mode: Literal["live", "replay"] = "live"

    def plan_part(self) -> Json:
        """Return what of a model decides bytes; its address and its price do not."""
        return {
            "name": self.endpoint.model,
            "max_tokens": self.endpoint.max_tokens,
            "takes_images": self.endpoint.takes_images,
            "prompts": [wording.WORDING.sha256, wording.RESOLVING.sha256],
            "styles": list(self.styles),
            "version": wording.VERSION * 1000 + restated.VERSION,
        }


def load(path: Path | str, mode: Literal["live", "replay"] = "live") -> Model:
    """Read a model file: JSON with the fields of `Endpoint`, `budget` and `styles`.

    Raises:
        ModelError: It cannot be read, or a field makes no sense.
    """
    try:
        plain = json.loads(Path(path).read_text("utf-8"))
        if not isinstance(plain, dict):
            raise ValueError("expected an object")
        fields = cast(dict[str, Any], plain)
        styles = tuple(fields.pop("styles", wording.STYLES))
        limits = _Limits.model_validate(fields.pop("budget", {})).model_dump()
        known = {f.name for f in dataclasses.fields(Endpoint)}
        if unknown := sorted(set(fields) - known):
            raise ValueError(f"unknown {unknown}; expected {sorted(known)}, budget, styles")
        if unknown := sorted(set(styles) - set(wording.STYLES)):
            raise ValueError(f"styles: unknown {unknown}; expected {list(wording.STYLES)}")
        endpoint = TypeAdapter(Endpoint).validate_python(fields)
    except (OSError, ValueError, ValidationError) as error:
        raise ModelError(f"--model {path}: {str(error)[:300]}") from None
    return Model(endpoint, limits, styles, mode)


def client(store: Path, corpus: str, model: Model) -> Client:
    """Return the client that asks for a corpus, over the store's own ledger."""
    budget = Budget(corpus, **dict(model.limits))
    return Client(model.endpoint, Ledger(f"sqlite:///{store / LEDGER}"), budget, model.mode)


class Pair(NamedTuple):
    """A kept task on its scene; `number` is the first that its other versions may have."""

    task: Task
    scene: Scene
    images: tuple[bytes, ...]
    number: int


def pairs_of(store: Path, found: Iterable[Judged], images: bool) -> Iterator[Pair]:
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
                yield Pair(task, scene, picture, len(j.tasks) + i * len(wording.STYLES))


def ask(asking: Client, model: Model, pairs: Iterable[Pair], total: int, name: str) -> None:
    """Put all questions about tasks that are not on record.

    Raises:
        ModelError: Some stay unanswered.
        EndpointError: The endpoint refuses the key or the model.
        CassetteMiss: In replay.
    """
    reasons: dict[str, int] = {}
    with progress.bar(f"{name} words", total) as bar:
        for chunk in _chunks(pairs):
            reworded = _answers(asking, [_wording(p) for p in chunk], reasons)
            _answers(asking, [q for p in chunk for q in _readings(p, model, reworded)], reasons)
            bar.update(len(chunk))
    if reasons:
        raise ModelError(
            f"{name}: {sum(reasons.values())} questions are unanswered ({reasons}); nothing is "
            "lost, the same command goes on: raise the budget, or wait for the endpoint"
        )


def written(asking: Client, model: Model, pair: Pair) -> Words:
    """Return what a model's words for a task are worth; all its answers must be on record."""
    replay = dataclasses.replace(asking, mode="replay")
    task, out = pair.task, Words([], [], {}, [])
    (answer,) = replay.ask([_wording(pair)])
    out.answers.append(answer.key)
    sample = task.key[:-3]
    keys = {s: task_key(sample, pair.number + i) for i, s in enumerate(wording.STYLES)}
    if answer.value is None:
        why = Rejection("no_wording", answer.reason)
        out.rejected.update({keys[s]: why for s in model.styles})
        return out
    words = cast(wording.Wording, answer.value)
    origin = _origin(model, wording.WORDING.sha256)
    readings = {a.id: a for a in replay.ask(_readings(pair, model, {task.key: answer}))}
    out.answers.extend(a.key for a in readings.values())
    for style in model.styles:
        text = str(getattr(words, style))
        why = _why_not(pair, style, text, readings.get(f"{task.key} {style}"))
        if why is not None:
            out.rejected[keys[style]] = why
            continue
        said = {"key": keys[style], "text": text, "style": style, "origin": origin}
        out.tasks.append(dataclasses.replace(task, **said))
    if restated.thought(pair.scene, task, words.thought) is None:
        out.thoughts.append(Annotation(task.key, "thought", task.elements, words.thought, origin))
    return out


def _why_not(pair: Pair, style: str, text: str, answer: Answer | None) -> Rejection | None:
    if why := restated.sentence(pair.task, text, vague=style == "vague"):
        return why
    if text == pair.task.text:
        return Rejection("same_words", text[:80])
    if answer is None:
        return Rejection("scene_too_large_to_read_back", f"above {wording.MOST_ELEMENTS} elements")
    if answer.value is None:
        return Rejection("no_reading", answer.reason)
    steps = cast(wording.Reading, answer.value).actions
    return restated.read_back(pair.scene, pair.task, steps)


def _wording(pair: Pair) -> Question:
    return wording.wording(pair.scene, pair.task, pair.images)


def _readings(pair: Pair, model: Model, reworded: Mapping[str, Answer]) -> list[Question]:
    """Return the questions to the blind reader: only about sentences that keep to the task."""
    answer = reworded[pair.task.key]
    if answer.value is None or wording.listing(pair.scene) is None:
        return []
    return [
        wording.reading(pair.scene, pair.task, style, text, pair.images)
        for style in model.styles
        for text in [str(getattr(answer.value, style))]
        if restated.sentence(pair.task, text, vague=style == "vague") is None
    ]


def _answers(
    asking: Client, questions: Sequence[Question], reasons: dict[str, int]
) -> dict[str, Answer]:
    async def collect() -> dict[str, Answer]:
        return {a.id: a async for a in asking.answers(questions)}

    found = asyncio.run(collect())
    for answer in found.values():
        if answer.status == "unanswered":
            reasons[answer.reason] = reasons.get(answer.reason, 0) + 1
    return found


def _chunks(pairs: Iterable[Pair]) -> Iterator[list[Pair]]:
    chunk: list[Pair] = []
    for pair in pairs:
        chunk.append(pair)
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def of_partition(
    store: Path, asking: Client, model: Model, found: Sequence[Judged]
) -> dict[str, list[Words]]:
    """Return what a model's words are worth, by sample's key; all answers must be on record."""
    out: dict[str, list[Words]] = {}
    for pair in pairs_of(store, found, model.endpoint.takes_images):
        out.setdefault(pair.task.key[:-3], []).append(written(asking, model, pair))
    return out


def _origin(model: Model, prompt: str) -> Origin:
    return Origin("wording", wording.VERSION, model.endpoint.model, prompt)
