"""`corpuswright subset`: a balanced part of a release of images."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from corpuswright.pipelines.cli.console import DONE, PACKAGES, STORE, Positive, released
from corpuswright.storage.shown import count

By = Literal["category", "folder", "bucket", "licence", "author"]


def subset(
    corpus: str,
    /,
    *,
    number: Positive = 100_000,
    by: By = "category",
    name: str = "balanced",
    out: Path = STORE,
    inputs: Path = PACKAGES,
) -> int:
    """Select a balanced subset of a release of images; no byte is copied.

    Equal shares of scenarios, of each the most beautiful. Keys for BucketLoader.

    Args:
        corpus: Slug of a corpus of images.
        number: Images.
        by: What a scenario is: the category of what captions name, or another column.
        name: Of the file.
        out: The store.
        inputs: Where fetched packages are kept.
    """
    from corpuswright.assets.images import subset as subsets
    from corpuswright.pipelines.corpora import CORPORA

    slug = released(out, corpus)
    if slug not in CORPORA or not CORPORA[slug].remote:
        raise LookupError(f"{slug}: expected a curated corpus of images, such as lens")
    if not name.isidentifier():
        raise LookupError(f"--name: expected letters, digits and _, saw {name!r}")
    table = subsets.select(out, slug, number, by, inputs)
    path = subsets.write(out, slug, name, table)
    scored = 0
    taken = subsets.taken(table)
    for scenario, images, some in taken:
        print(f"  {images:8}  {scenario}")
        scored += some
    if by == "category" and any(s == subsets.OTHER for s, _, _ in taken):
        print(f"{subsets.OTHER}: images without captions, or whose captions name no known thing")
    if table.num_rows < number:
        print(f"{number} were asked for: the release has no more")
    if scored < table.num_rows:
        print(f"{table.num_rows - scored} have no aesthetic score: they went in key order")
    print(f"{count(table.num_rows, 'image')} in {path}")
    return DONE
