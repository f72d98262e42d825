"""Ticks evaluated: a night, a watched folder; retries, pools, freshness, backfill policy."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from corpuswright.assets.builds.options import BuildOptions
from corpuswright.pipelines.definitions import corpuswright_definitions
from tests.assets.synthesis.test_builds import site
from tests.fixtures.small_corpora import SMALL, page

__all__ = ["site"]
RECIPE = {"variants": 1, "areas": {"120000": 1.0}, "ratios": [1.0]}


def options(out: Path, source: Path) -> BuildOptions:
    return BuildOptions(out=str(out), source=str(source), workers=1, recipe=RECIPE)


def definitions(build: BuildOptions) -> dg.Definitions:
    shipped = corpuswright_definitions(SMALL)
    return dg.Definitions(
        assets=shipped.assets,
        jobs=shipped.jobs,
        schedules=shipped.schedules,
        sensors=shipped.sensors,
        resources={"build": build},
    )


def run(defs: dg.Definitions, partition: str, instance: dg.DagsterInstance) -> Counter[str]:
    """Run the corpus's job on a partition; returns how many units each asset made."""
    result = defs.resolve_job_def("small_build").execute_in_process(
        partition_key=partition, instance=instance
    )
    made: Counter[str] = Counter()
    for event in result.get_asset_materialization_events():
        found = event.materialization
        for name, value in found.metadata.items():
            if name.endswith("_worked_on"):
                made[found.asset_key.path[-1]] += int(value.value)  # type: ignore
    return made


def test_a_night_begins_with_the_first_block_of_seeds(tmp_path: Path, site: Path):
    build = options(tmp_path / "out", site)
    defs = definitions(build)
    schedule: Any = defs.resolve_schedule_def("small_nightly")
    with dg.DagsterInstance.ephemeral() as instance:
        context = dg.build_schedule_context(
            instance=instance,
            scheduled_execution_time=datetime(2026, 1, 1, 2, tzinfo=UTC),
            resources={"build": build},
            repository_def=defs.get_repository_def(),
        )
        (request,) = schedule.evaluate_tick(context).run_requests
    assert (request.partition_key, request.run_key) == ("000", "2026-01-01 000")


@pytest.mark.browser
def test_the_watch_asks_for_a_run_when_a_file_changes_and_only_then(tmp_path: Path, site: Path):
    build = options(tmp_path / "out", site)
    defs = definitions(build)
    sensor: Any = defs.resolve_sensor_def("small_source_changed")
    with dg.DagsterInstance.ephemeral() as instance:

        def tick(cursor: str | None) -> Any:
            context = dg.build_sensor_context(
                instance=instance,
                cursor=cursor,
                resources={"build": build},
                repository_def=defs.get_repository_def(),
            )
            return sensor.evaluate_tick(context)

        first = tick(None)
        assert not first.run_requests and "no partition was built" in first.skip_message
        run(defs, "000", instance)
        assert not tick(first.cursor).run_requests
        (site / "Beta.html").write_text(page("Beta", 9))
        changed = tick(first.cursor)
        assert [r.partition_key for r in changed.run_requests] == ["000"]
        assert changed.run_requests[0].run_key and changed.cursor != first.cursor
        assert not tick(changed.cursor).run_requests


def test_policy_of_retries_pools_freshness_and_backfill():
    defs = corpuswright_definitions(SMALL)
    for spec in defs.resolve_all_asset_specs():
        assert (spec.freshness_policy is not None) == (spec.key.path[-1] == "release")
    graph = defs.resolve_asset_graph()
    for name in ("specs", "scenes", "verified"):
        asset = defs.resolve_assets_def(dg.AssetKey(["small", name]))
        assert asset.op.pools == {"browser"} and asset.op.retry_policy is not None
        policy = graph.get(dg.AssetKey(["small", name])).backfill_policy
        assert policy == dg.BackfillPolicy.single_run()
