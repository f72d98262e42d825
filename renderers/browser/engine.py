"""The browser engine: one warm Chromium a process, its page reused, and a fault for every bad page.

A page is opened under a clock that we turn, so "wait until it has settled" means "turn the clock
until nothing new happens", not "sleep": a page takes the same steps on a slow machine. Everything
we read is read in an isolated JavaScript world, whose built-ins the page cannot have replaced.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import time
from collections.abc import Callable, Collection, Generator, Mapping
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from playwright.sync_api import (
    BrowserContext,
    CDPSession,
    Error,
    Page,
    Playwright,
    Request,
    TimeoutError,
    sync_playwright,
)

from corpuswright.renderers.browser import web_fonts
from corpuswright.renderers.browser.page import (
    LOAD_TIMEOUT_MS,
    POLL_MS,
    SETTLING,
    Events,
    Live,
    View,
    set_viewport,
)
from corpuswright.renderers.browser.server import PageServer
from corpuswright.renderers.browser.watchdog import Watchdog, kill_browsers
from corpuswright.renderers.faults import EngineFault, PageFault

PRELUDE = (Path(__file__).parent / "page_prelude.js").read_text()

PAGE_USES = 200  # a page is replaced after so many scenes, before its heap grows

_FLAGS = [
    "--font-render-hinting=none",
    "--disable-lcd-text",
    # Above ratio 1 Chromium turns on sub-pixel positioning, with other ascents, for some fonts and
    # not for others made at another moment: by chance, a line is a device pixel higher.
    "--disable-font-subpixel-positioning",
    "--force-color-profile=srgb",
    "--hide-scrollbars",
    "--disable-gpu",
    # Partial raster repaints what has changed over what was there, so that an antialiased corner
    # depends on how often it was painted; checker imaging draws before images are decoded.
    "--disable-partial-raster",
    "--disable-checker-imaging",
    "--enable-blink-features=ComputedAccessibilityInfo",
    "--blink-settings=imageAnimationPolicy=2",  # animated images stand on their first frame
    "--proxy-bypass-list=<-loopback>",  # loopback too goes through the page server
    # Chromium has given the flag another name: each version knows one of them.
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-features=Translate,MediaRouter,OptimizationHints,PaintHolding",
]

# Keeps the accessibility tree alive: names cost 10 us each, but pages a twentieth of their time.
_ACCESSIBLE = "--force-renderer-accessibility"

NO_PAGE = ".well-known/corpuswright"  # an empty page of the site's own origin
_STORE = "(items) => items.forEach((i) => localStorage.setItem(i.name, i.value))"


class BrowserMissing(RuntimeError):
    """No Chromium was found."""


def chromium_path() -> str | None:
    """Return the browser to start; None stands for Playwright's own download."""
    named = os.environ.get("CORPUSWRIGHT_CHROMIUM")
    if named:
        if not Path(named).exists():
            raise BrowserMissing(f"CORPUSWRIGHT_CHROMIUM names {named}, which does not exist")
        return named
    return shutil.which("chromium") or shutil.which("chromium-browser")


