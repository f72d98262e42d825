"""Flow of Blender's passes against the float64 caster: `python -m tests.bench.motion.flow [SIDE]`.

The clips of tests/renderers/blender/test_blender.py, larger: six kinds of motion, four of each.
Prints Markdown for RESULTS.md. The two share no code but the baked world.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from corpuswright.renderers.blender.engine import BlenderEngine
from corpuswright.renderers.world3d.ground_truth import FlowCode, GroundTruth
from tests.renderers.blender.test_blender import FRAMES, KINDS, clip

CLIPS = 4  # of each kind


def main(side: int) -> None:
    """Draw all clips, cast them, and print how far their flow is apart."""
    print("| motion | pixels | mean | p99.9 | max | other thing | Blender | caster |")
    print("|---|---|---|---|---|---|---|---|")
    with BlenderEngine() as engine, tempfile.TemporaryDirectory() as folder:
        engine.draw(clip(KINDS[0], 0, (64, 64)), Path(folder) / "warm")
        for kind in KINDS:
            errors: list[np.ndarray] = []
            other = drawn = cast = 0.0
            for seed in range(CLIPS):
                world = clip(kind, seed, (side, side))
                began = time.monotonic()
                files = engine.draw(world, Path(folder) / f"{kind}{seed}")["truth"]
                drawn += time.monotonic() - began
                truth, began = GroundTruth(world), time.monotonic()
                for t, file in enumerate(files):
                    with np.load(file) as held:
                        passes = dict(held)
                    mine = truth.instances(t)
                    other += float((passes["instance"] != mine).mean()) / FRAMES / CLIPS
                    for name, there in (("forward", t + 1), ("backward", t - 1)):
                        if 0 <= there < FRAMES:
                            flow = truth.flow(t, there)
                            told = (passes["instance"] == mine) & (mine > 0)
                            told &= flow.codes != FlowCode.BEHIND_CAMERA
                            apart = np.linalg.norm(passes[name] - flow.pixels, axis=-1)
                            errors.append(apart[told])
                cast += time.monotonic() - began
            e = np.concatenate(errors)
            each = FRAMES * CLIPS
            print(
                f"| {kind} | {len(e)} | {e.mean():.1e} | {np.percentile(e, 99.9):.1e} | "
                f"{e.max():.1e} | {other:.1e} | {drawn / each:.2f} s | {cast / each:.2f} s |",
                flush=True,
            )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 256)
