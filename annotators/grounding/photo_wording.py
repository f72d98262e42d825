"""What tasks in an image editor say."""

from __future__ import annotations

import numpy as np

from corpuswright.annotators.actions.gestures import TaskPlan

VERSION = 1  # bump when wording changes; actions stay as they are

CORNERS = {"top left": "nw", "top right": "ne", "bottom right": "se", "bottom left": "sw"}
SIDES = ("left", "right", "top", "bottom")


def word(rng: np.random.Generator, plan: TaskPlan) -> str:
    """Return what a plan says, in the imperative."""
    m = plan.meaning
    match plan.kind:
        case "select_region":
            say = f"{rng.choice(('click', 'select'))} {m['a']}"
        case "drop_selection":
            say = "click somewhere in the photo outside the outlined region to drop the selection"
        case "move_region":
            say = (
                f"drag {m['a']} so that it stands on top of {m['b']}: "
                "its lower edge on the upper edge of the other, centred"
            )
        case "move_photo" if m["where"] == "centre":
            say = "drag the whole photo to the centre of the work area"
        case "move_photo":
            say = f"drag the whole photo into the {m['where']} corner of the work area"
        case "crop_to":
            say = (
                f"draw a crop frame from the top left to the bottom right of {m['a']}, "
                "leaving no space around it"
            )
        case "crop_corner":
            say = (
                f"drag the {m['corner']} corner of the crop frame to the {m['corner']} corner "
                f"of the box around {m['a']}"
            )
        case "push_edge":
            say = f"push the {m['side']}most point of {m['a']} to the centre of its box"
            say = say.replace("topmost", "uppermost").replace("bottommost", "lowest")
        case "paint_over":
            say = f"paint over all of {m['a']} in zig-zags to select it"
        case _:
            say = f"draw a line round the boundary of {m['a']}, starting at its highest point"
    return say
