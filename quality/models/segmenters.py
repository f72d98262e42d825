"""Masks of things whose boxes are known, by models that plug in as detectors do.

A segmenter is named by one string of the recipe:

- `""`: nobody; things have boxes and no masks;
- `grabcut`: OpenCV's (Rother et al. 2004), from the box alone; it knows no score;
- `path/to/model.onnx`: two inputs, float32 RGB from 0 to 1 (1, 3, H, W) and boxes (N, 4) in its
  pixels; output `masks` (N, 1, H, W), from 0 to 1, and, if it has them, `scores` (N,);
- `package.module:name`: called once a process with `device=`, returns what takes a picture and
  boxes, and gives `(mask, score)` of each, a mask (H, W) of bool, a score from 0 to 1 or None;
- `http://host/path`: POST `{"images": [PNG in base64], "boxes": [[…]]}`, answers `{"masks":
  [{"png": black and white in base64, "score": 0.9}, …]}`.

A score that a segmenter does not give is missing, and no filter takes it for one.
"""

from __future__ import annotations

import base64
import binascii
import functools
import io
import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from corpuswright.quality.models import http_service, scorers
from corpuswright.quality.models.detectors import DIGITS, PixelBox, Pixels
from corpuswright.quality.models.scorers import ScorerError

VERSION = 1  # bump when the same model's masks come out otherwise
GRABCUT = "grabcut"
ROUNDS = 4  # of GrabCut; ours: the fifth changes less than a hundredth of a mask
SIDE = 240  # px of the longer side on which it works: its time goes with the area

Mask = NDArray[np.bool_]


class Cut(NamedTuple):
    """The mask of one thing, (H, W), and the segmenter's own score of it."""

    mask: Mask
    score: float | None


def fingerprint(name: str) -> str:
    """Return what decides a segmenter's masks; raises ScorerError where there is no such one."""
    if name == GRABCUT:
        try:
            import cv2
        except ImportError:
            raise ScorerError(
                f"{name}: expected OpenCV: pip install 'corpuswright[video]', or do without masks "
                "(--set 'segmenter=\"\"')"
            ) from None
        return f"{GRABCUT} opencv {cv2.__version__} {VERSION}"
    own = scorers.identity_of_file if name.endswith(".onnx") else scorers.fingerprint
    return f"{own(name)} {VERSION}"


def masks(name: str, pixels: Pixels, boxes: Sequence[PixelBox]) -> list[Cut | None]:
    """Return the mask of the thing in each box; None for one in which nothing is seen.

    Args:
        name: As `detectors.located` gives it; not "".
        pixels: (H, W, 3) uint8 RGB.
        boxes: In its pixels.

    Raises:
        ScorerError: There is no such segmenter, or it answers with something else.
    """
    if not boxes:
        return []
    made = list(_loaded(name, scorers.device())(pixels, boxes))
    if len(made) != len(boxes):
        raise ScorerError(f"{name}: expected {len(boxes)} masks, saw {len(made)}")
    return [_checked(name, one, pixels) for one in made]


def _checked(name: str, one: Any, pixels: Pixels) -> Cut | None:
    try:
        mask, score = one
        held = np.asarray(mask, bool)
        value = None if score is None else round(float(score), DIGITS)
    except (TypeError, ValueError):
        raise ScorerError(f"{name}: expected mask and score, saw {one!r:.80}") from None
    if held.shape != pixels.shape[:2]:
        raise ScorerError(f"{name}: expected a mask of {pixels.shape[:2]}, saw {held.shape}")
    if value is not None and not math.isfinite(value):
        value = None
    return Cut(held, value) if held.any() else None


@functools.cache
def _loaded(name: str, where: str) -> Callable[[Pixels, Sequence[PixelBox]], Sequence[Any]]:
    if name == GRABCUT:
        return lambda pixels, boxes: [(_grabcut(pixels, b), None) for b in boxes]
    if name.startswith(("http://", "https://")):
        return functools.partial(_asked, name)
    if name.endswith(".onnx"):
        return _onnx(name)
    return scorers.factory(name)(device=where)


