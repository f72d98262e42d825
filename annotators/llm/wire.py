"""Questions and completions as they go over the wire, in the chat-completions protocol."""

from __future__ import annotations

import base64
import functools
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from pydantic import BaseModel, ValidationError

from corpuswright.annotators.llm.requests import Endpoint, Question

BYTES = 3  # of text a token, where we count: English has 4, code and other scripts fewer
RESAMPLE_TEMPERATURE = 0.7  # of a fresh try where the first was greedy: the same would come again


class Reply(NamedTuple):
    """What one HTTP request brought: a value, or why there is none and the text there was."""

    value: BaseModel | None
    reason: str = ""
    text: str = ""


def body(
    endpoint: Endpoint, question: Question, messages: Sequence[Mapping[str, Any]], resampled: bool
) -> dict[str, Any]:
    """Return what is posted for a question."""
    posted: dict[str, Any] = {
        "model": endpoint.model,
        "messages": list(messages),
        endpoint.limit_name: endpoint.max_tokens,
        "response_format": {
            "type": "json_schema",
            "json_schema": {
                "name": question.schema.__name__,
                "schema": schema_of(question.schema),
                "strict": True,
            },
        },
    }
    if endpoint.samples:
        greedy = question.temperature == 0
        posted["temperature"] = (
            RESAMPLE_TEMPERATURE if resampled and greedy else question.temperature
        )
        posted["seed"] = question.seed + resampled
    return posted


def messages(endpoint: Endpoint, question: Question) -> list[Mapping[str, Any]]:
    """Return what is said: the document, then the question with its images, if any are sent."""
    content: Any = question.text
    images = question.images if endpoint.takes_images else ()
    if images:
        content = [{"type": "text", "text": question.text}]
        content += [{"type": "image_url", "image_url": {"url": data_url(i)}} for i in images]
    return [
        {"role": "system", "content": question.prompt.text},
        {"role": "user", "content": content},
    ]


def data_url(image: bytes) -> str:
    """Return an image (PNG, WebP, JPEG) as a data URL."""
    webp = image.startswith(b"RIFF") and image[8:12] == b"WEBP"
    kind = "png" if image.startswith(b"\x89PNG") else "webp" if webp else "jpeg"
    return f"data:image/{kind};base64,{base64.b64encode(image).decode()}"


@functools.cache
def schema_of(model: type[BaseModel]) -> dict[str, Any]:
    """Return the JSON schema of an answer."""
    return model.model_json_schema()


def read(question: Question, made: Any) -> Reply:
    """Return the validated value of a completion, or why there is none."""
    choices = getattr(made, "choices", None)
    first = choices[0] if isinstance(choices, list) and choices else None  # type: ignore[misc]
    message, finish = (getattr(first, n, None) for n in ("message", "finish_reason"))
    text = getattr(message, "content", None)
    if message is None or not isinstance(text, str | None):
        return Reply(None, "empty")  # clients pass on what is of no type that the protocol has
    text = (text or "").encode("utf-8", "replace").decode()  # JSON may hold half a character
    if finish == "content_filter" or getattr(message, "refusal", None):
        return Reply(None, "refused", text)
    if finish != "stop":
        return Reply(None, "truncated", text)
    try:
        return Reply(question.schema.model_validate_json(text))
    except ValidationError as error:
        broken = any(e["type"] == "json_invalid" for e in error.errors())
        return Reply(None, "invalid_json" if broken else "schema_violation", text)


def what_is_wrong(question: Question, text: str) -> list[Mapping[str, Any]]:
    """Return what is said to a model whose answer does not fit the schema."""
    lines: list[str] = []
    try:
        question.schema.model_validate_json(text)
    except ValidationError as error:
        for e in error.errors():
            lines.append(f"- {'.'.join(map(str, e['loc'])) or '(whole)'}: {e['msg']}")
    say = ["That answer cannot be used:", *lines, "Answer again, in full, as JSON."]
    return [
        {"role": "assistant", "content": text},
        {"role": "user", "content": "\n".join(say)},
    ]


def most_tokens(endpoint: Endpoint, messages: Sequence[Mapping[str, Any]]) -> int:
    """Return a bound: a token is at least one byte of text, and each message has a frame."""
    total = endpoint.max_tokens
    for message in messages:
        content = message["content"]
        parts = [{"type": "text", "text": content}] if isinstance(content, str) else content
        total += 16  # role and separators; chat templates use 3 to 8
        for part in parts:
            text = part.get("text")
            total += len(text.encode()) if text is not None else endpoint.image_tokens
    return total


def cost(endpoint: Endpoint, prompt: int, completion: int) -> float:
    """Return what tokens cost, in the currency of the endpoint's prices."""
    return (prompt * endpoint.price_in + completion * endpoint.price_out) / 1e6


def used(
    endpoint: Endpoint, question: Question, sent: Sequence[Mapping[str, Any]], made: Any
) -> tuple[dict[str, Any], str]:
    """Return tokens and cost of a completion, and why they are not what the endpoint says.

    What it says is taken where it can be: numbers of at least 0, and a total that is their sum, or
    that and thoughts it does not show (which are paid for as what it shows). More than the call can
    have used is cut to that; of what makes no sense tokens are counted by us, BYTES of text each.
    """
    said = read(question, made)
    text = said.text or (said.value.model_dump_json() if said.value is not None else "")
    usage = getattr(made, "usage", None)
    told = [getattr(usage, f"{n}_tokens", None) for n in ("prompt", "completion", "total")]
    most = most_tokens(endpoint, sent)
    match told:
        case [int(prompt), int(shown), int(total)] if (
            prompt > 0 and shown >= bool(text) and prompt + shown <= total
        ):
            doubt = ""
            if total > most:
                doubt = f"usage of {total} tokens is more than the call can have; counted {most}"
                prompt, total = min(prompt, most), most
        case _:
            seen = len(question.images) if endpoint.takes_images else 0
            images = seen * endpoint.image_tokens
            frames = 16 * len(sent)
            prompt = -(-(most - endpoint.max_tokens - images - frames) // BYTES) + images
            total = prompt - (-len(text.encode()) // BYTES)
            doubt = (
                f"usage of {told[0]} and {told[1]} tokens, {told[2]} in all, cannot be; counted "
                f"{prompt} and {total - prompt}"
            )
    return {"tokens": total, "cost": cost(endpoint, prompt, total - prompt)}, doubt
