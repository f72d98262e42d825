"""The one decoder of images that come from outside: upright, 8-bit sRGB, whole, or refused.

What a file says of its colours and of which way up it is meant is carried out; what cannot be
told is refused with a reason that can be counted. What we have written ourselves is read by
`storage.media.images`.
"""

from __future__ import annotations

import functools
import importlib
import io
import warnings
from typing import Any, cast

import numpy as np
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from corpuswright.storage.records import Rejection

VERSION = 2  # bump when an image comes out otherwise

# A JPEG's own reduction may leave a little less than is asked for: a twentieth of a side is nothing
# to any measure, and an image of a million pixels costs a third.
ENOUGH = 0.9
MAX_BYTES = 256 << 20  # of a file: the largest photographs have 100 MB
MAX_PIXELS = 1 << 28  # 16 384 x 16 384, before decoding: above it an image is a bomb
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "PPM")
# Read where their decoders are installed (extra `formats`), and told by their first bytes.
MORE = {"HEIF": ("pillow_heif", "register_heif_opener"), "JXL": ("pillow_jxl", "")}
OPAQUE = (
    250  # of 255: what shows through less than a fiftieth is no hole, but a converter's rounding
)
_SPACES = {"RGB": "RGB", "CMYK": "CMYK", "L": "GRAY"}  # what a profile says of such an image
ORIENTATION = 0x0112  # EXIF's tag
_PAGE = (b"<!doctype html", b"<html", b"<head", b"<body")
_HEIF = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
_JXL = (b"\xff\x0a", b"\x00\x00\x00\x0cJXL \r\n\x87\n")


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
    except (OSError, SyntaxError, ValueError, RuntimeError) as error:
        raise Refused(_other(data), f"{len(data)} bytes: {str(error)[:120]}") from error
    if image.width * image.height > MAX_PIXELS:
        raise Refused("decompression_bomb", f"{image.width}x{image.height} px")
    if frames > 1:
        raise Refused("animated", f"{frames} frames")
    return image


def _open(data: bytes) -> Image.Image:
    more = _family(data)
    if more == "JXL" and (pixels := _jxl_pixels(data)) > MAX_PIXELS:  # its decoder decodes at once
        raise Refused("decompression_bomb", f"{pixels} px")
    if odd := _colours(data):
        raise Refused("colours_not_read", odd)
    if more and not _registered(more):
        raise Refused("no_decoder", f"{more}: pip install 'corpuswright[formats]'")
    known = (*FORMATS, more) if more else FORMATS
    try:
        return Image.open(io.BytesIO(data), formats=known)
    except UnidentifiedImageError as error:
        raise ValueError(f"expected one of {', '.join((*FORMATS, *MORE))}") from error


def _family(data: bytes) -> str:
    """Return which of MORE a file is by its first bytes; empty if none."""
    if data[4:8] == b"ftyp" and data[8:12] in _HEIF:
        return "HEIF"
    return "JXL" if data.startswith(_JXL) else ""


def _jxl_pixels(data: bytes) -> int:
    """Return width times height of a JPEG XL's head (ISO/IEC 18181-1, SizeHeader); 0 if none."""
    at = data.find(b"\xff\x0a", 0, 1 << 16)
    bits, place = int.from_bytes(data[at + 2 : at + 14], "little"), 0

    def take(number: int) -> int:
        nonlocal place
        place += number
        return bits >> (place - number) & ((1 << number) - 1)

    def side(small: int) -> int:
        return (take(5) + 1) * 8 if small else 1 + take((9, 13, 18, 30)[take(2)])

    if at < 0:
        return 0
    small = take(1)
    height = side(small)
    ratio = ((0, 1), (1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))[take(3)]
    width = height * ratio[0] // ratio[1] if ratio[0] else side(small)
    return width * height


def _colours(data: bytes) -> str:
    """Return the colours of an AVIF or HEIF without a profile that are not sRGB's; else empty."""
    at = data.find(b"colrnclx", 0, 1 << 16)
    if data[4:8] != b"ftyp" or at < 0 or b"colrprof" in data[: 1 << 16]:
        return ""
    primaries, transfer = (int.from_bytes(data[at + n : at + n + 2], "big") for n in (8, 10))
    known = primaries in (1, 2) and transfer in (1, 2, 6, 13)  # ITU-T H.273; 2 is not said
    return "" if known else f"primaries {primaries}, transfer {transfer} of H.273"


@functools.cache
def _registered(name: str) -> bool:
    """Make Pillow know one of MORE; says whether its decoder is installed."""
    module, register = MORE[name]
    try:
        found = importlib.import_module(module)
    except ImportError:
        return False
    if register:
        getattr(found, register)()
    return True


def _other(data: bytes) -> str:
    """Return what a file is that is no image of pixels."""
    head = data[:4096].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith(_PAGE):
        return "web_page"
    if head.startswith(b"<") and b"<svg" in head:
        return "vector_image"
    return "not_an_image"


def decoded(
    data: bytes, area: int | None = None, most: int = MAX_PIXELS
) -> tuple[Image.Image, Image.Image]:
    """Return (as it was opened, decoded): 8-bit RGB in sRGB, turned as its EXIF says.

    More than `most` pixels are refused. With `area`, the decoded image has about as many pixels at
    least (`ENOUGH` of them), or its own if these are fewer, and is made smaller by a whole factor
    only.

    Raises:
        Refused: As `opened`, or it is truncated, broken, partly transparent, or of a colour space
            that cannot be told.
    """
    image = opened(data)
    if image.width * image.height > most:
        raise Refused("too_many_pixels", f"{image.width}x{image.height}, at most {most}")
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
            # JPEG XL is turned by its own head, and its EXIF says how it was (ISO/IEC 18181-2).
            turned = source.format != "JXL" and made.getexif().get(ORIENTATION, 1) != 1
            return source, ImageOps.exif_transpose(made) if turned else made
    except (OSError, SyntaxError, ValueError, EOFError, RuntimeError) as error:  # a plugin's, too
        said = str(error)
        kind = "truncated" if "truncated" in said or "end of" in said.lower() else "not_decodable"
        raise Refused(kind, said[:120]) from error


def _reduced(image: Image.Image, by: int) -> Image.Image:
    made = image.reduce(by)
    made.info = dict(image.info)
    return made


def _rgb(image: Image.Image) -> Image.Image:
    """Return a decoded image as 8-bit sRGB, its EXIF kept for turning."""
    info, mode = dict(image.info), image.mode
    if image.has_transparency_data:
        alpha = image.convert("RGBA").getchannel("A")
        if (least := cast(tuple[int, int], alpha.getextrema())[0]) < OPAQUE:
            raise Refused(
                "not_opaque", f"alpha down to {least}: what shows through is no part of it"
            )
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


def orientation(image: Image.Image) -> int:
    """Return the EXIF orientation of an opened image, 1 to 8; 1 where it says none."""
    found = image.getexif().get(ORIENTATION, 1)
    return found if found in range(1, 9) else 1


def stored_size(data: bytes) -> tuple[int, int]:
    """Return width and height as stored, not turned; reads the head alone."""
    return opened(data).size
