"""Macro means with bootstrap intervals, alone and paired."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

RESAMPLES = 10_000  # the interval's ends then vary by about 0.1 points between seeds
CONFIDENCE = 0.95


class Estimate(NamedTuple):
    """A mean, and the ends of its 95 % interval.

    These are None where a group has one value: nothing is known of how such values vary.
    """

    mean: float
    low: float | None
    high: float | None

    @property
    def interval(self) -> list[float] | None:
        """Both ends, or None."""
        return None if self.low is None or self.high is None else [self.low, self.high]


def told(interval: Sequence[float] | None, form: str = ".1f") -> str:
    """Return an interval of shares in percent, as a person reads it."""
    if interval is None:
        return "no interval, from one value in a group"
    return f"{100 * interval[0]:{form}} to {100 * interval[1]:{form}}"


def macro_mean(groups: Mapping[str, Sequence[float]], seed: int = 0) -> Estimate:
    """Return the mean of the groups' means; each resample draws within the groups.

    Differences of two systems on the same samples, passed as values, give the paired comparison.
    Groups without values are left out, not counted as zero.

    Raises:
        ValueError: No group has a value.
    """
    values = [np.asarray(v, np.float64) for _, v in sorted(groups.items()) if len(v)]
    if not values:
        raise ValueError("expected at least one value, saw none")
    rng = np.random.default_rng(seed)
    means = np.zeros(RESAMPLES)
    for v in values:
        means += v[rng.integers(0, len(v), (RESAMPLES, len(v)))].mean(axis=1) / len(values)
    mean = float(np.mean([v.mean() for v in values]))
    if min(map(len, values)) < 2:
        return Estimate(mean, None, None)
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(means, (tail, 1 - tail))
    return Estimate(mean, float(low), float(high))
