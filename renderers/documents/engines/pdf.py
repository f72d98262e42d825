"""Documents that a program has laid out as PDF: pixels by PDFium, and what it says of each glyph.

Truth comes from the PDF, never from what the program was asked for: a frame of a slide says where
a text may stand, glyphs say where it does.
"""

from __future__ import annotations

import ctypes
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from corpuswright.renderers.documents import colours
from corpuswright.renderers.documents.document import Document, Node
from corpuswright.renderers.documents.measured import Drawing, Letter, Thing, ink_of, unspaced
from corpuswright.renderers.faults import PageFault
from corpuswright.storage.records import Box, Json

VERSION = 1  # bump when the same PDF is measured or drawn otherwise

POINTS = 0.75  # of a document pixel: 96 to the inch
NEAR = 4.0  # document pixels that a box may lie off its frame: programs count in hundredths of mm


@dataclass(frozen=True, slots=True)
class _Char:
    letter: Letter
    looks: Json


@dataclass(frozen=True, slots=True)
class _Path:
    box: Box
    fill: str
    stroke: str


def drawing(document: Document, data: bytes) -> Drawing:
    """Return a one-page PDF as pixels and things, each glyph with the node whose text it is of.

    Raises:
        PageFault: It has another number of pages, or other letters than were asked for.
    """
    import pypdfium2

    with pypdfium2.PdfDocument(data) as pdf:
        if len(pdf) != 1:
            raise PageFault("not_one_page", f"{len(pdf)} pages")
        page: Any = pdf[0]
        scale = document.ratio / POINTS  # stored pixels a point
        wide, high = (round(v * document.ratio) for v in document.size)
        image = page.render(scale=scale).to_pil().convert("RGB")
        # A page that is some hundredths of a point larger is drawn a pixel wider.
        image = image.crop((0, 0, wide, high))
        chars = list(_chars(page, scale))
        paths = list(_paths(page, scale))
    sink = io.BytesIO()
    image.save(sink, "PNG", compress_level=6)
    things = _texts(document, chars) | _boxes(document, paths)
    for node in document.of("arrow"):
        things[node.id] = _arrow(node, document.ratio)
    missing = [n.id for n in document.nodes if n.id not in things]
    if missing:
        raise PageFault("not_drawn", ", ".join(missing[:5]))
    ordered = {n.id: things[n.id] for n in document.nodes}
    return Drawing(sink.getvalue(), (wide, high), document.ratio, ordered)


def _chars(page: Any, scale: float) -> Iterator[_Char]:
    import pypdfium2.raw as raw

    high = page.get_size()[1]
    text = page.get_textpage()
    for i in range(text.count_chars()):
        letter = text.get_text_range(i, 1)
        if not letter.strip():
            continue
        left, bottom, right, top = text.get_charbox(i)
        box = (left * scale, (high - top) * scale, right * scale, (high - bottom) * scale)
        r, g, b, a = (ctypes.c_uint() for _ in range(4))
        raw.FPDFText_GetFillColor(text, i, r, g, b, a)
        name, flags = ctypes.create_string_buffer(256), ctypes.c_int()
        raw.FPDFText_GetFontInfo(text, i, name, 256, flags)
        font = name.value.decode(errors="replace")
        yield _Char(
            (letter, *box),
            {
                "colour": colours.hex_of(r.value, g.value, b.value),
                "size": round(raw.FPDFText_GetFontSize(text, i) / POINTS, 2),
                "bold": "bold" in font.lower(),
                "italic": any(w in font.lower() for w in ("italic", "oblique")),
                "font": font.partition("+")[2].partition("-")[0] or font.partition("-")[0],
            },
        )


def _paths(page: Any, scale: float) -> Iterator[_Path]:
    import pypdfium2.raw as raw

    high = page.get_size()[1]
    for shape in page.get_objects(filter=[raw.FPDF_PAGEOBJ_PATH]):
        left, bottom, right, top = shape.get_bounds()
        box = (left * scale, (high - top) * scale, right * scale, (high - bottom) * scale)
        mode, stroked = ctypes.c_int(), ctypes.c_int()
        raw.FPDFPath_GetDrawMode(shape, mode, stroked)
        found: list[str] = []
        for get, drawn in (
            (raw.FPDFPageObj_GetFillColor, mode.value),
            (raw.FPDFPageObj_GetStrokeColor, stroked.value),
        ):
            r, g, b, a = (ctypes.c_uint() for _ in range(4))
            get(shape, r, g, b, a)
            found.append(colours.hex_of(r.value, g.value, b.value) if drawn else "")
        yield _Path(box, found[0], found[1])


def _texts(document: Document, chars: Sequence[_Char]) -> dict[str, Thing]:
    """Return what is written of each node: texts come in the order in which they were put."""
    out: dict[str, Thing] = {}
    at = 0
    for node in document.nodes:
        wanted = unspaced(node.text)
        if not wanted:
            continue
        run = chars[at : at + len(wanted)]
        written = "".join(c.letter[0] for c in run)
        if written != wanted:
            # What another font had to help out with comes last: H₂O as H, O, ₂.
            run = sorted(run, key=lambda c: c.letter[1])
            written = "".join(c.letter[0] for c in run)
        if written != wanted:
            raise PageFault("text_not_as_written", f"{node.id}: {written[:60]} for {wanted[:60]}")
        at += len(wanted)
        letters = tuple(c.letter for c in run)
        box = ink_of(letters)
        assert box is not None
        frame = _scaled(node.frame, document.ratio) if node.frame else None
        looks = {**run[0].looks, "font": node.style["font"]}
        out[node.id] = Thing(box, frame, looks, letters)
    if at != len(chars):
        raise PageFault("text_not_as_written", f"{len(chars) - at} letters too many")
    return out


def _boxes(document: Document, paths: Sequence[_Path]) -> dict[str, Thing]:
    """Return the box that was drawn of each node that has a fill, in drawing order."""
    out: dict[str, Thing] = {}
    at = 0
    for node in document.nodes:
        if not node.style.get("fill") or node.frame is None:
            continue
        frame = _scaled(node.frame, document.ratio)
        limit = (NEAR + float(node.style.get("stroke_width") or 0)) * document.ratio
        for i in range(at, len(paths)):
            path = paths[i]
            near = max(abs(a - b) for a, b in zip(path.box, frame, strict=True)) <= limit
            if near and path.fill and colours.difference(path.fill, str(node.style["fill"])) < 1:
                at = i + 1
                looks = {
                    "fill": path.fill,
                    "stroke": path.stroke or _outline(paths[at:], path.box, limit),
                    "radius": node.style.get("radius") or 0,
                    "stroke_width": node.style.get("stroke_width") or 0,
                }
                out[node.id] = Thing(path.box, path.box, looks)
                break
    return out


def _outline(paths: Sequence[_Path], box: Box, limit: float) -> str:
    """Return the colour of the line around a box, where it is drawn after its fill."""
    for path in paths[:1]:
        near = max(abs(a - b) for a, b in zip(path.box, box, strict=True)) <= limit
        if near and path.stroke and not path.fill:
            return path.stroke
    return ""


def _arrow(node: Node, ratio: float) -> Thing:
    assert node.frame is not None
    looks = {k: node.style.get(k) for k in ("stroke", "stroke_width", "dashed")}
    return Thing(_scaled(node.frame, ratio), None, looks)


def _scaled(box: Box, by: float) -> Box:
    x0, y0, x1, y1 = (v * by for v in box)
    return (x0, y0, x1, y1)
