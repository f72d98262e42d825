"""`corpuswright list`: the corpora that ship."""

from __future__ import annotations

from corpuswright.pipelines.cli.console import DONE


def list_corpora() -> int:
    """List the corpora that ship."""
    from corpuswright.pipelines.corpora import CORPORA

    for name, corpus in CORPORA.items():
        print(f"{name:18} {corpus.summary}")
    return DONE
