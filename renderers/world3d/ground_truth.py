"""What is true of a world, pixel by pixel: depth, identity, normals, flow, and where flow ends.

Flow is in pixels from a frame to another, u right, v down, at pixel centres. It is the exact
difference of two projections of one point of a surface, never a linearisation, so it holds for any
two frames. The conventions are those of `world3d.world` and of README, Load it.
"""

from __future__ import annotations

import functools
from enum import IntEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from corpuswright.renderers.world3d.raycaster import Caster, Hits
from corpuswright.renderers.world3d.world import NEAR, Floats, Ints, World, centres

# Relative depth by which something must lie before a point to hide it: far above the rounding of
# float64 at 100 m, far below what can be seen.
BEFORE = 1e-7


class FlowCode(IntEnum):
    """What flow at a pixel leads to."""

    VISIBLE = 0
    OCCLUDED = 1  # its point lies behind something in the other frame
    OUT_OF_FRAME = 2
    BEHIND_CAMERA = 3  # flow there is 0 and means nothing
    SKY = 4  # nothing was met: flow is that of a point infinitely far away
    INVALID = 5  # its thing became another between the frames; flow there is 0 and means nothing


class Surface(NamedTuple):
    """What each pixel of a frame shows, (H·W,) each: rays' hits, and the instance or 0."""

    hits: Hits
    instance: NDArray[np.uint16]


class Flow(NamedTuple):
    """Flow between two frames: (H, W, 2) float32 pixels, u to the right, v down, and (H, W) codes.

    Its sign: a pixel of `frame` plus its flow is where the same point is in `other`.
    """

    pixels: NDArray[np.float32]
    codes: NDArray[np.uint8]


