"""Which stretches of a video become clips: whole shots cut into equal lengths, each with measures.

A clip never crosses a cut. What a shot is longer than its clips is left at both of its ends alike;
where a video has more clips than are wanted, those that are taken lie evenly among them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from corpuswright.quality.video.measures import Watched

VERSION = 2  # bump when a window or a measure comes out otherwise

# Mean luma below which a look is black (Causal-Plan's guard, arXiv 2606.01810: 10 of 255).
BLACK = 10 / 255
# Mean difference of two looks, of 255, below which nothing has moved. Ours, of few videos: over a
# whole talking head it is 0.9 on average, a picture that is held has rounding alone.
STILL = 0.5


class Window(NamedTuple):
    """A stretch of a video, from `start` to `end` s, and what was seen in it.

    Attributes:
        number: Among the windows of its video, in time; what is not taken is not counted.
        start: s from the first frame.
        end: s; exclusive.
        shot: Number of the shot it is of.
        luminance: Mean luma, 0 to 1.
        clarity: Median variance of the Laplacian.
        entropy: Mean, bits.
        motion: Mean optical flow, heights of the picture a second.
        black: Share of looks that are black.
        still: Share of looks at which nothing has moved.
        prints: (K, 32) hashes of its looks.
        thumbs: (K, 256) thumbnails.
    """

    number: int
    start: float
    end: float
    shot: int
    luminance: float
    clarity: float
    entropy: float
    motion: float
    black: float
    still: float
    prints: NDArray[np.uint8]
    thumbs: NDArray[np.uint8]


def spans(
    cuts: Sequence[float], end: float, seconds: float, most: int, fades: Sequence[float] = ()
) -> list[tuple[int, float]]:
    """Return (shot, start) of the clips of a video, in time.

    Args:
        cuts: Times of first frames of shots, s.
        end: Of the video, s.
        seconds: Of a clip.
        most: Clips that are taken.
        fades: Which of the cuts begin a dissolve: it gives no clip, and is no shot.
    """
    found: list[tuple[int, float]] = []
    stretches = zip(cuts, [*cuts[1:], end], strict=True)
    for shot, (a, b) in enumerate((a, b) for a, b in stretches if a not in fades):
        number = int((b - a) / seconds + 1e-6)
        first = a + (b - a - number * seconds) / 2
        found += [(shot, first + n * seconds) for n in range(number)]
    if len(found) <= most:
        return found
    return [found[(2 * n + 1) * len(found) // (2 * most)] for n in range(most)]


def windows(watched: Watched, seconds: float, most: int) -> list[Window]:
    """Return the clips of a video, each of `seconds`, `most` of them at most."""
    looks = watched.looks
    found: list[Window] = []
    taken = spans(watched.cuts, watched.facts.seconds, seconds, most, watched.fades)
    for number, (shot, start) in enumerate(taken):
        end = start + seconds
        inside = np.flatnonzero((looks.time >= start - 1e-6) & (looks.time < end - 1e-6))
        if not len(inside):
            continue
        moved = inside[1:] if len(inside) > 1 else inside  # the first one's step came from before
        pace = looks.motion[moved]
        pace = pace[~np.isnan(pace)]
        same = np.searchsorted(watched.cuts, [start, *looks.time], side="right")
        near = np.flatnonzero(same[1:] == same[0])  # of its own shot
        clear, bits = (
            v[_taken(v, looks.time, inside, near)] for v in (looks.clarity, looks.entropy)
        )
        found.append(
            Window(
                number,
                round(start, 6),
                round(end, 6),
                shot,
                float(looks.luminance[inside].mean()),
                float(np.median(clear)),
                float(bits.mean()),
                float(pace.mean()) if len(pace) else 0.0,
                float((looks.luminance[inside] < BLACK).mean()),
                float((looks.change[moved] < STILL).mean()),
                looks.prints[inside],
                looks.thumbs[inside],
            )
        )
    return found


def _taken(
    values: NDArray[np.float64],
    time: NDArray[np.float64],
    inside: NDArray[np.intp],
    near: NDArray[np.intp],
) -> NDArray[np.intp]:
    """Return which looks a measure counts of: those inside at which it was taken.

    It is taken once a second (`measures.CLEAR`); a clip that is shorter, and has none, gets that of
    the look closest to its middle, of its own shot (`near`) if there is one.
    """
    there = inside[~np.isnan(values[inside])]
    if len(there):
        return there
    middle = time[inside[len(inside) // 2]]
    of_shot = near[~np.isnan(values[near])]
    every = of_shot if len(of_shot) else np.flatnonzero(~np.isnan(values))  # the first look's is
    return every[[int(np.abs(time[every] - middle).argmin())]]
