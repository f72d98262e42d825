"""The asset graph is a snapshot: an accidental rename shows in the diff."""

from __future__ import annotations

from dataclasses import replace

import dagster as dg

from corpuswright.assets.grounding import gui
from corpuswright.pipelines.definitions import OWNER, corpuswright_definitions, defs

CURATED = ("lens", "lens_rl", "pexels_custom", "causal_plan")
GROUPS = {
    "flashbench": "benchmarks", "causal_plan_bench": "benchmarks", "causal_scenes": "video",
    "dynavid": "motion", **dict.fromkeys(CURATED, "curation"),
}  # fmt: skip


def test_definitions_load():
    dg.Definitions.validate_loadable(defs)


def test_the_asset_graph():
    seen = {
        s.key.to_user_string(): sorted(d.asset_key.to_user_string() for d in s.deps)
        for s in defs.resolve_all_asset_specs()
    }
    chain = ("specs", "scenes", "instructions", "verified", "shards", "release")
    curated = (
        "sources", "filtered", "deduplicated", "captioned", "bucketed", "shards", "release",
    )  # fmt: skip
    corpora = (
        "grounding_gui",
        "grounding_text",
        "grounding_table",
        "grounding_canvas",
        "grounding_desk",
        "grounding_photo",
        "grounding_human",
        "grounding_3d",
        "dynavid",
        "flashbench",
        "causal_scenes",
        "causal_plan_bench",
    )
    assert seen == {
        f"{corpus}/{name}": [f"{corpus}/{chain[i - 1]}"] if i else []
        for corpus in corpora
        for i, name in enumerate(chain)
    } | {"grounding/release": sorted(f"{c}/release" for c in corpora[:-5])} | {
        f"{corpus}/{name}": [f"{corpus}/{curated[i - 1]}"] if i else []
        for corpus in CURATED
        for i, name in enumerate(curated)
    }


def test_policy_holds_for_all():
    for spec in defs.resolve_all_asset_specs():
        group = GROUPS.get(spec.key.path[0], "grounding")
        assert spec.owners == [OWNER] and spec.group_name == group and spec.kinds
        assert spec.code_version


def test_definitions_of_the_users_own_merge_with_ours():
    mine = corpuswright_definitions(replace(gui.CORPUS, name="mine"))
    ours = corpuswright_definitions()
    both = dg.Definitions.merge(ours, mine)
    dg.Definitions.validate_loadable(both)
    names = {s.key.to_user_string() for s in both.resolve_all_asset_specs()}
    assert names > {s.key.to_user_string() for s in ours.resolve_all_asset_specs()}
    assert {n for n in names if n.startswith("mine/")} >= {"mine/specs", "mine/release"}
