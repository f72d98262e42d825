"""Motion files and bodies: what is read is what was written, and bodies bend as motions say."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from corpuswright.assets.motion import dynavid
from corpuswright.renderers.motion import (
    human_bodies,
    motion_capture,
    moving_camera,
    moving_people,
    procedural_motions,
)
from corpuswright.renderers.motion.motion_capture import JOINTS, MocapError, Motion
from corpuswright.renderers.world3d import camera_paths
from corpuswright.renderers.world3d.world import Camera, look_at
from corpuswright.storage.inputs import sites

Read = Callable[[str], bytes]


@pytest.fixture(scope="session")
def read() -> Read:
    root = sites.fetch(dynavid.BODIES, Path("inputs"))
    assert isinstance(root, Path)
    return lambda path: (root / path).read_bytes()


def frame(**turned: list[float]) -> list[float]:
    """A frame of DeepMimic: 1/30 s, the root, and turns, w first; unnamed joints rest."""
    found = [1 / 30, 0.0, 0.9, 0.0]
    for name in (
        "root",
        "chest",
        "neck",
        "rhip",
        "rknee",
        "rankle",
        "rshoulder",
        "relbow",
        "lhip",
        "lknee",
        "lankle",
        "lshoulder",
        "lelbow",
    ):
        rest = [0.0] if name.endswith(("knee", "elbow")) else [1.0, 0, 0, 0]
        found += turned.get(name, rest)
    return found


def deepmimic(*frames: list[float]) -> Motion:
    return motion_capture.deepmimic(json.dumps({"Loop": "none", "Frames": frames}).encode(), "a")


def test_deepmimic_bends_knees_back_and_elbows_forward():
    motion = deepmimic(frame(rknee=[-1.0], lelbow=[1.2]))
    down = np.array([0, 0, -1.0])
    assert motion.turns["calf_r"][0] @ down == pytest.approx([0, np.sin(1.0), -np.cos(1.0)])
    assert motion.turns["lowerarm_l"][0] @ down == pytest.approx([0, -np.sin(1.2), -np.cos(1.2)])
    assert motion.root[0] == pytest.approx([0, 0, 0.9]) and motion.fps == pytest.approx(30)
    assert all(motion.turns[j][0] == pytest.approx(np.eye(3)) for j in ("hips", "chest", "thigh_r"))


def test_deepmimic_turns_are_of_the_joint_above():
    half = [float(np.cos(np.pi / 4)), 0.0, float(np.sin(np.pi / 4)), 0.0]  # 90 degrees about up
    motion = deepmimic(frame(root=half, chest=half))
    left = np.array([1.0, 0, 0])
    assert motion.turns["hips"][0] @ left == pytest.approx([0, 1, 0])
    assert motion.turns["chest"][0] @ left == pytest.approx([-1, 0, 0])
    assert motion.turns["upperarm_l"][0] @ left == pytest.approx([-1, 0, 0])
    assert motion.turns["thigh_l"][0] @ left == pytest.approx([0, 1, 0])


BVH = """HIERARCHY
ROOT Hips
{{
 OFFSET 0 0 0
 CHANNELS 6 Xposition Yposition Zposition Zrotation Yrotation Xrotation
 {legs}
 JOINT Spine
 {{
  OFFSET 0 5 0
  CHANNELS 3 Zrotation Yrotation Xrotation
  JOINT Head
  {{
   OFFSET 0 12 0
   CHANNELS 3 Zrotation Yrotation Xrotation
   End Site {{ OFFSET 0 4 0 }}
  }}
  {arms}
 }}
}}
MOTION
Frames: {frames}
Frame Time: 0.01
{lines}
"""


def limb(*bones: tuple[str, str]) -> str:
    head = "".join(
        f"JOINT {n} {{ OFFSET {o} CHANNELS 3 Zrotation Yrotation Xrotation " for n, o in bones
    )
    return head + "End Site { OFFSET 0 -1 2 }" + "}" * len(bones)


def bvh(rows: list[list[float]]) -> bytes:
    legs = " ".join(
        limb((f"{s}UpLeg", f"{x} -1 0"), (f"{s}Leg", "0 -8 0"), (f"{s}Foot", "0 -8.5 0"))
        for s, x in (("Left", 2), ("Right", -2))
    )
    arms = " ".join(
        limb((f"{s}Arm", f"{x} 8 0"), (f"{s}ForeArm", f"{2 * x} 0 0"))
        for s, x in (("Left", 3), ("Right", -3))
    )
    lines = "\n".join(" ".join(f"{v:.9f}" for v in row) for row in rows)
    return BVH.format(legs=legs, arms=arms, frames=len(rows), lines=lines).encode()


CHANNELS = 6 + 3 * (6 + 2 + 4)


@given(st.lists(st.floats(-80, 80), min_size=3, max_size=3))
@settings(max_examples=25, deadline=None)
def test_bvh_turns_about_its_channels_in_their_order(angles: list[float]):
    row = [0.0] * CHANNELS
    row[3:6] = angles
    motion = motion_capture.bvh(bvh([row]), "a")
    z, y, x = (np.radians(a) for a in angles)
    theirs = (
        Rotation.from_rotvec([0, 0, z])
        * Rotation.from_rotvec([0, y, 0])
        * Rotation.from_rotvec([x, 0, 0])
    ).as_matrix()
    axes = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])
    for joint in JOINTS:
        assert motion.turns[joint][0] == pytest.approx(axes @ theirs @ axes.T, abs=1e-9)


def test_bvh_has_a_scale_a_stance_and_a_rate():
    row = [0.0] * CHANNELS
    row[:3] = [10, 17, -4]
    motion = motion_capture.bvh(bvh([row, row]), "a")
    scale = 0.85 / 16.5  # from hip joint to ankle
    assert motion.root[0] == pytest.approx(np.array([10, 4, 17]) * scale)
    assert motion.height == pytest.approx(17.5 * scale + 0.05) and motion.fps == pytest.approx(100)
    assert motion.points["upperarm_l"] == pytest.approx([1, 0, 0])
    assert motion.points["calf_r"] == pytest.approx([0, 0, -1])


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "expected a BVH"),
        (b"HIERARCHY ROOT a { OFFSET 0 0 0", "expected a BVH"),
        (b"HIERARCHY ROOT a { OFFSET 0 0 MOTION", "breaks off"),
        (
            b"HIERARCHY ROOT a { OFFSET 0 0 0 } MOTION\nFrames: 1\nFrame Time: 0\n",
            "expected 1 frames",
        ),
        (bvh([[0.0] * (CHANNELS - 1)]), "numbers"),
        (bvh([[float("nan")] * CHANNELS]), "finite"),
        (bvh([[0.0] * CHANNELS]).replace(b"0.01", b"nan"), "step"),
        (bvh([[0.0] * CHANNELS]).replace(b"Zrotation", b"Wrotation"), "strange word"),
        (b"HIERARCHY ROOT Hips { OFFSET 0 0 0 CHANNELS 6 Xposition MOTION", "breaks off"),
        (b"HIERARCHY" + b" JOINT a { OFFSET 0 0 0" * 999 + b"}" * 999 + b" MOTION", "closed"),
        (bvh([[0.0] * CHANNELS]).replace(b"OFFSET 0 -1 2", b"OFFSET 0 0 0"), "lead somewhere"),
    ],
)
def test_a_broken_bvh_says_what_is_wrong(data: bytes, why: str):
    with pytest.raises(MocapError, match=why):
        motion_capture.bvh(data, "a")


@pytest.mark.parametrize(
    "data", [b"", b"{}", b'{"Frames": [[1, 2]]}', b'{"Frames": 3}', b"[" * 9999, b"[1]"]
)
def test_a_broken_deepmimic_clip_says_so(data: bytes):
    with pytest.raises(MocapError, match="a: expected"):
        motion_capture.deepmimic(data, "a")


def test_a_body_at_rest_stands_on_the_floor_with_its_limbs_where_they_were(read: Read):
    body = human_bodies.body(read, "female young average")
    assert 1.4 < np.ptp(body.vertices[:, 2]) < 2.0 and body.vertices[:, 2].min() == pytest.approx(0)
    assert body.weights.sum(axis=1) == pytest.approx(1)
    still = {j: np.eye(3)[None] for j in JOINTS}
    points = {
        j: (body.tails - body.heads)[body.bones.index(j)]
        for j in JOINTS
        if "arm" in j or "thigh" in j or "calf" in j
    }
    hips = body.heads[body.bones.index("pelvis")]
    rest = Motion(30, hips[None], still, points, float(hips[2]), False)
    posed = human_bodies.pose(body, rest)
    assert np.abs(posed.vertices[0] - body.vertices).max() < 1e-9
    left = posed.keypoints[0][list(human_bodies.KEYPOINTS).index("left wrist")]
    assert left[0] > 0.3, "its left is at +x"


def test_a_body_turns_as_one_and_its_steps_are_scaled(read: Read):
    body = human_bodies.body(read, "male old max")
    turn = Rotation.from_euler("z", 90, degrees=True).as_matrix()
    jacks = procedural_motions.ACTS["jumping jacks"]().at(np.array([0.3]))
    turned = jacks._replace(
        turns={n: turn @ t for n, t in jacks.turns.items()}, root=jacks.root @ turn.T + [1, 2, 0]
    )
    a, b = (human_bodies.pose(body, m).vertices[0] for m in (jacks, turned))
    scale = body.heads[body.bones.index("pelvis"), 2] / jacks.height
    assert np.abs(a @ turn.T + np.array([1, 2, 0]) * scale - b).max() < 1e-9


def test_rigid_parts_of_a_body_keep_their_size(read: Read):
    body = human_bodies.body(read, "female young average")
    bone = body.bones.index("head")
    own = np.flatnonzero(body.weights[:, bone] > 0.999)
    posed = human_bodies.pose(body, procedural_motions.ACTS["a dance"]().at(np.linspace(0, 2, 5)))
    for t in range(5):
        size = np.linalg.norm(posed.vertices[t][own][:, None] - posed.vertices[t][own], axis=-1)
        rest = np.linalg.norm(body.vertices[own][:, None] - body.vertices[own], axis=-1)
        assert len(own) > 5 and np.abs(size - rest).max() < 1e-6


def test_every_shape_and_act_makes_a_figure(read: Read):
    tall = [float(np.ptp(human_bodies.body(read, s).vertices[:, 2])) for s in human_bodies.SHAPES]
    assert 1.3 < min(tall) < max(tall) < 2.2
    for act in procedural_motions.ACTS.values():
        motion = act()
        assert motion.frames > 100
        for turns in motion.turns.values():
            assert np.abs(turns @ turns.transpose(0, 2, 1) - np.eye(3)).max() < 1e-9
            step = turns[1:] @ turns[:-1].transpose(0, 2, 1)
            cosine = (np.trace(step, axis1=1, axis2=2) - 1) / 2
            assert np.degrees(np.arccos(np.clip(cosine, -1, 1))).max() < 30, (
                "no jump at 60 a second"
            )


def test_figures_stand_apart_on_the_floor_and_are_in_the_picture(read: Read):
    spec = {
        "seed": 3,
        "width": 160,
        "height": 96,
        "frames": 9,
        "fps": 24,
        "turn": 0.0,
        "pixels": 0.0,
        "figures": [
            {"shape": "male young average", "colour": c, "act": a}
            for c, a in (("red", "squats"), ("blue", "spins"), ("green", "a dance"))
        ],
    }
    world = moving_people.compose(spec, lambda site, path: read(path))
    again = moving_people.compose(spec, lambda site, path: read(path))
    figures = world.things[1:]
    assert all(
        (a.vertices == b.vertices).all() for a, b in zip(figures, again.things[1:], strict=True)
    )
    for a, b in itertools.combinations(figures, 2):
        assert a.vertices[..., 0].max() < b.vertices[..., 0].min()
    for f in figures:
        assert f.vertices[..., 2].min() == pytest.approx(0) and f.joints.shape == (9, 15, 3)
        for t in range(9):
            flat, depth = world.camera.project(t, f.at(t))
            assert depth.min() > 0 and (flat.min(axis=0) > 0).all()
            assert (flat.max(axis=0) < (160, 96)).all()
            low, high = f.at(t).min(axis=0) - 0.02, f.at(t).max(axis=0) + 0.02
            assert ((f.joints[t] >= low) & (f.joints[t] <= high)).all(), "joints lie inside"


@given(st.integers(0, 1000))
@settings(max_examples=20, deadline=None)
def test_nurbs_with_even_weights_and_on_a_circle(seed: int):
    rng = np.random.default_rng(seed)
    points, at = rng.normal(size=(6, 3)), np.linspace(0, 1, 9)
    curve = camera_paths.nurbs(points, np.ones(6), at)
    assert curve[0] == pytest.approx(points[0]) and curve[-1] == pytest.approx(points[-1])
    low, high = points.min(axis=0), points.max(axis=0)
    assert ((curve >= low - 1e-9) & (curve <= high + 1e-9)).all(), "inside of its hull"
    moved = camera_paths.nurbs(points + 5, rng.uniform(0.5, 2, 6), at)
    assert moved == pytest.approx(camera_paths.nurbs(points, np.ones(6), at) + 5, abs=8)
    # A half circle is a cubic NURBS of four points with weights 1, 1/3, 1/3, 1.
    half = np.array([[1.0, 0], [1, 2], [-1, 2], [-1, 0]])
    circle = camera_paths.nurbs(half, np.array([1, 1 / 3, 1 / 3, 1]), at)
    assert np.linalg.norm(circle, axis=1) == pytest.approx(1)


def nothing(site: str, path: str) -> bytes:
    raise AssertionError(f"{site}/{path} is of no source")


@pytest.mark.parametrize(("turn", "pixels"), [(2.0, 3.0), (7.0, 5.0), (100.0, 2.0)])
def test_a_camera_turns_and_moves_as_fast_as_asked_for(turn: float, pixels: float):
    world = moving_camera.compose(
        {"seed": 5, "width": 96, "height": 64, "frames": 7, "turn": turn, "pixels": pixels},
        nothing,
    )
    poses = world.camera.poses
    steps = [
        (Rotation.from_matrix(b[:3, :3]).inv() * Rotation.from_matrix(a[:3, :3])).magnitude()
        for a, b in itertools.pairwise(poses)
    ]
    assert np.degrees(max(steps)) == pytest.approx(turn, rel=1e-6)
    held = poses.copy()
    held[:, :3, :3] = poses[0, :3, :3]
    seen = camera_paths.median_flow(replace(world, camera=replace(world.camera, poses=held)))
    assert seen == pytest.approx(pixels, rel=0.05)


def test_a_camera_that_stands_has_no_flow():
    camera = Camera(
        (64, 48), look_at(np.array([0, -5.0, 1]), np.zeros(3))[None].repeat(4, 0), np.full(4, 60.0)
    )
    world = moving_camera.compose(
        {"seed": 1, "width": 64, "height": 48, "frames": 4, "turn": 1, "pixels": 1}, nothing
    )
    assert camera_paths.median_flow(replace(world, camera=camera)) < 1e-9
