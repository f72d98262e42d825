"""Draws baked worlds with Blender: `python worker.py`, a job a line on standard input.

Runs in an environment of its own (`.venv-blender`: Blender pins another numpy and is under GPL-3)
and imports nothing of ours. Standard output belongs to Blender, which writes to it from C, so an
answer a line goes to the file descriptor that `--answers` names.

A job is `{"world": FILE, "out": FOLDER, "rgb": "none" | "workbench" | "cycles", "samples": N,
"blur": SHUTTER}`, where FILE is what `engine.write` made. For each frame FOLDER gets
`truth-0000.npz` (depth, instance, normal, forward, backward) and, if asked for, `rgb-0000.png`.
Truth is always a render of its own with one sample a pixel, without blur: more samples blend what
lies side by side, and with blur there is no flow at all.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import math
import os
import struct
import sys
import tempfile
from pathlib import Path

import numpy as np

NEAR = 0.05  # as renderers.world3d.world has it
SENSOR = 36.0  # mm, Blender's own; only its ratio to the focal length matters
FAR = 1e5
NOWHERE = 1e9  # Cycles writes 1e10 where nothing is
_PATTERNS = {
    "noise": "ShaderNodeTexNoise",
    "checker": "ShaderNodeTexChecker",
    "bricks": "ShaderNodeTexBrick",
    "waves": "ShaderNodeTexWave",
}


def main() -> None:
    """Answer jobs until standard input ends."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--answers", type=int, required=True)
    with os.fdopen(parser.parse_args().answers, "w") as answers:
        for line in sys.stdin:
            job = json.loads(line)
            try:
                answer = {"done": _clip(job, answers)}
            except Exception as error:  # the parent decides what becomes of the clip
                answer = {"failed": f"{type(error).__name__}: {error}"}
            print(json.dumps(answer), file=answers, flush=True)


def _clip(job: dict, answers) -> int:
    import bpy

    with np.load(job["world"]) as held:
        world = {name: held[name] for name in held.files}
    out = Path(job["out"])
    out.mkdir(parents=True, exist_ok=True)
    bpy.ops.wm.read_factory_settings(use_empty=True)
    frames = len(world["focal"])
    with tempfile.TemporaryDirectory(dir=out) as scratch:
        scene = _scene(world, Path(scratch))
        for frame in range(frames):
            scene.frame_set(frame)
            _truth(scene, Path(scratch), out / f"truth-{frame:04d}.npz")
            print(json.dumps({"frame": frame}), file=answers, flush=True)
        if job["rgb"] != "none":
            _colours(scene, job, world)
            for frame in range(frames):
                scene.frame_set(frame)
                scene.render.filepath = str(out / f"rgb-{frame:04d}.png")
                bpy.ops.render.render(write_still=True)
                print(json.dumps({"frame": frame}), file=answers, flush=True)
    return frames


def _scene(world: dict, scratch: Path):
    import bpy

    scene = bpy.context.scene
    frames = len(world["focal"])
    scene.frame_start, scene.frame_end = 0, frames - 1
    width, height = (int(v) for v in world["size"])
    render = scene.render
    render.engine = "CYCLES"
    render.resolution_x, render.resolution_y, render.resolution_percentage = width, height, 100
    render.use_motion_blur = False  # with it the vector pass is zero throughout
    render.threads_mode, render.threads = "FIXED", 1
    render.use_persistent_data = True
    scene.cycles.device = "CPU"
    scene.cycles.samples = 1
    scene.cycles.use_adaptive_sampling = False
    scene.cycles.use_denoising = False
    scene.cycles.max_bounces = 0
    # So the one sample lies at the centre of its pixel. With the default width of 1.5 px, and with
    # a box filter of any, flow is ten times as far from the float64 caster's (measured).
    scene.cycles.pixel_filter_type, scene.cycles.filter_width = "BLACKMAN_HARRIS", 0.01
    layer = scene.view_layers[0]
    layer.use_pass_vector = layer.use_pass_z = True
    layer.use_pass_normal = layer.use_pass_object_index = True
    for number in range(int(world["things"])):
        _thing(scene, world, number, scratch)
    _camera(scene, world, frames, width)
    return scene


