"""Videos that training must not meet: a source's own bench, and test sets; whole, and copies too.

Causal-Plan (arXiv 2606.01810) reports no check for source videos that its corpus and its bench
share; Panda-70M takes its test set from other videos than its training set. Here what is like a
stretch of such a video stays out, and with it every other clip of its own video. All stretches of
the bench's videos are compared, with those clips of others that pass the filters.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from corpuswright.assets.curation import rejections
from corpuswright.assets.curation.rejections import MARK, OF_TEST_VIDEO, Overlap
from corpuswright.assets.video import duplicates as video_duplicates
from corpuswright.assets.video import measure
from corpuswright.assets.video.rows import VideoRow
from corpuswright.quality.video import duplicates

VERSION = 1  # bump when a verdict can change

OTHER = "other_part"  # why a video gives no clip to the part that is built
EVERY = 100_000  # pairs that are all looked at, a minute; of more, those that a search finds


def looks(rows: Sequence[VideoRow], names: Sequence[str]) -> pa.Table:
    """Return looks of all clips of videos, whatever a filter would say of them, as a test's.

    Args:
        rows: Of `measure.SCHEMA`.
        names: What each video is called in verdicts.
    """
    named = [
        {**c, "key": MARK + name}
        for row, name in zip(rows, names, strict=True)
        for c in measure.clips(row)
    ]
    return video_duplicates.looks(pa.Table.from_pylist(named, schema=measure.CLIPS))


def with_near_duplicates(table: pa.Table, twins: Mapping[str, str]) -> list[rejections.Verdict]:
    """Return verdicts of clips when twins are known: of a test's video no clip stays.

    Args:
        table: Clips with verdicts.
        twins: By key, the clip that stands for another (`duplicates.near_duplicates`).
    """
    keys, videos = (table.column(c).to_pylist() for c in ("key", "id"))
    of = dict(zip(keys, videos, strict=True))
    # Other clips of the same video show the same place and the same people.
    tested = {of[k]: t.removeprefix(MARK) for k, t in twins.items() if t.startswith(MARK)}
    said: list[rejections.Verdict] = []
    for key, video, verdict in zip(keys, videos, rejections.verdicts(table), strict=True):
        twin = twins.get(key, "")
        # What a clip is like may go itself, for its video's sake.
        test = tested.get(video) or tested.get(of.get(twin, ""))
        if verdict[1] or not (twin or test):
            said.append(verdict)
        elif test and not twin.startswith(MARK):
            said.append(("near_duplicates", OF_TEST_VIDEO, test))
        else:
            said.append(("near_duplicates", *rejections.duplicate_rejection(twin)))
    return said


def overlaps(
    session: Callable[[], Any], tests: pa.Table, kept: Sequence[pa.Table], spill: Path
) -> list[Overlap]:
    """Return kept clips that are like a clip of a test set.

    Every pair is looked at, up to `EVERY`; of more, those that are found as near duplicates are.

    Args:
        session: Starts Spark, where it is needed.
        tests: Looks of what must not be met.
        kept: Looks of clips.
        spill: A folder that all machines see.
    """
    mine = pa.concat_tables(kept)
    if tests.num_rows * mine.num_rows > EVERY:
        both = pa.concat_tables([tests, mine])
        a, b = video_duplicates.edges(session(), both.select(["prints", "thumbs"]), spill)
        across = (a < tests.num_rows) & (b >= tests.num_rows)
        keys = both.column("key").to_pylist()
        found = np.stack([a[across], b[across]], axis=1).tolist()
        return [Overlap(keys[y], keys[x]) for x, y in found]
    theirs = list(video_duplicates.sequences(tests))
    return [
        Overlap(key, name)
        for key, own in video_duplicates.sequences(mine)
        for name, other in theirs
        if duplicates.alike(own, other)
    ]
