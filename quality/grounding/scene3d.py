"""A blind resolver for scenes of solid things, and the check of their points by rays cast anew.

It shares no code with the grammar: phrases are matched against each thing, and relations worked out
from depths and from the eight corners of things' boxes, not from what the grammar chose by.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from corpuswright.quality.execution.perform import Played
from corpuswright.quality.grounding.patterns import ParsedSentence, Trace, Unclear, checker, reader
from corpuswright.renderers import scene3d
from corpuswright.renderers.browser.gui import GuiRenderer
from corpuswright.renderers.world3d import solids
from corpuswright.renderers.world3d.ground_truth import GroundTruth
from corpuswright.storage.records import Element, Rejection, Sample, Scene, Task

VERSION = 1  # bump when a verdict can change

_REF = r"the [^,]+?"
_SENTENCES: tuple[tuple[str, str], ...] = (
    ("click_extreme", r"click the object that is (?P<which>nearest to|farthest from) the camera"),
    (
        "click_related",
        rf"click the object that stands (?P<way>behind|in front of) (?P<a>{_REF}), "
        r"as the camera sees it",
    ),
    (
        "order_depth",
        rf"click (?P<a>{_REF}) and (?P<b>{_REF}), the one (?P<which>nearer to|farther from) "
        r"the camera first",
    ),
    (
        "box_solid",
        rf"draw a tight box round what can be seen of (?P<a>{_REF}), from its top left corner",
    ),
    ("click_solid", rf"(?:click|point at) (?P<a>{_REF})"),
)
_TRACES: Mapping[str, Trace] = {
    "click_solid": ("click",),
    "click_extreme": ("click",),
    "click_related": ("click",),
    "order_depth": ("click", "click"),
}
_TYPES = r"ball|cube|cylinder|cone|pyramid|ring"
_NAME = re.compile(
    r"the (?P<name>[a-z]+(?: [a-z]+){0,3}?)"
    r"(?: that is (?P<far>nearer to|farther from) the camera| on the (?P<side>left|right))?\Z"
)

read = reader(_SENTENCES, "In this picture")


def find(scene: Scene, phrase: str) -> Element:
    """Return the one thing that a noun phrase fits; raises Unclear else."""
    said = _NAME.match(phrase)
    if said is None:
        raise Unclear("sentence_not_read", phrase)
    fits = [
        e
        for e in _things(scene)
        if f"{e.attributes['colour']} {e.attributes['type']}".strip() == said["name"]
    ]
    if said["far"] and len(fits) == 2:
        fits = sorted(fits, key=_distance, reverse=said["far"] == "farther from")[:1]
    elif said["side"] and len(fits) == 2:
        fits = sorted(fits, key=_across, reverse=said["side"] == "right")[:1]
    elif said["far"] or said["side"]:
        fits = []
    if len(fits) != 1:
        reason = "sentence_is_ambiguous" if fits else "sentence_fits_nothing"
        raise Unclear(reason, f"{len(fits)} fit {phrase}")
    return fits[0]


def _things(scene: Scene) -> list[Element]:
    return [e for e in scene.elements if e.attributes.get("kind") == "solid"]


def _distance(e: Element) -> float:
    """Return the depth of a thing's middle: the mean of its box's corners."""
    return float(np.mean([c[2] for c in e.attributes["corners"]]))


def _span(e: Element) -> tuple[float, float]:
    depths = [c[2] for c in e.attributes["corners"]]
    return min(depths), max(depths)


def _across(e: Element) -> float:
    return (e.visible_box or e.box)[0] + (e.visible_box or e.box)[2]


def _meant(scene: Scene, reading: ParsedSentence) -> tuple[list[Element], dict[str, Any]]:
    p, things = reading.parts, _things(scene)
    match reading.kind:
        case "click_extreme":
            near = p["which"] == "nearest to"
            e = (min if near else max)(things, key=_distance)
            return [e], {"clicked": [_id(e)]}
        case "click_related":
            a = find(scene, p["a"])
            e = _in_line(things, a, p["way"] == "behind")
            return [e, a], {"clicked": [_id(e)]}
        case "order_depth":
            a, b = find(scene, p["a"]), find(scene, p["b"])
            order = sorted((a, b), key=_distance, reverse=p["which"] == "farther from")
            return [a, b], {"clicked": [_id(e) for e in order]}
        case "box_solid":
            e = find(scene, p["a"])
            rings: list[list[list[float]]] = e.attributes["outline"]
            corners = np.array([c for ring in rings for c in ring])
            box = [*corners.min(axis=0).tolist(), *corners.max(axis=0).tolist()]
            return [e], {"box": box}
        case _:
            e = find(scene, p["a"])
            return [e], {"clicked": [_id(e)]}


def _in_line(things: list[Element], a: Element, behind: bool) -> Element:
    """Return the one thing behind or before `a`: in line with it in the image, apart in depth."""
    fits: list[Element] = []
    for e in things:
        wide = min(e.box[2], a.box[2]) - max(e.box[0], a.box[0])
        if e is a or wide <= 0.1 * min(e.box[2] - e.box[0], a.box[2] - a.box[0]):
            continue
        apart = _span(e)[0] > _span(a)[1] if behind else _span(e)[1] < _span(a)[0]
        # Boxes of round things reach farther than they do: their middles decide then.
        if apart or (_distance(e) > _distance(a)) == behind:
            fits.append(e)
    if len(fits) != 1:
        reason = "sentence_is_ambiguous" if fits else "sentence_fits_nothing"
        raise Unclear(reason, f"{len(fits)} {'behind' if behind else 'before'} {a.name}")
    return fits[0]


def _id(e: Element) -> str:
    return str(e.attributes["id"])


check = checker(read, _TRACES, _meant)


def cast_anew(renderer: GuiRenderer, sample: Sample) -> Played:
    """Bake the world anew and see what the rays through a task's points meet.

    Nothing is executed, since a picture does nothing: a click must meet the thing that is meant, a
    box be that of the pixels that show it.
    """
    world = scene3d.compose(sample.spec.parameters, renderer.read)
    truth = GroundTruth(world)
    numbers = {t.id: n for n, t in enumerate(world.things, 1)}
    named = {e.id: numbers[_id(e)] for e in _things(sample.scene)}
    verdicts = {t.key: _hit(truth, numbers, named, t) for t in sample.tasks}
    return Played(verdicts, {})


def _hit(
    truth: GroundTruth, numbers: Mapping[str, int], named: Mapping[str, int], task: Task
) -> Rejection | None:
    holds = task.expected["holds"]
    points = np.array([p for a in task.actions for p in a.points])
    if "clicked" in holds:
        met = truth.met(0, points).instance.tolist()
        wanted = [numbers[i] for i in holds["clicked"]]
        return None if met == wanted else Rejection("does_not_hold", f"met {met}, not {wanted}")
    (element,) = {t.element for t in task.targets}
    ys, xs = np.nonzero(truth.instances(0) == named[element])
    if not len(xs):
        return Rejection("does_not_hold", "nothing of it can be seen")
    box = np.array([xs.min(), ys.min(), xs.max() + 1, ys.max() + 1])
    off = float(np.abs(box - points.ravel()).max())
    within = float(holds["box"]["within"])
    return None if off <= within else Rejection("does_not_hold", f"the box is off by {off:.1f} px")


def wrong_versions(scene: Scene, task: Task) -> Iterator[tuple[str, Task]]:
    """Yield (kind of fault, task) for each way to make a sentence wrong."""

    def said(old: str, new: str) -> Task:
        return dataclasses.replace(task, text=task.text.replace(old, new, 1))

    for old, new in (
        ("nearest to", "farthest from"),
        ("farthest from", "nearest to"),
        ("nearer to", "farther from"),
        ("farther from", "nearer to"),
        ("behind", "in front of"),
        ("in front of", "behind"),
        ("on the left", "on the right"),
        ("on the right", "on the left"),
    ):
        if old in task.text:
            yield "another_word", said(old, new)
    named = sorted({e.name for e in _things(scene)})
    for phrase in (n for n in named if n in task.text):
        colour, _, kind = phrase.partition(" ")
        for there in [n for n in named if n not in task.text][:2]:
            yield "another_thing", said(phrase, there)
        if kind not in _TYPES.split("|"):
            continue  # a prop has no colour in its name
        for other in (c for c in solids.COLOURS if f"{c} {kind}" not in named):
            yield "another_colour", said(phrase, f"{other} {kind}")
            break
        for other in (k for k in _TYPES.split("|") if f"{colour} {k}" not in named):
            yield "another_type", said(phrase, f"{colour} {other}")
            break
