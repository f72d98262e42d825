"""`corpuswright opencustom`: OpenCustom's maps from pictures of one's own."""

from __future__ import annotations

from pathlib import Path

from corpuswright.pipelines.cli.console import (
    DONE,
    NOTHING_KEPT,
    PACKAGES,
    STORE,
    Positive,
    empty_folder,
)
from corpuswright.storage.shown import count


def opencustom(
    *,
    source: Path,
    to: Path,
    each: Positive | None = None,
    model: Path | None = None,
    out: Path = STORE,
    inputs: Path = PACKAGES,
) -> int:
    """Write OpenCustom's maps from pictures of yours.

    Args:
        source: coco/ (pictures, annotations.json) and imagenet/ID/, or one of them.
        to: A new or empty folder.
        each: Pictures of a class; 5 of COCO's and 1 of ImageNet's unless it is said.
        model: Who writes the texts; the plainest ones unless it is said.
        out: A store: what the model said is kept there.
        inputs: Where fetched packages are kept.
    """
    from corpuswright.annotators.llm import model_file
    from corpuswright.assets.subjects import open_custom

    folder = empty_folder(to)
    found = open_custom.splits(source)
    if not found:
        raise LookupError(f"--source: expected a folder with coco/ or imagenet/, saw {source}")
    asked = model_file.load(model) if model else None
    made: list[
        tuple[open_custom.Split, list[open_custom.VideoRequest], list[open_custom.Lost]]
    ] = []
    try:
        for split in found:
            of_each = each or open_custom.EACH[split]
            rows, lost = open_custom.rows(split, source / split, inputs, of_each)
            if asked is None:
                rows, wrong = open_custom.plain_captions(rows), []
            else:
                out.mkdir(parents=True, exist_ok=True)
                client = model_file.client(out, "opencustom", asked)
                rows, wrong = open_custom.captioned(rows, client, asked)
            made.append((split, rows, [*lost, *wrong]))
    except ValueError as error:
        raise LookupError(str(error)) from error
    for split, rows, lost in made:  # nothing before all is there: the same command goes on
        open_custom.write(split, rows, lost, folder)
        print(
            f"opencustom {split}: {count(len(rows), 'video')}, categories: "
            f"{len({r.category for r in rows})}, {len(lost)} lost ({folder}/lost_{split}.jsonl)"
        )
    kept = sum(len(rows) for _, rows, _ in made)
    return DONE if kept else NOTHING_KEPT
