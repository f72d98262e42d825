"""The renderer of clips: a spec becomes a world, its files, and the scene that words are about."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from pydantic import JsonValue

from corpuswright.renderers.apps.page import Read
from corpuswright.renderers.faults import PageFault
from corpuswright.renderers.motion import (
    clip,
    motion_statistics,
    moving_camera,
    moving_objects,
    moving_people,
)
from corpuswright.renderers.motion.clip import DrawnClip
from corpuswright.renderers.plans import tabletop
from corpuswright.renderers.world3d.ground_truth import GroundTruth
from corpuswright.renderers.world3d.world import World
from corpuswright.storage.records import Box, Element, Json, Point, Render, Scene

MEDIUM = "clip"
# Kinds of things that nobody speaks of.
BACKGROUND = ("floor", "wall", "table", "hand", "arm", "water")
LEAST = 40  # pixels of a thing in some frame, below which it is not spoken of


# What makes the world of a clip, by the spec's `world`; a new kind is a file and a line here.
COMPOSERS: Mapping[str, Callable[[Json, Read], World]] = {
    "people": moving_people.compose,
    "tabletop": lambda parameters, read: tabletop.compose(parameters),
    "toys": lambda parameters, read: moving_objects.compose(parameters),
    "views": moving_camera.compose,
}


def compose(parameters: Json, read: Read) -> World:
    """Return the world of a spec; `read` gives files of its sites. Raises PageFault."""
    return COMPOSERS[str(parameters["world"])](parameters, read)


def render(parameters: Json, read: Read) -> Render:
    """Draw a spec's clip and describe what happens in it.

    Raises:
        PageFault: It cannot be drawn, or the two accounts of it differ.
    """
    world = compose(parameters, read)
    drawn = clip.draw(world, parameters)
    state: dict[str, JsonValue] = {
        "frames": world.frames,
        "fps": int(parameters["fps"]),
        "camera": motion_statistics.camera(world),
        "report": cast(JsonValue, drawn.report._asdict() if drawn.report else None),
        "things": [t.id for t in world.things],
    }
    if "flow_forward" in drawn.passes:
        flow, codes = drawn.passes["flow_forward"], drawn.passes["flow_forward_codes"]
        found = motion_statistics.statistics(world, GroundTruth(world), flow, codes)
        state["statistics"] = found
        _filter(parameters, found)
    _filled(parameters, world, drawn)
    elements: list[Element] = []
    for number, thing in enumerate(world.things):
        seen = drawn.tracks["pixels"][:, number]
        if thing.kind not in BACKGROUND and seen.max() >= LEAST:
            acts = {
                f"p{i}": str(f.get("act", "")) for i, f in enumerate(parameters.get("figures", ()))
            }
            element = _element(world, drawn, number, f"e{len(elements)}", acts.get(thing.id, ""))
            elements.append(element)
    if not elements:
        raise PageFault("nothing_to_see", f"no thing has {LEAST} px in any frame")
    if len(elements) != parameters.get("count", len(elements)):
        seen = f"{len(elements)} of {parameters['count']} things have {LEAST} px in some frame"
        raise PageFault("thing_not_seen", seen)
    told: dict[str, JsonValue] = {
        n: parameters[n] for n in ("chore",) if n in parameters
    }  # what is done in it
    scene = Scene(world.camera.size, (1.0, 1.0), tuple(elements), {"clip": state, **told})
    return Render(clip.files_of(drawn, int(parameters["fps"])), scene)


def _filter(p: Mapping[str, Any], found: Mapping[str, JsonValue]) -> None:
    """Raise PageFault for a clip whose motion is outside of what its spec asks for."""
    vigour, most = found["vigour"], found["most"]
    if vigour < p.get("least_motion", 0.0):
        least = f"{p['least_motion']:.2f}"
        raise PageFault("too_still", f"90 % move {vigour:.2f} px a frame or less, not {least}")
    if most > p.get("most_motion", np.inf):
        raise PageFault("too_fast", f"{most:.2f} diagonals a frame, at most {p['most_motion']}")


def _filled(p: Mapping[str, Any], world: World, drawn: DrawnClip) -> None:
    """Raise PageFault for a figure that is too small in too many frames, whatever moved it."""
    least, often = p.get("least_figure", 0.0), p.get("figure_seen", 0.5)
    width, height = world.camera.size
    figures = {f"p{i}" for i in range(len(p.get("figures", ())))}
    for number, thing in enumerate(world.things):
        if thing.id not in figures:
            continue
        shares = drawn.tracks["pixels"][:, number] / (width * height)
        part = float((shares >= least).mean())
        if part < often:
            said = f"{thing.id} fills {least:.2%} of the picture in {part:.0%} of the frames"
            raise PageFault("figure_too_small", f"{said}, expected in {often:.0%}")


def _element(world: World, drawn: DrawnClip, number: int, id_: str, act: str) -> Element:
    """Describe one thing, with its boxes in the first frame that shows it."""
    tracks, thing = drawn.tracks, world.things[number]
    facts = motion_statistics.of_things(tracks, number)
    first = cast(list[int], facts["seen"])[0]
    seen = _box(tracks["visible"][first, number])
    amodal = tracks["amodal"][first, number]
    x0, y0, x1, y1 = box = _box(amodal) if np.isfinite(amodal).all() else seen
    record: dict[str, JsonValue] = {
        "kind": "moving",
        "id": thing.id,
        "instance": number + 1,
        "type": thing.kind,
        "colour": thing.hue,
        "moves": motion_statistics.moves(world, number),
        "act": act,
        "path": cast(JsonValue, motion_statistics.path(world, number)),
        **facts,
    }
    share = tracks["pixels"][first, number] / max(int(tracks["whole"][first, number]), 1)
    return Element(
        id_,
        "img",
        thing.name,
        ((x0, y0), (x1, y0), (x1, y1), (x0, y1)),
        box,
        seen,
        float(share),
        _inside(drawn.passes.get("instances"), first, number, seen),
        "",
        {},
        record,
        None,
    )


def _box(values: NDArray[Any]) -> Box:
    x0, y0, x1, y1 = (float(v) for v in values)
    return x0, y0, x1, y1


def _inside(instances: NDArray[Any] | None, frame: int, number: int, box: Box) -> Point | None:
    """Return the centre of the pixel of a thing that is nearest to the middle of its box."""
    if instances is None:
        return None
    ys, xs = np.nonzero(instances[frame] == number + 1)
    middle = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    near = int(np.argmin((xs + 0.5 - middle[0]) ** 2 + (ys + 0.5 - middle[1]) ** 2))
    return float(xs[near]) + 0.5, float(ys[near]) + 0.5
