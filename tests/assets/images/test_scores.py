"""Scores of models decide where the recipe names one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from corpuswright.storage import samples
from tests.assets.images.test_lens import build, ended, records
from tests.fixtures.synthetic_images import jpeg, texture

pytestmark = pytest.mark.spark


def test_scores_decide_where_models_are_named(tmp_path: Path):
    source = tmp_path / "scored"
    source.mkdir()
    for n in range(4):
        (source / f"{n}.jpg").write_bytes(jpeg(texture(60 + n)))
    (source / "none.jpg").write_bytes(jpeg(texture(64)))
    own = "tests.assets.images.test_scores:aesthetic"
    recipe = {"nsfw": "opennsfw", "aesthetic": own, "min_clarity": 0}
    build(source, tmp_path / "store", recipe=recipe)
    outcomes = ended(tmp_path / "store")
    bright = {n: (np.asarray(texture(60 + n)).mean() > BRIGHT) for n in range(4)}
    assert {n: outcomes[f"{n}.jpg"].reason for n in range(4)} == {
        n: "" if b else "not_aesthetic" for n, b in bright.items()
    }
    assert outcomes["none.jpg"].reason == "aesthetic_not_scored"
    assert set(bright.values()) == {True, False}
    measures = [
        samples.read(r.files["json"]).spec.parameters["measures"]
        for r in records(tmp_path / "store").values()
    ]
    assert all(m["aesthetic"] == 4.0 and 0 <= m["nsfw"] < 0.5 for m in measures)  # type: ignore[index]
    (folder,) = (tmp_path / "store/lens/releases").iterdir()
    steps = json.loads((folder / "funnel.json").read_text())["000"]
    assert [s["stage"] for s in steps if s.get("missing")] == ["watermark", "text_area"]


BRIGHT = 121.75  # between the means of the four


def aesthetic(device: str) -> Any:
    """A scorer of the user's own: bright is beautiful, and one image has no score."""

    def score(images: list[np.ndarray]) -> list[float | None]:
        values = [i.mean() for i in images]
        return [None if v > 140 else 4.0 if v > BRIGHT else 2.0 for v in values]

    return score
