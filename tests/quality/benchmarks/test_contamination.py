"""Pictures and sentences that a release shares with a test set."""

from __future__ import annotations

import numpy as np
from PIL import Image

from corpuswright.quality.benchmarks.contamination import SharedExample, ShownTask, overlaps
from corpuswright.quality.grounding.scene_duplicates import difference_hash


def shown(name: str, seed: int, text: str, moved: int = 0) -> ShownTask:
    rng = np.random.default_rng(seed)
    small = Image.fromarray(rng.integers(0, 256, (12, 12), dtype=np.uint8))
    image = small.resize((400, 300), Image.Resampling.BICUBIC)
    image.paste(128, (10, 10, 10 + moved, 10 + moved))
    return ShownTask(name, f"{seed}-{moved}", difference_hash(image), text)


def test_the_same_picture_is_found_whatever_is_asked_of_it():
    test, example = shown("t", 1, "Click “Save”."), shown("e", 1, "Drag the card.")
    assert overlaps([test], [example]) == [SharedExample("t", "e", "the same picture")]


def test_a_like_picture_counts_with_the_same_sentence_only():
    test = shown("t", 1, "Click  “save”.")
    assert overlaps([test], [shown("e", 1, "Click “Save”.", 9)]) == [
        SharedExample("t", "e", "a like picture, same sentence")
    ]
    assert overlaps([test], [shown("e", 1, "Click “Open”.", 9)]) == []
    assert overlaps([test], [shown("e", 2, "Click “Save”.")]) == []
