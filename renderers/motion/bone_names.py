"""Which joint a bone is by its name, as the makers of skeletons give them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

JOINTS = (
    "hips", "chest", "head",
    "upperarm_l", "lowerarm_l", "thigh_l", "calf_l", "foot_l",
    "upperarm_r", "lowerarm_r", "thigh_r", "calf_r", "foot_r",
)  # fmt: skip
# Names that skeletons give to what we know, in lower case, without side, signs and what stands
# before a colon; those before are preferred.
NAMES: Mapping[str, tuple[str, ...]] = {
    "hips": ("hips", "hip", "pelvis", "root"),
    "chest": ("spine1", "chest", "spine2", "spine3", "spine", "chest1", "spine001", "spine002"),
    "head": ("head",),
    "upperarm": ("arm", "upperarm", "uparm", "shoulder", "shldr", "humerus"),
    "lowerarm": ("forearm", "lowerarm", "lowarm", "elbow", "radius"),
    "thigh": ("upleg", "thigh", "upperleg", "hip", "femur"),
    "calf": ("leg", "shin", "calf", "knee", "lowerleg", "lowleg", "tibia"),
    "foot": ("foot", "ankle"),
}
_SIDES = {"left": "l", "right": "r", "l": "l", "r": "r"}
# Letters of one part of a name: `LeftUpLeg`, `upper_arm.L`, `lThigh`, `RShldr`, `Bip01 L Thigh`.
_PARTS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")


def joints(names: Sequence[str]) -> dict[str, int]:
    """Return the numbers of the bones that JOINTS are; without those that no name says."""
    plain: dict[tuple[str, str], int] = {}
    for i, name in enumerate(names):
        for said in _said(name):
            plain.setdefault(said, i)
    found: dict[str, int] = {}
    for joint in JOINTS:
        what, _, side = joint.partition("_")
        fits = [plain[side, n] for n in NAMES[what] if (side, n) in plain]
        if fits:
            found[joint] = fits[0]
    return found


def _said(name: str) -> list[tuple[str, str]]:
    """Return what a bone's name may say: its side, if any, and what it is."""
    own = name.rpartition(":")[2]
    parts = [p.lower() for p in _PARTS.findall(own)]
    said: list[tuple[str, str]] = []
    for first in range(len(parts)):  # what stands before may be the figure's name: `Bip01 L Thigh`
        left = parts[first:]
        sides = [_SIDES[p] for p in left if p in _SIDES]
        words = "".join(p for p in left if p not in _SIDES)
        said.append((sides[0] if len(sides) == 1 else "", words))
    whole = "".join(c for c in own.lower() if c.isalnum())
    for prefix, side in (("left", "l"), ("right", "r"), ("l", "l"), ("r", "r")):
        if whole.startswith(prefix):  # in small letters throughout: `lhip`
            said.append((side, whole.removeprefix(prefix)))
    return [("", whole), *said]
