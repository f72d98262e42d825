"""The JSON of a shard's record: spec, scene and kept tasks of one sample.

Maps whose keys vary from record to record (attributes, states, parameters) stand in it as JSON
text: readers that infer one type for a column from the first records (Hugging Face `datasets`)
would drop, or stumble over, every key they had not seen there.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from corpuswright.storage.records import (
    Annotation,
    Scene,
    Spec,
    Task,
    canonical,
    from_dict,
    to_dict,
)

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
