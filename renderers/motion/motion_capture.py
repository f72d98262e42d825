"""Human motion from files: BVH, and the JSON clips of DeepMimic; both become a `Motion`.

A motion is turns of named joints against a stance in which everything that is known is where it
points (`POINTS`), so that any body whose stance is known can take it on, whatever bones it has.
World axes are ours: z up, and a figure at rest faces -y, its left hand at +x.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation, Slerp

from corpuswright.renderers.motion import bone_names, skeleton_topology
from corpuswright.renderers.world3d.world import Floats

JOINTS = bone_names.JOINTS
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

LEG = 0.85  # metres from hip to ankle, to which files are scaled: 0.9 with the foot's own 5 cm
# What no human does, of a figure whose legs are as long: sprinters reach 12.4 m/s, and nobody leaps
# as high. Ours.
FASTEST, HIGHEST, LOWEST = 14.0, 3.0, -0.5  # m/s; hips, m
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
        MocapError: It is none, or a joint that must be known has no name that is, nor do its bones
            branch as a body's.
    """
    _small(data, name)
    head, found, motion = data.decode("latin-1").partition("MOTION")
    if not found or not head.lstrip().startswith("HIERARCHY"):
        raise MocapError(f"{name}: expected a BVH file, saw {data[:20]!r}")
    bones = _hierarchy(head, name)
    values, fps = _values(motion, sum(len(b.channels) for b in bones), name)
    turns, places = _world(bones, values)
    known = _known(bones, name, turns, places)
    down = {b: _end(bones, i, name) for b, i in known.items() if b in _LIMBS}
    stance = _stance(bones)
    length = _leg(bones, known, name)
    scale = LEG / length
    stands = _stands(stance, known)
    rests = {n: _BVH.T for n in known} if stands else _rests(bones, known, name)
    ours = {n: _BVH @ turns[i] @ rests[n] for n, i in known.items()}
    if not stands:  # of these nothing in the file says where they point
        ours |= {"head": ours["chest"], "foot_l": ours["hips"], "foot_r": ours["hips"]}
    root = places[known["hips"]] @ _BVH.T * scale
    # In a stance that lies, or hangs from nothing, legs say how high hips stand.
    standing = float(stance[known["hips"], 1] - stance[known["foot_l"], 1])
    height = (standing if stands and standing > 0 else length) * scale
    _human(root, fps, name)
    return Motion(
        fps, root, ours, {n: rests[n].T @ v for n, v in down.items()}, height + 0.05, False
    )


def _leg(bones: list[_Bone], known: Mapping[str, int], name: str) -> float:
    """Return the length of the left leg from hip to ankle, bone by bone."""
    length, at = 0.0, known["foot_l"]
    while at not in (known["thigh_l"], -1):
        length += float(np.linalg.norm(bones[at].offset))
        at = bones[at].parent
    if at < 0 or not 0 < length < np.inf:
        raise MocapError(f"{name}: expected a left leg from hip to ankle, saw one of {length:g}")
    return length


def _rests(bones: list[_Bone], known: Mapping[str, int], name: str) -> dict[str, Floats]:
    """Return, for each joint, the turn from a figure at rest, as ours, to the bone's own axes.

    For files in which bones lie along an axis of their own, so that offsets alone make no stance:
    up is where a bone leads to the next of the spine, left from its right limb to its left one.
    """

    def turned(bone: str, above: str, limb: str) -> Floats:
        up, left, right = (
            bones[_toward(bones, known[bone], known[n])].offset
            for n in (above, f"{limb}_l", f"{limb}_r")
        )
        away = np.cross(up, left - right)  # ours at rest looks along -y: y is behind it
        if not np.linalg.norm(away) > 1e-6 * np.linalg.norm(up) * np.linalg.norm(left - right):
            raise MocapError(f"{name}: expected limbs beside each other at {bone}")
        up, away = up / np.linalg.norm(up), away / np.linalg.norm(away)
        return np.stack([np.cross(away, up), away, up], axis=1)

    hips, chest = turned("hips", "chest", "thigh"), turned("chest", "head", "upperarm")
    return {n: chest if n in ("chest", "head") or "arm" in n else hips for n in JOINTS}


