"""States: found by the explorer or led to by a script, rendered alike, measured as they stand."""

from __future__ import annotations

import pytest

from corpuswright.annotators.grounding import gui as grounding_gui
from corpuswright.quality.execution import marker_probe, replay_clicks
from corpuswright.renderers.browser import gui, page_steps
from corpuswright.renderers.browser.gui import GuiRenderer
from corpuswright.renderers.browser.page import View
from corpuswright.renderers.browser.page_states import explore
from corpuswright.renderers.faults import PageFault
from corpuswright.storage.records import Element, Json, Sample, Spec

pytestmark = pytest.mark.browser

VIEW = View(800, 600, 1.5)
APP = """<!doctype html><title>app</title><style>
 .menu{display:none;position:absolute;background:#eee;padding:8px} .open .menu{display:block}
 .tip .sub{display:none} .tip:hover .sub{display:block} #pane{height:80px;overflow:auto;width:200px}
</style><h1>Application</h1>
<div id=m><button aria-haspopup=menu onclick="m.classList.toggle('open')">File</button>
 <div class=menu role=menu><button role=menuitem>New file</button>
 <button role=menuitem>Save as</button></div></div>
<div class=tip><button>Help</button><div class=sub><button>Shortcuts</button></div></div>
<button onclick="location.href='other.html'">Leave</button>
<button onclick="">Idle</button>
<button onclick="d.showModal()">Delete all</button>
<dialog id=d><p>Sure?</p><button>Yes, delete</button></dialog>
<label>Name <input name=n></label>
<label>Colour <select><option>Red</option><option>Green</option></select></label>
<label><input type=checkbox onchange="s.textContent='Subscribed'"> News</label><b id=s></b>
<div id=pane><div style="height:70px">Top</div><p><button>Deep inside</button></p>
 <div style="height:300px"></div></div>
<my-box></my-box><script>customElements.define('my-box', class extends HTMLElement {
 connectedCallback() { this.attachShadow({mode:'open'}).innerHTML =
 '<button onclick="this.textContent=`Pressed`">In shadow</button>'; } });</script>"""


@pytest.fixture(scope="module")
def renderer(tmp_path_factory: pytest.TempPathFactory) -> GuiRenderer:
    root = tmp_path_factory.mktemp("states")
    (root / "app.html").write_text(APP)
    (root / "other.html").write_text("<h1>Other</h1><button>Back</button>")
    return GuiRenderer({"app": root})


def spec(*taken: page_steps.PageStep) -> Spec:
    parameters: Json = {
        "site": "app",
        "path": "app.html",
        "width": VIEW.width,
        "height": VIEW.height,
        "ratio": VIEW.ratio,
        "theme": "light",
        "scroll": 0.0,
        "steps": [list(t) for t in taken],
    }
    return Spec(f"t-{0:012d}-0000", "t", "gui", parameters, ())


def shown(renderer: GuiRenderer, *taken: page_steps.PageStep) -> dict[str, Element]:
    return {e.name: e for e in renderer(spec(*taken)).scene.elements if e.name}


def test_the_explorer_finds_states_of_many_kinds_and_says_why_others_are_none(
    renderer: GuiRenderer,
):
    tried = explore(renderer, "app", "app.html", VIEW, 20)
    kept = {t.state.name.split()[0] for t in tried if not t.reason}
    assert {"menu", "button", "field", "toggle", "select", "pane"} <= kept
    reasons = {t.state.name: t.reason for t in tried if t.reason}
    assert reasons['button button "Leave"'] == "navigated_away"
    assert "changes_nothing" in reasons.values()
    names = [t.state.name for t in tried]
    assert len(set(names)) == len(names)
    few = explore(renderer, "app", "app.html", VIEW, 3)
    assert sum(not t.reason for t in few) == 3


def test_a_script_is_followed_and_its_state_measured(renderer: GuiRenderer):
    assert "New file" not in shown(renderer)
    opened = shown(renderer, page_steps.click('button "File"'))
    assert opened["New file"].role == "menuitem" and opened["New file"].click_point
    dialog = shown(renderer, page_steps.click('button "Delete all"'))
    assert dialog["Yes, delete"].click_point
    assert "Leave" not in dialog, "behind a modal dialog nothing can be reached"
    filled = shown(renderer, page_steps.fill('textbox "Name"', "Ann Lee"))
    assert filled["Name"].state["value"] == "Ann Lee" and filled["Name"].state["focused"]
    chosen = shown(renderer, page_steps.select('combobox "Colour"', "Green"))
    assert chosen["Colour"].state["value"] == "Green"
    assert shown(renderer, page_steps.scroll("#pane", 0.3))["Deep inside"].click_point
    assert "Pressed" in shown(renderer, page_steps.click("my-box >>> button"))
    focused = shown(renderer, page_steps.focus('button "Idle"'), page_steps.press("Tab"))
    assert focused["Delete all"].state["focused"]


@pytest.mark.parametrize(
    ("step", "why"),
    [
        (page_steps.click('button "Nobody"'), "not on the page"),
        (page_steps.select('combobox "Colour"', "Blue"), "has no option Blue"),
        (page_steps.scroll("h1", 1), "has nothing to scroll"),
    ],
)
def test_a_step_that_cannot_be_taken_is_named(
    renderer: GuiRenderer, step: page_steps.PageStep, why: str
):
    with pytest.raises(PageFault) as caught:
        renderer(spec(step))
    assert caught.value.reason == "state_not_reached" and why in caught.value.value


@pytest.mark.parametrize(
    "step", [page_steps.click('button "File"'), page_steps.hover('button "Help"')]
)
def test_tasks_inside_a_state_are_replayed_in_it(renderer: GuiRenderer, step: page_steps.PageStep):
    own = spec(step)
    scene = renderer(own).scene
    sample = Sample(own.key, own, {}, scene, ())
    sample = Sample(own.key, own, {}, scene, tuple(grounding_gui.propose(sample)))
    inside = {"New file", "Save as", "Shortcuts"}
    named = {e.id: e.name for e in scene.elements}
    assert any(named[t.elements[0]] in inside for t in sample.tasks)
    verdicts = replay_clicks.replay(renderer, sample)
    for task in sample.tasks:
        verdict = verdicts[task.key]
        if named[task.elements[0]] in inside:
            assert verdict is None
        elif verdict is not None:  # it moves when the mouse leaves what opened the state
            assert step[0] == "hover" and verdict.reason == "event_went_elsewhere"


def test_labels_in_states_are_within_one_pixel(renderer: GuiRenderer):
    for step in (page_steps.click('button "File"'), page_steps.click('button "Delete all"')):
        with renderer.open(spec(step)) as live:
            _, scene = gui.shot(live, VIEW)
            found = marker_probe.probe(live, scene, marker_probe.candidates(scene))
        errors = [r.error for r in found if r.error is not None]
        assert errors and max(errors) <= 1
