"""The review page: a person accepts or rejects a random sample of tasks, one after another.

Served on loopback only. Every verdict is kept before the next task is shown, so a review may stop
and go on at any time, and by more than one person in turn.
"""

from __future__ import annotations

import json
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import unquote

from corpuswright.assets.builds import release as build_release
from corpuswright.assets.synthesis import release
from corpuswright.pipelines.runs.local_guard import HEADERS, LocalGuard, new_token
from corpuswright.quality.reports import contact_sheets
from corpuswright.storage.audits import human_reviews
from corpuswright.storage.records import Release, to_dict

PAGE = (Path(__file__).parent / "review.html").read_text()
TILE = (1400, 760)  # the image whole and the target enlarged, side by side on a laptop's screen
MAX_BODY = 10_000  # bytes; a verdict has 200


class Review:
    """One review of one release; methods may be called from several threads."""

    def __init__(self, store: Path, made: Release, number: int) -> None:
        """Take the release and how many of its tasks are to be reviewed."""
        self.store, self.made = store, made
        self.tasks = human_reviews.sample(store, made, number)
        self._left = human_reviews.pending(store, made, self.tasks)
        self._lock = Lock()

    def state(self, at: str = "") -> dict[str, Any]:
        """Return what the page shows: the task `at`, or the first that has no verdict yet."""
        with self._lock:
            done = len(self.tasks) - len(self._left)
            task = at or (self._left[0] if self._left else "")
            found: dict[str, Any] = {"done": done, "of": len(self.tasks), "task": task}
            if task and task not in self.tasks:
                raise LookupError(f"{task!a} is no task of this review")
            found["before"] = self._before(task)
            if task:
                example = human_reviews.example(self.store, self.made, task)
                page = example.spec.parameters
                found |= {
                    "text": example.text,
                    "actions": [to_dict(a)["kind"] for a in example.task.actions],
                    "where": f"{page.get('site', '')}/{page.get('path', '')}".strip("/"),
                    "pictured": example.has_image,
                }
            else:
                found["audit"] = str(human_reviews.audit(self.store, self.made))
            return found

    def _before(self, task: str) -> str:
        number = self.tasks.index(task) if task else len(self.tasks)
        return self.tasks[number - 1] if number else ""

    def picture(self, task: str) -> bytes:
        """Return a JPEG of a task: image with its regions, and the target enlarged."""
        example = human_reviews.example(self.store, self.made, task)
        if not example.has_image:
            raise LookupError(f"{task} is text alone")
        return contact_sheets.jpeg(contact_sheets.tile(example.image, example.task, TILE))

    def give(self, task: str, reason: str) -> None:
        """Keep a verdict; raises LookupError for a task or reason that is none of this review."""
        if task not in self.tasks or reason not in ("", *human_reviews.REASONS.values()):
            raise LookupError(f"expected a task of this review and a known reason, saw {task!a}")
        with self._lock:
            seen = human_reviews.content(human_reviews.example(self.store, self.made, task))
            human_reviews.give(
                self.store, self.made.corpus, human_reviews.ReviewVerdict(task, seen, reason)
            )
            self._left = [t for t in self._left if t != task]


class ReviewServer(ThreadingHTTPServer):
    """The page's server, and the guard before it."""

    guard: LocalGuard


def server(review: Review, port: int) -> ReviewServer:
    """Return the page's server on loopback, not yet serving; port 0 picks a free one."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path, _, at = self.path.partition("?")
            if not self._may_pass():
                return
            if path == "/":
                self._answer(PAGE.encode(), "text/html; charset=utf-8")
            elif path == "/state":
                self._say(lambda: review.state(unquote(at)))
            elif path.startswith("/picture/"):
                self._show(path.removeprefix("/picture/"))
            else:
                self.send_error(HTTPStatus.NOT_FOUND)

        def do_POST(self) -> None:
            if not self._may_pass():
                return
            if self.path != "/verdict":
                self.send_error(HTTPStatus.NOT_FOUND)
                return
            try:
                task, reason = _verdict(self._body())
            except ValueError as error:
                self.send_error(HTTPStatus.BAD_REQUEST, str(error))
                return

            def give() -> dict[str, Any]:
                review.give(task, reason)
                return review.state()

            self._say(give)

        def _body(self) -> bytes:
            """Return what was sent; raises ValueError where it is too long or its length unsaid."""
            size = int(self.headers.get("Content-Length", ""))
            if not 0 <= size <= MAX_BODY:
                self.close_connection = True
                raise ValueError(f"expected at most {MAX_BODY} bytes")
            return self.rfile.read(size)

        def _may_pass(self) -> bool:
            """Answer in place of the page where the guard says so."""
            headers: dict[str, str] = {}
            for name, value in self.headers.items():
                key = name.lower()
                headers[key] = f"{headers[key]},{value}" if key in headers else value
            answer = web.guard.answer(self.command, self.path, headers)
            if answer is None:
                return True
            self.close_connection = True  # a body that nobody reads would be the next request
            body = answer.text.encode()
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            return False

        def _say(self, what: Any) -> None:
            try:
                text = json.dumps(what())
            except LookupError as error:
                self.send_error(HTTPStatus.NOT_FOUND, str(error))
                return
            self._answer(text.encode(), "application/json")

        def _show(self, task: str) -> None:
            try:
                self._answer(review.picture(task), "image/jpeg")
            except LookupError as error:
                self.send_error(HTTPStatus.NOT_FOUND, str(error))

        def _answer(self, data: bytes, kind: str) -> None:
            self.send_response(HTTPStatus.OK)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
            self.send_header("Content-Security-Policy", "default-src 'self' 'unsafe-inline'")
            for name, value in HEADERS.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing: the terminal is for the figure at the end."""

    web = ReviewServer(("127.0.0.1", port), Handler)
    web.guard = LocalGuard(new_token(), web.server_port)
    return web


def _verdict(body: bytes) -> tuple[str, str]:
    """Return task and reason of a verdict's JSON; raises ValueError where it is none."""
    said: object = json.loads(body)
    match said:
        case {"task": str(task), "reason": str(reason)}:
            return task, reason
        case _:
            raise ValueError("expected {task: text, reason: text}")


def finished(review: Review) -> str:
    """Write card, audit and report of the release anew; returns the audited error in words."""
    build_release.write_beside(review.store, review.made)
    release.write_looks(review.store, review.made)
    return str(human_reviews.audit(review.store, review.made) or "no task was reviewed")
