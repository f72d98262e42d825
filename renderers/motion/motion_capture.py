"""Human motion from files: BVH, and the JSON clips of DeepMimic; both become a `Motion`.

A motion is turns of named joints against a stance in which everything that is known is where it
points (`POINTS`), so that any body whose stance is known can take it on, whatever bones it has.
World axes are ours: z up, and a figure at rest faces -y, its left hand at +x.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation, Slerp

from corpuswright.renderers.world3d.world import Floats

JOINTS = (
    "hips", "chest", "head",
    "upperarm_l", "lowerarm_l", "thigh_l", "calf_l", "foot_l",
    "upperarm_r", "lowerarm_r", "thigh_r", "calf_r", "foot_r",
)  # fmt: skip
MOST_BYTES = 64 << 20  # of a file: ten minutes of a full skeleton at 120 frames a second
MOST_FRAMES = 20_000  # three minutes at 120 a second: 96 bytes a joint and frame are taken
MOST_JOINTS = 200
_CHANNELS = {f"{a}{k}" for a in "XYZ" for k in ("position", "rotation")}


class MocapError(ValueError):
    """A file is no motion of its format; the message says what was expected and seen."""


class Motion(NamedTuple):
    """Human motion at a steady rate.

    Attributes:
        fps: Frames a second.
        root: (F, 3) metres, where the hips are.
        turns: For each of JOINTS (F, 3, 3): world turns against its stance.
        points: Where limbs point in the stance, (3,) unit vectors; torso and feet as a body's.
        height: Of the hips above the ground in the stance, in metres.
        loops: Whether it may be repeated from its end.
    """

    fps: float
    root: Floats
    turns: Mapping[str, Floats]
    points: Mapping[str, Floats]
    height: float
    loops: bool

    @property
    def frames(self) -> int:
        """How many frames it has."""
        return len(self.root)

    def at(self, times: Floats) -> Motion:
        """Return the motion at (N,) seconds, by the shortest turn; held at its ends."""
        own = np.arange(self.frames) / self.fps
        when = np.clip(times, 0, own[-1])
        root = np.stack([np.interp(when, own, self.root[:, i]) for i in range(3)], axis=1)
        if self.frames == 1:
            turns = {n: t[[0] * len(when)] for n, t in self.turns.items()}
        else:
            turns = {
                n: Slerp(own, Rotation.from_matrix(t))(when).as_matrix()
                for n, t in self.turns.items()
            }
        return self._replace(root=root, turns=turns)


# --- DeepMimic -----------------------------------------------------------------------------------

# Facing +x with y up and z to the right (its humanoid3d), into our axes.
_DEEPMIMIC = np.array([[0.0, 0, -1], [-1, 0, 0], [0, 1, 0]])
_DOWN = np.array([0.0, 0, -1])
_LIMBS = tuple(j for j in JOINTS if "arm" in j or "thigh" in j or "calf" in j)


def deepmimic(data: bytes, name: str) -> Motion:
    """Read a DeepMimic clip (humanoid3d): in its stance, arms and legs hang straight down.

    A frame is its length in seconds, where the root is, and turns against the parent, w first.

    Raises:
        MocapError: It is none, or its numbers make no sense.
    """
    _small(data, name)
    try:
        plain = json.loads(data)
        frames = np.array(plain["Frames"], np.float64)
        loops = str(plain.get("Loop", "none")) == "wrap"
    except (
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        OverflowError,
        RecursionError,
    ) as error:
        raise MocapError(f"{name}: expected a DeepMimic clip, saw {data[:40]!r}") from error
    fits = frames.ndim == 2 and frames.shape[1] == 44 and 0 < len(frames) <= MOST_FRAMES
    if not fits or not np.isfinite(frames).all():
        raise MocapError(
            f"{name}: expected 1 to {MOST_FRAMES} frames of 44 finite numbers, saw {frames.shape}"
        )

    def ball(first: int) -> NDArray[np.float64]:
        return Rotation.from_quat(frames[:, [first + 1, first + 2, first + 3, first]]).as_matrix()

    def hinge(at: int) -> NDArray[np.float64]:
        return Rotation.from_euler("z", frames[:, at : at + 1]).as_matrix()

    try:
        hips, chest = ball(4), ball(8)
        local = {
            "head": ball(12),
            "thigh_r": ball(16), "calf_r": hinge(20), "foot_r": ball(21),
            "upperarm_r": ball(25), "lowerarm_r": hinge(29),
            "thigh_l": ball(30), "calf_l": hinge(34), "foot_l": ball(35),
            "upperarm_l": ball(39), "lowerarm_l": hinge(43),
        }  # fmt: skip
    except ValueError as error:
        raise MocapError(f"{name}: a turn in it is none: {error}") from error
    turns = {"hips": hips, "chest": hips @ chest}
    turns["head"] = turns["chest"] @ local["head"]
    for side in ("l", "r"):
        turns[f"upperarm_{side}"] = turns["chest"] @ local[f"upperarm_{side}"]
        turns[f"lowerarm_{side}"] = turns[f"upperarm_{side}"] @ local[f"lowerarm_{side}"]
        turns[f"thigh_{side}"] = hips @ local[f"thigh_{side}"]
        turns[f"calf_{side}"] = turns[f"thigh_{side}"] @ local[f"calf_{side}"]
        turns[f"foot_{side}"] = turns[f"calf_{side}"] @ local[f"foot_{side}"]
    ours = {n: _DEEPMIMIC @ turns[n] @ _DEEPMIMIC.T for n in JOINTS}
    fps = 1 / float(frames[0, 0]) if frames[0, 0] > 0 else 30.0
    # Hips of humanoid3d stand 0.9 m above its soles (its character file).
    return Motion(
        fps, frames[:, 1:4] @ _DEEPMIMIC.T, ours, dict.fromkeys(_LIMBS, _DOWN), 0.9, loops
    )


# --- BVH -----------------------------------------------------------------------------------------

# Names that skeletons give to what we know, in lower case and without signs.
_NAMES: Mapping[str, tuple[str, ...]] = {
    "hips": ("hips", "hip", "pelvis", "root"),
    "chest": ("spine1", "chest", "spine2", "spine3", "spine", "chest1"),
    "head": ("head",),
    "upperarm_l": ("leftarm", "leftshoulder", "lshoulder", "lupperarm", "leftuparm"),
    "lowerarm_l": ("leftforearm", "leftelbow", "lelbow", "lforearm", "leftlowarm"),
    "thigh_l": ("leftupleg", "lefthip", "lhip", "lthigh", "leftthigh"),
    "calf_l": ("leftleg", "leftknee", "lknee", "lshin", "leftshin"),
    "foot_l": ("leftfoot", "leftankle", "lankle", "lfoot"),
}
# BVH: y up; a figure at rest faces +z, its left hand at +x (as CMU's conversions).
_BVH = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])


def _small(data: bytes, name: str) -> None:
    if len(data) > MOST_BYTES:
        raise MocapError(f"{name}: expected at most {MOST_BYTES} bytes, saw {len(data)}")


class _Bone(NamedTuple):
    name: str
    parent: int
    offset: Floats
    channels: tuple[str, ...]


def bvh(data: bytes, name: str) -> Motion:
    """Read a BVH file; its stance is that of its offsets, and legs of 0.9 m give it its scale.

    Raises:
        MocapError: It is none, or a joint that must be known has no name that is.
    """
    _small(data, name)
    head, found, motion = data.decode("latin-1").partition("MOTION")
    if not found or not head.lstrip().startswith("HIERARCHY"):
        raise MocapError(f"{name}: expected a BVH file, saw {data[:20]!r}")
    bones = _hierarchy(head, name)
    values, fps = _values(motion, sum(len(b.channels) for b in bones), name)
    turns, places = _world(bones, values)
    known = _known(bones, name)
    down = {b: _end(bones, i, name) for b, i in known.items() if b in _LIMBS}
    stance = _stance(bones)
    length = float(np.ptp(stance[[known["thigh_l"], known["foot_l"]], 1]))
    if length <= 0:
        raise MocapError(f"{name}: expected a left leg that reaches down, saw one of {length:g}")
    scale = 0.85 / length  # metres of a leg from hip to ankle: 0.9 with the foot's own 5 cm
    ours = {n: _BVH @ turns[i] @ _BVH.T for n, i in known.items()}
    return Motion(
        fps,
        places[known["hips"]] @ _BVH.T * scale,
        ours,
        {n: _BVH @ v for n, v in down.items()},
        float(stance[known["hips"], 1] - stance[known["foot_l"], 1]) * scale + 0.05,
        False,
    )


def _hierarchy(text: str, name: str) -> list[_Bone]:
    bones: list[_Bone] = []
    open_: list[int] = []
    spaced = text.replace("{", " { ").replace("}", " } ").split()
    words = iter([*spaced[1:], *[""] * 7])  # one that breaks off reads nothing, and ends
    try:
        for word in words:
            match word:
                case "ROOT" | "JOINT" | "End":
                    parent = open_[-1] if open_ else -1
                    bones.append(_Bone(next(words), parent, np.zeros(3), ()))
                    if next(words) != "{":
                        raise ValueError("{")
                    open_.append(len(bones) - 1)
                case "OFFSET":
                    at = np.array([float(next(words)) for _ in range(3)])
                    bones[open_[-1]] = bones[open_[-1]]._replace(offset=at)
                case "CHANNELS":
                    names = tuple([next(words) for _ in range(min(int(next(words)), 6))])
                    if not set(names) <= _CHANNELS:
                        raise ValueError(names)
                    bones[open_[-1]] = bones[open_[-1]]._replace(channels=names)
                case "}":
                    open_.pop()
                case "":
                    break
                case _:
                    raise ValueError(word)
    except (ValueError, IndexError, StopIteration) as error:
        raise MocapError(f"{name}: its hierarchy breaks off or has a strange word") from error
    if not 0 < len(bones) <= MOST_JOINTS or open_:
        raise MocapError(f"{name}: expected a closed hierarchy of up to {MOST_JOINTS} joints")
    return bones


def _values(text: str, channels: int, name: str) -> tuple[Floats, float]:
    lines = text.strip().splitlines()
    try:
        number, step = int(lines[0].split()[-1]), float(lines[1].split()[-1])
        rows = [[float(v) for v in line.split()] for line in lines[2:] if line.strip()]
        found = np.array(rows[:number], np.float64)  # some writers leave a frame over
    except (ValueError, IndexError) as error:
        raise MocapError(f"{name}: expected frames of numbers: {error}") from error
    if found.shape != (number, channels) or not 0 < number <= MOST_FRAMES:
        raise MocapError(
            f"{name}: expected {number} frames of {channels} numbers, saw {found.shape}"
        )
    if not np.isfinite(found).all() or not 0 < step < 10:
        raise MocapError(f"{name}: expected finite numbers and a step of up to 10 s, saw {step}")
    return found, 1 / step


def _world(bones: list[_Bone], values: Floats) -> tuple[list[Floats], list[Floats]]:
    """Return each bone's (F, 3, 3) turns and (F, 3) places in the world of the file."""
    turns: list[Floats] = []
    places: list[Floats] = []
    at = 0
    for bone in bones:
        own = {c: values[:, at + i] for i, c in enumerate(bone.channels)}
        at += len(bone.channels)
        axes = [c[0].lower() for c in bone.channels if c.endswith("rotation")]
        turn = np.broadcast_to(np.eye(3), (len(values), 3, 3))
        for axis in axes:  # in the order of the channels, each about the axes that turn with it
            angle = own[f"{axis.upper()}rotation"]
            turn = turn @ Rotation.from_euler(axis, angle[:, None], degrees=True).as_matrix()
        move = np.stack([own.get(f"{a}position", np.zeros(len(values))) for a in "XYZ"], axis=1)
        if bone.parent < 0:
            turns.append(turn)
            places.append(bone.offset + move)
        else:
            above = turns[bone.parent]
            turns.append(above @ turn)
            places.append(places[bone.parent] + np.einsum("fij,fj->fi", above, bone.offset + move))
    return turns, places


