"""What a photograph's pixels say, from one decode: size, clarity, entropy, light, and its prints.

Lens (arXiv 2605.21573) filters by variance of the Laplacian on scale-normalised grey, Shannon
entropy of the grey histogram and mean V of HSV. Light is mean luma here: V calls a page of pure
blue as bright as a white one, so that saturated drawings were dropped as overexposed. Clarity is
taken on grey of as many pixels as 512 x 512 has (`AREA`), so that a threshold means the same for
every size; a JPEG is decoded at 1/2, 1/4 or 1/8 by its own transform, other images are averaged
over squares of whole pixels.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from corpuswright.quality.images import perceptual_hash
from corpuswright.storage.media import decoder

VERSION = 3  # bump when a measure comes out otherwise

AREA = 512 * 512  # px on which measures are taken; Lens names no scale. Its smallest bucket


FIGURES = ("clarity", "entropy", "contrast", "luminance")  # those that are one number each


class Measures(NamedTuple):
    """What one decode tells of an image.

    Attributes:
        width: Pixels, turned as its EXIF says.
        height: Pixels.
        format: `jpeg`, `png`, `webp`, `gif`, `bmp` or `tiff`, by content, whatever its name.
        plain: Whether trainers can read its bytes as they are: 8 bits, sRGB or grey, not turned.
        clarity: Variance of the Laplacian of grey from 0 to 255, at `AREA`.
        entropy: Of the histogram of grey, in bits, 0 to 8.
        contrast: What the grey of all but the darkest and the brightest hundredth spans, 0 to 1.
        luminance: Mean luma (ITU-R BT.601, of the values as they are encoded), 0 to 1.
        print: 256-bit perceptual hash, as bytes (`quality.images.perceptual_hash`).
        thumb: The 16 x 16 grey thumbnail that candidates are compared by, as bytes.
    """

    width: int
    height: int
    format: str
    plain: bool
    clarity: float
    entropy: float
    contrast: float
    luminance: float
    print: bytes
    thumb: bytes


def measure(data: bytes) -> tuple[Measures, NDArray[np.uint8]]:
    """Return the measures of an image, and the (H, W, 3) pixels they were taken on.

    Raises:
        Refused: As `decoder.decoded`.
    """
    source, small = decoder.decoded(data, AREA)
    pixels, light = np.asarray(small), small.convert("L")
    share = (AREA / (small.width * small.height)) ** 0.5
    even = light
    if share < decoder.ENOUGH:
        size = max(1, round(small.width * share)), max(1, round(small.height * share))
        even = light.resize(size, Image.Resampling.BOX)
    width, height = decoder.stored_size(data)
    turned = decoder.orientation(source)
    if turned >= 5:
        width, height = height, width
    kind = "jpeg" if source.format == "MPO" else str(source.format).lower()
    hash_, thumb = perceptual_hash.prints(even)
    return (
        Measures(
            width,
            height,
            kind,
            _plain(source, kind, int(turned)),
            clarity(np.asarray(even)),
            entropy(even),
            contrast(even),
            luminance(even),
            hash_,
            thumb,
        ),
        pixels,
    )


def _plain(image: Image.Image, kind: str, turned: int) -> bool:
    return (
        kind in ("jpeg", "png", "webp")
        and image.format != "MPO"
        and image.mode in ("RGB", "L")
        and turned == 1
        and not image.info.get("icc_profile")
    )


def clarity(grey: NDArray[np.uint8]) -> float:
    """Return the variance of the Laplacian (4 neighbours) of (H, W) grey, inner pixels only."""
    g = grey.astype(np.int16)
    if min(g.shape) < 3:
        return 0.0
    laplacian = g[:-2, 1:-1] + g[2:, 1:-1]
    laplacian += g[1:-1, :-2]
    laplacian += g[1:-1, 2:]
    laplacian -= 4 * g[1:-1, 1:-1]
    values = laplacian.astype(np.int32)  # whole numbers, so that every machine has the same sums
    total, squares = int(values.sum(dtype=np.int64)), int((values * values).sum(dtype=np.int64))
    return (squares - total * total / values.size) / values.size


def entropy(grey: Image.Image) -> float:
    """Return the Shannon entropy of the histogram of a grey image, in bits."""
    share = np.array(grey.histogram()) / (grey.width * grey.height)
    some = share[share > 0]
    return float(abs(-(some * np.log2(some)).sum()))


def contrast(grey: Image.Image) -> float:
    """Return what the tones of a grey image span but for a hundredth at either end, 0 to 1.

    A drawing in three flat colours has little entropy and much contrast, a photograph in fog the
    other way round; where both are small there is nothing to see.
    """
    below = np.cumsum(grey.histogram())
    tail = below[-1] / 100
    low, high = np.searchsorted(below, tail, "right"), np.searchsorted(below, below[-1] - tail)
    return int(max(high - low, 0)) / 255


def luminance(grey: Image.Image) -> float:
    """Return the mean of a grey image, 0 to 1: luma, where the image was made by `convert("L")`."""
    histogram = np.array(grey.histogram(), np.int64)
    return int(histogram @ np.arange(256)) / (255 * grey.width * grey.height)
