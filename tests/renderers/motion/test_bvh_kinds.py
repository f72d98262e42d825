"""BVH of many makers: names, units, axes of bones and ways to say where hips are.

Each file is written from joints whose places in the world are known; where limbs point and how high
hips stand is read back from it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from corpuswright.renderers.motion import motion_capture
from corpuswright.renderers.motion.motion_capture import MocapError

FAULTS = Path(__file__).parents[2] / "fixtures/faults/motion"
NAMES: Mapping[str, Mapping[str, str]] = {
    "cmu": {"hips": "Hips", "chest": "Spine1", "head": "Head", "upperarm": "{S}Arm",
            "lowerarm": "{S}ForeArm", "thigh": "{S}UpLeg", "calf": "{S}Leg", "foot": "{S}Foot"},
    "mixamo": {"hips": "mixamorig:Hips", "chest": "mixamorig:Spine1", "head": "mixamorig:Head",
               "upperarm": "mixamorig:{S}Arm", "lowerarm": "mixamorig:{S}ForeArm",
               "thigh": "mixamorig:{S}UpLeg", "calf": "mixamorig:{S}Leg",
               "foot": "mixamorig:{S}Foot"},
    "blender": {"hips": "pelvis", "chest": "chest", "head": "head", "upperarm": "upper_arm.{s}",
                "lowerarm": "forearm.{s}", "thigh": "thigh.{s}", "calf": "shin.{s}",
                "foot": "foot.{s}"},
    "biped": {"hips": "Bip01_Pelvis", "chest": "Bip01_Spine1", "head": "Bip01_Head",
              "upperarm": "Bip01_{s}_UpperArm", "lowerarm": "Bip01_{s}_Forearm",
              "thigh": "Bip01_{s}_Thigh", "calf": "Bip01_{s}_Calf", "foot": "Bip01_{s}_Foot"},
    "poser": {"hips": "hip", "chest": "chest", "head": "head", "upperarm": "{o}Shldr",
              "lowerarm": "{o}ForeArm", "thigh": "{o}Thigh", "calf": "{o}Shin", "foot": "{o}Foot"},
}  # fmt: skip
TREE = {"chest": "hips", "head": "chest"}
for _s in "lr":
    TREE |= {f"upperarm_{_s}": "chest", f"lowerarm_{_s}": f"upperarm_{_s}", f"thigh_{_s}": "hips",
             f"calf_{_s}": f"thigh_{_s}", f"foot_{_s}": f"calf_{_s}"}  # fmt: skip
ORDER = ("hips", *TREE)
# Metres from the parent, of a figure that stands y up, looks along z, its left hand at x.
STANDS = {"hips": (0, 0, 0), "chest": (0, 0.25, 0), "head": (0, 0.3, 0)}
for _s, _x in (("l", 1), ("r", -1)):
    STANDS |= {f"upperarm_{_s}": (_x * 0.2, 0.2, 0), f"lowerarm_{_s}": (_x * 0.28, 0, 0),
               f"thigh_{_s}": (_x * 0.1, -0.05, 0), f"calf_{_s}": (0, -0.43, 0),
               f"foot_{_s}": (0, -0.42, 0)}  # fmt: skip
ENDS = {"head": (0, 0.2, 0)}
for _s, _x in (("l", 1), ("r", -1)):
    ENDS |= {f"lowerarm_{_s}": (_x * 0.25, 0, 0), f"foot_{_s}": (0, -0.03, 0.15)}
TO_OURS = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])


def named(style: str, joint: str) -> str:
    what, _, side = joint.partition("_")
    full = {"l": "Left", "r": "Right"}.get(side, "")
    return NAMES[style][what].format(S=full, s=side.upper(), o=side)


def made(rng: np.random.Generator) -> tuple[str, Any, dict[str, Any]]:
    """Return a BVH file, its hips (F, 3) in our metres, and unit vectors of limbs by joint."""
    style, scale = str(rng.choice(list(NAMES))), float(rng.choice([1.0, 100.0, 39.37, 5.6]))
    own_axes, rooted, everywhere = rng.uniform(size=3) < 0.5
    frames = int(rng.integers(2, 6))
    turns = {j: Rotation.from_rotvec(rng.normal(0, 0.4, (frames, 3))) for j in ORDER}
    world: dict[str, Rotation] = {}
    for j in ORDER:
        world[j] = world[TREE[j]] * turns[j] if j in TREE else turns[j]
    rest = {j: Rotation.random(random_state=int(rng.integers(2**31))) if own_axes else
            Rotation.identity() for j in ORDER}  # fmt: skip
    if own_axes:  # what lies below hips and chest is beside each other in their own axes
        rest["hips"] = Rotation.from_euler("z", -90, degrees=True)
    hips = np.array([0, 0.9, 0]) + np.cumsum(rng.normal(0, 0.01, (frames, 3)), axis=0)
    axes = "".join(rng.permutation(list("XYZ")))
    lines: list[str] = ["HIERARCHY"]
    columns: list[Any] = []

    def write(j: str, depth: int) -> None:
        pad, above = "\t" * depth, rest[TREE[j]].inv() if j in TREE else Rotation.identity()
        offset = above.apply(STANDS[j]) * scale
        if j == "hips" and rooted:
            offset = np.array([0, 0.9, 0]) * scale  # as the place of the first frame says again
        places = j == "hips" or everywhere
        lines.extend([f"{pad}{'JOINT' if j in TREE else 'ROOT'} {named(style, j)}", f"{pad}{{"])
        lines.append(f"{pad}\tOFFSET {' '.join(f'{v:.6f}' for v in offset)}")
        channels = [f"{a}position" for a in "XYZ"] if places else []
        channels += [f"{a}rotation" for a in axes]
        lines.append(f"{pad}\tCHANNELS {len(channels)} {' '.join(channels)}")
        if places:
            columns.append(hips * scale if j == "hips" else np.tile(offset, (frames, 1)))
        local = above * turns[j] * rest[j]
        columns.append(local.as_euler(axes, degrees=True).reshape(frames, 3))
        for child in (c for c in ORDER if TREE.get(c) == j):
            write(child, depth + 1)
        if j in ENDS:
            end = rest[j].inv().apply(ENDS[j]) * scale
            lines.extend([f"{pad}\tEnd Site", f"{pad}\t{{"])
            lines.extend([f"{pad}\t\tOFFSET {' '.join(f'{v:.6f}' for v in end)}", f"{pad}\t}}"])
        lines.append(f"{pad}}}")

    write("hips", 0)
    lines += ["MOTION", f"Frames: {frames}", "Frame Time: 0.033333"]
    lines += [" ".join(f"{v:.6f}" for v in row) for row in np.concatenate(columns, axis=1)]
    limbs: dict[str, Any] = {}
    for j in ORDER:
        below = [c for c in ORDER if TREE.get(c) == j]
        if j not in ("hips", "chest", "head") and "foot" not in j:
            to = np.array(STANDS[below[0]] if below else ENDS[j], float)
            limbs[j] = world[j].apply(to / np.linalg.norm(to)) @ TO_OURS.T
    limbs["hips"] = world["hips"].apply([0, 1, 0]) @ TO_OURS.T
    limbs["chest"] = world["chest"].apply([0, 1, 0]) @ TO_OURS.T
    return "\n".join(lines), hips @ TO_OURS.T, limbs


@pytest.mark.parametrize("seed", range(320))
def test_hips_and_limbs_are_where_they_were(seed: int):
    text, hips, limbs = made(np.random.default_rng(seed))
    found = motion_capture.bvh(text.encode(), "a.bvh")
    assert np.allclose(found.root, hips, atol=2e-3), "in metres, by the length of legs"
    assert 0.8 < found.height < 1.05
    for joint, meant in limbs.items():
        rest = found.points.get(joint, np.array([0.0, 0, 1]))
        seen = np.einsum("fij,j->fi", found.turns[joint], rest)
        assert np.einsum("fi,fi->f", seen, meant).min() > 0.98, joint


@pytest.mark.parametrize("seed", range(100))
def test_names_that_say_nothing_leave_what_branches_as_a_body(seed: int):
    """Bones are numbered, or named in a language of their own: the same motion is read."""
    text, hips, limbs = made(np.random.default_rng(1000 + seed))
    names = re.findall(r"(?:ROOT|JOINT) (\S+)", text)
    order = np.random.default_rng(seed).permutation(len(names))
    for name, n in zip(names, order.tolist(), strict=True):
        text = re.sub(rf"(ROOT|JOINT) {re.escape(name)}\n", rf"\1 b{n:03d}\n", text)
    found = motion_capture.bvh(text.encode(), "a.bvh")
    assert np.allclose(found.root, hips, atol=2e-3)
    for joint, meant in limbs.items():
        rest = found.points.get(joint, np.array([0.0, 0, 1]))
        seen = np.einsum("fij,j->fi", found.turns[joint], rest)
        assert np.einsum("fi,fi->f", seen, meant).min() > 0.98, joint


@pytest.mark.parametrize("end", [(0, -0.1, 0), (0, 0, 0)])
def test_sides_that_no_foot_tells_are_not_guessed(
    end: tuple[float, ...], monkeypatch: pytest.MonkeyPatch
):
    """Feet that point straight down say nothing of left and right."""
    for side in "lr":
        monkeypatch.setitem(ENDS, f"foot_{side}", end)
    text, _, _ = made(np.random.default_rng(1))
    text = text.replace("ROOT ", "ROOT x_")
    names = re.findall(r"(?:ROOT|JOINT) (\S+)", text)
    for n, name in enumerate(names):
        text = re.sub(rf"(ROOT|JOINT) {re.escape(name)}\n", rf"\1 b{n:03d}\n", text)
    head, _, rest = text.partition("Frame Time: 0.033333\n")
    still = "\n".join(" ".join("0" for _ in row.split()) for row in rest.splitlines())
    with pytest.raises(MocapError):
        motion_capture.bvh(f"{head}Frame Time: 0.033333\n{still}".encode(), "a.bvh")


def test_names_that_were_read_are_not_contradicted():
    """One name is missing: sides come out as the others say, whichever way the feet point."""
    for seed in range(40):
        text, _, _ = made(np.random.default_rng(seed))
        named_ = re.sub(r"(?i)(JOINT )\S*head", r"\1Nose", text)
        assert named_ != text
        a = motion_capture.bvh(text.encode(), "a.bvh")
        b = motion_capture.bvh(named_.encode(), "b.bvh")
        assert np.allclose(a.root, b.root)
        for joint in ("upperarm_l", "thigh_r", "calf_l"):
            assert np.allclose(a.turns[joint], b.turns[joint]), joint


def test_what_does_not_branch_as_a_body_is_refused():
    text, _, _ = made(np.random.default_rng(0))
    head, _, rest = text.partition("MOTION")
    lines = rest.splitlines()
    tail = "ROOT a\n{\nOFFSET 0 1 0\nCHANNELS 3 Zrotation Xrotation Yrotation\n"
    tail += "End Site\n{\nOFFSET 0 1 0\n}\n}\n"
    rows = "\n".join("0 0 0" for _ in lines[3:])
    broken = f"HIERARCHY\n{tail}MOTION\n{lines[1]}\n{lines[2]}\n{rows}"
    assert head.startswith("HIERARCHY")
    with pytest.raises(MocapError, match="branch as a body's"):
        motion_capture.bvh(broken.encode(), "a.bvh")


def test_a_root_offset_is_not_added_to_where_the_root_is():
    found = motion_capture.bvh((FAULTS / "root_offset.bvh").read_bytes(), "root_offset.bvh")
    assert abs(np.median(found.root[:, 2]) - found.height) < 0.15


@pytest.mark.parametrize(
    ("place", "said"), [((0, 90, 0), "m above the ground"), ((0, -9, 0), "m above the ground")]
)
def test_hips_that_no_human_has_are_refused(place: tuple[float, ...], said: str):
    text, _, _ = made(np.random.default_rng(2))
    head, _, rows = text.partition("Frame Time: 0.033333\n")
    scale = 0.85 / 0.85  # read off the legs
    lines: list[str] = []
    for row in rows.splitlines():
        values = row.split()
        values[:3] = [str(v * scale * 1000) for v in place]
        lines.append(" ".join(values))
    with pytest.raises(MocapError, match=said):
        motion_capture.bvh(f"{head}Frame Time: 0.033333\n{chr(10).join(lines)}".encode(), "a")


def test_hips_that_fly_are_refused():
    text, _, _ = made(np.random.default_rng(3))
    slow = text.replace("Frame Time: 0.033333", "Frame Time: 0.0001")
    with pytest.raises(MocapError, match="m/s"):
        motion_capture.bvh(slow.encode(), "a.bvh")


@pytest.mark.parametrize("value", ["nan", "inf", "-inf"])
def test_an_offset_that_is_no_number_is_refused(value: str):
    path = Path(__file__).parents[2] / "fixtures/faults/motion/root_offset.bvh"
    text = re.sub(r"OFFSET \S+", f"OFFSET {value}", path.read_text(), count=1)
    with pytest.raises(MocapError, match="strange word"):
        motion_capture.bvh(text.encode(), "a")
