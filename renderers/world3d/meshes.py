"""Primitive meshes of about unit size, centred, z up; triangles are counter-clockwise outside."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from corpuswright.renderers.world3d.world import Floats, Ints


class Mesh(NamedTuple):
    """(V, 3) vertices and (T, 3) triangles."""

    vertices: Floats
    faces: Ints


def cube() -> Mesh:
    """Return a cube with sides of 1."""
    corners = np.array([(x, y, z) for z in (0, 1) for y in (0, 1) for x in (0, 1)]) - 0.5
    quads = [(0, 2, 3, 1), (4, 5, 7, 6), (0, 1, 5, 4), (2, 6, 7, 3), (0, 4, 6, 2), (1, 3, 7, 5)]
    return Mesh(corners, _triangles(quads))


def sphere(rings: int = 12, sides: int = 24) -> Mesh:
    """Return a ball of diameter 1: a surface of revolution, whose outline is a polygon."""
    angle = np.pi * np.arange(1, rings) / rings
    return turned(np.sin(angle) / 2, np.cos(angle) / 2, sides, 0.5, -0.5)


def cylinder(sides: int = 24) -> Mesh:
    """Return an upright cylinder of diameter and height 1."""
    return turned(np.array([0.5, 0.5]), np.array([0.5, -0.5]), sides, 0.5, -0.5)


def cone(sides: int = 24) -> Mesh:
    """Return an upright cone, its tip above."""
    return turned(np.array([0.5]), np.array([-0.5]), sides, 0.5, -0.5)


def pyramid() -> Mesh:
    """Return a pyramid on four sides."""
    base = [(-0.5, -0.5, -0.5), (0.5, -0.5, -0.5), (0.5, 0.5, -0.5), (-0.5, 0.5, -0.5)]
    corners = np.array([*base, (0, 0, 0.5)])
    sides = [(0, 1, 4), (1, 2, 4), (2, 3, 4), (3, 0, 4), (0, 3, 2), (0, 2, 1)]
    return Mesh(corners, np.array(sides))


def torus(around: int = 32, across: int = 12) -> Mesh:
    """Return a ring that lies flat, of outer diameter 1 and a third of that thick."""
    u = 2 * np.pi * np.arange(around) / around
    v = 2 * np.pi * np.arange(across) / across
    radius = 1 / 3 + np.cos(v) / 6
    points = np.stack(
        [
            np.outer(np.cos(u), radius),
            np.outer(np.sin(u), radius),
            np.broadcast_to(np.sin(v) / 6, (around, across)),
        ],
        axis=2,
    )
    quads = [
        (i * across + j, n * across + j, n * across + m, i * across + m)
        for i, n in zip(range(around), [*range(1, around), 0], strict=True)
        for j, m in zip(range(across), [*range(1, across), 0], strict=True)
    ]
    return Mesh(points.reshape(-1, 3), _triangles(quads))


def grid(cells: int = 8) -> Mesh:
    """Return a flat square of side 1 at z = 0, facing up, of `cells` × `cells` squares."""
    line = np.linspace(-0.5, 0.5, cells + 1)
    x, y = np.meshgrid(line, line)
    n = cells + 1
    quads = [
        (j * n + i, j * n + i + 1, (j + 1) * n + i + 1, (j + 1) * n + i)
        for j in range(cells)
        for i in range(cells)
    ]
    return Mesh(np.stack([x.ravel(), y.ravel(), np.zeros(n * n)], axis=1), _triangles(quads))


PRIMITIVES: Mapping[str, Callable[[], Mesh]] = {
    "cube": cube,
    "sphere": sphere,
    "cylinder": cylinder,
    "cone": cone,
    "pyramid": pyramid,
    "ring": torus,
}


def bounds(vertices: Floats) -> Floats:
    """Return the (2, 3) least and greatest corner of (V, 3) vertices."""
    return np.stack([vertices.min(axis=0), vertices.max(axis=0)])


def _triangles(quads: list[tuple[int, int, int, int]]) -> Ints:
    return np.array([t for a, b, c, d in quads for t in ((a, b, c), (a, c, d))])


def turned(radius: Floats, height: Floats, sides: int, top: float, bottom: float) -> Mesh:
    """Return a surface of revolution about z: rings from above to below, and two poles."""
    angle = 2 * np.pi * np.arange(sides) / sides
    rings = [
        np.stack([r * np.cos(angle), r * np.sin(angle), np.full(sides, z)], axis=1)
        for r, z in zip(radius, height, strict=True)
    ]
    points = np.concatenate([*rings, [[0, 0, top]], [[0, 0, bottom]]])
    north, south, last = len(points) - 2, len(points) - 1, (len(rings) - 1) * sides
    after = [*range(1, sides), 0]
    faces = [(north, i, n) for i, n in enumerate(after)]
    for ring in range(len(rings) - 1):
        a, b = ring * sides, (ring + 1) * sides
        for i, n in enumerate(after):
            faces += [(a + i, b + i, b + n), (a + i, b + n, a + n)]
    faces += [(south, last + n, last + i) for i, n in enumerate(after)]
    return Mesh(points, np.array(faces))
