"""Flow survives every format, and what a format cannot hold is refused."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from corpuswright.storage.exports import optical_flow

SHAPE = (7, 11)


def flows(most: float) -> st.SearchStrategy[np.ndarray]:
    return arrays.arrays(np.float32, (*SHAPE, 2), elements=st.floats(-most, most, width=32))


MASKS = arrays.arrays(np.bool_, SHAPE)


@given(flows(9e8), MASKS)
def test_flo_keeps_every_bit(pixels: np.ndarray, valid: np.ndarray):
    found = optical_flow.from_flo(optical_flow.to_flo(pixels, valid))
    assert (found.valid == valid).all() and (found.pixels[valid] == pixels[valid]).all()
    assert not found.pixels[~valid].any()


def test_flo_is_laid_out_as_middlebury_says():
    pixels = np.arange(12, dtype=np.float32).reshape(2, 3, 2)
    data = optical_flow.to_flo(pixels, np.ones((2, 3), bool))
    assert data[:4] == b"PIEH" and struct.unpack("<ii", data[4:12]) == (3, 2)
    assert struct.unpack("<4f", data[12:28]) == (0, 1, 2, 3), "u and v of a pixel side by side"


@pytest.mark.parametrize(
    "data", [b"", b"PIEH", b"XXXX" + bytes(16), b"PIEH" + struct.pack("<ii", 3, 2) + bytes(7)]
)
def test_what_is_no_flo_file_is_refused(data: bytes):
    with pytest.raises(optical_flow.FlowError, match="expected"):
        optical_flow.from_flo(data)


@given(flows(511), MASKS)
def test_kitti_keeps_flow_to_half_a_step(pixels: np.ndarray, valid: np.ndarray):
    found = optical_flow.from_kitti(optical_flow.to_kitti(pixels, valid))
    assert (found.valid == valid).all()
    assert np.abs(found.pixels - pixels)[valid].max(initial=0) <= 1 / 128


def test_kitti_refuses_what_it_would_clip_but_not_what_is_no_flow():
    pixels = np.zeros((*SHAPE, 2), np.float32)
    pixels[3, 4, 1] = -513
    with pytest.raises(optical_flow.FlowError, match="-513"):
        optical_flow.to_kitti(pixels, np.ones(SHAPE, bool))
    valid = np.ones(SHAPE, bool)
    valid[3, 4] = False
    assert not optical_flow.from_kitti(optical_flow.to_kitti(pixels, valid)).valid[3, 4]
    with pytest.raises(optical_flow.FlowError, match="no image"):
        optical_flow.from_kitti(b"nothing")


def test_kitti_has_u_in_red_v_in_green_and_validity_in_blue():
    from PIL import Image

    pixels = np.full((*SHAPE, 2), (100.0, -30.0), np.float32)
    data = optical_flow.to_kitti(pixels, np.ones(SHAPE, bool))
    # Pillow reads the upper bytes of 16-bit channels: 2^15 + 64 · u, over 256.
    seen = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))[0, 0]
    assert seen.tolist() == [(32768 + 6400) // 256, (32768 - 1920) // 256, 0]


@given(flows(1e4))
def test_npz_is_the_same_bytes_each_time(pixels: np.ndarray):
    codes = np.zeros(SHAPE, np.uint8)
    data = optical_flow.to_npz(pixels, codes)
    assert data == optical_flow.to_npz(pixels.copy(), codes)
    held = np.load(io.BytesIO(data))
    assert (held["flow"] == pixels).all() and (held["codes"] == codes).all()


@given(flows(300), st.floats(0.5, 300))
def test_colour_keeps_flow_up_to_its_steps(pixels: np.ndarray, scale: float):
    image = optical_flow.to_hsv(pixels, scale)
    found = optical_flow.from_hsv(image, scale)
    size = np.linalg.norm(pixels, axis=-1)
    error = np.linalg.norm(found - pixels, axis=-1)
    # Value is in steps of scale / 255. Hue is a ratio of two channels, each half a step off: at
    # most a sixth of a turn for one step of value, hence the same length again along the circle.
    inside = size <= scale
    assert error[inside].max(initial=0) <= 2.5 * scale / 255
    assert (image[size < scale / 600] == 0).all(), "still is black"


def test_colours_are_those_of_directions():
    ways = np.array([(1, 0), (0, 1), (-1, 0), (0, -1)], np.float32)
    seen = optical_flow.to_hsv(ways, 1.0)
    assert seen.tolist() == [[255, 0, 0], [128, 255, 0], [0, 255, 255], [128, 0, 255]]


def test_the_scale_is_the_99th_percentile_of_what_is_valid():
    pixels = np.zeros((10, 100, 2), np.float32)
    pixels[..., 0] = np.arange(1000).reshape(10, 100)
    valid = np.ones((10, 100), bool)
    assert optical_flow.scale_of(pixels, valid) == pytest.approx(989.01, abs=0.01)
    valid[9] = False
    assert optical_flow.scale_of(pixels, valid) == pytest.approx(890.01, abs=0.01)
    assert optical_flow.scale_of(pixels, np.zeros((10, 100), bool)) == 0
