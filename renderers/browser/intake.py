"""The intake verdict: does a page, or a state of it, render alike every time and teach anything?"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

import numpy as np

from corpuswright.renderers.browser import gui
from corpuswright.renderers.browser.gui import GuiRenderer
from corpuswright.renderers.browser.page import Live, View
from corpuswright.renderers.browser.page_steps import PageStep
from corpuswright.renderers.faults import PageFault
from corpuswright.storage.keys import sha256
from corpuswright.storage.media import images
from corpuswright.storage.records import Scene, to_json

_LINKS = """() => [...new Set([...document.querySelectorAll('a[href]')]
  .map((a) => new URL(a.href, location.href))
  .filter((u) => u.origin === location.origin && !u.search)
  .map((u) => u.pathname.slice(1) + (u.hash.startsWith('#/') ? u.hash : '')))].sort()"""


class WantedPage(NamedTuple):
    """What a page must have to be used; the paper's funnel, which gives no numbers (App. C.1).

    `languages` are the primary subtags a page may declare (`en` takes `en-GB`); none is any, and a
    page that declares none is of no wanted language. `targets` is how many elements can be clicked.
    """

    languages: tuple[str, ...] = ()
    targets: int = 1


class PageVerdict(NamedTuple):
    """What intake found out about a page or a state of it.

    `reason` is empty where it renders alike every time; `print` is then a hash of its pixels.
    `reads` are the other pages it frames or fetches (`<site>/<path>`): their content is part of its
    identity. `links` are the pages of its own site that it links to. `found` is JSON that the plan
    is made from: the regions of a photograph. `unreached` are the hosts outside that it asks for.
    """

    reason: str
    value: str = ""
    reads: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    print: str = ""
    found: str = ""
    unreached: tuple[str, ...] = ()


ANY_PAGE = WantedPage()


def judge(
    renderer: GuiRenderer,
    site: str,
    path: str,
    view: View,
    taken: Sequence[PageStep] = (),
    known: Collection[str] = (),
    wanted: WantedPage = ANY_PAGE,
) -> PageVerdict:
    """Render on a fresh and on a used page and compare all pixels and geometry.

    Args:
        renderer: Of the sites.
        site: The site's name.
        path: The page.
        view: How to look at it.
        taken: The steps that lead to a state of it.
        known: Prints of states that are had already: another like them is refused.
        wanted: What the page must have.
    """
    browser = renderer.browser()

    def look() -> PageVerdict:
        first = None
        reads: set[str] = set()
        unreached: set[str] = set()
        links: list[str] = []
        for fresh in (True, False):
            if fresh:
                browser.fresh_page()
            with renderer.show(site, path, view, taken) as live:
                png, scene = gui.shot(live, view)
                _refuse_poor(png, scene, wanted.targets)
                _refuse_foreign(live, wanted.languages)
                links = _links(live)
                served = live.traffic.served
                unreached |= live.unreached
            seen = sha256(images.decode(png, path).tobytes()), sha256(to_json(scene))
            reads |= {u for u in served if u.endswith((".html", ".htm"))}
            if first is None:
                first = seen
                if seen[0] in known:
                    return PageVerdict("changes_nothing")
            elif first != seen:
                return PageVerdict("unstable", "pixels" if first[0] != seen[0] else "geometry")
        assert first is not None
        reads.discard(f"{site}/{path.split('#')[0]}")
        found = tuple(sorted(reads)), tuple(links), first[0], "", tuple(sorted(unreached))
        return PageVerdict("", "", *found)

    try:
        return gui.retried(browser, look)
    except PageFault as fault:
        return PageVerdict(fault.reason, fault.value)


def _links(live: Live) -> list[str]:
    return live.evaluate(_LINKS)


def _refuse_poor(png: bytes, scene: Scene, targets: int) -> None:
    """Refuse pages that teach nothing: blank ones and ones with too little to point at."""
    image = np.asarray(images.decode(png, "page").resize((64, 64)))
    if int(image.max()) - int(image.min()) < 8:
        raise PageFault("blank", "one colour")
    found = sum(e.click_point is not None for e in scene.elements)
    if not found:
        raise PageFault("nothing_to_point_at", f"{len(scene.elements)} elements")
    if found < targets:
        raise PageFault("too_little_to_point_at", f"{found} of {targets} elements")


def _refuse_foreign(live: Live, languages: Collection[str]) -> None:
    declared = str(live.evaluate("() => document.documentElement.lang"))
    if languages and declared.lower().split("-")[0] not in languages:
        raise PageFault("another_language", declared or "none declared")
