"""How well a clip follows the trajectories it was asked for: FlashBench's M_IoU and B_IoU.

FlashMotion (arXiv 2603.12146) reports mask and box IoU between the conditioning trajectory and the
object in the generated video, by number of foreground objects. Here an object's score is the mean
over the frames in which it is to be seen or was seen, a clip's the mean over its objects.
"""

from __future__ import annotations

import json
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

Masks = NDArray[np.integer]
Boxes = NDArray[np.float64]


class TrajectoryError(ValueError):
    """A prediction is missing, of another shape or not to be read; the message says which."""


@dataclass(frozen=True)
class TrackToFind:
    """What a clip was asked for: masks (F, H, W) of instance ids, of which `ids` are scored."""

    key: str
    bucket: str
    ids: tuple[int, ...]
    masks: Masks

    @property
    def boxes(self) -> Boxes:
        """(F, N, 4) boxes of the objects' pixels, NaN where there are none."""
        return boxes_of(self.masks, self.ids)


@dataclass(frozen=True)
class Made:
    """What was found in a candidate: masks, or boxes, or both; of the wanted clip's shape."""

    masks: Masks | None
    boxes: Boxes | None


class ClipScore(NamedTuple):
    """A clip's scores from 0 to 1; `mask` is None where the candidate has no masks."""

    key: str
    bucket: str
    mask: float | None
    box: float


def boxes_of(masks: Masks, ids: tuple[int, ...]) -> Boxes:
    """Return (F, N, 4) half-open boxes of the pixels of each id, NaN where there are none."""
    found = np.full((len(masks), len(ids), 4), np.nan)
    for n, number in enumerate(ids):
        own = masks == number
        rows, columns = own.any(axis=2), own.any(axis=1)
        there = rows.any(axis=1)
        (y0, y1), (x0, x1) = _ends(rows), _ends(columns)
        found[there, n] = np.stack([x0, y0, x1, y1], axis=1)[there]
    return found


