"""Take samples back: out of packs, tables, shards, previews and every release, for good.

A tombstone is written first, so what was begun is finished by typing the command again, and no
later build brings the samples back. The newest release is made anew without them; older ones that
held them, and mixtures', are removed. What an engine holds besides is for its `DeletionBackend`.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from corpuswright.annotators.llm import model_file
from corpuswright.annotators.llm.ledger import Ledger
from corpuswright.assets.builds.release import partition_records, record_path
from corpuswright.assets.builds.reports import Deleted
from corpuswright.storage import disk, samples
from corpuswright.storage.audits import human_reviews
from corpuswright.storage.build_state import tombstones
from corpuswright.storage.build_state.tombstones import Selection
from corpuswright.storage.records import Json, Outcome, Release, Source, canonical
from corpuswright.storage.releases import manifest
from corpuswright.storage.releases import removed as removed_releases
from corpuswright.storage.releases.remote_store import ShardStore

Record = dict[str, Any]
_NOBODY = Source("", "", "", "")  # of a sample that was drawn from nothing


class DeletionTargets(NamedTuple):
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


class DeletionBackend(Protocol):
    """An engine's own parts of a deletion, all called with the writer lock held.

    They are `curation.deletion.CurationDeletion` and `synthesis.deletion.SynthesisDeletion`.
    """

    @property
    def name(self) -> str:
        """The corpus's slug."""
        ...

    @property
    def store(self) -> Path:
        """The store."""
        ...

    def select(self, selection: Selection) -> DeletionTargets:
        """Return what is meant, and what a deletion that was killed had meant."""
        ...

    def nothing_of(self, selection: Selection) -> str:
        """Return what is said where nothing is meant."""
        ...

    def withdraw(self, gone: DeletionTargets) -> DeletionTargets:
        """Write further tombstones; return what goes, with what shows the same."""
        ...

    def record_without(self, partition: str, record: Record, gone: DeletionTargets) -> Record:
        """Return a partition's record without what goes; shards that held some are written anew."""
        ...

    def purge_partition(self, partition: str, gone: DeletionTargets) -> None:
        """Remove what a partition's tables say of it, before the release is made anew."""
        ...

    def publish(self, gone: DeletionTargets) -> Release | None:
        """Make the newest release anew from the records; None where there was none."""
        ...

    def finish(self, gone: DeletionTargets) -> None:
        """Remove the rest: shards, packs, and what told, after a kill, what was meant."""
        ...


def delete(held: DeletionBackend, selection: Selection) -> Deleted:
    """Delete what `selection` names from one corpus of a store.

    Raises:
        LookupError: The corpus holds nothing of it, and never did.
        StorageError: The store is locked or damaged.
    """
    store, name = held.store, held.name
    with disk.writer_lock(store):
        _sweep_removed(store)
        gone = held.select(selection)
        # What a newer build has no table of any more still lies in the releases before it.
        held_elsewhere = _in_older_releases(store, name, selection)
        held_elsewhere |= held_by_mixtures(store, name, selection)
        gone = gone._replace(keys=gone.keys | held_elsewhere)
        known = selection.digest in tombstones.load(store, name).digests
        if not (gone.keys or gone.uris or known):
            raise LookupError(held.nothing_of(selection))
        tombstones.add(store, name, selection)
        gone = held.withdraw(gone)
        released = _released(store, name, gone)
        human_reviews.forget(store, name, lambda task: task[:-3] in gone.keys)
        _forget_answers(store, name, gone)
        for partition, record in partition_records(store, name).items():
            changed: Json = held.record_without(partition, record, gone)
            path = record_path(store, name, partition)
            disk.write_file(store, path, canonical(changed).encode())
            held.purge_partition(partition, gone)
        made = held.publish(gone)
        # Older ones last: a killed deletion finds again what only they tell of.
        removed = _mixtures_without(store, name, gone) + _older_without(store, name, made, gone)
        held.finish(gone)
    return Deleted(released, len(gone.keys), len(gone.uris), removed, made)


def _in_older_releases(store: Path, corpus: str, selection: Selection) -> frozenset[str]:
    """Return the keys of samples that are meant, of any release that is there."""
    keys: set[str] = set()
    for path in sorted((store / corpus / "releases").glob("*/manifest.json")):
        made = manifest.load(store, corpus, path.parent.name)
        parts: Any = made.plan_inputs.get("inputs", {})
        # Another night may have a file of the same name: where one is meant and one is not, the
        # records of nights tell them apart (`select`), and this does not.
        said: dict[str, set[bool]] = {}
        for inputs in parts.values():
            for uri, v in inputs.get("sources", {}).items():
                covered = selection.kind != "key" and selection.covers("", Source(uri, *v))
                said.setdefault(uri, set()).add(covered)
        for o in manifest.outcomes(store, made):
            by_key = selection.kind == "key" and o.key == selection.value
            if o.unit == "scene" and (by_key or said.get(o.source) == {True}):
                keys.add(o.key)
    return frozenset(keys)


