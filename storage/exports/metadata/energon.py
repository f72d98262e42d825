"""Metadata by which megatron-energon (7.4) reads a corpus's newest release where it lies.

`<corpus>/.nv-meta/` names the shards with their counts, and beside each shard stands its `.tar.idx`
(sample offsets as little-endian uint64, then the end of the last sample). The dataset's path for
energon is the corpus's folder.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable
from pathlib import Path

from corpuswright.storage import disk
from corpuswright.storage.records import Release, ShardManifest
from corpuswright.storage.releases import manifest
from corpuswright.storage.shards import webdataset


def write(store: Path, release: Release) -> None:
    """Write the metadata of `release`; call with the writer lock held, after its commit."""
    root = store / release.corpus
    for shard in release.shards:
        target = store / (shard.name + ".idx")
        if not target.exists():
            disk.write_file(store, target, _index(store, shard))
    names = {manifest.from_folder(release.corpus, s.name): s.samples for s in release.shards}
    meta = root / ".nv-meta"
    disk.write_file(store, meta / ".info.json", _json({"shard_counts": names}))
    # YAML is a superset of JSON, so one writer serves all three files.
    parts = {"train": list(names), "val": [], "test": []}
    disk.write_file(store, meta / "split.yaml", _json({"split_parts": parts, "exclude": []}))
    disk.write_file(
        store,
        meta / "dataset.yaml",
        _json({"__module__": "megatron.energon", "__class__": "CrudeWebdataset", "subflavors": {}}),
    )


def _index(store: Path, shard: ShardManifest) -> bytes:
    places = webdataset.read_index(store, shard)
    offsets: Iterable[int] = (*(p.offset for p in places), places[-1].offset + places[-1].length)
    return b"".join(struct.pack("<Q", o) for o in offsets)


def _json(value: object) -> bytes:
    return json.dumps(value, indent=2).encode() + b"\n"
