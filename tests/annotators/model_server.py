"""A real HTTP server that speaks the chat-completions protocol and misbehaves on demand.

The text of a question begins with `row <n>`. What goes wrong is decided by row and number of tries,
so that a run is the same every time.
"""

from __future__ import annotations

import hashlib
import json
import re
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

FAULTS = (
    "429",
    "429_retry_after",
    "500",
    "timeout",
    "reset",
    "truncated",
    "invalid_json",
    "schema_violation",
    "refused",
)
Script = Callable[[int, int], str]  # (row, try from 0) -> a fault, or "" for a good answer
TIMEOUT_S = 5.0  # how long a request that is to time out hangs


def good(row: int) -> dict[str, Any]:
    """What a good answer to a row is."""
    return {"row": row, "colour": ("red", "green", "blue")[row % 3]}


def no_fault(row: int, number: int) -> str:
    return ""


def one_in(n: int, *faults: str, always: tuple[int, ...] = ()) -> Script:
    """Every n-th try goes wrong, by hash; the rows in `always` never get a good answer."""

    def fault(row: int, number: int) -> str:
        mark = int.from_bytes(hashlib.sha256(f"{row} {number}".encode()).digest()[:4], "big")
        if row in always:
            return ("truncated", "refused", "schema_violation")[number % 3]
        return faults[mark // n % len(faults)] if mark % n == 0 else ""

    return fault


class ModelServer:
    """What the server saw."""

    def __init__(self, script: Script, seconds: float) -> None:
        self.script, self.seconds = script, seconds
        self.lock = threading.Lock()
        self.tries: Counter[int] = Counter()
        self.answered: Counter[int] = Counter()
        self.faults: Counter[str] = Counter()
        self.bodies: list[dict[str, Any]] = []
        self.calls = self.in_flight = self.most_in_flight = 0
        self.spans: list[tuple[float, float]] = []  # from when to when a request was in work
        self.newest = 0.0  # when a row came for the first time, last
        self.url = ""

    def busy(self, places: int) -> float:
        """Share of places in work, from the first request until no row is left to come."""
        start = min(a for a, _ in self.spans)
        worked = sum(max(0.0, min(b, self.newest) - a) for a, b in self.spans)
        return worked / (places * (self.newest - start))

    def quiet(self) -> bool:
        """Say whether nothing is in work, not even what nobody waits for any more."""
        with self.lock:
            return self.in_flight == 0

    @property
    def tokens(self) -> int:
        """Tokens of good answers, each of which says it took 150."""
        return 150 * sum(self.answered.values())


@contextmanager
def serve(script: Script = no_fault, seconds: float = 0.0) -> Generator[ModelServer]:
    """Serve on loopback; an answer takes half to one and a half times `seconds`."""
    seen = ModelServer(script, seconds)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def log_message(self, format: str, *args: object) -> None:
            pass

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            content = body["messages"][1]["content"]
            text = content if isinstance(content, str) else content[0]["text"]
            match = re.match(r"row (\d+)", text)
            row = int(match[1]) if match else -1
            started = time.monotonic()
            with seen.lock:
                seen.calls += 1
                seen.bodies.append(body)
                seen.in_flight += 1
                seen.most_in_flight = max(seen.most_in_flight, seen.in_flight)
                number = seen.tries[row]
                seen.tries[row] += 1
                seen.newest = seen.newest if number else started
                fault = seen.script(row, number)
                seen.faults[fault] += 1
            try:
                self.answer(row, fault)
            finally:
                with seen.lock:
                    seen.in_flight -= 1
                    seen.spans.append((started, time.monotonic()))

        def answer(self, row: int, fault: str) -> None:
            # As models do, some answers take thrice as long as others.
            long = seen.seconds * (0.5 + row * 0.37 % 1)
            time.sleep(TIMEOUT_S if fault == "timeout" else long)
            if fault == "reset":
                hard = struct.pack("ii", 1, 0)
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, hard)
                self.connection.close()
                self.close_connection = True
                return
            if fault[:3].isdigit():
                # Some endpoints repeat the key in their errors.
                says = f"no: {fault}, you sent {self.headers['Authorization']}"
                head = {"Retry-After": "0.2"} if fault.endswith("retry_after") else {}
                self.send(int(fault[:3]), {"error": {"message": says}}, head)
                return
            text, finish, refusal = json.dumps(good(row)), "stop", None
            if fault == "truncated":
                text, finish = text[:9], "length"
            elif fault == "invalid_json":
                text = text[:-2]
            elif fault == "schema_violation":
                text = json.dumps({**good(row), "colour": "loud"})
            elif fault == "refused":
                text, refusal = "", "I would rather not"
            elif not fault:
                with seen.lock:
                    seen.answered[row] += 1
            message = {"role": "assistant", "content": text, "refusal": refusal}
            self.send(
                200,
                {
                    "id": "x",
                    "object": "chat.completion",
                    "created": 0,
                    "model": "tiny",
                    "choices": [{"index": 0, "message": message, "finish_reason": finish}],
                    "usage": {"prompt_tokens": 100, "completion_tokens": 50, "total_tokens": 150},
                },
            )

        def send(self, code: int, body: Any, head: dict[str, str] | None = None) -> None:
            data = json.dumps(body).encode()
            try:
                self.send_response(code)
                for name, value in {**(head or {}), "Content-Length": str(len(data))}.items():
                    self.send_header(name, value)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(data)
            except OSError:  # who asked is gone
                self.close_connection = True

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 256

        def handle_error(self, request: Any, client_address: Any) -> None:
            pass

    server = Server(("127.0.0.1", 0), Handler)
    seen.url = f"http://127.0.0.1:{server.server_port}/v1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield seen
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
