"""Great Expectations on a partition's aggregates: each planted fault is found by its name."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from corpuswright.assets.curation import checks
from corpuswright.quality.reports import image_aggregates
from corpuswright.storage.shards.buckets import BUCKETS

AREA = 384 * 384


def row(number: int, **other: Any) -> dict[str, Any]:
    made: dict[str, Any] = {
        "key": f"lens-{number:012x}-0000",
        "reason": "",
        "sha256": f"{number:064x}",
        "bucket": BUCKETS[0].name,
        "width": 640,
        "height": 480,
        "licence": "CC0-1.0",
    }
    return {**made, **other}


def wrong(rows: list[dict[str, Any]], captions: dict[str, list[int]]) -> set[str]:
    counted = image_aggregates.of(pa.Table.from_pylist(rows), captions)
    found = image_aggregates.examine(counted, AREA)
    names = {f.expectation.partition("(")[2].rstrip(")") for f in found if not f.held}
    check = checks.judged(found)
    assert check.passed == (not names)
    mild = names == {"dense_words"}
    assert not names or check.warns == mild
    return names


@pytest.mark.parametrize(
    ("other", "captions", "names"),
    [
        ({}, {"dense": [109, 100], "given": [3]}, set[str]()),
        ({"key": "lens-000000000000-0000"}, {}, {"keys_twice"}),
        ({"sha256": f"{0:064x}"}, {}, {"same_bytes_twice"}),
        ({"sha256": ""}, {}, {"no_sha256"}),
        ({"bucket": "512-1x1"}, {}, {"no_bucket"}),
        ({"licence": ""}, {}, {"no_licence"}),
        ({"width": 300, "height": 300}, {}, {"least_area"}),
        ({}, {"given": [501]}, {"longest_caption"}),
        ({}, {"dense": [40, 50]}, {"dense_words"}),
        ({"reason": "blurred", "licence": "", "width": 1}, {}, set[str]()),
    ],
)
def test_a_planted_fault_is_found(
    other: dict[str, Any], captions: dict[str, list[int]], names: set[str]
):
    assert wrong([row(0), row(1, **other)], captions) == names


def test_nothing_kept_is_found():
    assert wrong([row(0, reason="blurred")], {}) == {"kept"}


def test_lengths_of_captions():
    found = image_aggregates.lengths({"dense": [90, 110, 130], "brief": []})
    assert set(found) == {"dense"}
    assert found["dense"]["captions"] == 3 and found["dense"]["mean"] == 110
    assert found["dense"]["p50"] == 110 and found["dense"]["longest"] == 130
