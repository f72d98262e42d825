"""Whether a thing stays itself over a whole clip: PexelsCustom looks at one frame, and never again.

A thing of the middle frame is looked for in the others by its word, its colours and where it was;
of several like it each is given out once. A find whose colours are another thing's ends it: the
text would then speak of two.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from corpuswright.quality.models.detectors import PixelBox, Pixels
from corpuswright.quality.models.segmenters import Mask
from corpuswright.quality.subjects.frame_detections import Eye, Seen
from corpuswright.storage.records import Rejection

VERSION = 1  # bump when a verdict can change

# How much alike colours are (0 to 1, `likeness`) of one thing in two frames, at least. Ours: see
# tests/bench/RESULTS.md, "Identity".
SAME = 0.8
# Share of the frames that are looked at in which it has to be found. Ours: what is there for half
# of a clip can be learnt from it.
FOUND = 0.5
# How far a find may be small against the one in the middle before its colours say nothing: a
# sliver at the edge of the picture has those of its border.
SMALL = 0.15
# Share of the picture's diagonal that a thing goes between two frames that are looked at counts
# against likeness by that much: of two that are alike the nearer one is the same.
AWAY = 0.3
_BINS = 16

Colours = NDArray[np.float64]


@dataclass
class Track:
    """One thing over a clip.

    Attributes:
        seen: It in the middle frame.
        places: What it is in each frame in which it was found.
        likeness: Of its colours to the middle's, the least of all frames.
        rejection: Why it cannot stand for one thing; None where it can.
    """

    seen: Seen
    places: dict[int, Seen] = field(default_factory=dict[int, Seen])
    likeness: float = 1.0
    rejection: Rejection | None = None


def follow(
    pictures: Sequence[Pixels],
    eye: Eye,
    subjects: Sequence[Seen],
    middle: int,
    frames: Sequence[int],
) -> list[Track]:
    """Follow things of the middle frame through others.

    Args:
        pictures: (H, W, 3) uint8 RGB, the clip's.
        eye: What is seen in a frame.
        subjects: Of the middle frame.
        middle: Its number.
        frames: Which are looked at besides, in order.
    """
    made = [Track(s, {middle: s}) for s in subjects]
    own = [colours(pictures[middle], s) for s in subjects]
    later, before = [f for f in frames if f > middle], [f for f in frames if f < middle][::-1]
    for way in (later, before):
        last = list(subjects)
        for frame in way:
            found = eye(frame)
            looks = [colours(pictures[frame], s) for s in found]
            given = _given(last, own, found, looks, pictures[frame].shape[:2])
            for n, at in given.items():
                _take(made[n], frame, found[at], likeness(own[n], looks[at]))
                last[n] = found[at]
    for f in made:
        number = len({*frames, middle})
        if f.rejection is None and len(f.places) < FOUND * number:
            said = f"{len(f.places)} of {number} frames, at least {FOUND:.0%}"
            f.rejection = Rejection("subject_leaves", said)
    return made


def _given(
    last: Sequence[Seen],
    own: Sequence[Colours],
    found: Sequence[Seen],
    looks: Sequence[Colours],
    size: tuple[int, int],
) -> dict[int, int]:
    """Return which find each thing is; the surest are given out first."""
    diagonal = float(np.hypot(*size))
    pairs: list[tuple[float, int, int]] = []
    for n, was in enumerate(last):
        for at, seen in enumerate(found):
            if seen.word.lower() == was.word.lower():
                away = np.hypot(*np.subtract(_middle(was.box), _middle(seen.box))) / diagonal
                pairs.append((likeness(own[n], looks[at]) - AWAY * float(away), n, at))
    out: dict[int, int] = {}
    for _, n, at in sorted(pairs, key=lambda p: (-p[0], p[1:])):
        if n not in out and at not in out.values():
            out[n] = at
    return out


def _take(followed: Track, frame: int, seen: Seen, alike: float) -> None:
    followed.places[frame] = seen
    if _area(seen) < SMALL * _area(followed.seen):
        return
    followed.likeness = min(followed.likeness, alike)
    if alike < SAME and followed.rejection is None:
        said = f"{alike:.2f} alike in frame {frame}, at least {SAME:g}"
        followed.rejection = Rejection("identity_changes", said)


def colours(pixels: Pixels, seen: Seen) -> Colours:
    """Return how often which colours are in a thing: 16 x 16 of chroma, then 16 of lightness.

    Each part sums to 1. Neighbouring cells share, so that a little more light changes little.
    """
    import cv2

    x0, y0, x1, y1 = (int(v) for v in (*np.floor(seen.box[:2]), *np.ceil(seen.box[2:])))
    part = np.ascontiguousarray(pixels[y0:y1, x0:x1])
    inside = _inside(seen, (x0, y0, x1, y1))
    lab = cv2.cvtColor(part, cv2.COLOR_RGB2Lab)[inside].astype(int) * _BINS // 256
    chroma = np.zeros((_BINS, _BINS))
    np.add.at(chroma, (lab[:, 1], lab[:, 2]), 1.0)
    light = np.bincount(lab[:, 0], minlength=_BINS).astype(np.float64)
    chroma = cv2.GaussianBlur(chroma, (5, 5), 0.8)
    light = cv2.GaussianBlur(light[None], (7, 1), 1.5)[0]
    return np.concatenate([chroma.ravel() / chroma.sum(), light / light.sum()])


def _inside(seen: Seen, around: tuple[int, int, int, int]) -> Mask:
    x0, y0, x1, y1 = around
    if seen.mask is not None and seen.mask[y0:y1, x0:x1].any():
        return seen.mask[y0:y1, x0:x1]
    ys, xs = np.ogrid[y0:y1, x0:x1]  # of a box the ellipse in it: its corners are background
    return ((xs + 0.5 - (x0 + x1) / 2) / (x1 - x0)) ** 2 + (
        (ys + 0.5 - (y0 + y1) / 2) / (y1 - y0)
    ) ** 2 <= 0.25


def likeness(a: Colours, b: Colours) -> float:
    """Return how much two things' colours are alike, 0 to 1.

    The lesser of chroma and lightness by Bhattacharyya's coefficient; lightness counts half, since
    shadows fall on one thing.
    """
    chroma = float(np.sqrt(a[:-_BINS] * b[:-_BINS]).sum())
    light = float(np.sqrt(a[-_BINS:] * b[-_BINS:]).sum())
    return min(chroma, 0.5 + 0.5 * light)


def _middle(box: PixelBox) -> tuple[float, float]:
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def _area(seen: Seen) -> float:
    if seen.mask is not None:
        return float(seen.mask.sum())
    return (seen.box[2] - seen.box[0]) * (seen.box[3] - seen.box[1])
