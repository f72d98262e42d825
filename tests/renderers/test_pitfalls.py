"""Each known way to get a box wrong, planted: labels against the marker-colour probe, or a reason.

The list is that of `facts/cua.md` section 4 in the project's shared notes: what published data sets
get wrong.
"""

from __future__ import annotations

import base64

import pytest

from corpuswright.quality import probe
from corpuswright.renderers import gui
from corpuswright.renderers.gui import GuiRenderer
from corpuswright.renderers.live import View
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
        f"<img loading=lazy src='data:image/svg+xml;base64,{SVG}'><p><button>Below</button>",
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
    return GuiRenderer({"pitfalls": root})


@pytest.mark.parametrize("ratio", [1.0, 1.5])
@pytest.mark.parametrize("name", PAGES)
def test_labels_hold_where_others_go_wrong(renderer: GuiRenderer, name: str, ratio: float):
    view = View(800, 600, ratio)
    with renderer.show("pitfalls", f"{name}.html", view) as live:
        _, scene = gui.shot(live, view)
        named = {e.id: e.name for e in scene.elements}
        found = probe.probe(live, scene, probe.candidates(scene))
    errors = {named[r.element]: r.error for r in found}
    assert PAGES[name][1] <= set(errors), errors
    assert all(e is not None and e <= 1 for e in errors.values()), errors


def elements(renderer: GuiRenderer, path: str, view: View) -> dict[str, Element]:
    with renderer.show("pitfalls", path, view) as live:
        _, scene = gui.shot(live, view)
    return {e.name: e for e in scene.elements if e.name}


def test_what_a_sticky_header_covers_is_not_to_be_clicked(renderer: GuiRenderer):
    view = View(800, 600, 1.0, "light", 0.5)
    found = elements(renderer, "covered.html", view)
    top = found["On top"].box
    under = [e for n, e in found.items() if n.startswith("R") and 0 < e.box[1] < 55]
    assert under, "a row lies below the header"
    for e in under:
        assert e.click_point is None or e.click_point[1] >= 60
        assert e.visible_fraction is not None and e.visible_fraction < 1
    assert 0 <= top[1] < 60 and found["On top"].visible_fraction == 1


def test_clipped_and_round_elements_are_accepted_where_they_are_seen(renderer: GuiRenderer):
    found = elements(renderer, "clipped.html", View(800, 600, 1.0))
    cut = found["Cut off"]
    assert cut.visible_box is not None and cut.visible_box[2] == 220 and cut.box[2] > 300
    assert "Gone" not in found or found["Gone"].click_point is None
    assert found["Round"].attributes["radius"]
    corners = str(found["Round"].attributes["probes"])
    assert corners[0] == "0" and corners[12] == "1", "a hit test misses the corner of a circle"
    path = found["Clipped by a path"]
    assert "0" in str(path.attributes["probes"]), "what a clip path hides takes no click"
