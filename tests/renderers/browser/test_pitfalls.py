"""Each known way to get a box wrong, planted: labels against the marker-colour probe, or a reason.

The list is that of `facts/cua.md` section 4 in the project's shared notes: what published data sets
get wrong.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest

from corpuswright.annotators.actions import regions
from corpuswright.quality.execution import marker_probe
from corpuswright.renderers.browser import gui
from corpuswright.renderers.browser.gui import GuiRenderer
from corpuswright.renderers.browser.page import Live, View, set_viewport
from corpuswright.renderers.faults import PageFault
from corpuswright.storage.records import Element

pytestmark = pytest.mark.browser

HEAD = "<!doctype html><meta charset=utf-8><style>body{margin:20px;font:16px sans-serif}</style>"
SVG = base64.b64encode(
    b"<svg xmlns='http://www.w3.org/2000/svg' width='300' height='120'>"
    b"<rect width='300' height='120' fill='teal'/></svg>"
).decode()
# page → elements that must be probed in it, by name
PAGES: dict[str, tuple[str, set[str]]] = {
    "zoom": (
        "<div style='zoom:1.4'><button>Zoomed</button><div style='zoom:.7'><button>Twice</button>"
        "</div></div><button style='zoom:1.75'>Itself</button>",
        {"Zoomed", "Twice", "Itself"},
    ),
    "scaled": (
        "<div style='transform:scale(1.3) translate(13px,7px);transform-origin:0 0'>"
        "<button>Scaled</button></div><div style='scale:.8;margin-top:90px'>"
        "<button>Property</button></div>",
        {"Scaled", "Property"},
    ),
    "subpixel": (
        "<button style='position:absolute;left:20.37px;top:40.61px;width:99.5px'>Fraction</button>"
        "<table style='margin-top:120px;width:331px'><tr><td><button>A</button><td>"
        "<button>B</button><td><button>C</button></table>",
        {"Fraction", "A", "B", "C"},
    ),
    "frames": (
        "<iframe src=inner.html style='border:5px solid;padding:3px;width:420px;height:260px'>"
        "</iframe>",
        {"In the frame", "In the inner frame"},
    ),
    "zoomed frame": (
        "<div style='zoom:1.5'><iframe src=innermost.html style='width:300px;height:120px'>"
        "</iframe></div>",
        {"In the inner frame"},
    ),
    "shadow": (
        "<my-a></my-a><script>customElements.define('my-b',class extends HTMLElement{"
        "connectedCallback(){this.attachShadow({mode:'closed'}).innerHTML="
        "'<button>Deep</button><slot></slot>'}});customElements.define('my-a',class extends "
        "HTMLElement{connectedCallback(){this.attachShadow({mode:'open'}).innerHTML="
        "'<my-b><button>Slotted</button></my-b>'}})</script>",
        {"Deep", "Slotted"},
    ),
    "lazy": (
        f"<img loading=lazy src='data:image/svg+xml;base64,{SVG}'><br><img id=i><p><button>Below"
        f"</button><script>setTimeout(()=>i.src='data:image/svg+xml;base64,{SVG}',700)</script>",
        {"Below"},
    ),
    "late font": (
        "<style>@font-face{font-family:late;src:url(late.ttf)}button{font-family:late,serif}"
        "</style><p>text</p><button>After the font</button>"
        "<script>setTimeout(()=>{const p=document.createElement('p');p.textContent='late';"
        "document.body.prepend(p)},700)</script>",
        {"After the font"},
    ),
    "moving": (
        "<style>@keyframes k{from{margin-left:0}to{margin-left:200px}}"
        ".a{animation:k 2s both}.b{transition:width 1s;width:90px}</style>"
        "<p class=a><button>Animated</button></p><button class=b id=b>Grown</button>"
        "<script>requestAnimationFrame(()=>b.style.width='210px')</script>",
        {"Animated", "Grown"},
    ),
}


@pytest.fixture(scope="module")
def renderer(tmp_path_factory: pytest.TempPathFactory) -> GuiRenderer:
    root = tmp_path_factory.mktemp("pitfalls")
    for name, (text, _) in PAGES.items():
        (root / f"{name}.html").write_text(HEAD + text)
    (root / "inner.html").write_text(
        HEAD + "<button>In the frame</button><iframe src=innermost.html "
        "style='border:2px solid;width:300px;height:120px;margin:9px'></iframe>"
    )
    (root / "innermost.html").write_text(HEAD + "<button>In the inner frame</button>")
    (root / "covered.html").write_text(
        HEAD + "<header style='position:sticky;top:0;height:60px;background:#ccc'>"
        "<button>On top</button></header>"
        + "".join(f"<p style='height:50px;margin:0'><button>R{i}</button></p>" for i in range(40))
    )
    (root / "clipped.html").write_text(
        HEAD + "<div style='overflow:hidden;width:200px;height:60px'><button style='width:300px;"
        "height:40px;margin-left:50px'>Cut off</button><button style='margin-top:80px'>Gone"
        "</button></div><button style='width:120px;height:120px;border-radius:60px'>Round</button>"
        "<button style='clip-path:inset(10px 30px)'>Clipped by a path</button>"
    )
    (root / "tilted.html").write_text(
        HEAD + "<button style='position:absolute;left:200px;top:100px;width:120px;height:40px;"
        "box-sizing:border-box;transform:rotate(30deg)'>Tilted</button>"
    )
    (root / "foreign.html").write_text(
        HEAD + "<button>Here</button><iframe style='width:300px;height:120px;margin:60px' "
        "src='http://elsewhere.localhost/innermost.html'></iframe>"
    )
    return GuiRenderer({"pitfalls": root, "elsewhere": root})


def probe_holds(renderer: GuiRenderer, name: str, ratio: float = 1.5) -> None:
    view = View(800, 600, ratio)
    with renderer.show("pitfalls", f"{name}.html", view) as live:
        _, scene = gui.shot(live, view)
        live.rest()  # what was shot too early moves now
        named = {e.id: e.name for e in scene.elements}
        found = marker_probe.probe(live, scene, marker_probe.candidates(scene))
    errors = {named[r.element]: r.error for r in found}
    assert PAGES[name][1] <= set(errors), errors
    assert all(e is not None and e <= 1 for e in errors.values()), errors


@pytest.mark.parametrize("ratio", [1.0, 1.5])
@pytest.mark.parametrize("name", PAGES)
def test_labels_hold_where_others_go_wrong(renderer: GuiRenderer, name: str, ratio: float):
    probe_holds(renderer, name, ratio)


def elements(
    renderer: GuiRenderer, path: str, view: View, site: str = "pitfalls"
) -> dict[str, Element]:
    with renderer.show(site, path, view) as live:
        _, scene = gui.shot(live, view)
    return {e.name: e for e in scene.elements if e.name}


def sticky_holds(renderer: GuiRenderer) -> None:
    view = View(800, 600, 1.5, "light", 0.5)
    found = elements(renderer, "covered.html", view)
    top = found["On top"].box
    under = [e for n, e in found.items() if n.startswith("R") and 0 < e.box[1] < 82]
    assert under, "a row lies below the header"
    for e in under:
        assert e.click_point is None or e.click_point[1] >= 90
        assert e.visible_fraction is not None and e.visible_fraction < 1
    assert 0 <= top[1] < 90 and found["On top"].visible_fraction == 1


def clips_hold(renderer: GuiRenderer) -> None:
    found = elements(renderer, "clipped.html", View(800, 600, 1.5))
    cut = found["Cut off"]
    assert cut.visible_box is not None and cut.visible_box[2] == 330 and cut.box[2] > 450
    assert "Gone" not in found or found["Gone"].click_point is None


def shapes_hold(renderer: GuiRenderer) -> None:
    found = elements(renderer, "clipped.html", View(800, 600, 1.5))
    corners = str(found["Round"].attributes["probes"])
    assert corners[0] == "0" and corners[12] == "1", "a hit test misses the corner of a circle"
    path = found["Clipped by a path"]
    assert "0" in str(path.attributes["probes"]), "what a clip path hides takes no click"


def accepted_region_is_round(renderer: GuiRenderer) -> None:
    round_ = elements(renderer, "clipped.html", View(800, 600, 1.5))["Round"]
    (x, y, _, _), accept = round_.box, regions.accept(round_)
    assert accept is not None and not regions.contains(accept, (x + 12, y + 12))


def corners_hold(renderer: GuiRenderer) -> None:
    tilted = elements(renderer, "tilted.html", View(800, 600, 1.5))["Tilted"]
    # Analytic: by 30 degrees about the centre (260, 120), y down
    c, s = math.cos(math.pi / 6), math.sin(math.pi / 6)
    for (dx, dy), seen in zip(
        ((-60, -20), (60, -20), (60, 20), (-60, 20)), tilted.quad, strict=True
    ):
        expected = (260 + dx * c - dy * s) * 1.5, (120 + dx * s + dy * c) * 1.5
        assert math.dist(seen, expected) < 0.05


def foreign_frame_is_stated(renderer: GuiRenderer) -> None:
    view = View(800, 600, 1.5)
    with renderer.show("pitfalls", "foreign.html", view) as live:
        _, scene = gui.shot(live, view)
    (hole,) = cast(list[dict[str, Any]], scene.state["unmeasured"])
    assert hole["reason"] == "cross_origin_frame"
    x0, y0, x1, y1 = hole["box"]
    assert (x1 - x0, y1 - y0) == (304 * 1.5, 124 * 1.5)  # 2 px of border on each side
    assert "In the inner frame" not in {e.name for e in scene.elements}


def test_what_a_sticky_header_covers_is_not_to_be_clicked(renderer: GuiRenderer):
    sticky_holds(renderer)


def test_clipped_and_round_elements_are_accepted_where_they_are_seen(renderer: GuiRenderer):
    clips_hold(renderer)
    shapes_hold(renderer)
    accepted_region_is_round(renderer)


def test_rotated_elements_have_their_true_corners(renderer: GuiRenderer):
    corners_hold(renderer)


def test_a_frame_of_another_origin_is_a_stated_hole(renderer: GuiRenderer):
    foreign_frame_is_stated(renderer)


# How published pipelines get each pitfall wrong, as a change of our measurement → what catches it
FAULTS: dict[str, tuple[str, str, Callable[[GuiRenderer], None]]] = {
    "zoom ignored": (
        "const box = toTop(rect, c);",
        "const z = el.currentCSSZoom; const box = toTop({ left: rect.left / z, top: rect.top / z,"
        " right: rect.right / z, bottom: rect.bottom / z }, c);",
        lambda r: probe_holds(r, "zoom"),
    ),
    "layout size in place of the transformed": (
        "const box = toTop(rect, c);",
        "const box = toTop({ left: rect.left, top: rect.top, right: rect.left + el.offsetWidth,"
        " bottom: rect.top + el.offsetHeight }, c);",
        lambda r: probe_holds(r, "scaled"),
    ),
    "origin and size rounded each": (
        "const box = toTop(rect, c);",
        "const box = toTop({ left: Math.floor(rect.left), top: Math.floor(rect.top), right:"
        " Math.floor(rect.left) + Math.floor(rect.width), bottom: Math.floor(rect.top) +"
        " Math.floor(rect.height) }, c);",
        lambda r: probe_holds(r, "subpixel"),
    ),
    "border and padding of a frame": (
        "box[0] + (el.clientLeft + parseFloat(style.paddingLeft)) * kx",
        "box[0]",
        lambda r: probe_holds(r, "frames"),
    ),
    "one level of frames": (
        "const left = box[0] +",
        "const left = el.getBoundingClientRect().left +",
        lambda r: probe_holds(r, "frames"),
    ),
    "zoom of a frame's owner": (
        "sx: kx, sy: ky, bent: false",
        "sx: 1, sy: 1, bent: false",
        lambda r: probe_holds(r, "zoomed frame"),
    ),
    "no shadow roots": (
        "(rootOf(el) || el).children) walk",
        "el.children) walk",
        lambda r: probe_holds(r, "shadow"),
    ),
    "no hit tests under sticky headers": (
        "const ok = reaches(el, hit(x, y));",
        "const ok = true;",
        sticky_holds,
    ),
    "overflow of ancestors": ("if (clipped && !root", "if (false", clips_hold),
    "hit tests against the box": (
        "const ok = reaches(el, hit(x, y));",
        "const ok = true;",
        shapes_hold,
    ),
    "border radius": ("r.attributes.radius = radii", "0", accepted_region_is_round),
    "bounding box of a rotated element": (
        "const isBent = c.bent || bent(style);",
        "const isBent = false;",
        corners_hold,
    ),
    "frame of another origin passed over": (
        "if (why) { if (!empty(shown)) opaque.push({ box: shown, why }); return; }",
        "if (why) return;",
        foreign_frame_is_stated,
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_of_measuring_is_caught(
    renderer: GuiRenderer, monkeypatch: pytest.MonkeyPatch, fault: str
):
    right, wrong, check = FAULTS[fault]
    assert gui.MEASURE.count(right) == 1
    monkeypatch.setattr(gui, "MEASURE", gui.MEASURE.replace(right, wrong))
    with pytest.raises((AssertionError, ValueError)):
        check(renderer)


@pytest.mark.parametrize("name", ["lazy", "late font", "moving"])
def test_a_page_measured_before_it_has_settled_is_caught(
    renderer: GuiRenderer, monkeypatch: pytest.MonkeyPatch, name: str
):
    monkeypatch.setattr(
        Live, "settle", lambda live, least: set_viewport(live.cdp, View(800, 600, 1.5))
    )
    with pytest.raises((AssertionError, PageFault)):
        probe_holds(renderer, name)


def test_names_are_told_apart_by_where_they_can_be_read(tmp_path: Path):
    icon = "<svg width=16 height=16><circle r=8 cx=8 cy=8></circle></svg>"
    (tmp_path / "names.html").write_text(
        HEAD + "<style>.f::before{content:'\\2605'}.s{position:absolute;width:1px;height:1px;"
        "overflow:hidden;clip-path:inset(50%)}</style>"
        f"<button>Save</button><button title=Close>{icon}</button>"
        "<a href=# aria-label=Home class=f></a><button aria-label=Blank></button>"
        "<style>.g::before{opacity:.125}</style><a href=# aria-label=Faint class='f g'></a>"
        f"<button>{icon}<span class=s>Spoken</span></button>"
        f"<button aria-label=Other>{icon} Seen</button>"
        f"<a href=# title=Brand><img alt='' width=20 src='data:image/svg+xml;base64,{SVG}'></a>"
        "<a href=# title=Broken><img alt='' width=20 height=20 src=nowhere.png></a>"
    )
    found = elements(GuiRenderer({"names": tmp_path}), "names.html", View(800, 600, 1.5), "names")
    assert {n: e.attributes.get("named_by") for n, e in found.items() if n != "Seen"} == {
        "Save": "text",
        "Close": "icon",
        "Home": "icon",
        "Blank": "hidden",
        "Faint": "hidden",
        "Spoken": "hidden",
        "Other": "hidden",
        "Brand": "icon",
        "Broken": "hidden",
    }
