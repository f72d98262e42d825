"""What is seen in the frames of a clip: by models, or known from a rendering."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from corpuswright.quality import detectors, segmenters
from corpuswright.quality.detectors import Box, Pixels
from corpuswright.quality.rendered_truth import Truth
from corpuswright.quality.segmenters import Mask

TRUTH = "truth"  # the detector that reads what lies beside a rendered video
LEAST_PIXELS = 16  # of a rendered thing that is seen: of fewer no detector speaks


class Seen(NamedTuple):
    """One thing in a frame.

    Attributes:
        word: What it is.
        box: Pixels, [x0, y0, x1, y1).
        score: The detector's; 1 for what is true.
        mask: (H, W); None where nobody segments.
        mask_score: The segmenter's; None where it gives none.
    """

    word: str
    box: Box
    score: float
    mask: Mask | None
    mask_score: float | None


# Number of a frame → what is in it.
Eye = Callable[[int], list[Seen]]


def by_models(
    pictures: Sequence[Pixels], detector: str, segmenter: str, words: Sequence[str], least: float
) -> Eye:
    """Return an eye of models; a frame is looked at once.

    Args:
        pictures: (H, W, 3) uint8 RGB, the clip's.
        detector: As `detectors.located` gives it.
        segmenter: Likewise; "" for nobody.
        words: What to look for; none for all that the detector knows.
        least: Of a detector's score.
    """
    held: dict[int, list[Seen]] = {}

    def look(frame: int) -> list[Seen]:
        if frame not in held:
            found = detectors.found(detector, pictures[frame], words)
            held[frame] = _cut([f for f in found if f.score >= least], pictures[frame], segmenter)
        return held[frame]

    return look


def _cut(found: list[detectors.Found], pixels: Pixels, segmenter: str) -> list[Seen]:
    if not segmenter:
        return [Seen(*f, None, None) for f in found]
    made = segmenters.masks(segmenter, pixels, [f.box for f in found])
    return [Seen(*f, *(c or (None, None))) for f, c in zip(found, made, strict=True)]


def of_truth(truth: Truth, start: float, fps: float, size: tuple[int, int]) -> Eye:
    """Return an eye that sees what is true; the clip begins `start` s into its video."""

    def look(frame: int) -> list[Seen]:
        instances = truth.at(start + frame / fps, size)
        out: list[Seen] = []
        for number in np.unique(instances):
            mask: NDArray[np.bool_] = instances == number
            if int(number) in truth.words and mask.sum() >= LEAST_PIXELS:
                out.append(Seen(truth.words[int(number)], _around(mask), 1.0, mask, 1.0))
        return out

    return look


def _around(mask: Mask) -> Box:
    ys, xs = np.nonzero(mask)
    return float(xs.min()), float(ys.min()), float(xs.max() + 1), float(ys.max() + 1)
