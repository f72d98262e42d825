"""Videos that training must not meet: a source's own bench, and test sets; whole, and copies too.

Causal-Plan (arXiv 2606.01810) reports no check for source videos that its corpus and its bench
share; Panda-70M takes its test set from other videos than its training set. Here a video's bytes
say which part it is of; what is like a clip of the bench stays out of training, and with it every
other clip of its video.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import pyarrow as pa

from corpuswright.assets import clip_duplicates, verdicts, watching
from corpuswright.assets.against import MARK, Overlap
from corpuswright.quality import clip_twins

ALL, TRAIN, BENCH = "all", "train", "bench"
Part = Literal["all", "train", "bench"]
OTHER = "other_part"  # why a video gives no clip to the part that is built
OF_TEST_VIDEO = "video_in_test_set"  # why a clip stays out whose video has another one in a test


def of(sha256: str, share: float) -> str:
    """Return the part of a video: `bench` for a share of all, by the sha256 of its bytes."""
    return BENCH if int(sha256[:8], 16) < share * 16**8 else TRAIN


def looks(rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    """Return looks of all clips of videos, whatever a filter would say of them, as a test's.

    Args:
        rows: Of `watching.SCHEMA`.
    """
    found = [c for row in rows for c in watching.clips(dict(row))]
    named = [{**c, "key": f"{MARK}{c['uri']}#{c['number']}"} for c in found]
    return clip_duplicates.looks(pa.Table.from_pylist(named, schema=watching.CLIPS))


def with_twins(table: pa.Table, twins: Mapping[str, str]) -> list[verdicts.Verdict]:
    """Return verdicts of clips when twins are known: of a test's video no clip stays.

    Args:
        table: Clips with verdicts.
        twins: By key, the clip that stands for another (`clip_duplicates.twins`).
    """
    keys, videos = (table.column(c).to_pylist() for c in ("key", "id"))
    # Other clips of the same video show the same place and the same people.
    tested = {v: twins[k] for k, v in zip(keys, videos, strict=True)
              if twins.get(k, "").startswith(MARK)}  # fmt: skip
    said: list[verdicts.Verdict] = []
    for key, video, verdict in zip(keys, videos, verdicts.of(table), strict=True):
        twin = twins.get(key, "")
        if verdict[1] or not (twin or video in tested):
            said.append(verdict)
        elif video in tested and not twin.startswith(MARK):
            said.append(("near_duplicates", OF_TEST_VIDEO, tested[video].removeprefix(MARK)))
        else:
            said.append(("near_duplicates", *verdicts.as_which(twin)))
    return said


def overlaps(tests: pa.Table, kept: Sequence[pa.Table]) -> list[Overlap]:
    """Return kept clips that are like a clip of a test set; every pair is looked at."""
    theirs = list(clip_duplicates.sequences(tests))
    return [
        Overlap(key, name)
        for table in kept
        for key, own in clip_duplicates.sequences(table)
        for name, other in theirs
        if clip_twins.alike(own, other)
    ]
