"""Solid things that glide over a floor before a camera at rest: how many, how fast, how they cross.

Paths are drawn in the image, where count, size, speed and overlap are controlled, and laid onto the
floor from there: FlashBench scores by number of objects, and these are its buckets.
"""

from __future__ import annotations

import numpy as np

from corpuswright.renderers.faults import PageFault
from corpuswright.renderers.world3d import solids
from corpuswright.renderers.world3d.world import Camera, Floats, World, look_at
from corpuswright.storage.records import Json

EYE = (0.0, -7.0, 3.6)  # metres: above the floor, so that who is behind can be seen
TARGET = (0.0, 0.0, 0.3)
FOCAL = 1.15  # widths of the image: 47 degrees
TRIALS = 60  # of a path for one thing
ALL = 500  # of paths for all things: few of eight cross none
APART = 0.05  # metres between things at all times: they never touch
MARGIN = 0.09  # share of the image at its edges that middles of things keep away from
TOP = 0.34  # share of its height above which nothing glides: the floor is too far away there
CROSSING = 0.05  # share of frames in which some two things come as near, where they are to
REACH = 0.87  # of a side: nothing of a cube is farther from its middle, so none overlap beyond
CORE = 0.45  # of a side: balls, cubes and cylinders are as wide, so they do within; a ring may not
BENT = 0.25  # of a path's length, by which its middle is moved aside at most
SPIN = 6.0  # degrees a frame at most
PLAIN = 0.4  # share of things of one colour; the others have a pattern


def compose(parameters: Json) -> World:
    """Return the world of a spec.

    Parameters: `seed`, `width`, `height`, `frames`; `count` things; `size` of a thing in the middle
    of the floor as a share of the image's width; `speed` in pixels a frame; `crossing`, whether
    some two overlap in the image at times, or none ever do; `light` of `world.LIGHTS` or empty.

    Raises:
        PageFault: No such paths were found.
    """
    rng = np.random.Generator(np.random.PCG64(int(parameters["seed"])))
    size, frames = (int(parameters["width"]), int(parameters["height"])), int(parameters["frames"])
    pose = look_at(np.array(EYE), np.array(TARGET))
    focal = np.full(frames, FOCAL * size[0])
    camera = Camera(size, np.repeat(pose[None], frames, axis=0), focal)
    sky, sun = solids.rgb(str(rng.choice(solids.SKIES))), (float(rng.uniform(20, 55)), 30.0)
    floor = solids.floor(str(rng.choice(solids.FLOORS)), pattern="noise 90")
    looks = solids.looks(rng, int(parameters["count"]))
    far = float(np.linalg.norm(np.array(EYE) - np.array(TARGET)))
    side = float(parameters["size"]) * far / FOCAL  # of a thing in the middle, seen from there
    for _ in range(ALL):
        paths = _paths(rng, camera, len(looks), side, float(parameters["speed"]))
        if paths is not None and _crosses(camera, paths, side) is bool(parameters["crossing"]):
            break
    else:
        raise PageFault("no_such_paths", f"{len(looks)} things, crossing: {parameters['crossing']}")
    things = [
        solids.solid(
            f"t{number}",
            kind,
            colour,
            side,
            path,
            float(rng.uniform(0, 6)) + np.radians(rng.uniform(-SPIN, SPIN)) * np.arange(frames),
            "" if rng.uniform() < PLAIN else f"{rng.choice(('checker', 'noise', 'waves'))} 4",
        )
        for number, ((kind, colour), path) in enumerate(zip(looks, paths, strict=True))
    ]
    # The floor comes last: objects have the ids from 1 on.
    return World([*things, floor], camera, sky, sun, str(parameters.get("light", "")))


def _paths(
    rng: np.random.Generator, camera: Camera, count: int, side: float, speed: float
) -> list[Floats] | None:
    """Return (F, 2) places on the floor of each thing; None if one found no way."""
    found: list[Floats] = []
    apart = 2 * side * solids.SQUARE + APART
    for _ in range(count):
        for _ in range(TRIALS):
            path = _path(rng, camera, speed)
            if path is not None and all(
                np.linalg.norm(path - other, axis=1).min() > apart for other in found
            ):
                found.append(path)
                break
        else:
            return None
    return found


def _path(rng: np.random.Generator, camera: Camera, speed: float) -> Floats | None:
    """Return (F, 2) places of a bend that is as long in the image as its speed makes it."""
    frames, size = len(camera.focal), np.array(camera.size)
    low = size * np.array([MARGIN, TOP])
    high = size * (1 - MARGIN)
    begin, angle = rng.uniform(low, high), rng.uniform(0, 2 * np.pi)
    length = speed * (frames - 1)
    way = length * np.array([np.cos(angle), np.sin(angle)])
    aside = np.array([-way[1], way[0]]) * rng.uniform(-BENT, BENT)
    t = np.linspace(0, 1, 256)[:, None]
    bend = begin + way * t + aside * 4 * t * (1 - t)
    steps = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(bend, axis=0), axis=1))])
    at = np.minimum(np.arange(frames) * speed, steps[-1])
    path = np.stack([np.interp(at, steps, bend[:, i]) for i in range(2)], axis=1)
    if not ((path >= low) & (path <= high)).all():
        return None
    pose = camera.poses[0]
    rays = camera.rays(0, path) @ pose[:3, :3].T
    return (pose[:3, 3] - rays * (pose[2, 3] / rays[:, 2:]))[:, :2]


def _crosses(camera: Camera, paths: list[Floats], side: float) -> bool | None:
    """Say whether some two things overlap in the image at times; None if too seldom to count."""
    ground = np.stack(paths)  # (N, F, 2)
    middles = np.concatenate([ground, np.full((*ground.shape[:2], 1), side / 2)], axis=2)
    flat, depth = camera.project(0, middles.reshape(-1, 3))
    flat = flat.reshape(*ground.shape)
    size = (side * camera.focal[0] / depth).reshape(ground.shape[:2])
    share, near = np.zeros(ground.shape[1], bool), False
    for i in range(len(paths)):
        for j in range(i):
            far = np.linalg.norm(flat[i] - flat[j], axis=1)
            near = near or bool((far < REACH * (size[i] + size[j])).any())
            share |= far < CORE * (size[i] + size[j])
    if not near:
        return False
    return True if share.mean() >= CROSSING else None
