"""What is seen in the frames of a clip: by models, or known from a rendering."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from corpuswright.quality.models import detectors, segmenters
from corpuswright.quality.models.detectors import PixelBox, Pixels
from corpuswright.quality.models.segmenters import Mask
from corpuswright.quality.video.rendered_truth import RenderedTruth

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
    box: PixelBox
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
    # In a box in which the segmenter sees nothing there is nothing to cut out.
    return [Seen(*f, *c) for f, c in zip(found, made, strict=True) if c is not None]


def calling(eye: Eye, names: Mapping[str, str]) -> Eye:
    """Return an eye that calls things otherwise: what it sees as a key of `names`, by its value."""
    return lambda frame: [s._replace(word=names.get(s.word, s.word)) for s in eye(frame)]


def of_truth(truth: RenderedTruth, start: float, fps: float, size: tuple[int, int]) -> Eye:
    """Return an eye that sees what is true; the clip begins `start` s into its video."""

    def look(frame: int) -> list[Seen]:
        instances = truth.at(start + frame / fps)
        by = np.array(size) / instances.shape[::-1]
        out: list[Seen] = []
        for number in np.unique(instances):
            whole: Mask = instances == number
            if int(number) not in truth.words or whole.sum() < LEAST_PIXELS:
                continue
            mask = scaled(whole, size)
            if mask.any():
                x0, y0, x1, y1 = (float(v) for v in np.array(_around(whole)) * np.tile(by, 2))
                out.append(Seen(truth.words[int(number)], (x0, y0, x1, y1), 1.0, mask, 1.0))
        return out

    return look


def scaled(mask: Mask, size: tuple[int, int]) -> Mask:
    """Return a mask at another size (w, h): a pixel is of the thing if half of it is."""
    if mask.shape[::-1] == size:
        return mask
    import cv2

    small = size[0] <= mask.shape[1]
    how = cv2.INTER_AREA if small else cv2.INTER_LINEAR
    # A hair below, for shares that are a half but for rounding.
    return cv2.resize(mask.astype(np.float32), size, interpolation=how) >= 0.5 - 1e-4


def _around(mask: Mask) -> PixelBox:
    ys, xs = np.nonzero(mask)
    return float(xs.min()), float(ys.min()), float(xs.max() + 1), float(ys.max() + 1)
