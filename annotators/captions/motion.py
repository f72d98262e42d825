"""Captions of clips, from what is known of them: what there is, and what it and the camera do.

Words are only for what can be seen by a clear margin; what is in between is not spoken of.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from corpuswright.annotators.actions.gestures import expect
from corpuswright.storage import keys
from corpuswright.storage.records import Element, Origin, Sample, Scene, Task

VERSION = 1  # bump when what is said, or how, changes

ASIDE = 0.12  # share of the image's width by which the middle of what moves aside has moved
NEARER, FARTHER = 0.8, 1.25  # ratios of last to first depth of what comes and goes
LEVEL = (0.88, 1.14)  # ratios between which something neither comes nor goes
TURN = 10.0  # degrees from which the camera is said to pan or tilt
STEP = 0.5  # metres from which it is said to move
ZOOM = 1.2  # ratio of focal lengths from which it zooms in; its inverse, out
WHIP = 5.0  # degrees in one frame from which it turns fast
FILMED = "estimated_by"  # stands in the scene of a clip that was cut from a video
PACES = (0.004, 0.02)  # shares of the image's width a frame between little, some and strong motion
MANY = 8  # things above which not each is spoken of, but so many:
NAMED = 4
NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
# One thing, several things: what each way of moving is called.
VERBS = {
    "still": ("stands still", "stand still"),
    "left": ("moves to the left", "move to the left"),
    "right": ("moves to the right", "move to the right"),
    "near": ("comes towards the camera", "come towards the camera"),
    "far": ("goes away from the camera", "go away from the camera"),
    "about": ("moves about", "move about"),
}


def propose(sample: Sample) -> list[Task]:
    """Return the caption of a clip: asked of whoever makes a clip from words, so a task of no act.

    `expected` holds what it says, in figures that `quality.motion.captions` casts anew.
    """
    key = keys.task_key(sample.key, 0)
    if FILMED in sample.scene.state["clip"]:
        text = f"A filmed scene with {pace(sample.scene)} motion."
        origin, holds = Origin("captions", VERSION), expect({"pace": pace(sample.scene)})
        return [Task(key, "caption", ("e0",), text, "direct", (), (), origin, holds)]
    said = what(sample.scene)
    rng = keys.generator(sample.spec.corpus, "text", VERSION, key)
    elements = tuple(e.id for e in things(sample.scene))
    holds = expect({"things": said, "camera": camera(sample.scene)})
    text = word(rng, sample.scene)
    return [
        Task(key, "caption", elements, text, "direct", (), (), Origin("captions", VERSION), holds)
    ]


def pace(scene: Scene) -> str:
    """Return how much moves in a filmed clip by its 90th percentile: little, some, strong."""
    clip = scene.state["clip"]
    share = clip["statistics"]["p90"] / scene.size[0]
    return "little" if share < PACES[0] else "some" if share < PACES[1] else "strong"


def things(scene: Scene) -> list[Element]:
    """Return what a clip is about."""
    return [e for e in scene.elements if e.attributes.get("kind") == "moving"]


def what(scene: Scene) -> dict[str, str]:
    """Return what each thing does, by its element: of VERBS, or the act of a figure."""
    return {e.id: str(e.attributes.get("act") or moving(scene, e)) for e in things(scene)}


def moving(scene: Scene, e: Element) -> str:
    """Return the way a thing moves.

    Where the camera moves too, where a thing is in the image says little: it moves about, or not.
    """
    if not e.attributes["moves"]:
        return "still"
    if camera(scene) != ["still"]:
        return "about"
    path: list[list[float]] = e.attributes["path"]
    (_, x0, _, d0), (_, x1, _, d1) = path[0], path[-1]
    aside, ratio = (x1 - x0) / scene.size[0], d1 / d0
    if abs(aside) >= ASIDE and LEVEL[0] <= ratio <= LEVEL[1]:
        return "right" if aside > 0 else "left"
    if abs(aside) < ASIDE and not NEARER < ratio < FARTHER:
        return "near" if ratio <= NEARER else "far"
    return "about"


def camera(scene: Scene) -> list[str]:
    """Return what the camera does; `still` alone, or nothing where nothing is clear."""
    c = scene.state["clip"]["camera"]
    right, down, ahead = c["step"]
    if c["turned"] == 0 and c["went"] == 0 and c["zoom"] == 1:
        return ["still"]
    found: list[str] = []
    if c["turn_most"] >= WHIP:
        found.append("whips round")
    elif abs(c["pan"]) >= TURN:
        found.append(f"pans to the {'right' if c['pan'] > 0 else 'left'}")
    if c["turn_most"] < WHIP and abs(c["tilt"]) >= TURN:
        found.append(f"tilts {'up' if c['tilt'] > 0 else 'down'}")
    ways = {
        "moves to the right": right,
        "moves to the left": -right,
        "moves down": down,
        "moves up": -down,
        "moves forward": ahead,
        "moves back": -ahead,
    }
    most = max(ways, key=lambda w: ways[w])
    if ways[most] >= STEP and ways[most] >= 2 * sorted(ways.values())[-2]:
        found.append(most)
    if c["zoom"] >= ZOOM or c["zoom"] <= 1 / ZOOM:
        found.append("zooms in" if c["zoom"] > 1 else "zooms out")
    return found


def word(rng: np.random.Generator, scene: Scene) -> str:
    """Return the caption: how many, who does what, and the camera."""
    groups: dict[str, list[Element]] = {}
    all_, does = things(scene), what(scene)
    if len(all_) > MANY:
        return _many(rng, all_) + _camera(scene)
    for i in rng.permutation(len(all_)):
        groups.setdefault(does[all_[int(i)].id], []).append(all_[int(i)])
    noun = "figure" if all(e.attributes["type"] == "figure" for e in all_) else "object"
    number = f"{NUMBERS[len(all_)].capitalize()} {noun}{'' if len(all_) == 1 else 's'}"
    parts = [_clause(act, own) for act, own in groups.items()]
    return f"{number}: {_listed(parts)}." + _camera(scene)


def _many(rng: np.random.Generator, all_: Sequence[Element]) -> str:
    """Return the caption of a place full of things: some that can be told from all others."""
    names = [e.name for e in all_]
    told = [n for n in names if names.count(n) == 1]
    some = [told[int(i)] for i in rng.permutation(len(told))[:NAMED]]
    moving = any(e.attributes["moves"] for e in all_)
    among = f", among them {_listed([f'{_article(n)} {n}' for n in some])}" if some else ""
    return f"Many objects {'are there' if moving else 'stand still'}{among}."


def _camera(scene: Scene) -> str:
    moves = camera(scene)
    if not moves:
        return ""
    return f" The camera {'stands still' if moves == ['still'] else _listed(moves)}."


def _clause(act: str, own: Sequence[Element]) -> str:
    names = _listed([f"{_article(e.name)} {e.name}" for e in own])
    one, many = VERBS.get(act) or (f"does {act}", f"do {act}")
    return f"{names} {one if len(own) == 1 else many}"


def _article(name: str) -> str:
    return "an" if name[0] in "aeiou" else "a"


def _listed(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
