"""Regions of photographs, against shapes whose outline is known and masks drawn pixel by pixel."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from corpuswright.annotators.masks import coco_masks, colour_regions
from tests.fixtures.photograph import photograph

pytest.importorskip("cv2", reason="not installed (extra `vision`)")


def drawn(polygon: Any, size: tuple[int, int]) -> np.ndarray:
    image = Image.new("1", (size[0] * 2, size[1] * 2))
    ImageDraw.Draw(image).polygon([(x * 2, y * 2) for x, y in polygon], fill=1)
    return np.asarray(image)


def agreement(a: Any, b: Any, size: tuple[int, int]) -> float:
    one, two = drawn(a, size), drawn(b, size)
    return float((one & two).sum() / (one | two).sum())


def test_areas_are_found_where_they_are_and_called_by_their_colour():
    image, shapes = photograph()
    found = {r.name: r for r in colour_regions.colour_areas(np.asarray(image)) if r.usable}
    assert set(found) == set(shapes)
    for name, outline in shapes.items():
        assert agreement(found[name].outline, outline, image.size) >= 0.95, name
        xs = [[x for x, _ in o] for o in (found[name].outline, outline)]
        assert abs(min(xs[0]) - min(xs[1])) <= 2 and abs(max(xs[0]) - max(xs[1])) <= 2, name


def test_noise_shadows_and_soft_borders_are_no_areas():
    rng = np.random.default_rng(1)
    noise = rng.integers(0, 256, (300, 400, 3), dtype=np.uint8)
    ramp = np.linspace(0, 255, 400).astype(np.uint8)[None, :, None] * np.ones((300, 1, 3), np.uint8)
    for image in (noise, ramp.astype(np.uint8), np.full((300, 400, 3), 200, np.uint8)):
        assert not [r for r in colour_regions.colour_areas(image) if r.usable]


@given(
    corners=st.integers(3, 40),
    long=st.floats(20, 400),
    flat=st.floats(0.3, 1.0),
    turn=st.floats(0, 6.28),
)
def test_boundary_points_lie_on_the_outline_at_equal_distances(
    corners: int, long: float, flat: float, turn: float
):
    angles = np.linspace(0, 2 * math.pi, corners, endpoint=False) + turn
    outline = [(500 + long * math.cos(a), 500 + long * flat * math.sin(a)) for a in angles]
    points = colour_regions.boundary(outline)
    assert len(points) == colour_regions.POINTS
    assert points[0] == min(outline, key=lambda p: (p[1], p[0]))
    sides = list(zip(outline, [*outline[1:], outline[0]], strict=True))
    for x, y in points:
        assert min(_distance((x, y), a, b) for a, b in sides) < 1e-6 * long
    step = sum(math.dist(a, b) for a, b in sides) / colour_regions.POINTS
    gaps = [math.dist(a, b) for a, b in zip(points, [*points[1:], points[0]], strict=True)]
    assert all(g <= step + 1e-6 * long for g in gaps)  # a chord is never longer than its arc


def _distance(p: Any, a: Any, b: Any) -> float:
    dx, dy = b[0] - a[0], b[1] - a[1]
    along = ((p[0] - a[0]) * dx + (p[1] - a[1]) * dy) / (dx * dx + dy * dy or 1)
    along = min(1.0, max(0.0, along))
    return math.dist(p, (a[0] + along * dx, a[1] + along * dy))


def file(segmentation: Any, **more: Any) -> bytes:
    annotation = {"image_id": 7, "category_id": 3, "segmentation": segmentation, **more}
    return json.dumps(
        {
            "images": [{"id": 7, "file_name": "a.jpg", "width": 120, "height": 90}],
            "annotations": [annotation],
            "categories": [{"id": 3, "name": "fire hydrant"}],
        }
    ).encode()


DISC = [(60 + 30 * math.cos(a), 45 + 30 * math.sin(a)) for a in np.linspace(0, 6.2, 40)]


def forms() -> dict[str, Any]:
    """One mask in each of COCO's forms."""
    from pycocotools import mask as tools

    plain = np.asfortranarray(drawn(DISC, (120, 90))[::2, ::2].astype(np.uint8))
    runs = tools.encode(plain)["counts"].decode()
    values, counts = 0, [0]
    for v in plain.ravel(order="F"):
        if v != values:
            values, counts = int(v), [*counts, 0]
        counts[-1] += 1
    flat = [v for p in DISC for v in p]
    return {
        "polygon": [flat],
        "polygons": [flat, [*flat[:6]]],
        "compressed": {"size": [90, 120], "counts": runs},
        "plain": {"size": [90, 120], "counts": counts},
    }


