"""Serves sites to the browser, and is the browser's only way out.

The browser is started with this server as its proxy for everything, loopback included, so a request
can reach a site we serve, a host the recipe's allow-list names, or a refusal that is counted. Sites
live at `http://<site>.localhost/`: a secure context, and an origin that is the same in every run
whatever port the server got.
"""

from __future__ import annotations

import contextlib
import http.client
import mimetypes
import select
import socket
import threading
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Self, cast
from urllib.parse import quote, unquote, urlsplit

MAX_BODY = 64 << 20  # a page's file above it is refused: no site used here has one above 10 MB

# Types are part of what a page renders to, so the machine's own table is not asked.
_TYPES = mimetypes.MimeTypes(filenames=())
for _ext, _kind in {
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".wasm": "application/wasm",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
    ".webmanifest": "application/manifest+json",
}.items():
    _TYPES.add_type(_kind, _ext)


# Of a running site's answer, what a page's behaviour hangs on.
_PASSED = {
    "location",
    "set-cookie",
    "access-control-allow-origin",
    "access-control-allow-headers",
    "access-control-allow-methods",
    "access-control-allow-credentials",
    "content-security-policy",
    "content-disposition",
}


_KEPT_IN_URLS = "/#?=&;:@!$'()*+,~%"  # spaces and letters beyond ASCII are what needs quoting


@dataclass(slots=True)
class Traffic:
    """What one page asked for since the last `reset`; paths of `served` are `<site>/<path>`."""

    served: list[str] = field(default_factory=list[str])
    missing: list[str] = field(default_factory=list[str])
    refused: list[str] = field(default_factory=list[str])

    @property
    def total(self) -> int:
        """Requests of every ending."""
        return len(self.served) + len(self.missing) + len(self.refused)


class PageServer:
    """A proxy on loopback over `sites` (name → folder); use it as a context manager."""

    def __init__(self, sites: Mapping[str, Path | str], allow: Collection[str] = ()) -> None:
        """Take folders or URLs by name, and `allow`: `host:port`s outside that may be reached."""
        self.serve(sites, allow)
        self.traffic = Traffic()
        self.documents: dict[str, bytes] = {}  # composed pages, by `<site>/<path>`
        self.in_flight = 0
        self.counting = threading.Lock()
        self._http = _Server(("127.0.0.1", 0), _Handler)
        self._http.owner = self
        # Every 50 ms it looks whether it is to end: whoever closes a browser waits for that.
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True)

    def serve(self, sites: Mapping[str, Path | str], allow: Collection[str] = ()) -> None:
        """Serve these sites from now on, and no others."""
        self.sites = {
            name.lower(): root.resolve() if isinstance(root, Path) else root
            for name, root in sites.items()
        }
        self.allow = frozenset(allow)

    @property
    def port(self) -> int:
        """The loopback port."""
        return self._http.server_port

    def url(self, site: str, path: str) -> str:
        """Return the address of a page; `path` may end in a query or a fragment."""
        return f"http://{site}.localhost/{quote(path, safe=_KEPT_IN_URLS)}"

    def reset(self) -> None:
        """Begin counting anew, for the next page."""
        self.traffic = Traffic()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.shutdown()
        self._http.server_close()


