"""Sentences about elements that have a state: what they say is what a click brings about."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest

from corpuswright.annotators.grounding import gui as grammar
from corpuswright.quality.execution import replay_clicks
from corpuswright.quality.execution.element_state import is_on
from corpuswright.quality.grounding import gui as reader
from corpuswright.renderers.browser.gui import GuiRenderer
from corpuswright.storage.records import Sample, Spec, Task

pytestmark = pytest.mark.browser
TURN = "this.setAttribute('{a}',this.getAttribute('{a}')!=='true')"
KINDS = {
    "checkbox": "<label><input type=checkbox {c}> {n}</label>",
    "radio": "<label><input type=radio name={g} {c}> {n}</label>",
    "switch": '<button role=switch aria-checked={b} onclick="{t}">{n}</button>',
    "dead": "<button role=switch aria-checked={b} onclick='0'>{n}</button>",
    "tab": '<button role=tab aria-selected={b} onclick="this.ariaSelected=true">{n}</button>',
    "menu": '<a href=# role=menuitem aria-expanded={b} onclick="{t};return false">{n}</a>',
}
NAMES = [f"{a} {b}" for a in ("Send", "Keep", "Show", "Sync", "Mute", "Lock")
         for b in ("mail", "photos", "news", "files", "sounds")]  # fmt: skip


def page(seed: int) -> tuple[str, dict[str, tuple[str, bool]]]:
    """Return a page, and of each element by its name its kind and whether it is on."""
    rng = random.Random(seed)
    names = rng.sample(NAMES, 18)
    made: dict[str, tuple[str, bool]] = {}
    body = "<!doctype html><style>body{columns:3;font:16px sans-serif}p{margin:14px}</style>"
    for number, name in enumerate(names):
        kind, on = list(KINDS)[number % len(KINDS)], rng.random() < 0.5
        turn = TURN.format(a="aria-expanded" if kind == "menu" else "aria-checked")
        values = {"c": "checked" if on else "", "b": str(on).lower(), "g": f"g{number}"}
        body += f"<p>{KINDS[kind].format(n=name, t=turn, **values)}</p>"
        made[name] = (kind, on)
    return body, made


@pytest.mark.parametrize("seed", range(4))
def test_what_a_sentence_says_of_a_state_is_so_after_the_click(tmp_path: Path, seed: int):
    body, made = page(seed)
    (tmp_path / "page.html").write_text(body)
    renderer = GuiRenderer({"own": tmp_path})
    where = {"site": "own", "path": "page.html", "width": 900, "height": 600, "ratio": 1.0}
    spec = Spec("gui-00000000-0000", "c", "gui", {**where, "theme": "light"}, ())
    scene = renderer(spec).scene
    tasks: list[Task] = []
    for n in range(24):  # other choices of targets and words
        sample = Sample(f"gui-{n:08d}-{seed:04d}", spec, {}, scene)
        tasks += [t for t in grammar.propose(sample) if reader.check(scene, t) is None]
    assert len(tasks) >= 150, "little is refused"
    said = [t for t in tasks if "on" in t.expected]
    assert len({t.text.split("“")[0] for t in said}) >= 8, "in various words"
    names = {e.id: e.name for e in scene.elements}
    for t in said:
        kind, on = made[names[t.elements[0]]]
        assert t.expected["on"] is not on, t.text
        assert not (kind in ("radio", "tab") and on), "these cannot be switched off"
    some = list({(t.elements[0], bool(t.expected.get("on"))): t for t in said}.values())
    sample = Sample(spec.key, spec, {}, scene, tuple(some))
    for key, verdict in replay_clicks.replay(renderer, sample).items():
        (task,) = [t for t in some if t.key == key]
        dead = made[names[task.elements[0]]][0] == "dead"
        assert (verdict.reason if verdict else "") == ("state_not_reached" if dead else "")


def test_a_sentence_that_undoes_is_refused(tmp_path: Path):
    body, _made = page(1)
    (tmp_path / "page.html").write_text(body)
    where = {"site": "own", "path": "page.html", "width": 900, "height": 600, "ratio": 1.0}
    spec = Spec("gui-00000000-0000", "c", "gui", {**where, "theme": "light"}, ())
    scene = GuiRenderer({"own": tmp_path})(spec).scene
    refused: set[str] = set()
    for n in range(12):
        for task in grammar.propose(Sample(f"gui-{n:08d}-0001", spec, {}, scene)):
            element = next(e for e in scene.elements if e.id == task.elements[0])
            if "on" not in task.expected or element.role not in ("checkbox", "switch", "radio"):
                continue
            verb = "Turn off" if task.expected["on"] else "Turn on"
            if is_on(element.state) and element.role == "checkbox":
                verb = "Select"
            noun = {"radio": "radio button"}.get(element.role, element.role)
            wrong = replace(task, text=f"{verb} the “{element.name}” {noun}.")
            why = reader.check(scene, wrong)
            assert why is not None
            refused.add(why.reason)
    assert refused == {"sentence_undoes"}
