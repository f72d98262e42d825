"""The first job on videos, on Spark: every input read once, decoded once, cut into windows.

Work is kept in blocks, as that of images is (`assets.images.measure`); a task has one video, the
largest files first.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator, Sequence
from typing import Any, cast, get_type_hints

import numpy as np
import pyarrow as pa

from corpuswright.assets.builds import spark
from corpuswright.assets.curation.listing import INPUT, ReferenceRow
from corpuswright.assets.video.rows import VideoRow, WindowRow
from corpuswright.quality.video import clip_windows, measures, splits
from corpuswright.quality.video.clip_windows import Window
from corpuswright.quality.video.measures import Refused, VideoFacts, Watched
from corpuswright.storage.inputs import file_slice, references

VERSION = 1  # bump when a row is written in another way
EVERY = 100_000  # clips of a video that is not to be met: all of them
BLOCK = 64  # videos of a block, about: a kill loses minutes of work

# What of a window is a number; its prints and thumbnails are bytes, one look after the other.
FIGURES = ("luminance", "clarity", "entropy", "motion", "black", "still")
WINDOW = pa.struct(
    [pa.field("number", pa.int32()), pa.field("shot", pa.int32())]
    + [pa.field(n, pa.float64()) for n in ("start", "end", *FIGURES)]
    + [pa.field(n, pa.binary()) for n in ("prints", "thumbs")]
)
_KINDS = {int: pa.int32(), float: pa.float64(), str: pa.string(), bool: pa.bool_()}
SCHEMA = pa.schema(
    [
        *INPUT,
        *(pa.field(n, _KINDS[t]) for n, t in get_type_hints(VideoFacts).items()),
        pa.field("shots", pa.int32()),
        pa.field("windows", pa.list_(WINDOW)),
    ]
)


# A clip as a row: where its video lies and what is known of it, and its own window.
_OF_VIDEO = [*references.SCHEMA, *(f for f in SCHEMA if f.name in ("id", "sha256"))]
_FACTS = [f for f in SCHEMA if f.name in VideoFacts._fields]
CLIPS = pa.schema([pa.field("key", pa.string()), *_OF_VIDEO, *_FACTS, *WINDOW])


def clips(row: VideoRow) -> list[WindowRow]:
    """Return the clips of a video's row, as rows without a key."""
    shared = {f.name: row[f.name] for f in (*_OF_VIDEO, *_FACTS)}
    found: list[Any] = [{**shared, **w} for w in row["windows"]]
    return found


def watched(
    session: Any,
    block: pa.Table,
    seconds: float,
    most: int,
    longest: float,
    cutter: str,
    bench: float,
) -> pa.Table:
    """Return a row for each video of a block, in the order of its ids.

    Args:
        session: Of Spark.
        block: References with their `id`, in its order.
        seconds: Of a clip.
        most: Clips of one video, at most.
        longest: Seconds of a video, at most.
        cutter: The model that says where videos are cut (`quality.models.shot_detector`), or "".
        bench: Share of videos of which all clips are wanted, for they are not to be met
            (`assets.video.splits`).

    Raises:
        ScorerError: There is no such model, by way of Spark: that is no video's fault.
    """
    sizes = [_size(r) for r in block.select(["length", "stamp"]).to_pylist()]
    turn = np.argsort(np.argsort([-s for s in sizes], kind="stable"), kind="stable")
    frame = spark.frame(session, block.append_column("turn", pa.array(turn, pa.int32())))
    rows = frame.repartitionByRange(block.num_rows, "turn").mapInArrow(
        _Each(seconds, most, longest, cutter, bench), spark.columns(SCHEMA)
    )
    return rows.toArrow().cast(SCHEMA).sort_by("id")


def _size(r: dict[str, Any]) -> int:
    return r["length"] if r["length"] >= 0 else int(r["stamp"].split()[0])


class _Each:
    def __init__(self, *asked: Any) -> None:
        self._asked = asked

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            for r in batch.to_pylist():
                del r["turn"]
                yield pa.RecordBatch.from_pylist([row(r, *self._asked)], schema=SCHEMA)


def row(
    reference: ReferenceRow, seconds: float, most: int, longest: float, cutter: str, bench: float
) -> dict[str, Any]:
    """Return what is known of a video: its facts and windows, or why there are none."""
    made: dict[str, Any] = {
        **dict.fromkeys(SCHEMA.names),
        **reference,
        "sha256": "",
        "bytes": 0,
        "reason": "",
        "value": "",
        "windows": [],
    }
    where = references.of_row(reference)
    try:
        if where.fault:
            raise Refused(*where.fault.split(" ", 1))
        with file_slice.opened(where) as file:
            digest = hashlib.file_digest(cast(io.BufferedReader, file), "sha256").hexdigest()
            made |= {"sha256": digest, "bytes": file.tell()}
            file.seek(0)
            found = measures.watch(file, where.uri, longest, cutter)
        held = splits.of(digest, bench) == splits.BENCH
        made |= _told(found, clip_windows.windows(found, seconds, EVERY if held else most))
    except Refused as refused:
        made |= {"reason": refused.rejection.reason, "value": refused.rejection.value}
    except OSError as error:
        made |= {"reason": "not_read", "value": (error.strerror or str(error))[:120]}
    except MemoryError:
        made |= {"reason": "too_large_to_decode", "value": f"{made['bytes']} bytes"}
    return made


def _told(found: Watched, clips: Sequence[Window]) -> dict[str, Any]:
    plain = [
        {
            **{n: getattr(w, n) for n in ("number", "shot", "start", "end")},
            **{n: getattr(w, n) for n in FIGURES},
            "prints": w.prints.tobytes(),
            "thumbs": w.thumbs.tobytes(),
        }
        for w in clips
    ]
    return {**found.facts._asdict(), "shots": len(found.cuts) - len(found.fades), "windows": plain}
