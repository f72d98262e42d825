"""A planned document as HTML, each thing at its place: slides, posters, charts, figures."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from corpuswright.renderers.documents import charts, looks
from corpuswright.renderers.documents.document import Document, Node
from corpuswright.renderers.documents.drafting import LINE
from corpuswright.renderers.documents.engines import matplotlib_charts
from corpuswright.storage.inputs.sites import Site

_JS = Path(__file__).parent / "js"

ICONS = Site(
    "web-fonts-bootstrap-icons", ".", (), "MIT", "as its package says", "bootstrap-icons@1.13.2",
    "7b5960145e1ab14a49a117f96a9e5a54a94fdf07f21e302d9e4f88d73dd19f9c",
)  # fmt: skip
ECHARTS = Site(
    "echarts", "dist", (), "Apache-2.0", "the Apache Software Foundation", "echarts@6.1.0",
    "681aff88cc1038c3fa941a3a53d1b177a52250b05335efc607d6105ae13be481",
)  # fmt: skip
VEGA = Site(
    "vega", "build", (), "BSD-3-Clause", "the University of Washington", "vega@6.4.0",
    "3521fb6ff68a94a40323954f0ba4484ba4014b157bfd37f89a3b063082320c42",
)  # fmt: skip
VEGA_LITE = Site(
    "vega-lite", "build", (), "BSD-3-Clause", "the University of Washington", "vega-lite@6.5.0",
    "811230a6bfd2cdbfc359d0c38f624a90df86657b7f251b67be88bcc4eee32b7f",
)  # fmt: skip
LIBRARIES = (ICONS, ECHARTS, VEGA, VEGA_LITE)
_SCRIPTS = {
    "echarts": ("http://echarts.localhost/echarts.min.js",),
    "vega": (
        "http://vega.localhost/vega.min.js",
        "http://vega-lite.localhost/vega-lite.min.js",
    ),
    "matplotlib": (),
}

Read = Callable[[str, str], bytes]  # (site, path) → a file's bytes
_BASE = """*{box-sizing:border-box;margin:0;padding:0}
html,body{overflow:hidden}
body{position:relative}
.node{position:absolute;display:flex;flex-direction:column;white-space:pre-wrap;
overflow-wrap:normal;border:0 solid transparent}
.node>svg{width:100%;height:100%;display:block}.chart-host{width:100%;height:100%}
.chart-host svg{display:block}"""
_ALIGN = {"left": "flex-start", "center": "center", "right": "flex-end"}
_VALIGN = {"top": "flex-start", "middle": "center", "bottom": "flex-end"}


def page(document: Document, read: Read) -> str:
    """Return a document's page; `read` gives icons."""
    wide, high = document.size
    body = "".join(_node(document, n, read) for n in document.nodes if n.frame is not None)
    style = f"{_BASE} body{{width:{wide}px;height:{high}px;background:{document.background}}}"
    return whole(document, style, body, ())


def whole(document: Document, style: str, body: str, sheets: Sequence[str]) -> str:
    """Return a page of some body, with the document's fonts, and its charts drawn."""
    drawn = [charts.drawn(document, n) for n in document.of("chart")]
    scripts = dict.fromkeys(s for c in drawn for s in _SCRIPTS[c["library"]])
    fonts = [str(n.style["font"]) for n in document.nodes if n.style.get("font")]
    fonts += [str(c["font"]) for c in drawn]
    plain = json.dumps(drawn, ensure_ascii=False).replace("<", "\\u003c")
    # Faces are fetched when something is set in them: what a chart's script measures comes later.
    wanted = "".join(
        f"<p style=\"position:absolute;left:-999px;font:{weight} 10px '{f}'\">x</p>"
        for f in dict.fromkeys(str(c["font"]) for c in drawn)
        for weight in ("400", "700")
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f"<title>{html.escape(document.subject)}</title>"
        + "".join(f'<link rel="stylesheet" href="{url}">' for url in sheets)
        + f"<style>{looks.font_faces(fonts)}{style}</style></head><body>{body}{wanted}"
        + "".join(f'<script src="{url}"></script>' for url in scripts)
        + f"<script>const CW_CHARTS = {plain};</script>"
        + f"<script>{(_JS / 'draw_charts.js').read_text()}</script></body></html>"
    )


