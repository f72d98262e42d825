"""A killed run ends in the history and frees its place; a living one keeps both."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest

from corpuswright.assets.builds.steps import BROWSER
from corpuswright.assets.graph import PROCESS, corpus_assets, process_tag
from corpuswright.pipelines.runs import orphaned_runs
from tests.fixtures.small_corpora import SMALL


def killed() -> str:
    """Return the tag of a process that was there and is no more."""
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as process:
        tag = process_tag(process.pid)
        process.kill()
    return tag


def held(instance: dg.DagsterInstance) -> set[str]:
    return set(instance.event_log_storage.get_concurrency_info(BROWSER).active_run_ids)


@pytest.mark.parametrize("gone", [True, False])
def test_a_killed_run_is_ended_and_gives_its_place_back(tmp_path: Path, gone: bool):
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        storage = instance.event_log_storage
        storage.set_concurrency_slots(BROWSER, 1)
        run = dg.DagsterRun(
            job_name="small_build",
            status=dg.DagsterRunStatus.STARTED,
            tags={PROCESS: killed() if gone else process_tag()},
        )
        instance.add_run(run)
        assert storage.claim_concurrency_slot(BROWSER, run.run_id, "small__scenes").is_claimed
        assert orphaned_runs.end(instance) == ([run.run_id] if gone else [])
        found = instance.get_run_by_id(run.run_id)
        assert found is not None and found.is_finished == gone
        assert held(instance) == (set() if gone else {run.run_id})


def test_a_run_of_another_machine_or_without_a_step_is_left_alone(tmp_path: Path):
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        for tags in ({}, {PROCESS: "elsewhere 1 0.00"}):
            instance.add_run(
                dg.DagsterRun("small_build", status=dg.DagsterRunStatus.STARTED, tags=tags)
            )
        assert orphaned_runs.end(instance) == []


def test_builds_from_the_command_wait_for_no_pool():
    pools = {a.op.pool for a in corpus_assets(SMALL)}
    assert BROWSER in pools
    assert {a.op.pool for a in corpus_assets(SMALL, pools=False)} == {None}
