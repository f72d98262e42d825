"""Subjects of clips, on Spark: found in the middle frame, filtered, followed through the clip.

What is found lies in packs: tracks and instances of a clip, and a picture of each subject cut out.
"""

from __future__ import annotations

import io
import json
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from PIL import Image

from corpuswright.assets.builds import spark
from corpuswright.assets.subjects.rows import FollowedSubject, SubjectClip
from corpuswright.assets.video import cut
from corpuswright.quality.models.detectors import Pixels
from corpuswright.quality.subjects import filters as subjects
from corpuswright.quality.subjects import frame_detections, tracking
from corpuswright.quality.subjects.filters import Detected
from corpuswright.quality.subjects.frame_detections import Eye
from corpuswright.quality.subjects.tracking import Track
from corpuswright.quality.video import rendered_truth
from corpuswright.storage.build_state import packs
from corpuswright.storage.inputs import references
from corpuswright.storage.inputs.references import Reference
from corpuswright.storage.media import clips, video
from corpuswright.storage.records import Rejection, canonical, to_dict

VERSION = 1  # bump when the same clip's subjects come out otherwise
MOST = 100  # things of a clip that are told of, kept or lost: a task's number has two digits
BLOCK = 64  # clips of a block, about: a kill loses minutes of work
COLUMNS = [
    *Reference._fields,
    "key",
    "start",
    "pack",
    "clip",
    "at",
    "size",
    "wide",
    "high",
    "asked",
]
SUBJECTS = pa.schema(
    [
        pa.field(n, pa.string(), nullable=False)
        for n in ("key", "reason", "value", "subjects", "lost", "parts")
    ]
)


class SubjectQuery(NamedTuple):
    """Who looks at clips, and how.

    Attributes:
        detector: As `detectors.located` gives it, or `frame_detections.TRUTH`.
        segmenter: Likewise; "" for nobody.
        least: Of a detector's score.
        looks: Frames of a clip that are looked at; a rendered clip's truth is read in all.
        fps: Of clips.
    """

    detector: str
    segmenter: str
    least: float
    looks: int
    fps: int


def find_subjects(session: Any, block: pa.Table, store: Path, how: SubjectQuery) -> pa.Table:
    """Return a row (SUBJECTS) for each clip of a block, by key.

    Args:
        session: Of Spark.
        block: Rows of `COLUMNS`; `asked` is JSON: `words` to look for, what they are `called` if
            otherwise, and which are `background`.
        store: Whose packs have the clips, and get what is found.
        how: Who looks.

    Raises:
        ScorerError: Nobody can look, by way of Spark: that is no clip's fault.
    """
    tasks = max(1, min(block.num_rows, 2 * session.sparkContext.defaultParallelism))
    frame = spark.frame(session, block.select(COLUMNS)).repartitionByRange(tasks, "key")
    rows = frame.mapInArrow(_Each(store, how), spark.columns(SUBJECTS))
    return rows.toArrow().cast(SUBJECTS).sort_by("key")


class _Each:
    def __init__(self, store: Path, how: SubjectQuery) -> None:
        self._store, self._how = store, how

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        rows = sorted((r for b in batches for r in b.to_pylist()), key=lambda r: r["key"])
        made = {r["key"]: self._one(r) for r in rows}
        files = {f"{k}.{n}": d for k, m in made.items() for n, d in m.files.items()}
        refs = packs.write_pack(self._store, files) if files else {}
        for key, m in made.items():
            parts = {n: to_dict(refs[f"{key}.{n}"]) for n in sorted(m.files)}
            row = {
                "key": key,
                "reason": m.reason,
                "value": m.value,
                "subjects": canonical(m.subjects),
                "lost": canonical(m.lost),
                "parts": canonical(parts),
            }
            yield pa.RecordBatch.from_pylist([row], schema=SUBJECTS)

    def _one(self, r: SubjectClip) -> _Made:
        how, size = self._how, (r["wide"], r["high"])
        pictures = list(video.decode(cut.data(self._store, r), r["key"]))
        asked = json.loads(r["asked"])
        where = references.of_row(r)
        try:
            if how.detector == frame_detections.TRUTH:
                eye = frame_detections.of_truth(rendered_truth.of(where), r["start"], how.fps, size)
                frames = list(range(len(pictures)))
            else:
                eye = frame_detections.by_models(
                    pictures, how.detector, how.segmenter, asked["words"], how.least
                )
                eye = frame_detections.calling(eye, asked["called"])
                frames = spread(len(pictures), how.looks)
            return found(pictures, eye, frames, frozenset(asked["background"]))
        except rendered_truth.NoTruthError as error:
            return _Made("no_truth_beside", str(error).removeprefix(f"{where.uri}: ")[:160])
        except MemoryError:
            return _Made("too_large_to_look_at", f"{len(pictures)} frames of {size}")


