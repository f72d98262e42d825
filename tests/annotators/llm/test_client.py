"""The client for models, against a real server that misbehaves."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import pytest
from pydantic import BaseModel

from corpuswright.annotators.llm import batch_files, wire
from corpuswright.annotators.llm import client as llm_client
from corpuswright.annotators.llm.client import CassetteMiss, Client, EndpointError
from corpuswright.annotators.llm.ledger import Budget, Ledger
from corpuswright.annotators.llm.requests import Answer, Endpoint, Prompt, Question
from tests.fixtures.model_server import FAULTS, ModelServer, good, one_in, serve

SECRET = "sk-do-not-tell-anyone-4711"
PROMPT = Prompt("colours", "Say the row and its colour.")


class Colour(BaseModel):
    row: int
    colour: Literal["red", "green", "blue"]


def questions(rows: Iterable[int]) -> list[Question]:
    return [Question(f"r{n}", PROMPT, f"row {n}", Colour) for n in rows]


def client(url: str, store: Path, budget: Budget | None = None, **more: Any) -> Client:
    plain: dict[str, Any] = {"timeout_s": 1.5, "max_tokens": 100, "price_in": 1.0, "price_out": 4.0}
    endpoint = Endpoint(url, "tiny", "TEST_MODEL_KEY", **{**plain, **more})
    ledger = Ledger(f"sqlite:///{store / 'models.sqlite'}")
    return Client(endpoint, ledger, budget or Budget("test"))


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_MODEL_KEY", SECRET)
    monkeypatch.setattr(llm_client, "FIRST_WAIT_S", 0.02)


def values(answers: Iterable[Answer]) -> dict[str, Any]:
    return {a.id: a.value.model_dump() for a in answers if a.value is not None}


def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds; fail when it has not for a minute."""
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline, "it never came to hold"
        time.sleep(0.02)


def consistent(ledger: Ledger, server: ModelServer, budget: str = "test") -> None:
    """What the ledger counted is what the server saw, once it has seen what timed out unread.

    On a busy machine a call may time out before there is a connection: the server never sees it.
    """
    endings = ledger.endings(budget)
    counted = sum(endings.values())
    until(lambda: server.calls >= counted - endings.get("timeout", 0) and server.quiet())
    assert counted - endings.get("timeout", 0) <= server.calls <= counted
    assert counted == ledger.spent(budget).calls
    assert endings.get("ok", 0) == sum(server.answered.values())


def test_rows_through_every_fault_are_answered_once_each(tmp_path: Path):
    answered_once_each(tmp_path, 300)  # `make soak` has a thousand


def answered_once_each(tmp_path: Path, rows: int) -> None:
    never = (7, 77, 177)
    with serve(one_in(3, *FAULTS, always=never)) as server:
        asked = client(server.url, tmp_path)
        found = asked.ask(questions(range(rows)))
        assert [a.id for a in found] == [f"r{n}" for n in range(rows)]
        by_status = Counter(a.status for a in found)
        failed = {a.id: a.reason for a in found if a.status == "failed"}
        assert by_status["unanswered"] == 0 and by_status["repaired"] and by_status["resampled"]
        assert {f"r{n}" for n in never} <= set(failed)
        assert set(failed.values()) <= {"truncated", "refused", "schema_violation", "invalid_json"}
        right = {f"r{n}": good(n) for n in range(rows) if f"r{n}" not in failed}
        assert values(found) == right, "nothing lost, nothing in the place of an answer"
        assert set(server.faults) == {"", *FAULTS}
        consistent(asked.ledger, server)
        assert max(server.answered.values()) == 1
        # Once more: nothing is asked again but what failed.
        calls = server.calls
        again = asked.ask(questions(n for n in range(rows) if f"r{n}" not in failed))
        assert values(again) == right and server.calls == calls
        assert all(a.calls == 0 for a in again)


def test_replay_gives_the_same_answers_and_sends_nothing(tmp_path: Path):
    with serve(one_in(3, *FAULTS, always=(3,))) as server:
        asked = client(server.url, tmp_path)
        live = asked.ask(questions(range(60)))
        calls = server.calls
    cassette = asked.ledger.write_cassette([a.key for a in live])
    (tmp_path / "other").mkdir()
    player = client("http://127.0.0.1:9/v1", tmp_path / "other")
    player.ledger.read_cassette(cassette)
    player.mode = "replay"
    again = player.ask(questions(range(60)))
    assert calls == server.calls
    plain = [(a.id, a.key, a.status, a.value, a.reason) for a in live]
    assert [(a.id, a.key, a.status, a.value, a.reason) for a in again] == plain
    assert player.ledger.write_cassette([a.key for a in again]) == cassette
    assert SECRET not in cassette
    with pytest.raises(CassetteMiss, match="r60"):
        player.ask(questions([60]))


