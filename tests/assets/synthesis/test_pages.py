"""Point it at your application: a built `dist/`, a running URL, a list of URLs, signed in."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from corpuswright.assets.builds.options import BuildOptions
from corpuswright.assets.builds.reports import Report
from corpuswright.assets.grounding import gui
from corpuswright.assets.synthesis import pages as synthesis_pages
from corpuswright.assets.synthesis.build import SynthesisBuild
from corpuswright.pipelines.cli.make import summary
from corpuswright.renderers.browser import web_fonts
from corpuswright.renderers.browser.gui import GuiRenderer
from corpuswright.renderers.browser.page import View
from corpuswright.storage.inputs import running_sites, sites
from corpuswright.storage.releases import manifest
from tests.assets.synthesis.test_builds import build, work_of
from tests.fixtures import builds
from tests.fixtures.small_corpora import SMALL, page

SPA = """<!doctype html><title>spa</title><h1 id=h></h1><nav><a href="/settings">Settings</a>
<a href="/#/about">About</a><a href="/missing.pdf">Manual</a></nav><div id=b></div><script>
 const at = location.hash.slice(2) || location.pathname.slice(1) || 'home';
 h.textContent = at; b.innerHTML = [1,2,3,4].map((i) => `<button>${at} ${i}</button>`).join('');