def _grabcut(pixels: Pixels, box: PixelBox) -> Mask:
    import cv2

    high, wide = pixels.shape[:2]
    share = min(1.0, SIDE / max(high, wide))
    size = (max(2, round(wide * share)), max(2, round(high * share)))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    x0, y0 = (int(v * share) for v in box[:2])
    x1, y1 = (math.ceil(v * share) for v in box[2:])
    inside = np.zeros(small.shape[:2], bool)
    inside[y0:y1, x0:x1] = True
    if inside.all() or not inside.any():  # without a background there is nothing to cut from
        whole = np.zeros((high, wide), bool)
        whole[int(box[1]) : math.ceil(box[3]), int(box[0]) : math.ceil(box[2])] = True
        return whole
    held = np.where(inside, cv2.GC_PR_FGD, cv2.GC_BGD).astype(np.uint8)
    cv2.setRNGSeed(0)  # its mixtures begin with k-means
    cv2.grabCut(
        np.ascontiguousarray(small[:, :, ::-1]),
        held,
        (0, 0, 0, 0),
        np.zeros((1, 65)),
        np.zeros((1, 65)),
        ROUNDS,
        cv2.GC_INIT_WITH_MASK,
    )
    front = np.isin(held, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.uint8)
    return cv2.resize(front, (wide, high), interpolation=cv2.INTER_NEAREST).astype(bool)


def _asked(url: str, pixels: Pixels, boxes: Sequence[PixelBox]) -> list[Any]:
    try:
        answer = http_service.ask(url, "masks", [pixels], boxes=[list(b) for b in boxes])
        return [(_decoded(m["png"], pixels), m.get("score")) for m in answer]
    except http_service.ServiceError as error:
        raise ScorerError(str(error)) from None
    except (KeyError, TypeError, ValueError, OSError, binascii.Error) as error:
        raise ScorerError(f'{url}: expected {{"png": …, "score": …}} a box: {error}') from None


def _decoded(text: str, pixels: Pixels) -> Mask:
    image = Image.open(io.BytesIO(base64.b64decode(text, validate=True)))
    if image.size != pixels.shape[1::-1]:  # before its pixels are there: no bomb is unpacked
        raise ValueError(f"expected a mask of {pixels.shape[1::-1]}, saw {image.size}")
    return np.asarray(image.convert("L")) > 127


def _onnx(name: str) -> Callable[[Pixels, Sequence[PixelBox]], list[Any]]:
    session = scorers.session(name)
    inputs = session.get_inputs()
    outputs = [o.name for o in session.get_outputs()]
    if len(inputs) != 2 or "masks" not in outputs:
        raise ScorerError(f"{name}: expected two inputs and an output masks, saw {outputs}")
    sides = [s for s in inputs[0].shape[2:4] if isinstance(s, int)]

    def run(pixels: Pixels, boxes: Sequence[PixelBox]) -> list[Any]:
        high, wide = pixels.shape[:2]
        size = (sides[1], sides[0]) if len(sides) == 2 else (wide, high)
        image = Image.fromarray(pixels).resize(size, Image.Resampling.BILINEAR)
        put = (np.asarray(image, np.float32) / 255).transpose(2, 0, 1)[None]
        scale = np.array([size[0] / wide, size[1] / high] * 2)
        asked = (np.array(boxes) * scale).astype(np.float32)
        try:
            made = dict(
                zip(
                    outputs,
                    session.run(None, {inputs[0].name: put, inputs[1].name: asked}),
                    strict=True,
                )
            )
        except Exception as error:  # onnxruntime's own exceptions share no base
            raise ScorerError(f"{name}: does not take {put.shape}: {str(error)[:200]}") from None
        scores = made.get("scores", [None] * len(boxes))
        return [
            (_grown(m[0] > 0.5, (wide, high)), s)
            for m, s in zip(made["masks"], scores, strict=True)
        ]

    return run


def _grown(mask: Mask, size: tuple[int, int]) -> Mask:
    return np.asarray(Image.fromarray(mask).resize(size, Image.Resampling.NEAREST))
