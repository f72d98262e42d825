"""Scenes in three dimensions that move, free of any engine: meshes, poses and a camera by frame.

World axes are right-handed, z up, in metres. A camera looks along its own +z, x right, y down (the
axes of OpenCV). A `World` is baked: every vertex of every frame is a number in it, so an engine
that draws it interpolates nothing, and whatever computes truth from it reads the same numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

PATTERNS = ("noise", "checker", "bricks", "waves")  # with how many across: `noise 6`
# Panoramas that Blender brings along (CC0, Poly Haven), which pictures can be lit by.
LIGHTS = ("city", "courtyard", "forest", "interior", "night", "studio", "sunrise", "sunset")
NEAR = 0.05  # metres: nothing nearer is drawn, in any engine; a hand before a lens


class Skin(NamedTuple):
    """Pictures that cover a mesh.

    `images` are (H, W, 3) sRGB, top row first; `of` (T,) says which of them a triangle has, `uv`
    (T, 3, 2) where on it its corners are: u right, v up, from 0 to 1, repeating outside.
    """

    images: tuple[NDArray[np.uint8], ...]
    of: Ints
    uv: Floats


@dataclass(frozen=True, slots=True)
class Thing:
    """One mesh with one identity.

    Attributes:
        id: Unique in its world.
        kind: What a person calls it (`cube`, `figure`, `office chair`).
        colour: sRGB, 0 to 1.
        faces: (T, 3), vertices counter-clockwise as seen from outside.
        vertices: (F, V, 3) in the world, or (1, V, 3) for a thing at rest.
        poses: (F, 4, 4), own frame → world, or (1, 4, 4).
        bounds: (2, 3), least and greatest corner in its own frame.
        smooth: Whether a picture shades it as if it were round; truth knows its triangles only.
        pattern: What covers it in pictures: of `PATTERNS`, or empty for one colour.
        cuts: Frames at which it is no continuation of the frame before: another shape, or a jump.
        joints: (F, J, 3) keypoints in the world, or none: (1, 0, 3).
        hue: What its colour is called, or empty: what tells it from others of its kind.
        skin: What covers it in pictures, instead of its colour.
    """

    id: str
    kind: str
    colour: tuple[float, float, float]
    faces: Ints
    vertices: Floats
    poses: Floats
    bounds: Floats
    smooth: bool = False
    pattern: str = ""
    cuts: tuple[int, ...] = ()
    joints: Floats = field(default_factory=lambda: np.zeros((1, 0, 3)))
    hue: str = ""
    skin: Skin | None = None

    @property
    def name(self) -> str:
        """What it is called whole: `red cube`."""
        return f"{self.hue} {self.kind}" if self.hue else self.kind

    def at(self, frame: int) -> Floats:
        """Return the (V, 3) vertices of a frame."""
        return self.vertices[min(frame, len(self.vertices) - 1)]

    def pose(self, frame: int) -> Floats:
        """Return the (4, 4) pose of a frame."""
        return self.poses[min(frame, len(self.poses) - 1)]

    def corners(self, frame: int) -> Floats:
        """Return the (8, 3) corners of its box in the world, x fastest, then y, then z."""
        low, high = self.bounds
        grid = [(x, y, z) for z in (0, 1) for y in (0, 1) for x in (0, 1)]
        own = np.where(np.array(grid, bool), high, low)
        pose = self.pose(frame)
        found: Floats = own @ pose[:3, :3].T + pose[:3, 3]
        return found


@dataclass(frozen=True, slots=True)
class Camera:
    """A pinhole whose axis meets the middle of the image; pixels are square.

    Attributes:
        size: Width and height of the image in pixels.
        poses: (F, 4, 4), camera → world.
        focal: (F,), in pixels.
    """

    size: tuple[int, int]
    poses: Floats
    focal: Floats

    def matrix(self, frame: int) -> Floats:
        """Return the (3, 3) matrix K of a frame."""
        f, (w, h) = self.focal[frame], self.size
        return np.array([[f, 0, w / 2], [0, f, h / 2], [0, 0, 1]])

    def see(self, frame: int, points: Floats) -> Floats:
        """Return (N, 3) points of the world in the camera's own axes."""
        pose = self.poses[frame]
        return (points - pose[:3, 3]) @ pose[:3, :3]

    def project(self, frame: int, points: Floats) -> tuple[Floats, Floats]:
        """Return where (N, 3) points of the world are seen: (N, 2) pixels, (N,) depths along z.

        Pixels of points at or behind the camera mean nothing; their depth is not above 0.
        """
        own = self.see(frame, points)
        with np.errstate(divide="ignore", invalid="ignore"):
            pixels = own[:, :2] / own[:, 2:] * self.focal[frame] + np.array(self.size) / 2
        return pixels, own[:, 2]

    def rays(self, frame: int, pixels: Floats) -> Floats:
        """Return the (N, 3) directions of (N, 2) pixels in the camera's own axes, with z = 1."""
        flat = (pixels - np.array(self.size) / 2) / self.focal[frame]
        return np.concatenate([flat, np.ones((len(flat), 1))], axis=1)


