"""`corpuswright benchmark`: a fresh test set in CUActSpot's format."""

from __future__ import annotations

from pathlib import Path

from corpuswright.pipelines.cli.console import STORE, Positive, empty_folder


def benchmark(*, to: Path, out: Path = STORE, each: Positive = 6) -> int:
    """Write a fresh test set in CUActSpot's format, balanced over tasks.

    Args:
        to: A new or empty folder.
        out: A store with the mixture's release.
        each: Of each detailed task.
    """
    from corpuswright.pipelines.scoring import private_test_set

    return private_test_set.write(out, empty_folder(to), each)
