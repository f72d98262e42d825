"""Scientific figures set by typst, measured in its PDF. No package of typst's own is asked for."""

from __future__ import annotations

import json
import math
import tempfile
from pathlib import Path

from corpuswright.renderers.browser.gui import GuiRenderer
from corpuswright.renderers.documents.document import Document, Node
from corpuswright.renderers.documents.engines import pdf
from corpuswright.renderers.documents.measured import Drawing

VERSION = 1  # bump when the same figure comes out otherwise

_ALIGN = {"left": "left", "center": "center", "right": "right"}
_VALIGN = {"top": "top", "middle": "horizon", "bottom": "bottom"}


def draw(document: Document, pages: GuiRenderer) -> Drawing:
    """Return a figure drawn by typst and PDFium; raises PageFault as `pdf.drawing` does."""
    import typst

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "figure.typ"
        path.write_text(source(document))
        made = typst.compile(str(path), format="pdf")
    return pdf.drawing(document, made)


def source(document: Document) -> str:
    """Return a figure in typst's language; texts are literals, so nothing in them is markup."""
    wide, high = (_length(v) for v in document.size)
    ground = f'rgb("{document.background}")'
    lines = [
        f"#set page(width: {wide}, height: {high}, margin: 0pt, fill: {ground})",
        "#set par(leading: 0.55em, spacing: 0pt)",
    ]
    for node in document.nodes:
        if node.role == "arrow":
            lines += _arrow(node)
        elif node.style.get("fill"):
            lines.append(_box(node))
        if node.text:
            lines.append(_text(node))
    return "\n".join(lines) + "\n"


def _length(pixels: float) -> str:
    return f"{pixels * pdf.POINTS:.4f}pt"


def _placed(node: Node, what: str) -> str:
    assert node.frame is not None
    return f"#place(top + left, dx: {_length(node.frame[0])}, dy: {_length(node.frame[1])}, {what})"


def _box(node: Node) -> str:
    assert node.frame is not None
    x0, y0, x1, y1 = node.frame
    rules = [f"width: {_length(x1 - x0)}", f"height: {_length(y1 - y0)}",
             f'fill: rgb("{node.style["fill"]}")']  # fmt: skip
    if node.style.get("radius"):
        rules.append(f"radius: {_length(float(node.style['radius']))}")
    if node.style.get("stroke"):
        wide = _length(float(node.style["stroke_width"]))
        rules.append(f'stroke: {wide} + rgb("{node.style["stroke"]}")')
    return _placed(node, f"rect({', '.join(rules)})")


def _text(node: Node) -> str:
    assert node.frame is not None
    x0, y0, x1, y1 = node.frame
    style = node.style
    across = _ALIGN[str(style.get("align", "left"))]
    down = _VALIGN[str(style.get("valign", "top"))]
    rules = [
        f'font: "{style["font"]}"',
        f"size: {_length(float(style['size']))}",
        f'fill: rgb("{style["colour"]}")',
        f'weight: "{"bold" if style.get("bold") else "regular"}"',
        f'style: "{"italic" if style.get("italic") else "normal"}"',
        "ligatures: false",
        "hyphenate: false",
    ]
    wide = 10 * (x1 - x0) if style.get("nowrap") else x1 - x0
    literal = json.dumps(node.text, ensure_ascii=False)
    set_ = f"align({across} + {down}, text({', '.join(rules)}, {literal}))"
    return _placed(node, f"block(width: {_length(wide)}, height: {_length(y1 - y0)}, {set_})")


def _arrow(node: Node) -> list[str]:
    """Return a line and its head."""
    ax, ay, bx, by = (float(v) for v in node.data["line"])
    stroke, wide = str(node.style["stroke"]), float(node.style["stroke_width"])
    length = max(math.hypot(bx - ax, by - ay), 1e-6)
    ux, uy, head = (bx - ax) / length, (by - ay) / length, wide * 4
    cx, cy = bx - ux * head, by - uy * head
    dash = ', dash: "dashed"' if node.style.get("dashed") else ""
    points = [(bx, by), (cx - uy * head / 2, cy + ux * head / 2),
              (cx + uy * head / 2, cy - ux * head / 2)]  # fmt: skip
    corners = ", ".join(f"({_length(x)}, {_length(y)})" for x, y in points)
    ends = f"start: ({_length(ax)}, {_length(ay)}), end: ({_length(cx)}, {_length(cy)})"
    return [
        f'#place(top + left, line({ends}, stroke: (paint: rgb("{stroke}"), '
        f"thickness: {_length(wide)}{dash})))",
        f'#place(top + left, polygon(fill: rgb("{stroke}"), {corners}))',
    ]
