"""A mixture built: its parts, each its share of the samples, then the release over them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from corpuswright.assets.builds.options import PARTITIONS, BuildOptions
from corpuswright.assets.grounding.mixture_release import Mixture, table
from corpuswright.pipelines.cli.make import summary
from corpuswright.pipelines.cli.make.one_corpus import make, run
from corpuswright.pipelines.cli.make.recipe import accepted, parsed
from corpuswright.storage.releases import manifest


def build(
    mixture: Mixture, options: BuildOptions, pairs: Sequence[str], partitions: Sequence[str]
) -> int:
    """Build the parts of a mixture and the mixture of them; returns the exit code.

    Raises:
        LookupError: An option belongs to a part.
    """
    store = Path(options.out)
    if options.source or list(partitions) != list(PARTITIONS[:1]):
        raise LookupError(
            f"--source, --partition: {mixture.name} is a mixture, they belong to its parts; "
            f"build one of {', '.join(mixture.weights)} with them"
        )
    own = [mixture.corpora[n] for n in mixture.weights]
    recipe = parsed(pairs, own[0].recipe)
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
        accepted(corpus, recipe)
    wanted = mixture.samples(options.samples, having) if options.samples else {}
    for name in set(having) & set(wanted):
        kept = manifest.load(store, name).counts["scene"][manifest.KEPT]
        if kept != wanted[name]:
            print(
                f"{mixture.name}: {name} is taken in whole, {kept} samples; its share would be "
                f"{wanted[name]} (build it with --samples {wanted[name]})"
            )
    for corpus in own:
        part = replace(options, samples=wanted.get(corpus.name))
        if ended := make(corpus, part, pairs, PARTITIONS[:1]):
            return ended
    run(mixture, BuildOptions(out=options.out), PARTITIONS[:1])
    print("\n".join(table(store, manifest.load(store, mixture.name))))
    return summary.after_build(store, mixture.name, mixture.name)
