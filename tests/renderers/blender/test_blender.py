"""Blender's passes against the float64 caster, which shares no line with it; and dying workers."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pytest
from PIL import Image
from scipy.spatial.transform import Rotation

from corpuswright.renderers.blender import engine
from corpuswright.renderers.blender.engine import BlenderEngine
from corpuswright.renderers.faults import PageFault
from corpuswright.renderers.world3d import meshes
from corpuswright.renderers.world3d.ground_truth import FlowCode, GroundTruth
from corpuswright.renderers.world3d.world import (
    Camera,
    Floats,
    Thing,
    World,
    look_at,
    moved,
    pose_of,
)

try:
    engine.python()
    ABSENT = ""
except engine.BlenderMissing as error:
    ABSENT = str(error)

pytestmark = [pytest.mark.blender, pytest.mark.skipif(bool(ABSENT), reason=ABSENT)]

SIZE = (96, 64)
FRAMES = 3
KINDS = ("rigid", "bending", "zooming", "off-screen", "100 degrees a frame", "through the lens")


def turn(*degrees: float) -> Floats:
    return Rotation.from_euler("xyz", degrees, degrees=True).as_matrix()


def bent(vertices: Floats, frame: int) -> Floats:
    """A mesh that twists about z, more with every frame: no pose moves it so."""
    angle = vertices[:, 2:] * (0.5 + 0.6 * frame + 0.2 * frame**2)
    x, y, z = vertices[:, :1], vertices[:, 1:2], vertices[:, 2:]
    c, s = np.cos(angle), np.sin(angle)
    return np.concatenate([x * c - y * s, x * s + y * c, z], axis=1)


def clip(kind: str, seed: int = 0, size: tuple[int, int] = SIZE) -> World:
    """A floor and six primitives that accelerate and spin before a camera that does too."""
    rng = np.random.default_rng(seed)
    things: list[Thing] = []
    frames = range(FRAMES)
    wild = 4.0 if kind == "off-screen" else 0.4
    for number, make in enumerate(meshes.PRIMITIVES.values()):
        mesh = make()
        place, way, spin = (
            rng.uniform(-1.6, 1.6, 3),
            rng.uniform(-wild, wild, 3),
            rng.uniform(-50, 50, 3),
        )
        if kind == "through the lens" and not number:
            place, way = np.array([0.3, -5.0, 1.6]), np.array([0, -0.6, 0.2])
        poses = np.stack(
            [pose_of(place + way * t + 0.1 * way * t * t, turn(*(spin * t))) for t in frames]
        )
        vertices = moved(mesh.vertices, poses)
        if kind == "bending":
            vertices = np.concatenate(
                [moved(bent(mesh.vertices, t), poses[t : t + 1]) for t in frames]
            )
        colour = tuple(rng.uniform(0.1, 0.9, 3).tolist())
        bounds = meshes.bounds(mesh.vertices)
        things.append(Thing(f"t{number}", "thing", colour, mesh.faces, vertices, poses, bounds))
    floor, flat = meshes.grid(4), np.stack([pose_of(np.array([0, 0, -1.8]), np.eye(3), 14.0)])
    ground = moved(floor.vertices, flat)
    grey, bounds = (0.4, 0.4, 0.4), meshes.bounds(floor.vertices)
    things.append(Thing("floor", "floor", grey, floor.faces, ground, flat, bounds))
    eyes = [np.array([1.2 * t * t, -6 + 0.3 * t, 2 + 0.3 * t]) for t in frames]
    poses = np.stack([look_at(e, np.zeros(3), 0.15 * t) for t, e in enumerate(eyes)])
    if kind == "100 degrees a frame":
        # About its own axis, and aside: about another alone, nothing would stay in view.
        poses = np.stack(
            [p @ pose_of(np.zeros(3), turn(0, 12, 100 * t)) for t, p in enumerate(poses)]
        )
    focal = np.array([0.94 * size[0] * (1.4**t if kind == "zooming" else 1) for t in frames])
    return World(things, Camera(size, poses, focal))


@pytest.fixture(scope="module")
def blender() -> Iterator[BlenderEngine]:
    with BlenderEngine() as started:
        yield started


@pytest.mark.parametrize("kind", KINDS)
def test_passes_are_what_the_caster_says(blender: BlenderEngine, tmp_path: Path, kind: str):
    far: list[Floats] = []
    wrong: list[Floats] = []
    for seed in range(4):
        world = clip(kind, seed)
        truth = GroundTruth(world)
        files = blender.draw(world, tmp_path / str(seed))["truth"]
        for t, file in enumerate(files):
            with np.load(file) as held:
                passes = dict(held)
            mine, depth = truth.instances(t), truth.depth(t)
            # On an edge, which of two things a centre shows is a matter of rounding.
            assert (passes["instance"] != mine).sum() <= 2
            both = (passes["instance"] == mine) & (mine > 0)
            assert np.abs(passes["depth"][both] / depth[both] - 1).max() < 1e-4
            assert np.isinf(passes["depth"][mine == 0]).mean() > 0.999
            for name, other in (("forward", t + 1), ("backward", t - 1)):
                if not 0 <= other < FRAMES:
                    continue
                flow = truth.flow(t, other)
                told = both & (flow.codes != FlowCode.BEHIND_CAMERA)
                far.append(np.linalg.norm(passes[name] - flow.pixels, axis=-1)[told])
                signs = passes[name] * np.array([[-1, 1], [1, -1], [-1, -1]])[:, None, None]
                misses = np.linalg.norm(signs - flow.pixels, axis=-1)[:, told]
                wrong.append(misses.mean(axis=1))
    errors = np.concatenate(far)
    # A pixel's flow in a mesh that comes near the lens is thousands of pixels long.
    assert len(errors) > 10_000 and errors.mean() <= 2e-4, errors.mean()
    assert np.percentile(errors, 99.9) <= 0.05
    assert np.stack(wrong).mean(axis=0).min() > 0.5, "other signs fail decisively"


def test_a_clip_drawn_anew_is_the_same_to_a_ten_thousandth(blender: BlenderEngine, tmp_path: Path):
    world = clip("rigid")
    with BlenderEngine() as other:
        files = [e.draw(world, tmp_path / str(i))["truth"] for i, e in enumerate((blender, other))]
    for a, b in zip(*files, strict=True):
        with np.load(a) as first, np.load(b) as second:
            assert first.files == second.files
            for name in ("forward", "backward", "normal"):
                assert np.abs(first[name] - second[name]).max() <= 1e-4


def test_pictures_come_beside_truth_and_show_what_it_says(blender: BlenderEngine, tmp_path: Path):
    world = clip("rigid")
    world = replace(world, things=[replace(t, colour=(0.9, 0.1, 0.1)) for t in world.things])
    files = blender.draw(world, tmp_path, pictures="cycles", samples=4)
    assert len(files["rgb"]) == len(files["truth"]) == FRAMES
    for t, file in enumerate(files["rgb"]):
        with Image.open(file) as image:
            seen = np.asarray(image.convert("RGB")).astype(int)
        assert seen.shape == (SIZE[1], SIZE[0], 3)
        red = seen[..., 0] > seen[..., 2] + 10
        assert (red == (GroundTruth(world).instances(t) > 0)).mean() > 0.9


def test_worlds_that_cannot_be_drawn_are_refused_with_a_reason(
    blender: BlenderEngine, tmp_path: Path
):
    world = clip("rigid")
    spoiled = world.things[0].vertices.copy()
    spoiled[1, 2] = np.nan
    broken = replace(world, things=[replace(world.things[0], vertices=spoiled)])
    with pytest.raises(PageFault, match="not_finite"):
        blender.draw(broken, tmp_path / "a")
    faces = np.zeros((10_000_000, 3), np.int64)
    with pytest.raises(PageFault, match="too_many_triangles: 10000000"):
        blender.draw(replace(world, things=[replace(world.things[0], faces=faces)]), tmp_path / "b")
    assert len(blender.draw(world, tmp_path / "c")["truth"]) == FRAMES


def test_a_worker_that_is_killed_loses_nothing(tmp_path: Path):
    world = clip("rigid")
    killed: list[int] = []
    others = {c.pid for c in psutil.Process().children()}  # such as the shared engine's

    def kill() -> None:
        while len(killed) < engine.DEATHS - 1:
            time.sleep(0.02)
            for child in psutil.Process().children():
                if child.pid in others or child.pid in killed:
                    continue
                if "--answers" in child.cmdline():
                    if killed:
                        time.sleep(1.5)  # in the middle of its work, too
                    killed.append(child.pid)
                    os.kill(child.pid, signal.SIGKILL)

    with BlenderEngine() as started:
        hunter = threading.Thread(target=kill)
        hunter.start()
        files = started.draw(world, tmp_path)["truth"]
        hunter.join()
        assert len(killed) == engine.DEATHS - 1 and len(files) == FRAMES


def test_a_worker_that_dies_each_time_is_given_up_and_no_other_clip_lost(tmp_path: Path):
    dying = tmp_path / "python"
    dying.write_text("#!/bin/sh\nread line\nexit 7\n")
    dying.chmod(0o755)
    with (
        BlenderEngine(dying) as started,
        pytest.raises(PageFault, match=r"worker_died: 3 times; .* 7"),
    ):
        started.draw(clip("rigid"), tmp_path / "a")


def test_a_clip_that_takes_too_much_memory_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    grows = tmp_path / "grows.py"
    grows.write_text("import time\ninput()\nheld = b'x' * (200 << 20)\ntime.sleep(60)\n")
    monkeypatch.setattr(engine, "MOST_MEMORY", 150 << 20)
    with (
        BlenderEngine(Path(sys.executable), grows) as started,
        pytest.raises(PageFault, match="too_much_memory"),
    ):
        started.draw(clip("rigid"), tmp_path / "a")


def test_what_is_missing_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CORPUSWRIGHT_BLENDER", "/nowhere/python")
    with pytest.raises(engine.BlenderMissing, match="make blender"):
        engine.python()
