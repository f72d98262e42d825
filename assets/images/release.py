"""A release of a curated corpus: all partitions' shards, with funnel, sheets and report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from corpuswright.assets.builds import release
from corpuswright.assets.curation import contact_sheets
from corpuswright.quality.images import filters
from corpuswright.storage.records import Json, Release, canonical
from corpuswright.storage.releases import manifest, retention
from corpuswright.storage.releases.remote_store import Shelf
from corpuswright.storage.shards import buckets


def commit(
    shelf: Shelf,
    corpus: str,
    records: Mapping[str, Mapping[str, Any]],
    tables: Sequence[pa.Table],
    run: Json,
    keep: int | None,
) -> Release:
    """Commit a release of `records` by partition; call with the writer lock held.

    Args:
        shelf: Where its shards lie.
        corpus: The slug.
        records: Of partitions (`assets.builds.release.partition_records`).
        tables: Of their last steps, for contact sheets.
        run: What is outside every promise: times, costs.
        keep: How many of the newest releases stay; None for all.
    """
    store = shelf.store
    places = {s["name"]: buckets.of_shard(s["name"]) for r in records.values() for s in r["shards"]}
    # What no model was named for is missing, and the funnel says so.
    funnel = {
        p: contact_sheets.funnel(
            [o for o in r["outcomes"] if o["unit"] == "scene"],
            contact_sheets.STAGES,
            filters.STAGES,
            [s for s in filters.SCORES if s not in r["inputs"]["scorers"]],
            r["inputs"].get("taken_down", 0),
        )
        for p, r in records.items()
    }
    lengths = {p: r.get("captions", {}) for p, r in records.items()}
    files = {
        "buckets.json": canonical(places).encode() + b"\n",
        "funnel.json": canonical(funnel).encode() + b"\n",
        "captions.json": canonical(lengths).encode() + b"\n",
    }
    made, files = release.assemble(corpus, records, [], [], files)
    manifest.commit(store, made, files, run)
    release.write_beside(store, made, here=not shelf.url)
    contact_sheets.write(store, made, funnel, lengths, contact_sheets.sheets(tables))
    if keep is not None:
        retention.sweep(store, corpus, keep)
    shelf.bring(made)
    shelf.sweep(corpus)
    return made
