"""Solid things that stand on a floor: what scenes in three dimensions are furnished with."""

from __future__ import annotations

import numpy as np

from corpuswright.renderers.world3d import meshes
from corpuswright.renderers.world3d.world import Floats, Thing, moved, pose_of

# Far apart in hue, so that they can be told in light and in shadow; black, white and grey cannot.
COLOURS = {
    "red": "#d62222", "orange": "#f57c00", "yellow": "#f2cf10", "green": "#2e9e3f",
    "blue": "#1f5fd6", "purple": "#7b2cbf", "pink": "#f277b6",
}  # fmt: skip
FLOORS = ("#8a8a86", "#a39d92", "#6f7378", "#b9b4aa")
SKIES = ("#9fbfe0", "#cfd8e3", "#e8d9c5", "#7f93ad")
ROUND = ("sphere", "ring")
SQUARE = 0.71  # of a cube's side: half the diagonal of its floor plan


def rgb(colour: str) -> tuple[float, float, float]:
    """Return `#rrggbb` as sRGB from 0 to 1."""
    r, g, b = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return r, g, b


def looks(rng: np.random.Generator, count: int) -> list[tuple[str, str]]:
    """Return up to 42 kinds and colours, no pair twice: each thing can be named."""
    pairs = [(k, c) for k in meshes.PRIMITIVES for c in COLOURS]
    return [pairs[int(i)] for i in rng.permutation(len(pairs))[:count]]


def floor(colour: str, side: float = 80.0, pattern: str = "") -> Thing:
    """Return a flat floor at z = 0, `side` metres wide."""
    ground = meshes.grid(1)
    flat = pose_of(np.zeros(3), np.eye(3), side)[None]
    return Thing(
        "floor",
        "floor",
        rgb(colour),
        ground.faces,
        moved(ground.vertices, flat),
        flat,
        meshes.bounds(ground.vertices),
        pattern=pattern,
    )


def solid(
    id_: str, kind: str, colour: str, side: float, at: Floats, angles: Floats, pattern: str = ""
) -> Thing:
    """Return a primitive that stands on the floor.

    Args:
        id_: Unique in its world.
        kind: Of `meshes.PRIMITIVES`.
        colour: Of `COLOURS`.
        side: Metres.
        at: (F, 2) places on the floor by frame, or (1, 2).
        angles: (F,) or (1,) radians about its own vertical axis.
        pattern: What covers its surface.
    """
    mesh = meshes.PRIMITIVES[kind]()
    lowest = float(mesh.vertices[:, 2].min())
    poses = np.stack(
        [
            pose_of(np.array([x, y, -lowest * side]), about_z(angle), side)
            for (x, y), angle in zip(at, angles, strict=True)
        ]
    )
    name = "ball" if kind == "sphere" else kind
    return Thing(
        id_,
        name,
        rgb(COLOURS[colour]),
        mesh.faces,
        moved(mesh.vertices, poses),
        poses,
        meshes.bounds(mesh.vertices),
        kind in ROUND,
        pattern,
        hue=colour,
    )


def about_z(angle: float) -> Floats:
    """Return the (3, 3) rotation by radians about the vertical."""
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, -s, 0], [s, c, 0], [0, 0, 1.0]])
