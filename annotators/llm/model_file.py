"""The file that names a model, and questions put to that model in order."""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, cast

from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from corpuswright.annotators.llm import client as llm_client
from corpuswright.annotators.llm.client import Client
from corpuswright.annotators.llm.ledger import Budget, Ledger
from corpuswright.annotators.llm.requests import Answer, Endpoint, Prompt, Question
from corpuswright.storage.records import Json

T = TypeVar("T")

LEDGER = "models.db"  # of a store: what was answered and spent
STYLES = ("direct", "first_person", "vague")
# Tasks of a scene that can be asked for: keys have no room for more beside other words.
MOST_PROPOSED = 4
_WHY = {
    "budget_spent": "because the budget is spent (raise it in the model file)",
    "endpoint_unavailable": "because the endpoint failed each time (wait for it)",
}
# Tasks worked on at a time: their images are in memory meanwhile (4 MB each at most).
CHUNK = 64

_EXPECTED = 'JSON such as {"base_url": "http://localhost:8000/v1", "model": "name"}'


class ModelError(RuntimeError):
    """A model file makes no sense, or questions are left unanswered; the message says which."""


class _Limits(BaseModel, extra="forbid"):
    """What may be spent on one corpus, by all runs together."""

    calls: Annotated[int, Field(gt=0)] | None = None
    tokens: Annotated[int, Field(gt=0)] | None = None
    cost: Annotated[float, Field(gt=0)] | None = None


_INVENT: TypeAdapter[int] = TypeAdapter(Annotated[int, Field(ge=0, le=MOST_PROPOSED)])


@dataclass(frozen=True, slots=True)
class Model:
    """What a model file says: whom to ask, what may be spent, and for what.

    `styles` are those of a task in other words, `invent` is how many tasks of its own a model is
    asked for on each scene of a working application. `mode` is `replay` to send nothing: an answer
    that is not on record is an error. `batch` is a folder: questions about
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
            raise ValueError(f"expected {_EXPECTED}")
        fields = cast(dict[str, Any], plain)
        styles = tuple(fields.pop("styles", STYLES))
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
        if unknown := sorted(set(styles) - set(STYLES)):
            raise ValueError(f"styles: unknown {unknown}; expected {list(STYLES)}")
        endpoint = TypeAdapter(Endpoint).validate_python(fields)
    except (OSError, ValueError, ValidationError) as error:
        raise ModelError(f"--model {path}: {_told(error)[:400]}") from None
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


def _told(error: Exception) -> str:
    """Return what is wrong with a model file in one line, and what was expected."""
    if isinstance(error, OSError):
        return f"expected a file that can be read: {error.strerror}"
    if isinstance(error, UnicodeDecodeError):
        return f"expected {_EXPECTED}, saw bytes that are no UTF-8"
    if isinstance(error, json.JSONDecodeError):
        place = f"line {error.lineno}, column {error.colno}"
        return f"expected {_EXPECTED}; at {place} it is no JSON: {error.msg}"
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"])) or "a value"
        # What stands in the file is not shown: a key could be among it.
        return f"{field}: {first['msg']}"
    return str(error)


def client(store: Path, corpus: str, model: Model) -> Client:
    """Return the client that asks for a corpus, over the store's own ledger."""
    budget = Budget(corpus, **dict(model.limits))
    ledger = Ledger(f"sqlite:///{store / LEDGER}")
    # What has failed has failed: asked again, the same plan could come out as other bytes.
    return Client(model.endpoint, ledger, budget, model.mode, retry_failed=False)


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
