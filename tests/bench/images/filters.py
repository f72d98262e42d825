"""Filters ÷ a bare decode loop, and Data-Juicer's: `python -m tests.bench.images.filters DIR`.

DIR holds photographs. Each is measured as it is and at one million pixels, JPEG at quality 90, in
one process, from memory; runs alternate. `--data-juicer PYTHON` is the interpreter of one with
py-data-juicer, aiohttp and imagededup. Prints Markdown.
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
from collections.abc import Callable, Sequence
from pathlib import Path

from PIL import Image

from corpuswright.assets.images import lens
from corpuswright.quality.images import filters, measures
from corpuswright.storage.keys import sha256

ROUNDS = 5


def timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def photographs(folder: Path) -> list[bytes]:
    """JPEGs of 600 000 pixels and more."""
    found: list[bytes] = []
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in (".jpg", ".jpeg"):
            data = path.read_bytes()
            try:
                with Image.open(io.BytesIO(data)) as image:
                    if image.width * image.height >= 600_000:
                        found.append(data)
            except OSError:
                continue
    return found


def sized(data: bytes, area: int) -> bytes:
    with Image.open(io.BytesIO(data)) as image:
        share = (area / (image.width * image.height)) ** 0.5
        size = round(image.width * share), round(image.height * share)
        sink = io.BytesIO()
        image.convert("RGB").resize(size, Image.Resampling.LANCZOS).save(sink, "JPEG", quality=90)
        return sink.getvalue()


def ours(images: Sequence[bytes]) -> None:
    """All that one image costs: its hash, its measures and prints, the verdict."""
    for data in images:
        sha256(data)
        found, _ = measures.measure(data)
        filters.judge({**found._asdict(), "reason": ""}, {**lens.RECIPE, "nsfw": ""})


def bare(images: Sequence[bytes]) -> None:
    for data in images:
        with Image.open(io.BytesIO(data)) as image:
            image.convert("RGB")


def rows(name: str, images: Sequence[bytes], python: str | None) -> list[str]:
    ours(images)
    bare(images)
    mine, base = [], []
    for _ in range(ROUNDS):
        mine.append(timed(lambda: ours(images)))
        base.append(timed(lambda: bare(images)))
    a, b = (len(images) / statistics.median(v) for v in (mine, base))
    cells = [name, f"{a:.1f}", f"{b:.1f}", f"**{a / b:.2f}**"]
    if python and "1 MP" in name:  # ten times each: what it spends on a start counts for little
        images = [*images] * 10
        with tempfile.TemporaryDirectory() as folder:
            files = []
            for i, data in enumerate(images):
                path = Path(folder) / f"{i:04d}.jpg"
                path.write_bytes(data)
                files.append(str(path))
            script = Path(__file__).parents[1] / "peers" / "data_juicer_chain.py"
            done = subprocess.run(
                [python, str(script), "3", *files], text=True, capture_output=True, check=False
            )
            line = next(x for x in done.stdout.splitlines() if x.startswith("RESULT "))
            said = json.loads(line.removeprefix("RESULT "))
            light, whole = (
                len(images) / statistics.median(said[k]) for k in ("filters", "with_hash")
            )
            cells += [f"{light:.1f}", f"{a / light:.2f}", f"{whole:.1f}", f"**{a / whole:.2f}**"]
    elif python:
        cells += ["", "", "", ""]
    return ["| " + " | ".join(cells) + " |"]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--data-juicer", metavar="PYTHON")
    options = parser.parse_args()
    found = photographs(options.folder)
    print(f"{len(found)} photographs, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}\n")
    head = ["images", "ours /s", "bare decode /s", "ours ÷ bare"]
    if options.data_juicer:
        head += ["DJ filters /s", "ours ÷", "DJ with its hash /s", "ours ÷"]
    print("| " + " | ".join(head) + " |\n|" + "---|" * len(head))
    sets = (
        ("as they are", found),
        ("1 MP", [sized(d, 1_000_000) for d in found] * 2),
        ("0.9 MP, the worst: no JPEG reduction fits", [sized(d, 900_000) for d in found] * 2),
    )
    for name, images in sets:
        for line in rows(name, images, options.data_juicer):
            print(line, flush=True)


if __name__ == "__main__":
    main()
