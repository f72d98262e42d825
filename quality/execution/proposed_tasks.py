"""A model's own task, held against what becomes of the application.

It is performed, and what somebody does who was given its sentence alone is performed too, each on a
scene opened anew. The task is kept if something changes, exactly what the model said would, and if
both end alike: then the end is what the sentence asks for, as far as two readers agree, and it is
stored as what must hold.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, cast

from corpuswright.quality.execution import perform as execution_perform
from corpuswright.quality.execution import postconditions
from corpuswright.renderers.browser.gui import GuiRenderer
from corpuswright.renderers.faults import PageFault
from corpuswright.storage.records import Action, Rejection, Sample, Task

VERSION = 2  # bump when a verdict can change

# CSS px by which two hands that mean the same place may end apart. Ours: each may miss by 4.
APART = 8.0
# What of an application's state is a length on the screen; all else must be the same exactly.
LENGTHS = frozenset(
    ("x", "y", "w", "h", "cx", "cy", "a", "b", "corners", "widths", "heights", "photo", "crop")
)


class Proposal(NamedTuple):
    """A task without what must hold, what it is said to change, and the blind reader's actions."""

    task: Task
    changes: Sequence[str]
    reading: tuple[Action, ...]


def alike(task: Task, reading: Sequence[Action]) -> Rejection | None:
    """Reject a reading that is another doing: other kinds of actions, keys or texts."""
    if not reading:
        return Rejection("reader_finds_nothing", task.text[:80])

    def doing(actions: Sequence[Action]) -> list[tuple[Any, ...]]:
        return [(a.kind, a.modifiers, a.text, a.amount, len(a.points)) for a in actions]

    if doing(task.actions) != doing(reading):
        return Rejection("read_as_other_actions", task.text[:80])
    return None


def perform(
    renderer: GuiRenderer, sample: Sample, proposals: Sequence[Proposal]
) -> tuple[dict[str, Rejection | Task], dict[str, execution_perform.Change]]:
    """Perform proposals on a sample's scene; returns the tasks with what must hold, or why not."""
    ends: dict[str, Rejection | Task] = {}
    changes: dict[str, execution_perform.Change] = {}
    before = sample.scene.state["app"]
    for p in proposals:
        try:
            read = execution_perform.attempt(renderer, sample, p.reading)
            done = execution_perform.attempt(renderer, sample, p.task.actions)
        except PageFault as fault:
            ends[p.task.key] = Rejection(fault.reason, fault.value)
            continue
        if isinstance(read, Rejection) or isinstance(done, Rejection):
            ends[p.task.key] = read if isinstance(read, Rejection) else cast(Rejection, done)
            continue
        found = judge(p, before, done.state, read.state)
        ends[p.task.key] = found
        if isinstance(found, Task):
            diff = {path: [old, new] for path, old, new in postconditions.diff(before, done.state)}
            changes[p.task.key] = execution_perform.Change(done.png, diff)
    return ends, changes


def judge(
    p: Proposal, before: Mapping[str, Any], after: Mapping[str, Any], read: Mapping[str, Any]
) -> Rejection | Task:
    """Return the task with what must hold, or why it is not kept."""
    diff = list(postconditions.diff(before, after))
    if not diff:
        return Rejection("changes_nothing", p.task.text[:120])

    def of(path: str, said: str) -> bool:
        """Whether one names the other, or a record or list that it is in: `shapes.s2`."""
        more = path.removeprefix(f"{said}.").split(".")
        inside = path.startswith(f"{said}.") and sum(not m.isdigit() for m in more) <= 1
        return path == said or inside or said.startswith(f"{path}.")

    for path, old, new in diff:
        if not any(of(path, said) for said in p.changes):
            return Rejection("side_effect", f"{path}: {old} became {new}"[:200])
    for said in p.changes:
        if not any(of(path, said) for path, _, _ in diff):
            return Rejection("does_not_change", said)
    holds = {path: _value(path, new) for path, _, new in diff}
    # What the reader did must leave the same, and nothing else.
    if wrong := postconditions.check({"holds": holds, "may_change": []}, dict(before), dict(read)):
        return Rejection("read_as_another_end", f"{wrong.reason} {wrong.value}"[:200])
    return dataclasses.replace(p.task, expected={"holds": holds, "may_change": []})


def _value(path: str, new: Any) -> Any:
    """Return what must hold of a value: lengths within two hands' reach, all else exactly."""
    number = isinstance(new, float | int) and not isinstance(new, bool)
    if LENGTHS & set(path.split(".")) and (number or isinstance(new, list)):
        return {"about": new, "within": APART}
    return new
