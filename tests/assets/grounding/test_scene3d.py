"""Solid things: pictures whose labels are the world's, sentences read back, points cast anew."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from PIL import Image

from corpuswright.assets.builds.options import BuildOptions
from corpuswright.assets.synthesis import deletion
from corpuswright.assets.synthesis.build import SynthesisBuild
from corpuswright.quality.grounding import planted_faults
from corpuswright.quality.grounding import scene3d as grounding_scene3d
from corpuswright.renderers import scene3d
from corpuswright.renderers.blender import engine
from corpuswright.renderers.browser.gui import GuiRenderer
from corpuswright.renderers.faults import PageFault
from corpuswright.renderers.world3d.ground_truth import GroundTruth
from corpuswright.renderers.world3d.world import World
from corpuswright.storage import samples
from corpuswright.storage.build_state.tombstones import Selection
from corpuswright.storage.loaders.loader import Loader
from corpuswright.storage.records import Element, Sample, Task
from corpuswright.storage.releases import manifest
from tests.assets.synthesis.test_deletion import traces
from tests.fixtures import builds
from tests.fixtures.made_once import made_once
from tests.fixtures.small_corpora import SPACE
from tests.renderers.world3d.test_user_models import glb

try:
    engine.python()
    ABSENT = ""
except engine.BlenderMissing as error:
    ABSENT = str(error)


def needs_blender(test: Callable[..., None]) -> Callable[..., None]:
    return pytest.mark.blender(pytest.mark.skipif(bool(ABSENT), reason=ABSENT)(test))


def nothing(site: str, path: str) -> bytes:
    raise AssertionError(f"{site}/{path} is of no source")


def build(out: Path, workers: int = 1) -> SynthesisBuild:
    return builds.made(SPACE, BuildOptions(out=str(out), workers=workers))


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with one build; not to be changed."""
    return made_once(tmp_path_factory, "space", build)


def records(store: Path) -> list[tuple[Sample, bytes]]:
    loader = Loader(store, manifest.load(store, SPACE.name), seed=None)
    found: list[tuple[Sample, bytes]] = []
    for record in loader.records():
        body = samples.read(record.files["json"])
        sample = Sample(record.key, body.spec, {}, body.scene, body.tasks)
        found.append((sample, record.files["png"]))
    return found


@needs_blender
def test_props_of_a_source_are_named_by_their_files_and_read_back(tmp_path: Path):
    source = tmp_path / "given"
    source.mkdir()
    (source / "road_sign.glb").write_bytes(glb())
    (source / "broken.glb").write_bytes(b"glTF")
    (source / "red_chair.glb").write_bytes(glb())
    options = BuildOptions(out=str(tmp_path), source=str(source), licence="CC0-1.0", author="me")
    builds.made(SPACE, replace(options, workers=1))
    ended = {
        o.key.split("/")[-1]: o.reason
        for o in manifest.outcomes(tmp_path, manifest.load(tmp_path, SPACE.name))
        if o.unit == "page"
    }
    assert ended == {
        "road_sign.glb": "",
        "broken.glb": "prop_not_read",
        "red_chair.glb": "name_not_usable",
    }
    found = [s for s, _ in records(tmp_path)]
    signs = [e for s in found for e in s.scene.elements if e.name == "road sign"]
    assert signs and any("road sign" in t.text for s in found for t in s.tasks)
    assert all(
        s.spec.sources for s in found if any(e.name == "road sign" for e in s.scene.elements)
    )


@needs_blender
def test_masks_boxes_and_points_are_those_of_the_pixels(built: Path):
    assert len(records(built)) >= 2
    for sample, png in records(built):
        with Image.open(io.BytesIO(png)) as image:
            assert image.size == sample.scene.size
        truth = GroundTruth(scene3d.compose(sample.spec.parameters, nothing)).instances(0)
        world = scene3d.compose(sample.spec.parameters, nothing)
        numbers = {t.id: n for n, t in enumerate(world.things, 1)}
        for e in sample.scene.elements:
            mask = truth == numbers[str(e.attributes["id"])]
            # Even-odd: a side at x turns all pixels to its right inside out.
            inside = np.zeros(mask.shape, bool)
            for ring in (*rings(e, "outline"), *rings(e, "holes")):
                for (ax, ay), (bx, by) in zip(ring, ring[1:] + ring[:1], strict=True):
                    if ax == bx:
                        inside[int(min(ay, by)) : int(max(ay, by)), int(ax) :] ^= True
            assert (inside == mask).all()
            ys, xs = np.nonzero(mask)
            assert e.visible_box == (xs.min(), ys.min(), xs.max() + 1, ys.max() + 1)
            assert e.click_point is not None and mask[int(e.click_point[1]), int(e.click_point[0])]