</script>"""


class _App(http.server.BaseHTTPRequestHandler):
    """An application with a page, an own API on the same port, a sign-in and a robots.txt."""

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        cookie = self.headers.get("Cookie") or ""
        body, kind, status = "", "text/html", 200
        if self.path == "/":
            body = page("Home") + "<a href='/list'>List</a><p id=w></p><script>fetch('/api/who')"
            body += ".then(r=>r.json()).then(d=>{w.textContent='Hello '+d.who})</script>"
        elif self.path == "/list":
            body = page("List")
        elif self.path == "/robots.txt":
            body, kind = "User-agent: *\nDisallow: /list\n", "text/plain"
        elif self.path == "/api/who":
            who = "Ann" if "session=secret-token" in cookie else "nobody"
            body, kind = json.dumps({"who": who}), "application/json"
        else:
            status = 404
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.end_headers()
        self.wfile.write(body.encode())


@pytest.fixture
def running() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _App)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.mark.browser
def test_routes_of_a_built_application_are_found_and_released(tmp_path: Path):
    dist = tmp_path / "dist"
    dist.mkdir()
    (dist / "index.html").write_text(SPA)
    made = build(tmp_path / "out", dist)
    found = manifest.load(tmp_path / "out", "small")
    assert [p.path for p in made.pages] == ["#/about", "index.html", "settings"]
    assert found.counts["page"] == {"kept": 3, "rejected": 0}
    assert found.counts["scene"]["kept"] == 6
    log: list[str] = []
    build(tmp_path / "out", dist, log=log)
    assert log == []


@pytest.mark.browser
def test_a_running_application_is_rendered_from_its_url(tmp_path: Path, running: str):
    made = build(tmp_path / "out", Path(), source=f"{running}/")
    assert [p.path for p in made.pages] == ["", "list"]
    assert manifest.load(tmp_path / "out", "small").counts["scene"]["kept"] == 4
    # The port is no part of what a page is: scenes name a stable origin.
    stored = b"".join(p.read_bytes() for p in (tmp_path / "out").rglob("*.tar"))
    assert running.encode() not in stored


@pytest.mark.browser
def test_a_signed_in_state_shows_and_its_secret_stays_out(tmp_path: Path, running: str):
    held = {"cookies": [{"name": "session", "value": "secret-token"}], "origins": []}
    (tmp_path / "state.json").write_text(json.dumps(held))
    site = sites.Site("app", running, ("",), "MIT", "me", signed_in=str(tmp_path / "state.json"))
    for signed_in, greeting in (
        ({}, "Hello nobody"),
        ({"app": tmp_path / "state.json"}, "Hello Ann"),
    ):
        renderer = GuiRenderer({"app": running}, (), signed_in)
        with renderer.show("app", "", View(800, 600, 1.0)) as live:
            assert live.evaluate("() => document.querySelector('#w').textContent") == greeting
    anonymous = replace(site, signed_in=None)
    pages = [synthesis_pages.pages_of([(s, running)], {})[0] for s in (site, anonymous)]
    assert pages[0].source.sha256 != pages[1].source.sha256
    assert "secret-token" not in repr(pages)


def test_a_list_of_urls_is_grouped_capped_and_asks_robots(
    tmp_path: Path, running: str, monkeypatch: pytest.MonkeyPatch
):
    listed = tmp_path / "urls.txt"
    listed.write_text(f"# mine\n{running}/\n{running}/list\n{running}/list\n")
    (site,) = running_sites.sites_of(str(listed))
    assert site.pages == ("", "list") and site.follow == 0
    many = replace(site, pages=tuple(f"p{i:02d}" for i in range(running_sites.DOMAIN_CAP + 3)))
    refused = synthesis_pages.refusals(
        [(many, running)], synthesis_pages.pages_of([(many, running)], {}), None
    )
    assert [r for r, _ in refused.values()] == ["domain_cap"] * 3
    assert running_sites.robots(running).can_fetch(f"{running}/anything", running_sites.AGENT), (
        "one's own is open"
    )
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(running_sites, "is_loopback", lambda _: False)
        pages = synthesis_pages.pages_of([(site, running)], {})
        refused = synthesis_pages.refusals([(site, running)], pages, None)
    assert [r for r, _ in refused.values()] == ["robots_disallow"]
    listed.write_text("not a url\n")
    with pytest.raises(sites.SourceError, match="expected one URL a line"):
        running_sites.sites_of(str(listed))
    with pytest.raises(sites.SourceError, match="expected a folder"):
        running_sites.sites_of(str(tmp_path / "nowhere"))


@pytest.mark.browser
def test_hosts_that_no_build_reaches_are_told_at_its_end_and_in_the_report(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    """A page that names web fonts is drawn in others: who looks at it is told."""
    source = tmp_path / "site"
    source.mkdir()
    fonts = "<link rel=stylesheet href='https://fonts.example.com/css?family=A'>"
    image = "<img src='http://cdn.example.org/a.png' alt='A'>"
    (source / "Alpha.html").write_text(page("Alpha") + fonts + image)
    (source / "Beta.html").write_text(page("Beta") + fonts)
    (source / "Gamma.html").write_text(page("Gamma"))
    build(tmp_path / "out", source)
    assert summary.after_build(tmp_path / "out", "small", "small") == 0
    assert (
        "not reached:  fonts.example.com (2 pages), cdn.example.org (1 page): what they bring is "
        "missing in the pictures"
    ) in capsys.readouterr().out
    made = manifest.load(tmp_path / "out", "small")
    folder = manifest.folder(tmp_path / "out", "small", made.plan)
    assert "<td>fonts.example.com</td><td>2</td>" in (folder / "report.html").read_text()
    assert manifest.verify(tmp_path / "out", made) == []


def test_web_fonts_are_fetched_where_pages_name_their_hosts_and_not_elsewhere(tmp_path: Path):
    for name, host in (("with", "fonts.googleapis.com"), ("without", "fonts.example.com")):
        (tmp_path / name).mkdir()
        sheet = f"<link rel=stylesheet href=https://{host}/css?family=Lato>"
        (tmp_path / name / "Alpha.html").write_text(page("Alpha") + sheet)

    def sources(name: str, recipe: Mapping[str, Any]) -> set[str]:
        options = BuildOptions(out=str(tmp_path), source=str(tmp_path / name), recipe=recipe)
        return set(SynthesisBuild(gui.CORPUS, options).plan_inputs("000")["sources"])

    fonts = {s.name for s in web_fonts.SITES}
    assert sources("with", {}) == {"with/Alpha.html"} | fonts
    assert sources("with", {"web_fonts": False}) == {"with/Alpha.html"}
    assert sources("without", {}) == {"without/Alpha.html"}


@pytest.mark.browser
def test_pages_of_a_licence_that_is_not_allowed_are_counted_and_left_out(tmp_path: Path):
    (tmp_path / "site").mkdir()
    (tmp_path / "site/Alpha.html").write_text(page("Alpha"))
    log: list[str] = []
    build(tmp_path / "out", tmp_path / "site", SMALL, log, allow_licence=["MIT"], licence="GPL-3.0")
    made = manifest.load(tmp_path / "out", "small")
    assert made.rejections["page"] == {"licence_not_allowed": 1}
    build(tmp_path / "out", tmp_path / "site", SMALL, log, allow_licence=["MIT"], licence="MIT")
    assert manifest.load(tmp_path / "out", "small").counts["page"] == {"kept": 1, "rejected": 0}
    assert work_of(log, "scene") == 2


@pytest.mark.browser
def test_pages_of_another_language_or_with_little_to_point_at_are_counted_and_left_out(
    tmp_path: Path,
):
    (tmp_path / "site").mkdir()
    for name, declared in (("English", "en-GB"), ("Deutsch", "de"), ("Silent", "")):
        (tmp_path / f"site/{name}.html").write_text(
            page(name).replace("<title>", f"<html lang='{declared}'><title>")
        )
    (tmp_path / "site/Poor.html").write_text(
        page("Poor", 1).replace("<title>", "<html lang=en><title>")
    )
    funnel = {"languages": ["en"], "targets": 6, "variants": 1}
    log: list[str] = []

    def judged(**recipe: object) -> Report:
        wanted = BuildOptions(
            out=str(tmp_path / "out"),
            source=str(tmp_path / "site"),
            workers=1,
            recipe={**funnel, **recipe},
        )
        return builds.take(SMALL, builds.opened(SMALL, wanted, log.append), "specs")

    assert judged().reasons == {"another_language": 2, "too_little_to_point_at": 1}
    log.clear()
    assert judged(languages=[]).reasons == {"too_little_to_point_at": 1}
    assert work_of(log, "intake") == 4
