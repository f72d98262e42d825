"""Names read back from the pixels by OCR: an oracle for "this name is to be seen".

The measurement takes a name for readable by the layout: where the text lies, what clips and covers
it. That says nothing of the colour, of a font that draws other glyphs, of a filter. OCR does, on a
sample: it costs 0.03 s a name, 1 s where the text has to be found first (measured, 2 cores).
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable
from typing import NamedTuple

from PIL import Image

from corpuswright.renderers import ocr
from corpuswright.storage.loaders.loader import Example
from corpuswright.storage.records import Box, Element, Json

INSIDE = ("text", "value", "placeholder")  # a label's text lies beside the element, not in it
# Of two strings alike: what OCR made of names that are to be read was never below 0.77 in 116 of
# the recipe's names; "Delete" and "Select" are 0.67 alike.
ALIKE = 0.75
MARGIN = 6.0  # CSS px around the element: recognition wants air around the glyphs
ZOOM = 2.0  # image px for each CSS px: 16 px text is then as high as the recogniser was trained on

Read = Callable[[Image.Image, bool], str]


class ReadName(NamedTuple):
    """What OCR read where a name should be, and how alike the two are (0 to 1)."""

    task: str
    name: str
    read: str
    alike: float


class Readings(NamedTuple):
    """A sample of names: how many were read back, and the ones that were not."""

    sampled: int
    confirmed: int
    unconfirmed: tuple[ReadName, ...]

    def plain(self) -> Json:
        """Return the readings as `names.json` holds them."""
        return {
            "sampled": self.sampled,
            "confirmed": self.confirmed,
            "alike": ALIKE,
            "unconfirmed": [r._asdict() for r in self.unconfirmed],
        }


def check(examples: Iterable[Example], read: Read | None = None) -> Readings:
    """Read the names of the examples' targets back from their images.

    Args:
        examples: Tasks whose first element has its name inside itself; others are passed over.
        read: Returns the text of an image, searching it for lines or taking it as one.
    """
    read = read or ocr.read
    sampled, wrong = 0, list[ReadName]()
    for example in examples:
        element = next(e for e in example.scene.elements if e.id == example.task.elements[0])
        box = element.visible_box
        if element.attributes.get("named_by") not in INSIDE or box is None:
            continue
        if not _letters(element.name):
            continue  # a name of symbols alone: nothing that OCR knows
        sampled += 1
        found = _reading(example, element, box, read)
        if found.alike < ALIKE:
            wrong.append(found)
    return Readings(sampled, sampled - len(wrong), tuple(wrong))


def _reading(example: Example, element: Element, box: Box, read: Read) -> ReadName:
    scale = example.scene.scale[0]
    crop = _crop(example.image, box, scale)
    best = ReadName(example.key, element.name, "", -1.0)
    for search in (False, True):  # the whole crop as one line, then its lines one by one
        text = read(crop, search)
        best = max(best, best._replace(read=text, alike=likeness(element.name, text)), key=_alike)
        if best.alike >= ALIKE:
            break
    return best


def _alike(reading: ReadName) -> float:
    return reading.alike


def likeness(name: str, text: str) -> float:
    """Return how alike the letters and digits of two strings are; 1 where `text` holds `name`."""
    wanted, seen = _letters(name), _letters(text)
    if wanted in seen:
        return 1.0
    return difflib.SequenceMatcher(None, wanted, seen, autojunk=False).ratio()


def _letters(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())


def _crop(image: Image.Image, box: Box, scale: float) -> Image.Image:
    air = MARGIN * scale
    part = image.crop(
        (
            max(0, int(box[0] - air)),
            max(0, int(box[1] - air)),
            min(image.width, int(box[2] + air)),
            min(image.height, int(box[3] + air)),
        )
    )
    zoom = ZOOM / scale
    size = (max(1, round(part.width * zoom)), max(1, round(part.height * zoom)))
    return part.resize(size, Image.Resampling.BICUBIC)
