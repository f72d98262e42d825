"""Near duplicates that prints do not find, by embeddings of a model of the user's own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageOps

from corpuswright.assets.curation.build import CurationBuild
from corpuswright.assets.images import steps
from tests.assets.images.test_lens import build, ended
from tests.fixtures.synthetic_images import jpeg, texture

pytestmark = pytest.mark.spark
HERE = "tests.assets.images.test_deduplicate"


def colours(device: str, bins: int = 4) -> Any:
    """A model whose embedding is how often colours occur: turns and flips are the same to it."""

    def embed(images: Sequence[np.ndarray]) -> list[np.ndarray]:
        out: list[np.ndarray] = []
        for image in images:
            small = np.asarray(Image.fromarray(image).resize((64, 64), Image.Resampling.BOX))
            cells = (small.reshape(-1, 3).astype(int) * bins // 256) @ (bins**2, bins, 1)
            out.append(np.bincount(cells, minlength=bins**3).astype(np.float32))
        return out

    return embed


def finer(device: str) -> Any:
    """Another model, of other lengths."""
    return colours(device, 5)


def folder(root: Path, files: dict[str, Image.Image]) -> Path:
    root.mkdir()
    for name, image in files.items():
        (root / name).write_bytes(jpeg(image, 95))
    return root


def made(source: Path, store: Path, partition: str, model: str, **recipe: Any) -> CurationBuild:
    embedding = f"{HERE}:{model}"
    recipe |= {"min_clarity": 0, "embedding": embedding, "max_cosine": 0.999}
    return build(source, store, partition=partition, recipe=recipe)


def test_an_embedding_finds_what_prints_do_not(tmp_path: Path):
    one, other, third = (texture(s) for s in (51, 52, 53))
    store = tmp_path / "store"
    tests = folder(tmp_path / "bench", {"t.jpg": ImageOps.mirror(third)})
    first = folder(
        tmp_path / "first",
        {"one.jpg": one, "flip.jpg": ImageOps.mirror(one), "other.jpg": other, "third.jpg": third},
    )
    run = made(first, store, "000", "colours", against=[str(tests)])
    found = {n: o.reason for n, o in ended(store).items()}
    assert sorted((found["one.jpg"], found["flip.jpg"])) == ["", "near_duplicate"]
    assert found["other.jpg"] == "" and found["third.jpg"] == "in_test_set"
    assert steps.overlaps(run, "000") == []
    # Another night: what is like an image of the first one goes; by another model nothing does.
    second = folder(tmp_path / "second", {"turned.jpg": one.rotate(180)})
    made(second, store, "001", "colours")
    assert ended(store)["turned.jpg"].reason == "near_duplicate"
    made(second, store, "001", "finer")
    assert ended(store)["turned.jpg"].reason == ""


def test_the_blocking_check_asks_embeddings_too(tmp_path: Path):
    image, store = texture(54), tmp_path / "store"
    tests = folder(tmp_path / "bench", {"t.jpg": ImageOps.mirror(image)})
    source = folder(tmp_path / "source", {"a.jpg": image, "b.jpg": texture(55)})
    made(source, store, "000", "colours")  # the test set is not named: it enters
    late = made(source, store, "001", "colours", against=[str(tests)])
    (overlap,) = steps.overlaps(late, "001")
    assert overlap.test == "test:bench/t.jpg" and overlap.key.endswith("-0000")
