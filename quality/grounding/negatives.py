"""Sentences that must not be carried out: what a screen does not have, and what another task means.

Made from kept tasks by spoiling their sentence, and kept only where the blind resolver says why:
*infeasible* fits nothing on the scene, with the resolver's finding as the proof (Jedi has 2.6 M
refusals, arXiv 2505.13227; ours are about the same picture, a word away from a task that is there);
a *near miss* reads well and means something else, so that the task's action is wrong for it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from corpuswright.quality.grounding.planted_faults import Spoil
from corpuswright.storage.keys import sha256
from corpuswright.storage.records import Annotation, Origin, Rejection, Scene, Task

VERSION = 1  # bump when other sentences are chosen

# Faults that put something into a sentence that its scene has not. Of others the resolver may say
# that nothing fits where people would still know what is meant: a link that is called a button, a
# cell that is empty and not called so.
_INVENTED = (
    "invented_name",
    "invented_words",
    "no_such_region",
    "another_colour",
    "another_type",
)
_KINDS = {"sentence_fits_nothing": "infeasible", "sentence_fits_another": "near_miss"}


class _Found(NamedTuple):
    order: str
    annotation: Annotation


def of(
    scene: Scene, task: Task, spoil: Spoil, resolve: Callable[[Scene, Task], Rejection | None]
) -> list[Annotation]:
    """Return at most one infeasible sentence and one near miss for a kept task."""
    best: dict[str, _Found] = {}
    for fault, wrong in spoil(scene, task):
        if wrong.text == task.text:
            continue
        rejection = resolve(scene, wrong)
        kind = _KINDS.get(rejection.reason) if rejection else None
        if rejection is None or kind is None or (kind == "infeasible" and fault not in _INVENTED):
            continue
        order = sha256(wrong.text)
        if kind not in best or order < best[kind].order:
            value = {"fault": fault, "why": rejection.reason, "proof": rejection.value}
            elements = task.elements if kind == "near_miss" else ()
            origin = Origin("negatives", VERSION)
            best[kind] = _Found(
                order, Annotation(task.key, kind, elements, wrong.text, origin, value)
            )
    return [best[kind].annotation for kind in sorted(best)]
