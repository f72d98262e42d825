"""MM-WebGEN-Bench: its 120 briefs, and the six released levels with their penalties.

MM-WebAgent (arXiv 2604.15309; MIT): a judge counts what is wrong with a page at six levels; each
count costs a fixed penalty. What a brief asks for and the page has not counts as an asset of score
0. A level's score is the mean over pages, the bench's the mean of the six levels.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError

LEVELS = ("layout", "style", "aesthetics", "image", "video", "chart")
MOST_BYTES = 64 << 20  # of the file of briefs: the released one has 2 MB
# Penalties of the released code; a level of penalties is clip(1 - total / 2).
LAYOUT = {"critical": 0.5, "minor": 0.3, "misplaced": 0.2, "slightly_misplaced": 0.1,
          "structural_mismatch": 1.0, "detail": 0.1}  # fmt: skip
STYLE = {"whole_page": 0.5, "section": 0.2, "minor": 0.1}
ISSUE = 0.2  # of an image or a chart
Count = Annotated[int, Field(ge=0, le=1000)]


class WebGenError(ValueError):
    """Briefs or verdicts cannot be read; the message says which and why."""


class _Verdict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Layout(_Verdict):
    """What is wrong with a page's layout, counted."""

    critical: Count = 0
    minor: Count = 0
    misplaced: Count = 0
    slightly_misplaced: Count = 0
    structural_mismatch: Count = 0
    detail: Count = 0


class Style(_Verdict):
    """What is wrong with a page's style, counted."""

    whole_page: Count = 0
    section: Count = 0
    minor: Count = 0


class Aesthetics(_Verdict):
    """Five aspects, each 1 to 5 fifths."""

    aspects: Annotated[list[Annotated[int, Field(ge=1, le=5)]], Field(min_length=5, max_length=5)]


class Asset(_Verdict):
    """What is wrong with one image or chart, counted; a blank chart is worth nothing."""

    issues: Count = 0
    blank: bool = False


class Video(_Verdict):
    """How good a video is, in fifths."""

    fifths: Annotated[int, Field(ge=0, le=5)]


class Verdicts(_Verdict):
    """All that a judge has said of a page. None: it was not asked, or gave no answer.

    `missing` counts what the brief asks for and the page has not, by level.
    """

    layout: Layout | None = None
    style: Style | None = None
    aesthetics: Aesthetics | None = None
    images: list[Asset] | None = None
    videos: list[Video] | None = None
    charts: list[Asset] | None = None
    missing: dict[str, Count] = {}


class WebGenBrief(NamedTuple):
    """One brief."""

    id: str
    text: str


def read(path: Path) -> list[WebGenBrief]:
    """Return the briefs of a JSON-lines file (`input`, `file_id`).

    Raises:
        WebGenError: It is too large, a line is none, or two have one id.
    """
    if path.stat().st_size > MOST_BYTES:
        raise WebGenError(f"{path}: expected {MOST_BYTES >> 20} MiB at most")
    out: list[WebGenBrief] = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            out.append(WebGenBrief(str(row["file_id"]), str(row["input"])))
        except (ValueError, KeyError, TypeError) as error:
            raise WebGenError(
                f"{path}, line {number}: expected `input` and `file_id`: {error}"
            ) from None
    ids = [b.id for b in out]
    if twice := sorted({i for i in ids if ids.count(i) > 1}):
        raise WebGenError(f"{path}: {twice[:3]} stand there twice")
    if not out:
        raise WebGenError(f"{path}: expected briefs, saw none")
    return out


def verdicts_of(plain: Any, name: str) -> Verdicts:
    """Return verdicts from JSON values; raises WebGenError if they are none."""
    try:
        return Verdicts.model_validate(plain)
    except ValidationError as error:
        first = error.errors()[0]
        raise WebGenError(f"{name}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from None


def clipped(counts: Mapping[str, int], penalties: Mapping[str, float]) -> float:
    """Return the score of a level of penalties."""
    total = sum(penalties[name] * number for name, number in counts.items())
    return min(1.0, max(0.0, 1.0 - total / 2))


def scores(page: Verdicts) -> dict[str, float | None]:
    """Return a page's score by level: None where there is nothing of it, or no answer.

    Whoever asks the judge leaves a level out of `missing` and its list None where it did not
    answer; such a level is then None, and `score` says so.
    """
    a = page.aesthetics
    return {
        "layout": None if page.layout is None else clipped(page.layout.model_dump(), LAYOUT),
        "style": None if page.style is None else clipped(page.style.model_dump(), STYLE),
        "aesthetics": None if a is None else sum(a.aspects) / len(a.aspects) / 5,
        "image": _assets(page.images, page.missing.get("image", 0)),
        "video": _mean(None if page.videos is None else [v.fifths / 5 for v in page.videos],
                       page.missing.get("video", 0)),
        "chart": _assets(page.charts, page.missing.get("chart", 0)),
    }  # fmt: skip


def _assets(found: Sequence[Asset] | None, missing: int) -> float | None:
    worth = None if found is None else [
        0.0 if a.blank else max(0.0, 1.0 - ISSUE * a.issues) for a in found
    ]  # fmt: skip
    return _mean(worth, missing)


def _mean(worth: Sequence[float] | None, missing: int) -> float | None:
    if worth is None:
        return None
    whole = [*worth, *([0.0] * missing)]
    return sum(whole) / len(whole) if whole else None


def score(pages: Mapping[str, Verdicts], briefs: Sequence[WebGenBrief]) -> dict[str, Any]:
    """Return the bench's scores: by level, and their mean.

    A level that a judge gave no answer about for some page has no score, and neither has the mean:
    what could not be found out is missing, never 0 and never left out of a mean.
    """
    unjudged = {level: list[str]() for level in LEVELS}
    values = {level: list[float]() for level in LEVELS}
    for brief in briefs:
        if brief.id not in pages:
            for level in LEVELS:
                unjudged[level].append(brief.id)
            continue
        page = pages[brief.id]
        for level, value in scores(page).items():
            if value is not None:
                values[level].append(value)
            elif _no_answer(page, level):
                unjudged[level].append(brief.id)
    by_level = {
        level: sum(values[level]) / len(values[level])
        if values[level] and not unjudged[level] else None
        for level in LEVELS
    }  # fmt: skip
    known = [v for v in by_level.values() if v is not None]
    return {
        "briefs": len(briefs),
        "pages": len(pages),
        "levels": by_level,
        "average": sum(known) / len(LEVELS) if len(known) == len(LEVELS) else None,
        "pages_by_level": {level: len(values[level]) for level in LEVELS},
        "without_verdict": {level: ids for level, ids in unjudged.items() if ids},
    }


def _no_answer(page: Verdicts, level: str) -> bool:
    held = {"image": page.images, "video": page.videos, "chart": page.charts}
    return held.get(level, None) is None if level in held else True