def _stance(bones: list[_Bone]) -> Floats:
    at: list[Floats] = []
    for bone in bones:
        at.append(bone.offset + (at[bone.parent] if bone.parent >= 0 else 0))
    return np.stack(at)


def _known(bones: list[_Bone], name: str) -> dict[str, int]:
    plain = {"".join(c for c in b.name.lower() if c.isalnum()): i for i, b in enumerate(bones)}
    found: dict[str, int] = {}
    for joint in JOINTS:
        left = joint.replace("_r", "_l")
        names = _NAMES[left]
        if joint != left:
            names = tuple(n.replace("left", "right") if "left" in n else f"r{n[1:]}" for n in names)
        fits = [plain[n] for n in names if n in plain]
        if not fits:
            raise MocapError(f"{name}: expected a joint called one of {names}, found none")
        found[joint] = fits[0]
    return found


def _end(bones: list[_Bone], number: int, name: str) -> Any:
    """Return the unit vector from a bone to the child that is farthest from it."""
    children = [b.offset for b in bones if b.parent == number]
    lengths = [float(np.linalg.norm(o)) for o in children]
    if not 0 < max(lengths, default=0.0) < np.inf:
        raise MocapError(f"{name}: expected {bones[number].name} to lead somewhere, saw {children}")
    return children[int(np.argmax(lengths))] / max(lengths)
