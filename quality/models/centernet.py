"""A detector of COCO's 80 classes that a package brings: CenterNet on MobileNetV3.

The model is one of npm's `@vladmandic/human` (MIT), trained by 610265158/mobilenetv3_centernet; it
is run as ONNX. Boxes come from heat maps as TTFNet (arXiv 1909.00700) reads them: a cell that is
the largest of its neighbours is a thing, and says how far its four sides are.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from corpuswright.annotators.vocabularies.open_custom_categories import COCO
from corpuswright.quality.models import tfjs_to_onnx
from corpuswright.storage.inputs import sites
from corpuswright.storage.inputs.sites import Site

SITE = Site(
    name="human_models",
    package="@vladmandic/human@3.3.6",
    package_sha256="425e9c51dbbca0c8934362b170cb0d54c2529c11c654b3c03092b16e9d6ad3f7",
    root="models",
    pages=(),
    licence="MIT",
    author="Vladimir Mandic",
)
FILE = "centernet.json"
SIDE = 512  # px that the model takes, whatever a picture's shape
STRIDE = 4  # px of the input a cell has
MOST = 100  # things of one picture, as the model's own graph
LEAST = 0.1  # of a score; below it the model sees things everywhere
_OUTPUTS = ("tower_0/keypoints", "tower_0/wh")

Pixels = NDArray[np.uint8]


def fetched(inputs: Path) -> Path:
    """Return the model's file, fetched into a folder of packages at first; raises SourceError."""
    return Path(sites.fetch(SITE, inputs)).resolve() / FILE


@functools.cache
def _session(path: Path) -> Any:
    import onnxruntime

    options: Any = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    model = tfjs_to_onnx.onnx_of(path, _OUTPUTS)
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def detect(pixels: Pixels, path: Path) -> list[tuple[str, tuple[float, ...], float]]:
    """Return what is seen in a picture, best first: class, box in its pixels, score from 0 to 1.

    Args:
        pixels: (H, W, 3) uint8 RGB.
        path: The model's file.
    """
    high, wide = pixels.shape[:2]
    small = Image.fromarray(pixels).resize((SIDE, SIDE), Image.Resampling.BILINEAR)
    put = np.asarray(small, np.float32).transpose(2, 0, 1)[None]
    heat, far = (v[0] for v in _session(path).run(None, {"tower_0/images": put.copy()}))
    around = np.pad(heat, ((0, 0), (1, 1), (1, 1)), constant_values=-1)
    most = np.max(
        [
            around[:, y : y + heat.shape[1], x : x + heat.shape[2]]
            for y in range(3)
            for x in range(3)
        ],
        axis=0,
    )
    peaks = np.where(heat == most, heat, 0).ravel()
    out: list[tuple[str, tuple[float, ...], float]] = []
    for place in np.argsort(-peaks, kind="stable")[:MOST]:
        if peaks[place] < LEAST:
            break
        kind, y, x = np.unravel_index(int(place), heat.shape)
        left, up, right, down = (float(v) for v in far[:, y, x])
        x0, y0, x1, y1 = (
            max(0.0, (STRIDE * x - left) / SIDE),
            max(0.0, (STRIDE * y - up) / SIDE),
            min(1.0, (STRIDE * x + right) / SIDE),
            min(1.0, (STRIDE * y + down) / SIDE),
        )
        if x0 < x1 and y0 < y1:
            box = (x0 * wide, y0 * high, x1 * wide, y1 * high)
            out.append((COCO[int(kind)], box, float(peaks[place])))
    return out
