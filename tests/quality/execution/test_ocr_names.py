"""Names read back by OCR: what is drawn is confirmed, what only the page claims is not."""

from __future__ import annotations

import io

import pytest
from PIL import Image, ImageDraw, ImageFont

from corpuswright.annotators.actions import clicks
from corpuswright.quality.execution import ocr_names
from corpuswright.renderers import ocr
from corpuswright.storage.loaders.loader import Example
from corpuswright.storage.records import Element, Origin, Spec, Task
from tests.fixtures.small_samples import button, scene

pytestmark = pytest.mark.skipif(not ocr.available(), reason="OCR is not installed (extra `ocr`)")

NAMES = ("Save changes", "Delete", "Advanced forms", "Sign in", "Getting started")


def drawn(element: Element, text: str, ink: str = "white", scale: float = 1.0) -> Example:
    """Return a task for `element` whose picture shows `text` where the element is."""
    image = Image.new("RGB", (300, 200), "#1f6feb")
    pen = ImageDraw.Draw(image)
    x, y = element.box[0] + 8, element.box[1] + 6
    pen.text((x, y), text, fill=ink, font=ImageFont.load_default(15 * scale))
    sink = io.BytesIO()
    image.save(sink, "PNG")
    known = scene(element)
    action, region = clicks.click(known, element, "click")
    task = Task(
        "toy-0-00", "click", (element.id,), "t", "direct", (action,), (region,), Origin("t", 1)
    )
    return Example(task.key, {"png": sink.getvalue()}, known, task, Spec("k", "toy", "gui", {}, ()))


def named(name: str, **attributes: str) -> Element:
    return button(0, name, (20, 30, 200, 62), attributes=attributes)


def test_names_that_are_drawn_are_confirmed():
    found = ocr_names.check(drawn(named(name), name) for name in NAMES)
    assert (found.sampled, found.confirmed, found.unconfirmed) == (5, 5, ())


@pytest.mark.parametrize(
    ("text", "ink"),
    [("Save changes", "#1f6feb"), ("Cancel", "white"), ("", "white"), ("5ove", "white")],
    ids=["in the ground's own colour", "another word", "nothing", "glyphs of another alphabet"],
)
def test_names_that_only_the_page_claims_are_not(text: str, ink: str):
    found = ocr_names.check([drawn(named("Save changes"), text, ink)])
    assert found.sampled == 1 and found.confirmed == 0
    assert found.unconfirmed[0].name == "Save changes"


def test_what_ocr_cannot_speak_about_is_no_part_of_the_sample():
    beside = named("Email", named_by="label")
    found = ocr_names.check([drawn(beside, ""), drawn(named("★★★"), "★★★")])
    assert found == ocr_names.Readings(0, 0, ())
