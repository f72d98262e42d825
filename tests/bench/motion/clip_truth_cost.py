"""What truth costs beside Blender alone, and whether it grows: `python -m
tests.bench.motion.clip_truth_cost`.

Prints Markdown: frames a second of a bare loop that draws the same passes to EXR with the same
Blender (5.0.1), of the engine, of the caster, and of a clip with all of its truth held against the
passes; then the worker's memory over a clip of 300 frames. One process each, in turn.
"""

from __future__ import annotations

import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil

from corpuswright.renderers.blender import engine
from corpuswright.renderers.motion import clip, moving_objects
from corpuswright.renderers.world3d.ground_truth import GroundTruth
from corpuswright.renderers.world3d.world import World

FRAMES = 25
LONG = 300
GROWTH_FROM = 50  # frames after which memory is to be flat


def world(side: int, frames: int) -> World:
    """Five things that glide over a floor."""
    return moving_objects.compose({
        "seed": 2, "width": side, "height": side, "frames": frames, "count": 5, "size": 0.07,
        "speed": 0.4 * side / frames / 2, "crossing": False,
    })  # fmt: skip


def bare(made: World, folder: Path) -> float:
    """Return the seconds a frame that Blender takes alone."""
    engine.write(made, folder / "world.npz")
    worker = Path(engine.__file__).with_name("worker.py")
    script = Path(__file__).with_name("bare_blender.py")
    command = [str(engine.python()), "-I", str(script), str(worker), str(folder / "world.npz")]
    done = subprocess.run([*command, str(folder)], capture_output=True, text=True, check=True)
    line = next(li for li in done.stdout.splitlines() if li.startswith("SECONDS"))
    return float(line.split()[1])


def main() -> None:
    """Measure and print."""
    whole: dict[str, Any] = {"pictures": "none", "checked": True, "paths": 1, "blur": 0.0}
    whole["passes"] = ["instances", "flow"]
    print("| side | bare loop | engine | caster | clip, truth alone | clip, truth and check |")
    print("|---|---|---|---|---|---|")
    for side in (256, 512):
        made = world(side, FRAMES)
        with tempfile.TemporaryDirectory() as folder, engine.BlenderEngine() as own:
            alone = bare(made, Path(folder))
            own.draw(world(64, 2), Path(folder) / "warm")
            engine_s = timed(lambda f=folder, m=made, o=own: o.draw(m, Path(f) / "e"))
            caster_s = timed(lambda m=made: cast(m))
            truth_s = timed(lambda m=made: clip.draw(m, {**whole, "checked": False}))
            engine.shared().draw(world(64, 2), Path(folder) / "warm2")
            both_s = timed(lambda m=made: clip.draw(m, whole))
        cells = " | ".join(
            f"{1 / s:.1f} fps ({alone / s:.2f})" for s in (engine_s, caster_s, truth_s, both_s)
        )
        print(f"| {side} | {1 / alone:.1f} fps | {cells} |", flush=True)
        print(
            f"  1000 clips of 49 frames, truth and check, one core: {both_s * 49000 / 3600:.1f} h"
        )
    memory()


def timed(work: Any) -> float:
    """Return the seconds a frame of some work."""
    began = time.monotonic()
    work()
    return (time.monotonic() - began) / FRAMES


def cast(made: World) -> None:
    """Work out identity, depth and both flows with their codes."""
    truth = GroundTruth(made)
    for frame in range(made.frames):
        truth.instances(frame)
        for other in (frame - 1, frame + 1):
            if 0 <= other < made.frames:
                truth.flow(frame, other)


def memory() -> None:
    """Print the worker's memory over one long clip."""
    seen: list[float] = []

    class Watched(engine.BlenderEngine):
        def _next(self) -> dict[str, Any]:
            answer = super()._next()
            assert self._process is not None
            seen.append(psutil.Process(self._process.pid).memory_info().rss / 2**20)
            return answer

    with tempfile.TemporaryDirectory() as folder, Watched() as own:
        own.draw(world(256, LONG), Path(folder) / "long")
    late = seen[GROWTH_FROM:LONG]
    print(
        f"worker's memory over {LONG} frames: {seen[0]:.0f} MiB at first, {late[0]:.0f} at frame "
        f"{GROWTH_FROM}, {late[-1]:.0f} at the end, {(max(late) / min(late) - 1):.1%} apart"
    )


if __name__ == "__main__":
    main()
