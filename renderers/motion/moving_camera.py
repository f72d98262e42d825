"""A place full of things, seen by a camera that moves hard: DynaVid's camera part.

Nothing in it moves but the camera, so that all flow is the camera's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from corpuswright.renderers.apps.page import Read
from corpuswright.renderers.faults import PageFault
from corpuswright.renderers.world3d import camera_paths, meshes, solids, user_models
from corpuswright.renderers.world3d.world import Camera, Floats, Skin, Thing, World, moved, pose_of
from corpuswright.storage.media import decoder
from corpuswright.storage.records import Json

ROOM = 9.0  # metres from the middle to a wall
HEIGHT = 5.0
THINGS = (14, 26)
SIDE = (0.5, 2.2)  # metres
FREE = 1.2  # metres around the camera's first place that stay empty
TRIALS = 40  # for a place of a thing, and for a course of the camera
CLEAR = 0.15  # metres that the camera keeps from things and walls
FOCAL = (0.7, 1.2)  # of the longer side
PHOTO = 1024  # pixels of the longer side of a photograph on a wall


def compose(parameters: Json, read: Read) -> World:
    """Return the world of a spec.

    Parameters: `seed`, `width`, `height`, `frames`; `turn`, degrees in the frame in which the
    camera turns most; `pixels`, the median flow in pixels a frame that its way makes besides;
    `light` of `world.LIGHTS` or empty; `props`, each with `file` (`<site>/<path>`) and `name`,
    that stand among the things; `photo`, a file that covers the walls, or empty.

    Raises:
        PageFault: No course was found that goes through nothing, or a file cannot be used.
    """
    rng = np.random.Generator(np.random.PCG64(int(parameters["seed"])))
    things = [solids.floor(str(rng.choice(solids.FLOORS)), 2 * ROOM, "checker 12")]
    if rng.uniform() < 0.8:  # a yard with walls; else the sky is all round
        photo = _photo(str(parameters.get("photo", "")), read)
        things += [_wall(i, str(rng.choice(solids.FLOORS)), photo) for i in range(4)]
    taken = _furnish(things, rng, parameters.get("props", []), read)
    size, focal = (int(parameters["width"]), int(parameters["height"])), float(rng.uniform(*FOCAL))
    sky, sun = solids.rgb(str(rng.choice(solids.SKIES))), (float(rng.uniform(20, 55)), 30.0)
    for _ in range(TRIALS):
        way = rng.uniform(0, 2 * np.pi)
        eye = np.array([0, 0, float(rng.uniform(0.8, 2.2))])
        ahead = eye + np.array([np.cos(way), np.sin(way), -0.1])
        course = camera_paths.moving(
            rng,
            size,
            int(parameters["frames"]),
            eye,
            ahead,
            1.0,
            float(parameters["turn"]),
            focal * max(size),
        )
        world = World(things, course(0, True), sky, sun, str(parameters.get("light", "")))
        world = camera_paths.paced(world, course, float(parameters["pixels"]))
        if _free(world.camera, taken):
            return world
    raise PageFault("no_such_paths", "a camera that goes through nothing")


def _furnish(
    things: list[Thing], rng: np.random.Generator, brought: Sequence[Mapping[str, str]], read: Read
) -> list[tuple[float, float, float]]:
    """Add things that stand apart; return where each is, and the radius that it takes."""
    taken: list[tuple[float, float, float]] = []
    looks = solids.looks(rng, int(rng.integers(THINGS[0], THINGS[1] + 1)))
    own: dict[int, Mapping[str, str]] = dict(enumerate(brought))  # what was brought has first place
    for number, (kind, colour) in enumerate(looks):
        side, angle = float(rng.uniform(*SIDE)), float(rng.uniform(0, 2 * np.pi))
        radius = side * solids.SQUARE
        pattern = str(rng.choice(("", "checker 5", "noise 5", "waves 5")))
        for _ in range(TRIALS):
            x, y = rng.uniform(-ROOM + radius, ROOM - radius, 2)
            gaps = [np.hypot(x - a, y - b) - radius - r for a, b, r in taken]
            if np.hypot(x, y) > FREE + radius and min(gaps, default=1.0) > 0.05:
                taken.append((x, y, radius))
                at, turned = np.array([[x, y]]), np.array([angle])
                id_, prop = f"t{number}", own.get(number)
                things.append(
                    user_models.thing(id_, prop, side, at, turned, read)
                    if prop
                    else solids.solid(id_, kind, colour, side, at, turned, pattern)
                )
                break
    return taken


def _free(camera: Camera, taken: list[tuple[float, float, float]]) -> bool:
    """Say whether a camera goes through no thing and no wall."""
    places = camera.poses[:, :3, 3]
    apart = [np.hypot(places[:, 0] - x, places[:, 1] - y).min() - r for x, y, r in taken]
    return bool(min(apart, default=1.0) > CLEAR and np.abs(places[:, :2]).max() < ROOM - CLEAR)


def _photo(uri: str, read: Read) -> NDArray[np.uint8] | None:
    """Return the (H, W, 3) photograph of a file, `<site>/<path>`; None for none."""
    if not uri:
        return None
    site, _, path = uri.partition("/")
    try:
        image = decoder.decoded(read(site, path), PHOTO * PHOTO)[1]
    except decoder.Refused as refused:
        raise PageFault("photo_not_read", f"{path}: {refused}"[:200]) from refused
    image.thumbnail((PHOTO, PHOTO))
    return np.asarray(image)


def _wall(number: int, colour: str, photo: NDArray[np.uint8] | None) -> Thing:
    """Return one of four walls around the place, upright, its face inside.

    A photograph is as high as the wall, and as often on it as is nearest to its own shape.
    """
    flat = meshes.grid(4)
    upright = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])
    turn = solids.about_z(number * np.pi / 2)
    scale = np.diag([2 * ROOM, HEIGHT, 1.0])
    place = turn @ np.array([0, ROOM, HEIGHT / 2])
    pose = pose_of(place, turn @ upright @ scale)[None]
    skin = None
    if photo is not None:
        times = max(1, round(2 * ROOM / HEIGHT * photo.shape[0] / photo.shape[1]))
        uv: Floats = (flat.vertices[:, :2] + 0.5)[flat.faces] * [times, 1]
        skin = Skin((photo,), np.zeros(len(flat.faces), np.int64), uv)
    return Thing(
        f"wall{number}",
        "wall",
        solids.rgb(colour),
        flat.faces,
        moved(flat.vertices, pose),
        pose,
        meshes.bounds(flat.vertices),
        pattern="bricks 6",
        skin=skin,
    )
