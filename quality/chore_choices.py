"""Questions about chores by choice: one answer that is so, and three that are false for certain."""

from __future__ import annotations

import dataclasses
import itertools
import re
from collections.abc import Iterator
from typing import Any, cast

import numpy as np

from corpuswright.quality import read_chores, spoilt_chores
from corpuswright.storage import keys
from corpuswright.storage.records import Json, Rejection, Scene, Task

VERSION = 1  # bump when options come out otherwise

LETTERS = "ABCD"  # four options, as the release has


def with_options(scene: Scene, task: Task) -> Task:
    """Return a question with four options; fewer where two things can be said of it only.

    Two things that its answer says are each said as they are and otherwise: no option has more in
    common with the others than another, so that which one is so cannot be told from their words.
    """
    holds = cast(dict[str, Any], task.expected)
    rng = keys.generator("choices", "options", VERSION, task.key)
    all_ = list(dict.fromkeys(_square(rng, scene, str(holds["answer"]))))
    order = [int(n) for n in rng.permutation(len(all_))]
    options = dict(zip(LETTERS, (all_[n] for n in order), strict=False))
    letter = LETTERS[order.index(0)]
    text = task.text + "".join(f"\n{k}) {v}" for k, v in options.items())
    kept = {**holds, "answer": letter, "answer_text": all_[0], "options": options}
    return dataclasses.replace(task, text=text, expected=cast(Json, kept))


def check(scene: Scene, task: Task) -> Rejection | None:
    """Reject a question whose options are not four, or of which not just the named one is so."""
    holds = cast(dict[str, Any], task.expected)
    options = cast("dict[str, str] | None", holds.get("options"))
    if options is None:
        return read_chores.check(scene, task)
    if [*options] != [*LETTERS] or len(set(options.values())) != len(LETTERS):
        return Rejection("options_are_not_four", f"{len(set(options.values()))} options")
    for letter, said in options.items():
        found = read_chores.check(scene, _open(task, said))
        if letter == holds["answer"] and found is not None:
            return found
        if letter != holds["answer"] and found is None:
            return Rejection("option_is_right_too", f"{letter}) {said}"[:160])
    return None


def wrong_versions(scene: Scene, task: Task) -> Iterator[tuple[str, Task]]:
    """Yield (kind of fault, task): wrong answers, another letter, an option that is so as well."""
    holds = cast(dict[str, Any], task.expected)
    options = cast("dict[str, str] | None", holds.get("options"))
    if options is None:
        yield from spoilt_chores.wrong_versions(scene, task)
        return
    letter = str(holds["answer"])
    other = next(k for k in options if k != letter)
    yield "another_letter", _with(task, answer=other)
    yield "no_option_is_so", _with(task, options={**options, letter: "It is a nice day."})


def _square(rng: np.random.Generator, scene: Scene, answer: str) -> Iterator[str]:
    """Yield an answer, and it with one, the other, and both of two things said otherwise."""
    if found := re.fullmatch(r"(.+: )(.+), and (.+)\.", answer):
        head, *both = found.groups()
        for one, other in _each(both[0], both[1]):
            yield f"{head}{one}, and {other}."
    elif found := re.fullmatch(r"It is the (.+?), which offers this: ([a-z ]+)\..*", answer):
        name, offers = found.groups()
        names = [e.name for e in scene.elements if e.name != name] or [name]
        others = [o for o in spoilt_chores.OFFERS if o != offers]
        strange = names[int(rng.integers(len(names)))], others[int(rng.integers(len(others)))]
        # Without the mechanism, which names it once more.
        for offer in (offers, strange[1]):
            for thing in (name, strange[0]):
                yield f"It is the {thing}, which offers this: {offer}."
    else:
        said = re.split(r"(?<=\.) ", answer)
        first, second = sorted(int(n) for n in rng.permutation(len(said))[:2])
        for one, other in _each(said[first], said[second]):
            yield " ".join([*said[:first], one, *said[first + 1 : second], other,
                            *said[second + 1 :]])  # fmt: skip


def _each(one: str, other: str) -> Iterator[tuple[str, str]]:
    yield from itertools.product(
        (one, spoilt_chores.negated(one)), (other, spoilt_chores.negated(other))
    )


def answered(task: Task, said: str) -> Task:
    """Return a question in words with another answer."""
    return _with(task, answer=said)


def _open(task: Task, answer: str) -> Task:
    """Return a question by choice as one in words."""
    return _with(task, answer=answer, text=task.text.partition("\nA) ")[0])


def _with(task: Task, text: str | None = None, **values: Any) -> Task:
    kept = {**cast(dict[str, Any], task.expected), **values}
    return dataclasses.replace(task, text=text or task.text, expected=cast(Json, kept))
