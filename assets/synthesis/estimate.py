"""What a corpus will cost before it is built: calls, tokens, money, bytes and hours, from a pilot.

Bytes and hours are measured on what the store has of the corpus already; calls, tokens and money on
questions that are really put, about up to PILOT tasks. Those answers stay on record: a build that
follows does not pay for them again.
"""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from corpuswright.annotators.llm import model_file
from corpuswright.assets.builds import release, throughput
from corpuswright.assets.synthesis import proposed_tasks as synthesis_proposed_tasks
from corpuswright.assets.synthesis import rewording
from corpuswright.assets.synthesis.build import SynthesisBuild
from corpuswright.storage.build_state import packs
from corpuswright.storage.releases import manifest

PILOT = 100  # tasks: enough for a tenth of error in means of counts that vary by their own size


class CostEstimate(NamedTuple):
    """Totals for `samples` samples; None is what could not be measured."""

    samples: int
    tasks: float
    shard_bytes: float
    pack_bytes: float
    hours: float | None
    calls: float | None
    tokens: float | None
    cost: float | None
    words_kept: float | None

    def lines(self) -> list[str]:
        """Return the estimate for a person."""
        out = [
            f"{self.samples} samples, about {self.tasks:.0f} tasks",
            f"  shards   {self.shard_bytes / 1e9:.2f} GB",
            f"  packs    {self.pack_bytes / 1e9:.2f} GB",
        ]
        if self.hours is not None:
            out.append(f"  machine  {self.hours:.2f} hours as this one (rendering and executing)")
        if self.calls is not None and self.tokens is not None and self.cost is not None:
            out += [
                f"  model    {self.calls:.0f} calls, {self.tokens / 1e6:.2f} M tokens, "
                f"cost {self.cost:.2f} in the currency of the prices",
                f"           {self.words_kept:.0%} of what it writes is kept",
            ]
        return out


def estimate(build: SynthesisBuild, partition: str, samples: int) -> CostEstimate:
    """Return the estimate for `samples` samples of a corpus that has been built in small.

    Raises:
        ReleaseError: The store has no release of the corpus: build a small one first.
        ModelError: A question of the pilot stays unanswered.
    """
    made = manifest.load(build.store, build.corpus.name)
    kept = made.counts["scene"][manifest.KEPT]
    # Other words for a task are no tasks to be asked about.
    ended = [o for o in manifest.outcomes(build.store, made) if o.unit == "task"]
    tasks = sum(o.outcome == manifest.KEPT and o.stage != "words" for o in ended)
    if not kept:
        raise manifest.ReleaseError(f"{build.corpus.name}: nothing was kept to measure by")
    scale = samples / kept
    packed = sum(
        ref.length
        for stage in release.WITH_PACKS
        for row in build.tables.read(stage)
        for ref in packs.refs_in(json.loads(row.body))
    )
    calls = tokens = cost = share = None
    if build.model is not None:
        calls, tokens, cost, share = _pilot(build, partition)
        calls, tokens, cost = (v * tasks * scale for v in (calls, tokens, cost))
        if build.model.invent:
            more = _pilot_of_inventions(build, partition)
            calls, tokens, cost = (
                v + m * kept * scale for v, m in zip((calls, tokens, cost), more, strict=True)
            )
    return CostEstimate(
        samples,
        tasks * scale,
        sum(s.bytes for s in made.shards) * scale,
        packed * scale,
        _hours(build, made.counts["scene"], samples),
        calls,
        tokens,
        cost,
        share,
    )


def _hours(build: SynthesisBuild, scenes: Mapping[str, int], samples: int) -> float | None:
    """Return the hours that so many kept samples take; None where no stage was timed."""
    timed = throughput.read(build.store, build.corpus.name)
    steps = ["scene", "instructions", "replay", "verified"]
    steps += ["invented"] if build.model and build.model.invent else []
    each = [timed[s] for s in steps if s in timed]
    if not each:
        return None
    needed = samples * sum(scenes.values()) / scenes[manifest.KEPT]
    return sum(p.seconds / p.units for p in each) * needed / 3600


def _pilot(build: SynthesisBuild, partition: str) -> tuple[float, float, float, float]:
    """Return calls, tokens and cost a task, and the share of words kept."""
    model = build.model
    assert model is not None
    asking = model_file.client(build.store, build.corpus.name, model)
    found = [j for j in build.judged(partition) if not j.reason]
    known = rewording.pairs_of(build.store, found, model.endpoint.takes_images)
    pairs = list(itertools.islice((p for p in known if not rewording.is_asked(asking, p)), PILOT))
    before, start = asking.ledger.spent(build.corpus.name), time.monotonic()
    rewording.ask(asking, model, pairs, len(pairs), build.corpus.name)
    spent = asking.ledger.spent(build.corpus.name)
    calls = spent.calls - before.calls
    build.log(f"pilot: {len(pairs)} tasks, {calls} calls in {time.monotonic() - start:.1f} s")
    if not calls:
        raise model_file.ModelError(
            "every answer is on record already, so there was nothing to measure; build more "
            "samples first, or name another model"
        )
    words = [rewording.written(asking, model, p) for p in pairs]
    return (
        *_each(pairs, calls, spent.tokens - before.tokens, spent.cost - before.cost),
        _kept(words),
    )


def _pilot_of_inventions(build: SynthesisBuild, partition: str) -> tuple[float, float, float]:
    """Return calls, tokens and cost a sample for a model's own tasks."""
    model, name = build.model, build.corpus.name
    assert model is not None
    asking = model_file.client(build.store, name, model)
    scenes = synthesis_proposed_tasks.scenes_of(
        build.store, build.judged(partition), model.endpoint.takes_images
    )
    new = (s for s in scenes if not synthesis_proposed_tasks.is_asked(asking, model, s))
    chosen = list(itertools.islice(new, max(1, PILOT // model_file.MOST_PROPOSED)))
    if not chosen:
        raise model_file.ModelError(
            "what the model made up is on record for every scene, so there was nothing to measure; "
            "build more samples first, or name another model"
        )
    before = asking.ledger.spent(name)
    synthesis_proposed_tasks.ask(asking, model, chosen, len(chosen), name)
    spent = asking.ledger.spent(name)
    n = len(chosen)
    parts = (spent.calls - before.calls, spent.tokens - before.tokens, spent.cost - before.cost)
    return parts[0] / n, parts[1] / n, parts[2] / n


def _each(
    pairs: Sequence[rewording.Pair], calls: int, tokens: int, cost: float
) -> tuple[float, float, float]:
    n = len(pairs)
    return calls / n, tokens / n, cost / n


def _kept(words: Sequence[rewording.RewordedTasks]) -> float:
    kept = sum(len(w.tasks) for w in words)
    return kept / max(1, kept + sum(len(w.rejected) for w in words))