@pytest.mark.parametrize("form", ["polygon", "polygons", "compressed", "plain"])
def test_masks_in_every_form_of_coco_become_the_same_region(form: str):
    (region,) = coco_masks.parse(file(forms()[form])).regions("a.jpg", (120, 90)).regions
    assert (region.name, region.usable, region.origin) == ("fire hydrant", True, "coco")
    assert agreement(region.outline, DISC, (120, 90)) >= (1.0 if form == "polygon" else 0.96)


def test_an_annotation_that_has_only_a_box_is_no_region():
    assert coco_masks.parse(file([])).regions("a.jpg", (120, 90)).regions == []


def test_crowds_and_parts_are_known_but_no_targets():
    flat = [v for p in DISC for v in p]
    far = [2.0, 2.0, 24.0, 2.0, 24.0, 24.0, 2.0, 24.0]
    for body in (file([flat], iscrowd=1), file([flat, far])):
        (region,) = coco_masks.parse(body).regions("a.jpg", (120, 90)).regions
        assert not region.usable


@pytest.mark.parametrize(
    ("body", "path", "size", "says"),
    [
        (b"[]", "a.jpg", (120, 90), "expected COCO's images"),
        (b"{", "a.jpg", (120, 90), "expected COCO's images"),
        (file([[1, 2, 3, 4, 5, 6]]), "b.jpg", (120, 90), "no image with file_name"),
        (file([[1, 2, 3, 4, 5, 6]]), "a.jpg", (90, 120), "the photograph"),
    ],
)
def test_a_file_that_does_not_fit_is_refused_with_its_reason(
    body: bytes, path: str, size: tuple[int, int], says: str
):
    with pytest.raises(coco_masks.CocoError) as caught:
        coco_masks.parse(body).regions(path, size)
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("shape", "says"),
    [
        ({"size": [9, 12], "counts": [108]}, "expected [90, 120]"),
        ({"counts": 3}, "fire hydrant"),
        ({"size": [90, 120], "counts": 3}, "cannot be read"),
        ([[1, 2, 3, 4]], "three corners"),
        ({"size": [200000, 200000], "counts": "0"}, "expected [90, 120]"),
    ],
)
def test_an_annotation_that_cannot_be_read_costs_itself_and_what_it_could_be_taken_for(
    shape: object, says: str
):
    plain = json.loads(file([[v for p in DISC for v in p]]))
    (whole,) = plain["annotations"]
    plain["categories"].append({"id": 99, "name": "kite"})
    kite = {**whole, "category_id": 99}
    plain["annotations"] = [whole, {**whole, "segmentation": shape}, kite]
    found = coco_masks.parse(json.dumps(plain).encode()).regions("a.jpg", (120, 90))
    (why,) = found.unread
    assert says in why and found.unread[why] == 1
    assert [(r.name, r.usable) for r in found.regions] == [("fire hydrant", False), ("kite", True)]


def test_an_entry_without_a_segmentation_is_no_fault_of_the_file():
    plain = json.loads(file([[v for p in DISC for v in p]]))
    plain["annotations"].append({"image_id": 1, "category_id": 1})
    plain["annotations"][-1] |= {k: plain["annotations"][0][k] for k in ("image_id", "category_id")}
    found = coco_masks.parse(json.dumps(plain).encode()).regions("a.jpg", (120, 90))
    assert len(found.regions) == 1 and not found.unread
