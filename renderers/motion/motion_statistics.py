"""How things and the camera move through a clip, in figures that words can be checked against."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import JsonValue
from scipy import ndimage

from corpuswright.renderers.world3d.ground_truth import FlowCode, GroundTruth
from corpuswright.renderers.world3d.world import Floats, World

STILL = 1e-6  # metres: what has moved less has not moved
MOVES = 0.5  # px a frame from which a pixel's thing is called moving, the camera's part taken off
EVERY = 4  # frames between those that are decomposed into camera and things: ours, for time
SAMPLES = 9  # places of a path that stand in the record


def path(world: World, number: int) -> list[list[float]]:
    """Return `[frame, x, y, depth]` of the middle of a thing, at up to SAMPLES frames.

    The middle is that of its vertices. Frames where it is behind the camera are left out.
    """
    found: list[list[float]] = []
    frames = np.unique(np.linspace(0, world.frames - 1, min(SAMPLES, world.frames)).round())
    for frame in frames.astype(int).tolist():
        middle = world.things[number].at(frame).mean(axis=0)
        flat, depth = world.camera.project(frame, middle[None])
        if depth[0] > 0:
            found.append([frame, *(round(float(v), 3) for v in (*flat[0], depth[0]))])
    return found


def moves(world: World, number: int) -> bool:
    """Say whether a thing moves in the world, not only in the image."""
    vertices = world.things[number].vertices
    return bool(len(vertices) > 1 and np.abs(vertices - vertices[0]).max() > STILL)


def camera(world: World) -> dict[str, JsonValue]:
    """Return how the camera moves between first and last frame, and at most from frame to frame.

    Turns are in degrees about its own axes in the first frame (right, down, clockwise), a step in
    metres along them, zoom is the ratio of focal lengths; `turn_most` and `step_most` are of one
    frame, `turned` and `went` add up all frames.
    """
    poses, focal = world.camera.poses, world.camera.focal
    angles = _angles(poses[:-1], poses[1:])
    steps = np.linalg.norm(np.diff(poses[:, :3, 3], axis=0), axis=1)
    first = poses[0]
    step = first[:3, :3].T @ (poses[-1][:3, 3] - first[:3, 3])
    ahead = first[:3, :3].T @ poses[-1][:3, 2]
    return {
        "pan": round(float(np.degrees(np.arctan2(ahead[0], ahead[2]))), 4),
        "tilt": round(float(np.degrees(np.arctan2(-ahead[1], np.hypot(ahead[0], ahead[2])))), 4),
        "step": [round(float(v), 4) for v in step],
        "zoom": round(float(focal[-1] / focal[0]), 4),
        "turned": round(float(angles.sum()), 4),
        "turn_most": round(float(angles.max(initial=0)), 4),
        "went": round(float(steps.sum()), 4),
        "step_most": round(float(steps.max(initial=0)), 4),
    }


def _angles(a: Floats, b: Floats) -> Floats:
    """Return the (N,) degrees by which (N, 4, 4) poses are turned against others."""
    turns = np.einsum("nji,njk->nik", a[:, :3, :3], b[:, :3, :3])
    # By the sine as well: the cosine alone tells nothing of small angles.
    axis = np.stack([turns[:, 2, 1] - turns[:, 1, 2], turns[:, 0, 2] - turns[:, 2, 0],
                     turns[:, 1, 0] - turns[:, 0, 1]], axis=1)  # fmt: skip
    cosine = (np.trace(turns, axis1=1, axis2=2) - 1) / 2
    return np.degrees(np.arctan2(np.linalg.norm(axis, axis=1) / 2, cosine))


def statistics(
    world: World, truth: GroundTruth, flow: NDArray[np.float32], codes: NDArray[np.uint8]
) -> dict[str, JsonValue]:
    """Return what filters go by: magnitudes of forward flow, and whose they are.

    `flow` is (F - 1, H, W, 2), `codes` as in `ground_truth.FlowCode`. Magnitudes are of visible,
    occluded and leaving pixels, sky among them. `vigour` is the 90th percentile of those that move
    at all, so that a small figure before a wall at rest is not lost among its pixels. `moving` is
    the share of pixels whose thing itself moves, and `camera`, `things` the mean lengths of the two
    parts that flow is the sum of.
    """
    told = ~np.isin(codes, (FlowCode.BEHIND_CAMERA, FlowCode.INVALID))
    size = np.linalg.norm(flow, axis=-1)[told]
    w, h = world.camera.size
    p50, p90, p99 = (float(v) for v in np.percentile(size, (50, 90, 99)))
    parts = [_parts(truth, frame) for frame in range(0, world.frames - 1, EVERY)]
    still, own = (np.concatenate([p[i] for p in parts]) for i in range(2))
    moving = size[size > MOVES]
    return {
        "p50": round(p50, 4), "p90": round(p90, 4), "p99": round(p99, 4),
        "most": round(float(size.max(initial=0) / np.hypot(w, h)), 4),
        "vigour": round(float(np.percentile(moving, 90)) if len(moving) else 0.0, 4),
        "moving": round(float((own > MOVES).mean()), 4),
        "camera": round(float(still.mean()), 4),
        "things": round(float(own.mean()), 4),
    }  # fmt: skip


def _parts(truth: GroundTruth, frame: int) -> tuple[Floats, Floats]:
    """Return the (N,) lengths of what camera and things do to each pixel of a frame.

    The camera's part is where a pixel's point would go if nothing moved but the camera.
    """
    camera = truth.world.camera
    hits = truth.surface(frame).hits
    met = hits.triangle >= 0
    here, now = truth.points(hits, frame)[met], truth.points(hits, frame + 1)[met]
    before, _ = camera.project(frame, here)
    held, depth = camera.project(frame + 1, here)
    there, ahead = camera.project(frame + 1, now)
    told = (depth > 0) & (ahead > 0)
    return (
        np.linalg.norm(held - before, axis=1)[told],
        np.linalg.norm(there - held, axis=1)[told],
    )


def cycle_error(
    forward: NDArray[np.float32], backward: NDArray[np.float32], told: NDArray[np.bool_]
) -> Floats:
    """Return how far each of the pixels in `told` is from itself after going there and back.

    `forward` (H, W, 2) leads from a frame to the next, `backward` from there; between pixels it is
    interpolated bilinearly, so that on edges even true flow does not come back. Those that leave
    the image are left out (DynaVid filters real videos by this, arXiv 2604.01666).
    """
    h, w = told.shape
    y, x = np.mgrid[:h, :w]
    there = forward + np.stack([x, y], axis=-1)
    inside = ((there >= 0) & (there <= (w - 1, h - 1))).all(axis=-1)
    return cycle_map(forward, backward)[told & inside]


def cycle_map(forward: NDArray[np.float32], backward: NDArray[np.float32]) -> Floats:
    """Return (H, W): how far each pixel is from itself after going there and back.

    Beyond the image's edge the flow of the nearest pixel is taken.
    """
    h, w = forward.shape[:2]
    y, x = np.mgrid[:h, :w].astype(np.float64)
    there = [y + forward[..., 1], x + forward[..., 0]]
    back = [
        ndimage.map_coordinates(backward[..., i].astype(np.float64), there, order=1, mode="nearest")
        for i in (0, 1)
    ]
    return np.linalg.norm(forward + np.stack(back, axis=-1), axis=-1)


def of_things(tracks: Mapping[str, NDArray[Any]], number: int) -> dict[str, JsonValue]:
    """Return when a thing is seen: first and last frame, and the mean share of it that is."""
    pixels, whole = tracks["pixels"][:, number], tracks["whole"][:, number]
    seen = np.flatnonzero(pixels)
    # Where it is out of the image nothing hides it: such frames are not told of.
    share = pixels[whole > 0] / whole[whole > 0]
    return {
        "seen": [int(seen[0]), int(seen[-1])],
        "share": round(float(share.mean()), 4),
        "least": round(float(share.min()), 4),
    }
