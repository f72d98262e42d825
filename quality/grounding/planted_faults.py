"""How many wrong sentences would be caught: a true sentence is made wrong, and checked again.

The rate is over all faults that apply to a release's tasks, and stands in the release.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from corpuswright.storage.records import Rejection, Scene, Task

Spoil = Callable[[Scene, Task], Iterator[tuple[str, Task]]]


class CatchRate(NamedTuple):
    """For each kind of fault: how many were planted, how many caught."""

    planted: dict[str, int]
    caught: dict[str, int]


def wrong_versions(scene: Scene, task: Task) -> Iterator[tuple[str, Task]]:
    """Yield (kind of fault, task) for each way to make the task's sentence wrong."""
    target = scene.elements[int(task.elements[0][1:])]
    others = [
        e.name
        for e in scene.elements
        if e.attributes.get("interactive")
        and e.name
        and e.name.casefold() != target.name.casefold()
    ]
    if others:
        other = min(others, key=lambda n: (abs(len(n) - len(target.name)), n))
        yield "another_name", _with(task, f"“{target.name}”", f"“{other}”")
    yield "invented_name", _with(task, f"“{target.name}”", f"“{target.name} now”")
    for right, wrong in (("top", "bottom"), ("bottom", "top"), ("left of", "right of")):
        if f"in the {right}" in task.text:
            yield "another_place", _with(task, f"in the {right}", f"in the {wrong}")
    if " first “" in task.text:
        yield "another_ordinal", _with(task, " first “", " second “")
    for right, wrong in (
        ("button.", "checkbox."),
        ("link.", "slider."),
        ("field.", "tab."),
        ("icon.", "slider."),
    ):
        if task.text.endswith(right):
            yield "another_kind", _with(task, right, wrong)
    if task.actions[0].kind == "click":
        wrong = dataclasses.replace(task.actions[0], kind="right_click", button="right")
        yield "another_action", dataclasses.replace(task, actions=(wrong,))


def measure(
    tasks: Iterable[tuple[Scene, Task]],
    spoil: Spoil,
    resolve: Callable[[Scene, Task], Rejection | None],
) -> CatchRate:
    """Return how many of the faults that `spoil` plants `resolve` catches.

    Only sentences that can still be read count as planted.
    """
    planted: Counter[str] = Counter()
    caught: Counter[str] = Counter()
    for scene, task in tasks:
        for kind, wrong in spoil(scene, task):
            rejection = resolve(scene, wrong)
            if rejection is not None and rejection.reason == "sentence_not_read":
                continue  # no sentence any more: to refuse it is no merit
            planted[kind] += 1
            caught[kind] += rejection is not None
    return CatchRate(dict(sorted(planted.items())), dict(sorted(caught.items())))


def _with(task: Task, old: str, new: str) -> Task:
    return dataclasses.replace(task, text=task.text.replace(old, new))
