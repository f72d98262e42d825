"""Which joint of a skeleton is which, by how it branches: for files whose names say nothing.

A body branches in three at its hips (two legs and a spine) and again at its chest (two arms and a
neck). Which side is left is told by where the feet point; where they do not, names have to.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

import numpy as np

from corpuswright.renderers.world3d.world import Floats

# Of a limb whose first bone is shorter than this share of the next one, that is a clavicle or the
# like. Ours: a human's is half of the upper arm, an upper arm no shorter than four fifths of the
# forearm.
SHORT = 0.6
# Of a body's height from hips to chest, how far apart its sides have to be along what is taken for
# left, at least: of feet that point down, that is nowhere. Ours: thighs are half as far apart.
APART = 0.02
LEG, ARM = ("thigh", "calf", "foot"), ("upperarm", "lowerarm")


class _Tree:
    """A skeleton in one frame."""

    def __init__(self, parents: Sequence[int], turn: Sequence[bool], places: Floats) -> None:
        self.places = places
        self.children: list[list[int]] = [[] for _ in parents]
        for bone, parent in enumerate(parents):
            if parent >= 0 and turn[bone]:
                self.children[parent].append(bone)

    def branching(self, bone: int) -> int | None:
        """Return the first bone from this one on that has three children or more."""
        while len(self.children[bone]) in (1, 2):
            bone = max(self.children[bone], key=self.size)
        return bone if self.children[bone] else None

    def size(self, bone: int) -> int:
        """Return how many bones hang on one, itself among them."""
        return 1 + sum(map(self.size, self.children[bone]))

    def chain(self, bone: int) -> list[int]:
        """Return the bones from this one to where it branches or ends."""
        found = [bone]
        while len(self.children[found[-1]]) == 1:
            found += self.children[found[-1]]
        return found

    def reach(self, bone: int) -> float:
        """Return how long a chain is."""
        own = self.places[self.chain(bone)]
        return float(np.linalg.norm(np.diff(own, axis=0), axis=1).sum())

    def pair(self, bones: Sequence[int]) -> tuple[int, int] | None:
        """Return the two limbs that are most alike: as many bones, nearly as long, the longest."""
        both = [
            (a, b)
            for a, b in itertools.combinations(bones, 2)
            if len(self.chain(a)) == len(self.chain(b))
            and abs(self.reach(a) - self.reach(b)) <= 0.2 * max(self.reach(a), self.reach(b))
        ]
        return max(both, key=lambda p: self.reach(p[0]) + self.reach(p[1]), default=None)

    def limb(self, bone: int, number: int) -> list[int] | None:
        """Return the first bones of a limb, without a clavicle; None where it has too few."""
        found = self.chain(bone)
        lengths = np.linalg.norm(np.diff(self.places[found], axis=0), axis=1)
        if len(found) > number and len(lengths) > 1 and lengths[0] < SHORT * lengths[1]:
            found = found[1:]
        return found[:number] if len(found) >= number else None


def joints(
    parents: Sequence[int], turn: Sequence[bool], places: Floats, toes: Floats
) -> tuple[dict[str, int], bool] | None:
    """Return the numbers of `motion_capture.JOINTS`, and whether feet tell left from right.

    None of what does not branch as a body does.

    Args:
        parents: Of each bone, -1 of the root; parents come before their children.
        turn: Whether a bone is a joint, and no mere end.
        places: (F, N, 3) of the stance, or of some frames.
        toes: (F, N, 3) where the bone ends that is farthest from each.
    """
    tree = _Tree(parents, turn, places[0])
    hips = tree.branching(0)
    if hips is None:
        return None
    *below, spine = sorted(tree.children[hips], key=tree.size)
    chest, legs = tree.branching(spine), tree.pair(below)
    if chest is None or legs is None:
        return None
    arms = tree.pair(tree.children[chest])
    rest = [b for b in tree.children[chest] if arms and b not in arms]
    limbs = [(LEG, tree.limb(b, 3)) for b in legs] + [(ARM, tree.limb(b, 2)) for b in arms or ()]
    if not rest or len(limbs) < 4 or any(found is None for _, found in limbs):
        return None
    head = tree.chain(max(rest, key=lambda b: (tree.size(b), tree.reach(b))))[-1]
    feet = [found[-1] for names, found in limbs if names is LEG and found]
    up = places[:, chest] - places[:, hips]
    ahead = (toes[:, feet] - places[:, feet]).sum(axis=1)
    left = np.cross(up, ahead)  # of each frame: one foot may be turned anyhow in one of them
    left /= np.maximum(np.linalg.norm(left, axis=1, keepdims=True), 1e-9)
    level = ahead - up * ((ahead * up).sum(axis=1) / (up * up).sum(axis=1))[:, None]
    told = np.linalg.norm(level, axis=1) > 0.1 * np.linalg.norm(ahead, axis=1)
    left[~told] = 0.0
    known, sure = {"hips": hips, "chest": chest, "head": head}, True
    for names in (LEG, ARM):
        both = [found for n, found in limbs if n is names and found]
        if names is ARM:  # a trunk may be twisted against the feet, hardly against the thighs
            left = places[:, known["thigh_l"]] - places[:, known["thigh_r"]]
            left /= np.maximum(np.linalg.norm(left, axis=1, keepdims=True), 1e-9)
        sides = {b[0]: float(((places[:, b[0]] - places[:, hips]) * left).sum()) for b in both}
        both.sort(key=lambda b: sides[b[0]])
        gap = sides[both[1][0]] - sides[both[0][0]]
        sure &= bool(gap >= APART * np.linalg.norm(up, axis=1).sum())
        for side, found in zip("rl", both, strict=True):
            known |= {f"{n}_{side}": b for n, b in zip(names, found, strict=True)}
    return known, sure


def agreed(branched: dict[str, int], sure: bool, said: Mapping[str, int]) -> dict[str, int] | None:
    """Return joints by how bones branch, and by names that were read: these tell left from right.

    None where they contradict each other, or where nobody tells the sides: feet do if it is `sure`.
    """
    sides = {"_l": "_r", "_r": "_l"}
    other = {j[:-2] + sides[j[-2:]] if j[-2:] in sides else j: b for j, b in branched.items()}
    sided = {j: b for j, b in said.items() if j[-2:] in sides}
    if not sided and not sure:
        return None
    for known in (branched, other):
        if all(known[j] == b for j, b in sided.items()):
            return {**known, **said}
    return None
