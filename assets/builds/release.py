"""A release put together from its partitions' records, and what stands beside it for readers."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from corpuswright.storage import disk
from corpuswright.storage.audits import human_reviews
from corpuswright.storage.build_state import packs
from corpuswright.storage.build_state.feature_tables import Tables
from corpuswright.storage.exports.metadata import attribution, croissant, dataset_card, energon
from corpuswright.storage.keys import sha256
from corpuswright.storage.records import Json, Outcome, Release, ShardManifest, canonical, from_dict
from corpuswright.storage.releases import manifest, retention
from corpuswright.storage.releases.remote_store import ShardStore
from corpuswright.storage.shown import one_line

UNITS = ("page", "state", "scene", "task")  # of outcomes
WITH_PACKS = ("scene", "replay", "invented")  # stages whose rows point into packs


def record_path(store: Path, corpus: str, partition: str) -> Path:
    """Return where a partition's record stands: its plan, shards and outcomes."""
    return store / corpus / "partitions" / f"{partition}.json"


def partition_records(store: Path, corpus: str) -> dict[str, dict[str, Any]]:
    """Return the records of all partitions that have shards, by partition."""
    folder = record_path(store, corpus, "").parent
    return {p.stem: json.loads(p.read_text()) for p in sorted(folder.glob("*.json"))}


def assemble(
    corpus: str,
    records: Mapping[str, Mapping[str, Any]],
    before: Sequence[Outcome],
    files: Mapping[str, bytes],
) -> tuple[Release, dict[str, bytes]]:
    """Return a release of `records` with all its files, ready to be published.

    Args:
        corpus: The slug.
        records: Of partitions, whose outcomes are of scenes and tasks.
        before: Outcomes of what scenes come from: pages and states, or videos.
        files: Deterministic files that stand beside the manifest.

    Raises:
        ReleaseError: The outcomes do not add up, or are not what the shards hold.
    """
    outcomes = list(before)
    written: list[ShardManifest] = []
    for record in records.values():
        outcomes += [from_dict(Outcome, o) for o in record["outcomes"]]
        written += [from_dict(ShardManifest, s) for s in record["shards"]]
    inputs: dict[str, Any] = {
        "corpus": corpus,
        "partitions": {p: r["plan"] for p, r in records.items()},
        "inputs": {p: r["inputs"] for p, r in records.items()},
    }
    return release_of(corpus, inputs, written, outcomes, UNITS, files)


def release_of(
    corpus: str,
    inputs: Json,
    written: Sequence[ShardManifest],
    outcomes: Sequence[Outcome],
    units: Collection[str],
    files: Mapping[str, bytes],
) -> tuple[Release, dict[str, bytes]]:
    """Return a release made from `inputs`, with all its files, once its outcomes add up.

    Raises:
        ReleaseError: They do not, or are not what the shards hold.
    """
    expected = {u: sum(o.unit == u for o in outcomes) for u in units}
    counted = manifest.balance(outcomes, expected)
    match(counted, written)
    every = {**files, "outcomes.parquet": manifest.outcomes_bytes(outcomes)}
    made = Release(
        corpus=corpus,
        plan=manifest.plan_hash(inputs),
        plan_inputs=inputs,
        shards=tuple(written),
        counts=counted.counts,
        rejections=counted.rejections,
        files={n: sha256(d) for n, d in every.items()},
    )
    return made, every


def publish(
    shard_store: ShardStore,
    made: Release,
    files: Mapping[str, bytes],
    run: Json,
    keep: int | None = None,
    write_reports: Callable[[Release], object] | None = None,
) -> Release:
    """Commit a release, and what stands beside it for readers; call with the writer lock held.

    All releases of all corpora come this way. The manifest is the commit; a release that lies
    elsewhere is found there when all of it is there.

    Args:
        shard_store: Where its shards lie.
        made: What is to be committed.
        files: Those that its manifest names.
        run: Times, costs, engine: no part of the deterministic bytes.
        keep: How many of the newest releases stay; None for all.
        write_reports: Writes report and pictures into the committed release's folder.
    """
    manifest.commit(shard_store.store, made, files, run)
    write_beside(shard_store.store, made, here=not shard_store.url)
    if write_reports is not None:
        try:
            write_reports(made)
        except Exception as error:  # what people look at must not undo what trainers read
            said = f"{type(error).__name__}: {one_line(str(error))[:200]}"
            print(f"{made.corpus} {made.plan}: released; its report could not be drawn: {said}")
    if keep is not None:
        retention.sweep(shard_store.store, made.corpus, keep)
    shard_store.bring(made)
    shard_store.sweep(made.corpus)
    return made


def sweep_packs(store: Path, corpus: str, tables: Tables) -> None:
    """Remove packs that no row points to; not while another corpus of the store may need them."""
    if any(p.parent.name != corpus for p in store.glob("*/tools.json")):
        return
    used = {
        ref.uri
        for stage in WITH_PACKS
        for row in tables.read(stage)
        for ref in packs.refs_in(json.loads(row.body))
    }
    packs.sweep(store, used)


def write_beside(store: Path, made: Release, here: bool = True) -> None:
    """Write card, audit and reader metadata of a committed release.

    `here` says that its shards lie in the store: Energon's index is made from them.
    """
    if here:
        energon.write(store, made)
    audit = human_reviews.audit(store, made)
    if audit is not None:
        text = canonical(audit.plain()) + "\n"
        path = manifest.folder(store, made.corpus, made.plan) / "audit.json"
        disk.write_file(store, path, text.encode())
    used: set[str] | None = None
    if manifest.is_curated(made):  # most of what was found may have been dropped
        ended = manifest.outcomes(store, made)
        used = {o.source for o in ended if o.unit == "scene" and o.outcome == manifest.KEPT}
    files = {
        "README.md": dataset_card.card(made, audit, used),
        "ATTRIBUTION.md": attribution.attribution(made, used),
        "croissant.json": croissant.croissant(made, used),
    }
    for folder in (manifest.folder(store, made.corpus, made.plan), store / made.corpus):
        for name, text in files.items():
            disk.write_file(store, folder / name, text.encode())


def match(counted: manifest.Balance, written: Sequence[ShardManifest]) -> None:
    """Raise ReleaseError unless kept scenes and tasks are exactly what the shards hold."""
    for unit, number in (
        ("scene", sum(s.samples for s in written)),
        ("task", sum(s.tasks for s in written)),
    ):
        if counted.counts[unit][manifest.KEPT] != number:
            raise manifest.ReleaseError(
                f"outcomes keep {counted.counts[unit][manifest.KEPT]} {unit}s, shards hold {number}"
            )
