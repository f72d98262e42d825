"""What pixels say of a place: the ground, the ink on it, and how far one colour reaches."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from corpuswright.renderers.documents import colours
from corpuswright.storage.records import Box

SAME = 14  # of 255 in each channel: pixels of one fill, however an image was compressed; ours
INK = 48  # of 255 in a channel, from which a pixel is no ground; half of a letter's edge; ours


def ground(patch: np.ndarray) -> np.ndarray:
    """Return the commonest colour of a patch, (3,) uint8; of its edge first, which no letter fills.

    `patch` is (height, width, 3) uint8, at least one pixel.
    """
    edge = np.concatenate([patch[0], patch[-1], patch[:, 0], patch[:, -1]])
    coarse = (edge // 8).astype(np.int32)
    codes = coarse[:, 0] * 1024 + coarse[:, 1] * 32 + coarse[:, 2]
    common = np.bincount(codes).argmax()
    return np.median(edge[codes == common], axis=0).astype(np.uint8)


def ink(patch: np.ndarray, below: np.ndarray) -> tuple[np.ndarray | None, np.ndarray]:
    """Return the colour of the ink of a patch (None without any), and where it is.

    The colour is that of the pixels farthest from the ground: edges of letters are mixed.
    """
    off = np.abs(patch.astype(np.int32) - below.astype(np.int32)).max(axis=2)
    mask = off > INK
    if mask.sum() < 4:
        return None, mask
    far = off >= np.quantile(off[mask], 0.8)
    return np.median(patch[far & mask], axis=0).astype(np.uint8), mask


def tight(mask: np.ndarray, x: int, y: int) -> Box | None:
    """Return the box of a mask that stands at (x, y); None if it is empty."""
    rows, columns = np.nonzero(mask.any(axis=1))[0], np.nonzero(mask.any(axis=0))[0]
    if not len(rows):
        return None
    return (x + int(columns[0]), y + int(rows[0]), x + int(columns[-1]) + 1,
            y + int(rows[-1]) + 1)  # fmt: skip


def reach(pixels: np.ndarray, colour: np.ndarray, x: int, y: int) -> Box | None:
    """Return the box of the area of one colour that has its nearest pixel to (x, y).

    None where no pixel near has the colour.
    """
    same = np.all(np.abs(pixels.astype(np.int16) - colour.astype(np.int16)) <= SAME, axis=2)
    labels = _labelled(np.asarray(same))
    high, wide = int(same.shape[0]), int(same.shape[1])
    near = labels[max(0, y - 12) : min(high, y + 13), max(0, x - 12) : min(wide, x + 13)]
    found = near[near > 0]
    if not len(found):
        return None
    rows, columns = ndimage.find_objects(labels)[int(np.bincount(found).argmax()) - 1]
    return (columns.start, rows.start, columns.stop, rows.stop)


def blobs(pixels: np.ndarray, colour: np.ndarray, inside: Box, least: int) -> list[Box]:
    """Return the boxes of areas of one colour inside a box, of `least` pixels each."""
    x0, y0, x1, y1 = (int(v) for v in inside)
    part = pixels[max(0, y0) : y1, max(0, x0) : x1]
    same = np.all(np.abs(part.astype(np.int16) - colour.astype(np.int16)) <= SAME, axis=2)
    labels = _labelled(np.asarray(same))
    out: list[Box] = []
    for n, place in enumerate(ndimage.find_objects(labels), 1):
        if place is not None and int((labels[place] == n).sum()) >= least:
            rows, columns = place
            out.append((max(0, x0) + columns.start, max(0, y0) + rows.start,
                        max(0, x0) + columns.stop, max(0, y0) + rows.stop))  # fmt: skip
    return out


def _labelled(mask: np.ndarray) -> np.ndarray:
    """Return the areas of a mask by number, from 1; 0 is outside of it."""
    labels: np.ndarray = ndimage.label(mask)[0]  # type: ignore[index,assignment]
    return labels


def hexed(colour: np.ndarray) -> str:
    """Return a colour as hex."""
    return colours.hex_of(*(float(v) for v in colour))


def of_hex(colour: str) -> np.ndarray:
    """Return a hex colour as (3,) uint8."""
    return np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)], np.uint8)
