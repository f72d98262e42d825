"""An image file without what is said besides its pixels: places, devices, thumbnails, comments.

Nothing is decoded: segments and chunks are left out, and every byte of the pixels stays. A corpus
must not carry where somebody's photograph was taken; what is to be kept of a source is recorded
before (licence, author, URL).
"""

from __future__ import annotations

import struct

_SOI, _SOS = b"\xff\xd8", 0xDA
_ADOBE = 0xEE  # APP14: says how the colours are to be read
_JFIF = 0xE0
_COMMENT = 0xFE
_SPOKEN = {b"eXIf", b"tEXt", b"zTXt", b"iTXt", b"tIME"}  # of PNG
_WEBP_FLAGS = {b"EXIF": 0x08, b"XMP ": 0x04}  # bits of VP8X that say that such a chunk is there


class NotStripped(ValueError):
    """A file is not built as its kind is."""


def stripped(data: bytes, kind: str) -> bytes:
    """Return an image of `kind` (`jpeg`, `png`, `webp`) without its metadata.

    Raises:
        NotBare: It is not built as its kind is.
    """
    try:
        return {"jpeg": _jpeg, "png": _png, "webp": _webp}[kind](data)
    except (struct.error, IndexError) as error:
        raise NotStripped(f"expected a whole {kind}, it ends within its head: {error}") from error


def _jpeg(data: bytes) -> bytes:
    if data[:2] != _SOI:
        raise NotStripped("expected a JPEG")
    out, at = [_SOI], 2
    while True:
        if data[at] != 0xFF:
            raise NotStripped(f"expected a marker at {at}")
        while data[at + 1] == 0xFF:  # filling
            at += 1
        marker = data[at + 1]
        if marker == _SOS:
            return b"".join((*out, data[at:]))
        (length,) = struct.unpack(">H", data[at + 2 : at + 4])
        spoken = 0xE0 <= marker <= 0xEF and marker not in (_JFIF, _ADOBE)
        if not spoken and marker != _COMMENT:
            out.append(data[at : at + 2 + length])
        at += 2 + length


def _png(data: bytes) -> bytes:
    out, at = [data[:8]], 8
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        end = at + 12 + length
        if kind not in _SPOKEN:
            out.append(data[at:end])
        at = end
        if kind == b"IEND":
            break  # what comes behind is no part of the image
    return b"".join(out)


def _webp(data: bytes) -> bytes:
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP":
        raise NotStripped("expected a WebP")
    (size,) = struct.unpack("<I", data[4:8])
    out: list[bytes] = []
    at, end, gone = 12, min(len(data), 8 + size), 0
    while at < end:
        kind, length = struct.unpack("<4sI", data[at : at + 8])
        whole = data[at : at + 8 + length + length % 2]
        if kind in _WEBP_FLAGS:
            gone |= _WEBP_FLAGS[kind]
        else:
            out.append(whole)
        at += len(whole)
    if gone and out[0][:4] == b"VP8X":
        out[0] = out[0][:8] + bytes([out[0][8] & ~gone]) + out[0][9:]
    body = b"WEBP" + b"".join(out)
    return b"RIFF" + struct.pack("<I", len(body)) + body
