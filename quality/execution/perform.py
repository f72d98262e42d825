"""Perform tasks on the live scene with real input events, and look at what has become of it.

Each task begins on a page opened anew, which must be the scene that was recorded, pixels included.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from corpuswright.annotators.actions import relative_drags
from corpuswright.quality.execution import postconditions, scene_difference
from corpuswright.renderers.browser import gui
from corpuswright.renderers.browser.gui import GuiRenderer
from corpuswright.renderers.browser.page import Live
from corpuswright.storage.keys import sha256
from corpuswright.storage.records import Action, Json, Point, Rejection, Sample, Task

VERSION = 3  # bump when a verdict can change

STEPS = 8  # moves between two points of a drag: enough for applications that watch the way
# CSS px of a drag's first move, as a hand begins one: what is dragged, many applications decide by
# where the pointer is then, not by where it was pressed.
FIRST = 3.0
# What a page calls the keys that our actions name as PyAutoGUI does.
_KEYS = {
    "ctrl": "Control", "shift": "Shift", "alt": "Alt", "enter": "Enter", "tab": "Tab",
    "esc": "Escape", "delete": "Delete", "backspace": "Backspace", "home": "Home", "end": "End",
    "space": " ", "up": "ArrowUp", "down": "ArrowDown", "left": "ArrowLeft", "right": "ArrowRight",
}  # fmt: skip


class Change(NamedTuple):
    """What a task has made of its scene: the image afterwards, and [old, new] by path."""

    png: bytes
    state: Json


class Played(NamedTuple):
    """Verdict by task key, and the change of each task that holds."""

    verdicts: Mapping[str, Rejection | None]
    changes: Mapping[str, Change]


def execute(renderer: GuiRenderer, sample: Sample) -> Played:
    """Perform every task of a sample.

    Raises:
        PageFault: The scene cannot be shown at all.
    """
    return gui.retried(renderer.browser(), lambda: _execute(renderer, sample))


class End(NamedTuple):
    """What actions have made of a scene: the application's state and the image."""

    state: Json
    png: bytes


def attempt(renderer: GuiRenderer, sample: Sample, actions: Sequence[Action]) -> End | Rejection:
    """Perform actions on a sample's scene, opened anew; returns what has become of it.

    Raises:
        PageFault: The scene cannot be shown at all.
    """

    def once() -> End | Rejection:
        with renderer.open(sample.spec) as live:
            if changed := _another(live, sample):
                return changed
            for action in actions:
                perform(live, action, sample.scene.scale)
            live.rest()
            state = gui.state_of(live)
            live.repaint()
            return End(state, live.shoot())

    return gui.retried(renderer.browser(), once)


def _execute(renderer: GuiRenderer, sample: Sample) -> Played:
    verdicts: dict[str, Rejection | None] = {}
    changes: dict[str, Change] = {}
    for number, task in enumerate(sample.tasks):
        with renderer.open(sample.spec) as live:
            if number == 0 and (changed := _another(live, sample)):
                return Played({t.key: changed for t in sample.tasks}, {})
            verdict, change = _play(live, sample, task)
        verdicts[task.key] = verdict
        if verdict is None:
            changes[task.key] = change
    return Played(verdicts, changes)


def _another(live: Live, sample: Sample) -> Rejection | None:
    """Say whether the scene is another than the one recorded."""
    png, scene = gui.shot(live, gui.view_of(sample.spec.parameters))
    if changed := scene_difference.first(sample.scene, scene):
        return Rejection("scene_changed", changed)
    stored = sample.media.get("png")
    if stored is not None and stored.sha256 != sha256(png):
        return Rejection("scene_changed", "its pixels differ")
    return None


def _play(live: Live, sample: Sample, task: Task) -> tuple[Rejection | None, Change]:
    before = sample.scene.state["app"]
    for path, was, now in postconditions.diff(before, gui.state_of(live)):
        why = f"state.app.{path} {was!r:.60}, then {now!r:.60}"
        return Rejection("scene_changed", why), Change(b"", {})
    for action in task.actions:
        perform(live, action, sample.scene.scale)
    live.rest()
    after = gui.state_of(live)
    verdict = postconditions.check(task.expected, before, after)
    change = {path: [old, new] for path, old, new in postconditions.diff(before, after)}
    if verdict is not None:
        return verdict, Change(b"", change)
    live.repaint()
    return None, Change(live.shoot(), change)


def perform(live: Live, action: Action, scale: Point) -> None:
    """Perform one action with real input events."""
    mouse, keyboard = live.page.mouse, live.page.keyboard
    stood = [relative_drags.on_pixel(p) for p in action.points]
    at = [(x / scale[0], y / scale[1]) for x, y in stood]
    for key in action.modifiers:
        keyboard.down(_KEYS[key])
    match action.kind:
        case "drag" | "draw":
            mouse.move(*at[0])
            mouse.down(button=_button(action))
            if action.kind == "drag":
                mouse.move(*_towards(at[0], at[1]))
            for x, y in at[1:]:
                mouse.move(x, y, steps=STEPS if action.kind == "drag" else 2)
            mouse.up(button=_button(action))
        case "scroll":
            if at:
                mouse.move(*at[0])
            mouse.wheel(action.amount[0] * 100, action.amount[1] * 100)
        case "type":
            keyboard.type(action.text)
        case "press":
            keys = [_KEYS.get(k, k) for k in action.text.split("+")]
            keyboard.press("+".join(keys))
        case "hover":
            mouse.move(*at[0])
        case _:
            mouse.click(*at[0], button=_button(action), click_count=action.count)
    for key in reversed(action.modifiers):
        keyboard.up(_KEYS[key])


def _towards(start: Point, end: Point) -> Point:
    """Return a place FIRST px from `start` on the way to `end`."""
    share = min(1.0, FIRST / max(math.dist(start, end), FIRST))
    return start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1])


def _button(action: Action) -> Literal["left", "middle", "right"]:
    match action.button:
        case "right":
            return "right"
        case "middle":
            return "middle"
        case _:
            return "left"
