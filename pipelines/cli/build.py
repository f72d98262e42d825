"""`corpuswright build`: options to a session's own, a corpus or all parts of a mixture."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from corpuswright.annotators.llm import model_file
from corpuswright.assets.builds.corpus import Corpus
from corpuswright.assets.builds.options import PARTITIONS, BuildOptions
from corpuswright.assets.grounding.mixture_release import Mixture, table
from corpuswright.pipelines.cli import inspect
from corpuswright.pipelines.corpora import MIXTURES, find
from corpuswright.storage.inputs.running_sites import is_url
from corpuswright.storage.inputs.sites import SourceError
from corpuswright.storage.releases import manifest
from corpuswright.storage.releases.remote_store import ShelfError

DONE, NOTHING_KEPT = 0, 3


def _source(text: str | None) -> str | None:
    if text is None or is_url(text):
        return text
    return str(Path(text).resolve())


def _recipe(pairs: Sequence[str], own: Mapping[str, Any]) -> dict[str, Any]:
    recipe: dict[str, Any] = {}
    for pair in pairs:
        name, mark, text = pair.partition("=")
        try:
            recipe[name] = json.loads(text)
        except json.JSONDecodeError:
            mark = ""
        if not mark:
            first = next(iter(own.items()), ("states", 2))
            such = f"{first[0]}={json.dumps(first[1])}"
            raise LookupError(
                f"--set: expected NAME=JSON, such as {such}; saw {pair!r}"
                + (f"; of words: --set '{name}=\"{text}\"'" if pair.count("=") == 1 else "")
            )
    return recipe


def build(arguments: argparse.Namespace) -> int:
    """Build a corpus or a mixture; returns the exit code."""
    if arguments.corpus in MIXTURES:
        return _mix(MIXTURES[arguments.corpus], arguments)
    corpus = find(arguments.corpus)
    ended = _make(corpus, arguments, arguments.samples)
    wanted = (arguments.samples or 0) * len(set(arguments.partition or ["000"]))
    store = Path(arguments.out).resolve()
    return ended or inspect.after_build(store, corpus.name, arguments.corpus, wanted)


def _mix(mixture: Mixture, arguments: argparse.Namespace) -> int:
    """Build the parts of a mixture, each its share of the samples, and the mixture of them."""
    store = Path(arguments.out).resolve()
    if arguments.source or arguments.partition:
        raise LookupError(
            f"--source, --partition: {mixture.name} is a mixture, they belong to its parts; "
            f"build one of {', '.join(mixture.weights)} with them"
        )
    own = [mixture.corpora[n] for n in mixture.weights]
    recipe = _recipe(arguments.set, own[0].recipe)
    shared = set[str].intersection(*(set(c.recipe) for c in own))
    if alone := sorted(set(recipe) - shared):
        raise LookupError(
            f"--set: not all parts of {mixture.name} have {alone}; what all have: {sorted(shared)}"
        )
    having = mixture.having(store)
    for name, share in mixture.optional.items():
        if name not in having:
            print(
                f"{mixture.name}: no {name} ({share:.0%} in the paper), whose data you bring; "
                "the rest makes it up"
            )
    for corpus in own:  # what one of them lacks is said before any works for hours
        _accepted(corpus, recipe)
    wanted = mixture.samples(arguments.samples, having) if arguments.samples else {}
    for name in set(having) & set(wanted):
        kept = manifest.load(store, name).counts["scene"][manifest.KEPT]
        if kept != wanted[name]:
            print(
                f"{mixture.name}: {name} is taken in whole, {kept} samples; its share would be "
                f"{wanted[name]} (build it with --samples {wanted[name]})"
            )
    for corpus in own:
        ended = _make(corpus, arguments, wanted.get(corpus.name))
        if ended:
            return ended
    _run(mixture, BuildOptions(out=str(store)), PARTITIONS[:1])
    print("\n".join(table(store, manifest.load(store, mixture.name))))
    return inspect.after_build(store, mixture.name, mixture.name)


def _make(corpus: Corpus, arguments: argparse.Namespace, samples: int | None) -> int:
    """Build one corpus; returns the exit code."""
    recipe = _recipe(arguments.set, corpus.recipe)
    unknown = sorted(set(recipe) - set(corpus.recipe) - {"shard_bytes"})
    if unknown:
        raise LookupError(f"--set: {corpus.name} has no {unknown}; it has {sorted(corpus.recipe)}")
    if arguments.shards and not corpus.remote:
        raise LookupError(
            f"--shards: expected a corpus of images that Spark writes, such as lens; shards of "
            f"{corpus.name} lie in the store"
        )
    options = BuildOptions(
        out=str(Path(arguments.out).resolve()),
        inputs=str(Path(arguments.inputs).resolve()),
        source=_source(arguments.source),
        licence=arguments.licence,
        author=arguments.author,
        allow_licence=sorted(arguments.allow_licence) if arguments.allow_licence else None,
        samples=samples,
        engine=arguments.engine,
        workers=arguments.workers,
        on_tool_drift=arguments.on_tool_drift,
        keep_releases=arguments.keep_releases,
        model=str(Path(arguments.model).resolve()) if arguments.model else None,
        model_mode="replay" if arguments.replay else "live",
        shards_at=arguments.shards,
        seed=arguments.seed,
        recipe=recipe,
    )
    _accepted(corpus, options.recipe_over({}))
    _check_model(arguments.model)
    wanted: list[str] = sorted(set(arguments.partition or PARTITIONS[:1]))
    if bad := [p for p in wanted if p not in PARTITIONS]:
        raise LookupError(f"--partition: expected {PARTITIONS[0]} to {PARTITIONS[-1]}, saw {bad}")
    return _run(corpus, options, wanted)


def _run(corpus: Corpus, options: BuildOptions, partitions: Sequence[str]) -> int:
    """Run the build as a Dagster run, if there is anything to do; returns the exit code."""
    opened = corpus.engine.open(corpus, options, print)
    try:
        opened.check()
    except (SourceError, ShelfError) as error:
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


def estimate(arguments: argparse.Namespace) -> int:
    """Print what a larger build of a corpus will cost."""
    corpus = find(arguments.corpus)
    _check_model(arguments.model)
    options = BuildOptions(
        out=str(Path(arguments.out).resolve()),
        inputs=str(Path(arguments.inputs).resolve()),
        model=arguments.model,
    )
    opened = corpus.engine.open(corpus, options, print)
    if corpus.engine.estimate is None:
        raise LookupError(
            f"{corpus.name}: expected a corpus that is rendered: of others nobody tells"
        )
    print("\n".join(corpus.engine.estimate(opened, arguments.partition, arguments.samples)))
    return DONE


def _accepted(corpus: Corpus, recipe: Mapping[str, Any]) -> None:
    try:
        corpus.accepts({**corpus.recipe, **recipe})
    except ValueError as error:
        raise LookupError(str(error)) from error


def _check_model(path: str | None) -> None:
    try:
        if path:
            model_file.load(path)
    except model_file.ModelError as error:
        raise LookupError(str(error)) from error
