"""How fast documents are drawn and measured, beside a loop that loads a page and shoots it.

    python -m tests.bench.documents.speed --documents 60

The peer is Playwright itself (the version that is installed): `page.set_content`, fonts ready, a
screenshot; the same pages, the same browser's binary, one after the other in one process. It is
given the HTML that we have to write (charts by matplotlib in it): both ratios are told.
"""

from __future__ import annotations

import argparse
import time
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version

from playwright.sync_api import sync_playwright

from corpuswright.annotators.documents import questions
from corpuswright.assets.documents import designs
from corpuswright.renderers.browser.engine import chromium_path
from corpuswright.renderers.documents import mutations
from corpuswright.renderers.documents.document import Document
from corpuswright.renderers.documents.engines import html, page, web_html
from corpuswright.renderers.faults import PageFault
from tests.fixtures import documents

import numpy as np  # isort: skip

ROUNDS = 5


def main() -> None:
    """Measure both, and print the ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=60, help="how many (default 60)")
    number = parser.parse_args().documents
    shown = documents.pages()
    plans = [d for _, d in documents.plans(-(-number // len(designs.CELLS)), 90_000)][:number]
    # In turn: the machine is not equally quick all the time.
    rounds: list[tuple[float, float, float]] = []
    for _ in range(ROUNDS):
        ours = measured(plans, shown)
        # The product's browser has this thread; the peer has one of its own.
        with ThreadPoolExecutor(1) as other:
            rounds.append((ours, *other.submit(shot, plans, shown).result()))
    ours, bare, writing = (float(np.median(column)) for column in zip(*rounds, strict=True))
    loaded = 1 / (1 / ours - writing)
    print(f"{len(plans)} documents: {60 * ours:.0f} a minute and core drawn and measured, "
          f"{60 * bare:.0f} by a bare loop of Playwright {version('playwright')}: "
          f"{loaded / bare:.2f} of it from the HTML on, {ours / bare:.2f} with writing it "
          f"({1000 * writing:.0f} ms a document)")  # fmt: skip
    start, asked = time.monotonic(), 0
    for seed, document in enumerate(plans):
        dimension = designs.CELLS[seed % len(designs.CELLS)][1]
        rng = np.random.default_rng(seed)
        twin = mutations.draw(document, dimension, rng)
        if twin is not None:
            asked += len(questions.chosen(document, twin.document, dimension, rng))
    print(f"{asked / (time.monotonic() - start):.0f} questions a second, chosen from all that fit")


def measured(plans: list[Document], shown: documents.GuiRenderer) -> float:
    """Return documents a second, drawn and measured."""
    page.draw(plans[0], shown)  # the browser starts once
    start, made = time.monotonic(), 0
    for document in plans:
        try:
            page.draw(document, shown)
            made += 1
        except PageFault:
            continue
    return made / (time.monotonic() - start)


def shot(plans: list[Document], shown: documents.GuiRenderer) -> tuple[float, float]:
    """Return documents a second, loaded and shot, and seconds to write the HTML of one."""
    server, start = shown.browser().server, time.monotonic()
    pages = [(web_html.page if d.domain == "webpage" else html.page)(d, shown.read) for d in plans]
    writing = (time.monotonic() - start) / len(plans)
    with sync_playwright() as playwright_:
        browser = playwright_.chromium.launch(
            executable_path=chromium_path(),
            args=["--no-sandbox", "--proxy-bypass-list=<-loopback>"],
            proxy={"server": f"http://127.0.0.1:{server.port}"},
        )
        tab = browser.new_page()
        start = time.monotonic()
        for document, text in zip(plans, pages, strict=True):
            wide, high = document.size
            tab.set_viewport_size({"width": wide, "height": max(high, 600)})
            tab.set_content(text, wait_until="load")
            tab.evaluate("document.fonts.ready.then(() => true)")
            tab.screenshot(full_page=document.domain == "webpage")
        seconds = time.monotonic() - start
        browser.close()
    return len(plans) / seconds, writing


if __name__ == "__main__":
    main()
