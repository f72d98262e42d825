"""What became of releases that are there no more: `<corpus>/removed.json`, by plan hash.

It names no sample and nobody: a take-down leaves no trace of whom it was for.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

from corpuswright.storage import disk
from corpuswright.storage.records import Release, canonical

TAKE_DOWN = "a take-down removed it"
SWEPT = "it was swept as an old one"


class Removed(NamedTuple):
    """Why a release is gone, and how many samples it had."""

    why: str
    samples: int


def load(store: Path, corpus: str) -> dict[str, Removed]:
    """Return what was removed of a corpus, by plan hash."""
    try:
        plain: dict[str, list[object]] = json.loads(_path(store, corpus).read_text())
    except FileNotFoundError:
        return {}
    return {plan: Removed(str(why), int(str(n))) for plan, (why, n) in plain.items()}


def note(store: Path, made: Release, why: str) -> None:
    """Note that a release is about to be removed; call with the writer lock held."""
    held = sum(s.samples for s in made.shards)
    known = {**load(store, made.corpus), made.plan: Removed(why, held)}
    text = canonical({plan: list(r) for plan, r in sorted(known.items())})
    disk.write_file(store, _path(store, made.corpus), text.encode() + b"\n")


def told(store: Path, corpus: str, beginning: str) -> str:
    """Return what is known of removed releases whose plan hash begins so; empty if nothing."""
    found = [(p, r) for p, r in load(store, corpus).items() if p.startswith(beginning)]
    return "; ".join(f"{plan} is gone: {r.why} ({r.samples} samples)" for plan, r in found)


def _path(store: Path, corpus: str) -> Path:
    return store / corpus / "removed.json"
