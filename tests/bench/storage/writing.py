"""Spark → tar ÷ `tarfile`, and img2dataset: `python -m tests.bench.storage.writing`.

Files of 20, 100 and 300 kB lie in a folder (in /dev/shm if there is one). Ours is the job that
writes shards from references, with all it does to a record (sha256 of the source, metadata removed,
crc32 and index, fsync, commit); `tarfile` is a loop in one process that copies the same files into
one tar. Session start and the first, cold job are stated apart. `--img2dataset PYTHON` fetches the
same files from a server on loopback, re-encoding switched off. Prints Markdown.
"""

from __future__ import annotations

import argparse
import functools
import http.server
import json
import os
import statistics
import subprocess
import tarfile
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from PIL import Image

from corpuswright.assets.builds import spark
from corpuswright.assets.curation import bucketing, listing, shards
from corpuswright.assets.images import captions, lens, measure, records
from corpuswright.storage.inputs import references
from corpuswright.storage.inputs.credits import Credits
from corpuswright.storage.keys import sample_key
from corpuswright.storage.releases import staging
from corpuswright.storage.releases.remote_store import ShardStore

ROUNDS = 3
SIZES = (20_000, 100_000, 300_000)
TOTAL = 1_000_000_000


def timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def planted(folder: Path, size: int) -> Path:
    """JPEGs of noise, each of about so many bytes."""
    rng, side = np.random.default_rng(size), round((size / 1.02) ** 0.5)
    root = folder / f"images{size}"
    root.mkdir()
    for i in range(TOTAL // size):
        noise = Image.fromarray(rng.integers(0, 256, (side, side, 3), np.uint8))
        noise.save(root / f"{i:06d}.jpg", quality=90)
    return root


def table(root: Path) -> pa.Table:
    """Rows as they come from the steps before, without having taken them."""
    found = [r for part in references.parts(root) for r in references.read(part, Credits(), "", "")]
    listed = listing.with_ids(pa.Table.from_batches([references.batch(found)]))
    rows: list[dict[str, Any]] = []
    for r in listed.to_pylist():
        made, _ = measure.row(r)
        key = sample_key("lens", r["id"], 0)
        rows.append({**made, "key": key, "captions": "", "dropped": ""})
    kept = pa.Table.from_pylist(rows)
    sizes = [(r["width"], r["height"]) for r in rows]
    names, numbers = bucketing.places(
        [r["id"] for r in rows], sizes, [r["bytes"] for r in rows], 64 << 20
    )
    kept = kept.append_column("bucket", pa.array(names))
    return kept.append_column("shard", pa.array(numbers, pa.int32()))


IMAGES = records.recorded("lens", captions.VERSION)


def ours(session: Any, kept: pa.Table, store: Path) -> None:
    winners = shards.write(session, kept, ShardStore(store), "lens", "000", IMAGES)
    for shard in staging.publish(ShardStore(store), winners):
        for name in (shard.name, shard.index):
            (store / name).unlink()


def with_tarfile(root: Path, target: Path) -> None:
    with tarfile.open(target, "w") as tar:
        for path in sorted(root.iterdir()):
            tar.add(path, arcname=path.name)
    target.unlink()


def img2dataset(python: str, root: Path, folder: Path, distributor: str) -> float:
    """Seconds that img2dataset takes for the files of a folder, fetched from loopback."""

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Handler, directory=str(root))
    )
    threading.Thread(target=server.serve_forever, daemon=True).start()
    urls = folder / f"urls-{distributor}-{root.name}.txt"
    base = f"http://127.0.0.1:{server.server_address[1]}"
    urls.write_text("".join(f"{base}/{p.name}\n" for p in sorted(root.iterdir())))
    script = Path(__file__).parents[1] / "peers" / "img2dataset_write.py"
    target = folder / f"i2d-{distributor}-{root.name}"
    done = subprocess.run(
        [python, str(script), str(urls), str(target), distributor],
        capture_output=True,
        text=True,
        check=False,
    )
    server.shutdown()
    server.server_close()
    line = next((x for x in done.stdout.splitlines() if x.startswith("RESULT ")), None)
    if line is None:
        raise RuntimeError(done.stderr[-500:])
    said = json.loads(line.removeprefix("RESULT "))
    expected = sum(1 for _ in root.iterdir())
    if said["written"] != expected:
        print(f"img2dataset wrote {said['written']} of {expected}")
    return float(said["seconds"])


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--img2dataset", metavar="PYTHON")
    options = parser.parse_args()
    workers = os.cpu_count() or 1
    print(f"{workers} cores, load {os.getloadavg()[0]:.1f}, recipe {lens.CORPUS.name}\n")
    start = time.perf_counter()
    session = spark.session(workers)
    print(f"session start {time.perf_counter() - start:.1f} s\n")
    print(
        "| file | ours MB/s | tarfile MB/s | ours ÷ tarfile | first job, s | img2dataset MB/s "
        "| ours ÷ |"
    )
    print("|---|---|---|---|---|---|---|")
    memory = "/dev/shm" if Path("/dev/shm").is_dir() else None
    with tempfile.TemporaryDirectory(dir=memory) as name:
        folder = Path(name)
        for size in SIZES:
            root = planted(folder, size)
            kept = table(root)
            number = sum(kept.column("bytes").to_pylist()) / 1e6
            store = folder / "store"
            store.mkdir(exist_ok=True)
            cold = timed(functools.partial(ours, session, kept, store))
            mine, base = [], []
            for _ in range(ROUNDS):
                mine.append(timed(functools.partial(ours, session, kept, store)))
                base.append(timed(functools.partial(with_tarfile, root, folder / "t.tar")))
            a, b = statistics.median(mine), statistics.median(base)
            cells = [
                f"{size // 1000} kB",
                f"{number / a:.0f}",
                f"{number / b:.0f}",
                f"**{b / a:.2f}**",
                f"{cold:.1f}",
            ]
            if options.img2dataset:
                their = img2dataset(options.img2dataset, root, folder, "multiprocessing")
                cells += [f"{number / their:.0f}", f"**{their / a:.1f}**"]
            print("| " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
