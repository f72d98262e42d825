"""What Blender takes alone: draws a world's truth passes to EXR files, and does nothing else.

Run by tests/bench/motion/clip_truth_cost.py with Blender's Python: `bare_loop.py WORKER WORLD.npz
FOLDER`. The scene is the worker's own, so that both draw the same; prints seconds a frame after the
first.
"""

import importlib.util
import sys
import time
from pathlib import Path


def main(worker: str, world: str, folder: str) -> None:
    spec = importlib.util.spec_from_file_location("worker", worker)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    import bpy
    import numpy as np

    with np.load(world) as held:
        plain = {name: held[name] for name in held.files}
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = module._scene(plain, Path(folder))
    settings = scene.render.image_settings
    settings.media_type = "MULTI_LAYER_IMAGE"
    settings.file_format, settings.color_depth = "OPEN_EXR_MULTILAYER", "32"
    settings.exr_codec = "NONE"
    times = []
    for frame in range(len(plain["focal"])):
        began = time.monotonic()
        scene.frame_set(frame)
        scene.render.filepath = f"{folder}/{frame:04d}.exr"
        bpy.ops.render.render(write_still=True)
        times.append(time.monotonic() - began)
    print("\nSECONDS", sum(times[1:]) / (len(times) - 1))


if __name__ == "__main__":
    main(*sys.argv[1:])
