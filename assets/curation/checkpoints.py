"""Work on many inputs kept in blocks, each named by what it was made from.

A kill loses the block in hand, and a source that has grown costs what is new. A block's inputs are
those whose id begins with its digits; which block an input is in, and what is said of it, hangs on
nothing else.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from pathlib import Path

import pyarrow as pa

from corpuswright.assets.builds import progress
from corpuswright.storage import disk
from corpuswright.storage.keys import sha256
from corpuswright.storage.records import canonical
from corpuswright.storage.shards import webdataset


def blocks_of(rows: pa.Table, most: int) -> list[pa.Table]:
    """Return rows (with `id`, sorted by it) in blocks of about `most`, by first digits of ids."""
    digits = 0
    while rows.num_rows > most * 16**digits:
        digits += 1
    heads = [i[:digits] for i in rows.column("id").to_pylist()]
    starts = [n for n in range(len(heads)) if n == 0 or heads[n] != heads[n - 1]]
    ends = [*starts[1:], len(heads)]
    return [rows.slice(a, b - a) for a, b in zip(starts, ends, strict=True)]


def name_of(block: pa.Table, versions: Sequence[object]) -> str:
    """Return what a block's file is called: a hash of its rows and of what works on them."""
    return sha256(canonical([block.to_pylist(), list(versions)]))[:32]


def made(store: Path, file: Path, work: Callable[[], pa.Table]) -> pa.Table:
    """Return the table of a file; what `work` makes is kept there first, whole or not at all."""
    if file.exists():
        return webdataset.read_parquet(file.read_bytes())
    table = work()
    with disk.writer_lock(store):
        disk.write_file(store, file, webdataset.parquet_bytes(table))
    return table


def compute_blocks(
    store: Path,
    folder: Path,
    title: str,
    parts: Sequence[pa.Table],
    versions: Sequence[object],
    work: Callable[[pa.Table], pa.Table],
) -> tuple[pa.Table, int]:
    """Return what `work` makes of all blocks, and on how many rows it was done just now.

    What is there already is read; what is of no block is removed.

    Args:
        store: Whose writer lock is held while a block is written.
        folder: Where blocks are kept, in the store.
        title: Of the progress bar.
        parts: Blocks, one at least.
        versions: Of what decides the result, besides the rows.
        work: Makes a block's table.
    """
    names = [name_of(b, versions) for b in parts]
    files = [folder / f"{n}.parquet" for n in names]
    todo = [(f, b) for f, b in zip(files, parts, strict=True) if not f.exists()]
    number = sum(b.num_rows for _, b in todo)
    if todo:
        with progress.bar(title, number) as bar:
            for file, block in todo:
                made(store, file, functools.partial(work, block))
                bar.update(block.num_rows)
    whole = pa.concat_tables([webdataset.read_parquet(f.read_bytes()) for f in files])
    for path in folder.glob("*.parquet"):
        if path not in files:
            path.unlink()  # of what the source no longer is
    return whole, number
