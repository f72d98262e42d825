"""`make soak`: Dagster's UI over a real server, in a real browser.

A run is launched by hand in the launchpad; the failing run and the backfill by the calls the UI
itself makes. What a person then sees (state of a run, previews, a failing check) is read in the
browser.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from corpuswright.storage.releases import manifest
from tests.fixtures.dagster_ui import RUN, Ui, running
from tests.fixtures.dagster_ui import page as opened_page
from tests.fixtures.small_corpora import page

MODULE = "tests.fixtures.ui_definitions"
WHERE = {"repositoryName": "__repository__", "repositoryLocationName": MODULE}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ui")
    (folder / "site").mkdir()
    for name in ("Alpha", "Beta"):
        (folder / f"site/{name}.html").write_text(page(name))
    (folder / "empty").mkdir()
    (folder / "empty/blank.html").write_text("<!doctype html><title>e</title>")
    return folder


@pytest.fixture(scope="module")
def ui(store: Path) -> Iterator[Ui]:
    with running(store / "out", MODULE, store, UI_TEST_PAGES=str(store / "site")) as found:
        yield found


@pytest.fixture(scope="module")
def browser() -> Iterator[Page]:
    with opened_page() as found:
        yield found


def config(store: Path, source: str, out: str = "out") -> dict[str, Any]:
    options = {
        "out": str(store / out),
        "source": str(store / source),
        "workers": 1,
        "recipe": {"variants": 1, "areas": {"120000": 1.0}, "ratios": [1.0]},
    }
    return {"resources": {"build": {"config": options}}}


LAUNCH = """mutation($p: ExecutionParams!) { launchPipelineExecution(executionParams: $p) {
  ... on LaunchRunSuccess { run { runId } } ... on PythonError { message }
  ... on RunConfigValidationInvalid { errors { message } } } }"""
BACKFILL = """mutation($p: LaunchBackfillParams!) { launchPartitionBackfill(backfillParams: $p) {
  ... on LaunchBackfillSuccess { backfillId } ... on PythonError { message } } }"""
BACKFILLED = """query($id: String!) { partitionBackfillOrError(backfillId: $id) {
  ... on PartitionBackfill { status } } }"""
ASSETS = ("specs", "scenes", "instructions", "verified", "shards", "release")


def launch(ui: Ui, run_config: dict[str, Any], partition: str) -> str:
    made = ui.ask(
        LAUNCH,
        p={
            "selector": {**WHERE, "pipelineName": "small_build"},
            "runConfigData": json.dumps(run_config),
            "mode": "default",
            "executionMetadata": {"tags": [{"key": "dagster/partition", "value": partition}]},
        },
    )
    return made["launchPipelineExecution"]["run"]["runId"]


def test_a_launch_with_config_is_watched_and_its_previews_shown(ui: Ui, store: Path, browser: Page):
    browser.goto(f"{ui.root}/?token={ui.token}")
    browser.goto(f"{ui.root}/locations/{MODULE}/jobs/small_build/playground")
    editor = browser.locator(".CodeMirror").first
    editor.get_by_text("on_tool_drift").wait_for(timeout=30_000)  # the options are there to fill in
    editor.click()
    browser.keyboard.press("Control+A")
    browser.keyboard.insert_text(json.dumps(config(store, "site")))
    browser.get_by_placeholder("Partition").fill("000")
    browser.keyboard.press("Enter")
    browser.get_by_text("No errors").wait_for(timeout=30_000)
    browser.get_by_role("button", name="Launch Run").click()
    browser.wait_for_url("**/runs/*", timeout=60_000)
    run = browser.url.rsplit("/", 1)[1].split("?")[0]
    assert ui.wait(RUN, ("SUCCESS", "FAILURE"), 180, id=run) == "SUCCESS"
    browser.get_by_text("Success", exact=True).first.wait_for(timeout=30_000)
    assert manifest.load(store / "out", "small").counts["scene"]["kept"] == 2
    browser.goto(f"{ui.root}/assets/small/shards?partition=000")
    show = browser.get_by_text("Show Markdown").first
    show.wait_for(timeout=30_000)
    show.click()
    browser.locator("img[src^='data:image/jpeg']").first.wait_for(timeout=30_000)


def test_a_check_that_does_not_hold_stops_the_release_and_says_so(
    ui: Ui, store: Path, browser: Page
):
    run = launch(ui, config(store, "empty", "nothing"), "001")
    assert ui.wait(RUN, ("SUCCESS", "FAILURE"), 180, id=run) == "FAILURE"
    browser.goto(f"{ui.root}/runs/{run}")
    browser.get_by_text("something_is_kept").first.wait_for(timeout=30_000)
    assert manifest.latest(store / "nothing", "small") is None


def test_a_backfill_of_four_partitions_costs_less_than_a_minute_besides_the_work(
    ui: Ui, store: Path
):
    four = ["010", "011", "012", "013"]
    started = time.monotonic()
    made = ui.ask(
        BACKFILL,
        p={
            "assetSelection": [{"path": ["small", a]} for a in ASSETS[:-1]],
            "partitionNames": four,
            "runConfigData": config(store, "site"),
        },
    )
    backfill = made["launchPartitionBackfill"]["backfillId"]
    done = ("COMPLETED_SUCCESS", "COMPLETED_FAILED", "FAILED")
    assert ui.wait(BACKFILLED, done, 300, id=backfill) == "COMPLETED_SUCCESS"
    whole = time.monotonic() - started
    runs = ui.ask(
        """query($id: String!) { runsOrError(filter: {tags: [{key: "dagster/backfill",
        value: $id}]}) { ... on Runs { results { stats { ... on RunStatsSnapshot {
        startTime endTime } } } } } }""",
        id=backfill,
    )["runsOrError"]["results"]
    worked = sum(r["stats"]["endTime"] - r["stats"]["startTime"] for r in runs)
    print(f"backfill of 4: {whole:.1f} s, of which {worked:.1f} s in {len(runs)} run")
    assert whole - worked < 60
