"""What a store holds of a corpus of rendered scenes, for a deletion (`builds.deletion`)."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from corpuswright.assets.builds import deletion, release
from corpuswright.assets.builds.deletion import DeletionTargets, answers_without
from corpuswright.assets.builds.release import partition_records
from corpuswright.assets.builds.reports import Deleted
from corpuswright.assets.synthesis.corpus import RenderedCorpus
from corpuswright.assets.synthesis.release import write_looks
from corpuswright.storage import disk, samples
from corpuswright.storage.build_state import packs, tombstones
from corpuswright.storage.build_state.feature_tables import Tables
from corpuswright.storage.build_state.tombstones import Selection
from corpuswright.storage.keys import source_id
from corpuswright.storage.records import (
    MediaRef,
    Outcome,
    Release,
    ShardManifest,
    Source,
    Spec,
    canonical,
    from_dict,
    from_json,
    to_dict,
)
from corpuswright.storage.releases import manifest
from corpuswright.storage.releases.remote_store import ShardStore
from corpuswright.storage.shards import webdataset

_NOBODY = Source("", "", "", "")  # of a scene that was drawn from nothing


def delete(corpus: RenderedCorpus, store: Path, selection: Selection) -> Deleted:
    """Delete what `selection` names from one corpus of a store (`builds.deletion.delete`)."""
    return deletion.delete(SynthesisDeletion(corpus, store), selection)


class SynthesisDeletion:
    """Packs, tables and shards of one corpus."""

    def __init__(self, corpus: RenderedCorpus, store: Path) -> None:
        self.corpus, self.store, self.name = corpus, store, corpus.name
        self.tables = Tables(store, corpus.name, corpus.stages())

    def select(self, selection: Selection) -> DeletionTargets:
        """Return the samples of specs that are meant, and the pages."""
        keys: set[str] = set()
        uris: set[str] = set()
        for row in self.tables.read("spec"):
            spec = from_json(Spec, row.body)
            if any(selection.covers(spec.key, s) for s in spec.sources or (_NOBODY,)):
                keys.add(spec.key)
        if selection.kind != "key":
            for record in partition_records(self.store, self.name).values():
                for uri, (digest, licence, author) in record["inputs"]["sources"].items():
                    if selection.covers("", Source(uri, digest, licence, author)):
                        uris.add(uri)
        return DeletionTargets(frozenset(keys), frozenset(uris))

    def nothing_of(self, selection: Selection) -> str:
        """Return that nothing is meant, and which authors or licences there are."""
        said = f"{self.name} holds nothing of {selection.kind} {selection.value}"
        if selection.kind not in ("author", "licence"):
            return said
        rows = self.tables.read("spec")
        sources = [s for row in rows for s in from_json(Spec, row.body).sources]
        held = {s.author if selection.kind == "author" else s.licence for s in sources}
        return f"{said}; it holds: {', '.join(sorted(held)) or 'none'}"

    def withdraw(self, gone: DeletionTargets) -> DeletionTargets:
        """Return what goes: the selection's tombstone is enough."""
        return gone

    def record_without(
        self, partition: str, record: dict[str, Any], gone: DeletionTargets
    ) -> dict[str, Any]:
        """Return a partition's record without what goes; its shards are written again."""
        return _record_without(self.store, self.name, partition, record, gone)

    def purge_partition(self, partition: str, gone: DeletionTargets) -> None:
        """Do nothing: `finish` purges the tables, whose specs `select` needs after a kill."""

    def publish(self, gone: DeletionTargets) -> Release | None:
        """Make the newest release anew, from what its outcomes say of pages that stay."""
        store, links = self.store, self.store / self.name / "links.json"
        if links.exists():
            kept = {u: ls for u, ls in json.loads(links.read_text()).items() if u not in gone.uris}
            disk.write_file(store, links, canonical(kept).encode())
        newest = manifest.latest(store, self.name)
        if newest is None:
            return None
        before = manifest.load(store, self.name, newest)
        old = manifest.folder(store, self.name, newest)
        left = [o for o in manifest.outcomes(store, before) if not gone.of(o)]
        of_pages = [o for unit in ("page", "state") for o in left if o.unit == unit]
        files = {n: (old / n).read_bytes() for n in before.files if n != "outcomes.parquet"}
        records = partition_records(store, self.name)
        made, files = release.assemble(self.name, records, of_pages, files)
        looks = functools.partial(write_looks, store)
        return release.publish(
            ShardStore(store), made, files, {"deleted": True}, write_reports=looks
        )

    def finish(self, gone: DeletionTargets) -> None:
        """Purge tables and packs, and sweep what nothing names any more."""
        _purge_tables(self.store, self.corpus, self.tables, gone)
        manifest.sweep_shards(self.store, self.name)
        release.sweep_packs(self.store, self.name, self.tables)


def _purge_tables(
    store: Path, corpus: RenderedCorpus, tables: Tables, gone: DeletionTargets
) -> None:
    pages = {source_id(u) for u in gone.uris}
    held: set[str] = set()
    for stage in release.WITH_PACKS:
        for row in tables.read(stage):
            if row.key in gone.keys:
                held |= {ref.uri for ref in packs.refs_in(json.loads(row.body))}
    moved: dict[str, dict[int, MediaRef]] = {
        uri: packs.without(store, uri, lambda name: name.split(".")[0] in gone.keys) for uri in held
    }

    def stay(key: str, body: str) -> str | None:
        return None if key in gone.keys or key in pages else body

    def place(ref: MediaRef) -> MediaRef:
        return moved[ref.uri][ref.offset] if ref.uri in moved else ref

    def follow(key: str, body: str) -> str | None:
        if key in gone.keys:
            return None
        return canonical(packs.replaced(json.loads(body), place))

    for stage in sorted(corpus.stages(), key=lambda s: s.name == "spec"):
        change: Callable[[str, str], str | None] = (
            follow if stage.name in release.WITH_PACKS else stay
        )
        tables.purge(stage.name, change)
    for uri in held:
        (store / uri).unlink(missing_ok=True)


def _record_without(
    store: Path, corpus: str, partition: str, record: dict[str, Any], gone: DeletionTargets
) -> dict[str, Any]:
    found = [from_dict(ShardManifest, s) for s in record["shards"]]
    outcomes = [o for o in record["outcomes"] if not gone.of(from_dict(Outcome, o))]
    inputs = dict(record["inputs"])
    inputs["sources"] = {u: s for u, s in inputs["sources"].items() if u not in gone.uris}
    inputs |= tombstones.plan_part(tombstones.load(store, corpus))
    if len(outcomes) != len(record["outcomes"]):
        size = int(inputs["recipe"].get("shard_bytes", webdataset.SHARD_BYTES))
        entries = (
            webdataset.Entry(key, len(samples.read(files["json"]).tasks), files)
            for shard in found
            for key, files in webdataset.read_shard(store / shard.name)
            if key not in gone.keys
        )
        found = webdataset.write_shards(store, f"{corpus}/shards", partition, entries, size)
    # A partition of a given number of samples has one too few now: the next build adds it.
    short = {"short": True} if inputs["samples"] is not None else {}
    return {
        "plan": manifest.plan_hash({**inputs, **short}),
        "inputs": inputs,
        "shards": [to_dict(s) for s in found],
        "outcomes": outcomes,
        **({"answers": left} if (left := answers_without(record, gone)) else {}),
    }
