"""What a million clips of `pexels_custom` cost, by stage: `python -m tests.bench.video.clip_cost
[DIR]`.

DIR holds videos (as of `tests.bench.video.measuring`). Each is encoded anew at 1280 x 720, H.264 at
CRF 23, and built with the recipe's own values but for what would drop them (bounds of light and
blur, clips of one video); steps are timed in turn, with two workers. Near duplicates are timed on
synthetic looks of growing number. A stage's cost is wall seconds times workers for each clip that
comes to it, and a million times that the bill. Prints Markdown.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pyarrow as pa

from corpuswright.assets.builds import spark
from corpuswright.assets.builds.options import BuildOptions
from corpuswright.assets.curation import rejections
from corpuswright.assets.subjects import pexels_custom
from corpuswright.assets.video import duplicates
from tests.bench.video import real_videos
from tests.bench.video.near_duplicates import SLOWEST
from tests.fixtures import builds

WORKERS = 2
SIZE = (1280, 720)
MILLION = 1_000_000
LOOKS = 49  # of a clip of 6.1 s
TWINS = 100  # one in so many is a twin
OPEN: dict[str, Any] = {
    "min_clarity": 0,
    "min_entropy": 0,
    "max_still": 1.0,
    "max_black": 1.0,
    "clips_per_video": 99,
}


def enlarged(folder: Path, to: Path) -> float:
    """Write all videos of a folder at `SIZE`; return their seconds."""
    total = 0.0
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() not in (".mp4", ".avi") or path.name.startswith("Megamind"):
            continue
        with av.open(str(path)) as source:
            stream: Any = source.streams.video[0]
            rate = Fraction(stream.average_rate or 25).limit_denominator(1001)
            if rate < SLOWEST:
                continue
            with av.open(str(to / f"{path.stem}.mp4"), "w") as out:
                quality = {"crf": "23", "preset": "veryfast"}
                made: Any = out.add_stream("libx264", rate=rate, options=quality)
                made.width, made.height, made.pix_fmt = *SIZE, "yuv420p"
                number = 0
                for number, frame in enumerate(source.decode(stream), 1):
                    whole = frame.reformat(width=SIZE[0], height=SIZE[1], format="yuv420p")
                    whole.pts, whole.time_base = number, 1 / rate
                    out.mux(made.encode(whole))
                out.mux(made.encode())
                total += float(number / rate)
    return total


def synthetic(number: int) -> pa.Table:
    """Return looks of clips of which one in `TWINS` is another's twin, some bits flipped."""
    rng = np.random.default_rng(7)
    prints = rng.integers(0, 256, (number, LOOKS, 32), np.uint8)
    thumbs = rng.integers(0, 256, (number, LOOKS, 256), np.uint8)
    twins = rng.choice(number, number // TWINS, replace=False)
    of = rng.integers(0, number, len(twins))
    prints[twins], thumbs[twins] = prints[of], thumbs[of]
    prints[twins, :, 0] ^= 1
    return pa.table(
        {
            "key": [f"{n:08x}" for n in range(number)],
            "prints": pa.array([p.tobytes() for p in prints], pa.binary()),
            "thumbs": pa.array([t.tobytes() for t in thumbs], pa.binary()),
            "width": pa.array([1280] * number, pa.int32()),
            "height": pa.array([720] * number, pa.int32()),
            "clarity": pa.array([100.0] * number),
        }
    )


def taken(work: Callable[[], Any]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--clips", type=int, nargs="+", default=[4_000, 16_000, 64_000])
    a = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        source, store = Path(temporary) / "source", Path(temporary) / "store"
        source.mkdir()
        seconds = enlarged(real_videos.fetched(a.folder), source)
        corpus = pexels_custom.CORPUS
        corpus.accepts({**corpus.recipe, **OPEN})
        options = BuildOptions(out=str(store), source=str(source), workers=WORKERS, recipe=OPEN)
        made = builds.opened(corpus, options)
        made.check()  # the detector and WordNet are fetched
        spark.session(WORKERS).range(WORKERS).count()
        rows: list[tuple[str, int, float]] = []

        def step(name: str) -> float:
            return taken(lambda: builds.take(corpus, made, name))

        def kept_of(name: str) -> int:
            return rejections.kept(made.table("000", name)).num_rows

        step("sources")
        wall = step("filtered")
        number = made.table("000", "filtered").num_rows
        rows.append(("watched: decoded once, measured", number, wall))
        step("deduplicated")
        cut = step("cut")
        rows.append(("cut: 49 frames at 853 x 480, encoded", kept_of("deduplicated"), cut))
        found = step("subjects")
        rows.append(("subjects: CenterNet and GrabCut, 7 looks", kept_of("cut"), found))
        step("captioned")
        step("selected")
        written = step("shards")
        kept = kept_of("selected")
        rows.append(("shards", kept, written))
        size = sum(s.bytes for s in corpus.engine.publish(made, {}).shards)
        packs = sum(p.stat().st_size for p in (store / corpus.name / "packs").glob("*.tar"))
    print(
        f"{seconds:.0f} s of video at {SIZE[0]} x {SIZE[1]}, {number} clips of 49 / 8 s, {kept} "
        f"kept with subjects; {WORKERS} workers\n"
    )
    print("| stage | clips | wall, s | core-seconds a clip | core-hours a million |")
    print("|---|---|---|---|---|")
    for name, n, wall in rows:
        each = wall * WORKERS / max(n, 1)
        print(f"| {name} | {n} | {wall:.1f} | {each:.3f} | {each * MILLION / 3600:.0f} |")
    cut_clips = rows[1][1]
    print(
        f"\nBytes: {packs / max(1, cut_clips) / 1e3:.0f} kB a cut clip in packs, "
        f"{size / max(kept, 1) / 1e3:.0f} kB a record in shards.\n"
    )
    print("| clips, synthetic | near duplicates, s | µs a clip | twins |\n|---|---|---|---|")
    for n in a.clips:
        table = synthetic(n)
        pairs = 0

        def search(table: pa.Table = table) -> None:
            nonlocal pairs
            columns = table.select(["prints", "thumbs"])
            with tempfile.TemporaryDirectory() as spill:
                found = duplicates.edges(spark.session(WORKERS), columns, Path(spill))
            pairs = len(found[0])

        wall = taken(search)
        print(f"| {n} | {wall:.1f} | {wall / n * 1e6:.0f} | {pairs} of {n // TWINS} |", flush=True)


if __name__ == "__main__":
    main()
