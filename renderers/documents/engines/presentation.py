"""Slides as a PowerPoint file, laid out by LibreOffice Impress and measured in its PDF.

Every text stands in a box of its own without autofit, in a font that is installed: what Impress
makes of a frame differs from what PowerPoint would, so nothing is taken from frames.
"""

from __future__ import annotations

import io
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from corpuswright.renderers.browser.gui import GuiRenderer
from corpuswright.renderers.documents.document import Document, Node
from corpuswright.renderers.documents.engines import pdf
from corpuswright.renderers.documents.measured import Drawing
from corpuswright.renderers.faults import PageFault

VERSION = 1  # bump when the same slide comes out otherwise

PIXEL = 9525  # English Metric Units of a document pixel
SECONDS = 180  # for one slide: Impress takes 2 to 3
_SPACING = 1.15  # of lines


def draw(document: Document, pages: GuiRenderer) -> Drawing:
    """Return a slide drawn by way of PPTX, Impress and PDFium.

    Raises:
        PageFault: There is no Impress, or it made something else of the slide.
    """
    return pdf.drawing(document, to_pdf(pptx(document)))


def pptx(document: Document) -> bytes:
    """Return a slide as a PowerPoint file."""
    from pptx import Presentation
    from pptx.util import Emu

    deck: Any = Presentation()
    deck.slide_width, deck.slide_height = (Emu(v * PIXEL) for v in document.size)
    slide = deck.slides.add_slide(deck.slide_layouts[6])  # an empty one
    slide.background.fill.solid()
    slide.background.fill.fore_color.rgb = _rgb(document.background)
    for node in document.nodes:
        if node.role == "arrow":
            _arrow(slide, node)
        elif node.style.get("fill"):
            _box(slide, node)
        if node.text:
            _text(slide, node)
    sink = io.BytesIO()
    deck.save(sink)
    return sink.getvalue()


def _rgb(colour: str) -> Any:
    from pptx.dml.color import RGBColor

    return RGBColor.from_string(colour.removeprefix("#").upper())


def _place(node: Node) -> tuple[int, int, int, int]:
    assert node.frame is not None
    x0, y0, x1, y1 = (round(v * PIXEL) for v in node.frame)
    return x0, y0, x1 - x0, y1 - y0


def _plain(shape: Any) -> None:
    """Take the theme's own style (a shadow, an outline) from a shape."""
    style = shape._element.find("{http://schemas.openxmlformats.org/presentationml/2006/main}style")
    if style is not None:
        shape._element.remove(style)


def _box(slide: Any, node: Node) -> None:
    from pptx.enum.shapes import MSO_SHAPE

    x, y, wide, high = _place(node)
    radius = float(node.style.get("radius") or 0)
    kind = MSO_SHAPE.ROUNDED_RECTANGLE if radius else MSO_SHAPE.RECTANGLE
    shape = slide.shapes.add_shape(kind, x, y, wide, high)
    _plain(shape)
    if radius:
        shape.adjustments[0] = min(0.5, radius * PIXEL / min(wide, high))
    shape.fill.solid()
    shape.fill.fore_color.rgb = _rgb(str(node.style["fill"]))
    if node.style.get("stroke"):
        shape.line.color.rgb = _rgb(str(node.style["stroke"]))
        shape.line.width = round(float(node.style["stroke_width"]) * PIXEL)
    else:
        shape.line.fill.background()


def _text(slide: Any, node: Node) -> None:
    from pptx.enum.text import MSO_ANCHOR, MSO_AUTO_SIZE, PP_ALIGN
    from pptx.util import Pt

    style = node.style
    frame = slide.shapes.add_textbox(*_place(node)).text_frame
    frame.word_wrap, frame.auto_size = not style.get("nowrap"), MSO_AUTO_SIZE.NONE
    frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0
    frame.vertical_anchor = {
        "top": MSO_ANCHOR.TOP, "middle": MSO_ANCHOR.MIDDLE, "bottom": MSO_ANCHOR.BOTTOM,
    }[str(style.get("valign", "top"))]  # fmt: skip
    paragraph = frame.paragraphs[0]
    paragraph.alignment = {
        "left": PP_ALIGN.LEFT, "center": PP_ALIGN.CENTER, "right": PP_ALIGN.RIGHT,
    }[str(style.get("align", "left"))]  # fmt: skip
    paragraph.line_spacing = _SPACING
    run = paragraph.add_run()
    run.text = node.text
    font = run.font
    font.name, font.size = str(style["font"]), Pt(float(style["size"]) * pdf.POINTS)
    font.bold, font.italic = bool(style.get("bold")), bool(style.get("italic"))
    font.color.rgb = _rgb(str(style["colour"]))


def _arrow(slide: Any, node: Node) -> None:
    from pptx.enum.dml import MSO_LINE
    from pptx.enum.shapes import MSO_CONNECTOR

    ends = [round(float(v) * PIXEL) for v in node.data["line"]]
    line = slide.shapes.add_connector(MSO_CONNECTOR.STRAIGHT, *ends)
    _plain(line)
    line.line.color.rgb = _rgb(str(node.style["stroke"]))
    line.line.width = round(float(node.style["stroke_width"]) * PIXEL)
    if node.style.get("dashed"):
        line.line.dash_style = MSO_LINE.DASH
    head = line.line._get_or_add_ln()
    tag = "{http://schemas.openxmlformats.org/drawingml/2006/main}tailEnd"
    head.append(head.makeelement(tag, {"type": "triangle"}))


def to_pdf(data: bytes) -> bytes:
    """Return a PowerPoint file as LibreOffice prints it.

    Raises:
        PageFault: There is no LibreOffice, or it has printed nothing.
    """
    program = shutil.which("soffice")
    if program is None:
        raise PageFault(
            "impress_missing", "apt-get install libreoffice-impress, or --set impress=0"
        )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "slide.pptx"
        path.write_bytes(data)
        # A profile of its own: LibreOffice runs once a profile, and workers are several.
        profile = f"-env:UserInstallation=file://{folder}/profile"
        command = [program, "--headless", "--norestore", profile, "--convert-to", "pdf",
                   "--outdir", folder, str(path)]  # fmt: skip
        try:
            subprocess.run(command, capture_output=True, timeout=SECONDS, check=False)
        except subprocess.TimeoutExpired:
            raise PageFault("impress_hung", f"more than {SECONDS} s") from None
        made = path.with_suffix(".pdf")
        if not made.exists():
            raise PageFault("impress_failed", "it has printed nothing")
        return made.read_bytes()