def test_no_secret_is_written_or_raised(tmp_path: Path):
    with serve(one_in(2, "429", "500")) as server:
        client(server.url, tmp_path).ask(questions(range(50)))
        assert server.faults["429"] and server.faults["500"]
    with serve(lambda row, number: "401") as server:
        with pytest.raises(EndpointError, match="401") as caught:
            client(server.url, tmp_path).ask(questions([999]))
        assert SECRET not in str(caught.value) and "***" in str(caught.value)
    files = [p for p in tmp_path.rglob("*") if p.is_file()]
    assert files and not any(SECRET.encode() in p.read_bytes() for p in files)


def test_everything_that_decides_an_answer_is_in_its_key(tmp_path: Path):
    class Other(BaseModel):
        row: int

    asked = client("http://127.0.0.1:9/v1", tmp_path)
    base = questions([1])[0]
    others = [
        replace(base, text="row 2"),
        replace(base, prompt=Prompt("colours", "Say it nicely.")),
        replace(base, schema=Other),
        replace(base, images=(b"\x89PNG1",)),
        replace(base, images=(b"\x89PNG2",)),
        replace(base, temperature=0.5),
        replace(base, seed=1),
    ]
    keys = {asked.key_of(q) for q in (base, *others)}
    keys |= {replace(asked, endpoint=replace(asked.endpoint, model="big")).key_of(base)}
    keys |= {replace(asked, endpoint=replace(asked.endpoint, max_tokens=5)).key_of(base)}
    assert len(keys) == 10
    blind = replace(asked, endpoint=replace(asked.endpoint, takes_images=False))
    assert blind.key_of(others[3]) == blind.key_of(base), "what is not sent decides nothing"
    assert asked.key_of(replace(base, id="x")) == asked.key_of(base)


def test_what_is_sent_is_the_protocol(tmp_path: Path):
    image = b"\x89PNG\r\n"
    with serve(one_in(1, "schema_violation")) as server:
        question = Question("r1", PROMPT, "row 1", Colour, (image,))
        (found,) = client(server.url, tmp_path).ask([question])
        first, second, third = server.bodies
    assert (found.status, found.reason) == ("failed", "schema_violation")
    assert first["messages"][0] == {"role": "system", "content": PROMPT.text}
    assert first["messages"][1]["content"][1]["image_url"]["url"].startswith(
        "data:image/png;base64,"
    )
    assert first["response_format"]["json_schema"]["strict"] is True
    assert "colour: Input should be 'red'" in second["messages"][3]["content"]
    assert third["messages"] == first["messages"] and third["seed"] == first["seed"] + 1
    assert (first["temperature"], third["temperature"]) == (0, wire.RESAMPLE_TEMPERATURE)


def test_a_budget_of_calls_tokens_or_cost_is_never_exceeded_and_nothing_is_lost(tmp_path: Path):
    for limit in (
        Budget("calls", calls=20),
        Budget("tokens", tokens=6000),
        Budget("cost", cost=0.006),
    ):
        with serve(one_in(3, "429", "invalid_json")) as server:
            asked = client(server.url, tmp_path, limit)
            found = asked.ask(questions(range(100)))
            spent = asked.ledger.spent(limit.name)
            assert limit.calls is None or spent.calls <= limit.calls
            assert limit.tokens is None or server.tokens <= spent.tokens <= limit.tokens
            assert limit.cost is None or spent.cost <= limit.cost
            answered = [a for a in found if a.value is not None]
            assert 0 < len(answered) < 100
            assert {a.reason for a in found if a.status == "unanswered"} == {"budget_spent"}
            # More money, and only the rest is asked.
            before = server.calls
            client(server.url, tmp_path, Budget("more")).ask([questions([0])[0]])
            assert server.calls - before <= 3
        (tmp_path / "models.sqlite").unlink()


