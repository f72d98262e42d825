"""A second checker that shares nothing with the first: the page printed, and its pixels.

Rounds of repair are chosen by the first checker (`issues`); MM-WebAgent reports by the judge that
has also chosen. Here another one reports: words, order, collisions and sizes come from the glyphs
of the page's print as PDF, read by PDFium, contrast from the screenshot's pixels.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from corpuswright.renderers.documents.measured import unspaced
from corpuswright.renderers.documents.webpages.plan import PagePlan
from corpuswright.renderers.documents.webpages.show import Shown
from corpuswright.renderers.documents.webpages.tags import Part

VERSION = 2  # bump when a verdict can change

_POINTS = 0.75  # of a CSS pixel: 96 to the inch
# Contrast in pixels: thin strokes are shown lighter than they are, so it is below WCAG's 3. Ours.
LEAST_SEEN = 2.2
SMALLEST = 11.0  # CSS pixels, of the print's type; a page's smallest is 12.25
_SHARED = 0.3  # of the smaller glyph's area that another text may cover: kerned letters do less
WEIGHTS: Mapping[str, float] = {
    "words_missing": 0.5, "picture_missing": 0.5, "words_collide": 0.3, "words_cut": 0.3,
    "words_faint": 0.3, "order": 0.2, "type_small": 0.1,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that the second checker found."""

    kind: str
    node: str
    detail: str


@dataclass(frozen=True, slots=True)
class _Glyphs:
    letters: str
    boxes: np.ndarray  # (N, 4), CSS pixels
    sizes: np.ndarray  # (N,), CSS pixels
    pictures: int
    size: tuple[float, float]


def penalty(found: Sequence[Fault]) -> float:
    """Return how much is wrong in all, by this checker."""
    return round(sum(WEIGHTS[f.kind] for f in found), 6)


def find(plan: PagePlan, wanted: Sequence[Part], shown: Shown) -> list[Fault]:
    """Return what is wrong with a page; `shown` must have been printed."""
    glyphs = _read(shown.pdf)
    with Image.open(io.BytesIO(shown.png)) as image:
        pixels = np.asarray(image.convert("RGB"))
    where, out = _placed(wanted, glyphs), list[Fault]()
    for part in wanted:
        if part.text and part.id not in where:
            out.append(Fault("words_missing", part.id, part.text[:60]))
    out += _collisions(where, glyphs)
    for part in wanted:
        if part.id in where:
            out += _one(part, where[part.id], glyphs, pixels, shown.scale)
    out += _order(wanted, where, glyphs)
    photographs = [p for _, p in plan.pictures() if not p.source.endswith(".svg")]
    if glyphs.pictures < len(photographs):
        out.append(Fault("picture_missing", "", f"{glyphs.pictures} of {len(photographs)}"))
    return out


def _read(pdf: bytes) -> _Glyphs:
    import pypdfium2
    import pypdfium2.raw as raw

    letters: list[str] = []
    boxes: list[tuple[float, float, float, float]] = []
    sizes: list[float] = []
    pictures, top = 0, 0.0
    wide = 0.0
    with pypdfium2.PdfDocument(pdf) as document:
        for page in document:
            w, h = page.get_size()
            text = page.get_textpage()
            for i in range(text.count_chars()):
                letter = text.get_text_range(i, 1)
                if not letter.strip():
                    continue
                x0, y0, x1, y1 = text.get_charbox(i)
                letters.append(letter[0])
                boxes.append((x0 / _POINTS, top + (h - y1) / _POINTS, x1 / _POINTS,
                              top + (h - y0) / _POINTS))  # fmt: skip
                sizes.append(raw.FPDFText_GetFontSize(text, i) / _POINTS)
            pictures += sum(1 for _ in page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE],
                                                        max_depth=8))  # fmt: skip
            top += h / _POINTS
            wide = max(wide, w / _POINTS)
    return _Glyphs("".join(letters), np.array(boxes).reshape(-1, 4), np.array(sizes), pictures,
                   (wide, top))  # fmt: skip


def _placed(wanted: Sequence[Part], glyphs: _Glyphs) -> dict[str, slice]:
    """Return which glyphs are of which text: long texts first, which hold shorter ones.

    What reads alike is taken in the page's order.
    """
    out: dict[str, slice] = {}
    taken = np.zeros(len(glyphs.letters) + 1, bool)
    for part in sorted(wanted, key=lambda p: -len(p.text)):
        text = unspaced(part.text)
        i = glyphs.letters.find(text) if text else -1
        while i >= 0 and taken[i : i + len(text)].any():
            i = glyphs.letters.find(text, i + 1)
        if i >= 0:
            taken[i : i + len(text)] = True
            out[part.id] = slice(i, i + len(text))
    return out


