"""Packs: rendered media as immutable tars named by their content's hash.

Rows of tables point into packs with `MediaRef`; media bytes are never shuffled. A pack that no row
points to is swept.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, cast

from corpuswright.storage import disk
from corpuswright.storage.keys import sha256
from corpuswright.storage.records import MediaRef, from_dict, to_dict
from corpuswright.storage.shards import tar

FOLDER = "packs"
_REF_FIELDS = {"uri", "offset", "length", "sha256"}


class PackError(disk.StorageError):
    """A pack is missing, truncated or altered."""


def write_pack(store: Path, files: Mapping[str, bytes]) -> dict[str, MediaRef]:
    """Write `files` as one pack of `store` and return where each lies; fsynced on return."""
    chunks: list[bytes] = []
    places: dict[str, tuple[int, int]] = {}
    offset = 0
    for name, data in sorted(files.items()):
        chunk = tar.member(name, data)
        places[name] = (offset + tar.BLOCK, len(data))
        offset += len(chunk)
        chunks.append(chunk)
    chunks.append(tar.END)
    digest = hashlib.sha256()
    for chunk in chunks:
        digest.update(chunk)
    uri = f"{FOLDER}/{digest.hexdigest()}.tar"
    if not (store / uri).exists():
        disk.publish(disk.stage(store, "pack.tar", chunks), store / uri)
    return {
        name: MediaRef(uri, start, length, sha256(files[name]))
        for name, (start, length) in places.items()
    }


def read(store: Path, ref: MediaRef) -> bytes:
    """Return the bytes behind `ref`, checked against its sha256.

    Raises:
        PackError: The pack is missing, too short, or the bytes differ.
    """
    path = store / ref.uri
    try:
        with path.open("rb") as f:
            f.seek(ref.offset)
            data = f.read(ref.length)
    except FileNotFoundError:
        raise PackError(
            f"{path}: expected a pack, found none; restore it or render again"
        ) from None
    if len(data) != ref.length:
        raise PackError(
            f"{path}: expected {ref.length} bytes at {ref.offset}, found {len(data)}; the pack is "
            "truncated: delete it and build again"
        )
    if (seen := sha256(data)) != ref.sha256:
        raise PackError(
            f"{path}: expected sha256 {ref.sha256} at {ref.offset}, found {seen}; the pack was "
            "altered: delete it and build again"
        )
    return data


def without(store: Path, uri: str, gone: Callable[[str], bool]) -> dict[int, MediaRef]:
    """Write a pack again without the members whose names are `gone`.

    Returns:
        For the offset of each member that stays, where it lies now.
    """
    stay: dict[str, tuple[int, bytes]] = {}
    with (store / uri).open("rb") as f:
        for member in tar.members(store / uri):
            if not gone(member.name):
                f.seek(member.offset)
                stay[member.name] = (member.offset, f.read(member.length))
    if not stay:
        return {}
    refs = write_pack(store, {name: data for name, (_, data) in stay.items()})
    return {offset: refs[name] for name, (offset, _) in stay.items()}


def replaced(value: Any, place: Callable[[MediaRef], MediaRef]) -> Any:
    """Return a row's JSON value with every reference into a pack put through `place`."""
    if isinstance(value, dict):
        plain = cast(dict[str, Any], value)
        if plain.keys() == _REF_FIELDS:
            return to_dict(place(from_dict(MediaRef, plain)))
        return {k: replaced(v, place) for k, v in plain.items()}
    if isinstance(value, list):
        return [replaced(v, place) for v in cast(list[Any], value)]
    return value


def refs_in(value: Any) -> set[MediaRef]:
    """Return every reference into a pack that a row's JSON value holds."""
    found: set[MediaRef] = set()

    def seen(ref: MediaRef) -> MediaRef:
        found.add(ref)
        return ref

    replaced(value, seen)
    return found


def sweep(store: Path, used: Iterable[str]) -> int:
    """Remove packs whose uri is not in `used`; call with the writer lock held."""
    keep = set(used)
    gone = [p for p in (store / FOLDER).glob("*.tar") if f"{FOLDER}/{p.name}" not in keep]
    for path in gone:
        path.unlink()
    return len(gone)
