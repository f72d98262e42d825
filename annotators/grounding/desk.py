"""Tasks on a desktop: sliders, files to upload, cards to carry, windows to move, size and close."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from corpuswright.annotators.actions import clicks, gestures, place_expressions, relative_drags
from corpuswright.annotators.actions.gestures import Place, TaskPlan, expect
from corpuswright.storage import keys
from corpuswright.storage.records import Action, Element, Sample, Scene, Task

ACTIONS_VERSION = 3  # bump when the choice of targets or actions changes
TEXT_VERSION = 1  # bump when wording changes; actions stay as they are

TASKS = 8  # a scene; ours, as for tables
EACH = 2  # of one kind at most
MISS = 4.0  # CSS px: how far a dragged edge may end from where it should
SLACK = 2.0  # of a slider's hundred: what a person takes for the number asked
NOTCH = 100  # CSS px that a notch of the wheel scrolls


class Desk:
    """A desk scene, looked up by kind and name."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.app = scene.state["app"]
        self.by: dict[str, list[Element]] = {}
        for e in scene.elements:
            self.by.setdefault(str(e.attributes.get("kind", "")), []).append(e)
        self.titles = {str(e.attributes["window"]): e.text for e in self.by.get("title", ())}
        self.scale = scene.scale[0]

    def title(self, e: Element) -> str:
        """Return the title of something's window; empty if two share it or it cannot be read."""
        window = e.attributes["window"]
        found = self.titles.get(str(window), "")
        says = (e,) if e.attributes["kind"] == "task" else self.by.get("title", ())
        seen = any(o.attributes["window"] == window and readable(o) for o in says)
        return found if seen and list(self.titles.values()).count(found) == 1 else ""


def readable(e: Element) -> bool:
    """Whether an element's name can be read in the pixels, whole."""
    return e.attributes.get("named_by") == "text"


def propose(sample: Sample) -> list[Task]:
    """Return up to TASKS tasks for a desk scene, of as many kinds as it has room for."""
    desk = Desk(sample.scene)
    rng = keys.generator(sample.spec.corpus, "actions", ACTIONS_VERSION, sample.key)
    plans = gestures.collect(desk, KINDS, rng, TASKS, EACH)
    return gestures.tasks_of(sample, plans, word, "On this desktop", TEXT_VERSION)


def _one(desk: Desk, rng: np.random.Generator, kind: str) -> Element | None:
    """Choose an element of a kind that can be pressed where it is seen."""
    found = [
        e
        for e in desk.by.get(kind, ())
        if e.click_point is not None and (e.visible_fraction or 0) > 0.6
    ]
    return found[int(rng.integers(0, len(found)))] if found else None


def _press(desk: Desk, e: Element) -> Place:
    """Return the place of a press on an element: as for a click on it."""
    _, target = clicks.click(desk.scene, e, "click")
    return Place(f"{e.id}.click_point", target.accept, target.forbid)


def _slide(desk: Desk, rng: np.random.Generator) -> TaskPlan | None:
    knob = _one(desk, rng, "knob")
    if knob is None:
        return None
    name = str(knob.attributes["name"])
    track = next(e for e in desk.by["track"] if e.attributes["name"] == name)
    was, value = float(desk.app["sliders"][name]), int(rng.integers(0, 21)) * 5
    labels = [e for e in desk.by.get("label", ()) if e.attributes["name"] == name and readable(e)]
    if track.visible_box != track.box or abs(was - value) < 10 or not labels:
        return None
    at = f"{track.id}.at({value / 100:g}, 0.5)"
    at = f"{at} + ({knob.id}.click_point - {knob.id}.center)"
    end = place_expressions.evaluate(desk.scene, at)
    x0, _, x1, _ = track.box
    hundredth = (x1 - x0) / desk.scale / 100  # of the track, in CSS px
    # What is held, and lost to whole pixels, adds to what the end may miss by.
    slack = SLACK + (relative_drags.PRESS + relative_drags.WHOLE) / hundredth
    half = SLACK * hundredth * desk.scale
    width, height = desk.scene.size
    # Up and down the hand is free: a slider goes by the way across.
    band = gestures.band(max(0, end[0] - half), 1, min(width - 1, end[0] + half), height - 1)
    # A knob stops at the ends of its track, however far it is pulled.
    across = (
        (value - was - slack) * hundredth if value - slack > 0 else None,
        (value - was + slack) * hundredth if value + slack < 100 else None,
    )
    press, goal = _press(desk, knob), Place(at, (band,), element=track.id)
    action, targets, gesture = relative_drags.shift(desk.scene, press, goal, across, None)
    wanted = {"about": value, "within": slack}
    expected = expect({f"sliders.{name}": wanted}, "order", gesture=gesture)
    said = {"name": name, "value": value}
    return TaskPlan("set_slider", (action,), targets, (knob.id, track.id), expected, said)


