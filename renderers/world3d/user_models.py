"""Things that a user brings: GLB and OBJ files, with their colours and textures.

A prop is taken at rest, in one piece, y up as glTF says and OBJ files mostly are, and is scaled to
unit size. It is opaque whatever its file says: through glass, passes tell of the glass.
"""

from __future__ import annotations

import contextlib
import io
import logging
import re
from collections.abc import Generator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any, NamedTuple, TypeVar, cast

import numpy as np
import trimesh
from numpy.typing import NDArray
from PIL import Image
from trimesh.resolvers import Resolver
from trimesh.visual import ColorVisuals, TextureVisuals

from corpuswright.renderers.apps.page import Read
from corpuswright.renderers.faults import PageFault
from corpuswright.renderers.world3d import meshes, solids, sparse_accessors
from corpuswright.renderers.world3d.meshes import Mesh
from corpuswright.renderers.world3d.world import Floats, Ints, Skin, Thing, moved, pose_of
from corpuswright.storage.media import images as media_images
from corpuswright.storage.records import Json

T = TypeVar("T")

KINDS = (".glb", ".obj")
MAX_BYTES = 64 << 20  # of one file: what 100 000 triangles and their textures take ten times over
MAX_TRIANGLES = 100_000  # of a prop; the caster asks each of them in each frame
MAX_TEXTURE = 1024  # pixels of a side, to which larger textures are made smaller: props are small
MAX_SKINS = 64  # materials of a prop
WORDS = 3  # of a name at most

# Names that are taken, or that would make a sentence another.
_TAKEN = {
    *meshes.PRIMITIVES,
    *solids.COLOURS,
    *"ball figure floor wall object and that is on the camera stands moves does a an".split(),
}
# What trimesh leaves out of a model it tells its log alone (5.2.0), at the level of debugging.
_LEFT_OUT = {
    "failed to load image": "texture_not_read", "unable to load image": "texture_not_read",
    "unable to store texture": "texture_not_read", "image/ktx2": "texture_not_read",
    "failed to load mesh": "prop_not_read", "failed to process extension": "prop_not_read",
}  # fmt: skip
# glTF's axes are x right, y up, z to the viewer; ours are x right, y away, z up.
_UPRIGHT = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])


class Prop(NamedTuple):
    """A mesh of unit size about the origin, z up, and what it is covered with."""

    mesh: Mesh
    skin: Skin


class _Part(NamedTuple):
    vertices: Floats
    faces: Ints
    visual: Any


def name_of(path: str) -> str:
    """Return what a person calls the prop of a file: `Office_Chair-2.glb` is an office chair.

    Raises:
        PageFault: Its file's name is no name for a thing.
    """
    apart = re.sub(r"([a-z])([A-Z])", r"\1 \2", PurePosixPath(path).stem)
    words = re.sub(r"[^a-z]+", " ", apart.lower()).split()
    if not 1 <= len(words) <= WORDS:
        raise PageFault("name_not_usable", f"{path}: expected a name of 1 to {WORDS} words")
    if taken := sorted(_TAKEN & set(words)):
        raise PageFault("name_not_usable", f"{path}: {taken[0]} has a meaning in captions already")
    return " ".join(words)


def load(site: str, path: str, read: Read) -> Prop:
    """Return the prop of a file of a site.

    Raises:
        PageFault: The file is missing or too large, is no model with a surface, has too many
            triangles or materials, or names a texture or a material library that is not there.
    """
    data = read(site, path)
    if len(data) > MAX_BYTES:
        raise PageFault("prop_too_large", f"{path}: {len(data)} bytes, at most {MAX_BYTES}")
    beside = _Beside(site, path, read)
    kind = PurePosixPath(path).suffix.lower()[1:]
    try:
        with _heard(path) as left_out, np.errstate(all="ignore"):
            whole = sparse_accessors.dense(data, MAX_BYTES)
            scene = trimesh.load_scene(io.BytesIO(whole), file_type=kind, resolver=beside)
            parts = _parts(scene)
    except PageFault:
        raise
    except Exception as error:  # whatever a broken file makes its parser stumble over
        detail = f"{path}: {type(error).__name__}: {str(error)[:160]}"
        raise PageFault("prop_not_read", detail) from error
    if beside.missing:
        raise PageFault("texture_missing", f"{path} names {', '.join(beside.missing)[:160]}")
    if left_out:
        raise left_out[0]
    if not parts:
        raise PageFault("prop_not_read", f"{path}: expected triangles, saw none")
    triangles = sum(len(p.faces) for p in parts)
    if triangles > MAX_TRIANGLES:
        raise PageFault("too_many_triangles", f"{path}: {triangles}, at most {MAX_TRIANGLES}")
    if len(parts) > MAX_SKINS:
        raise PageFault("too_many_materials", f"{path}: {len(parts)}, at most {MAX_SKINS}")
    return _joined(path, parts)


