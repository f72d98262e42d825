"""Take samples back: out of packs, tables, shards, previews and every release, for good.

A tombstone is written first, so what was begun is finished by typing the command again, and no
later build brings the samples back. The newest release is made anew without them; older ones that
held them are removed.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from corpuswright.annotators.llm import model_file
from corpuswright.annotators.llm.ledger import Ledger
from corpuswright.assets.builds import release as build_release
from corpuswright.assets.synthesis import corpus as synthesis_corpus
from corpuswright.assets.synthesis import release
from corpuswright.storage import disk, samples
from corpuswright.storage.audits import human_reviews
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
from corpuswright.storage.releases import manifest as release_manifest
from corpuswright.storage.shards import webdataset


class Deleted(NamedTuple):
    """What a deletion took away, and the release that stands now.

    `samples` were in the newest release; `scenes` were planned, made or not.
    """

    samples: int
    scenes: int
    pages: int
    releases: int
    made: Release | None


def delete(corpus: synthesis_corpus.Corpus, store: Path, selection: Selection) -> Deleted:
    """Delete what `selection` names from one corpus of a store.

    Raises:
        LookupError: The corpus holds nothing of it, and never did.
        StorageError: The store is locked or damaged.
    """
    with disk.writer_lock(store):
        tables = Tables(store, corpus.name, corpus.stages())
        keys, uris = _find(tables, store, corpus.name, selection)
        known = selection.digest in tombstones.load(store, corpus.name).digests
        if not (keys or uris or known):
            raise LookupError(_nothing_of(tables, corpus.name, selection))
        tombstones.add(store, corpus.name, selection)
        gone = Gone(frozenset(keys), frozenset(uris))
        samples_ = _released(store, corpus.name, gone)
        human_reviews.forget(store, corpus.name, lambda task: task[:-3] in keys)
        # The table of specs goes last: it is what tells, after a kill, which samples are meant.
        made, removed = _release_anew(store, corpus, gone)
        _purge_tables(store, corpus, tables, gone)
        release_manifest.sweep_shards(store, corpus.name)
        build_release.sweep_packs(store, corpus.name, tables)
    return Deleted(samples_, len(keys), len(uris), removed, made)


def _released(store: Path, corpus: str, gone: Gone) -> int:
    """Return how many samples of the newest release go."""
    if release_manifest.latest(store, corpus) is None:
        return 0
    ended = release_manifest.outcomes(store, release_manifest.load(store, corpus))
    return sum(o.unit == "scene" and o.outcome == "kept" and o.key in gone.keys for o in ended)


def _nothing_of(tables: Tables, corpus: str, selection: Selection) -> str:
    said = f"{corpus} holds nothing of {selection.kind} {selection.value}"
    if selection.kind not in ("author", "licence"):
        return said
    sources = [s for row in tables.read("spec") for s in from_json(Spec, row.body).sources]
    held = {s.author if selection.kind == "author" else s.licence for s in sources}
    return f"{said}; it holds: {', '.join(sorted(held)) or 'none'}"


class Gone(NamedTuple):
    """Keys of samples and URIs of whole pages that go."""

    keys: frozenset[str]
    uris: frozenset[str]

    def of(self, outcome: Outcome) -> bool:
        """Say whether an outcome tells of something that goes."""
        return (
            outcome.key in self.keys
            or outcome.parent_key in self.keys
            or outcome.source in self.uris
            or outcome.key in self.uris
        )


_NOBODY = Source("", "", "", "")  # of a scene that was drawn from nothing


def _find(
    tables: Tables, store: Path, corpus: str, selection: Selection
) -> tuple[set[str], set[str]]:
    keys: set[str] = set()
    uris: set[str] = set()
    for row in tables.read("spec"):
        spec = from_json(Spec, row.body)
        if any(selection.covers(spec.key, s) for s in spec.sources or (_NOBODY,)):
            keys.add(spec.key)
    if selection.kind != "key":
        for record in build_release.partition_records(store, corpus).values():
            for uri, (digest, licence, author) in record["inputs"]["sources"].items():
                if selection.covers("", Source(uri, digest, licence, author)):
                    uris.add(uri)
    return keys, uris


def _purge_tables(store: Path, corpus: synthesis_corpus.Corpus, tables: Tables, gone: Gone) -> None:
    pages = {source_id(u) for u in gone.uris}
    held: set[str] = set()
    for stage in build_release.WITH_PACKS:
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
            follow if stage.name in build_release.WITH_PACKS else stay
        )
        tables.purge(stage.name, change)
    for uri in held:
        (store / uri).unlink(missing_ok=True)


def _release_anew(
    store: Path, corpus: synthesis_corpus.Corpus, gone: Gone
) -> tuple[Release | None, int]:
    name = corpus.name
    forget_answers(store, name, gone)
    for partition, record in build_release.partition_records(store, name).items():
        changed = _record_without(store, name, partition, record, gone)
        path = build_release.record_path(store, name, partition)
        disk.write_file(store, path, canonical(changed).encode())
    links = store / name / "links.json"
    if links.exists():
        kept = {u: ls for u, ls in json.loads(links.read_text()).items() if u not in gone.uris}
        disk.write_file(store, links, canonical(kept).encode())
    newest = release_manifest.latest(store, name)
    made = None
    if newest is not None:
        before = release_manifest.load(store, name, newest)
        old = release_manifest.folder(store, name, newest)
        left = [o for o in release_manifest.outcomes(store, before) if not gone.of(o)]
        files = {n: (old / n).read_bytes() for n in before.files if n != "outcomes.parquet"}
        made, files = build_release.assemble(
            name,
            build_release.partition_records(store, name),
            [o for o in left if o.unit == "page"],
            [o for o in left if o.unit == "state"],
            files,
        )
        release_manifest.commit(store, made, files, {"deleted": True})
        build_release.write_beside(store, made)
        release.write_looks(store, made)
    removed = 0
    for manifest in sorted((store / name / "releases").glob("*/manifest.json")):
        folder = manifest.parent
        if made is not None and folder.name == made.plan:
            continue
        if any(
            gone.of(o)
            for o in release_manifest.outcomes(
                store, release_manifest.load(store, name, folder.name)
            )
        ):
            shutil.rmtree(folder)
            removed += 1
    return made, removed + mixtures_without(store, name, gone)


def forget_answers(store: Path, name: str, gone: Gone) -> None:
    """Leave in the ledger only answers that what stays was made from, in any corpus of the store.

    So go the answers of pilots, of other models and of builds that were cut short, too: whom they
    are about is not written beside them.
    """
    path = store / model_file.LEDGER
    if not path.exists():
        return
    kept: set[str] = set()
    for other in {p.parent.parent.name for p in store.glob("*/partitions/*")}:
        for record in build_release.partition_records(store, other).values():
            for key, answers in record.get("answers", {}).items():
                if other != name or key not in gone.keys:
                    kept.update(answers)
    Ledger(f"sqlite:///{path}").keep_only(kept)


def mixtures_without(store: Path, name: str, gone: Gone) -> int:
    """Remove releases of mixtures that hold what is gone; how many there were."""
    removed = 0
    for manifest in sorted(store.glob("*/releases/*/manifest.json")):
        owner, plan = manifest.parent.parent.parent.name, manifest.parent.name
        if owner == name:
            continue
        made = release_manifest.load(store, owner, plan)
        parts: Any = made.plan_inputs.get("parts", {})
        if name in parts and any(gone.of(o) for o in release_manifest.outcomes(store, made)):
            shutil.rmtree(manifest.parent)
            if release_manifest.latest(store, owner) == plan:
                (store / owner / "latest").unlink()
            removed += 1
    return removed


def _record_without(
    store: Path, corpus: str, partition: str, record: dict[str, Any], gone: Gone
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
        "plan": release_manifest.plan_hash({**inputs, **short}),
        "inputs": inputs,
        "shards": [to_dict(s) for s in found],
        "outcomes": outcomes,
        **({"answers": left} if (left := answers_without(record, gone)) else {}),
    }


def answers_without(record: dict[str, Any], gone: Gone) -> dict[str, Any]:
    """Return the answers of a record that what stays was made from, by sample's key."""
    return {k: v for k, v in record.get("answers", {}).items() if k not in gone.keys}
