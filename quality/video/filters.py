"""Filters of videos and of the clips that are cut from them, each with its value of the recipe.

PexelsCustom (arXiv 2606.11783) says that it filters by aesthetics and released no filter of videos
at all; Causal-Plan (arXiv 2606.01810) has one against black footage. The others are ours, taken
over from images; ladders of blurred, dark, shaken, held and black clips are in tests/bench.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from corpuswright.quality.images import filters
from corpuswright.quality.images.filters import Filter, MeasuredRow, above, below, first_of
from corpuswright.storage.records import Rejection

VERSION = 2  # bump when a verdict can change


def _integrity(row: MeasuredRow) -> Rejection | None:
    return Rejection(row["reason"], row["value"]) if row["reason"] else None


def _resolution(row: MeasuredRow, least: int) -> Rejection | None:
    width, height = row["width"], row["height"]
    if min(width, height) >= least:
        return None
    return Rejection("too_small", f"{width}x{height} px, each side at least {least}")


def _aspect(row: MeasuredRow, most: float) -> Rejection | None:
    width, height = row["width"], row["height"]
    if max(width, height) <= most * min(width, height):
        return None
    return Rejection("too_narrow", f"{width}x{height} px, at most {most:g} to 1")


def _shots(row: MeasuredRow, frames: int, fps: float) -> Rejection | None:
    if row["windows"]:
        return None
    said = f"{row['seconds']:.2f} s in {row['shots']} shots, at least {frames / fps:g} s in one"
    return Rejection("no_shot_long_enough", said)


def _luminance(row: MeasuredRow, low: float, high: float) -> Rejection | None:
    value = row["luminance"]
    if value < low:
        return Rejection("too_dark", f"{value:.3f}, at least {low:g}")
    return Rejection("too_bright", f"{value:.3f}, at most {high:g}") if value > high else None


def _motion(row: MeasuredRow, still: float, most: float) -> Rejection | None:
    if row["still"] > still:
        return Rejection("still", f"{row['still']:.0%} of it, at most {still:.0%}")
    if row["motion"] > most:
        return Rejection("too_fast", f"{row['motion']:.2f} heights a second, at most {most:g}")
    return None


OF_VIDEOS: Sequence[Filter] = (
    Filter("integrity", (), _integrity),
    Filter("resolution", ("min_side",), _resolution),
    Filter("aspect", ("max_aspect",), _aspect),
    Filter("shots", ("frames", "fps"), _shots),
)
OF_CLIPS: Sequence[Filter] = (
    Filter("black", ("max_black",), above("black", "black")),
    Filter("luminance", ("min_luminance", "max_luminance"), _luminance),
    Filter("clarity", ("min_clarity",), below("clarity", "blurred")),
    Filter("entropy", ("min_entropy",), below("entropy", "plain", " bits")),
    Filter("motion", ("max_still", "max_motion"), _motion),
)

# In the order of the funnel: of videos, of their clips, of what is alike, of scores.
STAGES = (*(f.stage for f in (*OF_VIDEOS, *OF_CLIPS)), "near_duplicates", *filters.SCORES)
BY_MODELS: Sequence[Filter] = tuple(f for f in filters.FILTERS if f.stage in filters.SCORES)


def of_video(row: MeasuredRow, recipe: Mapping[str, Any]) -> tuple[str, Rejection] | None:
    """Return the first stage that drops a video, and why; None for one that gives clips.

    Args:
        row: Of `assets.video.measure.SCHEMA`.
        recipe: The thresholds.
    """
    return first_of(OF_VIDEOS, row, recipe)


def of_clip(row: MeasuredRow, recipe: Mapping[str, Any]) -> tuple[str, Rejection] | None:
    """Return the first stage that drops a clip, and why; None for one that passes them all.

    Args:
        row: The figures of a window (`quality.video.clip_windows.Window`).
        recipe: The thresholds.
    """
    return first_of(OF_CLIPS, row, recipe)


def of_scores(row: MeasuredRow, recipe: Mapping[str, Any]) -> tuple[str, Rejection] | None:
    """Return the first stage that drops a clip for a model's score; None if none does.

    Args:
        row: The scores (`quality.images.filters.SCORES`), None where there is none.
        recipe: The thresholds, and who gives each score, empty for nobody.
    """
    return first_of(BY_MODELS, row, recipe)
