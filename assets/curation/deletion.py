"""What a store holds of a curated corpus, for a deletion (`builds.deletion`).

A shard that held some of what goes is written again, from its own bytes. What was dropped as a near
duplicate of it goes with it: it shows the same. The source is not needed: what stays of a shard is
read from the shard. A video that is meant goes with all its clips; a clip goes alone.
"""

from __future__ import annotations

import functools
import json
import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from corpuswright.assets.builds import deletion, release, spark
from corpuswright.assets.builds.deletion import DeletionTargets, answers_without
from corpuswright.assets.builds.options import BuildOptions
from corpuswright.assets.builds.reports import Deleted
from corpuswright.assets.curation import download, listing, rejections
from corpuswright.assets.curation.build import SPILLED, CurationBuild
from corpuswright.assets.curation.corpus import CuratedCorpus
from corpuswright.assets.curation.rejections import MARK
from corpuswright.quality.reports import image_aggregates
from corpuswright.storage import disk, samples
from corpuswright.storage.build_state import packs, tombstones, withdrawn_prints
from corpuswright.storage.build_state.tombstones import Selection
from corpuswright.storage.keys import sample_key, source_id
from corpuswright.storage.records import (
    Outcome,
    Release,
    ShardManifest,
    Source,
    canonical,
    from_dict,
    to_dict,
)
from corpuswright.storage.releases import manifest, remote_store, staging
from corpuswright.storage.releases.remote_store import ShardStore
from corpuswright.storage.shards import tar, webdataset

Record = dict[str, Any]
# Folders of blocks below `work`: those of images, then those of videos and clips.
_BLOCKS = ("measured", "watched", "cut", "scored", "subjects")


def delete(corpus: CuratedCorpus, store: Path, selection: Selection) -> Deleted:
    """Delete what `selection` names from one corpus of a store (`builds.deletion.delete`)."""
    return deletion.delete(CurationDeletion(corpus, store), selection)


class CurationDeletion:
    """Records, tables, packs and shards of one corpus."""

    def __init__(self, corpus: CuratedCorpus, store: Path) -> None:
        self.corpus, self.store, self.name = corpus, store, corpus.name
        # What a killed deletion meant stands in no record any more: it is kept until all is done.
        self.begun = store / corpus.name / "deleting.json"

    @functools.cached_property
    def records(self) -> dict[str, Record]:
        """Records of all partitions, by partition."""
        return release.partition_records(self.store, self.name)

    @functools.cached_property
    def shard_store(self) -> ShardStore:
        """Where shards lie."""
        return remote_store.of(self.store, self.name)

    def select(self, selection: Selection) -> DeletionTargets:
        """Return the inputs that are meant, kept or not, and what a killed deletion had meant."""
        keys = _find(self.records, selection) | {
            key for _, key, source, _ in self._unfinished() if selection.covers(key, source)
        }
        keys |= set(json.loads(self.begun.read_text())) if self.begun.exists() else set()
        # No URIs: another night may have a file of the same name.
        return DeletionTargets(frozenset(keys), frozenset())

    def nothing_of(self, selection: Selection) -> str:
        """Return that nothing is meant."""
        return f"{self.name} holds nothing of {selection.kind} {selection.value}"

    def withdraw(self, gone: DeletionTargets) -> DeletionTargets:
        """Write tombstones of keys and bytes; return what goes, with its near duplicates."""
        keys = set(gone.keys) | _near_duplicates(self.records, set(gone.keys))
        disk.write_file(self.store, self.begun, canonical(sorted(keys)).encode())
        _withdraw(self.corpus, self.store, self.records, keys)
        begun = set[str]()
        for partition, key, source, print_ in self._unfinished():
            if key in keys:
                begun.add(partition)
                tombstones.add(self.store, self.name, Selection("key", key))
                if source.sha256:
                    tombstones.add(self.store, self.name, Selection("sha256", source.sha256))
                withdrawn_prints.add(self.store, self.name, [print_] if print_ else [])
        for partition in sorted(begun):
            _purge(self.store, self.name, partition, DeletionTargets(frozenset(keys), frozenset()))
        return DeletionTargets(frozenset(keys), frozenset())

    def _unfinished(self) -> Iterator[tuple[str, str, Source, bytes]]:
        """Yield partition, key, source and print of inputs that builds without an end have read."""
        work = self.store / self.name / "work"
        found = (work / of for of in (".", *_BLOCKS))
        for folder in sorted(f for of in found for f in of.glob("[0-9][0-9][0-9]") if f.is_dir()):
            if folder.name in self.records:
                continue
            for path in sorted(folder.glob("*.parquet")):
                table = webdataset.read_parquet(path.read_bytes())
                if not {"id", "uri", "sha256"} <= {*table.column_names}:
                    continue
                for row in table.to_pylist():
                    said = (row.get(n) or "" for n in ("uri", "sha256", "licence", "author"))
                    key = sample_key(self.name, row["id"], int(folder.name))
                    yield folder.name, key, Source(*said), row.get("print") or b""

    def record_without(self, partition: str, record: Record, gone: DeletionTargets) -> Record:
        """Return a partition's record without what goes; shards that held some are written anew."""
        return _without(self.shard_store, self.name, partition, record, gone)

    def purge_partition(self, partition: str, gone: DeletionTargets) -> None:
        """Remove what prints, tables and packs say of it."""
        _purge(self.store, self.name, partition, gone)

    def publish(self, gone: DeletionTargets) -> Release | None:
        """Make the newest release anew from the records; None where there was none."""
        if manifest.latest(self.store, self.name) is None:
            return None
        build = CurationBuild(self.corpus, BuildOptions(out=str(self.store)))
        return self.corpus.family.publish(build, {"deleted": True})

    def finish(self, gone: DeletionTargets) -> None:
        """Sweep shards that nothing names any more: all is done."""
        self.shard_store.sweep(self.name)
        self.begun.unlink()


