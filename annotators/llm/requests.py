"""What is asked of a model, where, and what comes back."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel

from corpuswright.storage.keys import sha256

_TEMPLATES = Path(__file__).parent / "templates"
Status = Literal["ok", "repaired", "resampled", "failed", "unanswered"]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a model is, what it may be asked and what it costs.

    Attributes:
        base_url: Up to and with `/v1`.
        model: As the endpoint calls it.
        key_variable: Environment variable that holds the API key; the key itself is never stored.
        concurrency: Requests in flight.
        requests_per_minute: Rate limit of this process, None for none.
        tokens_per_minute: As above.
        timeout_s: Of one request.
        price_in: Of a million prompt tokens, in any one currency.
        price_out: Of a million completion tokens.
        max_tokens: Of one completion.
        takes_images: Whether images are sent along.
        image_tokens: The most that one image counts for.
        limit_name: What the endpoint calls `max_tokens`.
        samples: Whether it takes `temperature` and `seed`; models that reason refuse them.
    """

    base_url: str
    model: str
    key_variable: str = "OPENAI_API_KEY"
    concurrency: int = 16
    requests_per_minute: float | None = None
    tokens_per_minute: float | None = None
    timeout_s: float = 120.0
    price_in: float = 0.0
    price_out: float = 0.0
    max_tokens: int = 1024
    takes_images: bool = True
    image_tokens: int = 2_000
    limit_name: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    samples: bool = True


@dataclass(frozen=True, slots=True)
class Prompt:
    """A document that says what is wanted; its hash is part of every answer's origin."""

    name: str
    text: str

    @property
    def sha256(self) -> str:
        """Hash of the text."""
        return sha256(self.text)


def template(name: str) -> Prompt:
    """Return a document that ships: `templates/<name>.md`."""
    return Prompt(name, (_TEMPLATES / f"{name}.md").read_text("utf-8"))


@dataclass(frozen=True, slots=True)
class Question:
    """One thing to ask.

    Attributes:
        id: The asker's own name for it.
        prompt: Sent as the system message.
        text: Sent as the user's message.
        schema: What the answer must be; its validators may check it against the ground truth.
        images: PNG or JPEG files, sent along where the endpoint takes images.
        temperature: 0 for the likeliest answer.
        seed: Passed on; another seed is another question.
    """

    id: str
    prompt: Prompt
    text: str
    schema: type[BaseModel]
    images: tuple[bytes, ...] = ()
    temperature: float = 0.0
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """How a question ended: `value` is there unless it failed or is unanswered."""

    id: str
    key: str
    status: Status
    value: BaseModel | None = None
    reason: str = ""
    calls: int = 0
