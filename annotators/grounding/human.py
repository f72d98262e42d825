"""Tasks from recorded steps: what was said, and the click that a person made.

A record knows the point and nothing of what is there. So a task is made only where a line of text
lies at the point: its box is the region, since a click anywhere on a label is a click on what it
labels. A click beside a line may be on something else that has no letters. Whether the sentence
means that line is for quality.grounding.human to find out.
"""

from __future__ import annotations

from corpuswright.annotators.actions.clicks import CLICKS
from corpuswright.storage import keys
from corpuswright.storage.records import (
    Action,
    Box,
    Element,
    Origin,
    Point,
    Sample,
    Scene,
    Target,
    Task,
)

VERSION = 1  # bump when other tasks come out


def propose(sample: Sample) -> list[Task]:
    """Return the one task of a recorded step; none where nothing can be read at its point."""
    scene = sample.scene
    record = scene.state["recorded"]
    x, y = record["point"]
    line = at(scene, (x, y))
    if line is None:
        return []
    kind = record["kind"]
    button, count = CLICKS.get(kind, ("left", 3 if kind == "triple_click" else 1))
    place = f"{line.id}.at({_share(x, line.box, 0):.6f}, {_share(y, line.box, 1):.6f})"
    action = Action(kind, (place,), ((x, y),), button, count, tuple(record["modifiers"]))
    x0, y0, x1, y1 = line.box
    accept = ((x0, y0), (x1, y0), (x1, y1), (x0, y1))
    target = Target(line.id, 1, (accept,), (), (x, y))
    key = keys.task_key(sample.key, 0)
    said, origin = record["said"], Origin("recorded", VERSION)
    return [Task(key, kind, (line.id,), said, "recorded", (action,), (target,), origin)]


def at(scene: Scene, point: Point) -> Element | None:
    """Return the only line whose box holds the point."""
    x, y = point
    found = [e for e in scene.elements if e.box[0] <= x < e.box[2] and e.box[1] <= y < e.box[3]]
    return found[0] if len(found) == 1 else None


def _share(value: float, box: Box, axis: int) -> float:
    return (value - box[axis]) / max(1e-9, box[axis + 2] - box[axis])