class Browser:
    """A warm Chromium over a page server; a context manager, or closed at exit by `shared`.

    The pixel ratio is fixed when a browser starts (0.5 s), so work comes best sorted by ratio.
    """

    def __init__(
        self,
        sites: Mapping[str, Path | str],
        allow: Collection[str] = (),
        signed_in: Mapping[str, Path] | None = None,
    ) -> None:
        """Take the sites, the outside `host:port`s that pages may reach, and storage states."""
        self.server = PageServer(sites, allow)
        self._signed_in = _states(signed_in)
        self._playwright: Playwright | None = None
        self._context: BrowserContext | None = None
        self._page: Page | None = None
        self._cdp: CDPSession | None = None
        self._uses = 0
        self._theme = ""  # what the page was last set to
        self._stateless = False  # whether what is on show leaves nothing behind
        self._accessible = False
        self._ratio = 0.0
        self.version = ""

    def __enter__(self) -> Self:
        self.server.__enter__()
        self._playwright = sync_playwright().start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop the browser and the server; safe to call twice."""
        self.restart()
        if self._playwright is not None:
            with contextlib.suppress(Error):
                self._playwright.stop()
            self._playwright = None
            self.server.__exit__(None, None, None)

    def restart(self) -> None:
        """Drop the browser; the next page gets a fresh one. A hung browser is killed."""
        context, self._context, self._page, self._cdp = self._context, None, None, None
        if context is None or context.browser is None:
            return
        kill_browsers()  # a tab in an endless loop does not answer a polite close
        with contextlib.suppress(Error):
            context.browser.close()

    def fresh_page(self) -> None:
        """Make the next scene begin on a page that has shown nothing yet."""
        if self._page is not None:
            with contextlib.suppress(Error):
                self._page.close()
        self._page = None

    def serve(
        self,
        sites: Mapping[str, Path | str],
        allow: Collection[str],
        signed_in: Mapping[str, Path] | None,
    ) -> None:
        """Show other sites from now on; the process stays, nothing that was loaded does."""
        self.server.serve(sites, allow)
        self._signed_in = _states(signed_in)
        self.forget()

    def forget(self) -> None:
        """Have the next page load all its files anew, whatever was loaded before."""
        if self._cdp is not None and self._page is not None:
            with contextlib.suppress(Error):
                self._cdp.send("Network.clearBrowserCache")
        self.fresh_page()

    def _ready(self, ratio: float, accessible: bool) -> tuple[Page, CDPSession]:
        if ratio != self._ratio or (accessible and not self._accessible):
            self.restart()
        if self._context is None:
            self._launch(ratio, accessible)
        if self._uses >= PAGE_USES:
            self.fresh_page()
        if self._page is None or self._cdp is None:
            assert self._context is not None
            self._page = self._context.new_page()
            self._cdp = self._context.new_cdp_session(self._page)
            web_fonts.answer_from(self._cdp, self.server)
            self._uses, self._theme, self._stateless = 0, "", False
        self._uses += 1
        return self._page, self._cdp

    def _launch(self, ratio: float, accessible: bool) -> None:
        assert self._playwright is not None, "use Browser as a context manager"
        path = chromium_path()
        try:
            browser = self._playwright.chromium.launch(
                executable_path=path,
                # The screen's own ratio, not an emulated one: under emulation Chromium snaps boxes
                # to whole CSS pixels and paints them up to ratio / 2 px from where they are.
                args=[
                    *_FLAGS,
                    *[_ACCESSIBLE][:accessible],
                    f"--force-device-scale-factor={ratio:g}",
                ],
                chromium_sandbox=os.geteuid() != 0,  # Chromium refuses its sandbox to root
                proxy={"server": f"http://127.0.0.1:{self.server.port}"},
            )
        except Error as error:
            raise BrowserMissing(
                f"expected a Chromium at {path or 'the place of Playwright’s own download'}: "
                f"{error.message.splitlines()[0]}; install Debian's package `chromium`, or run "
                "`playwright install chromium`, or set CORPUSWRIGHT_CHROMIUM"
            ) from error
        self.version, self._ratio, self._accessible = browser.version, ratio, accessible
        self._context = browser.new_context(
            no_viewport=True,
            service_workers="block",
            reduced_motion="reduce",
            locale="en-US",
            timezone_id="UTC",
            accept_downloads=False,
        )
        self._context.add_init_script(PRELUDE)
        self._context.set_default_timeout(LOAD_TIMEOUT_MS)

    def _sign_in(self, page: Page, site: str) -> None:
        """Put cookies and local storage of the site's storage state in place, on an empty page."""
        held, url = self._signed_in[site], self.server.url(site, "")
        page.context.clear_cookies()
        page.context.add_cookies(
            [{"name": c["name"], "value": c["value"], "url": url} for c in held.get("cookies", ())]
        )
        items = [i for origin in held.get("origins", ()) for i in origin["localStorage"]]
        if items:
            page.goto(url + NO_PAGE, wait_until="commit")
            page.evaluate(_STORE, items)
            page.goto("about:blank", wait_until="commit")

    @contextlib.contextmanager
    def open(self, site: str, path: str, view: View, stateless: bool = False) -> Generator[Live]:
        """Show a page, settled and scrolled, and yield it.

        Args:
            site: Of the page.
            path: In the site.
            view: How it is looked at.
            stateless: Of a page of ours that stores nothing, and whose accessibility tree nobody
                asks for: another such may follow at once, which saves a sixth of the time.

        Raises:
            PageFault: The page cannot become a scene; the browser lives on.
            EngineFault: Tab or browser died or hung; the next call starts a fresh browser.
        """
        events = Events()
        watchdog = Watchdog()  # a page may hang, or grow, in any of the calls below
        try:
            watchdog.__enter__()
            page, cdp = self._ready(view.ratio, not stateless)
            self.server.reset()
            if not (stateless and self._stateless):
                _leave(cdp, page, self.server.url(site, ""))
            self._stateless = stateless
            if site in self._signed_in:
                self._sign_in(page, site)
            if self._theme != view.theme:
                _set(cdp, view)
                self._theme = view.theme
            set_viewport(cdp, view, scale=SETTLING)
            with _watched(page, events):
                _load(page, events, self.server.url(site, path))
                live = Live(page, cdp, self.server, events, view)
                # What is ours is asked whether it is ready, and rests again after that.
                live.settle(1 if stateless else 2)
                yield live
                live.check()
        except Error as error:
            if watchdog.taken:
                self.restart()
                raise PageFault("too_much_memory", f"{watchdog.taken >> 20} MiB") from error
            if events.navigations > 1 and not events.crashed:
                self.restart()
                raise PageFault("navigated_away", "while it was measured") from error
            self.restart()
            hung = isinstance(error, TimeoutError)
            text = error.message.splitlines()[0] if error.message else ""
            raise EngineFault("page_hung" if hung else "tab_crashed", text[:200]) from error
        except EngineFault as fault:
            self.restart()
            if watchdog.taken:  # what came of it is not the engine's
                raise PageFault("too_much_memory", f"{watchdog.taken >> 20} MiB") from fault
            raise
        except PageFault:
            if events.navigations > 1:
                self.restart()  # closing a page that reloads for ever can wait for ever
            else:
                self.fresh_page()
            raise
        finally:
            watchdog.__exit__()


