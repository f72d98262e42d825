"""Which lines of a picture are which texts of a plan: OCR's lines, put together and compared."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from corpuswright.renderers.documents.measured import unspaced
from corpuswright.renderers.ocr import Line
from corpuswright.storage.records import Box

# Of two strings alike, as `quality.execution.ocr_names` has measured OCR on names.
ALIKE = 0.75
MOST_LINES = 8  # of one text; the longest here has five


class Written(NamedTuple):
    """A text that was found: what OCR reads, the boxes of its lines in pixels, how alike."""

    text: str
    lines: tuple[Box, ...]
    alike: float


def placed(texts: Mapping[str, str], lines: Sequence[Line]) -> dict[str, Written]:
    """Return where texts stand, by their ids; those that are not found are left out.

    The most alike and longest is placed first, and no line is two texts.
    """
    rows: list[tuple[float, str, Written, frozenset[int]]] = []
    for id, text in texts.items():
        wanted = unspaced(text).casefold()
        for start in range(len(lines)):
            for taken in _runs(lines, start, len(wanted)):
                joined = " ".join(lines[i].text for i in taken)
                alike = _alike(wanted, unspaced(joined).casefold())
                if alike >= ALIKE:
                    boxes = tuple(lines[i].box for i in taken)
                    weight = alike + min(len(wanted), 60) / 400
                    rows.append((weight, id, Written(joined, boxes, alike), frozenset(taken)))
        rows += _parts(id, wanted, lines)
    rows.sort(key=lambda r: -r[0])
    out: dict[str, Written] = {}
    used: set[int] = set()
    for _, id, found, taken in rows:
        part = len(found.lines) == 1 and len(taken) == 0
        if id not in out and (part or not taken & used):
            out[id] = found
            used |= taken
    return out


def _runs(lines: Sequence[Line], start: int, length: int) -> list[list[int]]:
    """Return runs of lines that could be one text, from a first one on."""
    run, out = [start], [[start]]
    total = len(unspaced(lines[start].text))
    for _ in range(MOST_LINES - 1):
        if total >= length:
            break
        x0, y0, x1, y1 = lines[run[-1]].box
        high = y1 - y0
        below = [
            i for i, o in enumerate(lines)
            if i not in run and 0 < o.box[1] - y0 < high * 2.2
            and min(x1, o.box[2]) - max(x0, o.box[0]) > 0
            and 0.7 < (o.box[3] - o.box[1]) / max(high, 1) < 1.45
        ]  # fmt: skip
        if not below:
            break
        run = [*run, min(below, key=lambda i: lines[i].box[1])]
        total += len(unspaced(lines[run[-1]].text))
        out.append(run)
    return out


def _parts(
    id: str, wanted: str, lines: Sequence[Line]
) -> list[tuple[float, str, Written, frozenset[int]]]:
    """Return where a text is a part of a line: OCR takes cells of a row together."""
    out: list[tuple[float, str, Written, frozenset[int]]] = []
    if len(wanted) < 3:
        return out
    for line in lines:
        whole = unspaced(line.text)
        at = whole.casefold().find(wanted)
        if at >= 0 and len(whole) > len(wanted):
            x0, y0, x1, y1 = line.box
            left = x0 + (x1 - x0) * at / len(whole)
            right = x0 + (x1 - x0) * (at + len(wanted)) / len(whole)
            found = Written(whole[at : at + len(wanted)], ((left, y0, right, y1),), 1.0)
            out.append((0.9, id, found, frozenset()))
    return out


def _alike(first: str, second: str) -> float:
    if first == second:
        return 1.0
    if not first or not second or min(len(first), len(second)) / max(len(first), len(second)) < 0.6:
        return 0.0
    match = difflib.SequenceMatcher(None, first, second, autojunk=False)
    return match.ratio() if match.quick_ratio() >= ALIKE else 0.0