def _node(document: Document, node: Node, read: Read) -> str:
    assert node.frame is not None
    x0, y0, x1, y1 = node.frame
    rules = [f"left:{x0}px;top:{y0}px;width:{x1 - x0}px;height:{y1 - y0}px", *_looks(node)]
    inside = _inside(document, node, read)
    return (
        f'<div class="node" data-node="{html.escape(node.id)}" style="{";".join(rules)}">'
        f"{inside}</div>"
    )


def _looks(node: Node) -> list[str]:
    style = node.style
    rules: list[str] = []
    if style.get("fill") and node.role != "arrow":
        rules.append(f"background:{style['fill']}")
    if style.get("radius"):
        rules.append(f"border-radius:{style['radius']}px")
    if style.get("stroke") and node.role != "arrow":
        kind = "dashed" if style.get("dashed") else "solid"
        rules.append(f"border:{style['stroke_width']}px {kind} {style['stroke']}")
    if node.text:
        rules += [
            f"color:{style['colour']}",
            f"font:{'italic ' if style.get('italic') else ''}{700 if style.get('bold') else 400} "
            f"{style['size']}px/{LINE} '{style['font']}'",
            f"text-align:{style.get('align', 'left')}",
            f"align-items:{_ALIGN[str(style.get('align', 'left'))]}",
            f"justify-content:{_VALIGN[str(style.get('valign', 'top'))]}",
        ]
        if style.get("nowrap"):
            rules.append("white-space:nowrap")
    return rules


def _inside(document: Document, node: Node, read: Read) -> str:
    if node.role == "chart":
        return f'<div class="chart-host">{drawn_before(document, node)}</div>'
    if node.role == "icon":
        return icon(node, read)
    if node.role == "arrow":
        return _arrow(node)
    return f"<span>{html.escape(node.text)}</span>" if node.text else ""


def drawn_before(document: Document, node: Node) -> str:
    """Return the SVG of a chart that is drawn before the page is shown; empty for others."""
    chart = charts.drawn(document, node)
    if chart["library"] != "matplotlib":
        return ""
    return matplotlib_charts.svg(chart, *chart["size_px"])


def icon(node: Node, read: Read) -> str:
    """Return an icon's SVG in the node's colour."""
    text = read(ICONS.name, f"icons/{node.data['icon']}.svg").decode()
    return re.sub(r"<svg[^>]*viewBox", f'<svg fill="{node.style["colour"]}" viewBox', text)


def _arrow(node: Node) -> str:
    assert node.frame is not None
    x0, y0 = node.frame[0], node.frame[1]
    ax, ay, bx, by = (float(v) for v in node.data["line"])
    wide, stroke = float(node.style["stroke_width"]), node.style["stroke"]
    length = max(((bx - ax) ** 2 + (by - ay) ** 2) ** 0.5, 1e-6)
    ux, uy = (bx - ax) / length, (by - ay) / length
    head = wide * 4
    tip = (bx - x0, by - y0)
    back = (tip[0] - ux * head, tip[1] - uy * head)
    left = (back[0] - uy * head * 0.5, back[1] + ux * head * 0.5)
    right = (back[0] + uy * head * 0.5, back[1] - ux * head * 0.5)
    points = " ".join(f"{x:.2f},{y:.2f}" for x, y in (tip, left, right))
    dash = ' stroke-dasharray="8 6"' if node.style.get("dashed") else ""
    return (
        '<svg style="overflow:visible;width:1px;height:1px">'
        f'<line x1="{ax - x0:.2f}" y1="{ay - y0:.2f}" x2="{back[0]:.2f}" y2="{back[1]:.2f}" '
        f'stroke="{stroke}" stroke-width="{wide}"{dash}/>'
        f'<polygon points="{points}" fill="{stroke}"/></svg>'
    )
