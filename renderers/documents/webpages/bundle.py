"""A page with all it needs, as files: it opens from a folder, without a network."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from corpuswright.renderers.documents import charts, looks
from corpuswright.renderers.documents.content.tables import Table
from corpuswright.renderers.documents.document import Document, Node
from corpuswright.renderers.documents.drafting import Draft
from corpuswright.renderers.documents.engines import web_html
from corpuswright.renderers.documents.engines.html import ECHARTS, ICONS, VEGA, VEGA_LITE
from corpuswright.renderers.documents.webpages import style_sheet
from corpuswright.renderers.documents.webpages.page_source import INDEX, PageSource
from corpuswright.renderers.documents.webpages.plan import Chart, PagePlan, Section, Style
from corpuswright.renderers.documents.webpages.sections import Writer
from corpuswright.renderers.documents.webpages.tags import Part, Tag, parts
from corpuswright.renderers.faults import PageFault
from corpuswright.storage import keys

VERSION = 1  # bump when an unchanged plan gives another page

INNER, GUTTER, GAP, PLATE = 1180, 48, 56, 48  # pixels, as style_sheet.py has them
_DRAW = Path(__file__).parents[1] / "engines" / "js" / "draw_charts.js"
_FONT = re.compile(r"http://([\w-]+)\.localhost/files/([\w.-]+)")
_SCRIPTS = {
    "echarts": ((ECHARTS, "echarts.min.js"),),
    "vega": ((VEGA, "vega.min.js"), (VEGA_LITE, "vega-lite.min.js")),
}

Read = Callable[[str, str], bytes]  # (site, path) → a file's bytes
Files = Mapping[str, bytes]  # a page's files by their paths in its folder


def look_of(style: Style) -> looks.Look:
    """Return a page's style as the look that charts are drawn in."""
    accents = tuple(dict.fromkeys(style.accents))
    fill = ("#5bb0ee", "#f58220", "#1e9e5a", "#c2189b")
    return looks.Look("page", style.background, style.surface, style.ink,
                      (*accents, *(f for f in fill if f not in accents))[:4], style.heading_font,
                      style.body_font, style.radius, False, 1.0)  # fmt: skip


def write(plan: PagePlan, read: Read) -> dict[str, bytes]:
    """Return a page's files but for its pictures and videos: `index.html` and `assets/*`."""
    files: dict[str, bytes] = {}
    style = plan.style
    faces = looks.font_faces([style.heading_font, style.body_font])
    for site, file in _FONT.findall(faces):
        files[f"assets/fonts/{file}"] = read(site, f"files/{file}")
    faces = _FONT.sub(lambda m: f"assets/fonts/{m[2]}", faces)
    library = web_html.COMPONENTS[style.library]
    sheet = f"assets/{library.site.name}.css"
    files[sheet] = read(library.site.name, library.sheet)
    drawn = _charts(plan)
    scripts: list[str] = []
    for site, name in dict.fromkeys(s for c in drawn for s in _SCRIPTS[c["library"]]):
        files[f"assets/{name}"] = read(site.name, name)
        scripts.append(f"assets/{name}")
    if drawn:
        files["assets/charts.js"] = _DRAW.read_bytes()
        scripts.append("assets/charts.js")
    files[INDEX] = _page(plan, body(plan, read), sheet, style_sheet.write(plan, faces), drawn,
                         scripts).encode()  # fmt: skip
    # As a parser writes it again: a page that was edited differs where it was, and nowhere else.
    return PageSource.of(files).write()


def body(plan: PagePlan, read: Read) -> list[Tag]:
    """Return the elements of a page."""
    return Writer(plan, lambda name: _icon(name, read)).body()


def wanted(plan: PagePlan, read: Read) -> list[Part]:
    """Return what the page must hold, in the order in which it is read."""
    return parts(body(plan, read))


def _icon(name: str, read: Read) -> str:
    """Return an icon's drawing; empty for a name that the icons do not have."""
    try:
        text = read(ICONS.name, f"icons/{name}.svg").decode()
    except PageFault:
        return ""
    inside = re.sub(r"^<svg[^>]*>|</svg>\s*$", "", text.strip())
    return f'<svg viewBox="0 0 16 16">{" ".join(inside.split())}</svg>'


def _page(
    plan: PagePlan, tags: list[Tag], sheet: str, style: str, drawn: list[dict[str, Any]],
    scripts: list[str],
) -> str:  # fmt: skip
    data = json.dumps(drawn, ensure_ascii=False, indent=1).replace("<", "\\u003c")
    said = f"<script>const CW_CHARTS = {data};</script>\n" if drawn else ""
    return (
        '<!doctype html>\n<html lang="en" data-theme="light">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{html.escape(plan.title)}</title>\n"
        f'<link rel="stylesheet" href="{sheet}">\n<style>\n{style}</style>\n</head>\n'
        f'<body class="site">\n{"".join(t.html(0) for t in tags)}{said}'
        + "".join(f'<script src="{url}"></script>\n' for url in scripts)
        + "</body>\n</html>\n"
    )


# Charts, as the document core has them.


def chart_document(plan: PagePlan) -> Document:
    """Return the charts of a page as nodes: marks, labels, legends, ticks."""
    nodes: list[Node] = []
    for section in plan.sections:
        if section.chart is None:
            continue
        id = f"{section.id}.chart"
        draft = Draft(keys.generator("page", "chart", VERSION, id), look_of(plan.style))
        ground = _ground(plan, section)
        wide, high = _size(plan, section)
        name = f"the chart of the section {section.id}"
        frame = (0.0, 0.0, wide, high)
        charts.add(draft, id, name, frame, table_of(section.chart), section.chart.kind,
                   section.chart.library, surface=ground, size=(wide, high))  # fmt: skip
        nodes += draft.nodes
    return Document("webpage", "page", (plan.width, 800), 1.0, plan.style.library,
                    plan.style.background, plan.title, tuple(nodes))  # fmt: skip


def _charts(plan: PagePlan) -> list[dict[str, Any]]:
    document = chart_document(plan)
    return [charts.drawn(document, n) for n in document.of("chart")]


def _ground(plan: PagePlan, section: Section) -> str:
    if section.kind == "hero":
        return plan.tone(section)
    return style_sheet.card(plan, section.tone)


def _size(plan: PagePlan, section: Section) -> tuple[float, float]:
    inner = min(INNER, plan.width) - GUTTER
    beside = section.layout in ("media_left", "media_right", "grid", "row")
    plate = 0 if section.kind == "hero" else PLATE
    return ((inner - GAP) / 2 - plate, 340.0) if beside else (inner - plate, 400.0)


def table_of(chart: Chart) -> Table:
    """Return a chart's numbers as a table."""
    values = [v for row in chart.values for v in row]
    decimals = max((len(f"{v:.3f}".rstrip("0").partition(".")[2]) for v in values), default=0)
    return Table(chart.title, chart.category or " ", chart.value or chart.title or " ", chart.unit,
                 tuple(chart.categories), tuple(chart.series),
                 tuple(tuple(map(float, row)) for row in chart.values), min(decimals, 3),
                 chart.kind == "line", "the plan", True)  # fmt: skip
