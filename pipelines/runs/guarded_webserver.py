"""Dagster's webserver behind `LocalGuard`; run as a module, with the webserver's own options."""

from __future__ import annotations

import os
from typing import Any

from dagster_webserver import cli
from dagster_webserver.webserver import DagsterWebserver
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from corpuswright.pipelines.runs.local_guard import HEADERS, TOKEN, LocalGuard

PORT = "CORPUSWRIGHT_UI_PORT"


class Guarded:
    """An ASGI application that is asked only what the guard lets pass."""

    def __init__(self, app: ASGIApp, guard: LocalGuard) -> None:
        self.app, self.guard = app, guard

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer it."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        headers: dict[str, str] = {}
        for name, value in scope["headers"]:
            key, text = name.decode("latin-1").lower(), value.decode("latin-1")
            headers[key] = f"{headers[key]},{text}" if key in headers else text
        target = f"{scope['path']}?{scope['query_string'].decode('latin-1')}"
        websocket = scope["type"] == "websocket"
        answer = self.guard.answer(scope.get("method", "GET"), target, headers, websocket)
        if answer is None:
            await self.app(scope, receive, _unframed(send))
        elif websocket:
            await send({"type": "websocket.close", "code": 1008})
        else:
            told = {"Content-Type": "text/plain; charset=utf-8", **answer.headers}
            plain = [(n.encode("latin-1"), v.encode("latin-1")) for n, v in told.items()]
            start = {"type": "http.response.start", "status": int(answer.status), "headers": plain}
            await send(start)
            await send({"type": "http.response.body", "body": answer.text.encode()})


def _unframed(send: Send) -> Send:
    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            more = [(n.encode(), v.encode()) for n, v in HEADERS.items()]
            message["headers"] = [*message.get("headers", ()), *more]
        await send(message)

    return sent


def main() -> None:
    """Run `dagster-webserver`, guarded."""
    guard = LocalGuard(os.environ[TOKEN], int(os.environ[PORT]))
    inner = DagsterWebserver.build_middleware

    def outermost(self: DagsterWebserver[Any, Any]) -> list[Middleware]:
        return [Middleware(Guarded, guard=guard), *inner(self)]

    DagsterWebserver.build_middleware = outermost
    cli.main()


if __name__ == "__main__":
    main()
