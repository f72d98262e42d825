"""Releases: `manifest.json`, written last, is the commit; readers trust it and never a glob.

<corpus>/releases/<plan>/manifest.json    deterministic: plan, shards, counts, files with sha256
<corpus>/releases/<plan>/outcomes.parquet one row for each unit and how it ended
<corpus>/releases/<plan>/run.json         times, engine, costs: outside every promise
<corpus>/shards/<partition>-<sha256>.tar  shared between releases
<corpus>/latest                           the plan hash of the newest release
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from corpuswright.storage import disk
from corpuswright.storage.arrow import table_of
from corpuswright.storage.keys import sha256
from corpuswright.storage.records import (
    Json,
    Outcome,
    Release,
    ShardManifest,
    canonical,
)
from corpuswright.storage.releases import manifest_format
from corpuswright.storage.releases.manifest_format import ReleaseError
from corpuswright.storage.shards import webdataset

KEPT = "kept"
REJECTED = "rejected"


class NoRelease(ReleaseError):
    """A corpus was not built yet, or not by this plan."""


class Balance(NamedTuple):
    """Outcomes of one release, counted."""

    counts: dict[str, dict[str, int]]
    rejections: dict[str, dict[str, int]]


def plan_hash(inputs: Json) -> str:
    """Return the 16 hex digits that name the release made from `inputs`."""
    return sha256(canonical(inputs))[:16]


def units(made: Release) -> Mapping[str, str]:
    """Return what a release's units are called: those of a rendered one, or what its plan says."""
    inputs: Any = made.plan_inputs.get("inputs", {})
    named = next((i["units"] for i in inputs.values() if "units" in i), {})
    return {"page": "page", "state": "state", "scene": "sample", "task": "task", **named}


def is_curated(made: Release) -> bool:
    """Say whether a release holds what was found, and not what was drawn."""
    inputs: Any = made.plan_inputs.get("inputs", {})
    return any("units" in i for i in inputs.values())


def folder(store: Path, corpus: str, plan: str) -> Path:
    """Return the folder of one release."""
    return store / corpus / "releases" / plan


def from_folder(corpus: str, shard: str) -> str:
    """Return a shard's path from its corpus's folder; a mixture's shards lie beside that folder."""
    return os.path.relpath(shard, corpus)


def balance(outcomes: Iterable[Outcome], expected: Mapping[str, int]) -> Balance:
    """Count outcomes and check that nothing was lost or told twice.

    Args:
        outcomes: Every unit's ending.
        expected: For each unit kind how many there must be.

    Raises:
        ReleaseError: A unit ended twice, or kept + rejected is not what was expected.
    """
    seen: set[tuple[str, str]] = set()
    counts: dict[str, Counter[str]] = {unit: Counter() for unit in expected}
    reasons: dict[str, Counter[str]] = {unit: Counter() for unit in expected}
    for o in outcomes:
        if (o.unit, o.key) in seen:
            raise ReleaseError(f"{o.unit} {o.key} ended twice; expected one outcome for each")
        seen.add((o.unit, o.key))
        counts[o.unit][o.outcome] += 1
        if o.outcome == REJECTED:
            reasons[o.unit][o.reason] += 1
    for unit, number in expected.items():
        if (ended := counts[unit].total()) != number:
            raise ReleaseError(f"expected {number} outcomes of unit {unit}, found {ended}")
    return Balance(
        {u: {k: c[k] for k in (KEPT, REJECTED)} for u, c in counts.items()},
        {u: dict(sorted(c.items())) for u, c in reasons.items() if c},
    )


def outcomes_bytes(outcomes: Sequence[Outcome]) -> bytes:
    """Return `outcomes.parquet`: sorted by unit and key, written once."""
    rows = sorted(outcomes, key=lambda o: (o.unit, o.key))
    return webdataset.parquet_bytes(table_of(Outcome, rows))


def outcomes(store: Path, release: Release) -> list[Outcome]:
    """Return how every unit of a release ended, sorted by unit and key."""
    path = folder(store, release.corpus, release.plan) / "outcomes.parquet"
    return [Outcome(**row) for row in webdataset.read_parquet(path.read_bytes()).to_pylist()]


def commit(store: Path, release: Release, files: Mapping[str, bytes], run: Json) -> Path:
    """Write a release: its files, `run.json`, then the manifest, then `latest`.

    Raises:
        ReleaseError: `release.files` does not name exactly the given files with their sha256.
    """
    if dict(release.files) != {name: sha256(data) for name, data in files.items()}:
        raise ReleaseError("release.files must hold the sha256 of exactly the files committed")
    target = folder(store, release.corpus, release.plan)
    for name, data in sorted(files.items()):
        disk.write_file(store, target / name, data)
    disk.write_file(store, target / "run.json", canonical(run).encode() + b"\n")
    disk.write_file(store, target / "manifest.json", manifest_format.written(release))
    point_latest(store, release.corpus, release.plan)
    return target


