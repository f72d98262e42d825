"""Clips cut from videos, on Spark: frames at a steady rate and a size, encoded once, kept in packs.

What is cut is cut once: later steps, and builds after them, read the packs, so that an encoder of
another version makes no other shards. Work is kept in blocks (`assets.curation.checkpoints`), one
pack a block.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from corpuswright.assets.builds import spark
from corpuswright.assets.video.rows import ClipRow, CutRow
from corpuswright.storage.build_state import packs
from corpuswright.storage.inputs import file_slice, references
from corpuswright.storage.media import frames as media_frames
from corpuswright.storage.media import video
from corpuswright.storage.records import MediaRef

VERSION = 1  # bump when a clip is cut otherwise
BLOCK = 256  # clips of a pack, about: some hundred megabytes
COLUMNS = [*references.SCHEMA.names, "key", "sha256", "start", "width", "height"]
CUT = pa.schema(
    [pa.field(n, pa.string(), nullable=False) for n in ("key", "pack", "clip", "fault")]
    + [pa.field(n, pa.int64(), nullable=False) for n in ("at", "size")]
    + [pa.field(n, pa.int32(), nullable=False) for n in ("wide", "high")]
)


def size_of(width: int, height: int, side: int) -> tuple[int, int]:
    """Return the size of a clip: its short side is `side` at most, both are even (for 4:2:0)."""
    share = min(1.0, side / min(width, height))
    return max(2, 2 * round(width * share / 2)), max(2, 2 * round(height * share / 2))


def cut_block(
    session: Any, block: pa.Table, store: Path, fps: int, frames: int, side: int
) -> pa.Table:
    """Cut the clips of a block into one pack and return where each lies, by key.

    Args:
        session: Of Spark.
        block: Rows of `COLUMNS`.
        store: Whose packs they become: the folder of the corpus; all machines of a cluster see it.
        fps: Frames a second of a clip.
        frames: Of a clip.
        side: Its short side in px at most.
    """
    tasks = max(1, min(block.num_rows, 2 * session.sparkContext.defaultParallelism))
    frame = spark.frame(session, block.select(COLUMNS)).repartitionByRange(tasks, "key")
    rows = frame.mapInArrow(_Each(store, fps, frames, side), spark.columns(CUT))
    return rows.toArrow().cast(CUT).sort_by("key")


class _Each:
    def __init__(self, store: Path, fps: int, frames: int, side: int) -> None:
        self._store, self._fps, self._frames, self._side = store, fps, frames, side

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        rows = [r for b in batches for r in b.to_pylist()]
        made = {r["key"]: self._one(r) for r in sorted(rows, key=lambda r: r["key"])}
        files = {f"{k}.mp4": d for k, (d, _) in made.items() if isinstance(d, bytes)}
        refs = packs.write_pack(self._store, files) if files else {}
        out: list[CutRow] = []
        for key, (data, size) in made.items():
            ref = refs.get(f"{key}.mp4", MediaRef("", 0, 0, ""))
            fault = data if isinstance(data, str) else ""
            wide, high = size
            out.append(
                {
                    "key": key,
                    "pack": ref.uri,
                    "clip": ref.sha256,
                    "at": ref.offset,
                    "size": ref.length,
                    "fault": fault,
                    "wide": wide,
                    "high": high,
                }
            )
        yield pa.RecordBatch.from_pylist(out, schema=CUT)

    def _one(self, r: ClipRow) -> tuple[bytes | str, tuple[int, int]]:
        """Return the bytes of a clip, or why there are none, and its size."""
        where = references.of_row(r)
        size = size_of(r["width"], r["height"], self._side)
        try:
            with file_slice.opened(where) as file:
                shown = media_frames.frames(
                    file, where.uri, r["start"], self._fps, self._frames, size
                )
                return video.encode(shown, self._fps), size
        except (video.VideoError, OSError) as error:
            return str(error).removeprefix(f"{where.uri}: ")[:160], size


def data(store: Path, row: ClipRow) -> bytes:
    """Return the bytes of a clip that was cut; raises PackError."""
    return packs.read(store, MediaRef(row["pack"], row["at"], row["size"], row["clip"]))
