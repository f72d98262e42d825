"""Which part of a split a video is of: its bytes say so, whatever it is called."""

from __future__ import annotations

from typing import Literal

VERSION = 1  # bump when a video can change its part

ALL, TRAIN, BENCH = "all", "train", "bench"
Part = Literal["all", "train", "bench"]


def of(sha256: str, share: float) -> str:
    """Return the part of a video: `bench` for a share of all, by the sha256 of its bytes."""
    return BENCH if int(sha256[:8], 16) < share * 16**8 else TRAIN
