"""Rows of the tables of images, each step's columns after those of the one before."""

from __future__ import annotations

from corpuswright.assets.curation.listing import InputRow


class MeasuredImage(InputRow):
    """An image that was decoded (`assets.images.measure.SCHEMA`).

    Of an input that was not, everything here is None, and `reason` says why. Scores are None where
    nobody gives them.
    """

    width: int
    height: int
    format: str
    plain: bool
    c2pa: str
    opt_out: str
    clarity: float
    entropy: float
    contrast: float
    luminance: float
    nsfw: float | None
    aesthetic: float | None
    watermark: float | None
    text_area: float | None
    print: bytes
    thumb: bytes
    embedding: bytes | None


class ImageRow(MeasuredImage):
    """An image with its key, its captions as JSON, its bucket and its shard.

    `inherited` is JSON: of what it took over from copies of it, whose each was.
    """

    key: str
    stage: str
    inherited: str
    captions: str
    bucket: str
    shard: int
