"""Images at their bucket's size."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from corpuswright.storage import samples
from corpuswright.storage.loaders.bucket_images import at_bucket_size, middle
from corpuswright.storage.loaders.bucket_loader import BucketLoader
from corpuswright.storage.records import Scene, Spec
from corpuswright.storage.samples import Record
from corpuswright.storage.shards.buckets import BUCKETS, bucket_of
from tests.assets.images import test_lens
from tests.fixtures.synthetic_images import png

built = test_lens.built


def record(pixels: np.ndarray) -> Record:
    height, width = pixels.shape[:2]
    spec = Spec("lens-0", "lens", "image", {"bucket": bucket_of(width, height).name}, ())
    body = samples.write(spec, Scene((width, height), (1.0, 1.0), (), {}), ())
    return Record("lens-0", {"json": body, "png": png(Image.fromarray(pixels))})


@given(st.integers(16, 5000), st.integers(16, 5000), st.sampled_from(BUCKETS))
def test_a_crop_has_the_bucket_s_shape_and_lies_in_the_image(width: int, height: int, bucket):
    x0, y0, x1, y1 = middle((width, height), bucket)
    assert 0 <= x0 < x1 <= width and 0 <= y0 < y1 <= height
    Image.new("L", (width, height)).resize((8, 8), box=(x0, y0, x1, y1))  # Pillow takes it
    assert (x1 - x0) * bucket.height == pytest.approx((y1 - y0) * bucket.width)
    assert abs(x0 + x1 - width) < 1e-6 and abs(y0 + y1 - height) < 1e-6
    assert min(x0, y0) < 1e-6, "as much of it as there is"


@pytest.mark.parametrize("size", [(640, 480), (480, 640), (1600, 900), (300, 200), (512, 512)])
def test_pixels_are_where_the_crop_says(size: tuple[int, int]):
    width, height = size
    across, down = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
    plain = np.stack([across / width, down / height, 0 * across], axis=2)
    found = at_bucket_size(record((255 * plain).astype(np.uint8)))
    bucket = bucket_of(width, height)
    assert found.pixels.shape == (bucket.height, bucket.width, 3) and found.size == size
    x0, y0, x1, y1 = found.crop
    for u, v in ((0.1, 0.1), (0.5, 0.5), (0.9, 0.2), (0.3, 0.95)):
        seen = found.pixels[int(v * bucket.height), int(u * bucket.width), :2].astype(float)
        wanted = ((x0 + u * (x1 - x0)) / width, (y0 + v * (y1 - y0)) / height)
        assert seen == pytest.approx([255 * w for w in wanted], abs=2.5)


@pytest.mark.spark
def test_a_batch_can_be_stacked(built: Path):
    loader = BucketLoader.open(built, "lens", decode=at_bucket_size)
    number = 0
    for batch in loader:
        pixels = np.stack([image.pixels for image in batch.records])
        assert pixels.shape[1:] == (batch.bucket.height, batch.bucket.width, 3)
        assert tuple(image.key for image in batch.records) == batch.keys
        number += len(pixels)
    assert number == sum(s.samples for s in loader.release.shards) > 0


def test_what_is_of_no_bucket_is_said():
    plain = record(np.zeros((64, 64, 3), np.uint8))
    spec = Spec("lens-0", "lens", "image", {}, ())
    body = samples.write(spec, Scene((64, 64), (1.0, 1.0), (), {}), ())
    with pytest.raises(ValueError, match="expected an image of a bucket"):
        at_bucket_size(Record("lens-0", {**plain.files, "json": body}))
