"""FlashBench's scorer against brute force, and what it answers to faults that are known."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from corpuswright.pipelines.scoring import flashbench as scoring_flashbench
from corpuswright.quality.benchmarks import flashbench, frechet_distance
from corpuswright.quality.benchmarks.flashbench import ClipScore, Made, TrackToFind, TrajectoryError

MASKS = arrays.arrays(np.uint16, (3, 6, 7), elements=st.integers(0, 3))


def brute(wanted: Any, made: Any, number: int) -> float | None:
    """IoU over frames, pixel by pixel."""
    found: list[float] = []
    for a, b in zip(wanted.tolist(), made.tolist(), strict=True):
        pairs = [
            (p == number, q == number)
            for r, s in zip(a, b, strict=True)
            for p, q in zip(r, s, strict=True)
        ]
        either = sum(p or q for p, q in pairs)
        if either:
            found.append(sum(p and q for p, q in pairs) / either)
    return sum(found) / len(found) if found else None


@given(MASKS, MASKS)
def test_mask_iou_is_what_counting_says(a: Any, b: Any):
    seen = flashbench.mask_iou(a == 1, b == 1)
    assert seen == pytest.approx(brute(a, b, 1))


@given(MASKS)
def test_boxes_are_those_of_the_pixels(masks: Any):
    boxes = flashbench.boxes_of(masks, (1, 2))
    for t in range(3):
        for n, number in enumerate((1, 2)):
            ys, xs = np.nonzero(masks[t] == number)
            if not len(xs):
                assert np.isnan(boxes[t, n]).all()
            else:
                box = [xs.min(), ys.min(), xs.max() + 1, ys.max() + 1]
                assert boxes[t, n].tolist() == box


box = st.tuples(*(st.integers(0, 9),) * 4).map(
    lambda v: [min(v[0], v[2]), min(v[1], v[3]), max(v[0], v[2]) + 1, max(v[1], v[3]) + 1]
)


@given(box, box)
def test_box_iou_is_that_of_filled_boxes(a: list[int], b: list[int]):
    filled = np.zeros((2, 11, 11), bool)
    for i, (x0, y0, x1, y1) in enumerate((a, b)):
        filled[i, y0:y1, x0:x1] = True
    seen = flashbench.box_iou(np.array([a], float), np.array([b], float))
    assert seen == pytest.approx((filled[0] & filled[1]).sum() / (filled[0] | filled[1]).sum())


def squares() -> TrackToFind:
    """Two squares of 8 px that stand for four frames; the second is gone in the last."""
    masks = np.zeros((4, 32, 64), np.uint16)
    masks[:, 4:12, 4:12], masks[:3, 20:28, 30:38] = 2, 3
    return TrackToFind("k", "2", (2, 3), masks)


def test_the_truth_scores_one_and_faults_what_they_must():
    found = {n: flashbench.score(squares(), m) for n, m in flashbench.faulty(squares()).items()}
    assert found["exact"][2:] == (1.0, 1.0) == found["boxes for masks"][2:]
    for shift in (1, 2, 4):  # a square of 8 px moved by s keeps (8 - s) / (8 + s)
        expected = (8 - shift) / (8 + shift)
        assert found[f"shifted by {shift} px"][2:] == pytest.approx((expected, expected))
    assert found["shifted by 16 px"].mask == 0
    assert "shifted by 64 px" not in found, "it would leave nothing of the picture"
    assert found["first object dropped"][2:] == (0.5, 0.5)
    assert found["two identities swapped"][2:] == (0.0, 0.0)
    doses = [found[f"shifted by {s} px"].box for s in (1, 2, 4, 8, 16)]
    assert doses == sorted(doses, reverse=True)


def test_boxes_alone_leave_the_mask_score_missing(tmp_path: Path):
    boxes = [[[4, 4, 12, 12], [30, 20, 38, 28] if t < 3 else None] for t in range(4)]
    (tmp_path / "k.json").write_text(json.dumps({"boxes": boxes}))
    found = flashbench.score(squares(), flashbench.read(tmp_path, "k"))
    assert found == ClipScore("k", "2", None, 1.0)
    report = scoring_flashbench.report([found, ClipScore("l", "1", 0.5, 0.5)])
    assert "mask" not in report and report["box"]["overall"] == 0.75


def test_a_report_is_the_mean_of_the_buckets():
    scored = [
        ClipScore("a", "1", 1.0, 1.0),
        ClipScore("b", "1", 0.0, 1.0),
        ClipScore("c", ">5", 1.0, 0.0),
        ClipScore("d", ">5", 1.0, 0.0),
    ]
    report = scoring_flashbench.report(scored)
    assert report["mask"]["overall"] == 0.75 and report["box"]["overall"] == 0.5
    assert report["mask"]["by_bucket"]["1"][0] == 0.5
    low, high = report["mask"]["interval"]
    assert low < 0.75 < high
    alone = scoring_flashbench.report(scored[:3])
    assert alone["mask"]["interval"] is None, "one clip says nothing of how clips vary"
    assert alone["mask"]["by_bucket"][">5"] == [1.0, None, None]


@pytest.mark.parametrize(
    "held",
    [
        {"instances": np.zeros((4, 32, 63), np.uint8)},
        {"instances": np.ones((4, 32, 64), bool)},
        {"instances": np.full((4, 32, 64), np.nan)},
        {"boxes": np.zeros((4, 3, 4))},
        {"x": [1]},
    ],
)
def test_a_prediction_of_another_shape_or_kind_is_refused(tmp_path: Path, held: dict[str, Any]):
    np.savez(tmp_path / "k.npz", **held)
    with pytest.raises(TrajectoryError, match="k: expected"):
        flashbench.score(squares(), flashbench.read(tmp_path, "k"))


def test_one_that_is_missing_or_broken_is_told_of(tmp_path: Path):
    with pytest.raises(TrajectoryError, match="found neither"):
        flashbench.read(tmp_path, "k")
    (tmp_path / "k.json").write_text("{")
    with pytest.raises(TrajectoryError, match="cannot be read"):
        flashbench.read(tmp_path, "k")
    assert Made(None, None) == Made(None, None)
    with pytest.raises(TrajectoryError, match="saw neither"):
        flashbench.score(squares(), Made(None, None))


def test_frechet_distance_of_gaussians_is_the_closed_form():
    rng = np.random.default_rng(0)
    a = rng.normal(0, 1, (200_000, 2)) * [1, 2]
    b = rng.normal(0, 1, (200_000, 2)) * [3, 1] + [1, 0]
    # Of axes apart: the shift, and (s - t)^2 for each axis.
    assert frechet_distance.distance([a], [b]) == pytest.approx(1 + 4 + 1, rel=0.03)
    assert frechet_distance.distance([a], [a]) == pytest.approx(0, abs=1e-6)
    few = rng.normal(0, 1, (3, 50))
    assert frechet_distance.distance([few], [few]) == pytest.approx(0, abs=1e-3), "singular"
    with pytest.raises(frechet_distance.FeatureError, match="two features"):
        frechet_distance.distance([a[:1]], [b])
