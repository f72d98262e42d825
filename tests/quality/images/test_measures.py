"""Measures of pixels against brute force, and what is refused before it can do harm."""

from __future__ import annotations

import io
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image
from scipy import ndimage

from corpuswright.assets.images import lens
from corpuswright.quality.images import filters, hash_bands, measures, perceptual_hash
from corpuswright.storage.media import decoder
from tests.fixtures import synthetic_images

GREYS = hnp.arrays(np.uint8, st.tuples(st.integers(3, 40), st.integers(3, 40)))


@given(GREYS)
def test_clarity_is_the_variance_of_the_laplacian(grey: np.ndarray):
    kernel = np.array([[0, 1, 0], [1, -4, 1], [0, 1, 0]])
    whole = ndimage.convolve(grey.astype(np.float64), kernel)[1:-1, 1:-1]
    assert measures.clarity(grey) == pytest.approx(whole.var(), rel=1e-9, abs=1e-9)


@given(GREYS)
def test_entropy_is_shannons(grey: np.ndarray):
    shares = [float((grey == v).mean()) for v in np.unique(grey)]
    assert measures.entropy(Image.fromarray(grey)) == pytest.approx(
        -sum(s * math.log2(s) for s in shares), abs=1e-9
    )


@given(hnp.arrays(np.uint8, st.tuples(st.integers(1, 20), st.integers(1, 20), st.just(3))))
def test_luminance_is_mean_luma(rgb: np.ndarray):
    luma = rgb @ np.array([0.299, 0.587, 0.114])
    grey = Image.fromarray(rgb).convert("L")
    assert measures.luminance(grey) == pytest.approx(luma.mean() / 255, abs=0.6 / 255)


@given(GREYS)
def test_contrast_is_what_all_tones_but_the_rarest_span(grey: np.ndarray):
    values = np.sort(grey.ravel())
    cut = values.size / 100
    inner = [v for n, v in enumerate(values) if n + 1 > cut and values.size - n > cut]
    expected = (int(inner[-1]) - int(inner[0])) / 255 if inner else 0
    assert measures.contrast(Image.fromarray(grey)) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("colour", [(0, 0, 255), (255, 0, 0), (255, 0, 255)])
