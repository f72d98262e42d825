"""Other words for kept tasks: asked of a model, read back blind, and only then part of a sample.

Answers are kept in the store's ledger, so this step is nothing but questions: it can be killed and
repeated, is paid for once, and what enters a shard is worked out from the answers alone. A question
that got no answer (a budget is spent, the endpoint is down) stops the build; the next goes on.
"""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, TypeVar, cast

from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from corpuswright.annotators.llm import client as llm_client
from corpuswright.annotators.llm.client import Client
from corpuswright.annotators.llm.ledger import Budget, Ledger
from corpuswright.annotators.llm.requests import Answer, Endpoint, Prompt, Question
from corpuswright.annotators.rewriting import proposed_tasks, rewording
from corpuswright.assets.builds import progress
from corpuswright.assets.synthesis.outcomes import Judged, Words
from corpuswright.quality.execution import proposed_tasks as execution_proposed_tasks
from corpuswright.quality.execution import reworded as execution_reworded
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

T = TypeVar("T")

LEDGER = "models.db"
FIRST_INVENTED = 100 - proposed_tasks.MOST  # number of a scene's first task that a model made up
# Tasks worked on at a time: their images are in memory meanwhile (4 MB each at most).
CHUNK = 64


class ModelError(RuntimeError):
    """A model file makes no sense, or questions are left unanswered; the message says which."""


class _Limits(BaseModel, extra="forbid"):
    """What may be spent on one corpus, by all runs together."""

    calls: Annotated[int, Field(gt=0)] | None = None
    tokens: Annotated[int, Field(gt=0)] | None = None
    cost: Annotated[float, Field(gt=0)] | None = None


_INVENT: TypeAdapter[int] = TypeAdapter(Annotated[int, Field(ge=0, le=proposed_tasks.MOST)])


@dataclass(frozen=True, slots=True)
class Model:
    """What a model file says: whom to ask, what may be spent, and for what.

    `styles` are those of a task in other words, `invent` is how many tasks of its own a model is
    asked for on each scene of a working application (assets.synthesis.proposed_tasks). `mode` is
    `replay` to send
    nothing: an answer that is not on record is an error. `batch` is a folder: questions about
    images are written there as OpenAI Batch files, and answers read from there. `judge` is another
    model, which judges what this one wrote.
    """

    endpoint: Endpoint
    limits: Mapping[str, Any]
    styles: tuple[str, ...]
    invent: int = 0
    mode: Literal["live", "replay"] = "live"
    batch: str | None = None
    judge: Model | None = None

    def plan_part(self) -> Json:
        """Return what of a model decides bytes; its address and its price do not."""
        return {
            "name": self.endpoint.model,
            "max_tokens": self.endpoint.max_tokens,
            "takes_images": self.endpoint.takes_images,
            "prompts": [rewording.WORDING.sha256, rewording.RESOLVING.sha256],
            "styles": list(self.styles),
            "version": rewording.VERSION * 1000 + execution_reworded.VERSION,
            **(
                {
                    "invent": self.invent,
                    "inventing": proposed_tasks.INVENTING.sha256,
                    "inventing_version": proposed_tasks.VERSION * 1000
                    + execution_proposed_tasks.VERSION,
                }
                if self.invent
                else {}
            ),
        }


def load(path: Path | str, mode: Literal["live", "replay"] = "live", judges: bool = True) -> Model:
    """Read a model file: JSON with the fields of `Endpoint`, `budget`, `styles`, `invent`, `batch`.

    `judge` names another such file, beside it; one that is read as a judge's (not `judges`) may
    have none of its own.

    Raises:
        ModelError: It cannot be read, or a field makes no sense.
    """
    try:
        plain = json.loads(Path(path).read_text("utf-8"))
        if not isinstance(plain, dict):
            raise ValueError("expected an object")
        fields = cast(dict[str, Any], plain)
        styles = tuple(fields.pop("styles", rewording.STYLES))
        invent = _INVENT.validate_python(fields.pop("invent", 0))
        batch = fields.pop("batch", None)
        if batch is not None:
            batch = str((Path(path).parent / str(batch)).resolve())
        judge = fields.pop("judge", None)
        limits = _Limits.model_validate(fields.pop("budget", {})).model_dump()
        known = {f.name for f in dataclasses.fields(Endpoint)}
        if unknown := sorted(set(fields) - known):
            raise ValueError(
                f"unknown {unknown}; expected {sorted(known)}, batch, budget, invent, judge, styles"
            )
        if unknown := sorted(set(styles) - set(rewording.STYLES)):
            raise ValueError(f"styles: unknown {unknown}; expected {list(rewording.STYLES)}")
        endpoint = TypeAdapter(Endpoint).validate_python(fields)
    except (OSError, ValueError, ValidationError) as error:
        raise ModelError(f"--model {path}: {str(error)[:300]}") from None
    if judge is None:
        return Model(endpoint, limits, styles, invent, mode, batch)
    if not judges:
        raise ModelError(f"--model {path}: judge: expected none in the file of a judge")
    other = load((Path(path).parent / str(judge)).resolve(), mode, judges=False)
    if other.endpoint.model == endpoint.model:
        raise ModelError(
            f"--model {path}: judge: expected another model than the one that writes, saw "
            f"{endpoint.model!r} twice"
        )
    return Model(endpoint, limits, styles, invent, mode, batch, other)


