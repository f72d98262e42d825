"""`corpuswright overlap`: what a release shares with a test set."""

from __future__ import annotations

from pathlib import Path

from corpuswright.pipelines.cli.console import STORE, released


def overlap(corpus: str, /, *, data: Path, out: Path = STORE) -> int:
    """Say what a release shares with a test set; exit code 1 if anything.

    Args:
        corpus: Slug of a corpus.
        data: Folder of MODALITY-HEX.json and .png files.
        out: The store.
    """
    from corpuswright.pipelines.scoring import private_test_set

    return private_test_set.overlap(out, released(out, corpus), data)
