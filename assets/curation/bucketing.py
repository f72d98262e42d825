"""Which bucket and shard an image goes to, and which shards need not be written again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from corpuswright.storage.keys import sha256
from corpuswright.storage.records import ShardManifest, canonical, from_dict
from corpuswright.storage.releases.remote_store import ShardStore
from corpuswright.storage.shards import buckets

# What of a row is no part of its record: where its file lay, and when it was last changed.
_ELSEWHERE = frozenset(("file", "stamp", "offset", "length", "fault"))


def places(
    ids: Sequence[str], sizes: Sequence[tuple[int, int]], lengths: Sequence[int], limit: int
) -> tuple[list[str], list[int]]:
    """Return the bucket and the number of the shard in it of each image.

    A bucket of B bytes has B / limit shards, rounded up; an image's is given by the digits of its
    id. So what a shard holds hangs on sums by bucket and on nothing else.

    Args:
        ids: 12 hex digits each.
        sizes: Width and height in pixels.
        lengths: Bytes.
        limit: Bytes of a shard, about.
    """
    names = [buckets.bucket_of(w, h).name for w, h in sizes]
    total: Counter[str] = Counter()
    for name, length in zip(names, lengths, strict=True):
        total[name] += length
    number = {n: -(-size // limit) for n, size in total.items()}
    return names, [int(i, 16) * number[n] >> 48 for i, n in zip(ids, names, strict=True)]


def spread(table: pa.Table, column: str, limit: int) -> pa.Table:
    """Return a table with `bucket`, the same for all, and `shard` of what nothing drops.

    Shards are as many as `limit` goes into the sum of `column`, bytes; a row's is given by the
    digits of its `id`.
    """
    rows = table.select(["id", "reason", column]).to_pylist()
    number = -(-sum(r[column] for r in rows if not r["reason"]) // limit)
    found = [-1 if r["reason"] else int(r["id"], 16) * number >> 48 for r in rows]
    table = table.append_column("bucket", pa.array([""] * len(rows)))
    return table.append_column("shard", pa.array(found, pa.int32()))


def placed(table: pa.Table, limit: int) -> pa.Table:
    """Return a table with `bucket` and `shard` of what nothing drops; "" and -1 for the others."""
    kept = [n for n, d in enumerate(table.column("reason").to_pylist()) if not d]
    some = table.take(pa.array(kept, pa.int64()))
    columns = ("id", "width", "height", "bytes")
    ids, widths, heights, lengths = (some.column(c).to_pylist() for c in columns)
    found = places(ids, list(zip(widths, heights, strict=True)), lengths, limit)
    names, numbers = [""] * table.num_rows, [-1] * table.num_rows
    for n, name, number in zip(kept, *found, strict=True):
        names[n], numbers[n] = name, number
    table = table.append_column("bucket", pa.array(names))
    return table.append_column("shard", pa.array(numbers, pa.int32()))


def groups(kept: pa.Table, columns: Sequence[str], versions: object) -> dict[str, list[int]]:
    """Return the rows of each shard, by a hash of all that its bytes hang on."""
    decides = [c for c in columns if c not in _ELSEWHERE]
    rows = kept.select(decides).to_pylist()
    by_place: dict[tuple[str, int], list[int]] = {}
    for n in sorted(range(len(rows)), key=lambda n: rows[n]["key"]):
        by_place.setdefault((rows[n]["bucket"], rows[n]["shard"]), []).append(n)
    return {
        sha256(canonical([versions, [list(rows[n].values()) for n in members]])): members
        for members in by_place.values()
    }


def there(
    shard_store: ShardStore, records: Sequence[Mapping[str, Any]], wanted: Sequence[str]
) -> dict[str, ShardManifest]:
    """Return shards that earlier builds have written of just the groups that are wanted."""
    out: dict[str, ShardManifest] = {}
    for record in records:
        by_name = {s["name"]: s for s in record["shards"]}
        for digest, name in record.get("groups", {}).items():
            if digest in wanted and name in by_name:
                shard = from_dict(ShardManifest, by_name[name])
                if shard_store.has(shard):
                    out[digest] = shard
    return out