def point_latest(store: Path, corpus: str, plan: str) -> None:
    """Make `plan` the newest release."""
    disk.write_file(store, store / corpus / "latest", plan.encode() + b"\n")


def latest(store: Path, corpus: str) -> str | None:
    """Return the plan hash of the newest release, or None before the first."""
    try:
        return (store / corpus / "latest").read_text().strip()
    except FileNotFoundError:
        return None


def load(store: Path, corpus: str, plan: str | None = None) -> Release:
    """Return a release's manifest; the newest when `plan` is None.

    Raises:
        NoRelease: There is none.
        OtherVersion: It is of another format; `upgrade` makes an older one ours.
        ReleaseError: It is damaged.
    """
    name = plan or latest(store, corpus)
    if name is None:
        raise NoRelease(
            f"{store / corpus}: expected a release, found none; "
            f"run `corpuswright build {corpus} --out {store}`"
        )
    path = folder(store, corpus, name) / "manifest.json"
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise NoRelease(
            f"{path}: expected the manifest of release {name}, found none; build it again"
        ) from None
    made = manifest_format.read(data, path)
    if (made.corpus, made.plan) != (corpus, name):
        raise ReleaseError(
            f"{path}: expected release {name} of {corpus}, saw {made.plan} of {made.corpus}"
        )
    return made


def upgrade(store: Path, corpus: str) -> list[str]:
    """Make the manifests of all releases of a corpus ones of this version's format.

    Returns:
        The plan hashes of those that were not.

    Raises:
        OtherVersion, ReleaseError: One cannot be read; those before it are done.
    """
    done: list[str] = []
    for path in sorted((store / corpus / "releases").glob("*/manifest.json")):
        before = path.read_bytes()
        after = manifest_format.upgraded(before, path)
        if after != before:
            disk.write_file(store, path, after)
            done.append(path.parent.name)
    return done


def exists(store: Path, corpus: str, plan: str) -> bool:
    """Say whether a release is committed and every file it names is there with its size."""
    if not (folder(store, corpus, plan) / "manifest.json").exists():
        return False
    release = load(store, corpus, plan)
    return all(_has_size(store / s.name, s.bytes) for s in release.shards)


def _has_size(path: Path, size: int) -> bool:
    return path.exists() and path.stat().st_size == size


def verify(store: Path, release: Release) -> list[str]:
    """Return what is wrong with a release's files, one line each: empty when all holds."""
    problems: list[str] = []
    target = folder(store, release.corpus, release.plan)
    for name, digest in release.files.items():
        problems += _compare(target / name, digest)
    seen: set[str] = set()
    for shard in release.shards:
        problems += _verify_shard(store, shard, seen)
    return problems


def _compare(path: Path, digest: str) -> list[str]:
    try:
        seen = webdataset.shard_sha256(path)
    except webdataset.ShardError:
        return [f"{path}: expected a file, found none"]
    return [] if seen == digest else [f"{path}: expected sha256 {digest}, found {seen}"]


def _verify_shard(store: Path, shard: ShardManifest, seen: set[str]) -> list[str]:
    """Return what is wrong with a shard; `seen` are the keys of those before it, its are added."""
    problems = _compare(store / shard.name, shard.sha256)
    try:
        places = webdataset.read_index(store, shard)
    except webdataset.ShardError as error:
        return [*problems, str(error)]
    if problems:
        return problems
    keys = [p.key for p in places]
    for what, expected, found in (
        ("samples", shard.samples, len(keys)),
        ("first key", shard.first_key, keys[0] if keys else ""),
        ("last key", shard.last_key, keys[-1] if keys else ""),
        ("keys in order", sorted(set(keys)), keys),
        ("bytes", shard.bytes, webdataset.size_of(places)),
    ):
        if expected != found:
            problems.append(f"{shard.index}: expected {what} {expected!s:.80}, found {found!s:.80}")
    if twice := seen & set(keys):
        problems.append(f"{shard.index}: {min(twice)} is in another shard too")
    seen.update(keys)
    return problems


def sweep_shards(store: Path, corpus: str) -> int:
    """Remove a corpus's shards that no release of the store names, its own or a mixture.

    Call with the writer lock held.
    """
    kept: set[str] = set()
    for manifest in store.glob("*/releases/*/manifest.json"):
        owner = manifest.parent.parent.parent.name
        for shard in load(store, owner, manifest.parent.name).shards:
            kept |= {shard.name, shard.index, shard.name + ".idx"}
    gone = [
        p for p in (store / corpus / "shards").glob("*") if f"{corpus}/shards/{p.name}" not in kept
    ]
    for path in gone:
        path.unlink()
    return len(gone)
