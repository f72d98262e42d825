"""A mixture: one release over the shards of several corpora, each with its share of the samples.

The parts are ordinary releases in the same store; the mixture names their shards, copies nothing.
"""

from __future__ import annotations

import functools
import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from corpuswright.assets.builds import release
from corpuswright.assets.builds.corpus import Engine, Input, Log
from corpuswright.assets.builds.options import BuildOptions
from corpuswright.assets.builds.reports import Deleted
from corpuswright.assets.builds.steps import Step
from corpuswright.assets.synthesis import outcomes as synthesis_outcomes
from corpuswright.assets.synthesis.corpus import UNITS, RenderedCorpus
from corpuswright.assets.synthesis.release import write_looks
from corpuswright.storage import disk
from corpuswright.storage.build_state.feature_tables import Tables
from corpuswright.storage.build_state.tombstones import Selection
from corpuswright.storage.records import Json, Outcome, Release, ShardManifest, canonical
from corpuswright.storage.releases import manifest, manifest_format
from corpuswright.storage.releases.remote_store import ShardStore

Tally = dict[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Mixture:
    """A corpus that is a release over others' shards; it has no steps of its own.

    Attributes are those of `builds.corpus.Corpus`, and:

    Attributes:
        corpora: Its parts, by name.
        weights: Share of the samples by corpus; they sum to 1 with `optional`.
        optional: Shares of corpora that need data of the user's own. Where there is none, the other
            parts share the samples among them, and the release says what is missing.
    """

    name: str
    weights: Mapping[str, float]
    optional: Mapping[str, float]
    corpora: Mapping[str, RenderedCorpus]
    engine: Engine
    summary: str = ""
    about: str = ""
    recipe: Json = field(default_factory=dict[str, Any])
    versions: Mapping[str, int] = field(default_factory=dict[str, int])
    units: Mapping[str, str] = field(default_factory=lambda: UNITS)
    steps: Sequence[Step[Any]] = ()
    remote: bool = False

    @property
    def inputs(self) -> list[Input]:
        """The releases of its parts."""
        return [Input((n, "release"), c.summary) for n, c in self.corpora.items()]

    def accepts(self, recipe: Json, /) -> None:
        """Raise ValueError if a recipe is given: it belongs to the parts."""
        if recipe:
            raise ValueError(f"--set: {self.name} is a mixture: {sorted(recipe)} are its parts'")

    def shares(self, having: Collection[str]) -> dict[str, float]:
        """Return the weights of the parts there are; `having` are the optional ones among them."""
        return {**self.weights, **{n: w for n, w in self.optional.items() if n in having}}

    def samples(self, total: int, having: Collection[str] = ()) -> dict[str, int]:
        """Return how many samples of each corpus make `total`, largest remainders first.

        Args:
            total: Of all parts.
            having: The optional parts that take a share.
        """
        weights = self.shares(having)
        there = sum(weights.values())
        exact = {n: total * w / there for n, w in weights.items()}
        counts = {n: int(v) for n, v in exact.items()}
        order = sorted(exact, key=lambda n: (counts[n] - exact[n], n))
        for name in order[: total - sum(counts.values())]:
            counts[name] += 1
        return {n: max(1, c) for n, c in counts.items()}

    def having(self, store: Path) -> list[str]:
        """Return the optional parts that the store has a release of."""
        return [n for n in self.optional if manifest.latest(store, n) is not None]


class MixtureBuild:
    """A mixture opened on a store that has its parts."""

    def __init__(self, corpus: Mixture, options: BuildOptions, log: Log = print) -> None:
        self.corpus, self.log = corpus, log
        self.store = Path(options.out).resolve()
        self.cost = 0.0

    def check(self) -> None:
        """Do nothing: a part that has no release is told of by `publish`."""

    def is_done(self, partitions: Sequence[str] = ()) -> bool:
        """Say whether the newest release is of its parts' newest releases."""
        mixture, store = self.corpus, self.store
        try:
            made = manifest.load(store, mixture.name)
        except manifest_format.OtherVersion:
            raise  # before hours of work, not after
        except manifest.ReleaseError:
            return False
        having = mixture.having(store)
        newest = {n: manifest.latest(store, n) for n in (*mixture.weights, *having)}
        same = made.plan_inputs.get("parts") == newest
        same = same and made.plan_inputs.get("weights") == mixture.shares(having)
        return same and manifest.exists(store, mixture.name, made.plan)

    def stale_partitions(self) -> list[str]:
        """Return none: a mixture has no partitions."""
        return []

    def next_partition(self) -> str | None:
        """Return None: a mixture has no partitions."""
        return None


def publish(build: MixtureBuild, run: Json) -> Release:
    """Commit the mixture of the newest releases of its parts, with the table of their tasks.

    Raises:
        ReleaseError: A part has no release.
    """
    mixture, store = build.corpus, build.store
    there = {*mixture.weights, *mixture.having(store)}
    corpora = [c for c in mixture.corpora.values() if c.name in there]
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
    plan_inputs: dict[str, Any] = {
        "corpus": mixture.name,
        "weights": mixture.shares(mixture.having(store)),
        "missing": {n: w for n, w in mixture.optional.items() if n not in there},
        "parts": {n: p.plan for n, p in parts.items()},
        "partitions": {p: manifest.plan_hash(i) for p, i in inputs.items()},
        "inputs": inputs,
    }
    files = {
        "expectations.json": canonical(examined).encode() + b"\n",
        "tasks.json": canonical(tasks).encode() + b"\n",
    }
    shards.sort(key=lambda s: s.first_key)
    made, files = release.release_of(mixture.name, plan_inputs, shards, outcomes, units, files)
    with disk.writer_lock(store):
        looks = functools.partial(write_looks, store)
        return release.publish(ShardStore(store), made, files, run, write_reports=looks)


def tally(store: Path, corpus: RenderedCorpus, inputs: Mapping[str, Any]) -> Tally:
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


def _why_nothing(build: MixtureBuild, partitions: Sequence[str]) -> list[str]:
    return []


def _delete(corpus: Mixture, store: Path, selection: Selection) -> Deleted:
    raise LookupError(
        f"{corpus.name} is a mixture and has no samples of its own: delete them from one of "
        f"{', '.join(corpus.corpora)}, and its releases that hold them go too"
    )


ENGINE = Engine(MixtureBuild, publish, _why_nothing, _delete)
