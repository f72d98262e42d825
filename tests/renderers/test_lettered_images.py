"""Letters on backgrounds: what a caption quotes is what OCR reads, where it says, in its colour."""

from __future__ import annotations

import io
import re

import numpy as np
from PIL import Image

from corpuswright.quality.images import caption_rules
from corpuswright.renderers import lettered_images, ocr
from corpuswright.storage.shards.buckets import BUCKETS

NUMBER = 16


def picture(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data)).convert("RGB")


def test_what_is_quoted_is_read_by_another_reader():
    quoted, read = 0, 0
    for n in range(NUMBER // 2):
        made = lettered_images.draw("read", n)
        lines = caption_rules.quotations(made.caption)
        assert lettered_images.LINES[0] <= len(lines) <= lettered_images.LINES[1]
        assert caption_rules.check(made.caption) is None
        seen = [line.text for line in ocr.lines(picture(made.data))]
        quoted += len(lines)
        read += sum(caption_rules.unread(f'"{q}"', seen) is None for q in lines)
    # What OCR misses is small, slanted or blurred; it reads none that is not there.
    assert read / quoted >= 0.9, f"{read} of {quoted}"


def test_a_line_that_is_not_there_is_not_read():
    for n in range(4):
        seen = [x.text for x in ocr.lines(picture(lettered_images.draw("read", n).data))]
        assert caption_rules.unread('"Zebra Quarterly 7731"', seen) is not None


def test_colours_and_sizes_are_those_that_are_told():
    for n in range(NUMBER):
        made = lettered_images.draw("colour", n)
        image = picture(made.data)
        assert image.size in {(b.width, b.height) for b in BUCKETS}
        pixels = np.asarray(image, np.int64).reshape(-1, 3)
        for colour in re.findall(r'" in (\w+) ', made.caption):
            apart = np.abs(pixels - np.array(lettered_images.COLOURS[colour])).max(1)
            assert (apart < 60).sum() >= 30, (n, colour)


def test_an_image_hangs_on_seed_and_number_alone():
    assert lettered_images.draw("a", 3) == lettered_images.draw("a", 3)
    different = {lettered_images.draw(s, n).data for s in ("a", "b") for n in range(3)}
    assert len(different) == 6


def test_contrast_is_wcag_s():
    white, black, grey = lettered_images.luminance(
        np.array([[255, 255, 255], [0, 0, 0], [119, 119, 119]], np.uint8)
    ).tolist()
    assert round(lettered_images.ratio(white, black), 6) == 21
    assert round(lettered_images.ratio(white, grey), 2) == 4.48  # as WCAG's own examples have it
