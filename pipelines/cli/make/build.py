"""`corpuswright build`: a release of a corpus, or of all parts of a mixture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from corpuswright.assets.builds.options import PARTITIONS, BuildOptions

OPTIONS = BuildOptions()


def build(
    corpus: str,
    /,
    *,
    options: Annotated[BuildOptions, Parameter(name="*")] = OPTIONS,
    partition: Sequence[str] = PARTITIONS[:1],
    set_: Annotated[Sequence[str], Parameter(name="--set", allow_leading_hyphen=True)] = (),
) -> int:
    """Build a release; goes on where an earlier run stopped.

    Args:
        corpus: Slug of a corpus (`corpuswright list`), or package.module:NAME of one of your own.
        options: Of every build.
        partition: A block of seeds, or a night's intake: 000 to 099; may be repeated.
        set_: Change a value of the recipe, NAME=JSON, as in 'size=[512,512]'; may be repeated. A
            name that is none lists them all.
    """
    from corpuswright.pipelines.cli.make import mixture, summary
    from corpuswright.pipelines.cli.make.one_corpus import make
    from corpuswright.pipelines.corpora import MIXTURES, find

    placed = replace(
        options,
        out=str(Path(options.out).resolve()),
        inputs=str(Path(options.inputs).resolve()),
        source=_located(options.source),
        model=str(Path(options.model).resolve()) if options.model else None,
        allow_licence=sorted(options.allow_licence) if options.allow_licence else None,
    )
    if corpus in MIXTURES:
        return mixture.build(MIXTURES[corpus], placed, set_, partition)
    found, wanted = find(corpus), sorted(set(partition))
    ended = make(found, placed, set_, wanted)
    number = (options.samples or 0) * len(wanted)
    return ended or summary.after_build(Path(placed.out), found.name, corpus, number)


def _located(source: str | None) -> str | None:
    from corpuswright.storage.inputs.running_sites import is_url

    return source if source is None or is_url(source) else str(Path(source).resolve())