@needs_blender
def test_all_that_was_written_is_read_kept_and_holds_again(built: Path):
    made = manifest.load(built, SPACE.name)
    assert made.rejections.get("task", {}) == {} and made.counts["task"]["kept"] >= 8
    for sample, _ in records(built):
        again = grounding_scene3d.cast_anew(GuiRenderer({}), sample)
        assert set(again.verdicts.values()) == {None}


@needs_blender
def test_wrong_sentences_and_wrong_points_are_caught(built: Path):
    pairs = [(s.scene, t) for s, _ in records(built) for t in s.tasks]
    rate = planted_faults.measure(pairs, SPACE.spoil, SPACE.resolve)
    assert sum(rate.planted.values()) >= len(pairs)
    assert sum(rate.caught.values()) >= 0.99 * sum(rate.planted.values()), rate
    for sample, _ in records(built):
        spoiled = [replace(t, actions=t.actions[::-1]) for t in sample.tasks if len(t.actions) > 1]
        spoiled += [aside(t) for t in sample.tasks]
        found = grounding_scene3d.cast_anew(GuiRenderer({}), replace(sample, tasks=tuple(spoiled)))
        assert None not in found.verdicts.values()


def rings(e: Element, name: str) -> list[list[list[float]]]:
    return cast(list[list[list[float]]], e.attributes[name])


def aside(task: Task) -> Task:
    """The same task with a point beyond the rim of what is meant, or a box that is too large."""
    first = task.actions[0]
    if first.kind == "drag":
        (x, y), end = first.points
        return replace(task, actions=(replace(first, points=((x - 6, y), end)),))
    polygon = task.targets[0].accept[0]
    left, y = min(polygon)
    return replace(
        task, actions=(replace(first, points=((left - 0.5, y + 0.5),)), *task.actions[1:])
    )


@needs_blender
def test_a_second_build_does_nothing_and_a_deletion_leaves_nothing(built: Path, tmp_path: Path):
    store = Path(shutil.copytree(built, tmp_path / "a"))
    assert build(store).is_done(["000"])
    first = records(store)[0][0]
    deletion.delete(SPACE, store, Selection("key", first.key))
    assert first.key not in [s.key for s, _ in records(store)]
    assert not traces(store, [first.key])


@needs_blender
def test_a_picture_whose_two_accounts_differ_is_none(monkeypatch: pytest.MonkeyPatch):
    drawn = {"seed": 3, "width": 160, "height": 120, "codec": "png"}

    class Moved(engine.BlenderEngine):
        def draw(self, world: World, *given: Any, **named: Any) -> Mapping[str, list[Path]]:
            floor, thing, *others = world.things
            moved = replace(thing, vertices=thing.vertices + np.array([0.05, 0, 0]))
            return super().draw(replace(world, things=[floor, moved, *others]), *given, **named)

    with Moved() as faulty:
        monkeypatch.setattr(engine, "shared", lambda: faulty)
        with pytest.raises(PageFault, match="engines_disagree"):
            scene3d.render(drawn, nothing)


def test_a_world_is_its_seed_and_its_things_stand_apart():
    drawn = {"width": 320, "height": 240}
    for seed in range(12):
        a, b = (scene3d.compose({**drawn, "seed": seed}, nothing) for _ in range(2))
        assert all(
            (x.vertices == y.vertices).all() for x, y in zip(a.things, b.things, strict=True)
        )
        things = a.things[1:]
        assert 1 <= len(things) <= scene3d.COUNT[1]
        for i, thing in enumerate(things):
            assert thing.vertices[0, :, 2].min() == pytest.approx(0, abs=1e-9), "on the floor"
            for other in things[i + 1 :]:
                gap = thing.vertices[0, :, None, :2] - other.vertices[0, None, :, :2]
                assert np.linalg.norm(gap, axis=-1).min() > 0.05
