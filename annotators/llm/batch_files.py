"""Questions as an OpenAI Batch file: answers come hours later at half the price.

The file is JSON lines that the Batch API, vLLM's `run-batch` and others take; a line's `custom_id`
is the question's key, so answers come in any order, in parts, and read twice they count once. What
is not answered, or not validly, is asked by the live client, which corrects and tries afresh.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from pydantic import ValidationError

from corpuswright.annotators.llm.client import Client
from corpuswright.annotators.llm.requests import Question
from corpuswright.storage.records import canonical

PATH = "/v1/chat/completions"


class BatchError(ValueError):
    """A line of an answer file cannot be read; the message says which."""


def write(client: Client, questions: Iterable[Question]) -> Iterator[str]:
    """Yield a line for every question that has no answer yet, as far as the budget goes.

    Each line's most is taken from the budget at once; reading its answer gives back the rest.
    """
    for question in questions:
        key = client.key_of(question)
        if client.is_answered(key) or client.ledger.in_flight(key) is not None:
            continue
        if client.open_call(question) is None:
            return
        yield line(client, question)


def line(client: Client, question: Question) -> str:
    """Return a question as a line of a batch file."""
    key, body = client.key_of(question), client.body(question)
    return canonical({"custom_id": key, "method": "POST", "url": PATH, "body": body}) + "\n"


def read(client: Client, questions: Iterable[Question], lines: Iterable[str]) -> dict[str, int]:
    """Store the valid answers of an answer file; return how many lines ended how.

    Endings are `ok`, why there is no answer, `unknown` for a key that no question has and `read`
    for one whose answer was read before.

    Raises:
        BatchError: A line is not one of a batch's answers.
    """
    by_key = {client.key_of(q): q for q in questions}
    endings: dict[str, int] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            plain: dict[str, Any] = json.loads(line)
            key = str(plain["custom_id"])
            ending = _read_one(client, by_key.get(key), key, plain)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise BatchError(
                f"line {number}: expected a batch's answer, saw "
                f"{client.safe(line)[:80]!r} ({client.safe(str(error))[:200]})"
            ) from None
        endings[ending] = endings.get(ending, 0) + 1
    return endings


def _read_one(client: Client, question: Question | None, key: str, plain: dict[str, Any]) -> str:
    if question is None:
        return "unknown"
    call = client.ledger.in_flight(key)
    if call is None:
        return "read"
    response = plain.get("response") or {}
    if plain.get("error") or response.get("status_code") != 200:
        code = response.get("status_code")
        ending = f"http_{code if isinstance(code, int) else 'none'}"
        client.ledger.close_call(call, ending, seconds=0.0, tokens=0, cost=0.0)
        return ending
    from openai.types.chat import ChatCompletion  # a second to load

    try:
        made = ChatCompletion.model_validate(response["body"])
    except ValidationError:
        client.ledger.close_call(call, "no_completion", seconds=0.0)
        return "no_completion"
    return client.take(call, question, made)
