"""Instructions by a grammar that needs no model: the embedded default for clicks on elements.

A sentence names its target by what can be read in the pixels (name and kind), and by where it
stands when that alone is ambiguous. `quality.grounding.gui` reads the sentence back with a
parser of its own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import cast

import numpy as np

from corpuswright.annotators.actions import clicks
from corpuswright.storage import keys
from corpuswright.storage.records import Element, Origin, Sample, Scene, Task

ACTIONS_VERSION = 2  # bump when the choice of targets or actions changes
TEXT_VERSION = 4  # bump when wording changes; actions stay as they are

TASKS = 10  # elements a page: the paper's figure (Phi-Ground-Any, arXiv 2605.12501)
BINS = 4  # a 4 x 4 grid over the image for spatially uniform sampling; the paper gives no number

# Mostly plain clicks, as in use; the rest for diversity (the paper asks for combinations that make
# no sense for the element, App. C.1). Our shares.
KINDS: dict[clicks.ClickKind, float] = {
    "click": 0.7,
    "double_click": 0.1,
    "right_click": 0.1,
    "middle_click": 0.04,
    "hover": 0.06,
}
# The paper's three styles (App. C): direct, first person with context, vague.
STYLES = ("direct", "first_person", "vague")

NOUNS = {
    "button": "button",
    "link": "link",
    "checkbox": "checkbox",
    "radio": "radio button",
    "switch": "switch",
    "tab": "tab",
    "menuitem": "menu item",
    "option": "option",
    "treeitem": "tree item",
    "textbox": "text field",
    "searchbox": "search field",
    "combobox": "dropdown",
    "spinbutton": "number field",
    "slider": "slider",
    "gridcell": "cell",
    "columnheader": "column header",
}
READABLE = ("text", "value", "label", "placeholder")  # how measure.js found the name in the pixels
# A picture that has a name, which cannot be read: known from tooltip, label or alt text. Tasks that
# go by such a name say "icon" and are flagged by this style.
ICON = "icon"

_VERBS: dict[clicks.ClickKind, tuple[str, ...]] = {
    "click": ("Click",),
    "double_click": ("Double-click",),
    "right_click": ("Right-click",),
    "middle_click": ("Middle-click",),
    "hover": ("Hover over", "Move the mouse over"),
}
# Other words for a click, where people use them: buttons are pressed; what has a state is put into
# the one that it has not: (what switches it on, what switches it off). A radio button or a tab that
# is on is not switched off by a click.
_SWITCHED: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "checkbox": (("Check", "Tick", "Select"), ("Uncheck", "Clear")),
    "switch": (("Turn on", "Switch on"), ("Turn off", "Switch off")),
    **dict.fromkeys(("radio", "option", "tab", "treeitem"), (("Select", "Choose"), ())),
}
_ON = ("checked", "selected", "pressed", "expanded", "current")  # names of states, as ARIA has them
_ROWS = ("top", "middle", "bottom")
_COLUMNS = ("left", "centre", "right")
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")
_PLAIN_NAME = re.compile(r"[^“”\n]{1,60}\Z")


def describable(e: Element) -> bool:
    """Say whether a sentence can name the element: by readable text, or as an icon."""
    return (
        e.role in NOUNS
        and e.click_point is not None
        and (e.attributes.get("named_by") in READABLE or _is_icon(e))
        and not e.state.get("disabled")
        and _PLAIN_NAME.match(e.name) is not None
        and any(c.isalnum() for c in e.name)
    )


def propose(sample: Sample) -> list[Task]:
    """Return up to TASKS tasks for a sample, one element each, spread evenly over the image.

    Targets and actions depend on the scene alone; the text also on TEXT_VERSION.
    """
    scene = sample.scene
    chosen = spread(sample, [e for e in scene.elements if describable(e)])
    rng = keys.generator(sample.spec.corpus, "actions", ACTIONS_VERSION, sample.key)
    tasks: list[Task] = []
    for target in chosen:
        kind = cast(clicks.ClickKind, rng.choice(list(KINDS), p=list(KINDS.values())))
        try:
            action, region = clicks.click(scene, target, kind)
        except clicks.ActionError:
            continue
        key = keys.task_key(sample.key, len(tasks))
        style, text, on = sentence(sample.spec.corpus, key, scene, target, kind)
        tasks.append(
            Task(
                key=key,
                kind="click",
                elements=(target.id,),
                text=text,
                style=style,
                actions=(action,),
                targets=(region,),
                origin=Origin("grammar", TEXT_VERSION),
                expected={} if on is None else {"on": on},
            )
        )
        if len(tasks) == TASKS:
            break
    return tasks


def spread(sample: Sample, elements: Sequence[Element]) -> list[Element]:
    """Return `elements` reordered so that any first few are spatially uniform.

    The image is cut into BINS x BINS cells; cells are visited in turns, in seeded order.
    """
    rng = keys.generator(sample.spec.corpus, "spread", ACTIONS_VERSION, sample.key)
    width, height = sample.scene.size
    cells: dict[tuple[int, int], list[Element]] = {}
    for e in elements:
        assert e.click_point is not None
        x, y = e.click_point
        cells.setdefault((int(y / height * BINS), int(x / width * BINS)), []).append(e)
    piles = [[pile[i] for i in rng.permutation(len(pile))] for _, pile in sorted(cells.items())]
    piles = [piles[i] for i in rng.permutation(len(piles))]
    rounds = max((len(p) for p in piles), default=0)
    return [pile[r] for r in range(rounds) for pile in piles if r < len(pile)]


def sentence(
    corpus: str, key: str, scene: Scene, target: Element, kind: clicks.ClickKind
) -> tuple[str, str, bool | None]:
    """Return style and text of the instruction for one action on `target`.

    And whether the target is on or off afterwards, where the text says so.
    """
    rng = keys.generator(corpus, "text", TEXT_VERSION, key)
    style = str(rng.choice(STYLES))
    the_thing = refer(scene, target)
    verb = str(rng.choice(_clicked(target) if kind == "click" else _VERBS[kind]))
    on = not is_on(target) if verb in _switches(target) and kind == "click" else None
    flag = ICON if _is_icon(target) else ""
    leads = target.role in ("link", "tab", "menuitem") and is_on(target) is not True
    if (style, kind, flag) == ("vague", "click", "") and leads:
        opens = True if is_on(target) is False else None
        return style, _vague(rng, scene, target, the_thing), opens
    if style == "first_person":
        lower = verb[0].lower() + verb[1:]
        frames = (
            f"I want you to {lower} {the_thing}.",
            f"I am looking at this page, please {lower} {the_thing}.",
            f"Next I need to {lower} {the_thing}.",
        )
        return flag or style, str(rng.choice(frames)), on
    return flag or "direct", f"{verb} {the_thing}.", on


def is_on(e: Element) -> bool | None:
    """Say whether an element is checked, selected, pressed, open or current; None if unknown.

    A box that is partly checked is neither on nor off.
    """
    said = [str(e.state[n]).lower() for n in _ON if n in e.state]
    if not said or "mixed" in said:
        return None
    return any(s not in ("false", "") for s in said)


def _clicked(e: Element) -> tuple[str, ...]:
    """Return the words for a click that say what it does to the element as it is."""
    if e.role == "button":
        return ("Click", "Press")
    return ("Click", *_switches(e))


def _switches(e: Element) -> tuple[str, ...]:
    """Return the words that say which state a click brings about."""
    on = is_on(e)
    return () if on is None else _SWITCHED.get(e.role, ((), ()))[on]


def _vague(rng: np.random.Generator, scene: Scene, target: Element, the_thing: str) -> str:
    alone = [e for e in scene.elements if e.attributes.get("interactive") and _same(e, target)]
    what = f"“{target.name}”" if len(alone) == 1 else the_thing
    return str(rng.choice((f"Go to {what}.", f"Take me to {what}.", f"Open {what}.")))


def _is_icon(e: Element) -> bool:
    return e.attributes.get("named_by") == ICON and e.role in ("button", "link")


def _same(a: Element, b: Element) -> bool:
    fold = " ".join(b.name.casefold().split())
    return fold in (" ".join(a.name.casefold().split()), " ".join(a.text.casefold().split()))


def refer(scene: Scene, target: Element) -> str:
    """Return a noun phrase: name and kind, then if needed region, or place in reading order."""
    noun = _noun(target)
    plain = f"the “{target.name}” {noun}"
    rivals = [
        e
        for e in scene.elements
        if e.attributes.get("interactive")
        and e.visible_box is not None
        and noun in (NOUNS.get(e.role), _noun(e))
        and _same(e, target)
    ]
    if len(rivals) == 1:
        return plain
    here = region(scene, target)
    if sum(region(scene, e) == here for e in rivals) == 1:
        row, column = here
        place = "centre" if here == ("middle", "centre") else f"{row} {column}"
        return f"{plain} in the {place} of the screen"
    order = sorted(rivals, key=_reading_order)
    number = [e.id for e in order].index(target.id)
    if number < len(_ORDINALS):
        return f"the {_ORDINALS[number]} “{target.name}” {noun} in reading order"
    return plain


def _noun(e: Element) -> str:
    return ICON if _is_icon(e) else NOUNS.get(e.role, "")


def region(scene: Scene, e: Element) -> tuple[str, str]:
    """Return the cell of a 3 x 3 grid over the image that holds the centre of the visible box."""
    assert e.visible_box is not None
    x0, y0, x1, y1 = e.visible_box
    row = min(2, int((y0 + y1) / 2 / scene.size[1] * 3))
    column = min(2, int((x0 + x1) / 2 / scene.size[0] * 3))
    return _ROWS[row], _COLUMNS[column]


def _reading_order(e: Element) -> tuple[float, float, str]:
    assert e.visible_box is not None
    return (round(e.visible_box[1]), e.visible_box[0], e.id)
