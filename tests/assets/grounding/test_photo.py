"""Photographs as sources: masks that come with them, images refused, names that would fit two."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from corpuswright.annotators.masks.colour_regions import Region
from corpuswright.assets.builds.options import BuildOptions
from corpuswright.assets.grounding import photo
from corpuswright.renderers.browser.gui import GuiRenderer
from corpuswright.renderers.browser.page import View
from corpuswright.storage.records import Spec, from_json
from tests.fixtures import builds
from tests.fixtures.photograph import photograph
from tests.fixtures.small_corpora import PHOTO

pytestmark = pytest.mark.browser


def test_masks_that_come_with_photographs_name_and_bound_their_regions(tmp_path: Path):
    folder = tmp_path / "mine"
    folder.mkdir()
    known = photograph()
    for name in ("kitchen.png", "unnamed.png"):
        known.image.save(folder / name)
    width, height = known.image.size
    shapes = [[v for p in known.shapes[f"{c} area"] for v in p] for c in ("red", "blue")]
    masks = {
        "images": [{"id": 1, "file_name": "kitchen.png", "width": width, "height": height}],
        "annotations": [
            {"image_id": 1, "category_id": i, "segmentation": [shape]}
            for i, shape in enumerate(shapes)
        ],
        "categories": [{"id": 0, "name": "plate"}, {"id": 1, "name": "box"}],
    }
    (folder / "annotations.json").write_text(json.dumps(masks))
    made = builds.opened(PHOTO, BuildOptions(out=str(tmp_path / "out"), source=str(folder)))
    assert builds.take(made.corpus, made, "specs", "000").reasons == {"masks_not_usable": 1}
    specs = [from_json(Spec, r.body) for r in made.tables.read("spec", "000")]
    assert {s.sources[0].uri for s in specs} == {"mine/kitchen.png"}
    regions: Any = specs[0].parameters["regions"]
    assert [r["name"] for r in regions] == ["box", "plate"]
    assert regions[0]["outline"] == [list(p) for p in known.shapes["blue area"]]


def test_an_image_that_is_no_photograph_is_refused_with_its_reason(tmp_path: Path):
    folder = tmp_path / "mine"
    folder.mkdir()
    known = photograph()
    known.image.save(folder / "good.png")
    known.image.resize((160, 120)).save(folder / "small.png")
    seen = known.image.convert("RGBA")
    seen.putalpha(200)
    seen.save(folder / "glass.png")
    (folder / "broken.png").write_bytes((folder / "good.png").read_bytes()[:3000])
    Image.new("RGB", (640, 480), "#777777").save(folder / "plain.png")
    made = builds.opened(PHOTO, BuildOptions(out=str(tmp_path / "out"), source=str(folder)))
    report = builds.take(made.corpus, made, "specs", "000")
    assert report.kept == 1 and report.reasons == {
        "too_small": 1,
        "not_opaque": 1,
        "truncated": 1,
        "no_region": 1,
    }


def test_a_region_whose_name_fits_one_that_was_dropped_is_no_target(tmp_path: Path):
    photograph().image.save(tmp_path / "a.png")

    def birds(_: Any) -> list[Region]:
        square = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)]
        sizes = [*range(300, 300 - photo.MOST, -1), 20]
        return [
            Region(
                "bird" if i in (0, len(sizes) - 1) else f"thing {i}",
                tuple((x * s, y * s) for x, y in square),
                True,
                "mine",
            )
            for i, s in enumerate(sizes)
        ]

    page, view = {"site": "mine", "path": "a.png"}, View(1024, 768, 1.0)
    verdict = photo.judge(birds)(GuiRenderer({"mine": tmp_path}), page, view)
    regions = json.loads(verdict.found)["regions"]
    assert len(regions) == photo.MOST
    assert [r["name"] for r in regions if not r["usable"]] == ["bird"]
