"""Of images that are alike the truest one stays; earlier partitions' come first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from corpuswright.assets.builds import spark
from corpuswright.assets.curation import embedding_pairs, hash_pairs
from corpuswright.assets.curation.hash_pairs import representatives
from corpuswright.storage.shards import webdataset

# What later partitions compare with: of each image that is kept.
PRINTS = pa.schema(
    [pa.field(n, pa.string()) for n in ("id", "key")]
    + [pa.field(n, pa.binary()) for n in ("print", "thumb")]
    + [pa.field(n, pa.int32()) for n in ("width", "height")]
    + [pa.field("clarity", pa.float64()), pa.field("embedding", pa.binary())]
    + [pa.field("embedded_by", pa.string())]
)


class NearDuplicate(NamedTuple):
    """An image that another one stands for: the other's key."""

    id: str
    other: str


# Asked once of all ids that are like others; what it returns sorts them, the best one first.
Worth = Callable[[set[str]], Callable[[str], tuple[Any, ...]]]


def prints(table: pa.Table, embedded_by: str = "") -> pa.Table:
    """Return what is compared of a table's images; `embedded_by` names what gave embeddings."""
    if "embedded_by" not in table.column_names:
        named = pa.array([embedded_by] * table.num_rows, pa.string())
        table = table.append_column("embedded_by", named)
    for name in set(PRINTS.names) - set(table.column_names):  # of what older versions have kept
        table = table.append_column(name, pa.nulls(table.num_rows, PRINTS.field(name).type))
    return table.select(PRINTS.names).cast(PRINTS)


def embedded(table: pa.Table, by: str) -> pa.Table:
    """Return the rows that have an embedding by this model."""
    columns = (table.column(c).to_pylist() for c in ("embedded_by", "embedding"))
    some = [model == by and v is not None for model, v in zip(*columns, strict=True)]
    return table.filter(pa.array(some, pa.bool_()))


def earlier(folder: Path, partition: str) -> pa.Table:
    """Return prints of what earlier partitions have kept, from `<partition>.prints` of a folder."""
    found = [PRINTS.empty_table()]
    for path in sorted(folder.glob("*.prints")):
        if path.stem < partition:
            found.append(prints(webdataset.read_parquet(path.read_bytes())))
    return pa.concat_tables(found)


def near_duplicates(
    session: Any,
    mine: pa.Table,
    before: Sequence[pa.Table],
    spill: Path,
    radius: int,
    apart: float,
    cosine: float,
    worth: Worth,
) -> list[NearDuplicate]:
    """Return images of `mine` that another one stands for: the best of its group.

    Images are alike by prints and thumbnails (`radius`, `apart`: `assets.curation.hash_pairs`), or
    by the `cosine` of embeddings, where both have one of the same model
    (`assets.curation.embedding_pairs`).

    Those of the first table of `before` are best, then those of the next, then `mine`; there it is
    by `worth`, asked of the ids that are like others, then the first in key order. `spill` is a
    folder that all machines see, for what is compared.
    """
    if not mine.num_rows:
        return []
    both = pa.concat_tables([*before, mine])
    first = both.num_rows - mine.num_rows
    rank = np.repeat(np.arange(len(before) + 1), [t.num_rows for t in (*before, mine)]).tolist()
    ids = np.arange(both.num_rows)  # rows: two nights may have one name, and so one id
    frame = pa.table({"id": ids, "print": both.column("print"), "thumb": both.column("thumb")})
    with spark.spilled(session, [frame], spill) as images:
        found = hash_pairs.edges(images, radius, apart).toArrow()
    by = mine.column("embedded_by")[0].as_py()  # embeddings of two models have no cosine
    vectors = both.select(["embedding", "embedded_by"]).add_column(0, "id", pa.array(ids))
    vectors = embedded(vectors, by).drop_columns(["embedded_by"])
    if by and vectors.num_rows > 1:
        with spark.spilled(session, [vectors], spill) as embeddings:
            more = embedding_pairs.edges(embeddings, cosine).toArrow()
        found = pa.concat_tables([found, more.cast(found.schema)])
    a, b = (found.column(c).to_numpy() for c in ("a", "b"))
    rows = both.select(["id", "key"]).to_pylist()
    asked = worth({rows[n]["id"] for n in {*a.tolist(), *b.tolist()} if n >= first})

    def better(n: int) -> tuple[Any, ...]:
        mine_first = asked(rows[n]["id"]) if n >= first else ()
        return (rank[n], mine_first, rows[n]["key"])

    stands = representatives(a, b, better)
    return [NearDuplicate(rows[n]["id"], rows[m]["key"]) for n, m in stands.items() if n >= first]