def test_an_endpoint_that_is_gone_leaves_questions_unanswered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(llm_client, "TRIES", 3)
    with serve(lambda *_: "") as server:
        asked = client(server.url, tmp_path)
        assert [a.status for a in asked.ask(questions(range(1)))] == ["ok"]
    found = asked.ask(questions(range(1, 4)))
    assert {(a.status, a.reason, a.value) for a in found} == {
        ("unanswered", "endpoint_unavailable", None)
    }
    assert asked.ledger.endings("test") == {"ok": 1, "connection": 9}


def test_an_endpoint_where_nobody_has_ever_answered_is_told_of_at_once(tmp_path: Path):
    with pytest.raises(llm_client.EndpointError, match=r"http://127.0.0.1:9/v1: nobody answers"):
        client("http://127.0.0.1:9/v1", tmp_path).ask(questions(range(3)))


def test_nobody_waits_while_one_waits_for_its_retry(tmp_path: Path):
    def first_is_put_off(row: int, number: int) -> str:
        return "429_retry_after" if (row, number) == (0, 0) else ""

    with serve(first_is_put_off) as server:
        client(server.url, tmp_path, concurrency=1).ask(questions(range(5)))
    # How busy an endpoint is kept is a figure of tests/bench/llm/endpoint.py, not of a test.
    asked = [int(body["messages"][1]["content"].split()[1]) for body in server.bodies]
    assert asked == [0, 1, 2, 3, 4, 0]


def test_rates_are_kept(tmp_path: Path):
    with serve() as server:
        asked = client(server.url, tmp_path, requests_per_minute=1200)
        started = time.monotonic()
        asked.ask(questions(range(60)))
        # 20 a second, one second's worth at once.
        assert time.monotonic() - started >= (60 - 20) / 20 - 0.1
        assert server.calls == 60


def test_retry_after_is_honoured(tmp_path: Path):
    def later(row: int, number: int) -> str:
        return "429_retry_after" if number == 0 else ""

    with serve(later) as server:
        started = time.monotonic()
        (found,) = client(server.url, tmp_path).ask(questions([5]))
        assert time.monotonic() - started >= 0.2 and found.calls == 2 and found.status == "ok"
        assert server.calls == 2


# --- several processes, and kills ---------------------------------------------------------------

PROCESS = """
import sys
from pathlib import Path
from corpuswright.annotators.llm import client as llm_client
from corpuswright.annotators.llm.ledger import Budget
from tests.annotators.llm.test_client import client, questions, values
llm_client.FIRST_WAIT_S = 0.02
url, store, first, last, calls, tokens = sys.argv[1:]
limit = Budget("test", calls=int(calls) or None, tokens=int(tokens) or None)
found = client(url, Path(store), limit, timeout_s=2).ask(questions(range(int(first), int(last))))
print(len(values(found)))
"""


def start(server: ModelServer, store: Path, rows: tuple[int, int], calls: int = 0, tokens: int = 0):
    values = [server.url, store, *rows, calls, tokens]
    return subprocess.Popen(
        [sys.executable, "-c", PROCESS, *map(str, values)],
        cwd=Path(__file__).parents[3],
        env={**os.environ, "TEST_MODEL_KEY": SECRET},
        stdout=subprocess.PIPE,
        text=True,
    )


def test_a_killed_run_goes_on_without_losing_or_paying_twice(tmp_path: Path):
    with serve(one_in(5, "429", "500", "invalid_json"), seconds=0.02) as server:
        process = start(server, tmp_path, (0, 400))
        until(lambda: sum(server.answered.values()) >= 150)
        process.send_signal(signal.SIGKILL)
        process.wait()
        ledger = Ledger(f"sqlite:///{tmp_path / 'models.sqlite'}")
        until(lambda: server.in_flight == 0)
        endings = ledger.endings("test")
        in_flight = endings.get("", 0)
        # One at every place, and one that has just left it and was not noted yet.
        assert 0 < in_flight <= 2 * 16, endings
        # Every request the server saw is in the ledger; one may have been noted and not yet sent.
        assert sum(endings.values()) - in_flight <= server.calls <= sum(endings.values())
        answered = dict(server.answered)
        asked = client(server.url, tmp_path, timeout_s=2)
        found = asked.ask(questions(range(400)))
        failed = {a.id for a in found if a.status == "failed"}
        assert values(found) == {f"r{n}": good(n) for n in range(400) if f"r{n}" not in failed}
        twice = [n for n, times in server.answered.items() if times > 1]
        assert len(twice) <= in_flight, "only what was in flight at the kill is asked again"
        assert set(twice) <= set(answered)


