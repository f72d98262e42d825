"""A place full of things, seen by a camera that moves hard: DynaVid's camera part.

Nothing in it moves but the camera, so that all flow is the camera's.
"""

from __future__ import annotations

from typing import Any, cast

import numpy as np

from corpuswright.renderers import meshes, paths, solids
from corpuswright.renderers.worlds import Thing, World, pose_of
from corpuswright.storage.records import Json

ROOM = 9.0  # metres from the middle to a wall
HEIGHT = 5.0
THINGS = (14, 26)
SIDE = (0.5, 2.2)  # metres
FREE = 1.2  # metres around the camera's first place that stay empty
TRIALS = 40
FOCAL = (0.7, 1.2)  # of the longer side


def compose(parameters: Json) -> World:
    """Return the world of a spec.

    Parameters: `seed`, `width`, `height`, `frames`; `turn`, degrees in the frame in which the
    camera turns most; `pixels`, the median flow in pixels a frame that its way makes besides.
    """
    p = cast(dict[str, Any], parameters)
    rng = np.random.Generator(np.random.PCG64(int(p["seed"])))
    things = [solids.floor(str(rng.choice(solids.FLOORS)), 2 * ROOM, "checker 12")]
    if rng.uniform() < 0.8:  # a yard with walls; else the sky is all round
        things += [_wall(i, str(rng.choice(solids.FLOORS))) for i in range(4)]
    taken: list[tuple[float, float, float]] = []
    for number in range(int(rng.integers(THINGS[0], THINGS[1] + 1))):
        kind, colour = (
            str(rng.choice(list(meshes.PRIMITIVES))),
            str(rng.choice(list(solids.COLOURS))),
        )
        side, angle = float(rng.uniform(*SIDE)), float(rng.uniform(0, 2 * np.pi))
        radius = side * solids.SQUARE
        for _ in range(TRIALS):
            x, y = rng.uniform(-ROOM + radius, ROOM - radius, 2)
            gaps = [np.hypot(x - a, y - b) - radius - r for a, b, r in taken]
            if np.hypot(x, y) > FREE + radius and min(gaps, default=1.0) > 0.05:
                taken.append((x, y, radius))
                pattern = (
                    "" if rng.uniform() < 0.3 else f"{rng.choice(('checker', 'noise', 'waves'))} 5"
                )
                at, turned = np.array([[x, y]]), np.array([angle])
                things.append(solids.solid(f"t{number}", kind, colour, side, at, turned, pattern))
                break
    size, focal = (int(p["width"]), int(p["height"])), float(rng.uniform(*FOCAL))
    way = rng.uniform(0, 2 * np.pi)
    eye = np.array([0, 0, float(rng.uniform(0.8, 2.2))])
    ahead = eye + np.array([np.cos(way), np.sin(way), -0.1])
    camera = paths.moving(
        rng, size, int(p["frames"]), eye, ahead, 1.0, float(p["turn"]), focal * max(size)
    )
    sky, sun = solids.rgb(str(rng.choice(solids.SKIES))), (float(rng.uniform(20, 55)), 30.0)
    return paths.paced(World(things, camera(0, True), sky, sun), camera, float(p["pixels"]))


def _wall(number: int, colour: str) -> Thing:
    """Return one of four walls around the place, upright, its face inside."""
    flat = meshes.grid(4)
    upright = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])
    turn = solids.about_z(number * np.pi / 2)
    scale = np.diag([2 * ROOM, HEIGHT, 1.0])
    place = turn @ np.array([0, ROOM, HEIGHT / 2])
    pose = pose_of(place, turn @ upright @ scale)[None]
    vertices = np.einsum("fij,vj->fvi", pose[:, :3, :3], flat.vertices) + pose[:, None, :3, 3]
    return Thing(
        f"wall{number}", "wall", solids.rgb(colour), flat.faces, vertices, pose,
        meshes.bounds(flat.vertices), pattern="bricks 6",
    )  # fmt: skip
