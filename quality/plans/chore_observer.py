"""What is seen of a chore: facts read off the geometry of its world, and held against its states.

The state machine says what should be so; here it is found where things really are in a frame, by
their triangles alone. So a chore is executed: what its hand does has to come to the same states.
"""

from __future__ import annotations

import numpy as np

from corpuswright.quality.execution.perform import Played
from corpuswright.renderers.browser.gui import GuiRenderer
from corpuswright.renderers.plans import chores, tabletop
from corpuswright.renderers.world3d.world import Floats, Thing, World
from corpuswright.storage.records import Rejection, Sample

VERSION = 1  # bump when a verdict can change

NEAR = 0.004  # metres: what stands on something is no farther from it
WET = 0.02  # metres of water from which a cup is full
AJAR = 0.02  # metres that a lid which is up stands above its box


def facts(world: World, frame: int) -> frozenset[tuple[str, ...]]:
    """Return where things are in a frame, which boxes are open and which cups full."""
    named = {t.name: t for t in world.things if t.hue}
    water = {t.id.removeprefix("water of "): t for t in world.things if t.kind == "water"}
    found: set[tuple[str, ...]] = set()
    for name, thing in named.items():
        if thing.kind == "box":
            high = _extent(thing, frame)[1][2] - _shut(thing, frame)
            found.add(("open" if high > AJAR else "closed", name))
        if thing.kind == "cup":
            low, top = _extent(water[name], frame)
            found.add(("full" if top[2] - low[2] > WET else "empty", name))
        found.add(_place(named, name, frame))
    return frozenset(found)


def watched(renderer: GuiRenderer, sample: Sample) -> Played:
    """Bake the world anew and look whether each step of its chore comes to the state it should."""
    parameters = sample.spec.parameters
    world = tabletop.compose(parameters)
    chore = chores.from_json(parameters["chore"])
    wrong: Rejection | None = None
    for number in range(len(chore.steps) + 1):
        frame = chore.ends[number - 1] - 1 if number else 0
        differ = facts(world, frame) ^ chore.state(number)
        if differ and wrong is None:
            said = f"step {number}, frame {frame}: {' '.join(sorted(differ)[0])}"
            wrong = Rejection("does_not_come_about", said)
    return Played(dict.fromkeys((t.key for t in sample.tasks), wrong), {})


def _place(named: dict[str, Thing], name: str, frame: int) -> tuple[str, ...]:
    """Return what a thing is on or in, or that it is held: nothing is below it."""
    low, high = _extent(named[name], frame)
    middle = (low + high)[:2] / 2
    for other, thing in named.items():
        if other == name:
            continue
        under, over = _extent(thing, frame)
        if not ((under[:2] < middle) & (middle < over[:2])).all():
            continue
        top = _shut(thing, frame) if thing.kind == "box" else over[2]
        if thing.kind == "box" and NEAR < low[2] < top - NEAR and low[2] < 0.3 * top:
            return "in", name, other
        if abs(low[2] - top) < NEAR:
            return "on", name, other
    return ("on", name, "table") if abs(low[2]) < NEAR else ("held", name)


def _extent(thing: Thing, frame: int) -> tuple[Floats, Floats]:
    points = thing.at(frame)
    return points.min(axis=0), points.max(axis=0)


def _shut(box: Thing, frame: int) -> float:
    """Return how high a box reaches while it is shut."""
    return float(box.pose(frame)[2, 3] + box.bounds[1][2] * np.linalg.norm(box.pose(frame)[:3, 2]))