def thing(
    id_: str, said: Mapping[str, str], side: float, at: Floats, angles: Floats, read: Read
) -> Thing:
    """Return a prop that stands on the floor, as a spec says: `file` and `name` of it.

    `side`, `at` and `angles` are as `solids.solid` has them. Raises PageFault as `load` does.
    """
    site, _, path = said["file"].partition("/")
    prop = load(site, path, read)
    mesh = prop.mesh
    lowest = float(mesh.vertices[:, 2].min())
    poses = np.stack(
        [
            pose_of(np.array([x, y, -lowest * side]), solids.about_z(angle), side)
            for (x, y), angle in zip(at, angles, strict=True)
        ]
    )
    mean = np.mean([image.reshape(-1, 3).mean(axis=0) for image in prop.skin.images], axis=0) / 255
    colour = cast(tuple[float, float, float], tuple(float(v) for v in mean))
    return Thing(
        id_,
        said["name"],
        colour,
        mesh.faces,
        moved(mesh.vertices, poses),
        poses,
        meshes.bounds(mesh.vertices),
        skin=prop.skin,
    )


@contextlib.contextmanager
def _heard(path: str) -> Generator[list[PageFault]]:
    """Yield the list of what the parser leaves out of a model without raising."""
    found: list[PageFault] = []

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said = record.getMessage()
            reason = next((r for words, r in _LEFT_OUT.items() if words in said), "")
            if reason:
                why = record.exc_info[1] if record.exc_info else ""
                found.append(PageFault(reason, f"{path}: {said[:100]} {str(why)[:100]}".strip()))

    log, listener = trimesh.util.log, Listener()
    level, spreads = log.level, log.propagate
    log.addHandler(listener)
    log.setLevel(logging.DEBUG)
    log.propagate = False  # else all of it would be printed wherever debugging is
    try:
        yield found
    finally:
        log.removeHandler(listener)
        log.setLevel(level)
        log.propagate = spreads


def judged(site: str, path: str, read: Read) -> Json:
    """Return what a plan wants to know of a prop; raises PageFault as `name_of` and `load` do."""
    return {"kind": "prop", "name": name_of(path), "faces": len(load(site, path, read).mesh.faces)}


def drawn(
    rng: np.random.Generator, brought: Sequence[tuple[T, str]], most: int
) -> list[tuple[T, str]]:
    """Return up to `most` of the props of a source, by file and name, no two of one name."""
    found: dict[str, tuple[T, str]] = {}
    for i in rng.permutation(len(brought))[: int(rng.integers(0, most + 1))]:
        found.setdefault(brought[int(i)][1], brought[int(i)])
    return list(found.values())


class _Beside(Resolver):
    """Files that a model names, of its own site; those that are not there are noted."""

    def __init__(self, site: str, path: str, read: Read) -> None:
        self._site, self._folder, self._read = site, PurePosixPath(path).parent, read
        self.missing: list[str] = []

    def get(self, key: str) -> bytes:
        path = (self._folder / key.strip().replace("\\", "/")).as_posix()
        try:
            data = self._read(self._site, path)
        except PageFault as fault:
            self.missing.append(key)
            raise KeyError(key) from fault
        if len(data) > MAX_BYTES:
            raise PageFault("prop_too_large", f"{path}: {len(data)} bytes, at most {MAX_BYTES}")
        return data

    def keys(self) -> list[str]:
        return []  # a model asks for files by name; it is told of no others

    def namespaced(self, namespace: str) -> Resolver:
        return self

    def write(self, name: str, data: bytes) -> None:
        raise NotImplementedError("sources are only read")


def _parts(scene: trimesh.Scene) -> list[_Part]:
    """Return a scene's meshes where they stand; its textures, which may be big, are not decoded."""
    found: list[_Part] = []
    for node in scene.graph.nodes_geometry:
        pose, name = scene.graph[node]
        mesh = scene.geometry[name]
        if isinstance(mesh, trimesh.Trimesh) and len(mesh.faces):
            pose = np.asarray(pose, np.float64)
            vertices = np.asarray(mesh.vertices, np.float64) @ pose[:3, :3].T + pose[:3, 3]
            faces = np.asarray(mesh.faces, np.int64)
            if np.linalg.det(pose[:3, :3]) < 0:  # mirrored: what was counterclockwise is clockwise
                faces = faces[:, ::-1]
            found.append(_Part(vertices, faces, mesh.visual))
    return found


