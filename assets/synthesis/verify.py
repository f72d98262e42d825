"""The step that verifies: tasks are performed and read back; then a model words some, and proposes.

What a model says is asked for here and judged where shards are written, from the ledger alone.
"""

from __future__ import annotations

import time

from corpuswright.annotators.llm import model_file
from corpuswright.assets.builds.reports import Report
from corpuswright.assets.synthesis import proposed_tasks, rewording
from corpuswright.assets.synthesis.build import SynthesisBuild
from corpuswright.assets.synthesis.executors import Unit
from corpuswright.assets.synthesis.run_stages import first, report, run, take
from corpuswright.storage import disk


def verified(build: SynthesisBuild, partition: str) -> Report:
    """Replay and read back; render on, in key order, until enough samples are kept."""
    start = time.monotonic()
    made = 0
    wanted = first(build, partition)
    total = len(build.tables.read("spec", partition))
    while True:
        for stage in ("scene", "instructions", "replay", "verified"):
            taken = take(build, stage, partition, wanted)
            made += taken.made if stage == "verified" else 0
        kept = sum(not j.reason for j in build.judged(partition))
        if build.options.samples is None or kept >= build.options.samples or wanted >= total:
            break
        wanted = min(total, wanted + max(8, build.options.samples - kept))
    _reword(build, partition)
    _propose(build, partition)
    return report("verified", made, build.tables.read("verified", partition), start)


def _reword(build: SynthesisBuild, partition: str) -> None:
    """Ask the model, if there is one, about every kept task; answers stay in the ledger."""
    if build.model is None:
        return
    start, found = time.monotonic(), build.judged(partition)
    asking = model_file.client(build.store, build.corpus.name, build.model)
    number = sum(not r for j in found if not j.reason for r, _ in j.verdicts.values())
    before = asking.ledger.spent(build.corpus.name)
    pairs = rewording.pairs_of(build.store, found, build.model.endpoint.takes_images)
    rewording.ask(asking, build.model, pairs, number, build.corpus.name)
    spent = asking.ledger.spent(build.corpus.name)
    build.cost += spent.cost - before.cost
    if spent.calls > before.calls:
        build.log(
            f"{build.corpus.name} words: {number} tasks in {time.monotonic() - start:.1f} s, "
            f"{spent.calls - before.calls} calls, {spent.tokens - before.tokens} tokens, "
            f"cost {spent.cost - before.cost:.4f}"
        )


def _propose(build: SynthesisBuild, partition: str) -> None:
    """Ask the model for tasks of its own, if it is to make some up, and perform them."""
    if build.model is None or not build.model.invent:
        return
    model, found = build.model, build.judged(partition)
    asking = model_file.client(build.store, build.corpus.name, model)
    images = model.endpoint.takes_images
    number = sum(not j.reason for j in found)
    before = asking.ledger.spent(build.corpus.name)
    asked = proposed_tasks.scenes_of(build.store, found, images)
    proposed_tasks.ask(asking, model, asked, number, build.corpus.name)
    build.cost += asking.ledger.spent(build.corpus.name).cost - before.cost
    bodies: dict[str, str] = {}
    for scene in proposed_tasks.scenes_of(build.store, found, images):
        wanted, _, _ = proposed_tasks.proposals(asking, model, scene)
        if wanted:
            bodies[scene.key] = proposed_tasks.unit(scene, wanted)
    with disk.writer_lock(build.store):
        roots = {k: {"invented": proposed_tasks.version(b)} for k, b in bodies.items()}
        work = build.tables.resolve("invented", partition, roots)
        units = [Unit(k, bodies[k]) for k in work.todo]
        run(build, "invented", partition, units)
        build.tables.drop("invented", work.orphaned)
