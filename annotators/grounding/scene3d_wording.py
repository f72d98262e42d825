"""What tasks over solid things say."""

from __future__ import annotations

import numpy as np

from corpuswright.annotators.actions.gestures import TaskPlan

VERSION = 1  # bump when wording changes; actions stay as they are


def word(rng: np.random.Generator, plan: TaskPlan) -> str:
    """Return what a plan says, in the imperative."""
    m = plan.meaning
    match plan.kind:
        case "click_solid":
            return f"{rng.choice(('click', 'point at'))} {m['a']}"
        case "click_extreme":
            return f"click the object that is {m['which']} the camera"
        case "click_related":
            return f"click the object that stands {m['way']} {m['a']}, as the camera sees it"
        case "order_depth":
            return f"click {m['a']} and {m['b']}, the one {m['which']} the camera first"
        case _:
            return f"draw a tight box round what can be seen of {m['a']}, from its top left corner"
