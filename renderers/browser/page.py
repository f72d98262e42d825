"""A page on show: settled by turning its clock, measured and driven through an isolated world."""

from __future__ import annotations

import base64
import contextlib
import json
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Literal
from urllib.parse import urlsplit

from playwright.sync_api import CDPSession, Error, Page, Request

from corpuswright.renderers.browser.server import PageServer, Traffic
from corpuswright.renderers.faults import EngineFault, PageFault

# Virtual time of one round of settling: chart libraries animate for 1 s (Chart.js, ECharts).
ROUND_MS = 1500
MAX_ROUNDS = 6  # a page that still loads new files after 9 s of its own time loads for ever
POLL_MS = 2  # wall clock between looks at what is under way: loopback answers in 1 ms
MAX_CALLBACKS = 20_000  # timers and frames run while settling; 180 frames and some thousand timers
MAX_REQUESTS = 1000  # a page of a real application loads below 100 files
SETTLING = 0.1  # scale at which a page is painted until it has settled: the smaller the cheaper
LOAD_TIMEOUT_MS = 20_000  # wall clock: meets only pages whose script never yields
# Frames that never loaded take no prelude: nothing to turn there.
_TURN = """async ([until, limit]) => {
  const clock = window.__corpuswright;
  if (!clock) return 0;
  const ran = await clock.advance(until, limit);
  await clock.settle();
  return ran;
}"""

# Style sheets that the browser has got and does not apply.
_UNSOUND = """() => [...document.querySelectorAll("link[rel~=stylesheet][integrity]")]
  .filter((link) => !link.sheet && !link.disabled).map((link) => link.href)"""
_KNOW = "function () { globalThis.cwRoots.set(this.host, this); }"


@dataclass(frozen=True, slots=True)
class View:
    """How a page is looked at. `width` and `height` are CSS pixels, `ratio` is device pixels each.

    `scroll` is the share (0 to 1) of the way to the page's end.
    """

    width: int
    height: int
    ratio: float
    theme: Literal["light", "dark"] = "light"
    scroll: float = 0.0


@dataclass(slots=True)
class Events:
    """What has happened to a page since it was opened.

    The browser tells of a request before it answers the call in which the page made it, so after a
    call `pending` is complete: no need to wait and see.
    """

    navigations: int = 0
    loads: int = 0
    crashed: bool = False
    asked: int = 0
    pending: set[Request] = field(default_factory=set[Request])
    outside: set[str] = field(default_factory=set[str])  # URLs of no site of ours


