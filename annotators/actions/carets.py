"""Places between characters: carets, and the spans between two of them.

An element that holds text has `glyphs`, [offset, length, x0, x1, line, rtl] for each grapheme in
logical order (offsets in UTF-16 code units of its `text`, as browsers count), and `lines`, [y0, y1]
for each line box, in image pixels. A caret stands where two neighbours meet; places where they do
not (a soft wrap, a border between directions) have two carets or none, and are refused.
"""

from __future__ import annotations

from typing import Any, NamedTuple, cast

from corpuswright.storage.records import Element, Point, Polygon

MEET = 0.75  # image px: neighbours further apart than this do not share an edge
NARROW = 1.5  # image px: half a glyph below this is no target for a mouse


class CaretError(ValueError):
    """There is no such text, or no single caret stands there; the message says which."""


class Glyph(NamedTuple):
    """One grapheme: where it stands in the text and in the image."""

    offset: int
    length: int
    x0: float
    x1: float
    line: int
    rtl: bool


class Caret(NamedTuple):
    """A place between two graphemes of one line, or at one of the line's ends.

    `left` and `right` are how far a click may miss it: half a glyph to each side.
    """

    offset: int
    x: float
    left: float
    right: float
    line: int


def glyphs(e: Element) -> list[Glyph]:
    """Return the graphemes of an element; raises CaretError when it holds no text."""
    found = e.attributes.get("glyphs")
    if not isinstance(found, list):
        raise CaretError(f"{e.id} holds no text")
    return [Glyph(*cast(tuple[Any, ...], g)) for g in found]


def lines(e: Element) -> list[tuple[float, float]]:
    """Return top and bottom of each line box."""
    return [(float(a), float(b)) for a, b in e.attributes["lines"]]


def find(e: Element, words: object) -> tuple[int, int]:
    """Return start and end of the one place where an element's text has `words`.

    Raises:
        CaretError: It has them nowhere, or more than once.
    """
    if not isinstance(words, str) or not words:
        raise CaretError(f"expected words of the text, saw {words!r}")
    glyphs(e)
    first = e.text.find(words)
    if first < 0 or e.text.find(words, first + 1) >= 0:
        times = "nowhere" if first < 0 else "more than once"
        raise CaretError(f"{e.id} has {words!r} {times}")
    start = units(e.text[:first])
    return start, start + units(words)


def units(text: str) -> int:
    """Return the length of a text in UTF-16 code units."""
    return len(text.encode("utf-16-le")) // 2


def carets(e: Element) -> dict[int, Caret]:
    """Return every place of an element's text where exactly one caret can stand, by offset."""
    found: dict[int, Caret] = {}
    row = glyphs(e)
    for a, b in zip([None, *row], [*row, None], strict=True):
        caret = _between(a, b)
        if caret and min(caret.left, caret.right) >= NARROW:
            found[caret.offset] = caret
    return found


def _between(a: Glyph | None, b: Glyph | None) -> Caret | None:
    if a is None or b is None:
        return None  # at the ends of a text a click far outside does as well: no half glyph there
    if a.offset + a.length != b.offset or a.line != b.line or a.rtl != b.rtl:
        return None  # text that is not shown, a wrap, or a border between directions
    x, other = (a.x0, b.x1) if a.rtl else (a.x1, b.x0)
    if abs(x - other) > MEET:
        return None
    before, after = (b, a) if a.rtl else (a, b)  # from left to right
    return Caret(b.offset, x, (before.x1 - before.x0) / 2, (after.x1 - after.x0) / 2, a.line)


def at(e: Element, offset: int) -> Point:
    """Return the point to click for a caret at `offset`: on its edge, half-way up its line.

    Raises:
        CaretError: No single caret stands there.
    """
    caret = carets(e).get(offset)
    if caret is None:
        raise CaretError(f"{e.id} has no single caret at {offset}")
    top, bottom = lines(e)[caret.line]
    return caret.x, (top + bottom) / 2


def region(e: Element, offset: int) -> Polygon:
    """Return where a click puts the caret at `offset`: half a glyph to each side of its edge."""
    caret = carets(e)[offset]
    top, bottom = lines(e)[caret.line]
    x0, x1 = caret.x - caret.left, caret.x + caret.right
    return ((x0, top), (x1, top), (x1, bottom), (x0, bottom))
