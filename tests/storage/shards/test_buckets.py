"""The table of 27 sizes against what the paper says of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpuswright.storage.shards.buckets import BATCH, BUCKETS, BY_NAME, bucket_of


def test_the_table_is_the_papers():
    assert len(BUCKETS) == len(BY_NAME) == 27
    for base in (512, 768, 1024):
        own = [b for b in BUCKETS if b.base == base]
        assert len(own) == 9 and {(b.height, b.width) for b in own} == {
            (b.width, b.height) for b in own
        }
        for b in own:
            assert b.width % 32 == 0 == b.height % 32
            assert -0.055 <= b.width * b.height / base**2 - 1 <= 0.042 + 5e-4
    assert {(b.width, b.height) for b in BUCKETS if b.base == 768} >= {(544, 1088), (1024, 576)}
    assert BATCH == {512: 24, 768: 10, 1024: 6}


@pytest.mark.parametrize(
    ("size", "name"),
    [
        ((4000, 3000), "1024-1152x864"), ((1920, 1080), "1024-1376x768"),
        ((1000, 1000), "768-768x768"), ((640, 480), "512-608x448"), ((300, 900), "512-352x704"),
        ((2000, 500), "512-704x352"), ((1024, 1024), "1024-1024x1024"), ((600, 800), "512-448x608"),
    ],
)  # fmt: skip
def test_images_are_in_the_largest_they_fill(size: tuple[int, int], name: str):
    assert bucket_of(*size).name == name


@given(st.integers(1, 10_000), st.integers(1, 10_000))
def test_every_image_has_one_and_is_enlarged_only_where_it_fills_none(width: int, height: int):
    found = bucket_of(width, height)
    fills = width >= found.width and height >= found.height
    assert fills or found.base == 512
    turned = bucket_of(height, width)
    assert (turned.base, {turned.width, turned.height}) == (found.base, {found.width, found.height})