class _Server(ThreadingHTTPServer):
    owner: PageServer
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Stay quiet: a page that goes away mid-request is no fault of ours."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # a body sent after its head must not wait for the head's ack
    wbufsize = -1  # head and body leave in one piece

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        self._answer()

    do_HEAD = do_POST = do_PUT = do_DELETE = do_OPTIONS = do_PATCH = do_GET

    def do_CONNECT(self) -> None:
        owner = cast(_Server, self.server).owner
        if self.path not in owner.allow:
            owner.traffic.refused.append(self.path)
            self._send(403, b"not on the allow-list", "text/plain")
            return
        host, _, port = self.path.rpartition(":")
        try:
            with socket.create_connection((host, int(port)), timeout=10) as far:
                self.send_response(200)
                self.end_headers()
                self.wfile.flush()
                _relay(self.connection, far)
        except OSError:
            owner.traffic.missing.append(self.path)
        self.close_connection = True

    def _answer(self) -> None:
        owner = cast(_Server, self.server).owner
        with owner.counting:
            owner.in_flight += 1
        try:
            self._route(owner)
        finally:
            with owner.counting:
                owner.in_flight -= 1

    def _route(self, owner: PageServer) -> None:
        parts = urlsplit(self.path)
        host = (parts.hostname or "").lower()
        length = min(int(self.headers.get("Content-Length") or 0), MAX_BODY)
        body = self.rfile.read(length) if length else b""
        site = host.removesuffix(".localhost")
        composed = owner.documents.get(f"{site}{parts.path}")
        if host.endswith(".localhost") and composed is not None:
            owner.traffic.served.append(f"{site}{parts.path}")
            kind = _TYPES.guess_type(parts.path)[0] or "text/html"
            self._send(200, composed, "text/html; charset=utf-8" if kind == "text/html" else kind)
        elif parts.path == "/.well-known/corpuswright" and site in owner.sites:
            self._send(200, b"<!doctype html>", "text/html")
        elif host.endswith(".localhost") and site in owner.sites and parts.port in (None, 80):
            root = owner.sites[site]
            if isinstance(root, Path):
                self._serve(owner, site, root, unquote(parts.path))
            else:
                self._forward(owner, root, body, site)
        elif f"{host}:{parts.port or 80}" in owner.allow:
            self._forward(owner, f"http://{host}:{parts.port or 80}", body)
        else:
            owner.traffic.refused.append(f"{host}:{parts.port or 80}")
            self._send(403, b"not on the allow-list", "text/plain")

    def _serve(self, owner: PageServer, site: str, root: Path, path: str) -> None:
        relative = path.lstrip("/")
        try:
            file = (root / (relative or "index.html")).resolve()
            if file.is_dir():
                file = file / "index.html"
            if not file.exists() and "." not in file.name:
                file = root / "index.html"  # a route that the application draws itself
            inside = file.is_relative_to(root) and file.is_file()
        except (OSError, ValueError):  # a name too long, or with a null byte
            file, inside = root, False
        if not inside or file.stat().st_size > MAX_BODY:
            owner.traffic.missing.append(f"{site}/{relative}")
            self._send(404, b"no such file", "text/plain")
            return
        owner.traffic.served.append(f"{site}/{file.relative_to(root).as_posix()}")
        kind = _TYPES.guess_type(file.name)[0] or "application/octet-stream"
        if kind.startswith("text/") or kind in ("application/json", "image/svg+xml"):
            kind += "; charset=utf-8"
        # Fonts of packages are for every page of ours: browsers ask whether another origin may.
        more = [("Access-Control-Allow-Origin", "*")] if kind.startswith("font/") else []
        self._send(200, file.read_bytes(), kind, more)

    def _forward(self, owner: PageServer, root: str, body: bytes, site: str = "") -> None:
        """Ask the server at `root`; for a site, hide from the page where it really runs."""
        parts, far = urlsplit(self.path), urlsplit(root)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        kind = http.client.HTTPSConnection if far.scheme == "https" else http.client.HTTPConnection
        dropped = ("host", "connection", "accept-encoding")
        headers = {
            k: v
            for k, v in self.headers.items()
            if k.lower() not in dropped and not k.lower().startswith("proxy-")
        }
        try:
            connection = kind(far.netloc, timeout=10)
            connection.request(
                self.command, target, body, headers | {"Host": far.netloc, "Connection": "close"}
            )
            answer = connection.getresponse()
            data = answer.read(MAX_BODY)
        except (OSError, http.client.HTTPException):
            owner.traffic.missing.append(far.netloc)
            self._send(502, b"no answer", "text/plain")
            return
        owner.traffic.served.append(f"{site}{parts.path}" if site else far.netloc)
        more = [(k, v) for k, v in answer.headers.items() if k.lower() in _PASSED]
        if site:
            more = [(k, v.replace(root, f"http://{site}.localhost")) for k, v in more]
        self._send(answer.status, data, answer.headers.get("Content-Type") or "text/plain", more)

    def _send(
        self, status: int, data: bytes, kind: str, more: Sequence[tuple[str, str]] = ()
    ) -> None:
        with contextlib.suppress(ConnectionError):
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
            self.send_header("Cache-Control", "max-age=3600")
            for name, value in more:
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(data)
            self.wfile.flush()


def _relay(near: socket.socket, far: socket.socket) -> None:
    while True:
        ready, _, _ = select.select([near, far], [], [], 30)
        if not ready:
            return
        for end in ready:
            data = end.recv(1 << 16)
            if not data:
                return
            (far if end is near else near).sendall(data)
