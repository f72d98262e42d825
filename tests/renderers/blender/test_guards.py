"""Every silent fault of Blender's passes, planted, is refused; without one, nothing is."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from corpuswright.renderers.blender import engine
from corpuswright.renderers.faults import PageFault
from corpuswright.renderers.motion import clip, moving_objects
from corpuswright.renderers.world3d import meshes
from corpuswright.renderers.world3d.ground_truth import FlowCode, GroundTruth
from corpuswright.renderers.world3d.world import Camera, Thing, World, look_at, pose_of
from tests.renderers.motion.test_clip import TOYS
from tests.renderers.world3d.test_ground_truth import turn

try:
    engine.python()
    ABSENT = ""
except engine.BlenderMissing as error:
    ABSENT = str(error)

needs_blender = pytest.mark.skipif(bool(ABSENT), reason=ABSENT)
CHECKED: dict[str, Any] = {
    "pictures": "none",
    "checked": True,
    "paths": 1,
    "blur": 0.0,
    "passes": ["instances", "flow"],
}
FAULTS = (
    "samples", "denoised", "blurred", "topology", "late", "held", "zoomed", "swapped", "row first",
    "backward as in Kubric", "no number", "no depth",
)  # fmt: skip


def world() -> World:
    """Things that glide before a camera that turns."""
    made = moving_objects.compose({**TOYS, "frames": 4, "size": 0.2})
    poses = np.stack(
        [
            p @ pose_of(np.zeros(3), turn(0, 1.5 * t, 0.5 * t))
            for t, p in enumerate(made.camera.poses)
        ]
    )
    return replace(made, camera=replace(made.camera, poses=poses))


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """Where the shared engine's worker is to be put."""
    shutil.copy(Path(engine.__file__).with_name("worker.py"), tmp_path / "real_worker.py")
    started: list[engine.BlenderEngine] = []

    def shared() -> engine.BlenderEngine:
        (path,) = (p for p in tmp_path.glob("*.py") if p.name != "real_worker.py")
        started.append(engine.BlenderEngine(worker=path))
        return started[-1]

    monkeypatch.setattr(engine, "shared", shared)
    yield tmp_path
    for one in started:
        one.close()


@pytest.mark.blender
@needs_blender
@pytest.mark.parametrize("fault", ["none", *FAULTS])
def test_a_planted_fault_is_refused(worker: Path, fault: str):
    shutil.copy(
        Path(__file__).parents[2] / "fixtures/faulty_blender_worker.py", worker / f"{fault}.py"
    )
    if fault == "none":
        report = clip.draw(world(), CHECKED).report
        assert report is not None and not report.fault() and report.pixels > 10_000
        return
    with pytest.raises(PageFault, match="engines_disagree"):
        clip.draw(world(), CHECKED)


def test_a_report_names_each_bound_that_is_broken():
    held = clip.ClipReport(1000, 0, 0.0, 0.0, 0.0, 0.0, 0.0)
    assert held.fault() == ""
    assert "could be compared" in held._replace(pixels=0).fault()
    assert "mean" in held._replace(mean=float("nan")).fault()
    for name, value, words in (
        ("other", 0.01, "other things"),
        ("depth", 1e-3, "depth"),
        ("mean", 1e-3, "mean end-point error"),
        ("tail", 0.1, "99.9th percentile"),
    ):
        assert words in held._replace(**{name: value}).fault()


def test_points_that_go_behind_the_camera_have_a_code_and_no_flow():
    floor = meshes.grid(8)
    vertices = (floor.vertices * 30)[None]
    thing = Thing(
        "f",
        "floor",
        (0.5, 0.5, 0.5),
        floor.faces,
        vertices,
        np.eye(4)[None],
        meshes.bounds(floor.vertices),
    )
    ahead = np.array([0.0, 8, 0.6])
    poses = np.stack(
        [look_at(np.array([0, y, 1.2]), np.array([0, y, 0]) + ahead) for y in (0.0, 6.0)]
    )
    made = World([thing], Camera((96, 64), poses, np.full(2, 50.0)))
    flow = GroundTruth(made).flow(0, 1)
    behind = flow.codes == FlowCode.BEHIND_CAMERA
    _, depth = made.camera.project(
        1, GroundTruth(made).points(GroundTruth(made).surface(0).hits, 1)
    )
    expected = (depth <= 0.05).reshape(64, 96) & (GroundTruth(made).instances(0) > 0)
    assert behind.any() and (behind == expected).all() and not flow.pixels[behind].any()


def test_sky_flows_by_its_turn_where_blender_says_nothing():
    made = world()
    made = replace(made, things=made.things[:-1])
    flow = GroundTruth(made).flow(0, 1)
    sky = flow.codes == FlowCode.SKY
    assert sky.mean() > 0.5 and np.linalg.norm(flow.pixels[sky], axis=1).min() > 0.5


def test_first_and_last_frames_have_no_flow_beyond_the_clip():
    made = clip.draw(world(), {**CHECKED, "checked": False}).passes
    assert len(made["flow_forward"]) == len(made["flow_backward"]) == 3
    assert np.linalg.norm(made["flow_forward"][2], axis=-1).max() > 0.5, "the last one moves too"
    assert np.linalg.norm(made["flow_backward"][0], axis=-1).max() > 0.5


@pytest.mark.parametrize("fault", ["nan", "huge"])
def test_a_world_that_cannot_be_is_refused_before_it_is_drawn(fault: str, tmp_path: Path):
    made = world()
    thing = made.things[1]
    if fault == "nan":
        spoiled = replace(thing, vertices=np.where(thing.vertices > 0, np.nan, thing.vertices))
    else:
        spoiled = replace(thing, faces=np.zeros((10_000_000, 3), np.int64))
    with pytest.raises(PageFault, match={"nan": "not_finite", "huge": "too_many_triangles"}[fault]):
        engine.write(replace(made, things=[spoiled]), tmp_path / "w.npz")