def test_four_processes_share_one_budget_and_never_exceed_it(tmp_path: Path):
    with serve(one_in(5, "429", "invalid_json"), seconds=0.01) as server:
        running = [start(server, tmp_path, (200 * i, 200 * i + 200), calls=300) for i in range(4)]
        answered = sum(int(p.communicate()[0]) for p in running)
        assert all(p.returncode == 0 for p in running)
        assert server.calls == 300, "all of it is used, and no call more"
        assert answered == sum(server.answered.values())
        consistent(Ledger(f"sqlite:///{tmp_path / 'models.sqlite'}"), server)


def test_a_cancelled_run_notes_what_was_in_flight(tmp_path: Path):
    with serve(seconds=0.2) as server:
        asked = client(server.url, tmp_path, timeout_s=5)

        async def first_only() -> None:
            answers = asked.answers(questions(range(100)))
            async for _ in answers:
                break
            await answers.aclose()  # type: ignore[attr-defined]
            await asyncio.sleep(0.3)

        # In a thread of its own: a browser of another test may run a loop in this one.
        with ThreadPoolExecutor(1) as pool:
            pool.submit(asyncio.run, first_only()).result()
        endings = asked.ledger.endings("test")
        assert "" not in endings and endings["cancelled"] > 0
        assert sum(endings.values()) >= server.calls


def test_the_cassette_is_sorted_json_lines(tmp_path: Path):
    with serve() as server:
        asked = client(server.url, tmp_path)
        found = asked.ask(questions(range(5)))
    lines = asked.ledger.write_cassette([a.key for a in found]).splitlines()
    keys = [json.loads(line)["key"] for line in lines]
    assert keys == sorted(keys) and len(keys) == 5
    with pytest.raises(KeyError):
        asked.ledger.write_cassette(["nothing"])


# --- batch files ---------------------------------------------------------------------------------


def answer_file(asked: str, fault: dict[int, str]) -> list[str]:
    """What a batch endpoint makes of a file of questions, in another order."""
    lines: list[str] = []
    for line in reversed(asked.splitlines()):
        plain = json.loads(line)
        row = int(plain["body"]["messages"][1]["content"].split()[1])
        text = "{" if fault.get(row) == "broken" else json.dumps(good(row))
        body = {
            "id": "x", "object": "chat.completion", "created": 0, "model": "tiny",
            "choices": [{"index": 0, "finish_reason": "stop",
                         "message": {"role": "assistant", "content": text}}],
            "usage": {"prompt_tokens": 100, "completion_tokens": 50, "total_tokens": 150},
        }  # fmt: skip
        gone = fault.get(row) == "500"
        response = {"status_code": 500 if gone else 200, "body": {} if gone else body}
        lines.append(json.dumps({"custom_id": plain["custom_id"], "response": response}))
    return lines


def test_a_batch_file_is_answered_once_and_the_live_client_asks_the_rest(tmp_path: Path):
    with serve() as server:
        asked = client(server.url, tmp_path)
        asked.ask(questions(range(5)))
        sent = "".join(batch_files.write(asked, questions(range(20))))
        assert len(sent.splitlines()) == 15, "what is answered already is not in the file"
        assert list(batch_files.write(asked, questions(range(20)))) == [], "nor what is under way"
        first = json.loads(sent.splitlines()[0])
        assert (first["method"], first["url"]) == ("POST", batch_files.PATH)
        assert first["body"] == server.bodies[0] | {"messages": first["body"]["messages"]}
        lines = answer_file(sent, {7: "broken", 9: "500"})
        assert batch_files.read(asked, questions(range(20)), lines) == {
            "ok": 13,
            "invalid_json": 1,
            "http_500": 1,
        }
        assert batch_files.read(asked, questions(range(20)), lines) == {"read": 15}
        assert batch_files.read(asked, questions(range(6)), lines[:1]) == {"unknown": 1}
        assert asked.ledger.spent("test").tokens == 150 * 19
        calls = server.calls
        found = asked.ask(questions(range(20)))
        assert values(found) == {f"r{n}": good(n) for n in range(20)}
        assert server.calls == calls + 2


def test_a_batch_file_ends_where_the_budget_does_and_a_broken_line_is_named(tmp_path: Path):
    asked = client("http://127.0.0.1:9/v1", tmp_path, Budget("test", calls=4))
    assert len(list(batch_files.write(asked, questions(range(20))))) == 4
    with pytest.raises(batch_files.BatchError, match="line 2"):
        batch_files.read(asked, questions(range(20)), ["", "nonsense"])
