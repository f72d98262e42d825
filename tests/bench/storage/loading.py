"""Loading ÷ a walk that reads every byte, webdataset, litdata: `python -m
tests.bench.storage.loading`.

Releases of one bucket are written for each size of record, in memory (/dev/shm) if there is some.
Runs alternate in one process, one thread of ours against the main thread of others. With
`--litdata PYTHON` (an interpreter that has litdata), the same records in its format, read there.
`resumes` counts samples that are lost or come twice over five stops with 1, 2 and again 1 workers.
Prints Markdown.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import statistics
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np
import webdataset as wds
from PIL import Image

from corpuswright.storage.keys import sample_key
from corpuswright.storage.loaders.bucket_loader import BucketLoader
from corpuswright.storage.records import Release
from corpuswright.storage.releases import manifest
from corpuswright.storage.samples import Record
from corpuswright.storage.shards import webdataset

ROUNDS = 5
SIZES = (20_000, 100_000, 300_000)
TOTAL = 120_000_000  # bytes of a release
SHARDS = 6


def timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def stored(root: Path, records: list[bytes]) -> Release:
    """A release of one bucket."""
    written = []
    for part in range(SHARDS):
        own = records[part::SHARDS]
        entries = [
            webdataset.Entry(
                sample_key("lens", f"{part:02x}{i:010x}", 0), 0, {"json": b"{}", "jpg": d}
            )
            for i, d in enumerate(own)
        ]
        staged = webdataset.stage(root, "lens/shards", "000", entries, "x", "-512-512x512")
        webdataset.disk.publish(staged.tar, root / staged.manifest.name)
        webdataset.disk.write_file(root, root / staged.manifest.index, staged.places)
        written.append(staged.manifest)
    made = Release("lens", "0123456789abcdef", {}, tuple(written), {}, {}, {})
    manifest.commit(root, made, {}, {})
    return made


def decode(record: Record) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(record.files["jpg"])).convert("RGB"))


def walk(root: Path, made: Release) -> None:
    for shard in made.shards:
        with (root / shard.name).open("rb") as file:
            while file.read(1 << 20):
                pass


def opened(root: Path, **options: object) -> BucketLoader:
    return BucketLoader.open(root, "lens", seed=1, **options)


def drained(loader: BucketLoader) -> None:
    for _ in loader:
        pass


def without_decode(folder: Path) -> Iterator[str]:
    yield "| record | MB/s | ÷ walk | ÷ walk, checksums on | ÷ webdataset | samples/s |"
    yield "|---|---|---|---|---|---|"
    for size in SIZES:
        yield _row(folder / str(size), size)


def _row(root: Path, size: int) -> str:
    records = [os.urandom(size) for _ in range(TOTAL // size)]
    made = stored(root, records)
    urls = [str(root / s.name) for s in made.shards]
    works = {
        "ours": lambda: drained(opened(root, checksums=False, threads=1)),
        "sums": lambda: drained(opened(root, checksums=True, threads=1)),
        "walk": lambda: walk(root, made),
        "wds": lambda: sum(1 for _ in wds.WebDataset(urls, shardshuffle=False)),
    }
    t = medians(works)
    return (
        f"| {size // 1000} kB | {TOTAL / t['ours'] / 1e6:.0f} | "
        f"**{t['walk'] / t['ours']:.2f}** | {t['walk'] / t['sums']:.2f} | "
        f"**{t['wds'] / t['ours']:.2f}** | {len(records) / t['ours']:.0f} |"
    )


def medians(works: Mapping[str, Callable[[], object]]) -> dict[str, float]:
    """Median seconds of each, in rounds that alternate, after one that warms."""
    times: dict[str, list[float]] = {n: [] for n in works}
    for work in works.values():
        work()
    for _ in range(ROUNDS):
        for name, work in works.items():
            times[name].append(timed(work))
    return {n: statistics.median(v) for n, v in times.items()}


def photographs(number: int) -> list[bytes]:
    """JPEGs of 512 x 512, of detail as photographs have it."""
    from tests.fixtures.synthetic_images import jpeg, texture

    return [jpeg(texture(n, (512, 512)), 90) for n in range(number)]


def with_decode(folder: Path, litdata: str | None) -> Iterator[str]:
    pictures = photographs(60) * 10
    root = folder / "pictures"
    made = stored(root, pictures)
    urls = [str(root / s.name) for s in made.shards]

    def bare() -> None:
        for shard in made.shards:
            for _, files in webdataset.read_shard(root / shard.name):
                decode(Record("", files))

    works = {
        "ours": lambda: drained(opened(root, threads=1, decode=decode, checksums=False)),
        "two": lambda: drained(opened(root, threads=2, decode=decode, checksums=False)),
        "bare": bare,
        "wds": lambda: sum(
            1
            for r in wds.WebDataset(urls, shardshuffle=False)
            if decode(Record("", {"jpg": r["jpg"]})) is not None
        ),
    }
    t = medians(works)
    yield f"{len(pictures)} JPEGs of 512 x 512, {len(pictures[0]) // 1000} kB the first, decoded:"
    yield ""
    yield "| | images/s | ours, one thread ÷ |"
    yield "|---|---|---|"
    rows = {
        "ours, one thread": "ours",
        "ours, two threads": "two",
        "a bare loop that decodes": "bare",
        "webdataset, decoded likewise": "wds",
    }
    for said, name in rows.items():
        yield f"| {said} | {len(pictures) / t[name]:.0f} | {t[name] / t['ours']:.2f} |"
    if litdata:
        script = Path(__file__).parents[1] / "peers" / "litdata_read.py"
        done = subprocess.run(
            [litdata, str(script), str(ROUNDS), *urls], capture_output=True, text=True, check=False
        )
        line = next(x for x in done.stdout.splitlines() if x.startswith("RESULT "))
        said = json.loads(line.removeprefix("RESULT "))
        their = statistics.median(said["seconds"])
        yield (
            f"| litdata {said['version']}, decoded likewise | {len(pictures) / their:.0f} | "
            f"{their / t['ours']:.2f} |"
        )


def resumes(folder: Path) -> Iterator[str]:
    """Count what an epoch with five stops loses or doubles."""
    root = folder / "resumes"
    stored(root, [bytes([i % 256]) * 100 for i in range(2400)])
    whole = {k for b in opened(root) for k in b.keys}
    rows = [("ours", *ours_resumed(root), _state_bytes(root))]
    rows += [("webdataset, pipeline opened again", *wds_resumed(root), "none")]
    rows += [("HF datasets, state_dict, shuffle buffer 100", *hf_resumed(root))]
    yield f"{len(whole)} samples, five stops, 1 → 2 → 1 workers where the loader has them:"
    yield ""
    yield "| loader | lost | doubled | state |"
    yield "|---|---|---|---|"
    for name, lost, twice, state in rows:
        yield f"| {name} | {lost} | {twice} | {state} |"


def _state_bytes(root: Path) -> str:
    return f"{len(json.dumps(opened(root).state_dict()))} bytes"


def _missed(counts: Counter[str], number: int) -> tuple[int, int]:
    return number - len(counts), sum(n - 1 for n in counts.values())


def ours_resumed(root: Path) -> tuple[int, int]:
    seen: Counter[str] = Counter()
    state, last = opened(root).state_dict(), 0
    for ranks, steps in ((1, 7), (2, 9), (1, 11), (2, 3), (1, 13), (2, 10_000)):
        loaders = [opened(root, rank=r, world_size=ranks) for r in range(ranks)]
        for loader in loaders:
            loader.load_state_dict(state)
        for taken, batches in enumerate(zip(*loaders, strict=True)):
            for b in batches:
                if b.place >= last:  # the epoch's last step may take from the next one
                    seen.update(b.keys)
                    last = b.place
            state = loaders[0].state_dict()
            if taken + 1 == steps:
                break
    return _missed(seen, 2400)


def wds_resumed(root: Path) -> tuple[int, int]:
    """Open it anew after each stop and pass over as many as were taken: all it offers."""
    made = manifest.load(root, "lens")
    urls = [str(root / s.name) for s in made.shards]
    seen: Counter[str] = Counter()
    taken = 0
    for stop in (170, 430, 700, 1100, 1500, 2400):
        data = wds.WebDataset(urls, shardshuffle=100, seed=stop).shuffle(100)
        for n, record in enumerate(data):
            if n < taken:
                continue
            seen[record["__key__"]] += 1
            if n + 1 == stop:
                break
        taken = stop
    return _missed(seen, 2400)


def hf_resumed(root: Path) -> tuple[int, int, str]:
    import datasets

    made = manifest.load(root, "lens")
    urls = [str(root / s.name) for s in made.shards]

    def opened_() -> datasets.IterableDataset:
        data = datasets.load_dataset("webdataset", data_files=urls, streaming=True, split="train")
        return data.select_columns(["__key__"]).shuffle(seed=1, buffer_size=100)

    seen: Counter[str] = Counter()
    state, taken = None, 0
    for stop in (170, 430, 700, 1100, 1500, 10_000):
        data = opened_()
        if state is not None:
            data.load_state_dict(state)
        for record in data:
            seen[record["__key__"]] += 1
            taken += 1
            state = data.state_dict()
            if taken == stop:
                break
    lost, twice = _missed(seen, 2400)
    return lost, twice, f"{len(json.dumps(state))} bytes"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--litdata", metavar="PYTHON")
    options = parser.parse_args()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, webdataset {wds.__version__}\n")
    memory = "/dev/shm" if Path("/dev/shm").is_dir() else None
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        for part in (
            without_decode(Path(folder)),
            with_decode(Path(folder), options.litdata),
            resumes(Path(folder)),
        ):
            for line in part:
                print(line, flush=True)
            print()


if __name__ == "__main__":
    main()