def _thing(scene, world: dict, number: int, scratch: Path) -> None:
    import bpy

    vertices, faces = world[f"vertices{number}"], world[f"faces{number}"]
    mesh = bpy.data.meshes.new(f"thing{number}")
    mesh.from_pydata(vertices[0].tolist(), [], faces.tolist())
    if bool(world["smooth"][number]):
        mesh.shade_smooth()
    thing = bpy.data.objects.new(f"thing{number}", mesh)
    thing.pass_index = number + 1
    red, green, blue = (float(v) for v in world["colours"][number])
    thing.color = (red, green, blue, 1)
    if f"skin{number}" in world:
        _skin(mesh, world, number)
    else:
        pattern = str(world["patterns"][number])
        mesh.materials.append(_material(f"thing{number}", pattern, (red, green, blue)))
    scene.collection.objects.link(thing)
    if len(vertices) > 1:
        # A cache of points by frame: what moves is the very mesh that truth is worked out from.
        path = scratch / f"thing{number}.pc2"
        head = struct.pack("<12siiffi", b"POINTCACHE2\0", 1, vertices.shape[1], 0, 1, len(vertices))
        path.write_bytes(head + vertices.astype("<f4").tobytes())
        cache = thing.modifiers.new("cache", "MESH_CACHE")
        cache.cache_format = "PC2"
        cache.filepath = str(path)
        cache.interpolation = "NONE"
        cache.frame_start = 0


def _rough(name: str):
    """Return a new material with its node: rough and opaque. Through glass, passes tell of it."""
    import bpy

    material = bpy.data.materials.new(name)
    material.use_nodes = True
    base = next(n for n in material.node_tree.nodes if n.type == "BSDF_PRINCIPLED")
    base.inputs["Roughness"].default_value = 0.6
    return material, base


def _skin(mesh, world: dict, number: int) -> None:
    """Cover a mesh with pictures, each triangle with its own part of one."""
    import bpy

    layer = mesh.uv_layers.new(name="uv")
    layer.data.foreach_set("uv", world[f"uv{number}"].ravel())
    of = world[f"skin{number}"]
    for which in range(int(of.max()) + 1):
        pixels = world[f"skin{number}-{which}"]
        name = f"skin{number}-{which}"
        image = bpy.data.images.new(name, pixels.shape[1], pixels.shape[0])
        whole = np.ones((*pixels.shape[:2], 4), np.float32)
        whole[..., :3] = pixels[::-1] / np.float32(255)  # Blender's rows begin below
        image.pixels.foreach_set(whole.ravel())
        image.update()
        material, base = _rough(name)
        tree = material.node_tree
        node = tree.nodes.new("ShaderNodeTexImage")
        node.image = image
        tree.links.new(node.outputs["Color"], base.inputs["Base Color"])
        mesh.materials.append(material)
    mesh.polygons.foreach_set("material_index", of)


def _material(name: str, pattern: str, colour: tuple):
    """Return a surface of one colour, or of that colour and a darker one in a pattern."""
    material, base = _rough(name)
    tree = material.node_tree
    light = (*map(_linear, colour), 1)
    base.inputs["Base Color"].default_value = light
    if not pattern:
        return material
    kind, _, scale = pattern.partition(" ")
    dark = (*(v * 0.45 for v in light[:3]), 1)
    node = tree.nodes.new(_PATTERNS[kind])
    node.inputs["Scale"].default_value = float(scale)
    if kind in ("checker", "bricks"):
        node.inputs["Color1"].default_value, node.inputs["Color2"].default_value = light, dark
        shown = node.outputs["Color"]
    else:
        mix = tree.nodes.new("ShaderNodeMix")
        mix.data_type = "RGBA"
        mix.inputs["A"].default_value, mix.inputs["B"].default_value = light, dark
        tree.links.new(node.outputs[0], mix.inputs["Factor"])
        shown = mix.outputs["Result"]
    # Where the mesh was before it moved, so that a pattern stays on its surface.
    where = tree.nodes.new("ShaderNodeTexCoord")
    tree.links.new(where.outputs["Generated"], node.inputs["Vector"])
    tree.links.new(shown, base.inputs["Base Color"])
    return material


def _camera(scene, world: dict, frames: int, width: int) -> None:
    import bpy
    from mathutils import Matrix

    data = bpy.data.cameras.new("camera")
    data.sensor_fit, data.sensor_width = "HORIZONTAL", SENSOR
    data.clip_start, data.clip_end = NEAR, FAR
    camera = bpy.data.objects.new("camera", data)
    camera.rotation_mode = "QUATERNION"
    scene.collection.objects.link(camera)
    scene.camera = camera
    flip = np.diag([1.0, -1, -1, 1])  # Blender's cameras look along -z, y up
    for frame in range(frames):
        place, turn, _ = Matrix((world["poses"][frame] @ flip).tolist()).decompose()
        camera.location, camera.rotation_quaternion = place, turn
        data.lens = float(world["focal"][frame]) * SENSOR / width
        camera.keyframe_insert("location", frame=frame)
        camera.keyframe_insert("rotation_quaternion", frame=frame)
        data.keyframe_insert("lens", frame=frame)


