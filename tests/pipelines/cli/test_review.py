"""The review page over HTTP, as a browser speaks to it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from corpuswright.pipelines.cli.judge import review_server as review
from corpuswright.pipelines.runs.local_guard import TOKEN
from corpuswright.storage.audits import human_reviews
from tests.fixtures.small_samples import toy_release
from tests.storage.audits.test_human_reviews import png


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[review.Review, str]]:
    monkeypatch.setenv(TOKEN, "of a test")
    made = toy_release(tmp_path, 8, png=png(200))
    shown = review.Review(tmp_path, made, 4)
    web = review.server(shown, 0)
    thread = threading.Thread(target=web.serve_forever, args=(0.02,))
    thread.start()
    yield shown, f"http://127.0.0.1:{web.server_port}"
    web.shutdown()
    web.server_close()
    thread.join()


def ask(url: str, body: object = None, **headers: str) -> Any:
    data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    kind = {"Content-Type": "application/json"} if data else {}
    kind["Authorization"] = "Bearer of a test"
    with urlopen(Request(url, data, {**kind, **headers}), timeout=10) as answer:
        raw = answer.read()
    return json.loads(raw) if answer.headers["Content-Type"] == "application/json" else raw


def test_a_person_judges_goes_back_and_ends_with_a_figure(page: tuple[review.Review, str]):
    shown, url = page
    assert b"<title>Review" in ask(url)
    first = ask(url + "/state")
    assert (first["done"], first["of"], first["task"]) == (0, 4, shown.tasks[0])
    assert first["text"] and ask(f"{url}/picture/{first['task']}")[:2] == b"\xff\xd8"
    second = ask(url + "/verdict", {"task": first["task"], "reason": "wrong_place"})
    assert second["task"] == shown.tasks[1] and second["before"] == first["task"]
    assert ask(f"{url}/state?{second['before']}")["task"] == first["task"]
    for task in shown.tasks:  # the first is judged anew
        last = ask(url + "/verdict", {"task": task, "reason": ""})
    assert last["task"] == "" and last["audit"].startswith("4 tasks reviewed by people, 0 rejected")
    again = review.Review(shown.store, shown.made, 6)
    assert again.state()["done"] == 4, "a longer review goes on where the shorter one ended"


@pytest.mark.parametrize(
    ("path", "body", "headers", "status"),
    [
        ("/verdict", {"task": "nonsense", "reason": ""}, {}, 404),
        ("/state", None, {"Host": "evil.example:80"}, 403),
        ("/verdict", {"task": "x", "reason": ""}, {"Content-Type": "text/plain"}, 415),
        ("/picture/toy-0", None, {}, 404),
        ("/elsewhere", None, {}, 404),
        ("/elsewhere", {"task": "x", "reason": ""}, {}, 404),
        ("/state?toy-nonsense", None, {}, 404),
        ("/state?%E4%B8%AD%0A", None, {}, 404),
        ("/picture/%E4%B8%AD%0A", None, {}, 404),
        ("/verdict", ["no", "verdict"], {}, 400),
        ("/verdict", {"task": 3, "reason": ""}, {}, 400),
        ("/verdict", {"task": "x" * 10_001, "reason": ""}, {}, 400),
        ("/verdict", b"{broken", {}, 400),
        ("/verdict", b"\xff\xfe", {}, 400),
        ("/verdict", {"task": "x", "reason": ""}, {"Origin": "http://evil.example"}, 403),
        ("/state", None, {"Authorization": "Bearer of another"}, 403),
    ],
)
def test_what_is_no_verdict_of_this_review_is_refused(
    page: tuple[review.Review, str], path: str, body: object, headers: dict[str, str], status: int
):
    shown, url = page
    with pytest.raises(HTTPError) as refused:
        ask(url + path, body, **headers)
    assert refused.value.code == status
    assert human_reviews.load(shown.store, "toy") == {}