def _joined(path: str, parts: Sequence[_Part]) -> Prop:
    vertices, faces, images, which, uvs = [], [], [], [], []
    offset = 0
    for number, part in enumerate(parts):
        own, tris = part.vertices, part.faces
        if not np.isfinite(own).all():
            raise PageFault("not_finite", f"{path}: a vertex of part {number}")
        image, uv = _covered(path, part)
        if not np.isfinite(uv).all():
            raise PageFault("not_finite", f"{path}: a texture coordinate of part {number}")
        vertices.append(own @ _UPRIGHT.T)
        faces.append(tris + offset)
        images.append(image)
        which.append(np.full(len(tris), number))
        uvs.append(uv)
        offset += len(own)
    every, tris = np.concatenate(vertices), np.concatenate(faces)
    used = every[np.unique(tris)]
    low, high = used.min(axis=0), used.max(axis=0)
    size = float((high - low).max())
    if size <= 0:
        raise PageFault("prop_not_read", f"{path}: all of it is in one point")
    every = (every - (low + high) / 2) / size
    a, b, c = (every[tris[:, i]] for i in range(3))
    # Triangles without an area cover nothing; engines disagree on where they are seen.
    real = np.linalg.norm(np.cross(b - a, c - a), axis=1) > 1e-12
    if not real.any():
        raise PageFault("prop_not_read", f"{path}: expected a surface, saw lines or points")
    names, tris = np.unique(tris[real], return_inverse=True)
    skin = Skin(tuple(images), np.concatenate(which)[real], np.concatenate(uvs)[real])
    return Prop(Mesh(every[names], tris.reshape(-1, 3)), skin)


def _covered(path: str, part: _Part) -> tuple[NDArray[np.uint8], Floats]:
    """Return a part's (H, W, 3) texture in sRGB, and (T, 3, 2) where each corner is on it.

    A plain colour is a texture of one pixel. Colours of vertices are averaged.
    """
    visual = part.visual
    nowhere = np.full((len(part.faces), 3, 2), 0.5)
    if isinstance(visual, TextureVisuals):
        image, plain = _material(path, visual.material)
        if image is not None and visual.uv is not None:
            return image, np.asarray(visual.uv, np.float64)[part.faces]
        return plain, nowhere
    colour = (
        np.asarray(visual.vertex_colors, np.float64)[:, :3].mean(axis=0)
        if isinstance(visual, ColorVisuals)
        else np.full(3, 128.0)
    )
    return np.rint(colour).astype(np.uint8).reshape(1, 1, 3), nowhere


def _material(path: str, material: Any) -> tuple[NDArray[np.uint8] | None, NDArray[np.uint8]]:
    """Return a material's texture, if it has one, and its plain colour as a texture."""
    # glTF's factor is linear light, OBJ's diffuse colour what a screen shows.
    if hasattr(material, "baseColorTexture"):
        image, factor = material.baseColorTexture, material.baseColorFactor
        tint = np.ones(3) if factor is None else np.asarray(factor, np.float64)[:3] / 255
    else:
        image, tint = material.image, np.asarray(material.diffuse, np.float64)[:3] / 255
        tint = np.where(tint <= 0.04045, tint / 12.92, ((tint + 0.055) / 1.055) ** 2.4)
    plain = _shown(tint.reshape(1, 1, 3))
    if image is None:
        return None, plain
    return _texture(path, image, tint), plain


def _texture(path: str, image: Image.Image, tint: Floats) -> NDArray[np.uint8]:
    if image.width * image.height > media_images.MAX_PIXELS:
        raise PageFault("texture_not_read", f"{path}: {image.width}x{image.height} pixels")
    try:
        made = image.convert("RGB")
    except (OSError, SyntaxError, ValueError) as error:
        raise PageFault("texture_not_read", f"{path}: {str(error)[:160]}") from error
    made.thumbnail((MAX_TEXTURE, MAX_TEXTURE))
    values = np.asarray(made)
    if np.allclose(tint, 1):
        return values
    light = values / 255.0
    light = np.where(light <= 0.04045, light / 12.92, ((light + 0.055) / 1.055) ** 2.4)
    return _shown(light * tint)


def _shown(light: Floats) -> NDArray[np.uint8]:
    """Return linear light, 0 to 1, as sRGB (IEC 61966-2-1)."""
    light = np.clip(light, 0, 1)
    shown = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.rint(shown * 255).astype(np.uint8)