def _truth(scene, scratch: Path, out: Path) -> None:
    import bpy
    import OpenEXR

    settings = scene.render.image_settings
    settings.media_type = "MULTI_LAYER_IMAGE"
    settings.file_format, settings.color_depth = "OPEN_EXR_MULTILAYER", "32"
    settings.exr_codec = "NONE"
    path = scratch / "frame.exr"
    scene.render.filepath = str(path)
    bpy.ops.render.render(write_still=True)
    found = {}
    with OpenEXR.File(str(path), separate_channels=True) as file:
        for part in file.parts:
            found.update({n: np.array(c.pixels) for n, c in part.channels.items()})
    path.unlink()

    def channel(name: str) -> np.ndarray:
        return found[f"ViewLayer.{name}"].astype(np.float32)

    depth = channel("Depth.Z")
    depth = np.where(depth > NOWHERE, np.float32(np.inf), depth)
    vector = {c: channel(f"Vector.{c}") for c in "XYZW"}
    temporary = out.with_suffix(".part")
    with temporary.open("wb") as file:
        np.savez(
            file,
            depth=depth,
            instance=np.rint(channel("Object Index.X")).astype(np.uint16),
            normal=np.stack([channel(f"Normal.{c}") for c in "XYZ"], axis=-1),
            # Signs as measured on accelerating motion; every other choice misses by half a pixel.
            forward=np.stack([-vector["Z"], vector["W"]], axis=-1),
            backward=np.stack([vector["X"], -vector["Y"]], axis=-1),
        )
    temporary.rename(out)


def _colours(scene, job: dict, world: dict) -> None:
    """Make the scene ready for a picture: light, sky and the engine that was asked for."""
    import bpy

    settings = scene.render.image_settings
    settings.media_type, settings.file_format = "IMAGE", "PNG"
    settings.color_mode, settings.color_depth = "RGB", "8"
    scene.view_settings.view_transform = "Standard"
    sun = bpy.data.objects.new("sun", bpy.data.lights.new("sun", "SUN"))
    # A panorama has a sun of its own, or none.
    sun.data.energy, sun.data.angle = 0.0 if str(world["light"]) else 3.0, math.radians(2)
    zenith, north = (math.radians(float(v)) for v in world["sun"])
    sun.rotation_euler = (zenith, 0.0, north)
    scene.collection.objects.link(sun)
    sky = tuple(map(_linear, (float(v) for v in world["sky"])))
    scene.world = bpy.data.worlds.new("sky")
    scene.world.use_nodes = True
    background = next(n for n in scene.world.node_tree.nodes if n.type == "BACKGROUND")
    background.inputs["Color"].default_value = (*sky, 1)
    if light := str(world["light"]):
        _panorama(scene.world.node_tree, background, light)
    if job["rgb"] == "workbench":
        scene.render.engine = "BLENDER_WORKBENCH"
        scene.display.shading.light, scene.display.shading.color_type = "STUDIO", "OBJECT"
        scene.display.shading.show_shadows = True
        scene.world.color = sky
    else:
        scene.cycles.samples, scene.cycles.max_bounces = int(job["samples"]), 2
        scene.cycles.pixel_filter_type, scene.cycles.filter_width = "BLACKMAN_HARRIS", 1.5
        scene.render.use_motion_blur = float(job["blur"]) > 0
        scene.render.motion_blur_shutter = float(job["blur"]) or 0.5


def _panorama(tree, background, name: str) -> None:
    """Light the world by one of the panoramas that Blender brings along (CC0, Poly Haven)."""
    import bpy

    folder = Path(bpy.utils.system_resource("DATAFILES")) / "studiolights/world"
    image = tree.nodes.new("ShaderNodeTexEnvironment")
    image.image = bpy.data.images.load(str(folder / f"{name}.exr"))
    tree.links.new(image.outputs["Color"], background.inputs["Color"])


def _linear(value: float) -> float:
    """Return what a channel of sRGB is in linear light (IEC 61966-2-1)."""
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


if __name__ == "__main__":
    with contextlib.suppress(BrokenPipeError):
        main()