def _find(records: Mapping[str, Record], selection: Selection) -> set[str]:
    """Return the keys of inputs that are meant, kept or not."""
    found: set[str] = set()
    for record in records.values():
        videos = {o["source"] for o in _videos(record) if o["key"] == selection.value}
        for uri, key in _keys(record):
            digest, licence, author = record["inputs"]["sources"].get(uri, ("", "", ""))
            if uri in videos or selection.covers(key, Source(uri, digest, licence, author)):
                found.add(key)
    return found


def _keys(record: Record) -> list[tuple[str, str]]:
    """Return URI and key of each input, and of each clip."""
    own = [(o["source"], o["key"]) for o in record["outcomes"] if o["unit"] == "scene"]
    return own + [(o["source"], o["key"]) for o in _videos(record)]


def _videos(record: Record) -> list[Record]:
    """Return outcomes of the videos that clips were cut from; none of images."""
    return record.get("videos", [])


def _whole(record: Record, keys: Collection[str]) -> set[str]:
    """Return the URIs of inputs that go, of which nothing stays."""
    if "videos" in record:
        return {o["source"] for o in _videos(record) if o["key"] in keys}
    return {uri for uri, key in _keys(record) if key in keys}


def _withdraw(
    corpus: CuratedCorpus, store: Path, records: Mapping[str, Record], keys: set[str]
) -> None:
    """Write tombstones: of keys, and of files' bytes, which another night may bring again."""
    for partition, record in records.items():
        for _, key in _keys(record):
            if key in keys:
                tombstones.add(store, corpus.name, Selection("key", key))
        for second in _seconds(store / corpus.name / "work" / partition, keys):
            tombstones.add(store, corpus.name, Selection("sha256", second))
        for uri in sorted(_whole(record, keys)):
            digest = record["inputs"]["sources"].get(uri, ("",))[0]
            if digest and (corpus.of_images or "videos" in record):
                tombstones.add(store, corpus.name, Selection("sha256", digest))
        folder = store / corpus.name
        tables = (
            folder / "work" / partition / "filtered.parquet",
            *(folder / "partitions" / f"{partition}.{of}" for of in ("prints", "looks")),
        )
        for path in tables:
            withdrawn_prints.add(store, corpus.name, _prints(path, keys))


