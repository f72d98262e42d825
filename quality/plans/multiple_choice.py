"""Questions about chores by choice, held against the chore: one option is so, three are not now.

Shares no code with what asks them (`annotators.plans.choices`): options are read by the blind
reader, at the moment that is shown and at all others.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any, cast

from corpuswright.quality.plans import chore_faults, chore_reader
from corpuswright.quality.plans.chore_statements import DONE
from corpuswright.renderers.plans import chores
from corpuswright.renderers.plans.chores import Deed
from corpuswright.storage.records import Json, Rejection, Scene, Task

VERSION = 3  # bump when a verdict can change

LETTERS = "ABCD"  # four options, as the release has


def check(scene: Scene, task: Task) -> Rejection | None:
    """Reject a question unless it has four options of which just the named one is so.

    Those that are not so have to be so at another moment of the chore, or their words would tell
    that they are wrong; and what is told to be so instead has to be.
    """
    holds = task.expected
    if "options" not in holds:
        return chore_reader.check(scene, task)
    options = cast("dict[str, str]", holds["options"])
    if [*options] != [*LETTERS] or len(set(options.values())) != len(LETTERS):
        return Rejection("options_are_not_four", f"{len(set(options.values()))} options")
    others = chores.deeds(chores.from_json(scene.state["chore"]))
    for letter, said in options.items():
        found = chore_reader.check(scene, _open(task, said))
        if letter == holds["answer"]:
            if found is not None:
                return found
            continue
        if found is None:
            return Rejection("option_is_right_too", f"{letter}) {said}"[:160])
        if not any(chore_reader.check(scene, _open(task, said, d)) is None for d in others):
            return Rejection("option_is_never_so", f"{letter}) {said}"[:160])
        reason = str(holds["reasons"].get(letter, ""))
        if reason in said or not _is_so(scene, task, reason):
            return Rejection("reason_is_not_so", f"{letter}) {said}"[:160])
    return None


def wrong_versions(scene: Scene, task: Task) -> Iterator[tuple[str, Task]]:
    """Yield (kind of fault, task): wrong answers, other letters, options that tell themselves."""
    holds = task.expected
    if "options" not in holds:
        yield from chore_faults.wrong_versions(scene, task)
        return
    options, letter = cast("dict[str, str]", holds["options"]), str(holds["answer"])
    other = next(k for k in options if k != letter)
    yield "another_letter", _with(task, answer=other)
    for kind, changed in (
        ("no_option_is_so", {letter: "It is a nice day."}),
        ("option_is_never_so", {other: "It is a nice day."}),
        ("two_options_are_one", {other: options[letter]}),
    ):
        yield kind, _with(task, options={**options, **changed})
    wrong = {**holds["reasons"], other: "The hand juggles."}
    yield "reason_is_not_so", _with(task, reasons=wrong)


def answered(task: Task, said: str) -> Task:
    """Return a question in words with another answer."""
    return _with(task, answer=said)


def _is_so(scene: Scene, task: Task, reason: str) -> bool:
    """Say whether a reason is so at the moment that is shown: its deed, or facts of the sort."""
    if not reason:
        return False
    for pattern, verb in DONE:
        if found := pattern.fullmatch(reason.rstrip(".")):
            deed = chore_reader.shown_deed(scene, task)
            return deed is not None and (verb, *found.groups()) == tuple(w for w in deed if w)
    return chore_reader.check(scene, _open(task, reason)) is None


def _open(task: Task, answer: str, deed: Deed | None = None) -> Task:
    """Return a question by choice as one in words, of another deed where one is given."""
    kept = {k: v for k, v in task.expected.items() if k not in ("options", "reasons")}
    if deed is not None:
        kept |= {"step": deed.step + 1, "spans": [[*deed.span]]}
    kept |= {"answer": answer, "partial": True}
    text = task.text.partition("\nA) ")[0]
    return dataclasses.replace(task, text=text, expected=cast(Json, kept))


def _with(task: Task, **values: Any) -> Task:
    return dataclasses.replace(task, expected=cast(Json, {**task.expected, **values}))
