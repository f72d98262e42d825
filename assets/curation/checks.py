"""What must hold of a curated partition before its shards are written."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pyarrow as pa

from corpuswright.assets.builds.release import partition_records
from corpuswright.assets.builds.steps import (
    EXPECTATIONS,
    SOMETHING_KEPT,
    TEST_SETS,
    Check,
    CheckResult,
)
from corpuswright.assets.curation import rejections
from corpuswright.assets.curation.build import CurationBuild
from corpuswright.assets.curation.rejections import Overlap
from corpuswright.quality.reports.expectations import Finding
from corpuswright.storage import disk
from corpuswright.storage.records import canonical

WARNS = "dense_words"  # of a few captions it may be anything
SHOWN = 20  # overlaps that are named in the log


def of(
    table: str,
    held_out: Callable[[CurationBuild], int],
    overlaps: Callable[[CurationBuild, str], Sequence[Overlap]],
    examined: Callable[[CurationBuild, str], Sequence[Finding]],
) -> tuple[Check[CurationBuild], ...]:
    """Return the three checks of a step that decides what is kept.

    Args:
        table: The step's.
        held_out: How many units of test sets are kept out.
        overlaps: What is kept of a partition and is like one of these; every pair is looked at.
        examined: What Great Expectations finds on a partition's aggregates.
    """

    def something_kept(build: CurationBuild, partitions: Sequence[str]) -> CheckResult:
        kept = sum(rejections.kept(build.table(p, table)).num_rows for p in partitions)
        return CheckResult(kept > 0, {"kept_samples": kept})

    def kept_out(build: CurationBuild, partitions: Sequence[str]) -> CheckResult:
        found = [o for p in partitions for o in overlaps(build, p)]
        for o in found[:SHOWN]:
            how = f"corpuswright delete {build.name} --key {o.key}"
            build.log(f"{build.name}: {o.key} is like {o.test}: {how}")
        return CheckResult(not found, {"tests": held_out(build), "overlaps": len(found)})

    def expected(build: CurationBuild, partitions: Sequence[str]) -> CheckResult:
        return judged([f for p in partitions for f in _kept(build, p, examined(build, p))])

    return (
        Check(SOMETHING_KEPT, "Something is kept of the partitions.", something_kept),
        Check(TEST_SETS, "Nothing that is kept is like something of a test set.", kept_out),
        Check(EXPECTATIONS, "Aggregates of what is kept lie where they are expected.", expected),
    )


def judged(found: Sequence[Finding]) -> CheckResult:
    """Return what findings say; a caption's length only warns."""
    wrong = [f for f in found if not f.held]
    seen = {"asked": len(found), **{f.expectation: str(f.seen) for f in wrong}}
    return CheckResult(not wrong, seen, all(WARNS in f.expectation for f in wrong))


def _kept(build: CurationBuild, partition: str, found: Sequence[Finding]) -> Sequence[Finding]:
    """Keep findings for the next release's report."""
    plain = canonical([f._asdict() for f in found]).encode() + b"\n"
    with disk.writer_lock(build.store):
        disk.write_file(build.store, build.work(partition) / "expectations.json", plain)
    return found


def tables(build: CurationBuild, name: str) -> list[pa.Table]:
    """Return the tables of a step, of all partitions that have a record and one."""
    records = partition_records(build.store, build.name)
    found = [build.table(p, name) for p in records if build.path(p, name).exists()]
    # One that an older version has left says it otherwise, and shows nothing.
    return [t for t in found if set(rejections.COLUMNS) <= set(t.column_names)]
