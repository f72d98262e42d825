"""Formats beside JPEG and PNG: decoded alike, or refused by what they are."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from PIL import Image

from corpuswright.storage.media import decoder
from corpuswright.storage.media.decoder import Refused

decoder._registered("HEIF")  # so that they can be written here, too
decoder._registered("JXL")
ACROSS, DOWN = np.meshgrid(np.linspace(0, 255, 96), np.linspace(0, 255, 64))
PIXELS = np.stack([ACROSS, DOWN, 255 - ACROSS], axis=2).astype(np.uint8)
HOW: Mapping[str, dict[str, Any]] = {
    "AVIF": {"quality": 95}, "HEIF": {"quality": 95}, "JXL": {"lossless": True}, "PPM": {},
    "TIFF": {}, "BMP": {}, "WEBP": {"lossless": True},
}  # fmt: skip


def saved(image: Image.Image, kind: str, **more: Any) -> bytes:
    sink = io.BytesIO()
    image.save(sink, kind, **{**HOW[kind], **more})
    return sink.getvalue()


@pytest.mark.parametrize("kind", HOW)
def test_a_format_is_decoded(kind: str):
    opened, image = decoder.decoded(saved(Image.fromarray(PIXELS), kind))
    assert opened.format == kind and image.size == (96, 64)
    off = np.abs(np.asarray(image).astype(int) - PIXELS)
    assert off.mean() < 2 and (kind in ("AVIF", "HEIF") or off.max() == 0)


@pytest.mark.parametrize("kind", ["AVIF", "HEIF"])
def test_a_picture_taken_on_its_side_stands_upright(kind: str):
    exif = Image.Exif()
    exif[decoder.ORIENTATION] = 6
    turned = Image.fromarray(PIXELS).transpose(Image.Transpose.ROTATE_90)
    image = decoder.decoded(saved(turned, kind, exif=exif.tobytes()))[1]
    assert image.size == (96, 64)
    assert np.abs(np.asarray(image).astype(int) - PIXELS).mean() < 3


@pytest.mark.parametrize("kind", ["AVIF", "HEIF", "JXL", "PPM"])
@pytest.mark.parametrize("share", [0.3, 0.7, 0.95])
def test_one_that_breaks_off_is_refused(kind: str, share: float):
    data = saved(Image.fromarray(PIXELS), kind)
    with pytest.raises(Refused) as refused:
        decoder.decoded(data[: int(share * len(data))])
    assert refused.value.rejection.reason in ("truncated", "not_decodable", "not_an_image")


@pytest.mark.parametrize("kind", ["HEIF", "JXL"])
def test_without_its_decoder_a_file_says_what_it_needs(kind: str, monkeypatch: pytest.MonkeyPatch):
    data = saved(Image.fromarray(PIXELS), kind)
    monkeypatch.setattr(decoder, "_registered", lambda name: False)
    with pytest.raises(Refused) as refused:
        decoder.opened(data)
    assert refused.value.rejection.reason == "no_decoder"
    assert "corpuswright[formats]" in refused.value.rejection.value


@pytest.mark.parametrize(("alpha", "kept"), [(255, True), (252, True), (250, True), (249, False)])
@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_what_is_nearly_opaque_is(alpha: int, kept: bool, kind: str):
    image = Image.fromarray(PIXELS).convert("RGBA")
    image.putpixel((5, 5), (9, 9, 9, alpha))
    sink = io.BytesIO()
    image.save(sink, kind, lossless=True)
    if kept:
        assert decoder.decoded(sink.getvalue())[1].size == (96, 64)
    else:
        with pytest.raises(Refused, match=f"alpha down to {alpha}"):
            decoder.decoded(sink.getvalue())


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"<!DOCTYPE html><html><body><svg/></body>", "web_page"),
        (b"\xef\xbb\xbf\n <HTML lang=en><title>404</title>", "web_page"),
        (b"<?xml version='1.0'?>\n<!-- made by x -->\n<svg xmlns='x'/>", "vector_image"),
        (b"<svg viewBox='0 0 1 1'/>", "vector_image"),
        (b"<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>", "not_an_image"),
        (b'{"error": "not found"}', "not_an_image"),
    ],
)
def test_what_is_no_image_is_called_what_it_is(data: bytes, reason: str):
    with pytest.raises(Refused) as refused:
        decoder.opened(data)
    assert refused.value.rejection.reason == reason


def test_a_jpeg_xl_is_turned_by_its_own_head_alone():
    exif = Image.Exif()
    exif[decoder.ORIENTATION] = 6  # as it was, before its decoder turned it
    image = decoder.decoded(saved(Image.fromarray(PIXELS), "JXL", exif=exif.tobytes()))[1]
    assert image.size == (96, 64) and np.array_equal(np.asarray(image), PIXELS)


@pytest.mark.parametrize("size", [(96, 64), (8, 8), (256, 256), (1000, 17), (777, 3000), (160, 90)])
def test_the_size_of_a_jpeg_xl_is_read_before_it_is_decoded(size: tuple[int, int]):
    data = saved(Image.new("RGB", size, "red"), "JXL")
    assert decoder._jxl_pixels(data) == size[0] * size[1]


@pytest.mark.parametrize("kind", ["AVIF", "HEIF"])
@pytest.mark.parametrize("colours", [(12, 13), (9, 16), (9, 18)])
def test_colours_that_are_not_srgb_s_are_refused(kind: str, colours: tuple[int, int]):
    data = bytearray(saved(Image.fromarray(PIXELS), kind))
    at = data.find(b"colrnclx")
    assert at > 0
    data[at + 8 : at + 12] = b"".join(c.to_bytes(2, "big") for c in colours)
    with pytest.raises(Refused, match="colours_not_read"):
        decoder.decoded(bytes(data))
