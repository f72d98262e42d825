"""Motions of our own, without a file: enough for vigorous clips that anybody may pass on."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from scipy.spatial.transform import Rotation

from corpuswright.renderers.motion.motion_capture import JOINTS, Motion
from corpuswright.renderers.world3d.world import Floats

FPS = 60.0
HIPS = 0.9  # metres above the ground in the stance
DOWN = np.array([0.0, 0, -1])
_POINTS = {j: DOWN for j in JOINTS if "arm" in j or "thigh" in j or "calf" in j}

# Turns in degrees by joint: about x (a limb that hangs swings to the front, which is -y, for
# angles below 0), about y (outwards for the left limb below 0, for the right above) and about z.
Pose = Mapping[str, Floats]


def _motion(seconds: float, pose: Callable[[Floats], Mapping[str, object]], loops: bool) -> Motion:
    """Return a motion from a function of time, (F,) seconds → turns in degrees, (F,) each or one.

    Keys are `<joint>.<axis>` against the joint above, and `up`, `along`: metres of the hips.
    """
    t = np.arange(round(seconds * FPS)) / FPS
    said = pose(t)

    def local(joint: str) -> Floats:
        turn = Rotation.identity(len(t))
        for axis in "zyx":
            angle = np.broadcast_to(np.asarray(said.get(f"{joint}.{axis}", 0.0), float), t.shape)
            turn = turn * Rotation.from_euler(axis, angle[:, None], degrees=True)
        return turn.as_matrix()

    turns: dict[str, Floats] = {"hips": local("hips")}
    turns["chest"] = turns["hips"] @ local("chest")
    turns["head"] = turns["chest"] @ local("head")
    for side in "lr":
        for chain, above in ((("upperarm", "lowerarm"), "chest"), (("thigh", "calf"), "hips")):
            upper, lower = (f"{c}_{side}" for c in chain)
            turns[upper] = turns[above] @ local(upper)
            turns[lower] = turns[upper] @ local(lower)
        turns[f"foot_{side}"] = turns[f"calf_{side}"] @ local(f"foot_{side}")
    root = np.zeros((len(t), 3))
    root[:, 1] = -np.broadcast_to(np.asarray(said.get("along", 0.0), float), t.shape)
    root[:, 2] = HIPS + np.broadcast_to(np.asarray(said.get("up", 0.0), float), t.shape)
    return Motion(FPS, root, turns, _POINTS, HIPS, loops)


def _wave(t: Floats, period: float, low: float, high: float, phase: float = 0.0) -> Floats:
    return low + (high - low) * (0.5 - 0.5 * np.cos(2 * np.pi * (t / period + phase)))


def _jacks(t: Floats) -> Mapping[str, object]:
    arms, legs = _wave(t, 1.0, 8, 165), _wave(t, 1.0, 2, 28)
    return {
        "upperarm_l.y": -arms,
        "upperarm_r.y": arms,
        "thigh_l.y": -legs,
        "thigh_r.y": legs,
        "up": 0.12 * np.abs(np.sin(2 * np.pi * t)),
    }


def _squats(t: Floats) -> Mapping[str, object]:
    bend = _wave(t, 1.6, 0, 1)
    return {
        "thigh_l.x": -95 * bend, "thigh_r.x": -95 * bend, "calf_l.x": 120 * bend,
        "calf_r.x": 120 * bend, "foot_l.x": -25 * bend, "foot_r.x": -25 * bend,
        "chest.x": 35 * bend, "upperarm_l.x": -100 * bend, "upperarm_r.x": -100 * bend,
        "up": -0.38 * bend,
    }  # fmt: skip


def _run(t: Floats) -> Mapping[str, object]:
    stride, period = 1.0, 0.7
    swing = np.sin(2 * np.pi * t / period)
    lift = _wave(t, period, 15, 100, 0.0), _wave(t, period, 15, 100, 0.5)
    return {
        "thigh_l.x": -45 * swing - 12, "thigh_r.x": 45 * swing - 12, "calf_l.x": lift[1],
        "calf_r.x": lift[0], "upperarm_l.x": 45 * swing, "upperarm_r.x": -45 * swing,
        "lowerarm_l.x": -85.0, "lowerarm_r.x": -85.0, "chest.x": 12.0,
        "chest.z": 12 * swing, "up": 0.05 * np.abs(swing), "along": 2 * stride * t / period,
    }  # fmt: skip


def _kicks(t: Floats) -> Mapping[str, object]:
    kick = np.clip(np.sin(2 * np.pi * t / 1.2), 0, 1) ** 2
    return {
        "thigh_r.x": -115 * kick, "calf_r.x": 60 * kick * (1 - kick), "chest.x": -18 * kick,
        "upperarm_l.y": -30 - 40 * kick, "upperarm_r.y": 30 + 40 * kick,
        "lowerarm_l.x": -60.0, "lowerarm_r.x": -60.0, "calf_l.x": 15 * kick, "thigh_l.x": -8 * kick,
    }  # fmt: skip


def _spins(t: Floats) -> Mapping[str, object]:
    arms = _wave(t, 1.8, 15, 80)
    return {
        "hips.z": 360 * t / 0.9, "upperarm_l.y": -arms, "upperarm_r.y": arms,
        "thigh_r.x": -25.0, "calf_r.x": 70.0, "up": 0.03 * np.sin(2 * np.pi * t),
    }  # fmt: skip


def _dance(t: Floats) -> Mapping[str, object]:
    beat, slow = np.sin(2 * np.pi * t / 0.6), np.sin(2 * np.pi * t / 2.4)
    return {
        "hips.z": 30 * slow, "hips.y": 8 * beat, "chest.y": -14 * beat, "chest.z": 20 * beat,
        "head.z": -15 * slow, "upperarm_l.x": -60 + 50 * beat, "upperarm_r.x": -60 - 50 * beat,
        "upperarm_l.y": -40 * np.abs(slow), "upperarm_r.y": 40 * np.abs(slow),
        "lowerarm_l.x": -70 + 30 * slow, "lowerarm_r.x": -70 - 30 * slow,
        "thigh_l.x": -20 * np.clip(beat, 0, 1), "calf_l.x": 40 * np.clip(beat, 0, 1),
        "thigh_r.x": -20 * np.clip(-beat, 0, 1), "calf_r.x": 40 * np.clip(-beat, 0, 1),
        "up": 0.04 * np.abs(beat),
    }  # fmt: skip


# What a figure does, as captions say it, and the motion.
ACTS: Mapping[str, Callable[[], Motion]] = {
    "jumping jacks": lambda: _motion(6.0, _jacks, True),
    "squats": lambda: _motion(6.4, _squats, True),
    "a run": lambda: _motion(5.6, _run, False),
    "high kicks": lambda: _motion(6.0, _kicks, True),
    "spins": lambda: _motion(5.4, _spins, True),
    "a dance": lambda: _motion(7.2, _dance, True),
}
