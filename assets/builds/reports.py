"""What a step did, for a log line and for Dagster."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from corpuswright.storage.records import Release


class Report(NamedTuple):
    """What a step did, for a log line and for Dagster's metadata."""

    step: str
    made: int
    kept: int
    reasons: Mapping[str, int]
    seconds: float


def summed(reports: Sequence[Report]) -> Report:
    """Return one report for a step that was taken on several partitions."""
    reasons: dict[str, int] = {}
    for report in reports:
        for reason, number in report.reasons.items():
            reasons[reason] = reasons.get(reason, 0) + number
    made, kept = sum(r.made for r in reports), sum(r.kept for r in reports)
    return Report(reports[0].step, made, kept, reasons, sum(r.seconds for r in reports))


class Deleted(NamedTuple):
    """What a deletion took away, and the release that stands now.

    `samples` were in the newest release; `scenes` were planned, made or not.
    """

    samples: int
    scenes: int
    pages: int
    releases: int
    made: Release | None
