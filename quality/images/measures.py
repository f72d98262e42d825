"""What a photograph's pixels say, from one decode: size, clarity, entropy, light, and its prints.

Lens (arXiv 2605.21573) filters by variance of the Laplacian on scale-normalised grey, Shannon
entropy of the grey histogram and mean V of HSV. Clarity is taken on grey of as many pixels as 512 x
512 has (`AREA`), so that a threshold means the same for every size; what does not hang on the scale
is taken on the next size above that can be had for nothing: a JPEG's own transform gives 1/2, 1/4
and 1/8, other images are averaged over squares of whole pixels.
"""

from __future__ import annotations

import io
import warnings
from typing import Any, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from corpuswright.quality.images import perceptual_hash
from corpuswright.storage.records import Rejection

VERSION = 2  # bump when a measure comes out otherwise

AREA = 512 * 512  # px on which measures are taken; Lens names no scale. Its smallest bucket
# A JPEG's own reduction may leave a little less than is asked for: a twentieth of a side is nothing
# to any measure, and an image of a million pixels costs a third.
ENOUGH = 0.9
SAMPLED = 256 * 256  # px that the mean light is taken of, on a grid: within 0.001 of all pixels'
MAX_BYTES = 256 << 20  # of a file: the largest photographs have 100 MB
MAX_PIXELS = 1 << 28  # 16 384 x 16 384, before decoding: above it an image is a bomb
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")
_SPACES = {"RGB": "RGB", "CMYK": "CMYK", "L": "GRAY"}  # what a profile says of such an image
_ORIENTATION = 0x0112
_TEXT = (b"<svg", b"<?xml", b"<!doctype", b"<html")


class Measures(NamedTuple):
    """What one decode tells of an image.

    Attributes:
        width: Pixels, turned as its EXIF says.
        height: Pixels.
        format: `jpeg`, `png`, `webp`, `gif`, `bmp` or `tiff`, by content, whatever its name.
        plain: Whether trainers can read its bytes as they are: 8 bits, sRGB or grey, not turned.
        clarity: Variance of the Laplacian of grey from 0 to 255, at `AREA`.
        entropy: Of the histogram of grey, in bits, 0 to 8.
        luminance: Mean of the largest channel, 0 to 1.
        print: 256-bit perceptual hash, as bytes (`quality.images.perceptual_hash`).
        thumb: The 16 x 16 grey thumbnail that candidates are compared by, as bytes.
    """

    width: int
    height: int
    format: str
    plain: bool
    clarity: float
    entropy: float
    luminance: float
    print: bytes
    thumb: bytes


class Refused(Exception):
    """An input that no measure can be taken of; `rejection` says why."""

    def __init__(self, reason: str, value: str = "") -> None:
        super().__init__(f"{reason}: {value}")
        self.rejection = Rejection(reason, value)


