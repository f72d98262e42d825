"""What is true of each thing of a clip by frame: boxes, what is seen of it, joints, poses."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from corpuswright.renderers.truth import Truth
from corpuswright.renderers.worlds import NEAR, Floats, Thing, World, centres

NEARBY = 0.3  # metres before a joint from which its own body no longer hides it: skin lies so deep


def tracks(world: World, truth: Truth, instances: NDArray[np.uint16]) -> dict[str, NDArray[Any]]:
    """Return arrays by name; N things in the world's order, F frames.

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
    frames, number = world.frames, len(world.things)
    most = max((t.joints.shape[1] for t in world.things), default=0)
    amodal, visible = (np.full((frames, number, 4), np.nan) for _ in range(2))
    pixels, whole = (np.zeros((frames, number), np.int32) for _ in range(2))
    corners, poses = np.zeros((frames, number, 8, 3)), np.zeros((frames, number, 4, 4))
    joints = np.full((frames, number, most, 3), np.nan)
    flat = np.full((frames, number, most, 2), np.nan)
    seen = np.zeros((frames, number, most), np.uint8)
    for place, thing in enumerate(world.things):
        alone = Truth(World([thing], world.camera))
        for frame in range(frames):
            corners[frame, place], poses[frame, place] = thing.corners(frame), thing.pose(frame)
            mask = instances[frame] == place + 1
            box = _amodal(world, thing, frame)
            if box is not None:
                amodal[frame, place] = box
            pixels[frame, place] = mask.sum()
            if mask.any():
                ys, xs = np.nonzero(mask)
                visible[frame, place] = xs.min(), ys.min(), xs.max() + 1, ys.max() + 1
            whole[frame, place] = mask.sum() + _hidden(alone, truth, frame, place + 1, box)
            n = thing.joints.shape[1]
            if n:
                at = thing.joints[min(frame, len(thing.joints) - 1)]
                joints[frame, place, :n] = at
                flat[frame, place, :n], seen[frame, place, :n] = _seen(truth, frame, at, place + 1)
    return {
        "amodal": amodal, "visible": visible, "pixels": pixels, "whole": whole,
        "corners": corners, "poses": poses, "joints": joints, "joints_at": flat,
        "joints_seen": seen, "camera_pose": world.camera.poses,
        "camera_matrix": np.stack([world.camera.matrix(t) for t in range(frames)]),
    }  # fmt: skip


def _amodal(world: World, thing: Thing, frame: int) -> Floats | None:
    flat, depth = world.camera.project(frame, thing.at(frame))
    if depth.min() <= NEAR:
        return None
    return np.concatenate([flat.min(axis=0), flat.max(axis=0)])


def _hidden(alone: Truth, truth: Truth, frame: int, number: int, box: Floats | None) -> int:
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
    truth: Truth, frame: int, joints: Floats, number: int
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
