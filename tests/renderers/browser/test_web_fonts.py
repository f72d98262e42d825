"""Fonts that pages ask others for come from packages; an icon of a font is no word."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpuswright.renderers.browser import web_fonts
from corpuswright.renderers.browser.gui import GuiRenderer, shot
from corpuswright.renderers.browser.page import View
from corpuswright.storage.inputs import sites
from corpuswright.storage.records import Scene

VIEW = View(900, 700, 1.0)
Roots = Mapping[str, Path | str]

LINKS = """<link rel=preconnect href=https://fonts.gstatic.com crossorigin>
<link rel=stylesheet href="https://fonts.googleapis.com/css2?family=Poppins:wght@400;700&amp;family=Lato">
<link rel=stylesheet href="https://fonts.googleapis.com/css?family=Open+Sans:400,700|Roboto">
<link rel=stylesheet href="https://fonts.googleapis.com/icon?family=Material+Icons">
<link rel=stylesheet href="https://unpkg.com/bootstrap-icons/font/bootstrap-icons.css">
<link rel=stylesheet href="//cdnjs.cloudflare.com/ajax/libs/font-awesome/6.4.0/css/all.min.css">
"""
FAMILIES = ("Poppins", "Lato", "Open Sans", "Roboto")


@pytest.fixture(scope="module")
def fonts() -> Roots:
    return {s.name: sites.fetch(s, Path("inputs")) for s in web_fonts.SITES}


def seen(folder: Path, html: str, roots: Roots) -> tuple[bytes, Scene, set[str]]:
    folder.mkdir(exist_ok=True)
    (folder / "index.html").write_text(f"<!doctype html><meta charset=utf-8>{html}")
    with GuiRenderer({"own": folder, **roots}).show("own", "index.html", VIEW, ()) as live:
        png, scene = shot(live, VIEW)
        return png, scene, live.unreached


@pytest.mark.browser
@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_of_google_fonts_is_drawn(tmp_path: Path, fonts: Roots, family: str):
    text = f"{LINKS}<p style='font:40px \"{family}\",monospace'>Sphinx of black quartz</p>"
    drawn, _, unreached = seen(tmp_path, text, fonts)
    assert not unreached
    fallback, _, refused = seen(tmp_path, text, {})
    assert drawn != fallback
    assert "fonts.googleapis.com" in refused


@pytest.mark.browser
def test_a_family_of_no_package_is_told_of(tmp_path: Path, fonts: Roots):
    sheet = "<link rel=stylesheet href='https://fonts.googleapis.com/css?family=Lato|Comic+Neue'>"
    _, _, unreached = seen(tmp_path, f"{sheet}<button>Save</button>", fonts)
    assert unreached == {"fonts.googleapis.com"}


@pytest.mark.browser
@pytest.mark.parametrize("sound", [True, False])
def test_a_style_sheet_of_another_version_than_the_page_names_is_told_of(
    tmp_path: Path, fonts: Roots, sound: bool
):
    url = "https://cdnjs.cloudflare.com/ajax/libs/font-awesome/4.7.0/css/font-awesome.min.css"
    found = web_fonts.answer(url, fonts)
    assert found is not None
    digest = base64.b64encode(hashlib.sha256(found.body if sound else b"4.6").digest()).decode()
    sheet = f"<link rel=stylesheet crossorigin=anonymous integrity='sha256-{digest}' href='{url}'>"
    _, _, unreached = seen(tmp_path, f"{sheet}<i class='fa fa-home'></i> Save", fonts)
    assert unreached == (set() if sound else {"cdnjs.cloudflare.com"})


@pytest.mark.browser
def test_an_icon_is_a_picture_and_its_code_is_no_name(tmp_path: Path, fonts: Roots):
    html = f"""{LINKS}<style>i {{ font-size: 30px }}</style>
    <button><i class=material-icons>home</i></button>
    <button><i class=material-icons>chevron_right</i> Next page</button>
    <button aria-label="Delete all"><i class=material-icons>delete</i></button>
    <button title=Camera><i class="fa-solid fa-camera"></i></button>
    <button aria-label=Alarm><i class="bi bi-alarm"></i></button>
    <button>home</button>"""
    _, scene, unreached = seen(tmp_path, html, fonts)
    assert not unreached
    found = [(e.name, e.attributes["named_by"]) for e in scene.elements if e.role == "button"]
    assert found == [
        ("home", "hidden"),  # a house is drawn
        ("chevron_right Next page", "hidden"),
        ("Delete all", "icon"),
        ("Camera", "icon"),
        ("Alarm", "icon"),
        ("home", "text"),  # in a font of letters
    ]


@pytest.mark.parametrize(
    ("url", "start"),
    [
        ("https://cdn.jsdelivr.net/npm/@fontsource/lato@4.5.0/400.css", b"/* lato"),
        ("https://cdn.jsdelivr.net/npm/bootstrap-icons@1/font/bootstrap-icons.min.css", b"/*!"),
        ("https://maxcdn.bootstrapcdn.com/font-awesome/4.7.0/css/font-awesome.min.css", b"/*!"),
        ("https://use.fontawesome.com/releases/v5.15.4/css/all.css", b"/*!"),
        ("https://fonts.gstatic.com/web-fonts-lato/files/lato-latin-400-normal.woff2", b"wOF2"),
        ("https://fonts.googleapis.com/icon?family=Material+Icons+Two+Tone", b"@font-face"),
        ("https://cdn.jsdelivr.net/npm/jquery@3/dist/jquery.min.js", None),
        ("https://fonts.googleapis.com/css", None),
        ("https://fonts.googleapis.com.example.com/css?family=Lato", None),
        ("https://[::1/css?family=Lato", None),
    ],
)
def test_an_answer_is_the_packages_or_there_is_none(fonts: Roots, url: str, start: bytes | None):
    found = web_fonts.answer(url, fonts)
    assert (found and found.body.startswith(start)) if start else found is None


@given(
    host=st.sampled_from(web_fonts.HOSTS),
    path=st.lists(
        st.sampled_from(["..", "%2e%2e", "npm", "bootstrap-icons@1", "web-fonts-lato", "css", "\0",
                         "secret.txt", "font", "%2fetc", "ajax", "libs", "font-awesome", "6.1"]),
        min_size=1, max_size=7,
    ).map("/".join),
)  # fmt: skip
def test_nothing_outside_of_a_package_is_ever_sent(
    tmp_path_factory: pytest.TempPathFactory, host: str, path: str
):
    root = tmp_path_factory.getbasetemp() / "fonts"
    roots = {s.name: root / s.name for s in web_fonts.SITES}
    for folder in roots.values():
        folder.mkdir(parents=True, exist_ok=True)
    (root / "secret.txt").write_text("secret")
    assert web_fonts.answer(f"https://{host}/{path}", roots) is None
