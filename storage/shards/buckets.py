"""The 27 sizes that Lens trains on: three areas, nine shapes (arXiv 2605.21573, its table).

All sides are multiples of 32. It is a table, since no rule of rounding reproduces it.
"""

from __future__ import annotations

from typing import NamedTuple

# Width and height of the five upright or square shapes of each base; the others lie on their side.
_UPRIGHT = {
    512: ((352, 704), (384, 672), (416, 640), (448, 608), (512, 512)),
    768: ((544, 1088), (576, 1024), (640, 960), (672, 896), (768, 768)),
    1024: ((736, 1472), (768, 1376), (832, 1248), (864, 1152), (1024, 1024)),
}
# Images of one step on one device, so that steps take about as long whatever their base is.
BATCH = {512: 24, 768: 10, 1024: 6}


class Bucket(NamedTuple):
    """One size that images are brought to: pixels, and the side of the square of its area."""

    base: int
    width: int
    height: int

    @property
    def name(self) -> str:
        """How it is written: `768-576x1024`."""
        return f"{self.base}-{self.width}x{self.height}"


BUCKETS = tuple(
    Bucket(base, *size)
    for base, sizes in _UPRIGHT.items()
    for w, h in sizes
    for size in ({(w, h), (h, w)} if w != h else {(w, h)})
)
BY_NAME = {b.name: b for b in BUCKETS}


def bucket_of(width: int, height: int) -> Bucket:
    """Return the bucket of an image: the largest base it fills, and there the nearest shape.

    An image fills a bucket if it need not be enlarged to cover it. One that fills none is in one of
    the smallest base: it is enlarged by the least. Lens does not say how it assigns; nearest is by
    the ratio of ratios, of two as near the wider.
    """

    def off(b: Bucket) -> tuple[float, int]:
        ratio = (width * b.height) / (height * b.width)
        return (max(ratio, 1 / ratio), -b.width)

    for base in sorted(_UPRIGHT, reverse=True):
        nearest = min((b for b in BUCKETS if b.base == base), key=off)
        if width >= nearest.width and height >= nearest.height:
            return nearest
    return min((b for b in BUCKETS if b.base == min(_UPRIGHT)), key=off)


def of_shard(name: str) -> str:
    """Return the bucket that a shard's name holds between its partition and its hash.

    Raises:
        ValueError: It holds none.
    """
    bucket = name.rsplit("/", 1)[1].split("-", 1)[-1].rsplit("-", 1)[0]
    if bucket not in BY_NAME:
        raise ValueError(f"{name}: expected a shard of one of the 27 buckets; use Loader")
    return bucket
