"""`corpuswright verify`: every byte of the newest release against its manifest."""

from __future__ import annotations

from pathlib import Path

from corpuswright.pipelines.cli.console import DONE, FAILED, STORE, released
from corpuswright.storage.releases import manifest, remote_store
from corpuswright.storage.shown import count


def verify(corpus: str, /, *, out: Path = STORE) -> int:
    """Check every byte of the newest release against its manifest.

    Args:
        corpus: Slug of a corpus.
        out: The store.
    """
    made = manifest.load(out, released(out, corpus))
    problems = remote_store.of(out, made.corpus).verify(made)
    for problem in problems:
        print(problem)
    if problems:
        print("delete the files named above and build again: what is missing is made anew")
    units = manifest.units(made)
    held = ", ".join(
        count(number, noun)
        for number, noun in (
            (len(made.shards), "shard"),
            (sum(s.samples for s in made.shards), units["scene"]),
            (sum(s.tasks for s in made.shards), units["task"]),
        )
    )
    print(f"{made.plan}: {held}, {count(len(problems), 'problem')}")
    return FAILED if problems else DONE