def _upload(desk: Desk, rng: np.random.Generator) -> TaskPlan | None:
    file, area = _one(desk, rng, "file"), _one(desk, rng, "upload")
    if file is None or area is None or not (readable(file) and readable(area)):
        return None
    places = [_press(desk, file), _press(desk, area)]
    action, targets = gestures.many(desk.scene, "drag", places)
    name = str(file.attributes["name"])
    expected = expect({"uploads": [name]}, "order")
    said = {"name": name, "area": area.text}
    return TaskPlan("upload_file", (action,), targets, (file.id, area.id), expected, said)


def _carry(desk: Desk, rng: np.random.Generator) -> TaskPlan | None:
    card, head = _one(desk, rng, "card"), _one(desk, rng, "list")
    if card is None or head is None or not (readable(card) and readable(head)):
        return None
    name, goal = str(card.attributes["name"]), str(head.attributes["name"])
    if desk.app["cards"][name] == goal:
        return None
    places = [_press(desk, card), _press(desk, head)]
    action, targets = gestures.many(desk.scene, "drag", places)
    expected = expect({f"cards.{name}": goal}, "order")
    said = {"name": name, "goal": goal}
    return TaskPlan("move_card", (action,), targets, (card.id, head.id), expected, said)


def _size(desk: Desk, rng: np.random.Generator) -> TaskPlan | None:
    edge = _one(desk, rng, "edge")
    if edge is None or not desk.title(edge):
        return None
    window, side = str(edge.attributes["window"]), str(edge.attributes["side"])
    was = desk.app["windows"][window]
    across = side != "bottom"
    root = next((e for e in desk.by.get("title", ()) if e.attributes["window"] == window), None)
    if root is None:
        return None
    width, height = (v / desk.scale for v in desk.scene.size)
    goal = (width if across else height) / 2
    size = {
        "right": goal - was["x"],
        "left": was["x"] + was["w"] - goal,
        "bottom": goal - was["y"],
    }[side]
    now = was["w"] if across else was["h"]
    if size < (170 if across else 120) or abs(size - now) < 30:
        return None
    # The middle of the screen is a place that no element has: said by the edge's own.
    x0, y0, x1, y1 = edge.visible_box or edge.box
    px, py = (width / 2 * desk.scale, height / 2 * desk.scale)
    right = (px - x0) / (x1 - x0) if across else 0.5
    down = 0.5 if across else (py - y0) / (y1 - y0)
    at = f"{edge.id}.at({right:.6f}, {down:.6f})"
    if max(abs(right), abs(down)) > place_expressions.MAX_FACTOR:
        return None
    end = place_expressions.evaluate(desk.scene, at)
    half = MISS * desk.scale
    w, h = desk.scene.size
    band = (
        gestures.band(end[0] - half, 1, end[0] + half, h - 1)
        if across
        else gestures.band(1, end[1] - half, w - 1, end[1] + half)
    )
    places = [_press(desk, edge), Place(at, (band,), element=edge.id)]
    action, targets = gestures.many(desk.scene, "drag", places)
    part = "w" if across else "h"
    holds: dict[str, Any] = {
        f"windows.{window}.{part}": {"about": round(size, 3), "within": MISS + 2}
    }
    if side == "left":
        holds[f"windows.{window}.x"] = {"about": round(goal, 3), "within": MISS + 2}
    expected = expect(holds, "order")
    said = {"title": desk.title(edge), "side": side}
    return TaskPlan("resize_window", (action,), targets, (edge.id,), expected, said)


