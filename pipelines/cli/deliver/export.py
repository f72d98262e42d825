"""`corpuswright export`: a release in another trainer's format."""

from __future__ import annotations

import difflib
import importlib
import itertools
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from corpuswright.pipelines.cli.console import DONE, STORE, Positive, empty_folder, released
from corpuswright.storage.exports.clip_formats import CLIP_FORMATS
from corpuswright.storage.exports.export_result import ExportResult
from corpuswright.storage.exports.task_formats import FORMATS
from corpuswright.storage.loaders.loader import Example, Loader, examples
from corpuswright.storage.media import clips

OF_CLIPS = ", ".join(sorted(CLIP_FORMATS))
OF_TASKS = ", ".join(sorted(FORMATS))
HELP = f"Of pictures: {OF_TASKS}; of clips: {OF_CLIPS}; or module:NAME of your own."
Format = Callable[[Iterable[Example], Path], ExportResult]


def export(
    corpus: str,
    /,
    *,
    format_: Annotated[str, Parameter(name="--format", help=HELP)],
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
    own = None if format_ in CLIP_FORMATS else _format(format_)
    loader = Loader.open(out, released(out, corpus), seed=None)
    folder = empty_folder(to)
    records = itertools.islice(loader.records(), samples)
    if own is None:
        try:
            made = CLIP_FORMATS[format_](map(clips.read, records), folder)
        except ValueError as error:  # of flow, video or clips: what a format cannot hold
            raise LookupError(str(error)) from error
        what = "lines" if format_ == "qwen_video" else "files or tracks"
        print(f"{made.images} clips, {made.tasks} {what}, in {folder}")
        return DONE
    made = own((e for r in records for e in examples(r)), folder)
    print(f"{made.images} images with {made.tasks} tasks in {folder}")
    return DONE


def _format(name: str) -> Format:
    """Return what writes examples: one that ships, or `module:NAME` of the user's own.

    That is a function of examples and an empty folder, which says how much it wrote
    (`storage.exports.export_result.ExportResult`).

    Raises:
        LookupError: There is none of this name.
    """
    if name in FORMATS:
        return FORMATS[name]
    module, mark, attribute = name.partition(":")
    if mark:
        try:
            return getattr(importlib.import_module(module), attribute)
        except (ImportError, AttributeError) as error:
            raise LookupError(f"--format: expected a callable at {name}: {error}") from error
    near = difflib.get_close_matches(name, [*FORMATS, *CLIP_FORMATS], 1)
    meant = f", did you mean {near[0]}?" if near else ""
    raise LookupError(
        f"--format: saw {name!r}{meant} expected one of {OF_TASKS}; of clips {OF_CLIPS}"
    )
