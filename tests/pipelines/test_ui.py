"""What the UI launches lands in the store that it was opened on."""

from __future__ import annotations

import contextlib
import functools
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Page
from playwright.sync_api import TimeoutError as NotInTime

from corpuswright.storage.releases import manifest
from tests.fixtures import dagster_ui
from tests.fixtures.small_corpora import page

pytestmark = pytest.mark.browser
MODULE = "tests.fixtures.ui_definitions"


def test_a_launch_with_the_config_that_is_there_lands_in_the_store(tmp_path: Path):
    # In a thread of its own: the shared browser of other tests has a loop in this one.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(launch, tmp_path).result()


WIPE = """mutation { wipeAssets(assetPartitionRanges: [{assetKey: {path: ["small", "release"]}}])
  { __typename } }"""
HELD = "{ assetNodes { assetKey { path } assetMaterializations(limit: 1) { timestamp } } }"
HOSTILE = (Path(__file__).parents[1] / "fixtures/hostile.html").read_text()


def released(ui: dagster_ui.Ui) -> bool:
    """Whether Dagster's history still holds the release of the small corpus."""
    nodes = ui.ask(HELD)["assetNodes"]
    return any(
        n["assetKey"]["path"] == ["small", "release"] and n["assetMaterializations"] for n in nodes
    )


def hostile(ui: dagster_ui.Ui, browser: Page, folder: Path) -> None:
    text = HOSTILE.replace("ROOT", json.dumps(ui.root)).replace("QUERY", json.dumps(WIPE))
    (folder / "evil.html").write_text(text)
    handler = functools.partial(SimpleHTTPRequestHandler, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as elsewhere:
        threading.Thread(target=elsewhere.serve_forever, args=(0.02,), daemon=True).start()
        assert released(ui)
        browser.goto(f"http://127.0.0.1:{elsewhere.server_port}/evil.html")
        browser.wait_for_function("document.title.startsWith('tried')", timeout=60_000)
        assert browser.title() == "tried 9 of 9"
        elsewhere.shutdown()
    link = f"{ui.root}/graphql?query={quote(WIPE)}"
    browser.goto(link)  # followed by a person who is let in
    for url, data, headers in (
        (link, None, {}),
        (link, None, {"Accept": "text/html"}),
        (f"{ui.root}/graphql", json.dumps({"query": WIPE}).encode(), {"Host": "evil.example"}),
        (f"{ui.root}/graphql", json.dumps({"query": WIPE}).encode(), {"Authorization": "Bearer x"}),
        (f"{ui.root}/report_asset_materialization/x", b"", {}),
    ):
        let_in = {"Authorization": f"Bearer {ui.token}", "Content-Type": "application/json"}
        if url.endswith("/x"):
            let_in["Content-Type"] = "text/plain"
        with pytest.raises(HTTPError):
            urlopen(Request(url, data, {**let_in, **headers}), timeout=30)
    assert released(ui)
    ui.ask(WIPE)  # what all of them tried
    assert not released(ui)


def launch(tmp_path: Path) -> None:
    pages, store, elsewhere = tmp_path / "pages", tmp_path / "mine", tmp_path / "elsewhere"
    pages.mkdir()
    elsewhere.mkdir()
    (pages / "a.html").write_text(page("Alpha"))
    opened = dagster_ui.running(store, MODULE, elsewhere, UI_TEST_PAGES=str(pages))
    with opened as ui, dagster_ui.page() as browser:
        browser.goto(f"{ui.root}/?token={ui.token}")
        browser.goto(f"{ui.root}/locations/{MODULE}/jobs/small_build/playground")
        editor = browser.locator(".CodeMirror").first
        editor.get_by_text("on_tool_drift").wait_for(timeout=90_000)
        assert str(store) in editor.inner_text()  # where it will lie stands there to be read
        browser.get_by_placeholder("Partition").fill("000")
        browser.keyboard.press("Enter")
        browser.get_by_text("No errors").wait_for(timeout=90_000)
        for _ in range(3):  # a click while the page is being drawn anew gets lost
            browser.get_by_role("button", name="Launch Run").click()
            with contextlib.suppress(NotInTime):
                browser.wait_for_url("**/runs/*", timeout=60_000)
                break
        run = browser.url.rsplit("/", 1)[1].split("?")[0]
        assert ui.wait(dagster_ui.RUN, ("SUCCESS", "FAILURE"), 180, id=run) == "SUCCESS"
        hostile(ui, browser, elsewhere)
    assert manifest.load(store, "small").counts["scene"]["kept"] == 1
    assert not (elsewhere / "corpora").exists()
