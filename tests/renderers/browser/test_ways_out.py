"""Ways out of a page that no proxy sees: WebRTC by UDP and TCP, WebTransport; all are closed.

A control, a browser as it comes, shows that each of them would reach its listener.
"""

from __future__ import annotations

import contextlib
import functools
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from corpuswright.renderers.browser import engine
from corpuswright.renderers.browser.gui import GuiRenderer
from corpuswright.renderers.browser.page import View

pytestmark = pytest.mark.browser

PAGE = """<!doctype html><title>ways out</title><button>Stay</button><script>
const p = new RTCPeerConnection({iceServers: [{urls: 'stun:127.0.0.1:STUN'},
  {urls: 'turn:127.0.0.1:TURN?transport=tcp', username: 'u', credential: 'c'}]});
p.createDataChannel('x');
p.createOffer().then((o) => p.setLocalDescription(o));
const t = new WebTransport('https://127.0.0.1:QUIC/x');
t.ready.catch(() => {}); t.closed.catch(() => {});
</script>"""
WAIT = 4.0  # seconds: the control reaches all three in a tenth of one


class Listeners:
    """Sockets of this machine that a page tries to reach."""

    def __init__(self) -> None:
        self.stun, self.quic = (socket.socket(type=socket.SOCK_DGRAM) for _ in range(2))
        self.turn = socket.socket()
        for s in (self.stun, self.quic, self.turn):
            s.bind(("127.0.0.1", 0))
            s.settimeout(WAIT)
        self.turn.listen()

    def page(self) -> str:
        """Return the page that tries them."""
        text = PAGE
        for name in ("stun", "turn", "quic"):
            text = text.replace(name.upper(), str(getattr(self, name).getsockname()[1]))
        return text

    def reached(self) -> set[str]:
        """Wait for what comes, and say where it came."""
        found: set[str] = set()
        for name, take in (
            ("stun", lambda: self.stun.recvfrom(2048)),
            ("quic", lambda: self.quic.recvfrom(2048)),
            ("turn", lambda: self.turn.accept()),
        ):
            with contextlib.suppress(TimeoutError):
                take()
                found.add(name)
        return found


@pytest.fixture
def tried(tmp_path: Path) -> Iterator[tuple[Listeners, Path]]:
    listeners = Listeners()
    (tmp_path / "page.html").write_text(listeners.page())
    yield listeners, tmp_path
    for s in (listeners.stun, listeners.quic, listeners.turn):
        s.close()


def test_a_browser_as_it_comes_reaches_out(tried: tuple[Listeners, Path]):
    listeners, folder = tried

    def control() -> set[str]:
        handler = functools.partial(SimpleHTTPRequestHandler, directory=str(folder))
        with (
            ThreadingHTTPServer(("127.0.0.1", 0), handler) as served,
            sync_playwright() as playwright,
        ):
            threading.Thread(target=served.serve_forever, args=(0.02,), daemon=True).start()
            browser = playwright.chromium.launch(executable_path=engine.chromium_path())
            page = browser.new_page()
            page.goto(f"http://localhost:{served.server_port}/page.html")
            found = listeners.reached()
            browser.close()
            served.shutdown()
            return found

    with ThreadPoolExecutor(1) as thread:  # the shared browser of other tests has a loop here
        assert thread.submit(control).result() == {"stun", "quic", "turn"}


def test_a_page_of_ours_does_not(tried: tuple[Listeners, Path]):
    listeners, folder = tried
    with GuiRenderer({"ways": folder}).show("ways", "page.html", View(640, 480, 1.0)) as live:
        assert live.evaluate("() => document.title") == "ways out"
        assert listeners.reached() == set()
