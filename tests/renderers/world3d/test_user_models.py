"""Props of a user's own: what a GLB or an OBJ becomes, and what broken ones end as."""

from __future__ import annotations

import io
import json
import struct
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from corpuswright.renderers.blender import engine
from corpuswright.renderers.faults import PageFault
from corpuswright.renderers.motion import clip, moving_camera
from corpuswright.renderers.world3d import flat_shading, solids, user_models
from corpuswright.renderers.world3d.ground_truth import GroundTruth
from corpuswright.renderers.world3d.world import Camera, World, look_at

RED, BLUE = (220, 20, 30), (20, 40, 220)
# A flat square in the plane that looks to the viewer, y up: red above, blue below.
SQUARE = [(-1, -1, 0), (1, -1, 0), (1, 1, 0), (-1, 1, 0)]
ON = [(0, 1), (1, 1), (1, 0), (0, 0)]  # glTF's v points down


def png(size: tuple[int, int] = (8, 8)) -> bytes:
    pixels = np.zeros((size[1], size[0], 3), np.uint8)
    pixels[: size[1] // 2], pixels[size[1] // 2 :] = RED, BLUE
    sink = io.BytesIO()
    Image.fromarray(pixels).save(sink, "PNG")
    return sink.getvalue()


def glb(vertices: Any = SQUARE, image: bytes | None = None, **material: Any) -> bytes:
    """A GLB written by hand from its specification: one mesh, one material."""
    image = png() if image is None else image
    arrays = (
        np.asarray(vertices, "<f4"),
        np.asarray(ON, "<f4"),
        np.array([0, 1, 2, 0, 2, 3], "<u2"),
    )
    blobs = [a.tobytes() for a in arrays] + [image + b"\0" * (-len(image) % 4)]
    views_, offset = [], 0
    for blob, length in zip(blobs, [len(b) for b in blobs[:3]] + [len(image)], strict=True):
        views_.append({"buffer": 0, "byteOffset": offset, "byteLength": length})
        offset += len(blob)
    tree = {
        "asset": {"version": "2.0"}, "scene": 0, "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0}], "buffers": [{"byteLength": offset}], "bufferViews": views_,
        "accessors": [
            {"bufferView": 0, "componentType": 5126, "count": 4, "type": "VEC3"},
            {"bufferView": 1, "componentType": 5126, "count": 4, "type": "VEC2"},
            {"bufferView": 2, "componentType": 5123, "count": 6, "type": "SCALAR"},
        ],
        "meshes": [{"primitives": [
            {"attributes": {"POSITION": 0, "TEXCOORD_0": 1}, "indices": 2, "material": 0}
        ]}],
        "materials": [{"pbrMetallicRoughness": material or {"baseColorTexture": {"index": 0}}}],
        "textures": [{"source": 0}], "images": [{"bufferView": 3, "mimeType": "image/png"}],
    }  # fmt: skip
    head, body = json.dumps(tree).encode(), b"".join(blobs)
    head += b" " * (-len(head) % 4)
    chunks = struct.pack("<I4s", len(head), b"JSON") + head
    chunks += struct.pack("<I4s", len(body), b"BIN\0") + body
    return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks


OBJ = (
    b"mtllib a.mtl\nusemtl m\nv -1 -1 0\nv 1 -1 0\nv 1 1 0\nv -1 1 0\n"
    b"vt 0 0\nvt 1 0\nvt 1 1\nvt 0 1\nf 1/1 2/2 3/3 4/4\n"
)
FILES = {
    "poster.glb": glb(),
    "plain.glb": glb(baseColorFactor=[0.2158605, 0.0, 1.0, 1.0]),
    "sign.obj": OBJ,
    "a.mtl": b"newmtl m\nKd 1 1 1\nmap_Kd a.png\n",
    "a.png": png(),
    "shard_store/lost.obj": OBJ,
    "shard_store/a.mtl": b"newmtl m\nKd 1 1 1\nmap_Kd nowhere.png\n",
}


def read(site: str, path: str) -> bytes:
    if path not in FILES:
        raise PageFault("source_missing", f"{site}/{path}")
    return FILES[path]


@pytest.mark.parametrize("path", ["poster.glb", "sign.obj"])
def test_a_square_stands_upright_with_its_texture_the_right_way_up(path: str):
    world = square(path)
    shown = flat_shading.flat(world, GroundTruth(world), 0)
    middle = np.array(shown[:, 48].astype(int))
    rows = np.flatnonzero(GroundTruth(world).instances(0)[:, 48])
    top, bottom = middle[rows[0] + 2], middle[rows[-1] - 2]
    assert top[0] > 3 * top[2] and bottom[2] > 3 * bottom[0], "red above, blue below"
    assert np.ptp(rows) == pytest.approx(39, abs=1), "two metres high, four away, 80 px of focus"


def square(path: str) -> World:
    at, turned = np.zeros((1, 2)), np.zeros(1)
    thing = user_models.thing("t", {"file": f"mine/{path}", "name": "sign"}, 2.0, at, turned, read)
    eye = np.array([0.0, -4.0, 1.0])
    pose = look_at(eye, np.array([0.0, 0.0, 1.0]))[None].repeat(2, 0)
    pose[1, :3, 3] += [0.1, 0.0, 0.05]
    return World([thing], Camera((96, 96), pose, np.full(2, 80.0)))


def test_a_factor_is_linear_light():
    prop = user_models.load("mine", "plain.glb", read)
    assert [i.tolist() for i in prop.skin.images] == [[[[128, 0, 255]]]]


def test_parts_are_joined_each_with_its_own_material():
    FILES["two.obj"] = OBJ + b"usemtl n\nv 3 -1 0\nf 2 5 3\n"
    FILES["a.mtl"] += b"newmtl n\nKd 0 1 0\n"
    prop = user_models.load("mine", "two.obj", read)
    assert len(prop.mesh.faces) == 3 and sorted(prop.skin.of.tolist()) in ([0, 0, 1], [0, 1, 1])
    assert sorted(i.shape for i in prop.skin.images) == [(1, 1, 3), (8, 8, 3)]
    assert np.ptp(prop.mesh.vertices, axis=0).max() == pytest.approx(1)


MANY = b"v 0 0 0\nv 1 0 0\nv 0 1 0\n" + b"f 1 2 3\n" * (user_models.MAX_TRIANGLES + 1)


@pytest.mark.parametrize(
    ("path", "data", "reason"),
    [
        ("cut.glb", glb()[:300], "prop_not_read"),
        ("nonsense.glb", b"\0" * 64, "prop_not_read"),
        ("empty.obj", b"", "prop_not_read"),
        ("points.obj", b"v 0 0 0\nv 1 1 1\n", "prop_not_read"),
        ("line.obj", b"v 0 0 0\nv 1 1 1\nv 2 2 2\nf 1 2 3\n", "prop_not_read"),
        ("beyond.obj", b"v 0 0 0\nv 1 1 1\nv 2 0 2\nf 1 2 9\n", "prop_not_read"),
        ("nan.glb", glb([(float("nan"), 0, 0), *SQUARE[1:]]), "not_finite"),
        ("far.glb", glb([(float("inf"), 0, 0), *SQUARE[1:]]), "not_finite"),
        ("picture.glb", glb(image=b"\x89PNG broken" + b"\0" * 20), "texture_not_read"),
        ("half.glb", glb(image=png((300, 300))[:120]), "texture_not_read"),
        ("huge.glb", glb(image=png((1, 1))[:16] + struct.pack(">II", 60000, 60000)
                         + png((1, 1))[24:]), "texture_not_read"),
        ("many.obj", MANY, "too_many_triangles"),
        ("shard_store/lost.obj", OBJ, "texture_missing"),
        ("outside.obj", b"mtllib ../../etc/passwd\n" + OBJ, "texture_missing"),
        ("big.obj", b"#" * (user_models.MAX_BYTES + 1), "prop_too_large"),
        ("gone.obj", None, "source_missing"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_says_why(path: str, data: bytes | None, reason: str):
    files = {**FILES, **({} if data is None else {path: data})}

    def own(site: str, name: str) -> bytes:
        if name not in files:
            raise PageFault("source_missing", f"{site}/{name}")
        return files[name]

    with pytest.raises(PageFault) as fault:
        user_models.load("mine", path, own)
    assert fault.value.reason == reason and path in fault.value.value


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_no_damage_to_a_file_is_more_than_a_fault(data: st.DataObject):
    whole = bytearray(glb())
    for _ in range(data.draw(st.integers(1, 6))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    cut = whole[: data.draw(st.integers(0, len(whole)))] if data.draw(st.booleans()) else whole
    try:
        prop = user_models.load("mine", "a.glb", lambda site, path: bytes(cut))
    except PageFault:
        return
    assert np.isfinite(prop.mesh.vertices).all() and len(prop.mesh.faces)
    assert prop.skin.uv.shape == (len(prop.mesh.faces), 3, 2)


def test_names_are_words_and_take_no_meaning_away():
    assert user_models.name_of("a/b/Office_Chair-2.glb") == "office chair"
    assert user_models.name_of("GardenGnome.OBJ") == "garden gnome"
    for path in ("cube.glb", "red_chair.glb", "salt and pepper.obj", "123.obj", "a b c d e.glb"):
        with pytest.raises(PageFault, match="name_not_usable"):
            user_models.name_of(path)


SPEC: dict[str, Any] = {
    "seed": 3, "width": 128, "height": 96, "frames": 3, "turn": 4.0, "pixels": 1.0,
    "props": [{"file": "mine/poster.glb", "name": "poster"}, {"file": "mine/sign.obj",
              "name": "sign"}], "photo": "mine/a.png", "light": "forest",
}  # fmt: skip
DRAW: dict[str, Any] = {
    "pictures": "cycles",
    "checked": True,
    "paths": 8,
    "blur": 0.0,
    "passes": ["instances", "flow"],
}


def test_props_and_photographs_are_in_a_place():
    world = moving_camera.compose(SPEC, read)
    assert {"poster", "sign"} <= {t.kind for t in world.things}
    walls = [t for t in world.things if t.kind == "wall"]
    assert walls and all(t.skin is not None for t in walls) and world.light == "forest"
    with pytest.raises(PageFault, match="photo_not_read"):
        moving_camera.compose({**SPEC, "photo": "mine/a.mtl", "seed": 3}, read)


@pytest.mark.blender
def test_blender_sees_the_same_and_shows_the_texture():
    try:
        engine.python()
    except engine.BlenderMissing as missing:
        pytest.skip(str(missing))
    drawn = clip.draw(moving_camera.compose(SPEC, read), DRAW)
    assert drawn.report is not None and not drawn.report.fault()
    world = square("poster.glb")
    with tempfile.TemporaryDirectory() as folder:
        files = engine.shared().draw(world, Path(folder), "cycles", 16)
        with Image.open(files["rgb"][0]) as picture:
            shown = np.asarray(picture.convert("RGB")).astype(int)
    rows = np.flatnonzero(GroundTruth(world).instances(0)[:, 48])
    top, bottom = shown[rows[0] + 3, 48], shown[rows[-1] - 3, 48]
    assert top[0] > 2 * top[2] and bottom[2] > 2 * bottom[0], (top, bottom)


def test_a_missing_panorama_or_a_solid_is_none_the_worse():
    world = moving_camera.compose(
        {k: v for k, v in SPEC.items() if k not in ("props", "photo")}, read
    )
    assert {t.kind for t in world.things} <= {
        "floor",
        "wall",
        "ball",
        *(k for k in solids.meshes.PRIMITIVES),
    }
