"""Identity and seeds: keys come from content, seeds from keys, nothing from a counter or a clock.

A key is `<corpus>-<source>-<variant>`; a task's key appends `-<nn>`. `<source>` is the first 12 hex
digits of the sha256 of the source's URI relative to its root, so adding a page moves no other key,
and keys in order are in hash order: the first 10,000 of a corpus are a subset of its first 100,000.
Keys hold no dot, since WebDataset ends the key at the first one.
"""

from __future__ import annotations

import hashlib
import re
from typing import NamedTuple

import numpy as np

CORPUS = re.compile(r"[a-z][a-z0-9_]*\Z")
_KEY = re.compile(r"([a-z][a-z0-9_]*)-([0-9a-f]{12}|[0-9]{8})-([0-9]{4})(?:-([0-9]{2}))?\Z")


class KeyParts(NamedTuple):
    """The parts of a key; `task` is None for a sample's key."""

    corpus: str
    source: str
    variant: int
    task: int | None


def sha256(data: bytes | str) -> str:
    """Return the lower-case hex sha256 of `data` (text as UTF-8)."""
    return hashlib.sha256(data.encode() if isinstance(data, str) else data).hexdigest()


def source_id(uri: str) -> str:
    """Return the 12 hex digits that stand for a source in keys; `uri` is relative to its root."""
    return sha256(uri)[:12]


def sample_key(corpus: str, source: str | int, variant: int) -> str:
    """Return a sample's key; an integer `source` is for corpora that have no source.

    Raises:
        ValueError: A part is out of its range; the message says which.
    """
    part = f"{source:08d}" if isinstance(source, int) else source
    key = f"{corpus}-{part}-{variant:04d}"
    parse(key)
    return key


def task_key(key: str, number: int) -> str:
    """Return the key of task `number` (0 to 99) of the sample `key`."""
    out = f"{key}-{number:02d}"
    parse(out)
    return out


def parse(key: str) -> KeyParts:
    """Return the parts of `key`.

    Raises:
        ValueError: `key` is not of the form.
    """
    m = _KEY.match(key)
    if m is None:
        raise ValueError(
            f"expected a key <corpus>-<12 hex or 8 digits>-<4 digits>[-<2 digits>], saw {key!r}"
        )
    task = None if m[4] is None else int(m[4])
    return KeyParts(m[1], m[2], int(m[3]), task)


def seed(corpus: str, stage: str, version: int, key: str) -> int:
    """Return the 64-bit seed of one unit in one stage.

    A stage's version is bumped by hand when its output changes, so a new grammar reshuffles no
    scene.
    """
    text = "\x1f".join((corpus, stage, str(version), key))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def generator(corpus: str, stage: str, version: int, key: str) -> np.random.Generator:
    """Return numpy's PCG64 generator for one unit in one stage (stable across platforms)."""
    return np.random.Generator(np.random.PCG64(seed(corpus, stage, version, key)))
