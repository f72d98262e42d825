"""A mixture: one release over the shards of several corpora, each with its share of the samples.

The parts are ordinary releases in the same store; the mixture names their shards, copies nothing.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from corpuswright.assets.builds import release as build_release
from corpuswright.assets.grounding.mixture import Mixture
from corpuswright.assets.synthesis import outcomes as synthesis_outcomes
from corpuswright.assets.synthesis import release
from corpuswright.assets.synthesis.corpus import Corpus
from corpuswright.storage import disk
from corpuswright.storage.build_state.feature_tables import Tables
from corpuswright.storage.keys import sha256
from corpuswright.storage.records import Outcome, Release, ShardManifest, canonical
from corpuswright.storage.releases import manifest

Tally = dict[str, dict[str, Any]]


def tally(store: Path, corpus: Corpus, inputs: Mapping[str, Any]) -> Tally:
    """Return, by kind of task, how many a release tried, kept, and rejected for what reason."""
    tables = Tables(store, corpus.name, corpus.stages())
    tried: Counter[str] = Counter()
    kept: Counter[str] = Counter()
    reasons: dict[str, Counter[str]] = {}
    for partition, made_from in inputs.items():
        for j in synthesis_outcomes.judge(tables, corpus.stages(), partition, made_from["samples"]):
            for task in j.tasks:
                reason = j.verdicts[task.key][0] or (f"scene: {j.reason}" if j.reason else "")
                tried[task.kind] += 1
                kept[task.kind] += not reason
                if reason:
                    reasons.setdefault(task.kind, Counter())[reason] += 1
    return {
        kind: {
            "tried": n,
            "kept": kept[kind],
            "rejected": dict(sorted(reasons.get(kind, Counter()).items())),
        }
        for kind, n in sorted(tried.items())
    }


def having(mixture: Mixture, store: Path) -> list[str]:
    """Return the optional parts that the store has a release of."""
    return [n for n in mixture.optional if manifest.latest(store, n) is not None]


def is_done(mixture: Mixture, store: Path) -> bool:
    """Say whether the newest release of a mixture is of its parts' newest releases."""
    try:
        made = manifest.load(store, mixture.name)
    except manifest.ReleaseError:
        return False
    newest = {n: manifest.latest(store, n) for n in (*mixture.weights, *having(mixture, store))}
    same = made.plan_inputs.get("parts") == newest and made.plan_inputs.get(
        "weights"
    ) == mixture.shares(having(mixture, store))
    return same and manifest.exists(store, mixture.name, made.plan)


def commit(
    mixture: Mixture, corpora: Sequence[Corpus], store: Path, run: Mapping[str, Any]
) -> Release:
    """Commit the mixture of the newest releases of its parts, with the table of their tasks.

    Of `corpora` the optional ones may have no release.

    Raises:
        ReleaseError: A part has no release.
    """
    there = {*mixture.weights, *having(mixture, store)}
    corpora = [c for c in corpora if c.name in there]
    parts = {c.name: manifest.load(store, c.name) for c in corpora}
    outcomes: list[Outcome] = []
    shards: list[ShardManifest] = []
    inputs: dict[str, Any] = {}
    examined: dict[str, Any] = {}
    tasks: dict[str, Tally] = {}
    for corpus in corpora:
        name = corpus.name
        part = parts[name]
        outcomes += manifest.outcomes(store, part)
        shards += part.shards
        found: Any = part.plan_inputs["inputs"]
        inputs |= {f"{name}/{p}": i for p, i in found.items()}
        folder = manifest.folder(store, name, part.plan)
        looked = json.loads((folder / "expectations.json").read_text())
        examined |= {f"{name}/{p}": e for p, e in looked.items()}
        tasks[name] = tally(store, corpus, found)
    units = sorted({u for part in parts.values() for u in part.counts})
    expected = {u: sum(sum(p.counts.get(u, {}).values()) for p in parts.values()) for u in units}
    counted = manifest.balance(outcomes, expected)
    build_release.match(counted, shards)
    plan_inputs: dict[str, Any] = {
        "corpus": mixture.name,
        "weights": mixture.shares(having(mixture, store)),
        "missing": {n: w for n, w in mixture.optional.items() if n not in there},
        "parts": {n: p.plan for n, p in parts.items()},
        "partitions": {p: manifest.plan_hash(i) for p, i in inputs.items()},
        "inputs": inputs,
    }
    files = {
        "expectations.json": canonical(examined).encode() + b"\n",
        "tasks.json": canonical(tasks).encode() + b"\n",
        "outcomes.parquet": manifest.outcomes_bytes(outcomes),
    }
    made = Release(
        corpus=mixture.name,
        plan=manifest.plan_hash(plan_inputs),
        plan_inputs=plan_inputs,
        shards=tuple(sorted(shards, key=lambda s: s.first_key)),
        counts=counted.counts,
        rejections=counted.rejections,
        files={n: sha256(d) for n, d in files.items()},
    )
    with disk.writer_lock(store):
        manifest.commit(store, made, files, run)
        build_release.write_beside(store, made)
    release.write_looks(store, made)
    return made


def table(store: Path, made: Release) -> list[str]:
    """Return the table of tasks by corpus and kind, as lines of text."""
    found = json.loads((manifest.folder(store, made.corpus, made.plan) / "tasks.json").read_text())
    lines = [f"{'':18} {'task':22} {'tried':>6} {'kept':>6}  rejected"]
    for name, kinds in found.items():
        for kind, n in kinds.items():
            why = ", ".join(f"{r} {c}" for r, c in n["rejected"].items())
            line = f"{name:18} {kind:22} {n['tried']:6} {n['kept']:6}  {why}"
            lines.append(line.rstrip())
    return lines
