"""Perceptual prints of pictures that were taken down: so that no other encoding brings one back.

Bytes tell one file, a print tells a picture, however it was encoded or resized. Prints alone are
kept, 32 bytes each: no thumbnail, no key and no name; what was taken down cannot be seen in them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from corpuswright.storage import disk
from corpuswright.storage.records import canonical

BYTES = 32  # of a print (`quality.images.perceptual_hash`)


def load(store: Path, corpus: str) -> NDArray[np.uint8]:
    """Return the (N, 32) prints of what was taken down from a corpus; none before the first."""
    try:
        found = json.loads(_path(store, corpus).read_text())
    except FileNotFoundError:
        found = []
    return np.frombuffer(bytes.fromhex("".join(found)), np.uint8).reshape(-1, BYTES)


def add(store: Path, corpus: str, prints: Iterable[bytes]) -> None:
    """Keep more prints; call with the writer lock held."""
    had = {row.tobytes() for row in load(store, corpus)}
    every = sorted(p.hex() for p in had | set(prints))
    if every:
        disk.write_file(store, _path(store, corpus), canonical(every).encode())


def _path(store: Path, corpus: str) -> Path:
    return store / corpus / "withdrawn_prints.json"
