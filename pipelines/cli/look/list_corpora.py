"""`corpuswright list`: the corpora that ship, and what a store holds of each."""

from __future__ import annotations

from pathlib import Path

from corpuswright.pipelines.cli.console import DONE, STORE
from corpuswright.storage.releases import manifest
from corpuswright.storage.releases.manifest_format import OtherVersion
from corpuswright.storage.shown import count


def list_corpora(*, out: Path = STORE) -> int:
    """List the corpora that ship, and what is built of each.

    Args:
        out: The store.
    """
    from corpuswright.pipelines.corpora import CORPORA

    for name, corpus in CORPORA.items():
        print(f"{name:18} {corpus.summary}")
        if manifest.latest(out, name) is not None:
            print(f"{'':18} {_held(out, name)}")
    return DONE


def _held(store: Path, corpus: str) -> str:
    """Return what the newest release of a corpus holds, in its own nouns."""
    try:
        made = manifest.load(store, corpus)
    except OtherVersion as error:
        return str(error)
    units = manifest.units(made)
    held = [count(made.counts[u]["kept"], units[u]) for u in ("scene", "task") if u in made.counts]
    return f"built in {store}: {', '.join(held)}, release {made.plan}"