@dataclass(frozen=True, slots=True)
class World:
    """What a clip shows. Instance ids of its things are their places in the list, from 1.

    `sky` is sRGB, 0 to 1; `sun` is how far it is from the zenith, and from north, in degrees.
    `light` is one of `LIGHTS`, which Blender's pictures are lit by and show instead of the sky.
    """

    things: Sequence[Thing]
    camera: Camera
    sky: tuple[float, float, float] = (0.62, 0.74, 0.88)
    sun: tuple[float, float] = (40.0, 30.0)
    light: str = ""

    @property
    def frames(self) -> int:
        """How many frames the clip has."""
        return len(self.camera.focal)


def centres(size: tuple[int, int]) -> Floats:
    """Return the (H·W, 2) centres of an image's pixels, row by row."""
    w, h = size
    x, y = np.meshgrid(np.arange(w) + 0.5, np.arange(h) + 0.5)
    return np.stack([x.ravel(), y.ravel()], axis=1).astype(np.float64)


def look_at(eye: Floats, target: Floats, roll: float = 0.0) -> Floats:
    """Return the (4, 4) pose of a camera at `eye` that looks at `target`, turned by `roll` radians.

    Raises:
        ValueError: The two points coincide.
    """
    ahead = target - eye
    far = float(np.linalg.norm(ahead))
    if far < 1e-9:
        raise ValueError(f"expected a camera apart from what it looks at, both at {eye.tolist()}")
    z = ahead / far
    up = np.array([0.0, 0.0, 1.0])
    right = np.cross(z, up)
    if np.linalg.norm(right) < 1e-6:  # straight up or down: any right will do, the same each time
        right = np.array([1.0, 0.0, 0.0])
    x = right / np.linalg.norm(right)
    y = np.cross(z, x)
    turn = np.array([[np.cos(roll), -np.sin(roll)], [np.sin(roll), np.cos(roll)]])
    pose = np.eye(4)
    pose[:3, :3] = np.stack([x, y, z], axis=1)
    pose[:3, :2] = pose[:3, :2] @ turn
    pose[:3, 3] = eye
    return pose


def pose_of(place: Floats, rotation: Floats, scale: float | Floats = 1.0) -> Floats:
    """Return the (4, 4) pose that scales, turns by a (3, 3) rotation, and moves to `place`."""
    pose = np.eye(4)
    pose[:3, :3] = rotation * scale
    pose[:3, 3] = place
    return pose


def moved(vertices: Floats, poses: Floats) -> Floats:
    """Return (F, V, 3): where (V, 3) vertices of an own frame are in each of (F, 4, 4) poses."""
    return np.einsum("fij,vj->fvi", poses[:, :3, :3], vertices) + poses[:, None, :3, 3]
