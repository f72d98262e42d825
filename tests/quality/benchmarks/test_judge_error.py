"""Error rates of judges, and scores without them, against simulated judges."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from corpuswright.quality.benchmarks import judge_error
from corpuswright.quality.benchmarks.judge_error import JudgeError, Rate


def simulated(rng: np.random.Generator, right: Any, yes: float, no: float) -> Any:
    """Return what a judge says: yes to what is not so with a chance, no to what is so with one."""
    wrong = rng.uniform(size=right.shape)
    return np.where(right, wrong >= no, wrong < yes)


@pytest.mark.parametrize("yes, no", [(0.0, 0.0), (0.05, 0.1), (0.3, 0.05), (0.2, 0.3)])
@pytest.mark.parametrize("skill", [0.35, 0.9])
def test_a_corrected_score_is_the_true_one(yes: float, no: float, skill: float):
    rng = np.random.default_rng([int(yes * 100), int(no * 100), int(skill * 100)])
    trial = rng.uniform(size=4000) < 0.5
    said = simulated(rng, trial, yes, no)
    error = judge_error.measure(list(zip(trial.tolist(), said.tolist(), strict=True)))
    hits = 0
    for _ in range(4):
        # Images differ in how good they are: errors of one image are not independent.
        skills = np.clip(rng.normal(skill, 0.15, size=(120, 1)), 0.02, 0.98)
        right = rng.uniform(size=(120, 10)) < skills
        true = float(np.maximum(0, 1 - 0.2 * (~right).sum(axis=1)).mean())
        said = simulated(rng, right, yes, no)
        seen = (~said).sum(axis=1).tolist()
        found = judge_error.corrected_with_interval(seen, 10, 0.2, error)
        assert found.low <= found.score <= found.high
        assert abs(found.score - true) < 0.15
        hits += found.low <= true <= found.high
    assert hits >= 3


def test_a_perfect_judge_changes_nothing():
    error = JudgeError(Rate(0, 100), Rate(0, 100))
    seen = [0, 1, 2, 3, 10, 7]
    raw = np.mean([max(0, 1 - 0.1 * s) for s in seen])
    assert judge_error.corrected(seen, 20, 0.1, error) == pytest.approx(raw, abs=1e-6)


@pytest.mark.parametrize(
    "wrong_yes, wrong_no, said",
    [(100, 0, "yes to everything"), (0, 100, "no to everything"), (50, 50, "as often as chance"),
     (95, 3, "yes to everything")],
)  # fmt: skip
def test_a_judge_that_does_not_look_is_refused(wrong_yes: int, wrong_no: int, said: str):
    error = JudgeError(Rate(wrong_yes, 100), Rate(wrong_no, 100))
    assert said in judge_error.refusal(error)
    with pytest.raises(ValueError, match=said):
        judge_error.corrected([1, 2], 10, 0.2, error)


def test_what_was_not_asked_is_missing():
    error = judge_error.measure([(True, True), (True, None)])
    assert error.false_yes.share is None and error.false_yes.interval is None
    assert error.false_no == Rate(1, 2)
    assert judge_error.refusal(error)


def test_intervals_hold_their_rates():
    rng = np.random.default_rng(3)
    held = 0
    for _ in range(300):
        p = rng.uniform(0.01, 0.6)
        low, high = Rate(int(rng.binomial(200, p)), 200).interval or (1.0, 0.0)
        held += low <= p <= high
    assert held >= 0.92 * 300
