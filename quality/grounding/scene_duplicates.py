"""Scenes that show the same thing twice: a set check over what is to be released.

Two scenes of different pages are near duplicates when they show almost the same words in the same
roles and their pictures agree coarsely. The first in key order stays, so the verdict on a key
depends on earlier keys only and a longer release contains the shorter one.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from PIL import Image

from corpuswright.storage.records import Element, Rejection, Scene

VERSION = 1  # bump when a verdict can change

# Thresholds of ours, set on the gentelella pages: its error pages (403, 404, 500) differ in a few
# words and share 55 to 70 % of them; two settings of one template share above 90 %.
SHARED_WORDS = 0.9
HASH_BITS = 0.1  # of 256: the share of differing bits below which two pictures agree coarsely


PLACE = 16  # px: two clips whose things begin and end as near as that show the same motion


class Print(NamedTuple):
    """What is compared of a scene: page, words with roles, and a 256-bit difference hash (hex)."""

    key: str
    page: str
    words: tuple[str, ...]
    dhash: str


def print_of(key: str, page: str, scene: Scene, image: Image.Image) -> Print:
    """Return the print of a scene and its picture."""
    words = sorted({_word(e) for e in scene.elements if e.name or e.text})
    return Print(key, page, tuple(words), difference_hash(image))


def _word(e: Element) -> str:
    said = f"{e.role}:{e.name or e.text}"
    path: list[list[float]] = e.attributes.get("path", ())
    # What moves otherwise is something else, however its first frame looks.
    return said + "".join(f" {x // PLACE},{y // PLACE}" for _, x, y, _ in (path[:1] + path[-1:]))


def difference_hash(image: Image.Image) -> str:
    """Return the 16 x 16 horizontal difference hash as 64 hex digits."""
    small = np.asarray(image.convert("L").resize((17, 16), Image.Resampling.BILINEAR)).astype(int)
    return np.packbits(small[:, 1:] > small[:, :-1]).tobytes().hex()


def check_set(prints: Iterable[Print]) -> dict[str, Rejection]:
    """Return the rejections by key; `prints` in key order."""
    kept: list[tuple[Print, frozenset[str], int]] = []
    rejected: dict[str, Rejection] = {}
    for p in prints:
        words, bits = frozenset(p.words), int(p.dhash, 16)
        twin = next(
            (
                k.key
                for k, other, theirs in kept
                if k.page != p.page
                and len(words & other) >= SHARED_WORDS * max(len(words | other), 1)
                and (bits ^ theirs).bit_count() <= HASH_BITS * 256
            ),
            None,
        )
        if twin is None:
            kept.append((p, words, bits))
        else:
            rejected[p.key] = Rejection("near_duplicate", twin)
    return rejected
