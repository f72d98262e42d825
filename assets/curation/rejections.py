"""What a step of curation says of each row: which stage drops it, why, and the value seen.

A table carries that in the columns `stage`, `reason` (empty for what stays) and `value`.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import pyarrow as pa

from corpuswright.assets.builds.reports import Report
from corpuswright.storage import keys
from corpuswright.storage.media import captions
from corpuswright.storage.records import Outcome
from corpuswright.storage.releases import manifest

Verdict = tuple[str, str, str]  # stage, reason, value; empty for what stays
REASON = "reason"
COLUMNS = ("stage", REASON, "value")
MARK = "test:"  # before the name of a test's image or sentence, where others have a key
NEAR = "near_duplicate"
IN_TEST_SET = "in_test_set"
OF_TEST_VIDEO = "video_in_test_set"  # why a clip stays out whose video has another one in a test
# Why a clip goes with what it is like, when that is taken back.
LIKE = (IN_TEST_SET, OF_TEST_VIDEO)


def replaced(table: pa.Table, verdicts: Sequence[Verdict]) -> pa.Table:
    """Return a table with what drops each row, in place of what an earlier step has said."""
    table = table.drop_columns([c for c in COLUMNS if c in table.column_names])
    for place, name in enumerate(COLUMNS):
        table = table.append_column(name, pa.array([v[place] for v in verdicts], pa.string()))
    return table


def with_columns(
    table: pa.Table, cells: Sequence[Mapping[str, object]], schema: pa.Schema
) -> pa.Table:
    """Return a table with further columns, a cell of each for every row."""
    for field in schema:
        values = pa.array([c[field.name] for c in cells], field.type)
        table = table.append_column(field, values)
    return table


def wanted(table: pa.Table, samples: int | None, step: str) -> tuple[pa.Table, list[Verdict]]:
    """Return rows with those beyond the samples wanted dropped, and what is said of each.

    Args:
        table: In the order in which rows are taken.
        samples: How many are wanted; None for all.
        step: What drops the others.
    """
    said = verdicts(table)
    left = [n for n, (_, reason, _) in enumerate(said) if not reason]
    for n in left[samples:] if samples is not None else ():
        said[n] = (step, "beyond_samples", f"{samples} wanted")
    return replaced(table, said), said


def report(step: str, made: int, verdicts: Sequence[Verdict], start: float) -> Report:
    """Return what a step has done: how many rows stay, and what drops the others."""
    reasons = Counter(reason for _, reason, _ in verdicts if reason)
    kept = sum(not reason for _, reason, _ in verdicts)
    return Report(step, made, kept, dict(sorted(reasons.items())), time.monotonic() - start)


def outcomes(table: pa.Table) -> Iterator[Outcome]:
    """Yield how each input ended, and each caption of one that is kept."""
    columns = ("key", "uri", *COLUMNS, "captions")
    for key, uri, stage, reason, value, cell in zip(
        *(table.column(c).to_pylist() for c in columns), strict=True
    ):
        ending = manifest.REJECTED if reason else manifest.KEPT
        yield Outcome(key, uri, "scene", uri, stage or "shards", ending, reason, value)
        for c in captions.load(cell) if not reason else ():
            ending = manifest.REJECTED if c.reason else manifest.KEPT
            task = keys.task_key(key, c.number)
            yield Outcome(task, key, "task", uri, "captioned", ending, c.reason, c.value)


def verdicts(table: pa.Table) -> list[Verdict]:
    """Return a table's verdicts."""
    return list(zip(*(table.column(c).to_pylist() for c in COLUMNS), strict=True))


def kept(table: pa.Table) -> pa.Table:
    """Return the rows that nothing drops."""
    stays = [not d for d in table.column(REASON).to_pylist()]
    return table.filter(pa.array(stays, pa.bool_()))


def dropped(table: pa.Table) -> dict[str, tuple[int, str, str]]:
    """Return how many inputs each reason has dropped, with one of them and what was seen."""
    columns = (table.column(c).to_pylist() for c in (REASON, "uri", "value"))
    rows = [r for r in zip(*columns, strict=True) if r[0]]
    counted = Counter(r[0] for r in rows)
    first = {reason: (uri, value) for reason, uri, value in reversed(rows)}
    return {reason: (n, *first[reason]) for reason, n in counted.most_common()}


def caption_words(table: pa.Table) -> dict[str, list[int]]:
    """Return, by kind, how many words each caption has that is kept, of images that are kept."""
    words: dict[str, list[int]] = {}
    for cell in kept(table).column("captions").to_pylist():
        for c in captions.load(cell):
            if not c.reason:
                words.setdefault(c.kind, []).append(len(c.text.split()))
    return words


def duplicate_rejection(other: str) -> tuple[str, str]:
    """Return reason and value of an image that another one stands for."""
    if other.startswith(MARK):
        return IN_TEST_SET, other.removeprefix(MARK)
    return NEAR, other


class Overlap(NamedTuple):
    """A kept image and the test's that it is like."""

    key: str
    test: str
