"""Pictures for tests of curation: textures that are no one's twin, and ways to spoil a file."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
from PIL import Image, ImageCms, ImageDraw


def texture(seed: int, size: tuple[int, int] = (640, 480)) -> Image.Image:
    """A picture with detail at every scale, another one for each seed."""
    rng = np.random.default_rng(seed)
    whole = np.zeros((size[1], size[0], 3))
    for cells in (3, 6, 12, 40, 120, 360):
        part = rng.uniform(-1, 1, (cells, cells, 3))
        scaled = [
            np.asarray(Image.fromarray(part[..., c].astype(np.float32)).resize(size, 3))
            for c in range(3)
        ]
        whole += np.stack(scaled, axis=-1) / cells**0.25
    whole = (whole - whole.min()) / (whole.max() - whole.min())
    return Image.fromarray(np.rint(whole * 255).astype(np.uint8))


def dark(seed: int) -> Image.Image:
    """A texture almost without light, sharp where there is some."""
    light = (np.asarray(texture(seed)) / 255) ** 7
    return Image.fromarray(np.rint(light * 255).astype(np.uint8))


def jpeg(image: Image.Image, quality: int = 92, **more: object) -> bytes:
    sink = io.BytesIO()
    image.save(sink, "JPEG", quality=quality, **more)
    return sink.getvalue()


def png(image: Image.Image, **more: object) -> bytes:
    sink = io.BytesIO()
    image.save(sink, "PNG", **more)
    return sink.getvalue()


def bomb(side: int = 50_000) -> bytes:
    """A PNG that says it has 50 000 x 50 000 pixels, in 6 KB."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(
            ">I", zlib.crc32(kind + data)
        )  # fmt: skip

    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    body = zlib.compress(bytes(side // 8 + 1) * 100, 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def animated() -> bytes:
    sink = io.BytesIO()
    frames = [texture(s) for s in (901, 902)]
    frames[0].save(sink, "GIF", save_all=True, append_images=frames[1:])
    return sink.getvalue()


def rotated(image: Image.Image) -> bytes:
    """A JPEG on its side whose EXIF says how to turn it."""
    exif = Image.Exif()
    exif[0x0112] = 6
    return jpeg(image.transpose(Image.Transpose.ROTATE_90), exif=exif)


def placed() -> Image.Exif:
    """EXIF that says where and with what a photograph was taken."""
    exif = Image.Exif()
    exif[0x010F] = "a camera"
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (48.0, 12.0, 7.0)
    return exif


def deep(image: Image.Image) -> bytes:
    """A grey PNG of 16 bits."""
    values = np.asarray(image.convert("L")).astype(np.uint16) * 257
    return png(Image.fromarray(values))


def profiled(image: Image.Image) -> bytes:
    """A JPEG with a profile of another space."""
    lab: object = ImageCms.createProfile("LAB")
    made = ImageCms.ImageCmsProfile(lab).tobytes()  # type: ignore[arg-type]
    data = made[:24] + bytes(12) + made[36:]  # without the second it was made in
    return jpeg(image, icc_profile=data)


def slide(title: str, lines: list[str]) -> Image.Image:
    """A slide of a template: the same frame and colours, other words."""
    out = Image.new("RGB", (960, 720), (245, 245, 240))
    pen = ImageDraw.Draw(out)
    pen.rectangle((0, 0, 960, 110), fill=(30, 60, 120))
    pen.text((40, 30), title, fill="white", font_size=44)
    for i, line in enumerate(lines):
        pen.ellipse((60, 190 + 80 * i, 80, 210 + 80 * i), fill=(200, 80, 30))
        pen.text((110, 180 + 80 * i), line, fill=(20, 20, 20), font_size=34)
    return out


def with_xmp(jpeg: bytes, element: str) -> bytes:
    """Return a JPEG with an XMP packet that holds `<element>`."""
    packet = b"http://ns.adobe.com/xap/1.0/\0" + f"<x:xmpmeta><{element}></x:xmpmeta>".encode()
    return jpeg[:2] + b"\xff\xe1" + (len(packet) + 2).to_bytes(2, "big") + packet + jpeg[2:]
