"""What a Spark task makes of a row: the record of a clip, read from the pack it was cut into.

Workers load this module and nothing that only the driver needs.
"""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

from PIL import Image
from pydantic import JsonValue

from corpuswright.assets.curation.shard_writer import Recorded
from corpuswright.assets.video import cut
from corpuswright.assets.video.measure import FIGURES
from corpuswright.assets.video.rows import ClipRow
from corpuswright.quality.images.filters import SCORES
from corpuswright.quality.video.measures import VideoFacts
from corpuswright.storage import samples
from corpuswright.storage.inputs import references
from corpuswright.storage.media import clips, images, video
from corpuswright.storage.records import Scene, Source, Spec, canonical
from corpuswright.storage.shards import webdataset

MEDIUM = "clip"
VERSION = 2  # bump when a record is written in another way
COLUMNS = [
    "key", "bucket", "shard", *references.SCHEMA.names, "sha256", *VideoFacts._fields, "number",
    "shot", "start", "end", *FIGURES, "pack", "clip", "at", "size", "wide", "high",
    *SCORES,
]  # fmt: skip


def clips_alone(corpus: str, folder: Path, fps: int) -> Recorded:
    """Return how clips without subjects become records; `folder` has the packs."""
    entry = functools.partial(_entry, corpus, folder, fps)
    return Recorded(COLUMNS, (VERSION,), entry)


def _entry(corpus: str, folder: Path, fps: int, row: ClipRow) -> webdataset.Entry:
    shown, files = pictures(folder, row)
    state: dict[str, JsonValue] = {"frames": shown, "fps": fps, "things": []}
    scene = Scene((row["wide"], row["high"]), (1.0, 1.0), (), {"clip": state})
    files |= {
        "json": samples.write(spec(corpus, row), scene, []),
        "tracks.npz": clips.packed(clips.no_things(shown)),
    }
    return webdataset.Entry(row["key"], 0, files)


def pictures(folder: Path, row: ClipRow) -> tuple[int, dict[str, bytes]]:
    """Return how many frames a clip has, and the files that show it: itself, its middle frame."""
    data = cut.data(folder, row)
    shown = list(video.decode(data, row["key"]))
    middle = images.encode(Image.fromarray(shown[len(shown) // 2]), "jpg")
    return len(shown), {"mp4": data, "jpg": middle}


def spec(corpus: str, row: ClipRow) -> Spec:
    """Return what a clip was made from."""
    source = Source(row["uri"], row["sha256"], row["licence"], row["author"])
    said = {n: row[n] for n in ("url", "retrieved", "caption") if row[n]}
    values = dict[str, Any](row)
    figures = {n: values[n] for n in (*FIGURES, *SCORES) if values[n] is not None}
    parameters: dict[str, Any] = {
        "video": {n: row[n] for n in VideoFacts._fields},
        "window": {n: row[n] for n in ("number", "shot", "start", "end")},
        "measures": {n: round(float(v), 6) for n, v in figures.items()},
        **said,
    }
    return Spec(row["key"], corpus, MEDIUM, json.loads(canonical(parameters)), (source,))
