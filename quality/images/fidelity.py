"""How true a copy of a picture is: the detail in its pixels, not their number; colour; encoding.

Of copies of one picture the original has the most detail, whatever its size: what is enlarged has
no frequencies above those of what it was made from. A photograph's power falls with frequency by a
law (Field, J. Opt. Soc. Am. A 4, 1987); where it falls far below that law its detail ends. A copy
that was encoded harder, or again, shows the grid of its blocks, in whatever format it came to lie.
Taken of copies alone: it needs all pixels.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from corpuswright.storage.media import decoder

VERSION = 1  # bump when a copy is judged otherwise

TILE = 256  # px of a tile that spectra are taken of: a cutoff to within a hundredth
TILES = 4  # along each side: of the whole picture, so that two copies show the same
# Shares of the highest frequency between which the law is read: coarse enough for what was enlarged
# eight times, and fine enough to have many waves in a tile.
LAW = (0.04, 0.14)
SLOPES = (2.0, 3.2)  # of power: Field has 2 and more for photographs
BELOW = 0.35  # of what the law says: there the detail ends; from a ladder on 14 photographs
GREY = 4.0  # of 255: mean distance of channels, below which a picture has no colour; sepia has 20
GRID = 8  # px of a JPEG's blocks
# Of the step across a block's edge over that beside it: most photographs at quality 92 have less,
# at quality 15 they have twice as much.
SMOOTH = 1.2
GOOD = 60  # quality of a JPEG from which on its pixels alone tell how worn it is; ours
ALIKE = 1.05  # how many times more a copy must be worth to be told from another; ours

# The standard table of JPEG (ITU-T T.81, K.1) has this mean at quality 50.
_MEAN_50 = 57.625


class Fidelity(NamedTuple):
    """How true a copy is.

    Attributes:
        coloured: Whether it has colour.
        detail: Of the highest frequency there is, in cycles over the geometric mean of its sides.
        sharpness: That frequency as a share of what its pixels could hold, 0 to 1.
        encoding: What is left after encoding, 0 to 1.
    """

    coloured: bool
    detail: float
    sharpness: float
    encoding: float

    @property
    def score(self) -> float:
        """How much it is worth among copies of the same colour; more is better.

        By area of detail. What was enlarged has no more of it than its original and is less sharp.
        In steps of `ALIKE`: the same pixels in another format are worth the same.
        """
        worth = self.detail**2 * self.sharpness**2 * self.encoding
        return round(math.log(worth) / math.log(ALIKE)) if worth > 0 else -math.inf


def fidelity(data: bytes) -> Fidelity:
    """Return how true a file's picture is.

    Raises:
        Refused: As `decoder.decoded`.
    """
    source, image = decoder.decoded(data)
    grey = np.asarray(image.convert("L"), np.float64)
    share = _cutoff(grey)
    side = math.sqrt(image.width * image.height)
    encoding = min(_quality(source), _smoothness(grey))
    return Fidelity(_coloured(image), share * side / 2, share, encoding)


def _coloured(image: Image.Image) -> bool:
    small = np.asarray(image.resize((64, 64), Image.Resampling.BOX)).astype(np.float64)
    return float((small.max(axis=2) - small.min(axis=2)).mean()) >= GREY


def _cutoff(grey: NDArray[np.float64]) -> float:
    """Return the share of the Nyquist frequency below which a picture's energy lies, 0 to 1."""
    size = min(TILE, *grey.shape)
    if size < 64:  # a picture that small is all detail
        return 1.0
    window = np.outer(np.hanning(size), np.hanning(size))
    power = np.zeros((size, size // 2 + 1))
    for top in np.linspace(0, grey.shape[0] - size, TILES).astype(int):
        for left in np.linspace(0, grey.shape[1] - size, TILES).astype(int):
            tile = grey[top : top + size, left : left + size]
            power += np.abs(np.fft.rfft2((tile - tile.mean()) * window)) ** 2
    half = size // 2
    fy, fx = np.meshgrid(np.fft.fftfreq(size), np.fft.rfftfreq(size), indexing="ij")
    ring = np.minimum((np.hypot(fx, fy) * size).round().astype(int), half)
    count = np.bincount(ring.ravel(), minlength=half + 1)
    mean = np.bincount(ring.ravel(), power.ravel(), minlength=half + 1) / count + 1e-9
    at = np.arange(half + 1) / half
    read = (at >= LAW[0]) & (at <= LAW[1])
    # A line through few rings: its slope is held to what photographs have.
    slope = -np.polyfit(np.log(at[read]), np.log(mean[read]), 1)[0] if read.sum() > 2 else SLOPES[0]
    slope = float(np.clip(slope, *SLOPES))
    level = float(np.exp(np.mean(np.log(mean[read]) + slope * np.log(at[read]))))
    smooth = np.convolve(np.pad(mean, 2, mode="edge"), np.ones(5) / 5, "valid")
    held = smooth[1:half] >= BELOW * level * at[1:half] ** -slope
    # The first gap ends it: what lies above is noise of an encoder, or of sharpening.
    gaps = np.nonzero(~held & (at[1:half] > LAW[1]))[0]
    return float(at[1:half][gaps[0]]) if len(gaps) else 1.0


def _quality(source: Image.Image) -> float:
    """Return what a JPEG's own tables leave of a picture; 1 of what has none."""
    tables: dict[int, list[int]] = getattr(source, "quantization", None) or {}
    if not tables:
        return 1.0
    scale = 100 * float(np.mean(tables[min(tables)])) / _MEAN_50
    quality = (200 - scale) / 2 if scale <= 100 else 5000 / scale
    return min(1.0, max(0.0, quality) / GOOD) ** 1.5


def _smoothness(grey: NDArray[np.float64]) -> float:
    """Return 1 where no grid of blocks is to be seen, less the more of it there is."""
    if min(grey.shape) < 4 * GRID:
        return 1.0
    steps: list[float] = []
    for lines in (grey, grey.T):
        change = np.abs(np.diff(lines, axis=1)).mean(axis=0)
        change = change[: len(change) // GRID * GRID].reshape(-1, GRID).mean(axis=0)
        edge, beside = change[GRID - 1], change[[1, 2, 4, 5]].mean()
        steps.append(float(edge / beside) if beside > 0 else 1.0)
    return 1 / (1 + 2 * max(0.0, float(np.mean(steps)) - SMOOTH))
