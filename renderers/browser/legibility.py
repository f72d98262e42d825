"""Names that can be read: what the pixels show of them, beside what the layout says.

Layout and hit tests know nothing of sight: text that is transparent, white on white, nearly nothing
or under a veil that lets the mouse through has a box and receives the click. So the page is shot
again with the ink of its names taken away, and every letter of a name, or its picture, must have
made a difference.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corpuswright.renderers.browser.page import Live
from corpuswright.storage.media import images
from corpuswright.storage.records import Point

LEGIBILITY = (Path(__file__).parent / "legibility.js").read_text()
# Of 255, in the channel that changes most. Ours: grey at 0.7 of white, the palest in use for
# placeholders, is 76; below an eighth people and OCR pass over a letter.
CONTRAST = 32
PIXELS = 2  # of a letter that differ; the stem of an i at half a pixel a unit has as many
READ_BY = ("text", "value", "label", "placeholder", "icon")

Ink = NDArray[np.int16]  # (H, W): what the names' ink changes, 0 to 255


def illegible(live: Live, png: bytes, scale: Point, records: Iterable[dict[str, Any]]) -> set[int]:
    """Return the numbers of elements whose name, or picture, does not show in the pixels.

    Args:
        live: The page, measured; it is left as it was.
        png: Its shot.
        scale: Pixels a CSS pixel.
        records: What measure.js says of its elements.
    """
    named = [
        [n, r["attributes"]["named_by"]]
        for n, r in enumerate(records)
        if r["attributes"].get("named_by") in READ_BY
    ]
    if not named:
        return set()
    dressed = _pixels(png)
    try:
        rounds = live.evaluate(LEGIBILITY, named)
        seen = set(_seen(live, dressed, scale, rounds))
    finally:
        live.evaluate("() => corpuswright.dressed?.()")
    return {n for n, _ in named} - seen


def _seen(
    live: Live, dressed: NDArray[np.int16], scale: Point, rounds: list[list[Any]]
) -> Iterator[int]:
    for n, round_ in enumerate(rounds):
        live.evaluate("(n) => { corpuswright.dressed(); corpuswright.bare(n); }", n)
        ink = np.abs(dressed - _pixels(live.shoot())).max(axis=2)
        for number, boxes in round_:
            if all(_inked(ink, box, scale) for box in boxes):
                yield number


def _pixels(png: bytes) -> NDArray[np.int16]:
    return np.asarray(images.decode(png, "shot").convert("RGB")).astype(np.int16)


def _inked(ink: Ink, box: list[float], scale: Point) -> bool:
    """Say whether a box in CSS pixels has ink with an edge: a blur has none."""
    x0, y0 = int(box[0] * scale[0]), int(box[1] * scale[1])
    x1, y1 = int(np.ceil(box[2] * scale[0])), int(np.ceil(box[3] * scale[1]))
    inside = ink[max(0, y0) : y1, max(0, x0) : x1]
    return inside.size > 0 and int((inside - inside.min() >= CONTRAST).sum()) >= PIXELS
