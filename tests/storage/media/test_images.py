import io
import os

import numpy as np
import pytest
from PIL import Image

from corpuswright.storage.media import images


def noise(width: int = 97, height: int = 61) -> Image.Image:
    values = np.frombuffer(os.urandom(width * height * 3), np.uint8)
    return Image.fromarray(values.reshape(height, width, 3))


@pytest.mark.parametrize("codec", ["png", "webp"])
def test_lossless_codecs_give_back_every_pixel(codec: images.Codec):
    image = noise()
    again = images.decode(images.encode(image, codec), "t")
    assert np.array_equal(np.asarray(again), np.asarray(image))


def test_jpeg_keeps_the_size_and_is_deterministic():
    image = noise()
    data = images.encode(image, "jpg")
    assert data == images.encode(image, "jpg")
    assert images.decode(data, "t").size == image.size


def test_bombs_and_broken_images_are_refused():
    with pytest.raises(images.MediaError, match="expected an image, saw 3 bytes"):
        images.decode(b"abc", "t")
    with pytest.raises(images.MediaError, match=r"truncated|image"):
        images.decode(images.encode(noise(), "png")[:-400], "t")
    sink = io.BytesIO()
    Image.new("1", (9000, 9000)).save(sink, "PNG")
    with pytest.raises(images.MediaError, match="above"):
        images.decode(sink.getvalue(), "t")