def opened(data: bytes) -> Image.Image:
    """Return an image whose pixels are not decoded yet.

    Raises:
        Refused: There is nothing in it, it is no image that we take, it has too many pixels, or
            several frames.
    """
    if not data:
        raise Refused("empty", "0 bytes")
    if len(data) > MAX_BYTES:
        raise Refused("too_many_bytes", f"{len(data)}, at most {MAX_BYTES}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's own limit is below ours, and only warns
            image = _open(data)
            frames = int(getattr(image, "n_frames", 1)) if image.format != "MPO" else 1
    except Image.DecompressionBombError as error:
        raise Refused("decompression_bomb", str(error)[:120]) from error
    except (OSError, SyntaxError, ValueError) as error:
        kind = "vector_image" if data[:512].lstrip().lower().startswith(_TEXT) else "not_an_image"
        raise Refused(kind, f"{len(data)} bytes: {str(error)[:120]}") from error
    if image.width * image.height > MAX_PIXELS:
        raise Refused("decompression_bomb", f"{image.width}x{image.height} px")
    if frames > 1:
        raise Refused("animated", f"{frames} frames")
    return image


def _open(data: bytes) -> Image.Image:
    try:
        return Image.open(io.BytesIO(data), formats=FORMATS)
    except UnidentifiedImageError as error:
        raise ValueError(f"expected one of {', '.join(FORMATS)}") from error


def decoded(data: bytes, area: int | None = None) -> tuple[Image.Image, Image.Image]:
    """Return (as it was opened, decoded): 8-bit RGB in sRGB, turned as its EXIF says.

    With `area`, the decoded image has about as many pixels at least (`ENOUGH` of them), or its own
    if these are fewer, and is made smaller by a whole factor only.

    Raises:
        Refused: As `opened`, or it is truncated, broken, partly transparent, or of a colour space
            that cannot be told.
    """
    image = opened(data)
    source = image
    wanted = ENOUGH * (area or 0)
    share = 1.0 if area is None else min(1.0, (wanted / (image.width * image.height)) ** 0.5)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if share < 1:
                # Never below what is asked for: the rest is resampled.
                image.draft(None, (int(image.width * share) + 1, int(image.height * share) + 1))
            image.load()
            made = _rgb(image)
            if area is not None and (by := int((made.width * made.height / wanted) ** 0.5)) > 1:
                made = _reduced(made, by)
            turned = made.getexif().get(_ORIENTATION, 1) != 1
            return source, ImageOps.exif_transpose(made) if turned else made
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        said = str(error)
        kind = "truncated" if "truncated" in said or "end of" in said.lower() else "not_decodable"
        raise Refused(kind, said[:120]) from error


def _reduced(image: Image.Image, by: int) -> Image.Image:
    made = image.reduce(by)
    made.info = dict(image.info)
    return made


def _size(data: bytes) -> tuple[int, int]:
    """Return the size as stored; opening reads the head alone."""
    with Image.open(io.BytesIO(data)) as image:
        return image.size


def _rgb(image: Image.Image) -> Image.Image:
    """Return a decoded image as 8-bit sRGB, its EXIF kept for turning."""
    info, mode = dict(image.info), image.mode
    if image.has_transparency_data:
        alpha = image.convert("RGBA").getchannel("A")
        if cast(tuple[int, int], alpha.getextrema())[0] < 255:
            raise Refused("not_opaque", "what shows through is no part of it")
    if mode.startswith("I;16") or mode == "I":  # 16 bits a channel: the upper eight
        values = np.asarray(image).astype(np.int64)
        made = Image.fromarray(np.clip(values >> 8, 0, 255).astype(np.uint8)).convert("RGB")
    elif mode == "F":
        raise Refused("not_decodable", "float pixels: what is white cannot be told")
    elif profile := info.get("icc_profile"):
        made = _from_profile(image, profile)
    else:
        made = image if mode == "RGB" else image.convert("RGB")
    made.info = {k: v for k, v in info.items() if k == "exif"}
    return made


def _from_profile(image: Image.Image, profile: bytes) -> Image.Image:
    """Return an image in sRGB that has a colour profile of its own."""
    image = image if image.mode in _SPACES else image.convert("RGB")
    try:
        theirs: Any = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        same = str(theirs.profile.xcolor_space).strip() == _SPACES[image.mode]
        # One of another space was left behind by a conversion: browsers pass it over too.
        if not same or "srgb" in str(ImageCms.getProfileDescription(theirs)).lower():
            return image.convert("RGB")
        ours: Any = ImageCms.createProfile("sRGB")
        made = ImageCms.profileToProfile(image, theirs, ours, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError) as error:
        raise Refused("icc_not_read", str(error)[:120]) from error
    if made is None:
        raise Refused("icc_not_read", "no image came of it")
    return made


def measure(data: bytes) -> tuple[Measures, NDArray[np.uint8]]:
    """Return the measures of an image, and the (H, W, 3) pixels they were taken on.

    Raises:
        Refused: As `decoded`.
    """
    source, small = decoded(data, AREA)
    pixels, light = np.asarray(small), small.convert("L")
    share = (AREA / (small.width * small.height)) ** 0.5
    even = light
    if share < ENOUGH:
        size = max(1, round(small.width * share)), max(1, round(small.height * share))
        even = light.resize(size, Image.Resampling.BOX)
    width, height = _size(data)
    turned = source.getexif().get(_ORIENTATION, 1)
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
            luminance(pixels),
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


def luminance(pixels: NDArray[np.uint8]) -> float:
    """Return the mean V of HSV, 0 to 1: of each pixel of a grid its largest channel."""
    step = max(1, int((pixels.shape[0] * pixels.shape[1] / SAMPLED) ** 0.5))
    pixels = pixels[step // 2 :: step, step // 2 :: step]
    largest = np.maximum(np.maximum(pixels[..., 0], pixels[..., 1]), pixels[..., 2])
    return int(largest.sum(dtype=np.int64)) / (255 * largest.size)
