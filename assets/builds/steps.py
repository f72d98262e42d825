"""A step of a corpus: what it is called, what it does, and what must hold after it.

A corpus lists its steps in order. Dagster shows each as an asset; from Python they are taken one
after another, and the release is made at the end:

    build = CORPUS.engine.open(CORPUS, BuildOptions(out="corpora", samples=100), print)
    for step in CORPUS.steps:
        step.run(build, "000")
    release = CORPUS.engine.publish(build, {})  # {}: what a run says of itself, such as its id
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeVar

from corpuswright.assets.builds.reports import Report

B = TypeVar("B")

# Pools: at most one such step at a time on one machine (`concurrency.pools` in dagster.yaml).
BROWSER = "browser"  # a Chromium takes 1 to 2 GiB and all cores it can get
SPARK = "spark"  # a JVM takes 1.5 GiB
BLENDER = "blender"  # path tracing takes all cores

SOMETHING_KEPT = "something_is_kept"
EXPECTATIONS = "expectations_hold"
TEST_SETS = "test_sets_kept_out"


class CheckResult(NamedTuple):
    """What a check found.

    Attributes:
        passed: Whether the property holds.
        seen: Figures and names that say so.
        warns: Whether a failure is to be told of only, and stops nothing.
    """

    passed: bool
    seen: Mapping[str, Any]
    warns: bool = False


@dataclass(frozen=True, slots=True)
class Check(Generic[B]):
    """A property that must hold after a step, or nothing is released.

    Attributes:
        name: The property, such as `something_is_kept`.
        about: What it says, for whoever sees it fail.
        run: An open build and the partitions that the step was taken on → what was found.
    """

    name: str
    about: str
    run: Callable[[B, Sequence[str]], CheckResult]


@dataclass(frozen=True, slots=True)
class Step(Generic[B]):
    """One step of a corpus, taken on one partition of a build; can be repeated.

    Attributes:
        name: Of the state that is reached: the asset's name.
        about: What is there then; the asset's description.
        run: An open build and a partition → what was done.
        kinds: What it works with, as Dagster has badges: `playwright`, `spark`, `blender`.
        counts: What its report counts, such as `page`, `image`.
        pool: Of steps that wait for each other on one machine; None for one that waits for none.
        versions: Names in the corpus's `versions` whose bump makes its results stale.
        checks: What must hold after it.
    """

    name: str
    about: str
    run: Callable[[B, str], Report]
    kinds: frozenset[str]
    counts: str
    pool: str | None = None
    versions: tuple[str, ...] = ()
    checks: tuple[Check[B], ...] = ()
