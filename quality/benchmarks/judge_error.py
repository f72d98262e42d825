"""How often a judge of pictures is wrong, and what a score is once that is known.

A judge is asked about documents whose answers are known, of both polarities. Of what is not so, the
share it says yes to (false yes); of what is so, the share it says no to (false no). A benchmark
whose right answers are all yes cannot tell the first: a judge that always says yes has 100 %.

From these rates and a judge's answers about other pictures, the score without its errors follows:
for n questions of an image, t of them truly wrong, the judge calls wrong Binomial(n - t, false no)
+ Binomial(t, 1 - false yes) of them; the distribution of t over images is what makes the seen
counts likeliest (EM), and the score its mean cost.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

Z = 1.959964  # of a 95 % interval
# What is left of a judge's answers once its errors are taken off; below, a score says nothing.
LEAST_INFORMATION = 0.1
ROUNDS = 200  # of EM; the mean cost moves by less than 1e-3 in the last half
RESAMPLES = 200  # of an interval: its ends vary by about a tenth of its length


class Rate(NamedTuple):
    """A share of answers: how many, of how many."""

    wrong: int
    of: int

    @property
    def share(self) -> float | None:
        """The share; None where there was nothing to be wrong about."""
        return self.wrong / self.of if self.of else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95 % interval of the share (Wilson); None where there is no share."""
        if not self.of:
            return None
        n, p = self.of, self.wrong / self.of
        middle = (p + Z * Z / (2 * n)) / (1 + Z * Z / n)
        half = Z / (1 + Z * Z / n) * math.sqrt(p * (1 - p) / n + Z * Z / (4 * n * n))
        return max(0.0, middle - half), min(1.0, middle + half)

    def __add__(self, other: object) -> Rate:
        if not isinstance(other, Rate):
            return NotImplemented
        return Rate(self.wrong + other.wrong, self.of + other.of)


class JudgeError(NamedTuple):
    """A judge's two rates of error."""

    false_yes: Rate
    false_no: Rate

    @property
    def information(self) -> float | None:
        """What its answers tell, 1 for a perfect judge, 0 for one that guesses or never looks."""
        yes, no = self.false_yes.share, self.false_no.share
        return None if yes is None or no is None else 1.0 - yes - no


def measure(pairs: Sequence[tuple[bool, bool | None]]) -> JudgeError:
    """Return the rates of a judge from (what is so, what it says); no answer is no."""
    so = [said for right, said in pairs if right]
    not_so = [said for right, said in pairs if not right]
    return JudgeError(
        Rate(sum(bool(s) for s in not_so), len(not_so)), Rate(sum(not s for s in so), len(so))
    )


def refusal(error: JudgeError) -> str:
    """Return why nothing can be made of a judge's answers; empty if something can."""
    yes, no = error.false_yes.share, error.false_no.share
    if yes is None or no is None:
        return "it was asked nothing of one polarity"
    if yes >= 0.9 and no <= 0.1:
        return f"it says yes to {yes:.0%} of what is not so: it says yes to everything"
    if no >= 0.9 and yes <= 0.1:
        return f"it says no to {no:.0%} of what is so: it says no to everything"
    if 1 - yes - no < LEAST_INFORMATION:
        return f"it is wrong as often as chance: yes to {yes:.0%} of what is not so, no to {no:.0%}"
    return ""


def corrected(seen: Sequence[int], questions: int, cost: float, error: JudgeError) -> float:
    """Return the mean score without the judge's errors, 0 to 1.

    Args:
        seen: For each image, how many of its questions the judge answered by no.
        questions: Of each image.
        cost: Of an error; a score is max(0, 1 - cost * errors).
        error: The judge's.

    Raises:
        ValueError: Nothing can be made of its answers.
    """
    if why := refusal(error):
        raise ValueError(why)
    yes, no = error.false_yes.share, error.false_no.share
    assert yes is not None and no is not None
    return _mean(np.bincount(seen, minlength=questions + 1), questions, cost, yes, no)


class Corrected(NamedTuple):
    """A score without a judge's errors, and the ends of its 95 % interval."""

    score: float
    low: float
    high: float


def corrected_with_interval(
    seen: Sequence[int], questions: int, cost: float, error: JudgeError, seed: int = 0
) -> Corrected:
    """Return `corrected` with an interval: images and the judge's own trial are drawn anew."""
    score = corrected(seen, questions, cost, error)
    rng = np.random.default_rng(seed)
    drawn: list[float] = []
    for _ in range(RESAMPLES):
        again = rng.choice(np.asarray(seen), len(seen))
        # Beta(k + 1/2, n - k + 1/2): what a rate may be after k of n (Jeffreys).
        yes, no = (
            float(rng.beta(r.wrong + 0.5, r.of - r.wrong + 0.5))
            for r in (error.false_yes, error.false_no)
        )
        if 1 - yes - no >= LEAST_INFORMATION / 2:
            counts = np.bincount(again, minlength=questions + 1)
            drawn.append(_mean(counts, questions, cost, yes, no))
    low, high = np.quantile(drawn, (0.025, 0.975)) if drawn else (0.0, 1.0)
    return Corrected(score, min(float(low), score), max(float(high), score))


def _mean(counts: NDArray[np.int64], n: int, cost: float, yes: float, no: float) -> float:
    chance = _chances(n, yes, no)
    weights = np.full(n + 1, 1.0 / (n + 1))
    total = counts.sum()
    for _ in range(ROUNDS):
        mixed = np.maximum(chance @ weights, 1e-300)
        weights = weights * (chance.T @ (counts / mixed)) / total
    scores = np.maximum(0.0, 1.0 - cost * np.arange(n + 1))
    return float(weights @ scores)


def _chances(n: int, yes: float, no: float) -> Floats:
    """Return P(seen errors | true errors), rows by seen, columns by true."""
    out = np.zeros((n + 1, n + 1))
    for t in range(n + 1):
        out[:, t] = np.convolve(_binomial(n - t, no), _binomial(t, 1 - yes))
    return out


def _binomial(n: int, p: float) -> Floats:
    return np.array([math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(n + 1)])
