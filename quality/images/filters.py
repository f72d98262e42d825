"""Lens's filters over measures, in the paper's order, each with its threshold from the recipe.

Lens (arXiv 2605.21573) names nine stages and three thresholds: area below 384 x 384, aesthetics
below 3, near duplicates above a cosine of 0.985. The others are ours, chosen on ladders of blur,
contrast and exposure, and on drawn pictures (tests/bench/RESULTS.md). A score that no model is
named for is missing: its stage says so and passes everything on. One whose model is named and gives
none drops the image.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from corpuswright.storage.records import Rejection

VERSION = 3  # bump when a verdict can change

# Stages that a model decides; the recipe's value of this name says which (quality.models.scorers).
# The paper has the first three; share under text is ours, for corpora that want little of it.
SCORES = ("nsfw", "aesthetic", "watermark", "text_area")

MeasuredRow = Mapping[str, Any]


class Filter(NamedTuple):
    """One stage: its name, the recipe's values it goes by, and what it says of a row."""

    stage: str
    values: tuple[str, ...]
    judge: Callable[..., Rejection | None]


def below(
    column: str, reason: str, unit: str = ""
) -> Callable[[MeasuredRow, float], Rejection | None]:
    """Return the judge that drops rows whose `column` is below a threshold."""

    def judge(row: MeasuredRow, least: float) -> Rejection | None:
        value = row[column]
        if value >= least:
            return None
        return Rejection(reason, f"{value:.4g}{unit}, at least {least:g}{unit}")

    return judge


def above(column: str, reason: str) -> Callable[[MeasuredRow, float], Rejection | None]:
    """Return the judge that drops rows whose `column` is above a threshold."""

    def judge(row: MeasuredRow, most: float) -> Rejection | None:
        value = row[column]
        return None if value <= most else Rejection(reason, f"{value:.4g}, at most {most:g}")

    return judge


def _scored(
    column: str, judge: Callable[[MeasuredRow, float], Rejection | None]
) -> Callable[[MeasuredRow, float, str], Rejection | None]:
    def scored(row: MeasuredRow, threshold: float, scorer: str) -> Rejection | None:
        if not scorer:
            return None
        if row[column] is None:
            return Rejection(f"{column}_not_scored", "its model gave none")
        return judge(row, threshold)

    return scored


def _integrity(row: MeasuredRow) -> Rejection | None:
    return Rejection(row["reason"], row["value"]) if row["reason"] else None


def _area(row: MeasuredRow, least: float) -> Rejection | None:
    width, height = row["width"], row["height"]
    if width * height >= least:
        return None
    return Rejection("too_small", f"{width}x{height} = {width * height} px, at least {least:g} px")


def _luminance(row: MeasuredRow, low: float, high: float) -> Rejection | None:
    value = row["luminance"]
    if low <= value <= high:
        return None
    if value < low:
        return Rejection("too_dark", f"{value:.3f}, at least {low:g}")
    return Rejection("too_bright", f"{value:.3f}, at most {high:g}")


FILTERS: Sequence[Filter] = (
    Filter("integrity", (), _integrity),
    Filter("area", ("min_area",), _area),
    Filter("nsfw", ("max_nsfw", "nsfw"), _scored("nsfw", above("nsfw", "not_safe"))),
    Filter(
        "aesthetic",
        ("min_aesthetic", "aesthetic"),
        _scored("aesthetic", below("aesthetic", "not_aesthetic")),
    ),
    Filter(
        "watermark",
        ("max_watermark", "watermark"),
        _scored("watermark", above("watermark", "watermarked")),
    ),
    Filter("clarity", ("min_clarity",), below("clarity", "blurred")),
    Filter("entropy", ("min_entropy",), below("entropy", "plain", " bits")),
    Filter("contrast", ("min_contrast",), below("contrast", "low_contrast")),
    Filter("luminance", ("min_luminance", "max_luminance"), _luminance),
    Filter(
        "text_area",
        ("max_text_area", "text_area"),
        _scored("text_area", above("text_area", "mostly_text")),
    ),
)


STAGES = (*(f.stage for f in FILTERS), "near_duplicates")


def judge(row: MeasuredRow, recipe: Mapping[str, Any]) -> tuple[str, Rejection] | None:
    """Return the first stage that drops a row, and why; None for one that passes them all.

    Args:
        row: `reason` and `value` of intake, `width`, `height`, `clarity`, `entropy`, `contrast`,
            `luminance` and the scores of `SCORES`, None where there is none.
        recipe: The thresholds, and who gives each score (quality.models.scorers), empty for nobody.
    """
    return first_of(FILTERS, row, recipe)


def first_of(
    filters: Sequence[Filter], row: MeasuredRow, recipe: Mapping[str, Any]
) -> tuple[str, Rejection] | None:
    """Return the first stage of `filters` that drops a row, and why; None if none does."""
    for f in filters:
        rejection = f.judge(row, *(recipe[t] for t in f.values))
        if rejection is not None:
            return f.stage, rejection
    return None
