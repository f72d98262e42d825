"""What a release shares with a test set: pictures, and sentences on pictures that look alike.

A test set is known by its files only (a PNG and a sentence each), so pictures are compared by their
pixels and by difference hash. One that looks alike is a finding only where the sentence is the same
too: two states of one application look alike, and are two tests.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from corpuswright.quality.grounding.scene_duplicates import HASH_BITS


class ShownTask(NamedTuple):
    """A picture with a sentence: `sha256` of its pixels, `dhash` as for scene duplicates."""

    name: str
    sha256: str
    dhash: str
    text: str


class SharedExample(NamedTuple):
    """A test and what it shares with a training example."""

    test: str
    example: str
    what: str


def overlaps(tests: Iterable[ShownTask], examples: Iterable[ShownTask]) -> list[SharedExample]:
    """Return what is shared, one finding for each pair of a test and a picture of the release."""
    listed = list(tests)
    by_pixels: dict[str, list[ShownTask]] = {}
    by_text: dict[str, list[ShownTask]] = {}
    for t in listed:
        by_pixels.setdefault(t.sha256, []).append(t)
        by_text.setdefault(_fold(t.text), []).append(t)
    found: dict[tuple[str, str], SharedExample] = {}
    for e in examples:
        for t in by_pixels.get(e.sha256, ()):
            found.setdefault((t.name, e.sha256), SharedExample(t.name, e.name, "the same picture"))
        for t in by_text.get(_fold(e.text), ()):
            apart = (int(t.dhash, 16) ^ int(e.dhash, 16)).bit_count()
            if (t.name, e.sha256) not in found and apart <= HASH_BITS * 256:
                found[t.name, e.sha256] = SharedExample(
                    t.name, e.name, "a like picture, same sentence"
                )
    return sorted(found.values())


def _fold(text: str) -> str:
    return " ".join(text.casefold().split())
