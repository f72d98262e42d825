"""`corpuswright export`: a release in another trainer's format."""

from __future__ import annotations

import difflib
import importlib
import itertools
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from corpuswright.pipelines.cli.console import (
    DONE,
    NOTHING_KEPT,
    STORE,
    Positive,
    folder_to_fill,
    released,
)
from corpuswright.storage.exports import export_card
from corpuswright.storage.exports.clip_formats import CLIP_FORMATS
from corpuswright.storage.exports.export_result import ExportResult
from corpuswright.storage.exports.task_formats import FORMATS
from corpuswright.storage.loaders.loader import Example, Loader, examples
from corpuswright.storage.media import clips
from corpuswright.storage.shown import count

OF_CLIPS = ", ".join(sorted(CLIP_FORMATS))
OF_TASKS = ", ".join(sorted(FORMATS))
HELP = f"Of pictures: {OF_TASKS}; of clips: {OF_CLIPS}; or module:NAME of your own."


class Empty(Exception):
    """A format found nothing to write."""


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
    seen = export_card.Seen()
    records = seen.watch(itertools.islice(loader.records(), samples))
    try:
        with folder_to_fill(to) as folder:
            if own is None:
                made = CLIP_FORMATS[format_](map(clips.read, records), folder)
            else:
                made = own((e for r in records for e in examples(r)), folder)
            if not made.tasks:
                raise Empty
            export_card.write(folder, loader.release, format_, made, seen)
    except Empty:
        notes = export_card.NOTES.get(format_)
        holds = notes.holds if notes else "tasks"
        print(f"nothing was written: {format_} holds {holds}; {corpus} has none", file=sys.stderr)
        return NOTHING_KEPT
    except ValueError as error:  # what a format cannot hold
        raise LookupError(f"--format {format_}: {error}") from error
    if own is None:
        what = "lines" if format_ == "qwen_video" else "files or tracks"
        said = f"{count(made.images, 'clip')}, {made.tasks} {what},"
    else:
        said = f"{count(made.images, 'image')} with {count(made.tasks, 'task')}"
    print(f"{said} in {to}")
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
