"""A blind reader of captions, and the check of what they say by rays cast anew.

It shares no code with what writes them: a caption is taken apart word by word, each statement is
held against boxes and paths of the one thing that its name fits, and the world is baked once more
to see where the pixels of a thing have gone.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from corpuswright.quality.execution.perform import Played
from corpuswright.quality.grounding.patterns import Unclear
from corpuswright.renderers.browser.gui import GuiRenderer
from corpuswright.renderers.motion import real_video as filmed
from corpuswright.renderers.motion import scene as motion_scene
from corpuswright.renderers.world3d import solids
from corpuswright.renderers.world3d.ground_truth import GroundTruth
from corpuswright.renderers.world3d.world import World
from corpuswright.storage.records import Element, Rejection, Sample, Scene, Task

VERSION = 1  # bump when a verdict can change

_COUNT = {w: n for n, w in enumerate("one two three four five six seven eight nine ten".split(), 1)}
_NAME = r"an? [a-z]+(?: (?!and\b)[a-z]+){0,2}"
_WAYS = {
    "stands still": "still", "stand still": "still",
    "moves to the left": "left", "move to the left": "left",
    "moves to the right": "right", "move to the right": "right",
    "comes towards the camera": "near", "come towards the camera": "near",
    "goes away from the camera": "far", "go away from the camera": "far",
    "moves about": "about", "move about": "about",
}  # fmt: skip
_VERB = "|".join([*_WAYS, r"do(?:es)? (?:an? )?[a-z ]+?"])
_CLAUSE = re.compile(
    rf"(?P<names>{_NAME}(?:(?:, | and ){_NAME})*) (?P<verb>{_VERB})(?=, | and an? |\Z)"
)
_MANY_FROM = 7  # things that a person no longer counts at a glance
_MANY = re.compile(
    rf"Many objects (?P<still>stand still|are there)"
    rf"(?:, among them (?P<names>{_NAME}(?:(?:, | and ){_NAME})*))?\."
    r"(?: The camera (?P<camera>[a-z ,]+)\.)?"
)
_CAMERA = {
    "pans to the right": ("pan", 1, 8), "pans to the left": ("pan", -1, 8),
    "tilts up": ("tilt", 1, 8), "tilts down": ("tilt", -1, 8),
    "moves to the right": (0, 1, 0.4), "moves to the left": (0, -1, 0.4),
    "moves down": (1, 1, 0.4), "moves up": (1, -1, 0.4),
    "moves forward": (2, 1, 0.4), "moves back": (2, -1, 0.4),
}  # fmt: skip
_CUT = 0.06  # share of the image's width that what moves aside has at least moved
_TYPES = ("ball", "cube", "cylinder", "cone", "pyramid", "ring", "figure")


def check(scene: Scene, task: Task) -> Rejection | None:
    """Reject a caption that cannot be read, names what is not there, or says what is not so."""
    if filmed := re.fullmatch(r"A filmed scene with (little|some|strong) motion\.", task.text):
        return _told(lambda: _pace(scene, filmed[1]))
    if many := _MANY.fullmatch(task.text):
        return _told(lambda: _place(scene, many["still"], many["names"], many["camera"] or ""))
    found = re.fullmatch(
        r"(?P<count>[A-Z][a-z]+) (?P<noun>object|figure)s?: (?P<clauses>.+?)\."
        r"(?: The camera (?P<camera>[a-z ,]+)\.)?",
        task.text,
    )
    if found is None:
        return Rejection("sentence_not_read", task.text[:120])
    return _told(lambda: _all(scene, **found.groupdict()))


def _told(hold: Callable[[], None]) -> Rejection | None:
    try:
        hold()
    except Unclear as unclear:
        return unclear.rejection
    return None


def _all(scene: Scene, count: str, noun: str, clauses: str, camera: str | None) -> None:
    """Raise Unclear unless a caption that speaks of every thing holds."""
    said, all_ = _clauses(scene, clauses), _things(scene)
    if _COUNT.get(count.lower()) != len(all_) or len(said) != len(all_):
        raise Unclear("sentence_fits_nothing", f"{len(all_)} things, not {count}")
    if any((e.attributes["type"] == "figure") != (noun == "figure") for e, _ in said):
        raise Unclear("sentence_fits_nothing", f"they are no {noun}s")
    for e, verb in said:
        _does(scene, e, verb)
    _camera(scene, camera or "")


def _pace(scene: Scene, said: str) -> None:
    """Raise Unclear unless so much moves in a filmed clip, a little to either side of the line."""
    clip = scene.state["clip"]
    percent = 100 * clip["statistics"]["p90"] / scene.size[0]
    low, high = {"little": (0, 0.5), "some": (0.3, 2.5), "strong": (1.6, 1e9)}[said]
    if not low <= percent <= high:
        raise Unclear("sentence_fits_another", f"{percent:.2f} % of the width a frame")


def _place(scene: Scene, still: str, names: str | None, camera: str) -> None:
    """Raise Unclear unless a caption of a place full of things holds."""
    all_ = _things(scene)
    if len(all_) < _MANY_FROM:
        raise Unclear("sentence_fits_nothing", f"{len(all_)} things are not many")
    if (still == "stand still") == any(e.attributes["moves"] for e in all_):
        raise Unclear("sentence_fits_another", f"the things: {still}")
    for name in re.findall(_NAME, names or ""):
        _find(scene, name.split(" ", 1)[1])
    _camera(scene, camera)


def _things(scene: Scene) -> list[Element]:
    return [e for e in scene.elements if e.attributes.get("kind") == "moving"]


def _clauses(scene: Scene, text: str) -> list[tuple[Element, str]]:
    said: list[tuple[Element, str]] = []
    at = 0
    while at < len(text):
        clause = _CLAUSE.match(text, at)
        if clause is None:
            raise Unclear("sentence_not_read", text[at:])
        for name in re.findall(_NAME, clause["names"]):
            e = _find(scene, name.split(" ", 1)[1])
            if any(e is other for other, _ in said):
                raise Unclear("sentence_is_ambiguous", f"{name} is told of twice")
            said.append((e, clause["verb"]))
        at = clause.end()
        joint = re.match(r", | and |\Z", text[at:])
        at += len(joint[0]) if joint else 0
    return said


def _find(scene: Scene, name: str) -> Element:
    fits = [
        e
        for e in scene.elements
        if f"{e.attributes['colour']} {e.attributes['type']}".strip() == name
    ]
    if len(fits) != 1:
        reason = "sentence_is_ambiguous" if fits else "sentence_fits_nothing"
        raise Unclear(reason, f"{len(fits)} fit {name}")
    return fits[0]


def _does(scene: Scene, e: Element, verb: str) -> None:
    """Raise Unclear unless a thing does what is said of it, by its path."""
    way = _WAYS.get(verb)
    act = str(e.attributes.get("act") or "")
    if way is None or act:
        if verb.split(" ", 1)[1] != act:
            raise Unclear("sentence_fits_another", f"{e.name} does {act or 'nothing of a figure'}")
        return
    if (way == "still") == bool(e.attributes["moves"]):
        raise Unclear("sentence_fits_another", f"{e.name}: {verb}")
    path = np.array(e.attributes["path"])
    wide, (first, last) = scene.size[0], path[[0, -1]]
    aside = (last[1] - first[1]) / wide
    ways = {
        "left": aside < -_CUT and abs(last[3] / first[3] - 1) < 0.2,
        "right": aside > _CUT and abs(last[3] / first[3] - 1) < 0.2,
        "near": last[3] < 0.85 * first[3],
        "far": last[3] > 1.15 * first[3],
    }
    if way in ways and not ways[way]:
        raise Unclear("sentence_fits_another", f"{e.name}: {verb}")
    if way == "about" and _still(scene) and _clear(first, last, wide):
        raise Unclear("sentence_fits_another", f"{e.name} moves in one clear way")


def _clear(first: Any, last: Any, wide: float) -> bool:
    aside, ratio = abs(last[1] - first[1]) / wide, last[3] / first[3]
    level = 0.9 < ratio < 1.1
    return (aside > 0.15 and level) or (aside < 0.1 and not 0.75 < ratio < 1.33)


def _facts(scene: Scene) -> dict[str, Any]:
    return scene.state["clip"]["camera"]


def _still(scene: Scene) -> bool:
    c = _facts(scene)
    return c["turned"] == 0 and c["went"] == 0 and c["zoom"] == 1


def _camera(scene: Scene, said: str) -> None:
    """Raise Unclear unless the camera does what is said of it, and stands if that is said."""
    c = _facts(scene)
    if (said == "stands still") != _still(scene):
        raise Unclear("sentence_fits_another", f"the camera: {said or 'nothing is said'}")
    if said in ("", "stands still"):
        return
    for part in re.split(r", | and ", said):
        if part == "whips round":
            holds = c["turn_most"] >= 4
        elif part in ("zooms in", "zooms out"):
            holds = c["zoom"] > 1.1 if part == "zooms in" else c["zoom"] < 0.9
        elif part in _CAMERA:
            name, sign, least = _CAMERA[part]
            value = c["step"][name] if isinstance(name, int) else c[name]
            holds = sign * value >= least
        else:
            raise Unclear("sentence_not_read", part)
        if not holds:
            raise Unclear("sentence_fits_another", f"the camera: {part}")


def cast_anew(renderer: GuiRenderer, sample: Sample) -> Played:
    """Bake the world anew and see where the pixels of each thing have gone.

    Nothing is executed, since a clip does nothing: of what moves aside, the middle of the pixels
    that show it must have; what comes near must be nearer; a camera that stands has one pose.
    """
    if sample.spec.medium == filmed.MEDIUM:
        # Nothing is known of it but its pixels: that they are still there is all there is to see.
        p: Any = sample.spec.parameters
        filmed.window(renderer.read(p["site"], p["path"]), p["path"], p["start"], 2, (64, 64))
        return Played(dict.fromkeys((t.key for t in sample.tasks), None), {})
    world = motion_scene.compose(sample.spec.parameters, renderer.read)
    truth = GroundTruth(world)
    return Played({t.key: _hold(world, truth, sample, t) for t in sample.tasks}, {})


def _hold(world: World, truth: GroundTruth, sample: Sample, task: Task) -> Rejection | None:
    holds = task.expected["holds"]
    poses = world.camera.poses
    if (holds["camera"] == ["still"]) != bool(
        (poses == poses[0]).all() and np.ptp(world.camera.focal) == 0
    ):
        return Rejection("does_not_hold", "the camera")
    elements = {e.id: e for e in sample.scene.elements}
    last = world.frames - 1
    for id_, way in holds["things"].items():
        number: int = elements[id_].attributes["instance"]
        masks = [truth.instances(t) == number for t in (0, last)]
        if way not in ("left", "right", "near", "far") or not all(m.any() for m in masks):
            continue
        x = [float(np.nonzero(m)[1].mean()) for m in masks]
        d = [float(np.median(truth.depth(t)[m])) for t, m in zip((0, last), masks, strict=True)]
        seen = {"left": x[1] < x[0], "right": x[1] > x[0], "near": d[1] < d[0], "far": d[1] > d[0]}
        if not seen[way]:
            return Rejection("does_not_hold", f"{id_} {way}: x {x}, depth {d}")
    return None


def wrong_versions(scene: Scene, task: Task) -> Iterator[tuple[str, Task]]:
    """Yield (kind of fault, task) for each way to make a caption wrong."""

    def said(old: str, new: str) -> Task:
        return dataclasses.replace(task, text=task.text.replace(old, new, 1))

    for old, new in (
        ("to the left", "to the right"),
        ("to the right", "to the left"),
        ("towards the camera", "away from the camera"),
        ("away from", "towards"),
        ("tilts up", "tilts down"),
        ("tilts down", "tilts up"),
        ("forward", "back"),
        ("zooms in", "zooms out"),
        ("zooms out", "zooms in"),
        ("The camera stands still", "The camera zooms in"),
        ("squats", "spins"),
        ("jumping jacks", "squats"),
        ("a run", "a dance"),
        ("spins", "high kicks"),
        ("a dance", "a run"),
        ("high kicks", "jumping jacks"),
    ):
        if old in task.text:
            yield "another_way", said(old, new)
    if "stands still" in task.text.split(". The camera")[0]:
        yield "another_way", said("stands still", "moves about")
    for old, new in (("little", "strong"), ("some", "strong"), ("strong", "little")):
        if f"with {old} motion" in task.text:
            yield "another_pace", said(old, new)
    words = list(_COUNT)
    first = task.text.split(" ", 1)[0]
    if first.lower() in _COUNT:
        number = _COUNT[first.lower()]
        yield "another_number", said(first, words[number % len(words)].capitalize())
    named = [e.name for e in _things(scene)]
    for name in (n for n in named if f" {n}" in task.text):
        colour, _, kind = name.partition(" ")
        if kind not in _TYPES:
            continue  # a prop has no colour in its name
        for other in [c for c in solids.COLOURS if f"{c} {kind}" not in named][:1]:
            yield "another_colour", said(f" {name}", f" {other} {kind}")
        for other in [k for k in _TYPES[:-1] if f"{colour} {k}" not in named][:1]:
            if kind != "figure":
                yield "another_type", said(f" {name}", f" {colour} {other}")