def test_a_saturated_drawing_is_no_overexposed_one(colour: tuple[int, int, int]):
    drawn = Image.new("RGB", (600, 600), colour)
    drawn.paste((255, 255, 0), (200, 200, 400, 400))
    found = measures.measure(synthetic_images.png(drawn))[0]
    row = {**found._asdict(), "reason": "", "value": "", **dict.fromkeys(filters.SCORES)}
    assert filters.judge(row, {**lens.RECIPE, "nsfw": ""}) is None
    washed = drawn.point([120 + v // 20 for v in range(256)] * 3)
    found = measures.measure(synthetic_images.png(washed))[0]
    verdict = filters.judge(
        {**row, **found._asdict(), "clarity": 99.0}, {**lens.RECIPE, "nsfw": ""}
    )
    assert verdict is not None and verdict[1].reason == "low_contrast"


def test_measures_do_not_hang_on_the_size_of_a_file():
    large = synthetic_images.texture(1, (2048, 1536))
    small = large.resize((1024, 768), Image.Resampling.BOX)
    a, b = (measures.measure(synthetic_images.png(i))[0] for i in (large, small))
    assert a.clarity == pytest.approx(b.clarity, rel=0.15)
    assert a.entropy == pytest.approx(b.entropy, abs=0.1)
    assert a.luminance == pytest.approx(b.luminance, abs=0.005)
    assert (a.width, a.height, b.width, b.height) == (2048, 1536, 1024, 768)


def test_a_jpeg_decoded_small_measures_as_one_decoded_whole():
    image = synthetic_images.texture(2, (1600, 1200))
    data = synthetic_images.jpeg(image, 95)
    drafted = measures.measure(data)[0]
    whole = measures.measure(synthetic_images.png(Image.open(io.BytesIO(data)).convert("RGB")))[0]
    assert drafted.clarity == pytest.approx(whole.clarity, rel=0.15)
    assert drafted.luminance == pytest.approx(whole.luminance, abs=0.005)
    a, b = (np.frombuffer(m.print, np.uint8)[None] for m in (drafted, whole))
    assert perceptual_hash.distances(a, b)[0, 0] <= 8


PHOTO = synthetic_images.texture(3)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (synthetic_images.jpeg(PHOTO)[:4000], "truncated"),
        (synthetic_images.png(PHOTO)[:4000], "truncated"),
        (synthetic_images.bomb(), "decompression_bomb"),
        (synthetic_images.animated(), "animated"),
        (
            b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
            "vector_image",
        ),
        (b"hello, I am no image", "not_an_image"),
        (synthetic_images.png(PHOTO.convert("RGBA").point(lambda v: v // 2)), "not_opaque"),
        (b"\x89PNG\r\n\x1a\n" + bytes(200), "not_an_image"),
    ],
    ids=lambda v: v if isinstance(v, str) else "",
)
def test_what_cannot_be_measured_says_why(data: bytes, reason: str):
    with pytest.raises(decoder.Refused) as refused:
        measures.measure(data)
    assert refused.value.rejection.reason == reason


def test_what_is_turned_deep_or_of_another_space_is_seen_as_a_browser_would():
    upright = np.asarray(PHOTO).astype(int)
    for data, close in (
        (synthetic_images.rotated(PHOTO), 12),
        (synthetic_images.jpeg(PHOTO.convert("CMYK")), 14),
        (synthetic_images.profiled(PHOTO), 12),
        (synthetic_images.png(PHOTO.convert("RGBA")), 0),
    ):
        _, image = decoder.decoded(data)
        assert image.size == PHOTO.size and image.mode == "RGB"
        assert np.abs(np.asarray(image).astype(int) - upright).mean() <= close
    _, grey = decoder.decoded(synthetic_images.deep(PHOTO))
    assert (np.asarray(grey)[..., 0] == np.asarray(PHOTO.convert("L"))).all()
    assert not measures.measure(synthetic_images.rotated(PHOTO))[0].plain
    assert measures.measure(synthetic_images.rotated(PHOTO))[0].width == PHOTO.width
    assert measures.measure(synthetic_images.jpeg(PHOTO))[0].plain


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_no_damage_is_more_than_a_refusal(data: st.DataObject):
    whole = bytearray(data.draw(st.sampled_from(DAMAGED)))
    for _ in range(data.draw(st.integers(1, 8))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(whole[: data.draw(st.integers(0, len(whole)))])
    try:
        found, _ = measures.measure(cut)
    except decoder.Refused as refused:
        assert refused.rejection.reason
        return
    assert found.width > 0 and 0 <= found.entropy <= 8 and 0 <= found.luminance <= 1


SMALL = synthetic_images.texture(4, (64, 48))
DAMAGED = (
    synthetic_images.jpeg(SMALL),
    synthetic_images.png(SMALL),
    synthetic_images.animated()[:3000],
)


@given(
    hnp.arrays(np.uint8, st.tuples(st.integers(2, 40), st.just(32))),
    st.integers(0, 40),
    st.integers(0, 3),
)
def test_pairs_are_those_of_brute_force(prints: np.ndarray, radius: int, seed: int):
    rng = np.random.default_rng(seed)
    flips = rng.random((len(prints), 256)) < 0.05
    prints[1:] = prints[0] ^ np.packbits(flips, axis=1)[1:]
    found = {tuple(p) for group in hash_bands.pairs(prints, radius) for p in group.tolist()}
    expected = {
        (i, j)
        for i in range(len(prints))
        for j in range(i + 1, len(prints))
        if sum(int(v).bit_count() for v in prints[i] ^ prints[j]) <= radius
    }
    assert found == expected


def test_a_crowd_is_told_apart_by_its_other_bands(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(hash_bands, "CROWD", 64)
    rng = np.random.default_rng(0)
    prints = rng.integers(0, 256, (2000, 32)).astype(np.uint8)
    prints[:, :2] = 7  # all share the first band
    prints[1000:, :] = prints[:1000, :]
    prints[1000:, 31] ^= 3
    found = {tuple(p) for group in hash_bands.pairs(prints, 24) for p in group.tolist()}
    assert {(i, 1000 + i) for i in range(1000)} <= found
    assert all(hash_bands.distances(prints[a][None], prints[b][None])[0, 0] <= 24 for a, b in found)


def test_bands_hold_every_bit_once():
    prints = np.eye(256, dtype=bool)
    found = hash_bands.bands(np.packbits(prints, axis=1))
    empty = hash_bands.bands(np.zeros((1, 32), np.uint8))
    assert ((found != empty).sum(axis=1) == 1).all()
    assert ((found != empty).sum(axis=0) == 16).all()
