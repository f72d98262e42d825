"""How long each stage of a corpus took on this machine; outside the deterministic bytes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from corpuswright.storage import disk
from corpuswright.storage.records import canonical


class StageTime(NamedTuple):
    """Units a stage has worked on, and the seconds that took with as many workers as there were."""

    units: int
    seconds: float


def path(store: Path, corpus: str) -> Path:
    """Return where it is noted."""
    return store / corpus / "pace.json"


def read(store: Path, corpus: str) -> Mapping[str, StageTime]:
    """Return the pace of each stage that has worked."""
    file = path(store, corpus)
    plain = json.loads(file.read_text()) if file.exists() else {}
    return {stage: StageTime(*found) for stage, found in plain.items()}


def note(store: Path, corpus: str, stage: str, units: int, seconds: float) -> None:
    """Add what a stage has done."""
    known = dict(read(store, corpus))
    before = known.get(stage, StageTime(0, 0.0))
    known[stage] = StageTime(before.units + units, round(before.seconds + seconds, 3))
    disk.write_file(store, path(store, corpus), canonical(known).encode())
