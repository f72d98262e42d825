"""The asset graph is a snapshot: an accidental rename shows in the diff."""

from __future__ import annotations

import dataclasses
import io
import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import dagster as dg
from rich.console import Console

from corpuswright.assets.builds.options import BuildOptions
from corpuswright.assets.graph import options_resource
from corpuswright.assets.grounding import gui
from corpuswright.pipelines.cli.main import app
from corpuswright.pipelines.definitions import OWNER, corpuswright_definitions, defs

SNAPSHOT = Path(__file__).with_name("assets.json")  # made anew where UPDATE_SNAPSHOTS is set


def snapshot() -> dict[str, Any]:
    """What the UI shows of each asset, check, job, schedule and sensor."""
    assets = {
        s.key.to_user_string(): {
            "group": s.group_name,
            "kinds": sorted(s.kinds),
            "description": s.description,
            "after": sorted(d.asset_key.to_user_string() for d in s.deps),
        }
        for s in defs.resolve_all_asset_specs()
    }
    pools = {
        d.key.to_user_string(): d.op.pool
        for d in defs.assets or ()
        if isinstance(d, dg.AssetsDefinition)
    }
    for name, pool in pools.items():
        assets[name] |= {"pool": pool} if pool else {}
    checks = {
        f"{c.asset_key.to_user_string()} {c.name}": c.description
        for d in defs.assets or ()
        if isinstance(d, dg.AssetsDefinition)
        for c in d.check_specs
    }
    ticks = [*(defs.schedules or ()), *(defs.sensors or ())]
    others = {t.name: t.description for t in (*(defs.jobs or ()), *ticks)}  # pyright: ignore
    return {"assets": assets, "checks": checks, "jobs": others}


def test_definitions_load():
    dg.Definitions.validate_loadable(defs)


def test_the_asset_graph_is_as_it_was():
    seen = snapshot()
    if os.environ.get("UPDATE_SNAPSHOTS"):
        SNAPSHOT.write_text(json.dumps(seen, indent=1, sort_keys=True, ensure_ascii=False) + "\n")
    assert seen == json.loads(SNAPSHOT.read_text())


def test_every_asset_is_told_of_in_its_own_words():
    seen = snapshot()
    for name, asset in seen["assets"].items():
        assert asset["description"] and asset["kinds"] and asset["group"], name
    assert all(seen["checks"].values()) and all(seen["jobs"].values())
    of = {
        name.split("/")[0]: a["kinds"]
        for name, a in seen["assets"].items()
        if name.endswith("/scenes")
    }
    assert of["flashbench"] == ["blender"] and of["grounding_gui"] == ["playwright"]


def test_policy_holds_for_all():
    for spec in defs.resolve_all_asset_specs():
        assert spec.group_name == spec.key.path[0]
        if spec.code_version:  # what is given has none, and no owner here
            assert spec.owners == [OWNER]


def test_definitions_of_the_users_own_merge_with_ours():
    mine = corpuswright_definitions(replace(gui.CORPUS, name="mine"))
    ours = corpuswright_definitions()
    both = dg.Definitions.merge(ours, mine)
    dg.Definitions.validate_loadable(both)
    names = {s.key.to_user_string() for s in both.resolve_all_asset_specs()}
    assert names > {s.key.to_user_string() for s in ours.resolve_all_asset_specs()}
    assert {n for n in names if n.startswith("mine/")} >= {"mine/specs", "mine/release"}


def test_options_are_spelled_once():
    schema: Any = options_resource(out="here").config_schema.as_field()
    names = {f.name for f in dataclasses.fields(BuildOptions)}
    assert set(schema.config_type.fields) == names
    assert schema.config_type.fields["out"].default_value == "here"
    assert all(f.description for f in schema.config_type.fields.values())
    help_text = io.StringIO()
    command = app()
    command.help_print(["build"], console=Console(file=help_text, width=200))
    for name in names - {"recipe"}:  # pair by pair there: --set
        assert f"--{name.replace('_', '-')}" in help_text.getvalue(), name
