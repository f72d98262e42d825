"""Pictures of solid things on a floor, and the truth of every pixel: grounding in three dimensions.

Blender draws the picture and, apart from it, passes; the float64 caster says what is where. A scene
whose two accounts differ in more than rounding is none.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from pydantic import JsonValue
from scipy import ndimage

from corpuswright.renderers.apps.page import Read
from corpuswright.renderers.blender import engine
from corpuswright.renderers.faults import PageFault
from corpuswright.renderers.world3d import meshes, solids, user_models
from corpuswright.renderers.world3d.ground_truth import GroundTruth
from corpuswright.renderers.world3d.mask_polygons import outlines
from corpuswright.renderers.world3d.world import Camera, Floats, Thing, World, look_at
from corpuswright.storage.media import images
from corpuswright.storage.records import Box, Element, Json, Point, Render, Scene

VERSION = 1  # bump when a picture or its labels come out otherwise

MEDIUM = "space"
COUNT = (4, 9)  # things: enough for relations, few enough that most can be seen. Ours
SIZE = (0.5, 1.5)  # metres
AROUND = 3.2  # metres from the middle within which they stand
TRIALS = 60  # for a place that no other thing has
ELEVATION = (14.0, 50.0)  # degrees of the camera above the floor
PATHS = 12  # a pixel: grain can hardly be seen, and time grows with them
DIFFERENT = 2e-4  # share of pixels where caster and Blender may differ: edges, by rounding
DEPTHS = 1e-4  # relative difference of depths between the two


def compose(parameters: Json, read: Read) -> World:
    """Return the world of a spec.

    Parameters: `seed`, `width`, `height`; `props`, each with `file` (`<site>/<path>`) and `name`,
    which stand there besides. Raises PageFault for a prop that cannot be used.
    """
    rng = np.random.Generator(np.random.PCG64(int(parameters["seed"])))
    things = [solids.floor(str(rng.choice(solids.FLOORS)))]
    taken: list[tuple[float, float, float]] = []
    brought: list[dict[str, str]] = parameters.get("props", [])
    for number in range(int(rng.integers(COUNT[0], COUNT[1] + 1)) + len(brought)):
        kind = str(rng.choice(list(meshes.PRIMITIVES)))
        colour = str(rng.choice(list(solids.COLOURS)))
        side, angle = float(rng.uniform(*SIZE)), float(rng.uniform(0, 2 * np.pi))
        radius = side * solids.SQUARE
        for _ in range(TRIALS):
            x, y = rng.uniform(-AROUND, AROUND, 2)
            apart = [np.hypot(x - a, y - b) - radius - r for a, b, r in taken]
            if np.hypot(x, y) < AROUND and min(apart, default=1.0) > 0.1:
                taken.append((x, y, radius))
                at, turned = np.array([[x, y]]), np.array([angle])
                things.append(
                    user_models.thing(f"t{number}", brought[number], side, at, turned, read)
                    if number < len(brought)
                    else solids.solid(f"t{number}", kind, colour, side, at, turned)
                )
                break
    camera = _camera(rng, int(parameters["width"]), int(parameters["height"]))
    sky = solids.rgb(str(rng.choice(solids.SKIES)))
    sun = float(rng.uniform(20, 55)), float(rng.uniform(0, 360))
    return World(things, camera, sky, sun)


def _camera(rng: np.random.Generator, width: int, height: int) -> Camera:
    focal = float(rng.uniform(0.9, 1.5)) * max(width, height)
    far = (AROUND + 0.9) * focal / (0.6 * min(width, height))
    up, round_ = np.radians(rng.uniform(*ELEVATION)), rng.uniform(0, 2 * np.pi)
    way = np.array([np.cos(up) * np.cos(round_), np.cos(up) * np.sin(round_), np.sin(up)])
    target = np.array([0.0, 0, 0.4])
    return Camera((width, height), look_at(target + far * way, target)[None], np.array([focal]))


def render(parameters: Json, read: Read) -> Render:
    """Draw a spec's world and describe what can be seen of it.

    Raises:
        PageFault: It cannot be drawn, or the two accounts of it differ.
    """
    world = compose(parameters, read)
    truth = GroundTruth(world)
    with tempfile.TemporaryDirectory(prefix="space-") as folder:
        files = engine.shared().draw(world, Path(folder), pictures="cycles", samples=PATHS)
        picture = files["rgb"][0].read_bytes()
        with np.load(files["truth"][0]) as held:
            instance, depth = held["instance"], held["depth"]
    mine, far = truth.instances(0), truth.depth(0)
    other = float((instance != mine).mean())
    same = (instance == mine) & (mine > 0)
    off = float(np.abs(depth[same] / far[same] - 1).max(initial=0))
    if other > DIFFERENT or off > DEPTHS:
        raise PageFault("engines_disagree", f"{other:.2%} of pixels, depth by {off:.1e}")
    image = images.decode(picture, "space")
    elements = [
        e
        for number, thing in enumerate(world.things[1:], 2)
        if (e := _element(world, thing, number, mine, image)) is not None
    ]
    codec: images.Codec = parameters.get("codec", "png")
    data = images.encode(image, codec)
    camera: dict[str, JsonValue] = {
        "matrix": world.camera.matrix(0).tolist(),
        "pose": world.camera.poses[0].tolist(),
    }
    scene = Scene(world.camera.size, (1.0, 1.0), tuple(elements), {"camera": camera})
    return Render({codec: data}, scene)


def _element(
    world: World, thing: Thing, number: int, instances: NDArray[np.uint16], image: Any
) -> Element | None:
    """Describe one thing; None for one that cannot be seen at all."""
    mask = instances == number
    if not mask.any():
        return None
    alone = GroundTruth(World([thing], world.camera)).instances(0) > 0
    ys, xs = np.nonzero(mask)
    seen: Box = (float(xs.min()), float(ys.min()), float(xs.max() + 1), float(ys.max() + 1))
    flat, depth = world.camera.project(0, thing.at(0))
    x0, y0, x1, y1 = (*flat.min(axis=0).tolist(), *flat.max(axis=0).tolist())
    deep: Floats = np.asarray(ndimage.distance_transform_edt(np.pad(mask, 1)))
    y, x = np.unravel_index(int(np.argmax(deep)), deep.shape)
    click: Point = (float(x) - 0.5, float(y) - 0.5)  # padded by one: the centre of that pixel
    outer, holes = outlines(mask)
    pixels = np.asarray(image)[..., :3][mask].astype(np.float64)
    middle = world.camera.see(0, thing.pose(0)[None, :3, 3])[0]
    record: dict[str, JsonValue] = {
        "kind": "solid",
        "id": thing.id,
        "type": thing.kind,
        "colour": thing.hue,
        "shown": not thing.hue or _looks(np.median(pixels, axis=0)) == thing.hue,
        "pixels": int(mask.sum()),
        "room": float(deep.max()),
        "outline": cast(JsonValue, outer),
        "holes": cast(JsonValue, holes),
        "middle": [round(float(v), 6) for v in middle],
        "depth": [round(float(depth.min()), 6), round(float(depth.max()), 6)],
        "corners": cast(JsonValue, _corners(world, thing)),
        "points": {"top left": [seen[0], seen[1]], "bottom right": [seen[2], seen[3]]},
    }
    return Element(
        f"e{number - 2}",
        "img",
        thing.name,
        ((x0, y0), (x1, y0), (x1, y1), (x0, y1)),
        (x0, y0, x1, y1),
        seen,
        float(mask.sum() / alone.sum()),
        click,
        "",
        {},
        record,
        None,
    )


def _corners(world: World, thing: Thing) -> list[list[float]]:
    """Return the 8 corners of its box in the image, and their depths."""
    flat, depth = world.camera.project(0, thing.corners(0))
    return [[round(float(v), 4) for v in (*p, z)] for p, z in zip(flat, depth, strict=True)]


def _looks(shown: Floats) -> str:
    """Return the name of the colour that is nearest to one in hue, whatever light it stands in."""

    def hue(rgb: Floats) -> Floats:
        spread = rgb - rgb.min()
        return spread / max(float(spread.max()), 1e-9)

    own = hue(shown)
    far = {
        n: float(np.linalg.norm(hue(np.array(solids.rgb(c))) - own))
        for n, c in solids.COLOURS.items()
    }
    return min(far, key=lambda n: far[n])
