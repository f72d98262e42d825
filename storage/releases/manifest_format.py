"""The text of `manifest.json`: versioned, closed, and held against itself before it is trusted.

A reader refuses what it does not know (a version of the future, a field), what does not add up
(counts and shards, the list of shards and its hash), and names that lead out of the store.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any, cast

from corpuswright.storage import disk
from corpuswright.storage.keys import sha256
from corpuswright.storage.records import (
    RecordError,
    Release,
    ShardManifest,
    canonical,
    from_dict,
    to_dict,
)

FORMAT = 1  # who changes the fields counts on, and has `upgraded` make the older ones anew

_SHARD = re.compile(r"[a-z][a-z0-9_]*/shards/\w[\w+-]*\.tar", re.ASCII)
_INDEX = re.compile(r"[a-z][a-z0-9_]*/shards/\w[\w+-]*\.index\.parquet", re.ASCII)
_FILE = re.compile(r"\w[\w.-]*(?:/\w[\w.-]*)*", re.ASCII)
_CORPUS = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)
PLAN = re.compile(r"[0-9a-f]{16}")
_OWN = ("format", "shards_sha256")


class ReleaseError(disk.StorageError):
    """A release is missing, incomplete or does not hold what its manifest says."""


class OtherVersion(ReleaseError):
    """A manifest has other fields than this version writes."""


def written(release: Release) -> bytes:
    """Return a release as `manifest.json` holds it."""
    plain = {**to_dict(release), "format": FORMAT, "shards_sha256": _hash(release.shards)}
    return canonical(plain).encode() + b"\n"


def read(data: bytes, where: object) -> Release:
    """Return the release that a manifest's bytes hold.

    Raises:
        OtherVersion: It is of another format than this program's; says which.
        ReleaseError: It is damaged: it does not add up, or names what lies outside a store.
    """
    plain = _plain(data, where)
    version = plain.get("format", 0)
    if version != FORMAT:
        raise OtherVersion(_other(version, where))
    made = _release(plain, where)
    if plain["shards_sha256"] != _hash(made.shards):
        raise ReleaseError(
            f"{where}: its list of shards is not the one that was written (another hash): a shard "
            "was taken out, put in or changed; build it again"
        )
    _add_up(made, where)
    return made


def upgraded(data: bytes, where: object) -> bytes:
    """Return a manifest of any earlier format as one of this; one of this as it is.

    Raises:
        OtherVersion, ReleaseError: As `read`.
    """
    plain = _plain(data, where)
    if plain.get("format", 0) == FORMAT:
        read(data, where)
        return data
    if "format" in plain:
        raise OtherVersion(_other(plain["format"], where))
    made = _release({**plain, **dict.fromkeys(_OWN)}, where)  # format 0 had neither
    _add_up(made, where)
    return written(made)


def _plain(data: bytes, where: object) -> dict[str, Any]:
    try:
        plain: object = json.loads(data)
    except ValueError as error:
        raise OtherVersion(f"{where}: expected a manifest, saw no JSON: {error}") from error
    if not isinstance(plain, dict):
        raise OtherVersion(f"{where}: expected a manifest, saw a {type(plain).__name__}")
    return cast(dict[str, Any], plain)


def _other(version: object, where: object) -> str:
    if version == 0:
        return (
            f"{where}: expected a manifest of format {FORMAT}, saw one from before formats had "
            "numbers; `corpuswright upgrade` makes it one"
        )
    return (
        f"{where}: expected a manifest of format {FORMAT}, saw format {version!r}: it is of "
        "another version of Corpuswright, a newer one reads it"
    )


def _release(plain: Mapping[str, Any], where: object) -> Release:
    _closed(plain, {f.name for f in fields(Release)} | {*_OWN}, where)
    for shard in plain["shards"] if isinstance(plain["shards"], list) else ():
        _closed(shard, {f.name for f in fields(ShardManifest)}, where)
    try:
        made = from_dict(Release, {k: v for k, v in plain.items() if k not in _OWN})
    except RecordError as error:
        raise OtherVersion(
            f"{where}: expected a manifest as this version writes it; the store is of another "
            f"version, or damaged: {error}"
        ) from error
    named = [(_CORPUS, made.corpus), (PLAN, made.plan), *((_FILE, name) for name in made.files)]
    named += [(_SHARD, s.name) for s in made.shards] + [(_INDEX, s.index) for s in made.shards]
    if odd := [name for kind, name in named if not kind.fullmatch(name)]:
        raise ReleaseError(f"{where}: expected names of files of a store, saw {odd[0]!a}")
    if any(".." in name.split("/") for name in made.files):
        raise ReleaseError(f"{where}: expected names of files of a store, saw one with ..")
    return made


def _closed(plain: Any, known: set[str], where: object) -> None:
    seen: set[str] = set(plain) if isinstance(plain, dict) else set()  # type: ignore[arg-type]
    if seen != known:
        odd = [f"no {n}" for n in sorted(known - seen)] + [f"{n!a}" for n in sorted(seen - known)]
        raise OtherVersion(
            f"{where}: expected a manifest as this version writes it; the store is of another "
            f"version, or damaged: saw {', '.join(odd[:5])}"
        )


def _hash(shards: Sequence[ShardManifest]) -> str:
    return sha256(canonical([to_dict(s) for s in shards]))


def _add_up(made: Release, where: object) -> None:
    """Raise ReleaseError where counts, or keys, are not what shards hold."""
    for unit, held in (
        ("scene", sum(s.samples for s in made.shards)),
        ("task", sum(s.tasks for s in made.shards)),
    ):
        kept = made.counts.get(unit, {}).get("kept", held)
        if kept != held:
            raise ReleaseError(f"{where}: it counts {kept} {unit}s, its shards hold {held}")
    names = [s.name for s in made.shards]
    if len(set(names)) != len(names):
        raise ReleaseError(f"{where}: it names a shard twice")
    for s in made.shards:
        if not s.first_key <= s.last_key or min(s.samples, s.tasks + 1, s.bytes) < 1:
            raise ReleaseError(
                f"{where}: {s.name} has {s.samples} samples from {s.first_key!a} to {s.last_key!a} "
                f"in {s.bytes} bytes, which no shard has"
            )
