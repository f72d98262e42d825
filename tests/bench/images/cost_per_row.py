"""Time and memory per row, from ten thousand rows to ten million: `python -m
tests.bench.images.cost_per_row`.

Rows are synthetic: prints of which one in a hundred is a twin of another (some bits flipped), sizes
and bytes as photographs have them. Measured are the duplicates' job on Spark, connected components,
buckets and shards, and writing and reading the table. Each size in a process of its own, since a
JVM does not give memory back. Prints Markdown; the largest size is given by --most.
"""

from __future__ import annotations

import argparse
import functools
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tests.bench.memory import Peak

SIZES = (10_000, 100_000, 1_000_000, 10_000_000)
CHUNK = 1_000_000  # rows of a piece of a column
TWINS = 100  # one in so many is a twin


def rows(number: int) -> pa.Table:
    rng = np.random.default_rng(7)
    prints = rng.integers(0, 256, (number, 32), np.uint8)
    thumbs = rng.integers(0, 256, (number, 256), np.uint8)
    twins = rng.choice(number, number // TWINS, replace=False)
    of = rng.integers(0, number, len(twins))
    prints[twins] = prints[of]
    flipped = rng.integers(0, 32, (len(twins), 6))
    prints[twins[:, None], flipped] ^= 1
    thumbs[twins] = thumbs[of]
    return pa.table({"id": np.arange(number), "print": column(prints), "thumb": column(thumbs)})


def column(values: np.ndarray) -> pa.ChunkedArray:
    """Return (N, W) bytes as a column of N values, in pieces: one of 2 GiB would be too large."""
    width, found = values.shape[1], []
    for begin in range(0, len(values), CHUNK):
        part = values[begin : begin + CHUNK]
        buffers = [None, pa.py_buffer(part.tobytes())]
        fixed = pa.FixedSizeBinaryArray.from_buffers(pa.binary(width), len(part), buffers)
        found.append(fixed.cast(pa.binary()))
    return pa.chunked_array(found)


def one(number: int) -> dict[str, Any]:
    from corpuswright.assets.builds import spark
    from corpuswright.assets.curation import bucketing, hash_pairs

    table = rows(number)
    seconds: dict[str, float] = {}

    def taken(name: str, work: Callable[[], Any]) -> Any:
        start = time.perf_counter()
        made = work()
        seconds[name] = time.perf_counter() - start
        return made

    session = taken("session", lambda: spark.session(2))
    with tempfile.TemporaryDirectory() as folder, Peak("rss") as memory:
        path = Path(folder) / "t.parquet"
        taken("table written", functools.partial(pq.write_table, table, path))
        taken("table read", lambda: pq.read_table(path))
        del table
        frame = session.read.parquet(str(path))
        found = taken("duplicates", lambda: hash_pairs.edges(frame).toArrow())
        a, b = (found.column(c).to_numpy() for c in ("a", "b"))
        taken("components", lambda: hash_pairs.components(a, b))
        rng = np.random.default_rng(1)
        ids = [f"{i:012x}" for i in rng.integers(0, 1 << 48, number)]
        sizes = list(zip(*rng.integers(400, 3000, (2, number)).tolist(), strict=True))
        lengths = rng.integers(50_000, 600_000, number).tolist()
        taken("buckets and shards", lambda: bucketing.places(ids, sizes, lengths, 256 << 20))
    return {"rows": number, "edges": found.num_rows, "seconds": seconds, "mib": memory.peak}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--most", type=int, default=SIZES[-1])
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print("RESULT " + json.dumps(one(options.one)))
        return
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}\n")
    steps = ("table written", "table read", "duplicates", "components", "buckets and shards")
    print("| rows | edges | " + " | ".join(f"{s}, s" for s in steps) + " | µs a row | peak MiB |")
    print("|---|---|" + "---|" * (len(steps) + 2))
    for number in (n for n in SIZES if n <= options.most):
        done = subprocess.run(
            [sys.executable, "-m", "tests.bench.images.cost_per_row", "--one", str(number)],
            capture_output=True,
            text=True,
            check=False,
        )
        line = next((x for x in done.stdout.splitlines() if x.startswith("RESULT ")), "")
        if not line:
            print(
                f"| {number} | failed: {done.stderr.strip().splitlines()[-1][:200]} |", flush=True
            )
            continue
        made = json.loads(line.removeprefix("RESULT "))
        each = [made["seconds"][s] for s in steps]
        print(
            f"| {number:,} | {made['edges']:,} | "
            + " | ".join(f"{s:.2f}" for s in each)
            + f" | {1e6 * sum(each) / number:.1f} | {made['mib']:.0f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
