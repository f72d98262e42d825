"""Which detected things become subjects of a clip: PexelsCustom's filters, in its order.

PexelsCustom (arXiv 2606.11783; released code, step 3) drops words of body parts, classes with more
than three instances, words that a model calls background, boxes that are too small or hold nearly
the whole picture, masks with a low score, and boxes that lie over each other. Every value is its
own; the list of body parts is ours, its list has some fifty words, too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence, Set
from dataclasses import dataclass

from corpuswright.storage.records import Rejection

VERSION = 1  # bump when a verdict can change

MOST_OF_A_CLASS = 3
LEAST_SHARE = 0.01  # of the picture that a box has
WHOLE, MOST_OF_WHOLE = 0.97, 0.8  # a box above the first must have a mask of the second at most
LEAST_MASK_SCORE = 0.8
OVERLAP = 0.8  # IoU of two boxes above which the one with the lower score goes

BODY_PARTS = frozenset(
    """
    ankle arm armpit back beard belly body bone bottom brain breast brow buttock calf cheek chest
    chin ear elbow eye eyebrow eyelash eyelid face finger fingernail fingertip fist foot forearm
    forehead hair hand head heart heel hip jaw knee knuckle leg limb lip moustache mouth muscle nail
    neck nose nostril palm ponytail scalp shin shoulder skin sole stomach temple thigh throat thumb
    toe toenail tongue tooth torso tummy waist wrist
    """.split()
)
_IRREGULAR = {"feet": "foot", "teeth": "tooth", "calves": "calf"}

PixelBox = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Detected:
    """One thing found in a frame.

    Attributes:
        word: What it was looked for as.
        box: Pixels, [x0, y0, x1, y1), half-open.
        score: The detector's, 0 to 1.
        mask_area: Pixels of its mask; None where nothing segments.
        mask_score: The segmenter's own, 0 to 1; None where it gives none.
    """

    word: str
    box: PixelBox
    score: float
    mask_area: int | None = None
    mask_score: float | None = None


def is_body_part(word: str) -> bool:
    """Say whether a word, or the last of several, names a part of a body, one or many."""
    last = word.lower().split()[-1] if word.split() else ""
    last = _IRREGULAR.get(last, last)
    return bool({last, last.removesuffix("s"), last.removesuffix("es")} & BODY_PARTS)


def judge(
    found: Sequence[Detected], size: tuple[int, int], background: Set[str] = frozenset()
) -> list[Rejection | None]:
    """Return of each detected thing why it is no subject; None for one that is.

    Args:
        found: In one frame.
        size: Width and height of the frame, px.
        background: Words that a reader of the caption has called background.
    """
    count = Counter(d.word.lower() for d in found)
    out = [_alone(d, count[d.word.lower()], size, background) for d in found]
    # Best first; of equal ones the first. What is out already takes nothing with it.
    order = sorted(
        (n for n, why in enumerate(out) if why is None), key=lambda n: (-_rank(found[n]), n)
    )
    kept: list[int] = []
    for n in order:
        over = next((k for k in kept if iou(found[n].box, found[k].box) > OVERLAP), None)
        if over is None:
            kept.append(n)
        else:
            said = f"{found[over].word}, IoU {iou(found[n].box, found[over].box):.2f}"
            out[n] = Rejection("lies_over_another", f"{said}, at most {OVERLAP:g}")
    return out


def _alone(
    d: Detected, count: int, size: tuple[int, int], background: Set[str]
) -> Rejection | None:
    if is_body_part(d.word):
        return Rejection("body_part", d.word)
    if count > MOST_OF_A_CLASS:
        return Rejection("too_many_of_a_class", f"{count} {d.word}, at most {MOST_OF_A_CLASS}")
    if d.word.lower() in {w.lower() for w in background}:
        return Rejection("background", d.word)
    whole = size[0] * size[1]
    share = area(d.box) / whole
    if share < LEAST_SHARE:
        return Rejection("subject_too_small", f"{share:.4f} of it, at least {LEAST_SHARE:g}")
    if share > WHOLE and (d.mask_area is None or d.mask_area / whole > MOST_OF_WHOLE):
        return Rejection("subject_fills_it", f"{share:.4f} of it, at most {WHOLE:g}")
    if d.mask_score is not None and d.mask_score < LEAST_MASK_SCORE:
        return Rejection("mask_unsure", f"{d.mask_score:.3f}, at least {LEAST_MASK_SCORE:g}")
    return None


def _rank(d: Detected) -> float:
    return d.score if d.mask_score is None else d.mask_score


def area(box: PixelBox) -> float:
    """Return the area of a box, px; 0 for an empty one."""
    return max(0.0, box[2] - box[0]) * max(0.0, box[3] - box[1])


def iou(a: PixelBox, b: PixelBox) -> float:
    """Return the intersection over union of two boxes; 0 where both are empty."""
    both = area((max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3])))
    either = area(a) + area(b) - both
    return both / either if either > 0 else 0.0
