"""`corpuswright sample`: some units that were kept, or rejected for a reason."""

from __future__ import annotations

import html
import itertools
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from corpuswright.pipelines.cli.console import DONE, STORE, Positive, released
from corpuswright.quality.reports import contact_sheets
from corpuswright.storage import samples
from corpuswright.storage.loaders.loader import Example, Loader, examples
from corpuswright.storage.media import images
from corpuswright.storage.releases import manifest, remote_store
from corpuswright.storage.samples import Record

TILE = (480, 480)  # px of an image on a page of samples, at most


def sample(
    corpus: str,
    /,
    *,
    out: Path = STORE,
    reason: str | None = None,
    number: Positive = 20,
    page: Annotated[Path | None, Parameter(name="--html")] = None,
) -> int:
    """Look at some samples that were kept, or at units rejected for a reason.

    Args:
        corpus: Slug of a corpus.
        out: The store.
        reason: Only units rejected for this reason.
        number: How many.
        page: Write a page with pictures to this file.
    """
    made = manifest.load(out, released(out, corpus))
    if reason is None:
        remote_store.here(out, made.corpus)
        loader = Loader(out, made, seed=0)
        if (manifest.folder(out, made.corpus, made.plan) / "buckets.json").exists():
            whole = made.counts["scene"]["kept"]
            rows = [_image(r) for r in itertools.islice(loader.records(), number)]
        else:
            whole = made.counts["task"]["kept"]
            rows = [(e.key, e.text, _tile(e)) for e in _spread(loader, number)]
    else:
        outcomes = manifest.outcomes(out, made)
        found = [o for o in outcomes if o.reason == reason]
        whole = len(found)
        if not found:
            known = sorted({r for u in made.rejections.values() for r in u})
            there = f"there are {known}" if known else "nothing was rejected"
            raise LookupError(f"--reason: none was rejected for {reason!r}; {there}")
        files = {o.key: o.source for o in outcomes if o.unit == "scene"}
        units = manifest.units(made)
        rows = [
            (
                o.key,
                f"{units[o.unit]} {o.source}: {o.value} {files.get(o.value, '')}".rstrip(": "),
                b"",
            )
            for o in found[:number]
        ]
    for key, text, _ in rows:
        print(key, text)
    if len(rows) < whole:
        print(f"{len(rows)} of {whole}; --number shows more")
    if page is not None:
        title = f"{made.corpus} {reason or 'kept'}, {len(rows)} of {whole}"
        page.write_text(_page(title, rows))
        print(f"page: {page}")
    return DONE


def _spread(loader: Loader, number: int) -> list[Example]:
    """Return tasks of as many samples as there are: one of each in turn, then another of each."""
    some = (found for r in loader.records() if (found := examples(r)))
    found = list(itertools.islice(some, number))
    turns = itertools.zip_longest(*found)
    return list(itertools.islice((e for turn in turns for e in turn if e is not None), number))


def _tile(example: Example) -> bytes:
    """Return the picture of a task, as JPEG; nothing for one of text alone."""
    if not example.has_image:
        return b""
    return contact_sheets.jpeg(contact_sheets.tile(example.image, example.task))


def _image(record: Record) -> tuple[str, str, bytes]:
    """Return key, what is said of it, and picture of an image with or without captions."""
    held = samples.read(record.files["json"])
    image = images.decode(images.still(record.files), record.key)
    image.thumbnail(TILE)
    said = "; ".join(task.text for task in held.tasks)
    text = f"{held.spec.sources[0].uri}: {said}".rstrip(": ")
    return record.key, text, contact_sheets.jpeg(image)


def _page(title: str, rows: list[tuple[str, str, bytes]]) -> str:
    parts = [f"<!doctype html><meta charset=utf-8><title>{html.escape(title)}</title>"]
    parts.append("<style>body{font:15px sans-serif}figure{display:inline-block;margin:8px}</style>")
    for key, text, data in rows:
        image = ""
        if data:
            image = contact_sheets.inline(data)
        caption = f"<code>{html.escape(key)}</code> {html.escape(text)}"
        parts.append(f"<figure>{image}<figcaption>{caption}</figcaption></figure>")
    return "\n".join(parts)
