"""Camera paths: rational B-splines through space, made as fast as asked for.

DynaVid interpolates camera keys by NURBS (arXiv 2604.01666). Here a path's course is drawn, and its
pace is then set by targets: degrees a frame by how much of the turning is done, pixels a frame by
how much of the way is gone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from scipy.interpolate import BSpline

from corpuswright.renderers.world3d.ground_truth import FlowCode, GroundTruth
from corpuswright.renderers.world3d.world import Camera, Floats, World, centres, look_at

DEGREE = 3
STEPS = 10  # halvings of the way: to a thousandth of it
PROBED = 4  # frames whose flow is looked at
COARSE = 12  # pixels by pixels of a frame that are

# Gives the camera that goes so much of its way, from 0 to 1, with its turning or without.
Course = Callable[[float, bool], Camera]


def nurbs(points: Floats, weights: Floats, at: Floats) -> Floats:
    """Return (N, D) points of a clamped NURBS curve at (N,) parameters from 0 to 1.

    `points` (K, D) are its control points with (K,) weights above 0; K is 4 or more.

    Raises:
        ValueError: There are too few points, or a weight is not above 0.
    """
    number = len(points)
    if number <= DEGREE or not (weights > 0).all():
        raise ValueError(f"expected {DEGREE + 1} control points or more, of weights above 0")
    inner = np.linspace(0, 1, number - DEGREE + 1)[1:-1]
    knots = np.concatenate([np.zeros(DEGREE + 1), inner, np.ones(DEGREE + 1)])
    whole = BSpline(knots, np.column_stack([points * weights[:, None], weights]), DEGREE)(at)
    return whole[:, :-1] / whole[:, -1:]


def moving(
    rng: np.random.Generator,
    size: tuple[int, int],
    frames: int,
    eye: Floats,
    target: Floats,
    spread: float,
    turn: float,
    focal: float,
) -> Course:
    """Draw the course of a camera.

    Args:
        rng: Draws the course.
        size: Of the image.
        frames: Of the clip.
        eye: Where it begins, in metres.
        target: What it looks at there.
        spread: Metres between control points.
        turn: Degrees that it turns in the frame in which it turns most, about a drawn axis.
        focal: In pixels.
    """
    number = 6
    course = np.cumsum(rng.normal(0, spread, (number, 3)) * (1, 1, 0.35), axis=0)
    course -= course[0]
    weights = rng.uniform(0.5, 2.0, number)
    # Turning speeds up and slows down: the integral of a curve that is never below 0.
    speed = nurbs(
        rng.uniform(0.1, 1.0, (number, 1)), np.ones(number), np.linspace(0, 1, frames - 1)
    )
    angle = np.concatenate([[0], np.cumsum(speed[:, 0])]) * (turn / float(speed.max()))
    axis = rng.normal(0, 1, 3) * (0.15, 1.0, 0.2)  # mostly about its own vertical
    axis /= np.linalg.norm(axis)
    first = look_at(eye, target)

    def camera(share: float, turning: bool) -> Camera:
        poses = np.repeat(first[None], frames, axis=0)
        if turning:
            poses[:, :3, :3] = first[:3, :3] @ _about(axis, np.radians(angle))
        poses[:, :3, 3] = eye + nurbs(course, weights, np.linspace(0, share, frames))
        poses[:, 2, 3] = np.maximum(poses[:, 2, 3], 0.3)  # never into the floor
        return Camera(size, poses, np.full(frames, focal))

    return camera


def paced(world: World, camera: Course, pixels: float) -> World:
    """Return the world seen on so much of the way that this alone makes `pixels` a frame.

    That is the median length of flow without the turning, which comes on top. If not even all of
    the way is as fast, it is all of it.
    """
    if not pixels:
        return replace(world, camera=camera(0, True))
    low, high = 0.0, 1.0
    for _ in range(STEPS):
        share = (low + high) / 2
        if median_flow(replace(world, camera=camera(share, False))) < pixels:
            low = share
        else:
            high = share
    return replace(world, camera=camera((low + high) / 2, True))


def median_flow(world: World) -> float:
    """Return the median length of things' flow, in pixels a frame, over a grid of a few frames."""
    truth = GroundTruth(world)
    w, h = world.camera.size
    at = centres((COARSE, COARSE)) * np.array([w / COARSE, h / COARSE])
    found: list[Floats] = []
    for frame in np.linspace(0, world.frames - 2, PROBED).round().astype(int).tolist():
        there, codes = truth.follow(frame, frame + 1, at, truth.met(frame, at).hits)
        # Sky does not move for a step, and what is behind the camera means nothing.
        told = ~np.isin(codes, (FlowCode.SKY, FlowCode.BEHIND_CAMERA, FlowCode.INVALID))
        found.append(np.linalg.norm(there - at, axis=1)[told])
    all_ = np.concatenate(found)
    return float(np.median(all_)) if len(all_) else 0.0


def _about(axis: Floats, angles: Floats) -> Floats:
    """Return the (N, 3, 3) turns by (N,) radians about a unit axis (Rodrigues)."""
    k = np.array([[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]])
    s, c = np.sin(angles)[:, None, None], np.cos(angles)[:, None, None]
    return np.eye(3) + s * k + (1 - c) * (k @ k)
