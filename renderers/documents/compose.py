"""A document of one cell, drawn from a seed: five domains, four dimensions."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import numpy as np

from corpuswright.renderers.documents import looks
from corpuswright.renderers.documents.content import facts, tables, topics
from corpuswright.renderers.documents.document import Document, Domain, Engine
from corpuswright.renderers.documents.drafting import Draft
from corpuswright.renderers.documents.engines import web_html
from corpuswright.renderers.documents.layouts import (
    dashboards,
    figures,
    knowledge,
    posters,
    slides,
    webpages,
)
from corpuswright.renderers.faults import PageFault
from corpuswright.storage.records import Json

VERSION = 3  # bump when a cell's document comes out otherwise

DOMAINS: tuple[Domain, ...] = ("slides", "webpage", "chart", "poster", "scientific_figure")
DIMENSIONS = ("layout", "attribute", "text", "knowledge")
DATA = "vega-datasets"

Read = Callable[[str, str], bytes]  # (site, path) → a file's bytes


def compose(parameters: Json, read: Read) -> Document:
    """Return the document of a spec.

    Args:
        parameters: `domain`, `dimension`, `level` (1 to 3), `engine`, `ratio`, `seed`, and
            `site` and `path` of a table of the user's where there is one.
        read: Gives files of sites.
    """
    rng = np.random.default_rng(int(parameters["seed"]))
    domain = cast(Domain, parameters["domain"])
    engine = cast(Engine, parameters["engine"])
    level, asked = int(parameters["level"]), str(parameters["dimension"])
    look = looks.draw(rng, looks.PAIRS if engine == "page" else looks.INSTALLED)
    sheet = Draft(rng, look)
    words = topics.draw(rng)

    def table(wide: bool) -> tables.Table:
        if "path" in parameters:
            site, path = str(parameters["site"]), str(parameters["path"])
            return tables.of_user(rng, path, read(site, path), 8)
        return tables.draw(rng, lambda f: read(DATA, f"{f}"), 3, 3 + level * 2, wide)

    first = table(bool(rng.uniform() < 0.4) and asked != "knowledge")
    # What a company, a school or a town shows are its own numbers.
    if domain in ("slides", "webpage", "scientific_figure") and "path" not in parameters:
        first = topics.history(rng, words, 3 + level * 2)
    known = None
    if asked == "knowledge" and domain != "chart":
        known = facts.draw(rng, 4 if domain == "scientific_figure" else 6 + 2 * (level > 1))
    name, size = look.name, (0, 0)
    if domain == "webpage":
        name = str(rng.choice(list(web_html.COMPONENTS)))
        width = int(rng.choice(webpages.WIDTHS))
        size = (width, round(webpages.draft(sheet, width, words, first, known, level)))
    elif domain == "chart":
        size = _one(rng, dashboards.SIZES)
        panels = asked == "layout" or (asked != "knowledge" and bool(rng.uniform() < 0.4))
        facts_wanted = asked == "knowledge"
        dashboards.draft(sheet, size, first, table, max(2, level) if facts_wanted else level,
                         panels)  # fmt: skip
    elif domain == "scientific_figure":
        size = _one(rng, figures.SIZES)
        figures.draft(sheet, size, words, first, table, known, level, engine == "page")
    elif known is not None:
        portrait = domain == "poster"
        size = _one(rng, posters.SIZES if portrait else slides.SIZES)
        knowledge.draft(sheet, size, known, portrait)
    elif domain == "poster":
        size = _one(rng, posters.SIZES)
        posters.draft(sheet, size, words, first, level)
    else:
        size = _one(rng, slides.SIZES)
        slides.draft(sheet, size, words, first, level, engine == "page")
    subject = known.title if known else words.topic if domain != "chart" else first.title
    ids = [n.id for n in sheet.nodes]
    names = [n.name for n in sheet.nodes]
    if twice := next((n for n in [*ids, *names] if ids.count(n) + names.count(n) > 1), ""):
        raise PageFault("two_things_of_one_name", twice)  # categories of one name, of a user's
    return Document(domain, engine, size, float(parameters["ratio"]), name, look.background,
                    subject, tuple(sheet.nodes))  # fmt: skip


def _one(rng: np.random.Generator, sizes: tuple[tuple[int, int], ...]) -> tuple[int, int]:
    return sizes[int(rng.integers(0, len(sizes)))]
