"""Pictures without an engine: things in their colours, lit by the sun, from exact normals."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from corpuswright.renderers.world3d.ground_truth import GroundTruth
from corpuswright.renderers.world3d.world import Skin, World

AMBIENT = 0.45  # of the light: a side away from the sun is dark, and its colour still told


def flat(world: World, truth: GroundTruth, frame: int) -> NDArray[np.uint8]:
    """Return the (H, W, 3) picture of a frame: flat shading and skins, no shadows, no patterns."""
    zenith, north = np.radians(world.sun)
    # As Blender's sun: it shines down, tilted from the zenith about x, then turned about z.
    to_sun = np.array([np.sin(north) * np.sin(zenith), -np.cos(north) * np.sin(zenith)])
    sun = np.array([*to_sun, np.cos(zenith)])
    own = world.camera.poses[frame][:3, :3].T @ sun
    light = np.clip(truth.normals(frame) @ own, 0, 1) * (1 - AMBIENT) + AMBIENT
    colours = np.array([world.sky, *(t.colour for t in world.things)])
    instances = truth.instances(frame)
    covered = colours[instances]
    for number, thing in enumerate(world.things, 1):
        mask = instances == number
        if thing.skin is not None and mask.any():
            covered[mask] = _skin(thing.skin, truth, frame, number, mask)
    shown = covered * np.where(instances > 0, light, 1.0)[..., None]
    return np.rint(np.clip(shown, 0, 1) * 255).astype(np.uint8)


def _skin(
    skin: Skin, truth: GroundTruth, frame: int, number: int, mask: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Return the (N, 3) colours, 0 to 1, of a thing's pixels: the texel that each is nearest to."""
    hits = truth.surface(frame).hits
    own = mask.ravel()
    first = int(np.searchsorted(truth.owner, number))  # a thing's triangles stand together
    triangle, weights = hits.triangle[own] - first, hits.weights[own]
    uv = np.einsum("nk,nki->ni", weights, skin.uv[triangle]) % 1.0
    found = np.zeros((len(triangle), 3))
    for which, image in enumerate(skin.images):
        some = skin.of[triangle] == which
        high, wide = image.shape[:2]
        x = np.minimum((uv[some, 0] * wide).astype(int), wide - 1)
        y = np.minimum(((1 - uv[some, 1]) * high).astype(int), high - 1)
        found[some] = image[y, x] / 255
    return found
