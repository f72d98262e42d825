"""What the UI launches lands in the store that it was opened on."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from corpuswright.storage.releases import manifest
from tests.fixtures import dagster_ui
from tests.fixtures.small_corpora import page

pytestmark = pytest.mark.browser
MODULE = "tests.fixtures.ui_definitions"


def test_a_launch_with_the_config_that_is_there_lands_in_the_store(tmp_path: Path):
    # In a thread of its own: the shared browser of other tests has a loop in this one.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(launch, tmp_path).result()


def launch(tmp_path: Path) -> None:
    pages, store, elsewhere = tmp_path / "pages", tmp_path / "mine", tmp_path / "elsewhere"
    pages.mkdir()
    elsewhere.mkdir()
    (pages / "a.html").write_text(page("Alpha"))
    opened = dagster_ui.running(store, MODULE, elsewhere, UI_TEST_PAGES=str(pages))
    with opened as ui, dagster_ui.page() as browser:
        browser.goto(f"{ui.root}/locations/{MODULE}/jobs/small_build/playground")
        editor = browser.locator(".CodeMirror").first
        editor.get_by_text("on_tool_drift").wait_for(timeout=90_000)
        assert str(store) in editor.inner_text()  # where it will lie stands there to be read
        browser.get_by_placeholder("Partition").fill("000")
        browser.keyboard.press("Enter")
        browser.get_by_text("No errors").wait_for(timeout=90_000)
        browser.get_by_role("button", name="Launch Run").click()
        browser.wait_for_url("**/runs/*", timeout=180_000)
        run = browser.url.rsplit("/", 1)[1].split("?")[0]
        assert ui.wait(dagster_ui.RUN, ("SUCCESS", "FAILURE"), 180, id=run) == "SUCCESS"
    assert manifest.load(store, "small").counts["scene"]["kept"] == 1
    assert not (elsewhere / "corpora").exists()
