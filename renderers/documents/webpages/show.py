"""A page shown: its picture, what is measured of it, what axe-core says, and its print as PDF."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corpuswright.renderers.browser import gui
from corpuswright.renderers.browser.gui import GuiRenderer
from corpuswright.renderers.browser.page import Live, View
from corpuswright.renderers.documents.webpages.bundle import INDEX, Files
from corpuswright.renderers.faults import PageFault
from corpuswright.storage.inputs.sites import Site
from corpuswright.storage.keys import sha256

VERSION = 1  # bump when pixels or measurements of an unchanged page change

# axe-core by Deque: what an automatic audit of accessibility finds, in a widely used form.
AXE = Site(
    "axe-core", ".", (), "MPL-2.0", "Deque Systems", "axe-core@4.14.1",
    "e6b0ce02b84d892e2e33e403485e7f3d6c29e2be6df65daf44d89ba564139745",
)  # fmt: skip
HOST = "page"  # host name that pages are served under
FIRST = 900  # pixels of the window that a page is laid out in before its height is known
TALLEST = 12_000  # pixels: beyond it a page is refused; the longest plan has some 9,000
_MEASURE = (Path(__file__).parent / "js" / "measure_page.js").read_text()
_CHARTS = "() => window.cw ? window.cw.ready.then(() => ({marks: window.cw.marks, \
axes: window.cw.axes, faults: window.cw.faults})) : null"
# Rules that say something of a page alone, whatever it is for; contrast is measured here too.
_AXE = """async (source) => {
  (0, eval)(source);
  const found = await axe.run(document, { resultTypes: ["violations"],
    runOnly: { type: "tag", values: ["wcag2a", "wcag2aa", "best-practice"] } });
  return found.violations.map((v) => ({ rule: v.id, impact: v.impact, help: v.help,
    nodes: v.nodes.map((n) => {
      const el = document.querySelector(n.target[0]);
      const at = el && el.closest("[data-node]");
      return at ? at.dataset.node : "";
    }) }));
}"""


@dataclass(frozen=True, slots=True)
class Shown:
    """A page as it came out.

    Attributes:
        png: Of the whole page.
        size: (width, height) of the picture in pixels.
        scale: Pixels of the picture per CSS pixel.
        found: What measure_page.js says, with `drawn` of the charts.
        audit: Violations that axe-core found: `rule`, `impact`, `help`, `nodes`; None if not asked.
        pdf: The page printed as one sheet, by another path of the browser; empty if not asked.
        unreached: Hosts that it has asked for in vain.
    """

    png: bytes
    size: tuple[int, int]
    scale: float
    found: Mapping[str, Any]
    audit: list[dict[str, Any]] | None
    pdf: bytes
    unreached: tuple[str, ...] = ()


def show(
    files: Files, width: int, pages: GuiRenderer, ratio: float = 1.0, audit: bool = True,
    printed: bool = False, index: str = INDEX, foreign: bool = False,
) -> Shown:  # fmt: skip
    """Show a page's files, whole, and return what came out.

    Args:
        files: By path.
        width: Of the window, in CSS pixels.
        pages: The browser.
        ratio: Stored pixels a CSS pixel.
        audit: Whether axe-core is asked.
        printed: Whether it is printed too.
        index: The page among the files.
        foreign: Whether it is a page of others, whose scripts are not asked, and which may ask for
            the network in vain.

    Raises:
        PageFault: It cannot be shown, asks for the network, or is too tall.
    """
    # Named by content: a browser keeps what it has loaded under a name.
    folder = sha256("".join(f"{p}\0{sha256(b)}\0" for p, b in sorted(files.items())))[:16]
    server = pages.browser().server

    def shoot() -> Shown:
        for path, data in files.items():
            server.documents[f"{HOST}/{folder}/{path}"] = data
        try:
            return _shoot(f"{folder}/{index}", width, pages, ratio, audit, printed, foreign)
        finally:
            server.documents.clear()

    return gui.retried(pages.browser(), shoot)


def _shoot(
    path: str, width: int, pages: GuiRenderer, ratio: float, audit: bool, printed: bool,
    foreign: bool,
) -> Shown:  # fmt: skip
    browser = pages.browser()
    with browser.open(HOST, path, View(width, FIRST, ratio)) as live:
        found = _measured(live, foreign)
        high = max(int(found["high"]), 1)
        if high > TALLEST:
            raise PageFault("page_too_tall", f"{high} px")
        live.resize(high)
        again: dict[str, Any] = live.evaluate(_MEASURE)
        if _boxes(again) == _boxes(found):
            return _shot(live, found | again, width, high, pages, ratio, audit, printed, foreign)
    # What is as high as the window has moved its charts: they are drawn where they are seen.
    with browser.open(HOST, path, View(width, high, ratio)) as live:
        found = _measured(live, foreign)
        return _shot(live, found, width, high, pages, ratio, audit, printed, foreign)


def _boxes(found: Mapping[str, Any]) -> list[Any]:
    return [n["box"] for n in found["nodes"]]


def _shot(
    live: Live, found: dict[str, Any], width: int, high: int, pages: GuiRenderer, ratio: float,
    audit: bool, printed: bool, foreign: bool,
) -> Shown:  # fmt: skip
    png = live.shoot()
    asked = sorted(live.unreached)
    if asked and not foreign:
        raise PageFault("network_asked_for", ", ".join(asked)[:200])
    told = live.evaluate(_AXE, pages.read(AXE.name, "axe.min.js").decode()) if audit else None
    pdf = _print(live, width, high) if printed else b""
    return Shown(png, gui.png_size(png), ratio, found, told, pdf, tuple(asked))


def _measured(live: Live, foreign: bool) -> dict[str, Any]:
    """Return what is measured of a page, its charts drawn."""
    drawn = None
    if not foreign:
        live.composed = True  # our own script draws the charts, and says where their marks are
        drawn = live.ask(_CHARTS)
    live.rest()
    found: dict[str, Any] = live.evaluate(_MEASURE)
    found["drawn"] = drawn or {"marks": {}, "axes": {}, "faults": []}
    return found


def _print(live: Live, width: int, high: int) -> bytes:
    live.cdp.send("Emulation.setEmulatedMedia", {"media": "screen"})
    try:
        answer = live.cdp.send(
            "Page.printToPDF",
            {"printBackground": True, "paperWidth": width / 96, "paperHeight": (high + 2) / 96,
             "marginTop": 0, "marginBottom": 0, "marginLeft": 0, "marginRight": 0},
        )  # fmt: skip
    finally:
        live.cdp.send("Emulation.setEmulatedMedia", {"media": ""})
    return base64.b64decode(answer["data"])
