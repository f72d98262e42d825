"""Execute tasks with the real mouse on the live page: the target must receive the event.

The page is opened anew and measured anew; if a single number differs from the recorded scene, the
tasks are rejected. Listeners in the isolated world stop every event at the window, so that no
handler of the page runs and one task cannot change the page for the next.
"""

from __future__ import annotations

from typing import Any

from corpuswright.annotators.actions import relative_drags
from corpuswright.quality.execution import scene_difference
from corpuswright.quality.execution.element_state import is_on
from corpuswright.renderers.browser import gui, page_steps
from corpuswright.renderers.browser.gui import GuiRenderer
from corpuswright.renderers.browser.page import Live
from corpuswright.renderers.faults import PageFault
from corpuswright.storage.records import Point, Rejection, Sample, Task

VERSION = 4  # bump when a verdict can change

_EXPECTED = {
    "click": "click",
    "double_click": "dblclick",
    "right_click": "contextmenu",
    "middle_click": "auxclick",
    "hover": "mousemove",
}

_LISTEN = """() => {
  const cw = corpuswright;
  cw.log = [];
  const docs = new Set(cw.els.map((e) => e.ownerDocument));
  docs.add(document);
  for (const doc of docs)
    for (const type of ['pointerdown', 'pointerup', 'mousedown', 'mouseup', 'click', 'dblclick',
        'auxclick', 'contextmenu', 'mousemove', 'mouseover', 'mouseenter', 'pointermove',
        'pointerover', 'pointerenter', 'mouseout', 'mouseleave', 'pointerout', 'pointerleave'])
      doc.defaultView.addEventListener(type, (e) => {
        const node = e.composedPath()[0];
        // A root that the parser has closed tells of its host alone: who in it is asked anew.
        const closed = node.ownerDocument === document && globalThis.cwRoots.has(node);
        cw.log.push([e.type, closed ? cw.hit(e.clientX, e.clientY) : node]);
        e.preventDefault();
        e.stopImmediatePropagation();
      }, true);
  return docs.size;
}"""

# For each event of the wanted type: the number of the innermost interactive element it reached.
_RECEIVED = """(type, interactive) => {
  const cw = corpuswright;
  const found = cw.log.filter((e) => e[0] === type).map(([, node]) => {
    const inside = interactive.filter((i) => cw.reaches(cw.els[i], node));
    return inside.length ? inside[inside.length - 1] : -1;
  });
  cw.log = [];
  return found;
}"""


def replay(renderer: GuiRenderer, sample: Sample) -> dict[str, Rejection | None]:
    """Return a verdict for each task's key.

    Raises:
        PageFault: The page cannot be shown at all.
    """
    return gui.retried(renderer.browser(), lambda: _replay(renderer, sample))


def _replay(renderer: GuiRenderer, sample: Sample) -> dict[str, Rejection | None]:
    with renderer.open(sample.spec) as live:
        scene = gui.look(live, gui.view_of(sample.spec.parameters))
        if changed := scene_difference.first(sample.scene, scene):
            return {t.key: Rejection("scene_changed", changed) for t in sample.tasks}
        interactive = [i for i, e in enumerate(scene.elements) if e.attributes.get("interactive")]
        live.evaluate(_LISTEN)
        verdicts = {t.key: _perform(live, sample, t, interactive) for t in sample.tasks}
    for task in sample.tasks:
        if verdicts[task.key] is None and "on" in task.expected:
            verdicts[task.key] = _carried_out(renderer, sample, task)
    return verdicts


def _carried_out(renderer: GuiRenderer, sample: Sample, task: Task) -> Rejection | None:
    """Click for good, on the page opened anew: is the element on, or off, as the task expects?"""
    x, y = _place(task, sample)
    try:
        with renderer.open(sample.spec) as live:
            gui.look(live, gui.view_of(sample.spec.parameters))
            page_steps.hold_hover(live, sample.spec.parameters.get("steps", ()))
            live.page.mouse.click(x, y)
            live.rest()
            state = live.evaluate("(n) => corpuswright.stateOf(n)", int(task.elements[0][1:]))
    except PageFault as fault:  # it leads elsewhere, or nowhere
        return Rejection("state_not_reached", f"{fault.reason}: {task.text[:80]}")
    if is_on(state) == task.expected["on"]:
        return None
    return Rejection("state_not_reached", f"{state} afterwards: {task.text[:80]}")


def _perform(live: Live, sample: Sample, task: Task, interactive: list[int]) -> Rejection | None:
    action, target = task.actions[0], int(task.elements[0][1:])
    x, y = _place(task, sample)
    mouse = live.page.mouse
    mouse.move(0, 0)
    page_steps.hold_hover(live, sample.spec.parameters.get("steps", ()))
    live.evaluate("() => { corpuswright.log = []; }")
    if action.kind == "hover":
        mouse.move(x, y)
    else:
        mouse.click(x, y, button=_button(action.button), click_count=action.count)
    received: list[int] = live.evaluate(_RECEIVED, _EXPECTED[action.kind], interactive)
    if not received:
        return Rejection("no_event", f"{_EXPECTED[action.kind]} at {x:.1f}, {y:.1f}")
    if received[-1] != target:
        return Rejection("event_went_elsewhere", f"e{received[-1]} instead of e{target}")
    return None


def _place(task: Task, sample: Sample) -> Point:
    """Return where a task's first point lies in the page, in CSS pixels."""
    stood = relative_drags.on_pixel(task.actions[0].points[0])
    x, y = (v / s for v, s in zip(stood, sample.scene.scale, strict=True))
    return x, y


def _button(name: str) -> Any:
    if name not in ("left", "right", "middle"):
        raise PageFault("unknown_button", name)
    return name
