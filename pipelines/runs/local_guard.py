"""Who may ask a server on this machine: a page that a person visits may send to any of its ports.

Everything the product serves asks this first. A request must name this machine (a name elsewhere
may have been made to point here), come from no other origin, and bring the token that the terminal
showed; what changes anything is sent by POST, as JSON, which no form and no link can.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from http.cookies import CookieError, SimpleCookie
from typing import NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit

from corpuswright.storage.keys import sha256

TOKEN = "CORPUSWRIGHT_TOKEN"  # for scripts: what the token is to be, instead of a new one each time
OURS = ("127.0.0.1", "localhost", "[::1]")
# No other page may hold ours in a frame, where a click could be stolen.
HEADERS = {"X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer"}


class Answer(NamedTuple):
    """What is answered in place of the page; `headers` of it."""

    status: int
    text: str
    headers: Mapping[str, str]


def new_token() -> str:
    """Return the token of a server that starts."""
    return os.environ.get(TOKEN) or secrets.token_urlsafe(24)


@dataclass(frozen=True, slots=True)
class LocalGuard:
    """Lets requests pass that bring `token` to a server on `port`."""

    token: str
    port: int

    @property
    def address(self) -> str:
        """Where a person opens it."""
        return f"http://127.0.0.1:{self.port}/?{urlencode({'token': self.token})}"

    def answer(
        self, method: str, target: str, headers: Mapping[str, str], websocket: bool = False
    ) -> Answer | None:
        """Return what is answered instead; None where the request may pass.

        Args:
            method: As `GET`.
            target: Path and query.
            headers: By name in lower case; of one that comes twice, both with a comma.
            websocket: Whether it asks for one.
        """
        host = headers.get("host", "")
        if host.rpartition(":")[0] not in OURS or host.rpartition(":")[2] != str(self.port):
            return _refused("this server answers to 127.0.0.1 and localhost alone")
        if headers.get("origin", f"http://{host}") != f"http://{host}":
            return _refused("this server answers to its own pages alone")
        navigates = headers.get("sec-fetch-dest") == "document" and method == "GET"
        if headers.get("sec-fetch-site", "none") not in ("same-origin", "none") and not navigates:
            return _refused("this server answers to its own pages alone")
        path, _, query = target.partition("?")
        asked = dict(parse_qsl(query, keep_blank_values=True))
        if method == "GET" and not websocket and self._is(asked.pop("token", "")):
            rest = f"?{urlencode(asked)}" if asked else ""
            # Out of the address bar, and of what the browser remembers.
            return Answer(
                HTTPStatus.SEE_OTHER, "", {"Location": _local(path) + rest, **self._cookie()}
            )
        shown = secrets.compare_digest(_cookie(headers, self._name), sha256(self.token))
        if not shown and not self._is(_bearer(headers)):
            return _refused("open the address that the terminal shows: it has the token")
        return None if websocket else _form(method, path, headers, asked)

    def _is(self, given: str) -> bool:
        return secrets.compare_digest(given.encode(), self.token.encode())

    @property
    def _name(self) -> str:  # browsers share cookies between ports
        return f"corpuswright_{self.port}"

    def _cookie(self) -> dict[str, str]:
        value = sha256(self.token)  # whatever letters it has
        return {"Set-Cookie": f"{self._name}={value}; HttpOnly; SameSite=Strict; Path=/"}


def _form(
    method: str, path: str, headers: Mapping[str, str], asked: Mapping[str, str]
) -> Answer | None:
    if method in ("GET", "HEAD"):
        # Dagster would run what a link says; its playground's page it may show.
        shows = "text/html" in headers.get("accept", "") and "query" not in asked
        if path.rstrip("/").endswith("/graphql") and not (method == "GET" and shows):
            return Answer(HTTPStatus.METHOD_NOT_ALLOWED, "ask by POST, in JSON", HEADERS)
        return None
    if method != "POST":
        return Answer(HTTPStatus.METHOD_NOT_ALLOWED, "expected GET or POST", HEADERS)
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        return Answer(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "expected application/json", HEADERS)
    if "query" in asked:  # the UI names its questions in `op`; what it asks is in the body
        return Answer(HTTPStatus.BAD_REQUEST, "expected what is asked in the body", HEADERS)
    return None


def _refused(text: str) -> Answer:
    return Answer(HTTPStatus.FORBIDDEN, text, HEADERS)


def _local(path: str) -> str:
    """Return a path of this server: `//elsewhere` would be another one."""
    return "/" + urlsplit(path).path.replace("\\", "/").lstrip("/")


def _cookie(headers: Mapping[str, str], name: str) -> str:
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(name)
    except CookieError:
        return ""
    return found.value if found and found.value.isascii() else ""


def _bearer(headers: Mapping[str, str]) -> str:
    kind, _, token = headers.get("authorization", "").partition(" ")
    return token if kind.lower() == "bearer" else ""
