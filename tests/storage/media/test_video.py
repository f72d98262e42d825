"""Video files: as many frames as went in, the same bytes each time; broken ones say so."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpuswright.storage.media import video


def waves(frames: int, height: int, width: int) -> np.ndarray:
    t, y, x = np.mgrid[:frames, :height, :width]
    return np.stack([x * 3 + t, y * 3, x + y + 5 * t], axis=-1).astype(np.uint8) // 2 + 60


@given(st.integers(1, 30), st.integers(1, 6), st.integers(1, 6), st.integers(1, 60))
@settings(max_examples=15, deadline=None)
def test_frames_come_back_in_number_size_and_rate(n: int, h: int, w: int, fps: int):
    frames = waves(n, 16 * h, 16 * w)
    data = video.encode(frames, fps)
    assert data == video.encode(frames, fps)
    seen = np.stack(list(video.decode(data, "a")))
    assert seen.shape == frames.shape
    facts = video.probe(data, "a")
    assert (facts.width, facts.height, facts.frames) == (16 * w, 16 * h, n)
    assert n == 1 or facts.fps == pytest.approx(fps)


def test_colours_are_nearly_those_that_went_in():
    frames = waves(8, 64, 96)
    seen = np.stack(list(video.decode(video.encode(frames, 24), "a")))
    assert np.abs(seen.astype(int) - frames).mean() < 3


def test_what_is_no_video_says_so():
    whole = video.encode(waves(12, 64, 64), 24)
    for data in (b"", b"nothing", whole[: len(whole) // 3], b"\x89PNG\r\n\x1a\n" + bytes(50)):
        with pytest.raises(video.VideoError, match=r"x: (expected a video|its frames)"):
            list(video.decode(data, "x"))
    with pytest.raises(video.VideoError, match="even sides"):
        video.encode(waves(2, 15, 16), 24)
    with pytest.raises(video.VideoError, match="at least one frame"):
        video.encode([], 24)
    assert len(list(video.decode(whole, "x", most=5))) == 5
