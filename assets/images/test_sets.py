"""Test sets that a corpus must not hold: their images by prints, their sentences by MinHash.

A test set is a folder of images (tars too), and of sentences in `.txt` files, one a line. What is
like one of its images never enters a release; whether that holds is asked again, of every pair and
of all partitions, before shards are written.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from corpuswright.assets.curation import checkpoints, embedding_pairs, listing
from corpuswright.assets.curation.rejections import MARK, Overlap
from corpuswright.assets.images import deduplicate, measure
from corpuswright.quality.images import measures, perceptual_hash
from corpuswright.quality.models import scorers
from corpuswright.storage.inputs import references
from corpuswright.storage.inputs.credits import Credits
from corpuswright.storage.inputs.sites import SourceError
from corpuswright.storage.keys import sha256
from corpuswright.storage.records import canonical

_STEP = 4096  # kept images that are compared at once


class Tests(NamedTuple):
    """What test sets hold: prints of images, sentences with their names, and what was not read."""

    prints: pa.Table
    sentences: tuple[tuple[str, str], ...]
    unread: tuple[str, ...]

    @property
    def digest(self) -> str:
        """A hash of all that decides a verdict."""
        columns = (self.prints.column(c).to_pylist() for c in ("key", "print", "thumb"))
        rows = [[k, p.hex(), t.hex()] for k, p, t in zip(*columns, strict=True)]
        return sha256(canonical([rows, [list(s) for s in self.sentences]]))


def load(
    session: Callable[[], Any], store: Path, corpus: str, folders: Sequence[str], embedding: str
) -> Tests:
    """Return what is in test sets; measures are kept in the store's work folder.

    `session` starts Spark where it is needed; `embedding` names who gives embeddings.

    Raises:
        SourceError: A folder is not there, or empty.
    """
    if not folders:
        return Tests(deduplicate.PRINTS.empty_table(), (), ())
    tables, said, unread = [deduplicate.PRINTS.empty_table()], list[tuple[str, str]](), []
    for folder in folders:
        root = Path(folder)
        said += sentences(root)
        found = [
            r
            for part in references.parts(root)
            for r in references.read(part, Credits(), "", "")
            if not r.uri.endswith(".txt")
        ]
        if not found:
            continue
        rows = _measured(session(), store / corpus / "work" / "against", found, embedding)
        read = rows.filter([not r for r in rows.column("reason").to_pylist()])
        uris = rows.column("uri").to_pylist()
        reasons = rows.column("reason").to_pylist()
        unread += [u for u, r in zip(uris, reasons, strict=True) if r]
        keys = pa.array([MARK + u for u in read.column("uri").to_pylist()], pa.string())
        by = scorers.fingerprint(embedding) if embedding else ""
        tables.append(deduplicate.prints(read.append_column("key", keys), by))
    return Tests(pa.concat_tables(tables), tuple(said), tuple(unread))


def sentences(root: Path) -> list[tuple[str, str]]:
    """Return the lines of a test set's `.txt` files, each with its name.

    Raises:
        SourceError: There is no such folder.
    """
    if not root.is_dir():
        raise SourceError(f"--set against: expected a folder of a test set, saw {root}")
    found: list[tuple[str, str]] = []
    for path in sorted(root.rglob("*.txt")):
        name = f"{MARK}{root.name}/{path.relative_to(root).as_posix()}"
        lines = path.read_text("utf-8", errors="replace").splitlines()
        found += [(f"{name}:{i}", s) for i, s in enumerate(lines, 1) if s.strip()]
    return found


def _measured(
    session: Any, folder: Path, found: Sequence[references.Reference], embedding: str
) -> pa.Table:
    """Return the measures of a test set, those on record or new ones."""
    listed = listing.with_ids(pa.Table.from_batches([references.batch(found)]))
    named = {measure.EMBEDDING: scorers.located(embedding)} if embedding else {}
    versions = [measure.VERSION, measures.VERSION, *map(scorers.fingerprint, named.values())]
    return checkpoints.made(
        folder.parents[2],
        folder / f"{checkpoints.name_of(listed, versions)}.parquet",
        lambda: measure.measured(session, listed, named),
    )


def overlaps(
    kept: pa.Table, tests: pa.Table, radius: int, apart: float, cosine: float
) -> list[Overlap]:
    """Return kept images that are like a test's; every pair is looked at.

    Args:
        kept: `deduplicate.PRINTS`.
        tests: Likewise; keys are names.
        radius: Bits that may differ.
        apart: How far thumbnails may be from each other.
        cosine: Of embeddings of one model, from which on two images are alike.
    """
    if not kept.num_rows or not tests.num_rows:
        return []
    a, b = (_matrix(t, "print", perceptual_hash.BITS // 8) for t in (kept, tests))
    x, y = (_matrix(t, "thumb", perceptual_hash.THUMB**2) for t in (kept, tests))
    keys, names = kept.column("key").to_pylist(), tests.column("key").to_pylist()
    found: list[Overlap] = []
    step = max(1, min(_STEP, (1 << 22) // len(b)))
    for begin in range(0, len(a), step):
        i, j = np.nonzero(perceptual_hash.distances(a[begin : begin + step], b) <= radius)
        i += begin
        alike = perceptual_hash.apart(x[i], y[j]) <= apart
        found += [Overlap(keys[m], names[n]) for m, n in zip(i[alike], j[alike], strict=True)]
    return list(dict.fromkeys([*found, *_by_cosine(kept, tests, cosine)]))


def _by_cosine(kept: pa.Table, tests: pa.Table, cosine: float) -> list[Overlap]:
    for model in set(tests.column("embedded_by").to_pylist()) - {"", None}:
        a, b = (deduplicate.embedded(t, model) for t in (kept, tests))
        if not a.num_rows or not b.num_rows:
            continue
        x, y = (embedding_pairs.unpacked(t.column("embedding")) for t in (a, b))
        keys, names = a.column("key").to_pylist(), b.column("key").to_pylist()
        near = [
            (begin + i, j)
            for begin in range(0, len(x), _STEP)
            for i, j in np.argwhere(x[begin : begin + _STEP] @ y.T >= cosine).tolist()
        ]
        return [Overlap(keys[i], names[j]) for i, j in near]
    return []


def _matrix(table: pa.Table, column: str, width: int) -> np.ndarray:
    joined = b"".join(table.column(column).to_pylist())
    return np.frombuffer(joined, np.uint8).reshape(-1, width)
