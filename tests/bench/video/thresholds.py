"""Where thresholds of clips come from: ladders on real videos, `tests.bench.video.thresholds
[DIR]`.

Stretches of real videos are blurred, exposed, flattened, shaken, held still and blacked out in
steps whose labels are plain, as photographs are by `tests.bench.images.thresholds`; each is encoded
(H.264 at CRF 23) and watched. For each measure the script prints precision and recall of dropping
what is spoilt at the recipe's threshold, and the one with the best F1. Prints Markdown.
"""

from __future__ import annotations

import argparse
import io
import multiprocessing
import os
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from corpuswright.assets.video import recipe as video_recipe
from corpuswright.quality.video import clip_windows, measures
from tests.bench.images import thresholds
from tests.bench.video import real_videos
from tests.bench.video.near_duplicates import SLOWEST, encoded

SECONDS = 2.5
EACH = 4  # stretches of one video, evenly: otherwise most were of one face

Frames = NDArray[np.uint8]
Clip = tuple[list[Frames], Fraction]


def each(change: Callable[[Image.Image, float], Image.Image]) -> Callable[..., list[Frames]]:
    """Return what spoils every frame alike."""

    def spoil(frames: list[Frames], step: float) -> list[Frames]:
        return [np.asarray(change(Image.fromarray(f), step)) for f in frames]

    return spoil


def shaken(frames: list[Frames], share: float) -> list[Frames]:
    """Shift every frame by chance, by shares of its height at most; its edges are carried on."""
    rng = np.random.default_rng(3)
    reach = int(share * frames[0].shape[0])
    out: list[Frames] = []
    for frame in frames:
        y, x = (int(v) for v in rng.integers(-reach, reach + 1, 2))
        padded = np.pad(frame, ((reach, reach), (reach, reach), (0, 0)), mode="edge")
        high, wide = frame.shape[:2]
        out.append(padded[reach + y : reach + y + high, reach + x : reach + x + wide])
    return out


def held(frames: list[Frames], share: float) -> list[Frames]:
    """Hold the first frame for a share of all."""
    number = round(share * len(frames))
    return [frames[0]] * number + frames[number:]


def blacked(frames: list[Frames], share: float) -> list[Frames]:
    number = round(share * len(frames))
    return [np.zeros_like(f) for f in frames[:number]] + frames[number:]


class Ladder(NamedTuple):
    """One way to spoil a clip: what is still good, what is spoilt, and how it is measured."""

    measure: str
    spoil: Callable[..., list[Frames]]
    good: Sequence[float]
    bad: Sequence[float]
    low: bool  # whether what is spoilt has a low value
    recipe: str


# A head that turns shifts a frame by a hundredth of its height; by a tenth nothing can be followed.
LADDERS = (
    Ladder("clarity", each(thresholds.blurred), (0, 0.5 / 512, 1 / 512),
           (4 / 512, 6 / 512, 8 / 512), True, "min_clarity"),
    Ladder("entropy", each(thresholds.flattened), (1, 0.7, 0.5), (0.06, 0.04, 0.02), True,
           "min_entropy"),
    Ladder("luminance", each(thresholds.exposed), (-1, -0.5, 0, 0.5, 1), (-6, -5), True,
           "min_luminance"),
    Ladder("luminance", each(thresholds.exposed), (-1, -0.5, 0, 0.5, 1), (5, 6), False,
           "max_luminance"),
    Ladder("motion", shaken, (0, 0.005, 0.01), (0.1, 0.15, 0.2), False, "max_motion"),
    Ladder("still", held, (0, 0.25, 0.5), (0.95, 1), False, "max_still"),
    Ladder("black", blacked, (0, 0.05), (0.2, 0.4, 0.6), False, "max_black"),
)  # fmt: skip


def stretches(folder: Path) -> list[Clip]:
    found: list[Clip] = []
    for path in sorted(folder.rglob("*")):
        left_out = path.name.startswith("Megamind") or "distorted" in path.name
        if path.suffix.lower() not in (".mp4", ".avi") or left_out:
            continue
        with av.open(str(path)) as source:
            stream: Any = source.streams.video[0]
            rate = Fraction(stream.average_rate or 25).limit_denominator(1001)
            frames: list[Frames] = [f.to_ndarray(format="rgb24") for f in source.decode(stream)]
        length = round(SECONDS * rate)
        number = len(frames) // length
        if rate < SLOWEST or not number:
            continue
        for n in sorted({(2 * k + 1) * number // (2 * EACH) for k in range(EACH)}):
            found.append((frames[n * length : (n + 1) * length], rate))
    return found


def value(task: tuple[Clip, int, float]) -> float:
    (frames, rate), number, step = task
    ladder = LADDERS[number]
    data = encoded(ladder.spoil(frames, step), rate, crf="23")
    seen = measures.watch(io.BytesIO(data), "clip", 60)
    whole = seen._replace(cuts=(0.0,))  # what is cut within is no matter here
    (window,) = clip_windows.windows(whole, seen.facts.seconds, 1)
    return float(getattr(window, ladder.measure))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path, nargs="?")
    clips = stretches(real_videos.fetched(parser.parse_args().folder))
    print(f"{len(clips)} stretches of {SECONDS:g} s\n")
    print("| threshold | recipe | precision | recall | best F1 at | its precision | its recall |")
    print("|---" * 7 + "|")
    with multiprocessing.get_context("fork").Pool(os.cpu_count()) as pool:
        for number, ladder in enumerate(LADDERS):

            def of(steps: Sequence[float], number: int = number) -> list[float]:
                return pool.map(value, [(c, number, s) for c in clips for s in steps], chunksize=2)

            good, bad = of(ladder.good), of(ladder.bad)
            threshold = float(video_recipe.RECIPE[ladder.recipe])  # type: ignore[arg-type]
            best = max(thresholds.curve(good, bad, ladder.low), key=lambda p: p["f1"])
            at = thresholds.point(good, bad, ladder.low, threshold)
            print(
                f"| `{ladder.recipe}` | {threshold:g} | {at['precision']:.3f} | {at['recall']:.3f} "
                f"| {best['at']:.3g} | {best['precision']:.3f} | {best['recall']:.3f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