def _collisions(where: Mapping[str, slice], glyphs: _Glyphs) -> Iterator[Fault]:
    owner = np.full(len(glyphs.letters), -1)
    names = list(where)
    for n, id in enumerate(names):
        owner[where[id]] = n
    order = np.argsort(glyphs.boxes[:, 1], kind="stable") if len(glyphs.boxes) else np.zeros(0, int)
    boxes, owner = glyphs.boxes[order], owner[order]
    areas = np.maximum((boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1]), 0.5)
    told: set[tuple[int, int]] = set()
    for i in range(len(boxes)):
        last = int(np.searchsorted(boxes[:, 1], boxes[i, 3]))
        near = slice(i + 1, last)
        across = np.minimum(boxes[near, 2], boxes[i, 2]) - np.maximum(boxes[near, 0], boxes[i, 0])
        down = np.minimum(boxes[near, 3], boxes[i, 3]) - boxes[near, 1]
        both = np.clip(across, 0, None) * np.clip(down, 0, None)
        hit = (both > _SHARED * np.minimum(areas[near], areas[i])) & (owner[near] != owner[i])
        for j in np.nonzero(hit)[0]:
            a, b = int(owner[i]), int(owner[i + 1 + int(j)])
            if min(a, b) >= 0:
                told.add((min(a, b), max(a, b)))
    for a, b in sorted(told):
        yield Fault("words_collide", names[b], f"with {names[a]}")


def _one(
    part: Part, run: slice, glyphs: _Glyphs, pixels: np.ndarray, scale: float
) -> Iterator[Fault]:
    boxes = glyphs.boxes[run]
    x0, y0 = boxes[:, 0].min(), boxes[:, 1].min()
    x1, y1 = boxes[:, 2].max(), boxes[:, 3].max()
    if x0 < -1 or y0 < -1 or x1 > glyphs.size[0] + 1 or y1 > glyphs.size[1] + 1:
        yield Fault("words_cut", part.id, f"({x0:.0f}, {y0:.0f}, {x1:.0f}, {y1:.0f})")
        return
    size = float(np.median(glyphs.sizes[run]))
    if size < SMALLEST:
        yield Fault("type_small", part.id, f"{size:.1f} px")
    # The first line alone: what else lies in the box of several is not of this text.
    line = boxes[boxes[:, 1] < y0 + (boxes[0, 3] - boxes[0, 1]) * 1.2]
    a, b = int(line[:, 0].min() * scale), int(np.ceil(line[:, 2].max() * scale))
    c, d = int(line[:, 1].min() * scale), int(np.ceil(line[:, 3].max() * scale))
    patch = pixels[max(c, 0) : d, max(a, 0) : b].reshape(-1, 3)
    seen = _contrast(patch)
    if seen < LEAST_SEEN:
        yield Fault("words_faint", part.id, f"contrast {seen:.1f} in the picture")


def _contrast(patch: np.ndarray) -> float:
    """Return the contrast between the commonest tone of a patch and that farthest from it."""
    if len(patch) < 4:
        return 21.0
    linear = patch / 255.0
    linear = np.where(linear <= 0.03928, linear / 12.92, ((linear + 0.055) / 1.055) ** 2.4)
    light = linear @ np.array([0.2126, 0.7152, 0.0722])
    counts, edges = np.histogram(light, bins=64, range=(0, 1))
    peak = int(counts.argmax())
    ground = float((edges[peak] + edges[peak + 1]) / 2)
    far = [float(np.quantile(light, q)) for q in (0.02, 0.98)]
    ink = max(far, key=lambda v: abs(v - ground))
    high, low = max(ink, ground), min(ink, ground)
    return (high + 0.05) / (low + 0.05)


def _order(wanted: Sequence[Part], where: Mapping[str, slice], glyphs: _Glyphs) -> Iterator[Fault]:
    """Yield sections whose first words stand above those of the section before."""
    last, before = -1.0, ""
    first: dict[str, Any] = {}
    for part in wanted:
        if part.id in where and part.section not in first:
            first[part.section] = float(glyphs.boxes[where[part.id], 1].min())
    for section, y in first.items():
        if y < last - 1:
            yield Fault("order", section, f"stands above {before}")
        last, before = max(last, y), section
