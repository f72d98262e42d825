"""Clips of worlds: what stands in their files against closed forms and brute force."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from corpuswright.renderers.faults import PageFault
from corpuswright.renderers.motion import clip, motion_statistics, moving_objects
from corpuswright.renderers.world3d import meshes, solids
from corpuswright.renderers.world3d.ground_truth import FlowCode, GroundTruth
from corpuswright.renderers.world3d.world import Camera, Thing, World, look_at, moved, pose_of
from corpuswright.storage.media import video

SIZE = (96, 64)
FLAT: dict[str, Any] = {
    "pictures": "flat",
    "checked": False,
    "paths": 1,
    "blur": 0.0,
    "passes": list(clip.PASSES),
}
TOYS: dict[str, Any] = {
    "seed": 1, "width": 96, "height": 64, "frames": 6, "count": 3, "size": 0.12, "speed": 2.0,
    "crossing": False,
}  # fmt: skip


@pytest.fixture(scope="module")
def world() -> World:
    return moving_objects.compose(TOYS)


@pytest.fixture(scope="module")
def drawn(world: World) -> clip.DrawnClip:
    return clip.draw(world, FLAT)


def test_boxes_and_counts_are_those_of_the_masks(world: World, drawn: clip.DrawnClip):
    for frame, instances in enumerate(drawn.passes["instances"]):
        for place in range(len(world.things)):
            mask = instances == place + 1
            assert drawn.tracks["pixels"][frame, place] == mask.sum()
            if mask.any():
                ys, xs = np.nonzero(mask)
                box = [xs.min(), ys.min(), xs.max() + 1, ys.max() + 1]
                assert drawn.tracks["visible"][frame, place].tolist() == box
                x0, y0, x1, y1 = drawn.tracks["amodal"][frame, place]
                if world.things[place].kind != "floor":  # which goes behind the camera
                    assert x0 - 1 <= box[0] and y0 - 1 <= box[1]
                    assert x1 + 1 >= box[2] and y1 + 1 >= box[3]
            assert drawn.tracks["whole"][frame, place] >= mask.sum()


def test_a_thing_alone_is_seen_whole_and_one_behind_another_is_not():
    def cube(id_: str, y: float, x: float = 0) -> Thing:
        return solids.solid(id_, "cube", "red", 1.0, np.array([[x, y]]), np.zeros(1))

    camera = Camera(
        SIZE,
        look_at(np.array([0, -6, 0.5]), np.array([0, 0, 0.5]))[None].repeat(2, 0),
        np.full(2, 90.0),
    )
    both = clip.draw(World([cube("a", 0), cube("b", 2.0)], camera), FLAT).tracks
    alone = clip.draw(World([cube("b", 2.0)], camera), FLAT).tracks
    assert both["pixels"][0, 0] == both["whole"][0, 0] > 0
    assert both["whole"][0, 1] == alone["pixels"][0, 0] > both["pixels"][0, 1]


def test_points_on_rigid_things_go_where_their_poses_take_them(world: World, drawn: clip.DrawnClip):
    truth, at = GroundTruth(world), drawn.tracks["points"][0]
    met = truth.met(0, at)
    here = truth.points(met.hits, 0)
    for frame in range(world.frames):
        for p in np.flatnonzero(met.instance > 0):
            thing = world.things[met.instance[p] - 1]
            motion_ = thing.pose(frame) @ np.linalg.inv(thing.pose(0))
            there = motion_[:3, :3] @ here[p] + motion_[:3, 3]
            flat, _ = world.camera.project(frame, there[None])
            assert np.abs(flat[0] - drawn.tracks["points"][frame, p]).max() < 1e-6
    assert (drawn.tracks["points_instance"] == met.instance).all()


def test_flow_is_kept_within_a_ten_thousandth(world: World, drawn: clip.DrawnClip):
    truth = GroundTruth(world)
    for name, other in (("forward", 1), ("backward", -1)):
        for t in range(world.frames - 1):
            frame = t if other == 1 else t + 1
            exact = truth.flow(frame, frame + other)
            kept, codes = (drawn.passes[f"flow_{name}{n}"][t] for n in ("", "_codes"))
            assert np.abs(kept - exact.pixels).max() <= 1e-4 and (codes == exact.codes).all()


def test_a_cut_is_flow_to_nowhere(world: World):
    cut = replace(world.things[1], cuts=(3,))
    truth = GroundTruth(replace(world, things=[world.things[0], cut, *world.things[2:]]))
    for a, b, invalid in ((2, 3, True), (3, 2, True), (0, 5, True), (3, 4, False), (2, 1, False)):
        flow, mine = truth.flow(a, b), truth.instances(a) == 2
        assert (flow.codes[mine] == FlowCode.INVALID).all() == invalid == mine.any() & invalid
        assert not (flow.codes[~mine] == FlowCode.INVALID).any()
        if invalid:
            assert not flow.pixels[mine].any()


def test_flow_is_the_sum_of_what_camera_and_things_do():
    still = moving_objects.compose({**TOYS, "speed": 0.0})
    frames = still.frames
    rest = replace(still, things=[replace(t, vertices=t.vertices[:1]) for t in still.things])
    turns = np.stack(
        [
            still.camera.poses[0] @ pose_of(np.zeros(3), turn.as_matrix())
            for turn in Rotation.from_rotvec([[0, 0.02 * t, 0] for t in range(frames)])
        ]
    )
    turning = replace(rest, camera=replace(rest.camera, poses=turns))
    for world, camera, things in (
        (turning, True, False),
        (moving_objects.compose(TOYS), False, True),
    ):
        made = clip.draw(world, FLAT).passes
        found: Any = motion_statistics.statistics(
            world, GroundTruth(world), made["flow_forward"], made["flow_forward_codes"]
        )
        assert (found["camera"] > 0.5) == camera and (found["things"] > 0.01) == things
        assert (found["moving"] > 0) == things and found["p50"] <= found["p90"] <= found["p99"]
    facts: Any = motion_statistics.camera(turning)
    assert facts["pan"] == pytest.approx(np.degrees(0.02 * (frames - 1)), abs=1e-3)
    assert facts["turn_most"] == pytest.approx(np.degrees(0.02), abs=1e-3) and facts["went"] == 0


def test_true_flow_comes_back_but_on_edges(drawn: clip.DrawnClip):
    forward, backward = drawn.passes["flow_forward"][0], drawn.passes["flow_backward"][0]
    told = drawn.passes["flow_forward_codes"][0] == FlowCode.VISIBLE
    error = motion_statistics.cycle_error(forward, backward, told)
    assert (
        np.percentile(error, 90)
        < 0.02
        < motion_statistics.cycle_error(forward, -backward, told).max()
    )


def test_a_video_has_its_frames_and_its_things_their_colours(drawn: clip.DrawnClip):
    files = clip.files_of(drawn, 24)
    frames = list(video.decode(files["mp4"], "clip"))
    assert drawn.pictures is not None and len(frames) == len(drawn.pictures)
    far = np.abs(np.stack(frames).astype(int) - drawn.pictures.astype(int))
    assert far.mean() < 4, "4:2:0 and CRF 12"
    assert files == clip.files_of(drawn, 24), "the same bytes each time"


@pytest.mark.parametrize("count", [1, 2, 5, 8])
def test_toys_are_as_many_as_fast_and_as_far_apart_as_asked_for(count: int):
    asked = {
        **TOYS,
        "count": count,
        "size": 0.14 / count**0.5,
        "frames": 9,
        "width": 256,
        "height": 192,
    }
    for crossing in {False, count > 1}:
        world = moving_objects.compose({**asked, "crossing": crossing})
        things = world.things[:-1]
        assert len(things) == count == len({t.name for t in things})
        middles = [t.poses[:, :2, 3] for t in things]
        assert all(
            np.linalg.norm(a - b, axis=1).min() > 0
            for i, a in enumerate(middles)
            for b in middles[:i]
        )
        ground = np.concatenate([middles[0], np.zeros((9, 1))], axis=1)
        steps = np.diff(world.camera.project(0, ground)[0], axis=0)
        assert np.linalg.norm(steps, axis=1) == pytest.approx(2.0, abs=0.02)
        drawn = clip.draw(world, {**FLAT, "passes": ["instances"]})
        hidden = (drawn.tracks["pixels"] < drawn.tracks["whole"])[:, :-1].any()
        assert not hidden or crossing, "none hides another where none are to cross"


def test_paths_that_cannot_be_are_told_of():
    with pytest.raises(PageFault, match="no_such_paths"):
        moving_objects.compose({**TOYS, "speed": 200.0})


def test_a_mesh_that_bends_is_followed_by_its_triangles():
    mesh, frames = meshes.grid(6), 3
    poses = np.eye(4)[None].repeat(frames, 0)
    bent = np.stack(
        [mesh.vertices + np.array([0, 0, 0.1 * t]) * mesh.vertices[:, :1] for t in range(frames)]
    )
    thing = Thing(
        "a",
        "a",
        (1, 0, 0),
        mesh.faces,
        moved(np.zeros((1, 3)), poses) + bent,
        poses,
        meshes.bounds(mesh.vertices),
    )
    pose = look_at(np.array([0.1, -0.2, 2.0]), np.zeros(3))
    world = World([thing], Camera(SIZE, pose[None].repeat(frames, 0), np.full(frames, 80.0)))
    drawn = clip.draw(world, FLAT)
    at = drawn.tracks["points"][0]
    met = GroundTruth(world).met(0, at)
    own = GroundTruth(world).points(met.hits, 0)
    for t in range(frames):
        flat, _ = world.camera.project(t, own + np.array([0, 0, 0.1 * t]) * own[:, :1])
        seen = met.instance > 0
        assert np.abs(flat[seen] - drawn.tracks["points"][t][seen]).max() < 1e-9
