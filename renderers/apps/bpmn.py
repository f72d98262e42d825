"""Diagrams: tasks with names in bpmn-js, drawn by its own rules."""

from __future__ import annotations

from typing import Any

import numpy as np

from corpuswright.renderers.apps import page

TRIALS = 50  # for a place with air around it

# Kinds of tasks in a diagram (BPMN 2.0, 10.3), sizes that bpmn-js draws them in, and their names.
TASKS = ("task", "userTask", "serviceTask", "sendTask", "manualTask", "scriptTask")
TASK = (100, 80)
VERBS = ("Check", "Send", "Approve", "Pack", "Print", "Sign", "Archive", "Order", "Test", "Pay")
NOUNS = ("order", "invoice", "contract", "parcel", "report", "offer", "ticket", "sample", "photo")
PALETTE = 130  # CSS px that bpmn-js's palette takes on the left, with some air


def compose(rng: np.random.Generator, wide: float, high: float) -> str:
    """Return a page with tasks in bpmn-js (assets.grounding.canvas has it)."""
    names = [f"{v} {n}" for v in VERBS for n in NOUNS]
    chosen = [names[i] for i in rng.permutation(len(names))[: int(rng.integers(3, 8))]]
    w, h = TASK
    shapes: list[dict[str, Any]] = []
    for number, name in enumerate(chosen):
        for _ in range(TRIALS):
            x = int(rng.integers(PALETTE, max(PALETTE + 1, int(wide) - w - 20)))
            y = int(rng.integers(20, max(21, int(high) - h - 40)))
            # Air of half a task: where one is dropped on another, bpmn-js takes it back.
            if all(abs(x - s["x"]) > 1.5 * w or abs(y - s["y"]) > 1.5 * h for s in shapes):
                shape = {"id": f"s{number}", "what": str(rng.choice(TASKS)), "text": name}
                shapes.append({**shape, "x": x, "y": y, "w": w, "h": h})
                break
    libraries = [
        ("bpmn", "dist/assets/diagram-js.css"),
        ("bpmn", "dist/assets/bpmn-js.css"),
        ("bpmn", "dist/assets/bpmn-font/css/bpmn-embedded.css"),
        ("bpmn", "dist/bpmn-modeler.production.min.js"),
    ]
    style = "html, body, #editor { margin: 0; height: 100%; overflow: hidden; background: #fff; }"
    body = '<div id="editor"></div>'
    return page.page("Diagram", body, style, {"shapes": shapes}, ["bpmn"], libraries)
