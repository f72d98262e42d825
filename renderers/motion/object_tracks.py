"""What is true of each thing of a clip by frame: boxes, what is seen of it, joints, poses."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from corpuswright.renderers.world3d.ground_truth import GroundTruth
from corpuswright.renderers.world3d.world import NEAR, Floats, Thing, World, centres

NEARBY = 0.3  # metres before a joint from which its own body no longer hides it: skin lies so deep


class ThingTracks:
    """Gathers, frame by frame, arrays of N things in the world's order over F frames.

    - `amodal` (F, N, 4): boxes of all of a thing, as if nothing hid it and the image had no edge;
      NaN where some of it is behind the camera.
    - `visible` (F, N, 4): boxes of the pixels that show it, NaN where none does.
    - `pixels`, `whole` (F, N): how many show it, and how many would if it were alone.
    - `corners` (F, N, 8, 3), `poses` (F, N, 4, 4): in the world.
    - `joints` (F, N, J, 3) in the world and `joints_at` (F, N, J, 2) in the image, NaN for things
      without; `joints_seen` (F, N, J): 0 out of frame, 1 hidden by another thing, 2 seen.
    - `camera_pose` (F, 4, 4): camera → world in OpenCV's axes (times diag(1, -1, -1, 1) from the
      right it is Blender's); `camera_matrix` (F, 3, 3): K.
    """

    def __init__(self, truth: GroundTruth) -> None:
        self._truth, self._world = truth, truth.world
        self._alone = [GroundTruth(World([t], truth.world.camera)) for t in truth.world.things]
        frames, number = truth.world.frames, len(truth.world.things)
        most = max((t.joints.shape[1] for t in truth.world.things), default=0)
        nan, zero = np.nan, 0
        self._held: dict[str, NDArray[Any]] = {
            "amodal": np.full((frames, number, 4), nan),
            "visible": np.full((frames, number, 4), nan),
            "pixels": np.full((frames, number), zero, np.int32),
            "whole": np.full((frames, number), zero, np.int32),
            "corners": np.zeros((frames, number, 8, 3)),
            "poses": np.zeros((frames, number, 4, 4)),
            "joints": np.full((frames, number, most, 3), nan),
            "joints_at": np.full((frames, number, most, 2), nan),
            "joints_seen": np.full((frames, number, most), zero, np.uint8),
        }

    def on(self, frame: int) -> None:
        """Take in a frame; the truth's surface of it is asked for."""
        held, instances = self._held, self._truth.instances(frame)
        for place, thing in enumerate(self._world.things):
            held["corners"][frame, place] = thing.corners(frame)
            held["poses"][frame, place] = thing.pose(frame)
            mask = instances == place + 1
            box = _amodal(self._world, thing, frame)
            if box is not None:
                held["amodal"][frame, place] = box
            if mask.any():
                ys, xs = np.nonzero(mask)
                box_ = xs.min(), ys.min(), xs.max() + 1, ys.max() + 1
                held["visible"][frame, place] = box_
            held["pixels"][frame, place] = mask.sum()
            hidden = _hidden(self._alone[place], self._truth, frame, place + 1, box)
            held["whole"][frame, place] = mask.sum() + hidden
            n = thing.joints.shape[1]
            if n:
                at = thing.joints[min(frame, len(thing.joints) - 1)]
                held["joints"][frame, place, :n] = at
                flat, seen = _seen(self._truth, frame, at, place + 1)
                held["joints_at"][frame, place, :n] = flat
                held["joints_seen"][frame, place, :n] = seen

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return all arrays, after every frame was taken in."""
        camera = self._world.camera
        matrices = np.stack([camera.matrix(t) for t in range(self._world.frames)])
        return {**self._held, "camera_pose": camera.poses, "camera_matrix": matrices}


def _amodal(world: World, thing: Thing, frame: int) -> Floats | None:
    flat, depth = world.camera.project(frame, thing.at(frame))
    if depth.min() <= NEAR:
        return None
    return np.concatenate([flat.min(axis=0), flat.max(axis=0)])


def _hidden(
    alone: GroundTruth, truth: GroundTruth, frame: int, number: int, box: Floats | None
) -> int:
    """Return in how many pixels something hides a thing that would be seen if it were alone.

    Only where something else is met, and not behind all of the thing, can that be.
    """
    w, h = alone.world.camera.size
    at, surface = centres((w, h)), truth.surface(frame)
    _, depth = alone.world.camera.project(frame, alone.world.things[0].at(frame))
    met = (surface.instance != number) & (surface.instance > 0)
    met &= surface.hits.depth < depth.max()
    if box is not None:  # rays beside its box meet nothing of it
        met &= ((at >= box[:2]) & (at <= box[2:])).all(axis=1)
    return int((alone.met(frame, at[met]).instance > 0).sum())


def _seen(
    truth: GroundTruth, frame: int, joints: Floats, number: int
) -> tuple[Floats, NDArray[np.uint8]]:
    """Return where joints are in the image, and whether something else lies before them."""
    camera = truth.world.camera
    flat, depth = camera.project(frame, joints)
    inside = (depth > NEAR) & ((flat >= 0) & (flat < np.array(camera.size))).all(axis=1)
    seen = np.zeros(len(joints), np.uint8)
    met = truth.met(frame, flat[inside])
    near = (met.instance == number) & (met.hits.depth > depth[inside] - NEARBY)
    seen[inside] = np.where(near | (met.hits.depth > depth[inside]), 2, 1)
    return np.where((depth > NEAR)[:, None], flat, np.nan), seen
