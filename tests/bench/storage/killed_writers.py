"""Faults against a peer's writer: `python -m tests.bench.storage.killed_writers --img2dataset
PYTHON`.

2000 images of different bytes are fetched from loopback and written on Spark under the faults of
`tests.soak.test_spark_kills`: executors, Python workers and drivers are killed at random, under
speculation, and each run is started again until one ends by itself. Then every tar is read: images
that are there twice, that are nowhere, tars that break off; and how many tars broke off whenever
a driver had been killed, where whoever reads the folder meets them. Ours under the same faults is
that soak test, which fails on the first one. Prints Markdown.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import http.server
import os
import random
import subprocess
import tarfile
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

import numpy as np
from PIL import Image

from corpuswright.storage.keys import sha256
from tests.soak import spark_kills

NUMBER = 2000
DRIVER = 0.3  # of kills; each is followed by a look at what lies there
PAUSE_S = (0.3, 3.0)  # between kills: the job itself takes a quarter of a minute


def planted(root: Path) -> set[str]:
    """Write the images; return the sha256 of each."""
    rng, found = np.random.default_rng(50), set[str]()
    root.mkdir()
    for i in range(NUMBER):
        path = root / f"{i:06d}.jpg"
        Image.fromarray(rng.integers(0, 256, (96, 96, 3), np.uint8)).save(path, quality=90)
        found.add(sha256(path.read_bytes()))
    return found


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serves the images a little slowly, so that kills fall into the work."""

    def do_GET(self) -> None:
        time.sleep(0.05)
        with contextlib.suppress(ConnectionError):
            super().do_GET()

    def log_message(self, format: str, *args: object) -> None:
        pass


def disturbed(
    command: list[str], kills: int, rng: random.Random, folder: Path
) -> tuple[Counter[str], int, int]:
    """Run a command until it ends, killed `kills` times at most; return kills, runs, its code.

    Kills hold `met`, too: tars that broke off when a driver had been killed.
    """
    done: Counter[str] = Counter()
    runs = 0
    while done.total() - done["met"] < kills:
        runs += 1
        process = start(command)
        spark_kills.at_work(process)
        while done.total() - done["met"] < kills:
            time.sleep(rng.uniform(*PAUSE_S))
            if process.poll() is not None:
                return done, runs, process.returncode
            what = spark_kills.kill(process, rng, DRIVER)
            done.update([what] if what else [])
            if what == "driver":
                done["met"] += counted(folder)[1]
                break
        if process.poll() is None:
            return done, runs, process.wait()
    return done, runs + 1, start(command).wait()


def start(command: list[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        env={**os.environ, "SPARK_LOCAL_IP": "127.0.0.1", "PYSPARK_PYTHON": command[0]},
    )


def counted(folder: Path) -> tuple[Counter[str], int]:
    """Return how often each image's bytes are in the tars, and how many tars break off."""
    found: Counter[str] = Counter()
    broken = 0
    for path in sorted(folder.glob("*.tar")):
        try:
            with tarfile.open(path) as tar:
                for member in tar:
                    file = tar.extractfile(member) if member.name.endswith(".jpg") else None
                    if file is not None:
                        found[sha256(file.read())] += 1
            if path.read_bytes()[-1024:].strip(b"\0"):
                broken += 1
        except (tarfile.TarError, EOFError):
            broken += 1
    return found, broken


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--img2dataset", metavar="PYTHON", required=True)
    parser.add_argument("--kills", type=int, default=10, help="of one disturbed job")
    parser.add_argument("--jobs", type=int, default=5)
    options = parser.parse_args()
    script = str(Path(__file__).parents[1] / "peers" / "img2dataset_killed.py")
    print(
        "| job | kills | runs | exit | broken off when killed | tars | broken off | twice | lost |"
    )
    print("|---|---|---|---|---|---|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        wanted = planted(folder / "images")
        server = http.server.ThreadingHTTPServer(
            ("127.0.0.1", 0), functools.partial(Handler, directory=str(folder / "images"))
        )
        threading.Thread(target=server.serve_forever, daemon=True).start()
        base = f"http://127.0.0.1:{server.server_address[1]}"
        urls = folder / "urls.txt"
        urls.write_text("".join(f"{base}/{i:06d}.jpg\n" for i in range(NUMBER)))
        for job in range(options.jobs):
            target = folder / f"job{job}"
            command = [options.img2dataset, script, str(urls), str(target)]
            kills, runs, code = disturbed(command, options.kills, random.Random(job), target)
            found, broken = counted(target)
            met = kills.pop("met", 0)
            said = ", ".join(f"{n} {k}" for k, n in sorted(kills.items()))
            tars = len(list(target.glob("*.tar")))
            twice = sum(n - 1 for n in found.values())
            lost = len(wanted - set(found))
            row = (job, said, runs, code, met, tars, broken, twice, lost)
            print(f"| {' | '.join(map(str, row))} |", flush=True)
        server.shutdown()


if __name__ == "__main__":
    main()
