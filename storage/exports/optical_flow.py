"""Optical flow in the formats others read: `.flo`, KITTI's PNG, `.npz`, and DynaVid's colours.

Flow is (H, W, 2) float32 pixels, u right, v down, with an (H, W) bool of where it is valid. What a
format cannot hold is refused or clipped as each function says; nothing is rounded in silence.
"""

from __future__ import annotations

import io
import struct
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Flows = NDArray[np.float32]
Valid = NDArray[np.bool_]

FLO_TAG = 202021.25  # `PIEH` read as float32 (Middlebury, flow-code/README)
FLO_UNKNOWN = 1e10  # Middlebury: above 1e9 means unknown
MOST_PIXELS = 1 << 28  # of an image that is read: 16384 x 16384

KITTI_STEP, KITTI_ZERO = 64.0, 1 << 15  # KITTI 2015 devkit: value = flow · 64 + 2^15, in uint16
KITTI_RANGE = (1 - KITTI_ZERO) / KITTI_STEP, (0xFFFF - KITTI_ZERO) / KITTI_STEP


class FlowError(ValueError):
    """A file is no flow of its format, or a flow does not fit into one."""


class Read(NamedTuple):
    """Flow (H, W, 2) and where it is valid (H, W)."""

    pixels: Flows
    valid: Valid


def to_flo(pixels: Flows, valid: Valid) -> bytes:
    """Return a Middlebury `.flo` file; what is not valid is unknown in it."""
    height, width = valid.shape
    held = np.where(valid[..., None], pixels, np.float32(FLO_UNKNOWN)).astype("<f4")
    return struct.pack("<fii", FLO_TAG, width, height) + held.tobytes()


def from_flo(data: bytes) -> Read:
    """Read a Middlebury `.flo` file.

    Raises:
        FlowError: The tag is another one, or the file's length is not what its size says.
    """
    if len(data) < 12:
        raise FlowError(f"expected a .flo file with a header of 12 bytes, saw {len(data)} bytes")
    tag, width, height = struct.unpack("<fii", data[:12])
    if tag != FLO_TAG or width < 1 or height < 1 or width * height > MOST_PIXELS:
        raise FlowError(f"expected the tag PIEH and a size, saw {data[:4]!r}, {width} x {height}")
    if len(data) != 12 + 8 * width * height:
        wanted = 12 + 8 * width * height
        raise FlowError(f"expected {wanted} bytes for {width} x {height}, saw {len(data)}")
    held = np.frombuffer(data, "<f4", offset=12).reshape(height, width, 2).astype(np.float32)
    valid: Valid = np.abs(held).max(axis=2) <= 1e9
    return Read(np.where(valid[..., None], held, np.float32(0)), valid)


def to_kitti(pixels: Flows, valid: Valid) -> bytes:
    """Return KITTI's 16-bit PNG: steps of 1/64 px, at most 512 px to either side.

    Raises:
        FlowError: Some valid flow lies outside of that, where the format would clip it.
    """
    low, high = KITTI_RANGE
    held = pixels[valid]
    if held.size and not (low <= held.min() and held.max() <= high):
        far = float(held.min() if -held.min() > held.max() else held.max())
        raise FlowError(
            f"KITTI's format holds {low:.2f} to {high:.2f} px, this flow has {far:.1f}: take .flo"
        )
    steps = np.rint(np.where(valid[..., None], pixels, 0) * KITTI_STEP) + KITTI_ZERO
    image = np.zeros((*valid.shape, 3), np.uint16)
    image[..., :2] = np.where(valid[..., None], steps, 0)
    image[..., 2] = valid
    ok, found = _cv2().imencode(".png", image[..., ::-1])  # OpenCV counts blue, green, red
    assert ok
    return bytes(found)


def from_kitti(data: bytes) -> Read:
    """Read KITTI's 16-bit PNG.

    Raises:
        FlowError: It is no PNG of three channels of 16 bits.
    """
    cv2 = _cv2()
    image: Any = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if image is None or image.dtype != np.uint16 or image.ndim != 3 or image.shape[2] != 3:
        seen = "no image" if image is None else f"{image.dtype} of shape {image.shape}"
        raise FlowError(f"expected a PNG of three channels of 16 bits, saw {seen}")
    valid = image[..., 0] > 0
    pixels = (image[..., :0:-1].astype(np.float32) - KITTI_ZERO) / np.float32(KITTI_STEP)
    return Read(np.where(valid[..., None], pixels, np.float32(0)), valid)


def to_npz(pixels: Flows, codes: NDArray[np.uint8]) -> bytes:
    """Return a compressed `.npz` with `flow` and `codes`, the same bytes each time."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, flow=pixels.astype(np.float32), codes=codes.astype(np.uint8))
    return buffer.getvalue()


def scale_of(pixels: Flows, valid: Valid) -> float:
    """Return DynaVid's s_f: the 99th percentile of magnitudes (arXiv 2604.01666); 0 for no flow."""
    size = np.linalg.norm(pixels[valid], axis=-1)
    return float(np.percentile(size, 99)) if size.size else 0.0


def to_hsv(pixels: Flows, scale: float) -> NDArray[np.uint8]:
    """Return flow (..., 2) as RGB (..., 3) in DynaVid's way: direction is hue, magnitude is value.

    Still is black. Hue 0 (red) is to the right and grows downward, which DynaVid's text leaves
    open. Magnitudes above `scale` (`scale_of`) are clipped, one in a hundred by its definition.
    """
    u, v = pixels[..., 0].astype(np.float64), pixels[..., 1].astype(np.float64)
    sextant = np.arctan2(v, u) / (np.pi / 3) % 6
    value = np.clip(np.hypot(u, v) / scale, 0, 1) if scale > 0 else np.zeros_like(u)
    share = [np.clip(np.abs((sextant - at + 3) % 6 - 3) * -1 + 2, 0, 1) for at in (0, 2, 4)]
    return np.rint(np.stack(share, axis=-1) * value[..., None] * 255).astype(np.uint8)


def from_hsv(image: NDArray[np.uint8], scale: float) -> Flows:
    """Return the flow (..., 2) that `to_hsv` made RGB (..., 3) of, but for its rounding."""
    rgb = image.astype(np.float64) / 255
    value, least = rgb.max(axis=-1), rgb.min(axis=-1)
    spread = np.maximum(value - least, 1e-12)
    r, g, b = (rgb[..., i] for i in range(3))
    hue = np.select(
        [value == r, value == g],
        [(g - b) / spread % 6, (b - r) / spread + 2],
        (r - g) / spread + 4,
    )
    angle, size = hue * (np.pi / 3), value * scale
    return np.stack([np.cos(angle) * size, np.sin(angle) * size], axis=-1).astype(np.float32)


def _cv2() -> Any:
    try:
        import cv2
    except ImportError as error:
        raise FlowError("KITTI's PNG needs OpenCV: pip install 'corpuswright[vision]'") from error
    return cv2
