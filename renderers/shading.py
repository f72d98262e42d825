"""Pictures without an engine: things in their colours, lit by the sun, from exact normals."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from corpuswright.renderers.truth import Truth
from corpuswright.renderers.worlds import World

AMBIENT = 0.45  # of the light: a side away from the sun is dark, and its colour still told


def flat(world: World, truth: Truth, frame: int) -> NDArray[np.uint8]:
    """Return the (H, W, 3) picture of a frame: flat shading, no shadows, no patterns."""
    zenith, north = np.radians(world.sun)
    # As Blender's sun: it shines down, tilted from the zenith about x, then turned about z.
    to_sun = np.array([np.sin(north) * np.sin(zenith), -np.cos(north) * np.sin(zenith)])
    sun = np.array([*to_sun, np.cos(zenith)])
    own = world.camera.poses[frame][:3, :3].T @ sun
    light = np.clip(truth.normals(frame) @ own, 0, 1) * (1 - AMBIENT) + AMBIENT
    colours = np.array([world.sky, *(t.colour for t in world.things)])
    instances = truth.instances(frame)
    shown = colours[instances] * np.where(instances > 0, light, 1.0)[..., None]
    return np.rint(np.clip(shown, 0, 1) * 255).astype(np.uint8)