def _toward(bones: list[_Bone], above: int, below: int) -> int:
    """Return the child of a bone on the way to another; the other itself if there is no way."""
    at = below
    while bones[at].parent not in (above, -1):
        at = bones[at].parent
    return at if bones[at].parent == above else below


def _human(root: Floats, fps: float, name: str) -> None:
    """Raise MocapError where hips go as no human's do."""
    low, high = float(root[:, 2].min()), float(root[:, 2].max())
    speed = float(np.linalg.norm(np.diff(root, axis=0), axis=1).max(initial=0.0)) * fps
    if low < LOWEST or high > HIGHEST:
        raise MocapError(
            f"{name}: expected hips {LOWEST:g} to {HIGHEST:g} m above the ground, saw {low:.2f} to "
            f"{high:.2f} m"
        )
    if speed > FASTEST:
        raise MocapError(f"{name}: expected hips of up to {FASTEST:g} m/s, saw {speed:.1f} m/s")


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
                    if not np.isfinite(at).all():
                        raise ValueError("OFFSET")
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
        # A place in the frames stands for the offset, it is not added to it: so Blender and those
        # who write places of every joint; of a root they say where in the world it is.
        still = np.broadcast_to(bone.offset, (len(values), 3))
        move = np.stack([own.get(f"{a}position", still[:, i]) for i, a in enumerate("XYZ")], axis=1)
        if bone.parent < 0:
            turns.append(turn)
            places.append(move)
        else:
            above = turns[bone.parent]
            turns.append(above @ turn)
            places.append(places[bone.parent] + np.einsum("fij,fj->fi", above, move))
    return turns, places


def _stance(bones: list[_Bone]) -> Floats:
    at: list[Floats] = []
    for bone in bones:
        at.append(bone.offset + (at[bone.parent] if bone.parent >= 0 else 0))
    return np.stack(at)


def _known(
    bones: list[_Bone], name: str, turns: Sequence[Floats], places: Sequence[Floats]
) -> dict[str, int]:
    """Return the bones that joints are, by their names; by how they branch where names fail."""
    said = bone_names.joints([b.name for b in bones])
    if len(said) == len(JOINTS):
        return said
    parents, turn = [b.parent for b in bones], [bool(b.channels) for b in bones]
    ends = np.stack([_farthest(bones, i) for i in range(len(bones))])
    stance = _stance(bones)[None]
    shown = np.stack(places, axis=1)
    moved = shown + np.einsum("nfij,nj->fni", np.stack(turns), ends)
    # Offsets alone are a figure that stands, unless bones have axes of their own: then frames are.
    found = skeleton_topology.joints(parents, turn, stance, stance + ends)
    if found is None or not _stands(stance[0], found[0], legs=True):
        found = skeleton_topology.joints(parents, turn, shown, moved)
    known = None if found is None else skeleton_topology.agreed(*found, said)
    if known is None:
        what, _, side = next(j for j in JOINTS if j not in said).partition("_")
        raise MocapError(
            f"{name}: expected a {what} joint{f' with side {side}' if side else ''}, such as "
            f"{', '.join(bone_names.NAMES[what][:3])}, or bones that branch as a body's; saw "
            f"{', '.join(b.name for b in bones[:12])}"
        )
    return known


def _stands(stance: Floats, known: Mapping[str, int], legs: bool = False) -> bool:
    """Say whether a stance has y up, within 45 degrees; with `legs`, on both of them."""
    hips = stance[known["hips"]]
    ways = [stance[known["chest"]] - hips]
    ways += [hips - stance[known[f"foot_{s}"]] for s in "lr"] if legs else []
    return all(bool(w[1] > 0.7 * float(np.linalg.norm(w))) for w in ways)


def _end(bones: list[_Bone], number: int, name: str) -> Any:
    """Return the unit vector from a bone to the child that is farthest from it."""
    end = _farthest(bones, number)
    length = float(np.linalg.norm(end))
    if not 0 < length < np.inf:
        raise MocapError(f"{name}: expected {bones[number].name} to lead somewhere, saw {end}")
    return end / length


def _farthest(bones: list[_Bone], number: int) -> Floats:
    """Return the offset of the child, or end, that is farthest from a bone; 0 where it has none."""
    children = [b.offset for b in bones if b.parent == number]
    return max(children, key=lambda o: float(np.linalg.norm(o)), default=np.zeros(3))
