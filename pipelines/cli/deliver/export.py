"""`corpuswright export`: a release in another trainer's format."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from corpuswright.pipelines.cli.console import DONE, STORE, Positive, empty_folder, released
from corpuswright.storage.exports.clip_formats import CLIP_FORMATS
from corpuswright.storage.exports.task_formats import FORMATS
from corpuswright.storage.loaders.loader import Loader, examples
from corpuswright.storage.media import clips

OF_CLIPS = ", ".join(sorted(CLIP_FORMATS))
CHOICES = Parameter(
    name="--format", choices=sorted({*FORMATS, *CLIP_FORMATS}),
    help=f"Of clips: {OF_CLIPS}; the others are of pictures.",
)  # fmt: skip


def export(
    corpus: str,
    /,
    *,
    format_: Annotated[str, CHOICES],
    to: Path,
    out: Path = STORE,
    samples: Positive | None = None,
) -> int:
    """Write the newest release in another trainer's format.

    Args:
        corpus: Slug of a corpus.
        format_: Which.
        to: A new or empty folder.
        out: The store.
        samples: The first so many in key order, which gives nested subsets; all, unless it is said.
    """
    loader = Loader.open(out, released(out, corpus), seed=None)
    folder = empty_folder(to)
    records = itertools.islice(loader.records(), samples)
    if format_ in CLIP_FORMATS:
        try:
            made = CLIP_FORMATS[format_](map(clips.read, records), folder)
        except ValueError as error:  # of flow, video or clips: what a format cannot hold
            raise LookupError(str(error)) from error
        what = "lines" if format_ == "qwen_video" else "files or tracks"
        print(f"{made.images} clips, {made.tasks} {what}, in {folder}")
        return DONE
    made = FORMATS[format_]((e for r in records for e in examples(r)), folder)
    print(f"{made.images} images with {made.tasks} tasks in {folder}")
    return DONE
