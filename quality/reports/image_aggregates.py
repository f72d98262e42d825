"""Great Expectations on the aggregates of a curated partition: one row for any number of images.

Its engine on whole tables doubles a job's time (issue 2024 of its repository), so what is asserted
is counted here in one pass and handed over as a table of one row.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from corpuswright.quality.reports import expectations
from corpuswright.quality.reports.expectations import Finding
from corpuswright.storage.shards.buckets import BY_NAME

# Words that a dense caption has on average: 109 in Lens (arXiv 2605.21573, section 3), give or take
# a fifth. Ours: a model that writes half as much or twice follows another prompt.
DENSE_WORDS = (87, 131)
_SHA256 = re.compile(r"[0-9a-f]{64}")


def of(table: pa.Table, captions: Mapping[str, Sequence[int]]) -> dict[str, Any]:
    """Return what is asserted of a partition, counted.

    Args:
        table: One row an input, with `key`, `reason`, `sha256`, `bucket`, `width`, `height`,
            `licence`.
        captions: Words of each kept caption, by its kind (`dense`, `brief`, `given`).
    """
    columns = ("key", "reason", "sha256", "bucket", "width", "height", "licence")
    rows = list(zip(*(table.column(c).to_pylist() for c in columns), strict=True))
    kept = [r for r in rows if not r[1]]
    keys = Counter(r[0] for r in rows)
    dense = captions.get("dense", ())
    every = [n for words in captions.values() for n in words]
    return {
        "inputs": len(rows),
        "kept": len(kept),
        "keys_twice": sum(n > 1 for n in keys.values()),
        "no_sha256": sum(not _SHA256.fullmatch(r[2]) for r in kept),
        "same_bytes_twice": sum(n > 1 for n in Counter(r[2] for r in kept).values()),
        "no_bucket": sum(r[3] not in BY_NAME for r in kept),
        "least_area": min((r[4] * r[5] for r in kept), default=None),
        "no_licence": sum(not r[6] for r in kept),
        "longest_caption": max(every, default=None),
        "dense_words": float(np.mean(dense)) if dense else None,
    }


def examine(row: Mapping[str, Any], min_area: float) -> list[Finding]:
    """Return the findings on one partition's aggregates; what could not be counted is not asked."""
    limits: dict[str, tuple[float | None, float | None]] = {
        "kept": (1, None),
        "keys_twice": (0, 0),
        "no_sha256": (0, 0),
        "same_bytes_twice": (0, 0),
        "no_bucket": (0, 0),
        "no_licence": (0, 0),
        "least_area": (min_area, None),
        "longest_caption": (None, 500),  # words; the paper's bound
        "dense_words": DENSE_WORDS,
    }
    asked = {name: limit for name, limit in limits.items() if row[name] is not None}
    return expectations.between(pd.DataFrame([row]), asked)


def lengths(captions: Mapping[str, Sequence[int]]) -> dict[str, dict[str, float]]:
    """Return, by kind of caption, how many there are, their mean, and quantiles, in words."""
    return {
        kind: {
            "captions": len(words),
            "mean": round(float(np.mean(words)), 1),
            **{f"p{q}": int(np.percentile(words, q)) for q in (1, 10, 50, 90, 99)},
            "longest": max(words),
        }
        for kind, words in sorted(captions.items())
        if words
    }
