"""What an endpoint says of usage, and of keys, is not taken as it comes."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import BaseModel

from corpuswright.annotators.llm import client as llm_client
from corpuswright.annotators.llm import wire
from corpuswright.annotators.llm.client import EndpointError
from corpuswright.annotators.llm.requests import Endpoint, Prompt, Question
from corpuswright.storage.secrets import Secrets
from tests.annotators.llm.test_client import Colour, client, questions, until
from tests.fixtures import scripted_answers
from tests.storage.test_secrets import ENCODINGS, KEYS


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(llm_client, "FIRST_WAIT_S", 0.005)


class Spoken(BaseModel):
    row: int
    colour: str


def completion(**usage: Any) -> Any:
    message = SimpleNamespace(content="x" * 30)
    return SimpleNamespace(
        choices=[SimpleNamespace(message=message)],
        usage=SimpleNamespace(**usage) if usage else None,
    )


@pytest.mark.parametrize(
    ("usage", "tokens", "doubt"),
    [
        ({"prompt_tokens": 40, "completion_tokens": 9, "total_tokens": 49}, 49, ""),
        ({"prompt_tokens": 40, "completion_tokens": 9, "total_tokens": 80}, 80, ""),  # thoughts
        ({"prompt_tokens": -40, "completion_tokens": 9, "total_tokens": -31}, 40, "cannot be"),
        ({"prompt_tokens": 40, "completion_tokens": -9, "total_tokens": 31}, 40, "cannot be"),
        ({"prompt_tokens": 40, "completion_tokens": 9, "total_tokens": 0}, 40, "cannot be"),
        ({"prompt_tokens": None, "completion_tokens": None, "total_tokens": None}, 40, "cannot be"),
        ({"prompt_tokens": 40, "completion_tokens": 9}, 40, "cannot be"),
        ({"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}, 40, "cannot be"),
        ({"prompt_tokens": "sk-key", "completion_tokens": 1, "total_tokens": 2}, 40, "cannot be"),
        ({}, 40, "cannot be"),
        ({"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 10**12}, 254, "more than"),
    ],
)
def test_usage_that_cannot_be_is_counted_by_us(usage: dict[str, Any], tokens: int, doubt: str):
    endpoint = Endpoint("http://127.0.0.1/v1", "tiny", max_tokens=132, price_in=1.0, price_out=1.0)
    question = Question("a", Prompt("p", "s" * 45), "t" * 45, Colour)
    sent = wire.messages(endpoint, question)
    used, said = wire.used(endpoint, question, sent, completion(**usage))
    assert used["tokens"] == tokens and used["cost"] == pytest.approx(tokens / 1e6)
    assert doubt in said and bool(doubt) == bool(said)


def test_no_byte_of_what_is_kept_holds_the_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    """Errors and answers repeat the key in each encoding: the store, the log and errors do not."""
    keys = [k for k in KEYS if k.isascii() and k.strip() == k]  # what a header takes
    for number, (name, encoded) in enumerate(ENCODINGS.items()):
        key = keys[number % len(keys)]
        monkeypatch.setenv("TEST_MODEL_KEY", key)
        folder = tmp_path / str(number)
        folder.mkdir()

        def reply(body: dict[str, Any], said: str = encoded(key)) -> dict[str, Any]:
            return {"row": 1, "colour": said}

        with scripted_answers.serve(reply) as (url, _):
            asked = client(url.replace("//", "//ada:pass-word-1@"), folder)
            (answer,) = asked.ask([replace(q, schema=Spoken) for q in questions([1])])
        assert answer.value is None and answer.reason == "repeats_a_secret", name

        def refuse(body: dict[str, Any], said: str = encoded(key)) -> tuple[int, str]:
            return (401, f'{{"error": {{"message": {json.dumps("wrong key " + said)}}}}}')

        with scripted_answers.serve(refuse) as (url, _), pytest.raises(EndpointError) as told:
            client(url.replace("//", "//ada:pass-word-1@"), folder).ask(questions([2]))
        kept = b"".join(p.read_bytes() for p in folder.rglob("*") if p.is_file())
        for text in (kept.decode("latin-1"), caplog.text, str(answer), str(told.value)):
            assert not Secrets((key, "pass-word-1")).hold(text), (name, key)
            assert encoded(key) not in text


def test_a_question_that_fails_for_good_is_counted_and_the_others_are_answered(tmp_path: Path):
    late, tries = threading.Event(), 0

    def reply(body: dict[str, Any]) -> dict[str, Any] | tuple[int, str]:
        nonlocal tries
        if scripted_answers.text_of(body) == "row 3":
            tries += 1
            if tries == llm_client.TRIES - 1:
                late.set()
            if tries == llm_client.TRIES:  # one other has been answered since the last refusals
                until(lambda: mine.ledger.endings("test").get("ok") == 39)
            return 500, '{"error": {"message": "cannot parse that"}}'
        if scripted_answers.text_of(body) == "row 39":
            assert late.wait(60)
        return {"row": 1, "colour": "red"}

    with scripted_answers.serve(reply) as (url, asked):
        mine = client(url, tmp_path, concurrency=2, timeout_s=60.0)
        found = {a.id: a for a in mine.ask(questions(range(40)))}
    failed = found.pop("r3")
    assert (failed.status, failed.reason) == ("failed", "http_500")
    assert all(a.status == "ok" for a in found.values()) and asked["row 3"] == llm_client.TRIES


def test_an_endpoint_that_is_down_is_nobody_s_fault(tmp_path: Path):
    with scripted_answers.serve(lambda body: (503, "down")) as (url, _):
        found = client(url, tmp_path).ask(questions(range(3)))
    assert {(a.status, a.reason) for a in found} == {("unanswered", "endpoint_unavailable")}