def _ends(line: NDArray[np.bool_]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return where the first True of each row is, and the place after the last."""
    return line.argmax(axis=1), line.shape[1] - line[:, ::-1].argmax(axis=1)


def mask_iou(a: NDArray[np.bool_], b: NDArray[np.bool_]) -> float | None:
    """Return the mean over frames of IoU of two masks (F, H, W); None if neither is ever there."""
    either, both = (a | b).sum(axis=(1, 2)), (a & b).sum(axis=(1, 2))
    told = either > 0
    return float((both[told] / either[told]).mean()) if told.any() else None


def box_iou(a: Boxes, b: Boxes) -> float | None:
    """Return the mean over frames of IoU of two boxes (F, 4).

    NaN, and one whose sides are not above 0, is no box, and scores 0 where the other is one.
    """
    here, there = (np.isfinite(v).all(axis=1) & (v[:, 2:] > v[:, :2]).all(axis=1) for v in (a, b))
    told = here | there
    if not told.any():
        return None
    low, high = np.maximum(a[:, :2], b[:, :2]), np.minimum(a[:, 2:], b[:, 2:])
    both = np.prod(np.clip(high - low, 0, None), axis=1)
    area = [np.prod(v[:, 2:] - v[:, :2], axis=1) for v in (a, b)]
    with np.errstate(invalid="ignore", divide="ignore"):
        iou = np.where(here & there, both / (area[0] + area[1] - both), 0.0)
    return float(iou[told].mean())


def score(wanted: TrackToFind, made: Made) -> ClipScore:
    """Return a clip's scores.

    Raises:
        TrajectoryError: The candidate's shape is another one.
    """
    n, shape = len(wanted.ids), wanted.masks.shape
    if made.masks is not None and not np.issubdtype(made.masks.dtype, np.integer):
        raise TrajectoryError(
            f"{wanted.key}: expected instances as whole numbers, the ids {list(wanted.ids)} and 0 "
            f"for all else, saw {made.masks.dtype}"
        )
    if made.masks is not None and made.masks.shape != shape:
        raise TrajectoryError(f"{wanted.key}: expected masks {shape}, saw {made.masks.shape}")
    if made.boxes is not None and made.boxes.shape != (shape[0], n, 4):
        raise TrajectoryError(
            f"{wanted.key}: expected boxes {(shape[0], n, 4)}, one for each of the objects "
            f"{list(wanted.ids)} and none for the floor, saw {made.boxes.shape}"
        )
    if made.masks is None and made.boxes is None:
        raise TrajectoryError(f"{wanted.key}: expected `instances` or `boxes`, saw neither")
    boxes = made.boxes
    if boxes is None:
        assert made.masks is not None
        boxes = boxes_of(made.masks, wanted.ids)
    by_box = [box_iou(wanted.boxes[:, i], boxes[:, i]) for i in range(n)]
    by_mask: list[float | None] = []
    if made.masks is not None:
        by_mask = [mask_iou(wanted.masks == i, made.masks == i) for i in wanted.ids]
    told = [v for v in by_mask if v is not None]
    mask = float(np.mean(told)) if told else None
    box = float(np.mean([v for v in by_box if v is not None]))
    return ClipScore(wanted.key, wanted.bucket, mask, box)


def read(folder: Path, key: str) -> Made:
    """Read a candidate's `<key>.npz` or `<key>.json`.

    An `.npz` has `instances` (F, H, W), with the ids of the benchmark's first-frame masks, or
    `boxes` (F, N, 4), or both. Boxes are [x0, y0, x1, y1) pixels in the order of these ids, NaN (in
    JSON null) where an object is not there. A JSON file holds `{"boxes": [[[x0, y0, x1, y1], null,
    ...], ...]}`, a list of objects for each frame.

    Raises:
        TrajectoryError: There is no such file, or it cannot be read.
    """
    arrays, text = folder / f"{key}.npz", folder / f"{key}.json"
    try:
        if arrays.exists():
            with np.load(arrays, allow_pickle=False) as held:
                masks = held["instances"] if "instances" in held.files else None
                boxes = held["boxes"].astype(np.float64) if "boxes" in held.files else None
            return Made(masks, boxes)
        if text.exists():
            plain = json.loads(text.read_text())
            if not isinstance(plain, dict) or "boxes" not in plain:
                raise TrajectoryError(f'{key}: expected {text.name} to hold {{"boxes": ...}}')
            plain = cast(Any, plain["boxes"])
            nothing = [float("nan")] * 4
            return Made(None, np.array([[b or nothing for b in f] for f in plain], np.float64))
    except TrajectoryError:
        raise
    except (
        ValueError,
        KeyError,
        TypeError,
        OSError,
        EOFError,
        zipfile.BadZipFile,
        zlib.error,
    ) as error:
        raise TrajectoryError(f"{key}: its prediction cannot be read: {error}") from error
    raise TrajectoryError(
        f"{key}: expected {arrays.name} or {text.name} in {folder}, found neither"
    )


# --- what the score itself is worth --------------------------------------------------------------

SHIFTS = (1, 2, 4, 8, 16, 32, 64)  # px


def faulty(wanted: TrackToFind) -> Mapping[str, Made]:
    """Return candidates whose faults are known, by name: what the score must answer to.

    `exact` is the truth itself, `half resolution` what a segmenter at half the size could say of it
    at best, `boxes for masks` one that only knows boxes. Shifts are to the right; of swaps, the
    first two objects change places; of drops, the first is never there.
    """
    masks, ids = wanted.masks, wanted.ids
    found = {
        "exact": Made(masks, None),
        "half resolution": Made(_halved(masks), None),
        "boxes for masks": Made(_filled(wanted), None),
    }
    for shift in SHIFTS:
        if shift < masks.shape[2]:
            moved = np.zeros_like(masks)
            moved[:, :, shift:] = masks[:, :, :-shift]
            found[f"shifted by {shift} px"] = Made(moved, None)
    found["first object dropped"] = Made(np.where(masks == ids[0], 0, masks), None)
    if len(ids) > 1:
        swapped = np.where(masks == ids[0], ids[1], np.where(masks == ids[1], ids[0], masks))
        found["two identities swapped"] = Made(swapped, None)
    return found


def _halved(masks: Masks) -> Masks:
    small = masks[:, ::2, ::2]
    height, width = masks.shape[1:]
    return small.repeat(2, axis=1).repeat(2, axis=2)[:, :height, :width]


def _filled(wanted: TrackToFind) -> Masks:
    out = np.zeros_like(wanted.masks)
    for n, number in enumerate(wanted.ids):
        for t, box in enumerate(wanted.boxes[:, n]):
            if np.isfinite(box).all():
                x0, y0, x1, y1 = box.astype(int)
                out[t, y0:y1, x0:x1] = number
    return out
