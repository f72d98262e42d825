"""The one entry point of Dagster: every corpus, and the policy that holds for all, set once."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import timedelta

import dagster as dg

from corpuswright.assets.builds.corpus import Corpus
from corpuswright.assets.graph import BUILD, corpus_assets, input_assets, options_resource
from corpuswright.pipelines import automation
from corpuswright.pipelines.corpora import CORPORA

OWNER = "team:corpuswright"
# A night that was missed shows the next morning; two in a row are a failure.
FRESH = dg.FreshnessPolicy.time_window(
    fail_window=timedelta(hours=50), warn_window=timedelta(hours=26)
)
# Which store a launch from the UI writes to: the one that `corpuswright ui --out` was opened on.
STORE, INPUTS = "CORPUSWRIGHT_STORE", "CORPUSWRIGHT_INPUTS"
# One object: definitions with different ones would not merge.
OPTIONS = options_resource(
    out=os.environ.get(STORE, "corpora"), inputs=os.environ.get(INPUTS, "inputs")
)


def corpuswright_definitions(*own: Corpus, pools: bool = True) -> dg.Definitions:
    """Return definitions of the corpora that ship, or of `own` when any are given.

    `pools` lets heavy steps of several runs wait for each other.
    To have both: `dg.Definitions.merge(corpuswright_definitions(), defs_of_mine)`.
    """
    corpora: Sequence[Corpus] = own or tuple(CORPORA.values())
    assets = [a for corpus in corpora for a in corpus_assets(corpus, pools)]
    # What another call of this function defines already would not merge.
    shipped = {s.key for s in input_assets(tuple(CORPORA.values()))} if own else set[dg.AssetKey]()
    given = [s for s in input_assets(corpora) if s.key not in shipped]
    jobs = [build_job(corpus) for corpus in corpora]
    both = list(zip(corpora, jobs, strict=True))
    return dg.Definitions(
        assets=[*dg.map_asset_specs(_policy, assets), *given],
        jobs=jobs,
        schedules=[automation.nightly(c, j) for c, j in both if c.steps],
        sensors=[automation.watch(c, j) for c, j in both if c.steps],
        resources={BUILD: OPTIONS},
    )


def build_job(corpus: Corpus) -> dg.UnresolvedAssetJobDefinition:
    """Return the job that takes all steps of a corpus, and releases it."""
    last = dg.AssetSelection.assets(dg.AssetKey([corpus.name, "release"]))
    steps = [dg.AssetKey([corpus.name, s.name]) for s in corpus.steps]
    return dg.define_asset_job(
        f"{corpus.name}_build",
        selection=last | dg.AssetSelection.assets(*steps) if steps else last,
        description=f"Build {corpus.name}: {corpus.summary}",
        # A process a step costs 4 s here and the heavy work runs in a pool of its own anyway.
        executor_def=dg.in_process_executor,
    )


def _policy(spec: dg.AssetSpec) -> dg.AssetSpec:
    """Set what holds for all assets, and freshness for what trainers read."""
    if spec.key.path[-1] == "release":
        spec = spec.replace_attributes(freshness_policy=FRESH)
    return spec.replace_attributes(owners=[OWNER])


defs = corpuswright_definitions()
