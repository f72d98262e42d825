"""Image codecs: what bytes an image is stored in, and its size read back from those bytes."""

from __future__ import annotations

import io
import warnings
from collections.abc import Mapping
from typing import Literal, TypeVar

from PIL import Image

Codec = Literal["png", "webp", "jpg"]
STILLS = ("png", "webp", "jpg")
T = TypeVar("T")

# 2^26 pixels: twice an 8K frame; above it an image is taken for a decompression bomb.
MAX_PIXELS = 1 << 26
JPEG_QUALITY = 90  # visually lossless for GUI text at 4:4:4; smaller files start to ring


class MediaError(ValueError):
    """Bytes are not an image of the expected kind and size."""


def decode(data: bytes, name: str) -> Image.Image:
    """Return the decoded RGB image.

    Raises:
        MediaError: `data` is no image, is truncated, or has more than MAX_PIXELS pixels.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            # Pillow's advice on palettes with transparency: to RGB they go all the same.
            warnings.simplefilter("ignore", UserWarning)
            image = Image.open(io.BytesIO(data))
            if image.width * image.height > MAX_PIXELS:
                raise MediaError(f"{name}: {image.width}x{image.height} is above {MAX_PIXELS} px")
            return image.convert("RGB")
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise MediaError(f"{name}: expected an image, saw {len(data)} bytes: {error}") from error


def still(media: Mapping[str, T]) -> T:
    """Return the one image among a sample's files (or references) by extension: a clip's still.

    Raises:
        MediaError: There is none, or several.
    """
    found = [data for ext, data in media.items() if ext in STILLS]
    if len(found) != 1:
        raise MediaError(f"expected one of {STILLS}, saw {sorted(media)}")
    return found[0]


def encode(image: Image.Image, codec: Codec) -> bytes:
    """Return `image` in `codec`: PNG, lossless WebP, or JPEG at 4:4:4. Deterministic per Pillow."""
    sink = io.BytesIO()
    match codec:
        case "png":
            image.save(sink, "PNG", compress_level=6)
        case "webp":
            image.save(sink, "WEBP", lossless=True, quality=50, method=2, exact=True)
        case "jpg":
            image.save(sink, "JPEG", quality=JPEG_QUALITY, subsampling=0)
    return sink.getvalue()