def _move(desk: Desk, rng: np.random.Generator) -> TaskPlan | None:
    title = _one(desk, rng, "title")
    if title is None or not desk.title(title):
        return None
    window = str(title.attributes["window"])
    was = desk.app["windows"][window]
    corner = str(rng.choice(("top left", "top right")))
    width = desk.scene.size[0] / desk.scale
    x = 0.0 if corner == "top left" else width - was["w"]
    dx, dy = (x - was["x"]) * desk.scale, -was["y"] * desk.scale
    if abs(dx) + abs(dy) < 60 * desk.scale:
        return None
    x0, y0, x1, y1 = title.visible_box or title.box
    at = f"{title.id}.click_point + ({title.id}.at({dx / (x1 - x0):.6f}, {dy / (y1 - y0):.6f})"
    at = f"{at} - {title.id}.top_left)"
    end = place_expressions.evaluate(desk.scene, at)
    half = MISS * desk.scale
    if not (half < end[0] < desk.scene.size[0] - half and half < end[1]):
        return None
    within = MISS + relative_drags.PRESS + relative_drags.WHOLE
    press, goal = _press(desk, title), Place(at, (gestures.around(end, half),), element=title.id)
    way = [(d / desk.scale - within, d / desk.scale + within) for d in (dx, dy)]
    action, targets, gesture = relative_drags.shift(desk.scene, press, goal, way[0], way[1])
    holds = {
        f"windows.{window}.x": {"about": round(x, 3), "within": within},
        f"windows.{window}.y": {"about": 0, "within": within},
    }
    said = {"title": desk.title(title), "corner": corner}
    expected = expect(holds, "order", gesture=gesture)
    return TaskPlan("move_window", (action,), targets, (title.id,), expected, said)


def _close(desk: Desk, rng: np.random.Generator) -> TaskPlan | None:
    button = _one(desk, rng, "close")
    if button is None or not desk.title(button):
        return None
    action, region = clicks.click(desk.scene, button, "click")
    window = str(button.attributes["window"])
    expected = expect({f"windows.{window}": None}, "order")
    said = {"title": desk.title(button)}
    return TaskPlan("close_window", (action,), (region,), (button.id,), expected, said)


def _raise(desk: Desk, rng: np.random.Generator) -> TaskPlan | None:
    button = _one(desk, rng, "task")
    window = str(button.attributes["window"]) if button else ""
    if button is None or not desk.title(button) or desk.app["order"][-1] == window:
        return None
    order = [o for o in desk.app["order"] if o != window] + [window]
    action, region = clicks.click(desk.scene, button, "click")
    said = {"title": desk.title(button)}
    expected = expect({"order": order})
    return TaskPlan("raise_window", (action,), (region,), (button.id,), expected, said)


def _scroll(desk: Desk, rng: np.random.Generator) -> TaskPlan | None:
    log = _one(desk, rng, "log")
    if log is None or not desk.title(log):
        return None
    notches = int(rng.integers(1, 6))
    _, region = clicks.click(desk.scene, log, "click")
    action = Action("scroll", (f"{log.id}.click_point",), (region.point,), amount=(0, notches))
    window = str(log.attributes["window"])
    expected = expect({f"scrolled.{window}": {"about": notches * NOTCH, "within": 1}})
    said = {"title": desk.title(log), "notches": notches}
    return TaskPlan("scroll_list", (action,), (region,), (log.id,), expected, said)


KINDS: Sequence[Callable[[Desk, np.random.Generator], TaskPlan | None]] = (
    _slide,
    _upload,
    _carry,
    _size,
    _move,
    _close,
    _raise,
    _scroll,
)


def word(rng: np.random.Generator, plan: TaskPlan) -> str:
    """Return what a plan says, in the imperative."""
    m = plan.meaning
    match plan.kind:
        case "set_slider":
            say = f"set the “{m['name']}” slider to {m['value']} by dragging its knob"
        case "upload_file":
            say = f"drag the file “{m['name']}” into the “{m['area']}” area"
        case "move_card":
            say = f"drag the card “{m['name']}” onto the heading “{m['goal']}”"
        case "resize_window":
            edge = f"the {m['side']} edge of the “{m['title']}” window"
            say = f"drag {edge} to the middle of the screen"
        case "move_window":
            say = (
                f"drag the “{m['title']}” window by its title "
                f"into the {m['corner']} corner of the screen"
            )
        case "close_window":
            say = f"close the “{m['title']}” window"
        case "raise_window":
            say = f"bring the “{m['title']}” window to the front from the taskbar"
        case _:
            notches = m["notches"]
            more = "notch" if notches == 1 else "notches"
            say = f"scroll the “{m['title']}” window down by {notches} {more} of the wheel"
    return say
