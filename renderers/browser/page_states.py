"""Finds states of a page nobody wrote a script for: tries what a person would, keeps what shows."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from corpuswright.renderers.browser import gui, intake
from corpuswright.renderers.browser.gui import GuiRenderer
from corpuswright.renderers.browser.page import View
from corpuswright.renderers.browser.page_steps import PageState, PageStep
from corpuswright.renderers.faults import PageFault
from corpuswright.storage.keys import sha256
from corpuswright.storage.media import images

VERSION = 1  # bump when a page's states are found or named in another way

_OPENERS = (Path(__file__).parent / "openers.js").read_text()

# In turns: what opens something new first, what only changes a colour last.
KINDS = ("menu", "button", "tab", "field", "toggle", "row", "select", "pane", "hover")
TRIES = 3  # for each state wanted: two in three buttons change nothing or lead elsewhere


class Tried(NamedTuple):
    """One attempt: `reason` is empty for a state that is kept."""

    state: PageState
    reason: str
    value: str


def explore(
    renderer: GuiRenderer,
    site: str,
    path: str,
    view: View,
    number: int,
    scripts: Sequence[PageState] = (),
) -> list[Tried]:
    """Return all attempts: every script, then findings until `number` of them are kept.

    A state is kept when it renders alike on a fresh and on a used page, and differs from the page
    itself and from every other state that is kept.
    """
    try:
        with renderer.show(site, path, view) as live:
            png, _ = gui.shot(live, view)
            found: list[list[str]] = live.evaluate(_OPENERS)
    except PageFault as fault:
        return [Tried(s, fault.reason, fault.value) for s in scripts]
    seen = {sha256(images.decode(png, path).tobytes())}
    tried: list[Tried] = []
    kept = 0
    for state in itertools.chain(scripts, _in_turns(f"{site}/{path}", found)):
        scripted = state in scripts
        if not scripted and (kept >= number or len(tried) >= len(scripts) + TRIES * number):
            break
        if any(state.name == t.state.name for t in tried):
            continue  # a script leads there already
        verdict = intake.judge(renderer, site, path, view, state.steps, seen)
        tried.append(Tried(state, verdict.reason, verdict.value))
        if not verdict.reason:
            seen.add(verdict.print)
            kept += not scripted
    return tried


def _in_turns(page: str, found: Sequence[Sequence[str]]) -> list[PageState]:
    """Order attempts by turns over the kinds, so that few states are states of many kinds.

    Within a kind the page's own name decides who comes first: an application shows the same menus
    on all its pages, and each page is to open others.
    """
    by_kind: Mapping[str, list[PageState]] = {kind: [] for kind in KINDS}
    for kind, verb, at, value in found:
        step: PageStep = (verb, at, value) if value else (verb, at)
        by_kind[kind].append(PageState(f"{kind} {at}", (step,)))
    for states in by_kind.values():
        states.sort(key=lambda s: sha256(f"{page} {s.name}"))
    turns = itertools.zip_longest(*(by_kind[k] for k in KINDS))
    return [s for turn in turns for s in turn if s is not None]
