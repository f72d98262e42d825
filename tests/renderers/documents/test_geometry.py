"""What is measured of a document is where its pixels are: a colour probe, and values read back."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from corpuswright.renderers.documents import charts, compose, render, soundness
from corpuswright.renderers.documents.document import Document
from corpuswright.renderers.documents.engines import page, presentation, typesetting
from corpuswright.renderers.faults import PageFault
from tests.fixtures import documents
from tests.renderers.documents import probe

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("ratio", [1.0, 1.5])
@pytest.mark.parametrize("domain", compose.DOMAINS)
def test_letters_lie_where_their_pixels_are(domain: str, ratio: float):
    shown = documents.pages()
    document = documents.plan(domain, "text", 11, 2, ratio=ratio)
    drawing = page.draw(document, shown)
    found = probe.letters(document, drawing, shown, np.random.default_rng(4), 16)
    assert len(found) >= 4
    for letter, box, seen in found:
        off = max(abs(a - b) for a, b in zip(box, seen, strict=True))
        assert off <= 1.5, (letter, box, seen)


def _chart(library: str, kind: str) -> Document:
    """Return a document with a chart of a kind that a library draws."""
    for seed in range(400):
        document = documents.plan("chart", "attribute", seed, 2)
        for node in document.of("chart"):
            chart = node.data["chart"]
            if chart["library"] == library and chart["kind"] == kind:
                return document
    raise AssertionError(f"expected a {kind} by {library} among 400 documents")


@pytest.mark.parametrize("kind", ["bar", "horizontal_bar", "grouped_bar", "line"])
@pytest.mark.parametrize("library", charts.LIBRARIES)
def test_marks_lie_where_their_pixels_are_and_say_their_values(library: str, kind: str):
    shown = documents.pages()
    document = _chart(library, kind)
    drawing = page.draw(document, shown)
    marks = document.of("bar", "point")
    for mark in marks:
        thing = drawing.things[mark.id]
        # Half a pixel's worth, and what an SVG's numbers are rounded to.
        limit = thing.data["half_pixel"] * 1.01 + 1e-6
        assert abs(thing.data["read"] - mark.data["value"]) <= limit, mark.id
        assert thing.looks["fill"] == mark.style["fill"]
    mark = marks[len(marks) // 2]
    seen = probe.recoloured(document, mark.id, "fill", lambda d: page.draw(d, shown))
    assert seen is not None
    off = max(abs(a - b) for a, b in zip(drawing.things[mark.id].box, seen, strict=True))
    assert off <= 1.01, (drawing.things[mark.id].box, seen)


impress = pytest.mark.skipif(
    shutil.which("soffice") is None, reason="LibreOffice Impress is not installed: make impress"
)
PRINTED = [
    pytest.param("slides", "slides", presentation.draw, marks=impress),
    pytest.param("scientific_figure", "figure", typesetting.draw),
]


@pytest.mark.parametrize("ratio", [1.0, 1.5])
@pytest.mark.parametrize("domain, engine, draw", PRINTED)
def test_what_is_printed_lies_where_its_pixels_are(
    domain: str, engine: str, draw: render.Draw, ratio: float
):
    shown = documents.pages()
    document = documents.plan(domain, "text", 7, 2, engine=engine, ratio=ratio)
    drawing = draw(document, shown)
    soundness.check(document, drawing)
    texts = [n for n in document.nodes if n.text and not n.style.get("fill")]
    boxes = [n for n in document.of("step", "workflow box", "panel", "tile", "table row")]
    # What stands on a box hides its middle, not its edges.
    for node, what in ((texts[0], "colour"), (texts[-1], "colour"), (boxes[-1], "fill")):
        seen = probe.recoloured(document, node.id, what, lambda d: draw(d, shown))
        assert seen is not None
        box = drawing.things[node.id].box
        off = max(abs(a - b) for a, b in zip(box, seen, strict=True))
        assert off <= 1.25, (node.id, box, seen)


@impress
def test_subscripts_of_another_font_keep_their_places():
    for seed in range(60):
        document = documents.plan("slides", "knowledge", seed, engine="slides")
        formulas = document.of("formula")
        if formulas and "₂" in formulas[0].text:
            break
    drawing = presentation.draw(document, documents.pages())
    assert drawing.things[formulas[0].id].written == "".join(formulas[0].text.split())


def test_without_impress_it_is_said(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", "")
    document = documents.plan("slides", "text", 7, engine="slides")
    with pytest.raises(PageFault, match=r"impress_missing.*apt-get install"):
        presentation.draw(document, documents.pages())