def held_by_mixtures(store: Path, corpus: str, selection: Selection) -> frozenset[str]:
    """Return the keys of what is meant that only mixtures still hold.

    A mixture keeps the shards of a release that was swept since: what lies in them is asked of the
    samples themselves.
    """
    releases = (store / corpus / "releases").glob("*/manifest.json")
    known = {s.name for p in releases for s in manifest.load(store, corpus, p.parent.name).shards}
    keys: set[str] = set()
    for _, made in _mixtures_of(store, corpus):
        shards = ShardStore(store)
        for shard in made.shards:
            if not shard.name.startswith(f"{corpus}/") or shard.name in known:
                continue
            known.add(shard.name)
            for key, files in shards.read(shard):
                sources = samples.read(files["json"]).spec.sources or (_NOBODY,)
                if any(selection.covers(key, s) for s in sources):
                    keys.add(key)
    return frozenset(keys)


def _mixtures_of(store: Path, corpus: str) -> Iterator[tuple[Path, Release]]:
    """Yield the releases of mixtures that have a corpus among their parts."""
    for path in sorted(store.glob("*/releases/*/manifest.json")):
        owner, plan = path.parent.parent.parent.name, path.parent.name
        if owner != corpus:
            made = manifest.load(store, owner, plan)
            parts: Any = made.plan_inputs.get("parts", {})
            if corpus in parts:
                yield path, made


def answers_without(record: Record, gone: DeletionTargets) -> Record:
    """Return the answers of a record that what stays was made from, by sample's key."""
    return {k: v for k, v in record.get("answers", {}).items() if k not in gone.keys}


def _released(store: Path, corpus: str, gone: DeletionTargets) -> int:
    """Return how many samples of the newest release go."""
    if manifest.latest(store, corpus) is None:
        return 0
    ended = manifest.outcomes(store, manifest.load(store, corpus))
    kept = (o for o in ended if o.unit == "scene" and o.outcome == manifest.KEPT)
    return sum(o.key in gone.keys for o in kept)


def _forget_answers(store: Path, name: str, gone: DeletionTargets) -> None:
    """Leave in the ledger only answers that what stays was made from, in any corpus of the store.

    So go the answers of pilots, of other models and of builds that were cut short, too: whom they
    are about is not written beside them.
    """
    path = store / model_file.LEDGER
    if not path.exists():
        return
    kept: set[str] = set()
    for other in {p.parent.parent.name for p in store.glob("*/partitions/*")}:
        for record in partition_records(store, other).values():
            for key, answers in record.get("answers", {}).items():
                if other != name or key not in gone.keys:
                    kept.update(answers)
    Ledger(f"sqlite:///{path}").keep_only(kept)


def _older_without(store: Path, corpus: str, made: Release | None, gone: DeletionTargets) -> int:
    """Remove older releases that hold what is gone; how many there were."""
    removed = 0
    for path in sorted((store / corpus / "releases").glob("*/manifest.json")):
        plan = path.parent.name
        if made is not None and plan == made.plan:
            continue
        older = manifest.load(store, corpus, plan)
        if any(gone.of(o) for o in manifest.outcomes(store, older)):
            removed_releases.note(store, older, removed_releases.TAKE_DOWN)
            _remove(path)
            removed += 1
    return removed


def _remove(path: Path) -> None:
    """Remove a release by its manifest, which goes first: what is left of it is none."""
    path.unlink()
    shutil.rmtree(path.parent)


def _sweep_removed(store: Path) -> None:
    """Remove what a killed deletion has left of releases."""
    for folder in store.glob("*/releases/*"):
        if folder.is_dir() and not (folder / "manifest.json").exists():
            shutil.rmtree(folder)


def _mixtures_without(store: Path, name: str, gone: DeletionTargets) -> int:
    """Remove releases of mixtures that hold what is gone; how many there were."""
    removed = 0
    for path, made in [*_mixtures_of(store, name)]:
        if any(gone.of(o) for o in manifest.outcomes(store, made)):
            removed_releases.note(store, made, removed_releases.TAKE_DOWN)
            _remove(path)
            if manifest.latest(store, made.corpus) == made.plan:
                (store / made.corpus / "latest").unlink()
            removed += 1
    return removed
