"""One corpus built: options held to what it accepts, then a Dagster run, if anything is to do."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import replace

from corpuswright.assets.builds.corpus import Corpus
from corpuswright.assets.builds.options import PARTITIONS, BuildOptions
from corpuswright.pipelines.cli.console import DONE, NOTHING_KEPT
from corpuswright.pipelines.cli.make.recipe import accepted, model_accepted, parsed
from corpuswright.storage.inputs.sites import SourceError
from corpuswright.storage.releases.remote_store import ShardStoreError


def make(
    corpus: Corpus, options: BuildOptions, pairs: Sequence[str], partitions: Sequence[str]
) -> int:
    """Build one corpus; returns the exit code.

    Raises:
        LookupError: A value makes no sense, or there is nothing to build from.
    """
    recipe = parsed(pairs, corpus.recipe)
    unknown = sorted(set(recipe) - set(corpus.recipe) - {"shard_bytes"})
    if unknown:
        raise LookupError(f"--set: {corpus.name} has no {unknown}; it has {sorted(corpus.recipe)}")
    if options.shards and not corpus.remote:
        raise LookupError(
            f"--shards: expected a corpus of images that Spark writes, such as lens; shards of "
            f"{corpus.name} lie in the store"
        )
    if bad := [p for p in partitions if p not in PARTITIONS]:
        raise LookupError(f"--partition: expected {PARTITIONS[0]} to {PARTITIONS[-1]}, saw {bad}")
    options = replace(options, recipe=recipe)
    accepted(corpus, options.recipe_over({}))
    model_accepted(options.model)
    return run(corpus, options, partitions)


def run(corpus: Corpus, options: BuildOptions, partitions: Sequence[str]) -> int:
    """Run a build as a Dagster run, if there is anything to do; returns the exit code."""
    opened = corpus.engine.open(corpus, options, print)
    try:
        opened.check()
    except (SourceError, ShardStoreError) as error:
        raise LookupError(str(error)) from error
    if opened.is_done(partitions):
        print(f"{corpus.name}: nothing to do, the newest release is of exactly this plan")
        return DONE
    # Dagster is imported only when there is work: a build that has none ends in a second.
    from corpuswright.pipelines.runs import in_process

    if sys.stderr.isatty():
        os.environ["CORPUSWRIGHT_PROGRESS"] = "1"
    try:
        in_process.build(corpus, options, partitions)
    except in_process.NothingKept as error:
        print(f"corpuswright: {error}", file=sys.stderr)
        for line in corpus.engine.why_nothing(opened, partitions):
            print(f"  {line}")
        return NOTHING_KEPT
    return DONE
