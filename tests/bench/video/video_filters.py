"""Watching clips ÷ Data-Juicer's: `python -m tests.bench.video.video_filters [DIR] --data-juicer
PYTHON`.

DIR holds videos (as of `tests.bench.video.measuring`), PYTHON is the interpreter of an environment
with what `peers/data_juicer_video.py` names. Every video is cut into clips of `--seconds` at its
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

from corpuswright.quality.video import measures
from tests.bench.video import real_videos
from tests.bench.video.near_duplicates import SLOWEST, encoded

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
        measures.watch(io.BytesIO(f.read_bytes()), f.name, 3600)
    return time.perf_counter() - start


def theirs(python: Path, backend: str, files: list[Path]) -> dict[str, Any]:
    peer = Path(__file__).parents[1] / "peers" / "data_juicer_video.py"
    command = [str(python), str(peer), backend, *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    line = next(li for li in done.stdout.splitlines() if li.startswith("RESULT "))
    return json.loads(line.removeprefix("RESULT "))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--data-juicer", type=Path, required=True, dest="python")
    parser.add_argument("--seconds", type=float, default=5.0)
    a = parser.parse_args()
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory() as made:
        files = clips(real_videos.fetched(a.folder), a.seconds, Path(made))
        ours(files[:2])  # what is imported at first is not timed, as it is not of the peer
        own: list[float] = []
        told: dict[str, list[dict[str, Any]]] = {"ffmpeg": [], "av": []}
        for _ in range(ROUNDS):  # in turn, so that all meet the same machine
            own.append(ours(files))
            for backend in told:
                told[backend].append(theirs(a.python, backend, files))
    n, one = len(files), statistics.median(own)
    first = told["ffmpeg"][0]
    print(f"{n} clips of {a.seconds:g} s; py-data-juicer {first['version']} kept {first['kept']}\n")
    print("| | clips/s | ours ÷ it | seconds by filter |\n|---|---|---|---|")
    print(f"| ours, every frame decoded | {n / one:.2f} | 1 | |")
    for backend, runs in told.items():
        other = statistics.median(sum(r["seconds"].values()) for r in runs)
        each = ", ".join(f"{k} {v:.1f}" for k, v in runs[-1]["seconds"].items())
        print(f"| Data-Juicer, read by {backend} | {n / other:.2f} | {other / one:.2f} | {each} |")


if __name__ == "__main__":
    main()
