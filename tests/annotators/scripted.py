"""A real HTTP server that speaks the chat-completions protocol and answers by a function."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = Callable[[dict[str, Any]], dict[str, Any]]


def text_of(body: dict[str, Any]) -> str:
    """What the user's message says."""
    content = body["messages"][1]["content"]
    return content if isinstance(content, str) else content[0]["text"]


def completion(value: object) -> dict[str, Any]:
    """A completion whose text is a value as JSON."""
    message = {"role": "assistant", "content": json.dumps(value)}
    return {
        "id": "x", "object": "chat.completion", "created": 0, "model": "tiny",
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 100, "completion_tokens": 50, "total_tokens": 150},
    }  # fmt: skip


@contextmanager
def serve(answer: Answer) -> Iterator[tuple[str, Counter[str]]]:
    """Serve on loopback; yields the address, and how often each text was asked."""
    asked: Counter[str] = Counter()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            asked[text_of(body)] += 1
            data = json.dumps(completion(answer(body))).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1", asked
    finally:
        server.shutdown()
        server.server_close()
