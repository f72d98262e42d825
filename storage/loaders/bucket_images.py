"""Images at the size of their bucket, so that a batch can be stacked.

    loader = BucketLoader.open("corpora", "lens", decode=at_bucket_size)
    for batch in loader:
        np.stack([image.pixels for image in batch.records])  # (N, height, width, 3) uint8

Shards hold images as they are: who trains at another size, or crops otherwise, needs all of them.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from corpuswright.storage import samples
from corpuswright.storage.media import images
from corpuswright.storage.records import Box
from corpuswright.storage.samples import Record
from corpuswright.storage.shards.buckets import BY_NAME, Bucket

# Pillow shrinks by whole steps first and resamples what is left: a third of the time for large
# photographs, and no difference that 8 bits show (Image.resize, `reducing_gap`).
GAP = 3.0


class BucketImage(NamedTuple):
    """An image at its bucket's size.

    Attributes:
        key: Of its sample.
        pixels: (height, width, 3) uint8 RGB.
        crop: Which part of the stored image it is, in its pixels: x0, y0, x1, y1. SDXL and those
            after it take this as a condition.
        size: Width and height of the stored image.
        captions: What is said of it, by kind and style.
    """

    key: str
    pixels: NDArray[np.uint8]
    crop: Box
    size: tuple[int, int]
    captions: tuple[tuple[str, str, str], ...]


def at_bucket_size(record: Record) -> BucketImage:
    """Return a record's image covering its bucket: resized by the least, its middle kept.

    For `BucketLoader(decode=...)`: it runs in the loader's threads, Pillow without the interpreter.

    Raises:
        ValueError: The record is of no bucket.
    """
    body = samples.read(record.files["json"])
    name: Any = body.spec.parameters.get("bucket")
    if name not in BY_NAME:
        raise ValueError(f"{record.key}: expected an image of a bucket, saw {name!r}")
    image = images.decode(images.still(record.files), record.key)
    crop = middle(image.size, BY_NAME[name])
    wanted = (BY_NAME[name].width, BY_NAME[name].height)
    made = image.resize(wanted, Image.Resampling.LANCZOS, box=crop, reducing_gap=GAP)
    captions = tuple((t.kind, t.style, t.text) for t in body.tasks)
    return BucketImage(record.key, np.asarray(made), crop, image.size, captions)


def middle(size: tuple[int, int], bucket: Bucket) -> Box:
    """Return the largest part of an image that has a bucket's shape, from its middle, in pixels."""
    width, height = size
    scale = min(width / bucket.width, height / bucket.height)
    w, h = bucket.width * scale, bucket.height * scale
    left, top = max(0.0, (width - w) / 2), max(0.0, (height - h) / 2)
    return left, top, min(float(width), left + w), min(float(height), top + h)
