"""Labels against the marker-colour probe, on real and on planted pages, at all pixel ratios."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from corpuswright.assets.grounding.gui import GENTELELLA, RECIPE
from corpuswright.quality.execution import marker_probe
from corpuswright.renderers.browser import gui
from corpuswright.renderers.browser.gui import GuiRenderer
from corpuswright.renderers.browser.page import View
from corpuswright.storage.inputs import sites
from corpuswright.storage.records import Spec

pytestmark = pytest.mark.browser

RATIOS = RECIPE["ratios"]
PAGES = (
    "index",
    "form",
    "tables",
    "inbox",
    "projects",
    "pricing_tables",
    "profile",
    "general_elements",
)


def spec(site: str, path: str, view: View) -> Spec:
    parameters = {
        "site": site,
        "path": path,
        "width": view.width,
        "height": view.height,
        "ratio": view.ratio,
        "theme": view.theme,
        "scroll": view.scroll,
    }
    return Spec(f"t-{0:012d}-0000", "t", "gui", parameters, ())


def readings(
    renderer: GuiRenderer, site: str, path: str, view: View
) -> list[marker_probe.ProbedBox]:
    with renderer.open(spec(site, path, view)) as live:
        _, scene = gui.shot(live, view)
        return marker_probe.probe(live, scene, marker_probe.candidates(scene))


def summary(found: list[marker_probe.ProbedBox]) -> dict[str, float]:
    errors = np.array([r.error for r in found if r.error is not None] or [np.inf])
    return {
        "n": len(found),
        "unreadable": sum(r.error is None for r in found),
        "p50": float(np.percentile(errors, 50, method="higher")),
        "p99": float(np.percentile(errors, 99, method="higher")),
        "max": float(errors.max()),
        "within_1px": float((errors <= 1).mean()),
    }


@pytest.fixture(scope="module")
def real() -> GuiRenderer:
    root = sites.fetch(GENTELELLA, Path(__file__).parents[3] / "inputs")
    return GuiRenderer({"gentelella": root})


def test_labels_of_real_pages_are_within_one_pixel_at_every_ratio(real: GuiRenderer):
    found: list[marker_probe.ProbedBox] = []
    for i, ratio in enumerate(RATIOS):
        for j, page in enumerate(PAGES):
            if (i + j) % 2:  # every page at two or three ratios, every ratio on four pages
                continue
            view = View(1024, 768, ratio, "light", 0.4 * (j // 2 % 2))
            found += readings(real, "gentelella", f"production/{page}.html", view)
    seen = summary(found)
    print("\nprobe of labels before any filter:", seen)
    assert seen["n"] >= 500
    assert seen["unreadable"] <= 0.1 * seen["n"]
    assert seen["p99"] <= 1


FRAMED = """<!doctype html><title>f</title><body style="margin:0;height:3000px">
<h1>Frames</h1><iframe src="inner.html"
 style="border:7px solid #333;padding:5px;margin:11px;width:400px;height:300px"></iframe>
<div style="transform:scale(1.3);transform-origin:0 0;margin-top:20px"><button>Scaled</button></div>
<p><button style="position:relative;top:.37px;left:.61px">Sub-pixel</button></p>
<my-box></my-box>
<script>customElements.define('my-box', class extends HTMLElement { connectedCallback() {
 this.attachShadow({mode: 'closed'}).innerHTML =
 '<button style="margin:9px">In the shadow</button>'; } });</script>"""
INNER = """<!doctype html><body style='margin:13px'><button>Inside</button>
 <a href='#x'>A link</a><p>text"""


@pytest.fixture
def planted(tmp_path: Path) -> GuiRenderer:
    (tmp_path / "page.html").write_text(FRAMED)
    (tmp_path / "inner.html").write_text(INNER)
    return GuiRenderer({"planted": tmp_path})


VIEW = View(800, 600, 1.5, "light", 0.05)


def test_frames_shadow_roots_and_scales_are_measured(planted: GuiRenderer):
    found = readings(planted, "planted", "page.html", VIEW)
    assert len(found) == 5
    assert summary(found)["max"] <= 1 and summary(found)["unreadable"] == 0


FAULTS = {
    "off by the ratio": ("c.x + r.left * c.sx", "c.x + r.left * c.sx / 1.5"),
    "page instead of viewport": ("c.y + r.top * c.sy", "c.y + scrollY + r.top * c.sy"),
    "frame border forgotten": (
        "box[0] + (el.clientLeft + parseFloat(style.paddingLeft)) * kx",
        "box[0]",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_the_probe_notices_a_planted_fault(
    planted: GuiRenderer, monkeypatch: pytest.MonkeyPatch, fault: str
):
    right, wrong = FAULTS[fault]
    assert right in gui.MEASURE
    monkeypatch.setattr(gui, "MEASURE", gui.MEASURE.replace(right, wrong))
    with planted.open(spec("planted", "page.html", VIEW)) as live:
        _, scene = gui.shot(live, VIEW)
        shown = [e for e in scene.elements if e.attributes.get("interactive") and e.visible_box]
        seen = marker_probe.probe(live, scene, shown)
    assert summary(seen)["p99"] > 1