class Live:
    """A page on show, measured and driven through an isolated world.

    `composed` says that the page is ours, so that its own script may be asked
    (renderers.apps.page).
    """

    composed = False

    def __init__(
        self, page: Page, cdp: CDPSession, server: PageServer, events: Events, view: View
    ) -> None:
        """Made by `Browser.open`."""
        self.page = page
        self.cdp = cdp
        self.traffic: Traffic = server.traffic
        self._server = server
        self._turned = 0
        self._view = view
        self._events = events
        frame = cdp.send("Page.getFrameTree")["frameTree"]["frame"]["id"]
        self._world: int = cdp.send(
            "Page.createIsolatedWorld", {"frameId": frame, "worldName": "corpuswright"}
        )["executionContextId"]

    @property
    def unreached(self) -> set[str]:
        """Hosts that the page has asked for in vain.

        The browser asks for some of its own: what was refused and not asked for by the page is
        left out. A style sheet that was answered is in vain too where the page's `integrity` is of
        another version of it.
        """
        answered = self._events.outside.intersection(self.traffic.served)
        unsound: list[str] = self.evaluate(_UNSOUND) if answered else []
        refused = {h.rpartition(":")[0].strip("[]") for h in self.traffic.refused}
        vain = self._events.outside.difference(self.traffic.served)
        hosts = {urlsplit(url).hostname or "" for url in answered.intersection(unsound)}
        return hosts | refused & {urlsplit(url).hostname or "" for url in vain}

    def evaluate(self, function: str, *args: object) -> Any:
        """Call a JavaScript function in the isolated world; returns its JSON value."""
        call = f"({function})({','.join(json.dumps(a) for a in args)})"
        answer = self.cdp.send(
            "Runtime.evaluate",
            {
                "expression": call,
                "contextId": self._world,
                "returnByValue": True,
                "awaitPromise": True,
            },
        )
        if "exceptionDetails" in answer:
            detail = answer["exceptionDetails"]
            text = detail.get("exception", {}).get("description") or detail["text"]
            raise PageFault("measure_failed", str(text)[:200])
        return answer["result"].get("value")

    def ask(self, function: str) -> Any:
        """Call a function of a composed page's own world; returns its JSON value."""
        assert self.composed, "a page that is not ours is never believed"
        answer = self.cdp.send(
            "Runtime.evaluate",
            {"expression": f"({function})()", "returnByValue": True, "awaitPromise": True},
        )
        if "exceptionDetails" in answer:
            detail = answer["exceptionDetails"]
            text = detail.get("exception", {}).get("description") or detail["text"]
            raise PageFault("composed_page_failed", str(text)[:400])
        return answer["result"].get("value")

    def quad(self, expression: str) -> list[float] | None:
        """Return the 8 corner coordinates of an element's border box, in CSS pixels."""
        found = self.cdp.send(
            "Runtime.evaluate", {"expression": expression, "contextId": self._world}
        )["result"].get("objectId")
        try:
            return self.cdp.send("DOM.getBoxModel", {"objectId": found})["model"]["border"]
        except Error:
            return None

    def pierce(self) -> None:
        """Tell the isolated world, as `cwRoots`, of shadow roots that the parser has closed.

        Those that a script attaches are opened by page_prelude.js; these no script can reach.
        """
        tree = self.cdp.send("DOM.getDocument", {"depth": -1, "pierce": True})
        self.evaluate("() => { globalThis.cwRoots = new WeakMap(); }")
        for root in _closed(tree["root"]):
            found = self.cdp.send(
                "DOM.resolveNode",
                {"backendNodeId": root["backendNodeId"], "executionContextId": self._world},
            )["object"]["objectId"]
            self.cdp.send(
                "Runtime.callFunctionOn",
                {"objectId": found, "functionDeclaration": _KNOW},
            )

    @contextlib.contextmanager
    def true_colours(self) -> Generator[None]:
        """Stop the browser from darkening what a page without a dark theme of its own draws."""
        if self._view.theme != "dark":
            yield
            return
        self.cdp.send("Emulation.setAutoDarkModeOverride", {"enabled": False})
        try:
            yield
        finally:
            self.cdp.send("Emulation.setAutoDarkModeOverride", {"enabled": True})

    def shoot(self) -> bytes:
        """Return a PNG of the viewport."""
        answer = self.cdp.send(
            "Page.captureScreenshot", {"format": "png", "captureBeyondViewport": False}
        )
        return base64.b64decode(answer["data"])

    def settle(self, least: int = 2) -> None:
        """Turn the page's clock until it has come to rest, and scroll it; `least` as in `rest`."""
        self.rest(least)
        if self._view.scroll:
            self.evaluate(
                "(f) => scrollTo(0, f * (document.documentElement.scrollHeight - innerHeight))",
                self._view.scroll,
            )
            self.rest()
        set_viewport(self.cdp, self._view)
        self.check()

    def rest(self, least: int = 1) -> None:
        """Turn the clock in rounds: at least `least`, and on while a round loads something new."""
        for round_ in range(MAX_ROUNDS):
            self._await_network()
            asked = self._events.asked
            self._turned += ROUND_MS
            self._turn(self._turned)
            if round_ + 1 >= least and self._events.asked == asked:
                return
        raise PageFault("never_settles", f"still loading after {self._turned} ms of its time")

    def repaint(self) -> None:
        """Have everything painted anew: what has changed on show keeps the offset of its way."""
        set_viewport(self.cdp, self._view, SETTLING)
        self._turn(self._turned)  # no time goes by, but a frame is drawn
        set_viewport(self.cdp, self._view)

    def resize(self, height: int) -> None:
        """Give the viewport another height, in CSS pixels, and turn the clock until it rests."""
        self._view = replace(self._view, height=height)
        set_viewport(self.cdp, self._view, SETTLING)
        self.rest()
        set_viewport(self.cdp, self._view)

    def _await_network(self) -> None:
        for _ in range(LOAD_TIMEOUT_MS // POLL_MS):
            if not self._events.pending and not self._server.in_flight:
                return
            self.page.wait_for_timeout(POLL_MS)
            self.check()
        raise EngineFault("page_hung", "a request was never answered")

    def _turn(self, until: int) -> None:
        answer = self.cdp.send(
            "Runtime.evaluate",
            {
                "expression": f"({_TURN})([{until}, {MAX_CALLBACKS}])",
                "awaitPromise": True,
                "returnByValue": True,
            },
        )
        counts = [answer["result"].get("value", 0)]
        counts += [f.evaluate(_TURN, [until, MAX_CALLBACKS]) for f in self.page.frames[1:]]
        if max(counts) >= MAX_CALLBACKS:
            raise PageFault("never_settles", f"{max(counts)} callbacks in {until} ms of its time")

    def check(self) -> None:
        """Raise the PageFault of anything that has happened to the page meanwhile."""
        if self._events.crashed:
            raise EngineFault("tab_crashed")
        if self._events.navigations > 1:
            raise PageFault("navigated_away", self.page.url[:200])
        if self.traffic.total > MAX_REQUESTS:
            raise PageFault("too_many_requests", f"more than {MAX_REQUESTS}")


def _closed(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the closed shadow roots of a tree, and of the documents in it."""
    left = [node]
    while left:
        one = left.pop()
        for root in one.get("shadowRoots", ()):
            if root.get("shadowRootType") == "closed":
                yield root
        inside = [one["contentDocument"]] if "contentDocument" in one else []
        left += [*one.get("children", ()), *one.get("shadowRoots", ()), *inside]


def set_viewport(cdp: CDPSession, view: View, scale: float = 1.0) -> None:
    """Give the page its size; `scale` shrinks what is painted of it and nothing that it can see.

    A page loads and settles at another scale than it is shot at: a layer keeps the sub-pixel offset
    of its first painting, which depends on how far the page had come by then.
    """
    cdp.send(
        "Emulation.setDeviceMetricsOverride",
        {
            "width": view.width,
            "height": view.height,
            "deviceScaleFactor": 0,
            "mobile": False,
            "scale": scale,
        },
    )
