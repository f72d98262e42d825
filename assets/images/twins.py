"""Copies of one picture: which is worth keeping, and what it takes over from the others."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

import pyarrow as pa

from corpuswright.assets.builds import spark
from corpuswright.assets.curation.listing import ReferenceRow
from corpuswright.quality.images import fidelity
from corpuswright.quality.images.fidelity import Fidelity
from corpuswright.storage.inputs import licences, references
from corpuswright.storage.media import decoder
from corpuswright.storage.records import canonical

_FIELDS = [
    pa.field("id", pa.string()),
    pa.field("coloured", pa.bool_()),
    *(pa.field(n, pa.float64()) for n in ("detail", "sharpness", "encoding")),
]
_MEASURED = pa.schema(_FIELDS)
NOTHING = Fidelity(False, 0.0, 0.0, 0.0)  # of a file that has changed meanwhile
# What is taken over where the kept copy's own credits say nothing.
TAKEN = ("author", "url", "retrieved", "caption")


def worth(session: Any, table: pa.Table, ids: Collection[str]) -> dict[str, Fidelity]:
    """Return how true copies are, by id; all of their pixels are decoded."""
    wanted = table.select(["id", *references.SCHEMA.names])
    some = pa.array([i in ids for i in wanted.column("id").to_pylist()], pa.bool_())
    wanted = wanted.filter(some)
    if not wanted.num_rows:
        return {}
    tasks = min(max(4 * session.sparkContext.defaultParallelism, 4), wanted.num_rows)
    frame = spark.frame(session, wanted).repartition(tasks)
    found = frame.mapInArrow(_each, spark.columns(_MEASURED)).toArrow()
    return {r.pop("id"): Fidelity(**r) for r in found.to_pylist()}


def _each(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        rows: list[dict[str, Any]] = []
        for row in batch.to_pylist():
            try:
                data = references.data(references.of_row(row), decoder.MAX_BYTES)
                found = fidelity.fidelity(data)
            except (decoder.Refused, OSError):
                found = NOTHING
            rows.append({"id": row["id"], **found._asdict()})
        yield pa.RecordBatch.from_pylist(rows, schema=_MEASURED)


def better(
    found: Mapping[str, Fidelity], row: ReferenceRow, id_: str, stated: Collection[str]
) -> tuple[Any, ...]:
    """Return what copies are sorted by, the best first: colour, detail, credits, a caption.

    `stated` are authors that stand for nobody in particular.
    """
    seen = found.get(id_, NOTHING)
    return (not seen.coloured, -seen.score, row["author"] in stated, not row["caption"])


def inherited(kept: ReferenceRow, others: Collection[ReferenceRow], author: str) -> dict[str, str]:
    """Return columns of a kept copy as its group gives them, and `inherited`: from whom, as JSON.

    It takes over credits and caption that it lacks, from the first in order that has them, and the
    licence of the group that asks for most. `author` is who is named where nobody is.
    """
    every = [kept, *sorted(others, key=lambda r: r["uri"])]
    made: dict[str, str] = {}
    origin: dict[str, str] = {}
    for name in TAKEN:
        lacks = {"", "unstated", author} if name == "author" else {""}
        giver = next((r for r in every if r[name] not in lacks), kept)
        if giver is not kept and kept[name] in lacks:
            made[name], origin[name] = giver[name], giver["uri"]
    strict = licences.strictest([r["licence"] for r in every])
    if strict != kept["licence"]:
        made["licence"] = strict
        origin["licence"] = next(r["uri"] for r in every if r["licence"] == strict)
    return {**made, "inherited": canonical(origin) if origin else ""}


def filled(table: pa.Table, given: Mapping[str, Mapping[str, str]]) -> pa.Table:
    """Return a table with what kept copies take over, by id, and the column `inherited`."""
    ids = table.column("id").to_pylist()
    for name in (*TAKEN, "licence"):
        old = table.column(name).to_pylist()
        new = [given.get(i, {}).get(name, v) for i, v in zip(ids, old, strict=True)]
        number = table.column_names.index(name)
        table = table.set_column(number, table.field(name), pa.array(new, table.field(name).type))
    said = [given.get(i, {}).get("inherited", "") for i in ids]
    return table.append_column("inherited", pa.array(said, pa.string()))
