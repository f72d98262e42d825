"""The one face of all corpora: what the command line, Dagster and Python know of any of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from corpuswright.assets.builds.options import BuildOptions
from corpuswright.assets.builds.reports import Deleted
from corpuswright.assets.builds.steps import Step
from corpuswright.storage.build_state.tombstones import Selection
from corpuswright.storage.records import Json, Release

Log = Callable[[str], None]


class Input(NamedTuple):
    """What a corpus is made from, as an upstream asset.

    Attributes:
        key: Of the asset: a package, a user's source, or another corpus's release.
        about: What it is, with licence and author where they are known.
        kinds: As `Step` has them.
    """

    key: tuple[str, ...]
    about: str
    kinds: frozenset[str] = frozenset()


class Build(Protocol):
    """A build of one corpus, opened on a store; nothing is written before a step is taken."""

    @property
    def store(self) -> Path:
        """The store's folder."""
        ...

    @property
    def cost(self) -> float:
        """What models have cost in this build, in the currency of their prices."""
        ...

    def check(self) -> None:
        """Raise SourceError if there is nothing to build from; quick, before any work."""
        ...

    def is_done(self, partitions: Sequence[str]) -> bool:
        """Say whether the newest release holds these partitions as they would be built now."""
        ...

    def stale_partitions(self) -> list[str]:
        """Return partitions that were built from something else than what is there now."""
        ...

    def next_partition(self) -> str | None:
        """Return the partition that a night adds; None where there is nothing to add."""
        ...


class Engine(NamedTuple):
    """What builds corpora of one sort: units in a pool of workers, or tables on Spark.

    Attributes:
        open: Corpus, options, log → a build of it.
        publish: An open build, and what stands no part of the deterministic bytes → the release,
        committed.
        why_nothing: An open build, partitions → lines, most frequent reason first: none was kept.
        delete: Corpus, store, what is meant → what went (`builds.deletion`).
        estimate: An open build, a partition, samples → lines that say what a build of so many will
            cost, measured on what the store has; None for an engine that cannot tell.
    """

    open: Callable[[Any, BuildOptions, Log], Build]
    publish: Callable[[Any, Json], Release]
    why_nothing: Callable[[Any, Sequence[str]], list[str]]
    delete: Callable[[Any, Path, Selection], Deleted]
    estimate: Callable[[Any, str, int], list[str]] | None = None


class Corpus(Protocol):
    """A corpus: what it is made by, step by step.

    Attributes:
        name: The slug in keys, on disk, on the command line, and its group in Dagster.
        summary: What it is made of and what it teaches, in a line.
        about: What a record holds and how it was checked, for the card.
        recipe: Parameters, part of the plan's hash.
        versions: Of the code behind each step, bumped by hand when output changes.
        units: What a page, scene and task of its outcomes are called.
        engine: What builds it.
        remote: Whether its shards can lie elsewhere (`BuildOptions.shards`).
    """

    @property
    def name(self) -> str: ...  # noqa: D102 (Attributes, above)
    @property
    def summary(self) -> str: ...  # noqa: D102
    @property
    def about(self) -> str: ...  # noqa: D102
    @property
    def recipe(self) -> Json: ...  # noqa: D102
    @property
    def versions(self) -> Mapping[str, int]: ...  # noqa: D102
    @property
    def units(self) -> Mapping[str, str]: ...  # noqa: D102
    @property
    def remote(self) -> bool: ...  # noqa: D102
    @property
    def engine(self) -> Engine: ...  # noqa: D102
    @property
    def steps(self) -> Sequence[Step[Any]]:
        """Its steps, in order; the last one leaves shards."""
        ...

    @property
    def inputs(self) -> Sequence[Input]:
        """What it is made from."""
        ...

    def accepts(self, recipe: Json, /) -> object:
        """Raise ValueError for a recipe with a value that makes no sense."""
        ...
