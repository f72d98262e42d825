"""The one entry point of Dagster: every corpus, and the policy that holds for all, set once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import dagster as dg

from corpuswright.assets.curated_graph import curated_assets
from corpuswright.assets.curation.build import Curated
from corpuswright.assets.graph import BuildOptions, corpus_assets, mixture_asset
from corpuswright.assets.grounding.mixture import Mixture
from corpuswright.assets.synthesis.corpus import Corpus
from corpuswright.pipelines import automation
from corpuswright.pipelines.corpora import CORPORA, CURATED, MIXTURES, parts

OWNER = "team:corpuswright"
# A night that was missed shows the next morning; two in a row are a failure.
FRESH = dg.FreshnessPolicy.time_window(
    fail_window=timedelta(hours=50), warn_window=timedelta(hours=26)
)
OPTIONS = BuildOptions()  # one object: definitions with different ones would not merge


def corpuswright_definitions(*own: Corpus | Curated, pools: bool = True) -> dg.Definitions:
    """Return definitions of the corpora that ship, or of `own` when any are given.

    `pools` lets heavy steps of several runs wait for each other.
    To have both: `dg.Definitions.merge(corpuswright_definitions(), defs_of_mine)`.
    """
    corpora = own or (*CORPORA.values(), *CURATED.values())
    assets = [a for corpus in corpora for a in _assets(corpus, pools)]
    mixtures = () if own else tuple(MIXTURES.values())
    assets += [mixture_asset(m, parts(m)) for m in mixtures]
    jobs = [
        dg.define_asset_job(
            f"{corpus.name}_build",
            selection=dg.AssetSelection.groups(corpus.group)
            & dg.AssetSelection.key_prefixes([corpus.name]),
            # A process a step costs 4 s here and the heavy work runs in a pool of its own anyway.
            executor_def=dg.in_process_executor,
        )
        for corpus in corpora
    ]
    mixed = [mixing_job(m) for m in mixtures]
    return dg.Definitions(
        assets=dg.map_asset_specs(_policy, assets),
        jobs=[*jobs, *mixed],
        schedules=[automation.nightly(c, j) for c, j in zip(corpora, jobs, strict=True)],
        sensors=[automation.watch(c, j) for c, j in zip(corpora, jobs, strict=True)],
        resources={"build": OPTIONS},
    )


def _assets(corpus: Corpus | Curated, pools: bool) -> Sequence[dg.AssetsDefinition]:
    if isinstance(corpus, Curated):
        return curated_assets(corpus, pools)
    return corpus_assets(corpus, pools)


def mixing_job(mixture: Mixture) -> dg.UnresolvedAssetJobDefinition:
    """Return the job that makes a mixture of what its parts have released."""
    return dg.define_asset_job(
        f"{mixture.name}_build",
        selection=dg.AssetSelection.assets(dg.AssetKey([mixture.name, "release"])),
        executor_def=dg.in_process_executor,
    )


def _policy(spec: dg.AssetSpec) -> dg.AssetSpec:
    """Set what holds for all assets, and freshness for what trainers read."""
    if spec.key.path[-1] == "release":
        spec = spec.replace_attributes(freshness_policy=FRESH)
    return spec.replace_attributes(owners=[OWNER])


defs = corpuswright_definitions()
