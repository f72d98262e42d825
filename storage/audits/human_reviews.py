"""What people said of kept tasks, and the error of a release that follows from it.

The tasks to look at are the first of an order that a hash of their keys decides: a random sample,
the same on every machine, of which a longer review only takes more. A verdict holds for the content
it was given on: it stays with a task through later releases until sentence, regions or pixels
change. `<corpus>/reviews.jsonl` holds one verdict a line, newest last.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from corpuswright.storage import disk
from corpuswright.storage.keys import sha256
from corpuswright.storage.loaders.loader import Example, examples
from corpuswright.storage.records import Json, Release, from_json, to_json
from corpuswright.storage.releases import manifest
from corpuswright.storage.samples import read_record

SAMPLES = 300  # no error seen in 300 bounds the rate below 1.3 % with 95 % confidence
CONFIDENCE = 0.95

# What a task can be rejected for, by the key that a reviewer presses.
REASONS: Mapping[str, str] = {
    "1": "wrong_place",
    "2": "wrong_sentence",
    "3": "more_than_one_match",
    "4": "not_to_be_seen",
    "5": "other",
}


@dataclass(frozen=True, slots=True)
class ReviewVerdict:
    """One person's verdict on one task; `reason` is empty where it was accepted."""

    task: str
    content: str
    reason: str


class Audit(NamedTuple):
    """The error of a release as people found it: `rejected` of `reviewed`, with its interval.

    `low` and `high` bound the share of wrong tasks with 95 % confidence: the exact interval of
    Clopper and Pearson (Biometrika 26, 1934), which never promises more than it holds.
    """

    reviewed: int
    rejected: int
    low: float
    high: float
    reasons: Mapping[str, int]

    def plain(self) -> Json:
        """Return the audit as `audit.json` holds it."""
        return {
            "reviewed": self.reviewed,
            "rejected": self.rejected,
            "error": self.rejected / self.reviewed,
            "interval": [self.low, self.high],
            "confidence": CONFIDENCE,
            "reasons": dict(self.reasons),
        }

    def __str__(self) -> str:
        why = ", ".join(f"{n} {r}" for r, n in self.reasons.items())
        share = f"{self.rejected / self.reviewed:.1%} wrong"
        return (
            f"{self.reviewed} tasks reviewed by people, {self.rejected} rejected: {share}, "
            f"{self.low:.1%} to {self.high:.1%} with {CONFIDENCE:.0%} confidence"
            + (f" ({why})" if why else "")
        )


def sample(store: Path, made: Release, number: int = SAMPLES) -> list[str]:
    """Return the keys of the `number` tasks of a release that are to be reviewed, in order."""
    kept = (o.key for o in manifest.outcomes(store, made) if o.unit == "task" and not o.reason)
    return sorted(kept, key=lambda key: sha256(f"review {key}".encode()))[:number]


def content(example: Example) -> str:
    """Return the hash of all that a verdict on this task is given on."""
    parts = [to_json(example.task), *(sha256(d) for _, d in sorted(example.media.items()))]
    return sha256("\n".join(parts).encode())


def example(store: Path, made: Release, task: str) -> Example:
    """Return one task of a release; raises LookupError if it does not hold it."""
    record = read_record(store, made, task[:-3])
    for found in examples(record) if record else ():
        if found.key == task:
            return found
    raise LookupError(f"{task!a} is not in release {made.plan}")


def load(store: Path, corpus: str) -> dict[str, ReviewVerdict]:
    """Return the newest verdict on each task."""
    try:
        lines = _path(store, corpus).read_text().splitlines()
    except FileNotFoundError:
        return {}
    return {v.task: v for v in (from_json(ReviewVerdict, line) for line in lines)}


def give(store: Path, corpus: str, verdict: ReviewVerdict) -> None:
    """Keep a verdict; it takes the place of an older one on the same task."""
    _save(store, corpus, {**load(store, corpus), verdict.task: verdict}.values())


def forget(store: Path, corpus: str, gone: Callable[[str], bool]) -> None:
    """Drop the verdicts on tasks whose key is `gone`."""
    held = load(store, corpus)
    left = [v for v in held.values() if not gone(v.task)]
    if len(left) != len(held):
        _save(store, corpus, left)


def audit(store: Path, made: Release) -> Audit | None:
    """Return the audited error of a release; None while nothing of its sample was reviewed.

    Only the beginning of the order counts, up to the first task without a verdict on what it holds
    now: whoever skips what is hard to judge must not make the figure better.
    """
    held = load(store, made.corpus)
    if not held:
        return None
    reasons = list(_in_order(store, made, held))
    if not reasons:
        return None
    from scipy.stats import binomtest  # takes the better part of a second to import

    wrong = Counter(r for r in reasons if r)
    found = binomtest(wrong.total(), len(reasons)).proportion_ci(CONFIDENCE, method="exact")
    return Audit(
        len(reasons),
        wrong.total(),
        float(found.low),
        float(found.high),
        dict(sorted(wrong.items())),
    )


def pending(store: Path, made: Release, tasks: Sequence[str]) -> list[str]:
    """Return those of `tasks` that have no verdict on what they hold now."""
    held = load(store, made.corpus)
    return [t for t in tasks if not _holds(store, made, held.get(t))]


def _in_order(store: Path, made: Release, held: Mapping[str, ReviewVerdict]) -> Iterator[str]:
    for task in sample(store, made, len(held)):
        verdict = held.get(task)
        if verdict is None or not _holds(store, made, verdict):
            return
        yield verdict.reason


def _holds(store: Path, made: Release, verdict: ReviewVerdict | None) -> bool:
    return verdict is not None and content(example(store, made, verdict.task)) == verdict.content


def _path(store: Path, corpus: str) -> Path:
    return store / corpus / "reviews.jsonl"


def _save(store: Path, corpus: str, verdicts: Iterable[ReviewVerdict]) -> None:
    text = "".join(to_json(v) + "\n" for v in verdicts)
    disk.write_file(store, _path(store, corpus), text.encode())
