"""What tasks in a drawing application say."""

from __future__ import annotations

import numpy as np

from corpuswright.annotators.actions.gestures import TaskPlan

VERSION = 2  # bump when wording changes; actions stay as they are


def word(rng: np.random.Generator, plan: TaskPlan) -> str:
    """Return what a plan says, in the imperative."""
    m = plan.meaning
    match plan.kind:
        case "click_shape":
            say = f"click {m['a']}"
        case "add_shape":
            say = f"hold Shift and click {m['a']} to add it to the selection"
        case "move_midway" | "move_text_box":
            say = f"drag {m['a']} so that its centre is midway between {m['b']} and {m['c']}"
        case "align":
            say = (
                f"drag {m['a']} {m['way']} until its {m['side']} edge lines up "
                f"with the {m['side']} edge of {m['b']}"
            )
        case "resize_shape":
            say = (
                f"drag the handle in the middle of the {m['side']} edge of the selected shape "
                f"to make it {m['how']} as {m['size']}"
            )
        case "rotate_shape":
            say = f"turn the selected shape {m['how']} by its rotation handle"
        case "marquee":
            say = (
                f"drag a box from top left to bottom right around {m['a']} and {m['b']} "
                "to select both and nothing else"
            )
        case "connect":
            say = (
                f"drag the {m['called']} of the selected {m['type']} to the {m['side']} of {m['a']}"
            )
        case "move_corner":
            corner = f"the {m['which']} corner of the selected {m['type']}"
            say = f"drag {corner} to the centre of {m['a']}"
        case "write_in_shape":
            say = f"double-click {m['a']}, type “{m['text']}” and press Enter"
        case _:
            way = ", then ".join(m["names"])
            say = f"draw one line through the centres of {way}"
            say += " and back to where it began" if m["closed"] else ""
    return say
