"""Lens's filters over measures, in the paper's order, each with its threshold from the recipe.

Lens (arXiv 2605.21573) names nine stages and three thresholds: area below 384 x 384, aesthetics
below 3, near duplicates above a cosine of 0.985. The others are ours, chosen on ladders of blur,
noise and exposure (tests/bench/RESULTS.md). A score whose model is absent is missing: its stage
says so and passes everything on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from corpuswright.storage.records import Rejection

VERSION = 1  # bump when a verdict can change

STAGES = (
    "integrity", "area", "nsfw", "aesthetic", "watermark", "clarity", "entropy", "luminance",
    "near_duplicates",
)  # fmt: skip
SCORES = ("nsfw", "aesthetic", "watermark")  # stages that a model decides

Row = Mapping[str, Any]


class Filter(NamedTuple):
    """One stage: its name, the recipe's thresholds it goes by, and what it says of a row."""

    stage: str
    thresholds: tuple[str, ...]
    judge: Callable[..., Rejection | None]


def _below(column: str, reason: str) -> Callable[[Row, float], Rejection | None]:
    def judge(row: Row, least: float) -> Rejection | None:
        value = row[column]
        if value is None or value >= least:
            return None
        return Rejection(reason, f"{value:.4g}, at least {least:g}")

    return judge


def _above(column: str, reason: str) -> Callable[[Row, float], Rejection | None]:
    def judge(row: Row, most: float) -> Rejection | None:
        value = row[column]
        if value is None or value <= most:
            return None
        return Rejection(reason, f"{value:.4g}, at most {most:g}")

    return judge


def _integrity(row: Row) -> Rejection | None:
    return Rejection(row["reason"], row["value"]) if row["reason"] else None


def _area(row: Row, least: float) -> Rejection | None:
    width, height = row["width"], row["height"]
    if width * height >= least:
        return None
    return Rejection("too_small", f"{width}x{height} px, at least {least:g}")


def _luminance(row: Row, low: float, high: float) -> Rejection | None:
    value = row["luminance"]
    if low <= value <= high:
        return None
    return Rejection("too_dark" if value < low else "too_bright", f"{value:.3f}")


FILTERS: Sequence[Filter] = (
    Filter("integrity", (), _integrity),
    Filter("area", ("min_area",), _area),
    Filter("nsfw", ("max_nsfw",), _above("nsfw", "not_safe")),
    Filter("aesthetic", ("min_aesthetic",), _below("aesthetic", "not_aesthetic")),
    Filter("watermark", ("max_watermark",), _above("watermark", "watermarked")),
    Filter("clarity", ("min_clarity",), _below("clarity", "blurred")),
    Filter("entropy", ("min_entropy",), _below("entropy", "plain")),
    Filter("luminance", ("min_luminance", "max_luminance"), _luminance),
)


def judge(row: Row, recipe: Mapping[str, Any]) -> tuple[str, Rejection] | None:
    """Return the first stage that drops a row, and why; None for one that passes them all.

    Args:
        row: `reason` and `value` of intake, `width`, `height`, `clarity`, `entropy`, `luminance`,
            and the scores of `SCORES`, None where there is none.
        recipe: The thresholds.
    """
    for f in FILTERS:
        rejection = f.judge(row, *(float(recipe[t]) for t in f.thresholds))
        if rejection is not None:
            return f.stage, rejection
    return None
