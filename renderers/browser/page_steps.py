"""Steps that bring a page into a state: a menu opened, a form filled, a pane scrolled.

A step is a list of strings, so that it stands in a Spec as it is: verb, address, and a value where
the verb takes one. An address is a role and a name as a person reads them (`button "Compose"`) or
a CSS path, in which ` >>> ` goes into a shadow root or a frame. Steps are performed with the real
mouse and keyboard, and the page comes to rest after each.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from corpuswright.renderers.browser.page import Live
from corpuswright.renderers.faults import PageFault

VERSION = 1  # bump when the same steps lead to another state

PageStep = Sequence[str]

_REACH = (Path(__file__).parent / "reach.js").read_text()


class PageState(NamedTuple):
    """A state of a page: `name` tells it from the page's other states, `steps` lead to it."""

    name: str
    steps: tuple[PageStep, ...]


def state(name: str, *steps: PageStep) -> PageState:
    """Return a state for a corpus's `scripts`: `state("composing", click('button "Compose"'))`."""
    return PageState(name, steps)


def click(at: str) -> PageStep:
    """Press and release the left button."""
    return ("click", at)


def hover(at: str) -> PageStep:
    """Move the mouse there and leave it."""
    return ("hover", at)


def focus(at: str) -> PageStep:
    """Give it the keyboard's focus."""
    return ("focus", at)


def fill(at: str, text: str) -> PageStep:
    """Replace the content of a field by `text`."""
    return ("fill", at, text)


def select(at: str, option: str) -> PageStep:
    """Choose an option of a native `<select>` by its label."""
    return ("select", at, option)


def scroll(at: str, share: float) -> PageStep:
    """Scroll an inner pane to `share` (0 to 1) of its way."""
    return ("scroll", at, f"{share:g}")


def press(key: str) -> PageStep:
    """Press a key or chord, as Playwright names them: `Escape`, `Control+A`."""
    return ("press", "", key)


def run(live: Live, steps: Sequence[PageStep]) -> None:
    """Perform the steps one after another.

    Raises:
        PageFault: `state_not_reached` with the step that could not be performed, or what the page
            did instead (`navigated_away`).
    """
    for number, step in enumerate(steps):
        verb, at, *values = step
        value = values[0] if values else ""
        place: list[float] | None = None
        if verb != "press":
            place = live.evaluate(_REACH, verb, at, value)
            if isinstance(place, str):
                raise PageFault("state_not_reached", f"step {number}, {verb} {at}: {place}")
        if place:
            _perform(live, verb, place, value)
        elif verb == "press":
            live.page.keyboard.press(value)
        live.rest()


def hold_hover(live: Live, steps: Sequence[PageStep]) -> None:
    """Put the mouse back where the last step hovers, so that what it opened stays open."""
    if steps and steps[-1][0] == "hover":
        run(live, steps[-1:])


def _perform(live: Live, verb: str, place: Sequence[float], value: str) -> None:
    x, y = place
    if verb == "hover":
        live.page.mouse.move(x, y)
        return
    live.page.mouse.click(x, y)
    if verb == "fill":
        live.page.keyboard.press("Control+A")
        live.page.keyboard.insert_text(value)
