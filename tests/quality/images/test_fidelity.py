"""Of copies of one picture, the truest is told from others: generated copies of drawn pictures."""

from __future__ import annotations

import functools
import io
from collections.abc import Callable, Mapping

import numpy as np
import pytest
from PIL import Image

from corpuswright.quality.images.fidelity import Fidelity, fidelity
from corpuswright.storage.inputs import licences

LANCZOS, BICUBIC, BILINEAR = (Image.Resampling[n] for n in ("LANCZOS", "BICUBIC", "BILINEAR"))


@functools.cache
def picture(seed: int, size: tuple[int, int] = (900, 700)) -> Image.Image:
    """Draw a picture with a photograph's spectrum (1/f), colour, and edges."""
    rng = np.random.default_rng(seed)
    width, height = size
    fy, fx = np.meshgrid(np.fft.fftfreq(height), np.fft.rfftfreq(width), indexing="ij")
    fall = 1 / np.maximum(np.hypot(fx * width, fy * height), 1.0) ** rng.uniform(1.0, 1.25)
    planes = [
        np.fft.irfft2(fall * np.exp(2j * np.pi * rng.uniform(size=fall.shape)), (height, width))
        for _ in range(3)
    ]
    pixels = np.stack(planes, axis=2) * np.array([1.0, 0.7, 0.5]) + planes[0][..., None]
    pixels = (pixels - pixels.min()) / (pixels.max() - pixels.min())
    for _ in range(12):
        x, y, r = rng.uniform(0, width), rng.uniform(0, height), rng.uniform(10, 90)
        inside = np.hypot(np.arange(width) - x, np.arange(height)[:, None] - y) < r
        pixels[inside] = 0.6 * pixels[inside] + 0.4 * rng.uniform(0, 1, 3)
    return Image.fromarray((255 * pixels).astype(np.uint8))


def jpeg(image: Image.Image, quality: int = 92) -> bytes:
    sink = io.BytesIO()
    image.save(sink, "JPEG", quality=quality)
    return sink.getvalue()


def png(image: Image.Image) -> bytes:
    sink = io.BytesIO()
    image.save(sink, "PNG")
    return sink.getvalue()


def reread(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data)).convert("RGB")


@functools.cache
def original(seed: int) -> tuple[Fidelity, Image.Image]:
    """Return a picture's fidelity as a JPEG, and that JPEG decoded."""
    data = jpeg(picture(seed))
    return fidelity(data), reread(data)


def scaled(image: Image.Image, by: float, how: Image.Resampling = LANCZOS) -> Image.Image:
    return image.resize((round(image.width * by), round(image.height * by)), how)


# Copies that are worth less than what they were made from.
WORSE: Mapping[str, Callable[[Image.Image], bytes]] = {
    "enlarged 1.5, lanczos": lambda i: jpeg(scaled(i, 1.5)),
    "enlarged 2, bicubic": lambda i: jpeg(scaled(i, 2, BICUBIC)),
    "enlarged 2, bilinear": lambda i: png(scaled(i, 2, BILINEAR)),
    "enlarged 3": lambda i: jpeg(scaled(i, 3), 95),
    "enlarged from a smaller one": lambda i: png(scaled(scaled(i, 0.5), 2)),
    "enlarged and sharpened": lambda i: jpeg(scaled(i, 2, BICUBIC), 98),
    "half as large": lambda i: jpeg(scaled(i, 0.5)),
    "four fifths as large": lambda i: png(scaled(i, 0.8)),
    "quality 15": lambda i: jpeg(i, 15),
    "quality 40": lambda i: jpeg(i, 40),
    "quality 15, then 95": lambda i: jpeg(reread(jpeg(i, 15)), 95),
    "quality 15, then PNG": lambda i: png(reread(jpeg(i, 15))),
    "quality 15, enlarged": lambda i: jpeg(scaled(reread(jpeg(i, 15)), 2), 95),
}


def order(found: Fidelity) -> tuple[bool, float]:
    return (found.coloured, found.score)


@pytest.mark.parametrize("name", WORSE)
def test_the_original_is_worth_more_than_its_copies(name: str):
    for seed in range(8):
        own, image = original(seed)
        other = fidelity(WORSE[name](image))
        assert order(own) > order(other), (seed, own, own.score, other, other.score)


def test_colour_is_worth_more_than_any_grey():
    for seed in range(8):
        image = picture(seed)
        assert fidelity(jpeg(scaled(image, 0.5), 60)).coloured
        for grey in (image.convert("L"), image.convert("L").convert("RGB")):
            assert not fidelity(jpeg(grey)).coloured and not fidelity(png(grey)).coloured


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("CC-BY-NC-4.0", "CC0-1.0"),
        ("CC-BY-NC-ND-4.0", "CC-BY-NC-SA-4.0"),
        ("CC-BY-NC-SA-3.0", "CC-BY-NC-4.0"),
        ("CC-BY-ND-4.0", "CC-BY-NC-4.0"),
        ("CC-BY-SA-4.0", "CC-BY-4.0"),
        ("CC-BY-4.0", "CC0-1.0"),
        ("MIT", "CC0-1.0"),
        ("all rights reserved", "CC-BY-NC-ND-4.0"),
        ("LicenseRef-Shutterstock", "CC-BY-4.0"),
        ("CC0-1.0", "unstated"),
        ("GPL-3.0-only", "MIT"),
        ("CC-BY-NC-4.0", "https://creativecommons.org/publicdomain/zero/1.0/"),
        ("CC-BY-NC-ND-4.0", "CC BY 4.0"),
        ("CC-BY-NC-SA-4.0", "MIT AND Apache-2.0"),
        ("CC0-1.0 AND CC-BY-NC-4.0", "MIT"),
        ("All rights reserved, Getty Images Inc.", "CC-BY-ND-4.0"),
        ("https://creativecommons.org/licenses/by-nc/4.0/", "CC-BY-SA-4.0"),
        ("CC-BY-NC-4.0", "GPL-3.0-only OR MIT"),
    ],
)
def test_of_two_licences_the_one_that_asks_for_more(one: str, other: str):
    assert licences.strictest([other, one]) == one == licences.strictest([one, other])