def _prints(path: Path, keys: Collection[str]) -> Iterator[bytes]:
    """Yield the prints of what goes: of a picture one, of a clip one of each look."""
    table = webdataset.read_parquet(path.read_bytes()) if path.exists() else None
    name = {"print", "prints"} & {*(table.column_names if table is not None else ())}
    if table is None or not name:
        return
    both = (table.column(c).to_pylist() for c in ("key", *name))
    for key, found in zip(*both, strict=True):
        if key.removeprefix(MARK) in keys and found:
            size = withdrawn_prints.BYTES
            yield from (found[i : i + size] for i in range(0, len(found), size))


def _seconds(work: Path, keys: Collection[str]) -> set[str]:
    """Return the seconds of videos that clips touch which go; none of images."""
    path = work / "selected.parquet"
    table = webdataset.read_parquet(path.read_bytes()) if path.exists() else None
    if table is None or "start" not in table.column_names:
        return set()
    rows = table.select(["key", "sha256", "start", "end"]).to_pylist()
    return {
        s
        for r in rows
        if r["key"] in keys
        for s in tombstones.seconds(r["sha256"], r["start"], r["end"])
    }


def _near_duplicates(records: Mapping[str, Record], keys: set[str]) -> set[str]:
    """Return what shows the same as `keys`: whole groups of near duplicates, whoever was kept.

    What was asked for may have been the twin that lost: its picture is in the release under the
    key of the one that won.
    """
    alike: dict[str, set[str]] = {}
    for record in records.values():
        for o in record["outcomes"]:
            if o["reason"] in (rejections.NEAR, *rejections.LIKE):
                alike.setdefault(o["value"], set()).add(o["key"])
            if o["reason"] == rejections.NEAR:
                alike.setdefault(o["key"], set()).add(o["value"])
    found, left = set(keys), list(keys)
    while left:
        more = alike.get(left.pop(), set()) - found
        found |= more
        left += more
    return found - keys


def _without(
    shard_store: ShardStore, corpus: str, partition: str, record: Record, gone: DeletionTargets
) -> Record:
    """Return a partition's record without what goes; shards that held some are written again."""
    outcomes = [o for o in record["outcomes"] if not gone.of(from_dict(Outcome, o))]
    inputs = dict(record["inputs"])
    whole = _whole(record, gone.keys)
    inputs["sources"] = {u: said for u, said in inputs["sources"].items() if u not in whole}
    inputs |= tombstones.plan_part(tombstones.load(shard_store.store, corpus))
    # Another build may place images otherwise, now that there are fewer: its plan is another one.
    before, after = (
        sum(o["unit"] == "scene" for o in found) for found in (record["outcomes"], outcomes)
    )
    inputs["taken_down"] = inputs.get("taken_down", 0) + before - after
    found: list[ShardManifest] = []
    written: list[staging.StagedAttempt] = []
    for plain in record["shards"]:
        shard = from_dict(ShardManifest, plain)
        held = list(shard_store.read(shard))
        left = [(k, f) for k, f in held if k not in gone.keys]
        if len(left) == len(held):
            found.append(shard)
        elif left:
            entries = [webdataset.Entry(k, len(samples.read(f["json"]).tasks), f) for k, f in left]
            label = shard.name.rsplit("/", 1)[1].removeprefix(partition).rpartition("-")[0]
            written.append(
                staging.stage(
                    shard_store, f"{corpus}/shards", partition, entries, len(written), label
                )
            )
    found += staging.publish(shard_store, written)
    names = {s.name for s in found}
    lengths = _lengths(shard_store.store / corpus / "work" / partition / "bucketed.parquet", gone)
    return {
        "plan": manifest.plan_hash(inputs),
        "inputs": inputs,
        "shards": [to_dict(s) for s in sorted(found, key=lambda s: s.name)],
        "groups": {d: n for d, n in record.get("groups", {}).items() if n in names},
        "outcomes": outcomes,
        **({"videos": _videos_without(record, outcomes, gone)} if "videos" in record else {}),
        **({"captions": lengths} if lengths else {}),
        **({"answers": left} if (left := answers_without(record, gone)) else {}),
    }


def _videos_without(
    record: Record, outcomes: Sequence[Record], gone: DeletionTargets
) -> list[Record]:
    """Return the outcomes of videos that stay; one that has lost its last clip says so."""
    left = {o["source"] for o in outcomes if o["unit"] == "scene" and not o["reason"]}
    told = {
        "outcome": manifest.REJECTED,
        "stage": "clips",
        "reason": "no_clip_kept",
        "value": "its clips were taken down",
    }
    return [
        o if o["reason"] or o["source"] in left else {**o, **told}
        for o in _videos(record)
        if o["key"] not in gone.keys
    ]


