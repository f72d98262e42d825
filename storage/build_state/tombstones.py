"""What has been withdrawn from a corpus and must not come back, known by hash alone.

A tombstone holds no key, URI or name: who reads a store cannot learn from it what was deleted, but
can tell that a given thing was.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from corpuswright.storage import disk
from corpuswright.storage.keys import sha256
from corpuswright.storage.records import Source, canonical

Kind = Literal["key", "source", "author", "licence", "sha256"]


@dataclass(frozen=True, slots=True)
class Selection:
    """What is to be deleted: a key, a source (URI or site name), an author, a licence, a file."""

    kind: Kind
    value: str

    def covers(self, key: str, source: Source) -> bool:
        """Say whether a sample of `key` with `source` is meant."""
        if self.kind == "source":
            return source.uri == self.value or source.uri.startswith(f"{self.value}/")
        if self.kind == "licence":
            return self.value in licences(source.licence)
        if self.kind == "sha256":
            return self.value == source.sha256
        return self.value == (key if self.kind == "key" else source.author)

    @property
    def digest(self) -> str:
        """What stands in the store for it."""
        return _digest(self.kind, self.value)


def licences(expression: str) -> list[str]:
    """Return an SPDX expression and the licences it is made of: any of them may be named."""
    parts = [p.strip("() ") for p in re.split(r"\s+(?:AND|OR|WITH)\s+", expression)]
    return [expression, *parts] if len(parts) > 1 else [expression]


@dataclass(frozen=True, slots=True)
class Tombstones:
    """All that was withdrawn from one corpus."""

    digests: frozenset[str] = frozenset()

    def hold_key(self, key: str) -> bool:
        """Say whether a sample is withdrawn by its key."""
        return _digest("key", key) in self.digests

    def hold_sha256(self, digest: str) -> bool:
        """Say whether a file is withdrawn by its bytes."""
        return _digest("sha256", digest) in self.digests

    def hold_source(self, source: Source) -> bool:
        """Say whether a source is withdrawn: by URI, site, author or licence."""
        parts = source.uri.split("/")
        names = ["/".join(parts[: i + 1]) for i in range(len(parts))]
        return any(
            _digest(kind, value) in self.digests
            for kind, values in (
                ("source", names),
                ("author", [source.author]),
                ("licence", licences(source.licence)),
            )
            for value in values
        )


def load(store: Path, corpus: str) -> Tombstones:
    """Return a corpus's tombstones; none before the first deletion."""
    try:
        return Tombstones(frozenset(json.loads(_path(store, corpus).read_text())))
    except FileNotFoundError:
        return Tombstones()


def add(store: Path, corpus: str, selection: Selection) -> Tombstones:
    """Write one more tombstone; call with the writer lock held."""
    digests = load(store, corpus).digests | {selection.digest}
    disk.write_file(store, _path(store, corpus), canonical(sorted(digests)).encode())
    return Tombstones(digests)


def seconds(digest: str, start: float, end: float) -> list[str]:
    """Return what a stretch of a video is withdrawn by, as sha256s: each second that it touches.

    Args:
        digest: sha256 of the video.
        start: Of the stretch, s.
        end: Likewise.
    """
    first = int(start)
    return [f"{digest}#{n}" for n in range(first, max(first + 1, math.ceil(end)))]


def _path(store: Path, corpus: str) -> Path:
    return store / corpus / "withdrawn.json"


def _digest(kind: str, value: str) -> str:
    return sha256(f"withdrawn\0{kind}\0{value}")


def plan_part(tombstones: Tombstones) -> Mapping[str, list[str]]:
    """Return what tombstones add to a plan's inputs: nothing where there are none."""
    return {"withdrawn": sorted(tombstones.digests)} if tombstones.digests else {}