def client(store: Path, corpus: str, model: Model) -> Client:
    """Return the client that asks for a corpus, over the store's own ledger."""
    budget = Budget(corpus, **dict(model.limits))
    ledger = Ledger(f"sqlite:///{store / LEDGER}")
    # What has failed has failed: asked again, the same plan could come out as other bytes.
    return Client(model.endpoint, ledger, budget, model.mode, retry_failed=False)


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
                number = len(j.tasks) + i * len(rewording.STYLES)
                if number + len(rewording.STYLES) > FIRST_INVENTED:
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


def written(asking: Client, model: Model, pair: Pair) -> Words:
    """Return what a model's words for a task are worth; all its answers must be on record."""
    replay = dataclasses.replace(asking, mode="replay")
    task, out = pair.task, Words([], [], {}, [])
    keys = {s: task_key(task.key[:-3], pair.number + i) for i, s in enumerate(rewording.STYLES)}
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
    steps = cast(rewording.Reading, answer.value).actions
    return execution_reworded.read_back(pair.scene, pair.task, steps)


def _keeps_to(pair: Pair, style: str, text: str) -> Rejection | None:
    """Reject a text whose form alone shows that it says something else."""
    if style == "thought":
        return execution_reworded.thought(pair.scene, pair.task, text)
    return execution_reworded.sentence(pair.task, text, vague=style == "vague")


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


def answers_of(asking: Client, questions: Sequence[Question], name: str) -> dict[str, Answer]:
    """Return the answers by question; each text is asked about once, whoever says it.

    Raises:
        ModelError: Some stay unanswered: the next run goes on.
    """
    keys = {q.id: asking.key_of(q) for q in questions}
    first = {keys[q.id]: q for q in reversed(questions)}

    async def collect() -> dict[str, Answer]:
        return {a.key: a async for a in asking.answers(first.values())}

    found = llm_client.run(collect())
    unanswered = Counter(a.reason for a in found.values() if a.status == "unanswered")
    if unanswered:
        raise ModelError(
            f"{name}: {unanswered.total()} questions are unanswered: "
            f"{', '.join(f'{n} {_WHY.get(r, r)}' for r, n in sorted(unanswered.items()))}; "
            "nothing is lost, the same command goes on"
        )
    return {id_: found[key] for id_, key in keys.items()}


def decides(model: Model, prompts: Sequence[Prompt], version: int) -> Json:
    """Return what of a model decides its answers; its address and its price do not.

    Args:
        model: Whom is asked.
        prompts: All that it is asked by.
        version: Of what is made of the answers.
    """
    return {
        "name": model.endpoint.model,
        "max_tokens": model.endpoint.max_tokens,
        "prompts": [p.sha256 for p in prompts],
        "version": version,
    }


def wants_images(model: Model, name: str) -> None:
    """Raise ModelError if a model takes no images."""
    if not model.endpoint.takes_images:
        raise ModelError(
            f"{name}: expected a model that takes images, saw takes_images: false in the file of "
            f"{model.endpoint.model!r}: name another model there"
        )


_WHY = {
    "budget_spent": "because the budget is spent (raise it in the model file)",
    "endpoint_unavailable": "because the endpoint failed each time (wait for it)",
}


def chunks(things: Iterable[T]) -> Iterator[list[T]]:
    """Yield what is asked about in turn, CHUNK at a time."""
    chunk: list[T] = []
    for thing in things:
        chunk.append(thing)
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def is_asked(asking: Client, pair: Pair) -> bool:
    """Say whether there are words for a task on record, or nothing to ask about it."""
    return not _readable(pair) or asking.is_answered(asking.key_of(_wording(pair)))


def of_partition(
    store: Path, asking: Client, model: Model, found: Sequence[Judged]
) -> dict[str, list[Words]]:
    """Return what a model's words are worth, by sample's key; all answers must be on record."""
    out: dict[str, list[Words]] = {}
    for pair in pairs_of(store, found, model.endpoint.takes_images):
        out.setdefault(pair.task.key[:-3], []).append(written(asking, model, pair))
    return out