def _lengths(path: Path, gone: DeletionTargets) -> dict[str, dict[str, float]]:
    """Return how long captions are that stay; nothing where no step has left its table."""
    table = webdataset.read_parquet(path.read_bytes()) if path.exists() else None
    if table is None or "captions" not in table.column_names:
        return {}
    stays = [k not in gone.keys for k in table.column("key").to_pylist()]
    return image_aggregates.lengths(
        rejections.caption_words(table.filter(pa.array(stays, pa.bool_())))
    )


def _purge(store: Path, corpus: str, partition: str, gone: DeletionTargets) -> None:
    """Remove what prints, tables and packs say of what goes; blocks with some of it go whole."""
    folder = store / corpus
    spark.sweep(folder / "work" / SPILLED)
    # Whole tars of the source: the next build unpacks them anew, and passes over what is gone.
    shutil.rmtree(folder / listing.UNPACKED, ignore_errors=True)
    blocks = [p for of in _BLOCKS for p in (folder / "work" / of / partition).glob("*.parquet")]
    holding = _packs(folder, gone)
    for path in [
        *(
            folder / "partitions" / f"{partition}.{of}"
            for of in ("prints", "captions", "looks", "bench")
        ),
        *(folder / "work" / partition).glob("*.parquet"),
        *blocks,
    ]:
        if not path.exists():
            continue
        table = webdataset.read_parquet(path.read_bytes())
        stays = _staying(table, corpus, partition, gone)
        if path in blocks and (not all(stays) or _named(table) & holding):
            path.unlink()  # its name tells what it was made from: the next build makes it anew
        elif not all(stays):
            disk.write_file(
                store, path, webdataset.parquet_bytes(table.filter(pa.array(stays, pa.bool_())))
            )
    for pack in holding:  # last: until then a killed deletion finds them again
        (folder / pack).unlink()
    download.forget(
        folder / "retrieved",
        lambda uri: sample_key(corpus, source_id(uri), int(partition)) in gone.keys,
    )
    for name in ("done.json", "expectations.json"):
        (folder / "work" / partition / name).unlink(missing_ok=True)
    for path in (folder / "subsets").glob("*.parquet"):
        table = webdataset.read_parquet(path.read_bytes())
        stays = [k not in gone.keys for k in table.column("key").to_pylist()]
        left = table.filter(pa.array(stays, pa.bool_()))
        disk.write_file(store, path, webdataset.parquet_bytes(left))


def _staying(table: pa.Table, corpus: str, partition: str, gone: DeletionTargets) -> list[bool]:
    """Say of each row whether it tells of nothing that goes."""
    if "key" in table.column_names:
        # A bench's clips are called by their video (assets.video.splits).
        return [k.removeprefix(MARK) not in gone.keys for k in table.column("key").to_pylist()]
    ids = table.column("id").to_pylist()
    if "windows" not in table.column_names:
        return [sample_key(corpus, i, int(partition)) not in gone.keys for i in ids]
    # A video's row tells of its clips, which have its id and numbers of their own.
    heads = {k.rpartition("-")[0] for k in gone.keys}
    return [sample_key(corpus, i, 0).rpartition("-")[0] not in heads for i in ids]


def _packs(folder: Path, gone: DeletionTargets) -> set[str]:
    """Return the packs that hold something of what goes, whether or not a table names them."""
    found = (folder / packs.FOLDER).glob("*.tar")
    return {
        f"{packs.FOLDER}/{p.name}"
        for p in found
        if any(m.name.partition(".")[0] in gone.keys for m in tar.members(p))
    }


def _named(table: pa.Table) -> set[str]:
    """Return the packs that a block's rows lie in: of clips, or of what was found in them."""
    names = set[str]()
    if "pack" in table.column_names:
        names |= set(table.column("pack").to_pylist())
    if "parts" in table.column_names:
        cells = table.column("parts").to_pylist()
        names |= {ref["uri"] for cell in cells for ref in json.loads(cell).values()}
    return names - {""}
