"""A release of a curated corpus: all partitions' shards, with funnel, sheets and report."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from corpuswright.assets.builds import release
from corpuswright.assets.curation import contact_sheets
from corpuswright.assets.curation.build import CurationBuild
from corpuswright.quality.images import filters
from corpuswright.storage.records import Json, Release, canonical
from corpuswright.storage.shards import buckets


def publish(build: CurationBuild, tables: Sequence[pa.Table], run: Json) -> Release:
    """Commit a release of all partitions; call with the writer lock held.

    Args:
        build: With shards of a partition at least.
        tables: Of partitions' last steps, for contact sheets.
        run: What is no part of the deterministic bytes: times, costs.
    """
    records = release.partition_records(build.store, build.name)
    places = {s["name"]: buckets.of_shard(s["name"]) for r in records.values() for s in r["shards"]}
    # Near duplicates are looked for last: what a corpus adds stands before them.
    looked = (*filters.STAGES[:-1], *(f.stage for f in build.corpus.filters), filters.STAGES[-1])
    stages = ("sources", *looked, *contact_sheets.AFTER)
    # What no model was named for is missing, and the funnel says so.
    funnel = {
        p: contact_sheets.funnel(
            [o for o in r["outcomes"] if o["unit"] == "scene"],
            stages,
            looked,
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

    def looks(made: Release) -> None:
        contact_sheets.write(build.store, made, funnel, lengths, contact_sheets.sheets(tables))

    made, files = release.assemble(build.name, records, [], files)
    return release.publish(build.shard_store, made, files, run, build.options.keep_releases, looks)
