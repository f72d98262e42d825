"""Known strings on backgrounds as inputs of a curated corpus: drawn into the store, then listed.

They go through every stage as other inputs do; each has an outcome like any other.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from corpuswright.assets.curation import listing
from corpuswright.renderers import lettered_images
from corpuswright.storage import disk
from corpuswright.storage.inputs import credits, references

LICENCE, AUTHOR = "CC0-1.0", "Corpuswright"
_DRAWN = "number bigint, caption string"


def listed(session: Any, store: Path, folder: Path, number: int, seed: str) -> pa.Table:
    """Return the references of `number` images, drawn into `folder` where they are not there yet.

    Args:
        session: Of Spark.
        store: The store that the folder is in.
        folder: Its name is the first part of each image's URI.
        number: How many.
        seed: What decides them besides their number.

    Raises:
        OSError: A font is not installed.
    """
    tasks = 4 * session.sparkContext.defaultParallelism
    drawing = _Drawing(str(store), str(folder), seed)
    frame = session.range(0, number, 1, min(tasks, number))
    found = frame.mapInArrow(drawing, _DRAWN).toArrow().sort_by("number").to_pylist()
    sink = io.StringIO()
    rows = csv.writer(sink, lineterminator="\n")
    rows.writerow(["path", "caption"])
    rows.writerows([name(r["number"]), r["caption"]] for r in found)
    disk.write_file(store, folder / credits.FILE, sink.getvalue().encode())
    paths = tuple(name(r["number"]) for r in found)
    part = references.Listed(folder.name, str(folder), paths)
    said = credits.read(folder)
    return listing.with_ids(
        pa.Table.from_batches(
            [references.batch(list(references.read(part, said, LICENCE, AUTHOR)))]
        )
    )


def name(number: int) -> str:
    """Return what an image's file is called."""
    return f"{number:08d}.jpg"


class _Drawing:
    """Draws images of numbers into a folder; a file that is there with its bytes stays."""

    def __init__(self, store: str, folder: str, seed: str) -> None:
        self._store, self._folder, self._seed = store, folder, seed

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            rows: list[dict[str, Any]] = []
            for number in batch.column("id").to_pylist():
                made = lettered_images.draw(self._seed, number)
                path = Path(self._folder) / name(number)
                # Written anew it would have another time, and be measured again.
                if not (path.exists() and path.read_bytes() == made.data):
                    disk.write_file(Path(self._store), path, made.data)
                rows.append({"number": number, "caption": made.caption})
            yield pa.RecordBatch.from_pylist(rows)