class GroundTruth:
    """Answers questions about a world; what one frame shows is worked out once and kept."""

    def __init__(self, world: World) -> None:
        self.world = world
        offsets = np.cumsum([0, *(t.vertices.shape[1] for t in world.things)])
        faces = [t.faces + o for t, o in zip(world.things, offsets, strict=False)]
        self.faces: Ints = np.concatenate(faces) if faces else np.zeros((0, 3), np.int64)
        counts = [len(t.faces) for t in world.things]
        self.owner = np.repeat(np.arange(1, len(counts) + 1, dtype=np.uint16), counts)
        self._points = functools.lru_cache(maxsize=4)(self._vertices)
        self._casters = functools.lru_cache(maxsize=3)(self._caster)
        self.surface = functools.lru_cache(maxsize=3)(self._surface)

    def _vertices(self, frame: int) -> Floats:
        if not self.world.things:
            return np.zeros((0, 3))
        return np.concatenate([t.at(frame) for t in self.world.things])

    def _caster(self, frame: int) -> Caster:
        own = self.world.camera.see(frame, self._points(frame))
        return Caster(own[self.faces], self.world.camera, frame)

    def _surface(self, frame: int) -> Surface:
        return self.met(frame, centres(self.world.camera.size))

    def met(self, frame: int, pixels: Floats) -> Surface:
        """Return what the rays through (N, 2) points of a frame's image meet first."""
        hits = self._casters(frame).cast(pixels)
        owner = np.concatenate([self.owner, np.zeros(1, np.uint16)])  # -1 takes the last
        return Surface(hits, owner[hits.triangle])

    def points(self, hits: Hits, frame: int) -> Floats:
        """Return the (N, 3) places in the world, in any frame, of the points that were met."""
        if not len(self.faces):
            return np.zeros((len(hits.triangle), 3))
        corners = self._points(frame)[self.faces[hits.triangle]]
        return np.einsum("nk,nki->ni", hits.weights, corners)

    def depth(self, frame: int) -> NDArray[np.float32]:
        """Return (H, W) depths along the camera's axis in metres, infinite where nothing is."""
        w, h = self.world.camera.size
        return self.surface(frame).hits.depth.reshape(h, w).astype(np.float32)

    def instances(self, frame: int) -> NDArray[np.uint16]:
        """Return the (H, W) instance ids, 0 where nothing is."""
        w, h = self.world.camera.size
        return self.surface(frame).instance.reshape(h, w)

    def normals(self, frame: int) -> NDArray[np.float32]:
        """Return (H, W, 3) unit normals in the camera's own axes, turned to the camera."""
        w, h = self.world.camera.size
        hits = self.surface(frame).hits
        if not len(self.faces):
            return np.zeros((h, w, 3), np.float32)
        own = self.world.camera.see(frame, self._points(frame))
        a, b, c = (own[self.faces[hits.triangle]][:, i] for i in range(3))
        normal = np.cross(b - a, c - a)
        normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-300)
        ray = self.world.camera.rays(frame, centres((w, h)))
        normal *= np.where(np.einsum("ni,ni->n", normal, ray) > 0, -1.0, 1.0)[:, None]
        normal[hits.triangle < 0] = 0
        return normal.reshape(h, w, 3).astype(np.float32)

    def flow(self, frame: int, other: int) -> Flow:
        """Return flow from a frame to any other: where a point is there, less where it is here."""
        w, h = self.world.camera.size
        surface = self.surface(frame)
        there, codes = self.follow(frame, other, centres((w, h)), surface.hits)
        pixels = there - centres((w, h))
        pixels[np.isin(codes, (FlowCode.BEHIND_CAMERA, FlowCode.INVALID))] = 0
        return Flow(pixels.reshape(h, w, 2).astype(np.float32), codes.reshape(h, w))

    def follow(
        self, frame: int, other: int, pixels: Floats, hits: Hits
    ) -> tuple[Floats, NDArray[np.uint8]]:
        """Return where in another frame the points are that rays met: (N, 2) pixels, (N,) codes."""
        camera = self.world.camera
        sky = hits.triangle < 0
        there, depth = camera.project(other, self.points(hits, other))
        there[sky], depth[sky] = self._sky(frame, other, pixels[sky])
        codes = np.where(sky, FlowCode.SKY, FlowCode.VISIBLE).astype(np.uint8)
        behind = depth <= np.where(sky, 0.0, NEAR)
        there[behind] = 0
        outside = ((there < 0) | (there >= np.array(camera.size))).any(axis=1)
        codes[outside & ~sky] = FlowCode.OUT_OF_FRAME
        seen = np.flatnonzero(~behind & ~outside & ~sky)
        before = self._casters(other).cast(there[seen]).depth
        codes[seen[before < depth[seen] * (1 - BEFORE)]] = FlowCode.OCCLUDED
        codes[behind] = FlowCode.BEHIND_CAMERA
        codes[~sky & self._cut(frame, other)[hits.triangle]] = FlowCode.INVALID
        return there, codes

    def _cut(self, frame: int, other: int) -> NDArray[np.bool_]:
        """Return of each triangle, and of none at all, whether its thing is cut between frames."""
        first, last = sorted((frame, other))
        cut = [any(first < c <= last for c in t.cuts) for t in self.world.things]
        return np.array([*cut, False])[np.concatenate([self.owner.astype(np.int64) - 1, [-1]])]

    def _sky(self, frame: int, other: int, pixels: Floats) -> tuple[Floats, Floats]:
        """Return where points infinitely far away are seen: a turn moves them, a step does not."""
        camera = self.world.camera
        turn = camera.poses[other][:3, :3].T @ camera.poses[frame][:3, :3]
        own = camera.rays(frame, pixels) @ turn.T
        with np.errstate(divide="ignore", invalid="ignore"):
            flat = own[:, :2] / own[:, 2:] * camera.focal[other] + np.array(camera.size) / 2
        return flat, own[:, 2]

    def tracks(self, frame: int, pixels: Floats) -> tuple[Floats, NDArray[np.uint8]]:
        """Follow the points seen at (N, 2) pixels of a frame: (F, N, 2) places, (F, N) codes."""
        hits = self.met(frame, pixels).hits
        found = [self.follow(frame, t, pixels, hits) for t in range(self.world.frames)]
        return np.stack([p for p, _ in found]), np.stack([c for _, c in found])
