"""The first job of curation, on Spark: every input read once, decoded once, measured.

Work is kept in blocks (`assets.curation.checkpoints`).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from corpuswright.assets.builds import spark
from corpuswright.assets.curation import embedding_pairs
from corpuswright.assets.curation.listing import INPUT, ReferenceRow
from corpuswright.quality.images import filters, measures, opt_outs
from corpuswright.quality.models import scorers
from corpuswright.storage.inputs import references
from corpuswright.storage.keys import sha256
from corpuswright.storage.media import decoder

VERSION = 3  # bump when a row is written in another way

BLOCK = 4096  # inputs of a block, about: minutes of work for one core
# Images that are scored at once, always the same ones: a model's batch shows in its last digits.
ROWS = 32

EMBEDDING = "embedding"

SCHEMA = pa.schema(
    [
        *INPUT,
        *(pa.field(n, pa.int32()) for n in ("width", "height")),
        pa.field("format", pa.string()),
        pa.field("plain", pa.bool_()),
        *(pa.field(n, pa.string()) for n in opt_outs.Said._fields),
        *(pa.field(n, pa.float64()) for n in measures.FIGURES),
        *(pa.field(n, pa.float64()) for n in filters.SCORES),
        *(pa.field(n, pa.binary()) for n in ("print", "thumb", "embedding")),
    ]
)


def measured(session: Any, block: pa.Table, named: Mapping[str, str]) -> pa.Table:
    """Return the rows of a block, in the order of its ids.

    Args:
        session: Of Spark.
        block: References with their `id`, in its order.
        named: Who gives which score, and `embedding` (`quality.models.scorers`); those of nobody
            are missing.
    """
    tasks = min(max(4 * session.sparkContext.defaultParallelism, 4), block.num_rows)
    together = pa.array([n // ROWS for n in range(block.num_rows)], pa.int32())
    frame = (
        spark.frame(session, block.append_column("together", together))
        .repartition(tasks, "together")
        .sortWithinPartitions("together", "id")
    )
    return (
        frame.mapInArrow(_Each(named), spark.columns(SCHEMA)).toArrow().cast(SCHEMA).sort_by("id")
    )


class _Each:
    """Measures rows, those together that are to be scored together."""

    def __init__(self, named: Mapping[str, str]) -> None:
        self._named = {n: s for n, s in named.items() if s}

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        rows = (r for b in batches for r in b.to_pylist())
        for _, group in itertools.groupby(rows, lambda r: r.pop("together")):
            yield self._rows(list(group))

    def _rows(self, references: Sequence[ReferenceRow]) -> pa.RecordBatch:
        found = [row(r) for r in references]
        seen = [(r, p) for r, p in found if p is not None]
        for column, scorer in self._named.items():
            if seen and column == EMBEDDING:
                vectors = scorers.vectors(scorer, [p for _, p in seen])
                for (r, _), vector in zip(seen, vectors, strict=True):
                    r[column] = None if vector is None else embedding_pairs.packed(vector)
            elif seen:
                given = scorers.scores(scorer, [p for _, p in seen])
                for (r, _), score in zip(seen, given, strict=True):
                    r[column] = score
        return pa.RecordBatch.from_pylist([r for r, _ in found], schema=SCHEMA)


def row(reference: ReferenceRow) -> tuple[dict[str, Any], NDArray[np.uint8] | None]:
    """Return what is known of an input, and its pixels, reduced.

    That is its reference, and its measures or why there are none (then there are no pixels).
    """
    seen: NDArray[np.uint8] | None = None
    made: dict[str, Any] = {
        **dict.fromkeys(SCHEMA.names),
        **reference,
        "sha256": "",
        "bytes": 0,
        "reason": "",
        "value": "",
    }
    where = references.of_row(reference)
    try:
        if where.fault:
            raise decoder.Refused(*where.fault.split(" ", 1))
        data = references.data(where, decoder.MAX_BYTES)
        made |= {"sha256": sha256(data), "bytes": len(data)}
        found, seen = measures.measure(data)
        made |= found._asdict() | opt_outs.read(data, found.format)._asdict()
    except decoder.Refused as refused:
        made |= {"reason": refused.rejection.reason, "value": refused.rejection.value}
    except OSError as error:
        made |= {"reason": "not_read", "value": (error.strerror or str(error))[:120]}
    except MemoryError:
        made |= {"reason": "too_large_to_decode", "value": f"{made['bytes']} bytes"}
    return made, seen
