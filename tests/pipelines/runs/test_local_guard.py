"""Who may ask a server on this machine."""

from __future__ import annotations

from typing import Any

import pytest

from corpuswright.pipelines.runs.local_guard import LocalGuard

GUARD = LocalGuard("sécret of mine", 3000)
OWN = {"host": "127.0.0.1:3000", "authorization": "Bearer sécret of mine"}


def asked(method: str = "GET", target: str = "/", **headers: Any) -> int:
    given = {**OWN, **{k.replace("_", "-"): v for k, v in headers.items()}}
    answer = GUARD.answer(method, target, {k: v for k, v in given.items() if v is not None})
    return int(answer.status) if answer else 200


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        ({}, 200),
        ({"host": "localhost:3000"}, 200),
        ({"host": "localhost:3000", "origin": "http://localhost:3000"}, 200),
        ({"host": "127.0.0.1"}, 403),
        ({"host": "127.0.0.1:3001"}, 403),
        ({"host": "evil.example:3000"}, 403),
        ({"host": "127.0.0.1.evil.example:3000"}, 403),
        ({"host": "127.0.0.1:3000,evil.example:3000"}, 403),
        ({"host": None}, 403),
        ({"origin": "http://127.0.0.1:3001"}, 403),
        ({"origin": "https://127.0.0.1:3000"}, 403),
        ({"origin": "null"}, 403),
        ({"sec_fetch_site": "cross-site"}, 403),
        ({"sec_fetch_site": "same-site"}, 403),
        ({"sec_fetch_site": "cross-site", "sec_fetch_dest": "iframe"}, 403),
        ({"sec_fetch_site": "cross-site", "sec_fetch_dest": "document"}, 200),  # a link to it
        ({"authorization": None}, 403),
        ({"authorization": "Bearer sécret"}, 403),
        ({"authorization": None, "cookie": "corpuswright_3000=sécret of mine"}, 403),
        ({"method": "POST", "content_type": "application/json; charset=utf-8"}, 200),
        ({"method": "POST", "content_type": "text/plain"}, 415),
        ({"method": "POST", "content_type": "application/jsonx"}, 415),
        ({"method": "POST", "target": "/graphql?op=A", "content_type": "application/json"}, 200),
        ({"method": "POST", "target": "/graphql?query=x", "content_type": "application/json"}, 400),
        ({"method": "PUT"}, 405),
        ({"target": "/graphql?query=mutation"}, 405),
        ({"target": "/graphql?query=mutation", "accept": "text/html"}, 405),
        ({"target": "/graphql", "accept": "text/html"}, 200),
        ({"method": "HEAD", "target": "/graphql", "accept": "text/html"}, 405),
    ],
)
def test_only_its_own_pages_with_the_token_pass(request_: dict[str, Any], status: int):
    assert asked(**request_) == status


def test_the_address_that_is_shown_lets_a_browser_in():
    target = GUARD.address.removeprefix("http://127.0.0.1:3000")
    answer = GUARD.answer("GET", target, {"host": "127.0.0.1:3000"})
    assert answer and answer.status == 303 and answer.headers["Location"] == "/"
    cookie = answer.headers["Set-Cookie"].partition(";")[0]
    assert "mine" not in cookie and "HttpOnly; SameSite=Strict" in answer.headers["Set-Cookie"]
    assert GUARD.answer("GET", "/runs", {"host": "127.0.0.1:3000", "cookie": cookie}) is None


def test_who_is_let_in_is_never_sent_elsewhere():
    for path in ("//evil.example/", "/\\evil.example", "///evil.example/x"):
        target = f"{path}?{GUARD.address.partition('?')[2]}&a=b"
        answer = GUARD.answer("GET", target, {"host": "127.0.0.1:3000"})
        assert answer and answer.status == 303
        there = answer.headers["Location"]
        assert there.startswith("/") and there[1:2] not in ("/", "\\") and there.endswith("?a=b")
