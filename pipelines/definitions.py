"""The one entry point of Dagster: every corpus, and the policy that holds for all, set once."""

from __future__ import annotations

import dagster as dg

from corpuswright.assets.graph import BuildOptions, corpus_assets
from corpuswright.assets.stages import Corpus
from corpuswright.pipelines.corpora import CORPORA

OWNER = "team:corpuswright"
OPTIONS = BuildOptions()  # one object: definitions with different ones would not merge


def corpuswright_definitions(*own: Corpus) -> dg.Definitions:
    """Return definitions of the corpora that ship, or of `own` when any are given.

    To have both: `dg.Definitions.merge(corpuswright_definitions(), defs_of_mine)`.
    """
    corpora = own or tuple(CORPORA.values())
    assets = [a for corpus in corpora for a in corpus_assets(corpus)]
    jobs = [
        dg.define_asset_job(
            f"{corpus.name}_build",
            selection=dg.AssetSelection.groups("grounding")
            & dg.AssetSelection.key_prefixes([corpus.name]),
            # A process a step costs 4 s here and the heavy work runs in a pool of its own anyway.
            executor_def=dg.in_process_executor,
        )
        for corpus in corpora
    ]
    owned = dg.map_asset_specs(lambda s: s.replace_attributes(owners=[OWNER]), assets)
    return dg.Definitions(assets=owned, jobs=jobs, resources={"build": OPTIONS})


defs = corpuswright_definitions()
