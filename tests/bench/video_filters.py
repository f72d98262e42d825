"""Watching clips ÷ Data-Juicer's video filters: `python -m tests.bench.video_filters DIR PYTHON`.

DIR holds videos (as of `tests.bench.watching`), PYTHON is the interpreter of an environment with
py-data-juicer, opencv-python-headless and av. Every video is cut into clips of `--seconds` at its
own size, H.264 at CRF 18; both see the same files, one process each, one thread, in turn. Ours
decodes every frame once and measures cuts, light, blur, entropy, black, stills, motion and looks;
Data-Juicer's four filters need no model, and its motion looks at two frames a second. Prints
Markdown.
"""

from __future__ import annotations

import argparse
import io
import json
import statistics
import subprocess
import tempfile
import time
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2

from corpuswright.quality import footage
from tests.bench.clip_twins import SLOWEST, encoded

ROUNDS = 3


def clips(folder: Path, seconds: float, to: Path) -> list[Path]:
    """Cut all videos into clips, without what is left over."""
    out: list[Path] = []
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() not in (".mp4", ".avi") or path.name.startswith("Megamind"):
            continue
        with av.open(str(path)) as source:
            stream = source.streams.video[0]
            rate = Fraction(stream.average_rate or 25).limit_denominator(1001)
            frames = [f.to_ndarray(format="rgb24") for f in source.decode(stream)]
        length = round(seconds * rate)
        if rate < SLOWEST:
            continue
        for start in range(0, len(frames) - length + 1, length):
            made = to / f"{len(out):04d}.mp4"
            made.write_bytes(encoded(frames[start : start + length], rate))
            out.append(made)
    return out


def ours(files: list[Path]) -> float:
    start = time.perf_counter()
    for f in files:
        footage.watch(io.BytesIO(f.read_bytes()), f.name, 3600)
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("python", type=Path)
    parser.add_argument("--seconds", type=float, default=5.0)
    a = parser.parse_args()
    cv2.setNumThreads(1)
    peer = Path(__file__).parent / "peers" / "data_juicer_video.py"
    with tempfile.TemporaryDirectory() as made:
        files = clips(a.folder, a.seconds, Path(made))
        own: list[float] = []
        theirs: list[float] = []
        told: dict[str, Any] = {}
        for _ in range(ROUNDS):  # in turn, so that both meet the same machine
            own.append(ours(files))
            command = [str(a.python), str(peer), "1", *map(str, files)]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            line = next(li for li in done.stdout.splitlines() if li.startswith("RESULT "))
            told = json.loads(line.removeprefix("RESULT "))
            theirs += told["seconds"]
    n = len(files)
    one, other = statistics.median(own), statistics.median(theirs)
    print(f"{n} clips of {a.seconds:g} s; py-data-juicer {told['version']} kept "
          f"{len(told['kept'])}\n")  # fmt: skip
    print("| | clips/s | ÷ |\n|---|---|---|")
    print(f"| ours, every frame | {n / one:.2f} | {other / one:.2f} |")
    print(f"| Data-Juicer, two frames a second | {n / other:.2f} | 1 |")


if __name__ == "__main__":
    main()
