"""Fréchet distance of features (FID, FVD) with the user's own weights; without them, none.

FID takes features of frames (arXiv 1706.08500), FVD of clips (arXiv 1812.01717). Which network
makes them decides the figure, so it is the user's: an ONNX file with one input, float32 RGB from 0
to 1, (N, 3, H, W) for frames or (N, 3, T, H, W) for clips, and one output, (N, D).
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import linalg

Features = NDArray[np.float64]


class FeatureError(ValueError):
    """A network cannot be loaded, or is not of the shape that is asked for."""


class Network:
    """The user's ONNX network, frames or clips in, features out."""

    def __init__(self, path: Path) -> None:
        try:
            import onnxruntime
        except ImportError as error:
            raise FeatureError(
                "features need onnxruntime: pip install 'corpuswright[ocr]'"
            ) from error
        try:
            self._session: Any = onnxruntime.InferenceSession(
                str(path), providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # onnxruntime's own exceptions share no base
            raise FeatureError(f"{path}: expected an ONNX network: {error}") from error
        given = self._session.get_inputs()
        self._name, self._shape = given[0].name, list(given[0].shape)
        if len(given) != 1 or len(self._shape) not in (4, 5):
            raise FeatureError(
                f"{path}: expected an input (N, 3, H, W) or (N, 3, T, H, W), saw {self._shape}"
            )

    @property
    def of_clips(self) -> bool:
        """Whether it takes clips, so that the distance is FVD and not FID."""
        return len(self._shape) == 5

    def features(self, clip: NDArray[np.uint8]) -> Features:
        """Return (N, D) features of (F, H, W, 3) frames: N is F, or 1 for a network of clips."""
        sides = self._shape[-2:]
        if all(isinstance(s, int) for s in sides):
            size = (int(sides[1]), int(sides[0]))
            small = [Image.fromarray(f).resize(size, Image.Resampling.BICUBIC) for f in clip]
            clip = np.stack([np.asarray(f) for f in small])
        given = clip.astype(np.float32) / 255
        if self.of_clips:
            length = self._shape[2]
            if isinstance(length, int):
                at = np.linspace(0, len(given) - 1, length).round().astype(int)
                given = given[at]
            put = given.transpose(3, 0, 1, 2)[None]
        else:
            put = given.transpose(0, 3, 1, 2)
        try:
            made = self._session.run(None, {self._name: put})
        except Exception as error:  # onnxruntime's own exceptions share no base
            raise FeatureError(
                f"the network takes {self._shape}, not {put.shape}: {error}"
            ) from error
        return np.asarray(made[0], np.float64).reshape(len(made[0]), -1)


def distance(a: Iterable[Features], b: Iterable[Features]) -> float:
    """Return the squared Fréchet distance of Gaussians fitted to two sets of (N, D) features.

    Raises:
        FeatureError: A set has fewer than two features: it has no covariance.
    """
    means: list[Features] = []
    spreads: list[Features] = []
    for features in (a, b):
        all_ = np.concatenate(list(features))
        if len(all_) < 2:
            raise FeatureError(f"expected at least two features, saw {len(all_)}")
        means.append(all_.mean(axis=0))
        spreads.append(np.atleast_2d(np.cov(all_, rowvar=False)))
    # tr sqrt(AB) from the eigenvalues of AB, which are those of a positive matrix: stable where a
    # covariance is singular, as it is with fewer features than dimensions.
    values = np.clip(np.real(linalg.eigvals(spreads[0] @ spreads[1])), 0, None)
    apart = float(((means[0] - means[1]) ** 2).sum())
    return max(0.0, apart + float(np.trace(spreads[0] + spreads[1]) - 2 * np.sqrt(values).sum()))
