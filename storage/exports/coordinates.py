"""Coordinate conventions of other people's trainers; the only place where coordinates are rounded.

Ours are float pixels of the stored image (see `storage.records`). Each convention is a pair of
functions, so that a round trip can be tested: what is lost is the rounding and nothing else.
"""

from __future__ import annotations

import math

from corpuswright.storage.records import Point

# Qwen2-VL and Qwen2.5-VL image processors (transformers, `image_processing_qwen2_vl`): sides are
# multiples of 28, pixels between 56 * 56 and 14 * 14 * 4 * 1280.
QWEN_FACTOR = 28
QWEN_MIN_PIXELS = 56 * 56
QWEN_MAX_PIXELS = 14 * 14 * 4 * 1280


def to_unit(point: Point, size: tuple[int, int]) -> Point:
    """Return `point` as shares (0 to 1) of width and height, 5 decimals (arXiv 2605.12501, C.1)."""
    return (round(point[0] / size[0], 5), round(point[1] / size[1], 5))


def from_unit(share: Point, size: tuple[int, int]) -> Point:
    """Return pixels for shares of width and height."""
    return (share[0] * size[0], share[1] * size[1])


def to_grid(point: Point, size: tuple[int, int], steps: int = 1000) -> tuple[int, int]:
    """Return `point` on a grid of `steps` over the image, as OS-Atlas and Qwen3-VL take it."""
    return (round(point[0] / size[0] * steps), round(point[1] / size[1] * steps))


def from_grid(cell: tuple[int, int], size: tuple[int, int], steps: int = 1000) -> Point:
    """Return pixels for a place on the grid."""
    return (cell[0] / steps * size[0], cell[1] / steps * size[1])


def qwen_size(size: tuple[int, int]) -> tuple[int, int]:
    """Return width and height after Qwen's smart resize.

    Raises:
        ValueError: One side is more than 200 times the other, which Qwen refuses.
    """
    width, height = size
    if max(size) > 200 * min(size):
        raise ValueError(f"expected an aspect ratio below 200, saw {width} x {height}")
    w, h = (round(v / QWEN_FACTOR) * QWEN_FACTOR for v in (width, height))
    w, h = max(QWEN_FACTOR, w), max(QWEN_FACTOR, h)
    if w * h > QWEN_MAX_PIXELS:
        shrink = math.sqrt(width * height / QWEN_MAX_PIXELS)
        w, h = (math.floor(v / shrink / QWEN_FACTOR) * QWEN_FACTOR for v in (width, height))
        w, h = max(QWEN_FACTOR, w), max(QWEN_FACTOR, h)
    elif w * h < QWEN_MIN_PIXELS:
        grow = math.sqrt(QWEN_MIN_PIXELS / (width * height))
        w, h = (math.ceil(v * grow / QWEN_FACTOR) * QWEN_FACTOR for v in (width, height))
    return w, h


def to_qwen(point: Point, size: tuple[int, int]) -> tuple[int, int]:
    """Return `point` in whole pixels of the image as Qwen2.5-VL sees it."""
    w, h = qwen_size(size)
    return (round(point[0] * w / size[0]), round(point[1] * h / size[1]))


def from_qwen(point: tuple[int, int], size: tuple[int, int]) -> Point:
    """Return pixels of the stored image for a point of Qwen2.5-VL's."""
    w, h = qwen_size(size)
    return (point[0] * size[0] / w, point[1] * size[1] / h)
