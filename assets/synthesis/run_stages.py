"""Steps that are stages over units: what is new or stale goes to the workers, what came is kept."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from typing import Any

from corpuswright.assets.builds import progress, throughput
from corpuswright.assets.builds.reports import Report
from corpuswright.assets.synthesis import executors, stages
from corpuswright.assets.synthesis.build import SynthesisBuild
from corpuswright.storage import disk
from corpuswright.storage.build_state.stage_rows import StageRow
from corpuswright.storage.records import canonical


def scenes(build: SynthesisBuild, partition: str) -> Report:
    """Render the specs that are new or stale."""
    return take(build, "scene", partition, first(build, partition))


def instructions(build: SynthesisBuild, partition: str) -> Report:
    """Write tasks for the scenes that are new or stale."""
    return take(build, "instructions", partition, first(build, partition))


def first(build: SynthesisBuild, partition: str) -> int:
    """Return how many specs to begin with: one in eight more than wanted, for rejections."""
    total = len(build.tables.read("spec", partition))
    n = build.options.samples
    return total if n is None else min(total, n + n // 8 + 1)


def take(build: SynthesisBuild, stage: str, partition: str, number: int) -> Report:
    """Run a stage on what is new or stale among the first `number` specs, in key order."""
    start = time.monotonic()
    with disk.writer_lock(build.store):
        order = [r.key for r in build.tables.read("spec", partition)][:number]
        work = build.tables.resolve(stage, partition)
        todo = [k for k in work.todo if k in set(order)]
        units = list(_units(build, stage, partition, todo))
        run(build, stage, partition, units)
        build.tables.drop(stage, work.orphaned)
    return report(stage, len(units), build.tables.read(stage, partition), start)


def _units(
    build: SynthesisBuild, stage: str, partition: str, todo: Sequence[str]
) -> Iterator[executors.Unit]:
    specs = {r.key: r.body for r in build.tables.read("spec", partition)}
    rows = {
        s.name: {r.key: r for r in build.tables.read(s.name, partition)}
        for s in build.corpus.stages()[3:-1]
    }
    refused: list[StageRow] = []
    for key in todo:
        if stage == "scene":
            yield executors.Unit(key, specs[key])
            continue
        scene = rows["scene"][key]
        if scene.reason:
            refused.append(stages.refused(stage, key, "scene_rejected", scene.reason))
            continue
        made = json.loads(scene.body)
        plain: dict[str, Any] = {
            "spec": json.loads(specs[key]),
            "scene": made["scene"],
            "media": made["media"],
        }
        if stage in ("replay", "verified"):
            plain["tasks"] = json.loads(rows["instructions"][key].body)
        if stage == "verified":
            plain["replay"] = json.loads(rows["replay"][key].body)
        yield executors.Unit(key, canonical(plain))
    build.tables.write(stage, partition, refused)


def run(build: SynthesisBuild, stage: str, partition: str, units: Sequence[executors.Unit]) -> None:
    """Have workers do a stage on units; rows are written as they come."""
    worker = stages.Worker(
        build.corpus.reference,
        stage,
        str(build.store),
        {site.name: str(root) for site, root in build.sites},
        {site.name: (tuple(site.allow), site.signed_in) for site, _ in build.sites},
    )
    # Language stages cost milliseconds a unit: a process is worth it for hundreds only.
    pure = stage in ("instructions", "verified")
    # A browser has one pixel ratio; order and batches decide no byte.
    if stage in ("scene", "replay", "invented"):
        units = sorted(units, key=_ratio)
    results = executors.run(
        worker,
        units,
        engine=build.options.engine,
        workers=1 if pure and len(units) < 500 else build.options.workers,
        batch=256 if pure else build.corpus.batch,
        lost=lambda u, why: stages.refused(stage, u.key, *why),
    )
    if not units:
        return
    start = time.monotonic()
    with progress.bar(f"{build.corpus.name} {stage}", len(units)) as bar:
        for rows in results:
            build.tables.write(stage, partition, rows)
            bar.update(len(rows))
    seconds = time.monotonic() - start
    throughput.note(build.store, build.corpus.name, stage, len(units), seconds)
    build.log(f"{build.corpus.name} {stage}: {len(units)} in {seconds:.1f} s")


def _ratio(unit: executors.Unit) -> float:
    plain = json.loads(unit.body)
    return float(plain.get("spec", plain)["parameters"].get("ratio", 1.0))


def report(step: str, made: int, rows: Sequence[StageRow], start: float) -> Report:
    """Return what a step made, and why rows of its table are out."""
    reasons: dict[str, int] = {}
    for r in rows:
        if r.reason:
            reasons[r.reason] = reasons.get(r.reason, 0) + 1
    kept = sum(not r.reason for r in rows)
    return Report(step, made, kept, reasons, time.monotonic() - start)
