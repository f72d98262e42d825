"""Blender's worker with one setting wrong: which, is the name of the file that it is run from.

Each fault is one by which Blender's passes are wrong without a word (facts on motion, 3.3).
"""

import importlib.util
import sys
from pathlib import Path

FAULT = Path(__file__).stem
REAL = Path(__file__).with_name("real_worker.py")
spec = importlib.util.spec_from_file_location("worker", REAL)
worker = importlib.util.module_from_spec(spec)
spec.loader.exec_module(worker)
_scene, _camera, _truth = worker._scene, worker._camera, worker._truth


def scene_of(world, scratch):
    import bpy

    scene = _scene(world, scratch)
    moving = [o for o in bpy.data.objects if o.modifiers]
    match FAULT:
        case "samples":
            scene.cycles.samples = 16
            scene.cycles.filter_width = 1.5
        case "denoised":
            scene.cycles.samples, scene.cycles.use_denoising = 4, True
            scene.cycles.filter_width = 1.5
        case "blurred":
            scene.render.use_motion_blur = True
        case "topology":
            for thing in moving:
                # The same surface, cut finer in every other frame.
                cut = thing.modifiers.new("cut", "SUBSURF")
                cut.subdivision_type = "SIMPLE"
                for frame in range(scene.frame_end + 1):
                    cut.render_levels = frame % 2
                    cut.keyframe_insert("render_levels", frame=frame)
        case "late":
            for thing in moving:
                thing.modifiers["cache"].frame_start = 1
        case "held":
            for thing in moving:
                thing.modifiers.remove(thing.modifiers["cache"])
        case "zoomed":
            scene.camera.data.animation_data_clear()
            scene.camera.data.lens *= 1.002
    return scene


def truth_of(scene, scratch, out):
    import numpy as np

    _truth(scene, scratch, out)
    if FAULT in ("swapped", "row first", "backward as in Kubric", "no number", "no depth"):
        with np.load(out) as held:
            passes = dict(held)
        forward, backward = passes["forward"], passes["backward"]
        if FAULT == "swapped":
            passes["forward"], passes["backward"] = backward, forward
        elif FAULT == "no number":
            passes["forward"][5, 5] = np.nan
        elif FAULT == "no depth":
            passes["depth"][:] = np.nan
        elif FAULT == "row first":
            passes["forward"] = forward[..., ::-1]
        else:
            passes["backward"] = -backward
        np.savez(out, **passes)


worker._scene, worker._truth = scene_of, truth_of
if __name__ == "__main__":
    sys.exit(worker.main())
