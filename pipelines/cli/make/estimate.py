"""`corpuswright estimate`: what a larger build will cost."""

from __future__ import annotations

from pathlib import Path

from corpuswright.assets.builds.options import PARTITIONS, BuildOptions
from corpuswright.pipelines.cli.console import DONE, PACKAGES, STORE, Positive
from corpuswright.pipelines.cli.make.recipe import model_accepted


def estimate(
    corpus: str,
    /,
    *,
    samples: Positive,
    out: Path = STORE,
    model: Path | None = None,
    partition: str = PARTITIONS[0],
    inputs: Path = PACKAGES,
) -> int:
    """Say what a larger build will cost: calls, tokens, money, bytes, hours.

    Goes by the small build that the store has, and asks the model about up to 100 of its tasks.

    Args:
        corpus: Slug of a corpus that is rendered.
        samples: Kept samples wanted.
        out: The store.
        model: As for build; without it, only the machine.
        partition: Whose tasks are asked about.
        inputs: Where fetched packages are kept.
    """
    from corpuswright.pipelines.corpora import find

    found = find(corpus)
    if found.engine.estimate is None:
        raise LookupError(
            f"{corpus}: expected a corpus that is rendered; of others nothing is told"
        )
    named = str(model.resolve()) if model else None
    model_accepted(named)
    options = BuildOptions(out=str(out.resolve()), inputs=str(inputs.resolve()), model=named)
    opened = found.engine.open(found, options, print)
    print("\n".join(found.engine.estimate(opened, partition, samples)))
    return DONE