def spread(number: int, looks: int) -> list[int]:
    """Return numbers of frames from the first to the last, `looks` of them at most."""
    return sorted({round(i) for i in np.linspace(0, number - 1, min(looks, number))})


class _Made(NamedTuple):
    """What a clip gives: why it has no subject, or its subjects, what was lost, their files."""

    reason: str
    value: str
    subjects: list[FollowedSubject] = []  # noqa: RUF012 (never changed)
    lost: list[dict[str, str]] = []  # noqa: RUF012
    files: dict[str, bytes] = {}  # noqa: RUF012


def found(
    pictures: Sequence[Pixels], eye: Eye, frames: Sequence[int], background: frozenset[str]
) -> _Made:
    """Return the subjects of a clip: filtered as PexelsCustom does, then followed.

    Args:
        pictures: (H, W, 3) uint8 RGB.
        eye: What is seen in a frame.
        frames: Which are looked at besides the middle one.
        background: Words that stand for no subject.
    """
    middle = len(pictures) // 2
    high, wide = pictures[0].shape[:2]
    seen = eye(middle)
    told = [
        Detected(
            s.word, s.box, s.score, None if s.mask is None else int(s.mask.sum()), s.mask_score
        )
        for s in seen
    ]
    verdicts = subjects.judge(told, (wide, high), background)
    good = [s for s, why in zip(seen, verdicts, strict=True) if why is None]
    followed = tracking.follow(pictures, eye, good, middle, frames)
    kept = [f for f in followed if f.rejection is None]
    out = [w for w in (*verdicts, *(f.rejection for f in followed)) if w is not None]
    if not kept:
        return _Made(*_why(out))
    lost = [{"reason": w.reason, "value": w.value} for w in out[: MOST - len(kept)]]
    return _Made("", "", _said(kept, middle), lost, _files(pictures, kept, frames, middle))


def _why(out: Sequence[Rejection]) -> tuple[str, str]:
    """Return why a clip has no subject: the last filter that a thing came to."""
    if not out:
        return "nothing_found", "in its middle frame"
    return out[-1].reason, out[-1].value


def _said(kept: Sequence[Track], middle: int) -> list[FollowedSubject]:
    return [
        {
            "word": f.seen.word,
            "frame": middle,
            "box": [round(v, 2) for v in f.seen.box],
            "score": f.seen.score,
            "mask_area": None if f.seen.mask is None else int(f.seen.mask.sum()),
            "mask_score": f.seen.mask_score,
            "frames": sorted(f.places),
            "likeness": round(f.likeness, 4),
        }
        for f in kept
    ]


def _files(
    pictures: Sequence[Pixels], kept: Sequence[Track], frames: Sequence[int], middle: int
) -> dict[str, bytes]:
    number, (high, wide) = len(pictures), pictures[0].shape[:2]
    tracks = clips.no_things(number)
    tracks["visible"] = np.full((number, len(kept), 4), np.nan)
    tracks["amodal"] = np.full((number, len(kept), 4), np.nan)
    tracks["joints_seen"] = np.zeros((number, len(kept), 0), np.uint8)
    tracks["looked"] = np.isin(np.arange(number), [*frames, middle])
    instances = np.zeros((number, high, wide), np.uint16)
    for n, f in enumerate(kept):
        for frame, seen in f.places.items():
            tracks["visible"][frame, n] = seen.box
            if seen.mask is not None:
                instances[frame][seen.mask] = n + 1
    files = {"tracks.npz": clips.packed(tracks)}
    if any(f.seen.mask is not None for f in kept):
        files["passes.npz"] = clips.packed({"instances": instances})
    for n, f in enumerate(kept):
        files[f"subject{n}.png"] = cut_out(pictures[middle], f)
    return files


def cut_out(pixels: Pixels, followed: Track) -> bytes:
    """Return the PNG of a subject: its box, and where its mask is not, nothing is opaque."""
    box = followed.seen.box
    x0, y0, x1, y1 = int(box[0]), int(box[1]), math.ceil(box[2]), math.ceil(box[3])
    part: NDArray[np.uint8] = pixels[y0:y1, x0:x1]
    mask = followed.seen.mask
    alpha = np.full(part.shape[:2], 255, np.uint8)
    if mask is not None:
        alpha = mask[y0:y1, x0:x1].astype(np.uint8) * 255
    sink = io.BytesIO()
    Image.fromarray(np.dstack([part, alpha])).save(sink, "PNG", compress_level=6)
    return sink.getvalue()