@contextlib.contextmanager
def _watched(page: Page, events: Events) -> Generator[None]:
    def loaded(_: Page) -> None:
        events.loads += 1

    def request(r: Request) -> None:
        if r.is_navigation_request() and r.frame == page.main_frame and r.redirected_from is None:
            events.navigations += 1
        events.asked += 1
        if not (urlsplit(r.url).hostname or "localhost").endswith("localhost"):
            events.outside.add(r.url)
        events.pending.add(r)

    def over(r: Request) -> None:
        events.pending.discard(r)

    def crash(_: Page) -> None:
        events.crashed = True
        kill_browsers()  # a call to a crashed tab would wait for ever

    listeners: list[tuple[Any, Callable[..., None]]] = [
        ("load", loaded),
        ("request", request),
        ("requestfinished", over),
        ("requestfailed", over),
        ("crash", crash),
    ]
    for event, listener in listeners:
        page.on(event, listener)
    try:
        yield
    finally:
        for event, listener in listeners:
            page.remove_listener(event, listener)


def _leave(cdp: CDPSession, page: Page, origin: str) -> None:
    if page.url != "about:blank":  # and before the listeners of `_watched` count
        page.goto("about:blank", wait_until="commit")
    # What an earlier page of the same site left behind must not decide this one's pixels.
    cdp.send(
        "Storage.clearDataForOrigin",
        {
            "origin": origin.rstrip("/"),
            "storageTypes": "cookies,indexeddb,local_storage,cache_storage,websql",
        },
    )


def _set(cdp: CDPSession, view: View) -> None:
    dark = view.theme == "dark"
    cdp.send(
        "Emulation.setEmulatedMedia",
        {
            "features": [
                {"name": "prefers-color-scheme", "value": view.theme},
                {"name": "prefers-reduced-motion", "value": "reduce"},
            ]
        },
    )
    cdp.send("Emulation.setAutoDarkModeOverride", {"enabled": dark} if dark else {})


def _load(page: Page, events: Events, url: str) -> None:
    try:
        answer = page.goto(url, wait_until="commit")
    except Error as error:
        if isinstance(error, TimeoutError):
            raise
        text = error.message.splitlines()[0]
        if "Download is starting" in text:
            raise PageFault("download", url) from error
        if "interrupted by another navigation" in text or "ERR_ABORTED" in text:
            raise PageFault("navigated_away", text[:200]) from error
        if "ERR_TOO_MANY_REDIRECTS" in text:
            raise PageFault("navigated_away", text[:200]) from error
        if "crash" in text.lower() or "closed" in text:
            raise
        raise PageFault("load_failed", text[:200]) from error
    deadline = time.monotonic() + LOAD_TIMEOUT_MS / 1000
    while not events.loads:
        page.wait_for_timeout(POLL_MS)
        if events.navigations > 1:
            raise PageFault("navigated_away", "while it was loading")
        if time.monotonic() > deadline:
            raise EngineFault("page_hung", f"no load event in {LOAD_TIMEOUT_MS} ms")
    if answer is None or answer.status != 200:
        raise PageFault("http_status", str(answer.status if answer else "no answer"))
    if answer.request.redirected_from is not None or page.url.split("#")[0] != url.split("#")[0]:
        raise PageFault("navigated_away", page.url[:200])
    kind = answer.headers.get("content-type", "")
    if "html" not in kind:
        raise PageFault("not_html", kind)


def _states(signed_in: Mapping[str, Path] | None) -> dict[str, Any]:
    return {n: json.loads(p.read_text()) for n, p in (signed_in or {}).items()}
