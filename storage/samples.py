"""The JSON of a shard's record: spec, scene and kept tasks of one sample.

Maps whose keys vary from record to record (attributes, states, parameters) stand in it as JSON
text: readers that infer one type for a column from the first records (Hugging Face `datasets`)
would drop, or stumble over, every key they had not seen there.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from corpuswright.storage.records import (
    Annotation,
    Release,
    Scene,
    Spec,
    Task,
    canonical,
    from_dict,
    to_dict,
)
from corpuswright.storage.shards import webdataset

VERSION = 2  # bump when the same sample is written in another way

_MAPS = ("attributes", "parameters", "state", "expected", "value")


class Body(NamedTuple):
    """What a record's JSON holds."""

    spec: Spec
    scene: Scene
    tasks: tuple[Task, ...]
    annotations: tuple[Annotation, ...]


def write(
    spec: Spec, scene: Scene, tasks: Sequence[Task], annotations: Sequence[Annotation] = ()
) -> bytes:
    """Return the JSON of a record; deterministic."""
    plain: dict[str, Any] = {
        "key": spec.key,
        "spec": to_dict(spec),
        "scene": to_dict(scene),
        "tasks": [to_dict(t) for t in tasks],
        "annotations": [to_dict(a) for a in annotations],
    }
    for holder in _holders(plain):
        for name in _MAPS:
            if name in holder:
                holder[name] = canonical(holder[name])
    return canonical(plain).encode()


def _holders(plain: dict[str, Any]) -> list[dict[str, Any]]:
    lists = (plain["scene"]["elements"], plain["tasks"], plain["annotations"])
    return [plain["spec"], plain["scene"], *(item for items in lists for item in items)]


def read(data: bytes) -> Body:
    """Return what `data` holds; raises RecordError if it is no record."""
    plain: dict[str, Any] = json.loads(data)
    for holder in _holders(plain):
        for name in _MAPS:
            if name in holder:
                holder[name] = json.loads(holder[name])
    return Body(
        from_dict(Spec, plain["spec"]),
        from_dict(Scene, plain["scene"]),
        tuple(from_dict(Task, t) for t in plain["tasks"]),
        tuple(from_dict(Annotation, a) for a in plain["annotations"]),
    )


class Record(NamedTuple):
    """One sample as it lies in a shard: key and files by extension."""

    key: str
    files: Mapping[str, bytes]


def open_shard(path: Path) -> io.BufferedReader:
    """Open a shard that the manifest names; ShardError where it is not there."""
    try:
        return path.open("rb")
    except FileNotFoundError:
        raise webdataset.ShardError(
            f"{path}: expected a shard that the manifest names, found none; build it again"
        ) from None


def read_record(store: Path, release: Release, key: str) -> Record | None:
    """Return one sample's record; None if the release does not hold it.

    Raises:
        ShardError: The record is truncated or altered.
    """
    for shard in release.shards:
        if shard.first_key <= key <= shard.last_key:
            for place in webdataset.read_index(store, shard):
                if place.key == key:
                    with open_shard(store / shard.name) as f:
                        f.seek(place.offset)
                        data = f.read(place.length)
                    webdataset.check_record(data, place, store / shard.name)
                    return Record(key, webdataset.split_record(data, key))
    return None
