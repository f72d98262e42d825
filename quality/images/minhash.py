"""Captions that say the same: MinHash signatures meet by bands, exact Jaccard decides.

Web text is usually cut into 5-word shingles, of which one changed word takes five: a caption of 109
words with three words changed is 0.75 alike by them, 0.85 by the 3-word shingles used here. Two
texts of Jaccard s share one of b bands of r hashes at least with probability 1 - (1 - s^r)^b
(Leskovec, Rajaraman, Ullman, *Mining of Massive Datasets*, 3.4.2): with 32 bands of 4, 0.9998 at
0.7, which is where we draw the line.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

VERSION = 1  # bump when a signature comes out otherwise

SHINGLE = 3  # words
BANDS, ROWS = 32, 4
ALIKE = 0.7  # Jaccard from which on two captions say the same: 12 words of 109 changed, scattered
_WORDS = re.compile(r"\w+")

Hashes = NDArray[np.uint64]


def shingles(text: str, words: int = SHINGLE) -> Hashes:
    """Return the sorted, distinct 64-bit hashes of a text's shingles; of a short text, of all."""
    found = _WORDS.findall(text.casefold())
    parts = [" ".join(found[i : i + words]) for i in range(max(1, len(found) - words + 1))]
    hashed = [hashlib.blake2b(p.encode(), digest_size=8).digest() for p in parts]
    return np.unique(np.frombuffer(b"".join(hashed), ">u8").astype(np.uint64))


def signature(hashes: Hashes, number: int = BANDS * ROWS) -> Hashes:
    """Return `number` minima of a set of hashes, each under another permutation."""
    return _mixed(hashes[None] ^ _seeds(number)[:, None]).min(axis=1)


def _seeds(number: int) -> Hashes:
    return _mixed(np.arange(1, number + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15))


def _mixed(x: Hashes) -> Hashes:
    """Return 64-bit words scattered one to one (the finaliser of SplitMix64, Steele 2014)."""
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def bands(sig: Hashes, number: int = BANDS) -> NDArray[np.int64]:
    """Return a 64-bit key for each band of a signature; equal keys of a band mean it agrees."""
    rows = sig.reshape(number, -1)
    keys = np.arange(1, number + 1, dtype=np.uint64)
    for column in rows.T:
        keys = _mixed(keys * np.uint64(0x9E3779B97F4A7C15) ^ column)
    return keys.view(np.int64)


def jaccard(a: Hashes, b: Hashes) -> float:
    """Return what two sets of sorted, distinct hashes share of what both have."""
    both = len(np.intersect1d(a, b, assume_unique=True))
    return both / (len(a) + len(b) - both)


def theory(alike: float, bands_: int = BANDS, rows: int = ROWS) -> float:
    """Return the probability that two texts of a Jaccard share a band."""
    return 1 - (1 - alike**rows) ** bands_


def like(sets: list[Hashes], least: float = ALIKE) -> Iterator[tuple[int, int]]:
    """Yield places (i, j), i < j, of sets that are alike; all of `sets` share a band.

    Each is compared with those that stand for others: of N copies there are N - 1 pairs, not all.
    """
    heads: list[int] = []
    for j, mine in enumerate(sets):
        for i in heads:
            if jaccard(sets[i], mine) >= least:
                yield i, j
                break
        else:
            heads.append(j)
