"""Questions about chores by choice: one answer that is so, and three that are false for certain."""

from __future__ import annotations

import dataclasses
import itertools
import re
from collections.abc import Collection, Iterator
from typing import Any, cast

import numpy as np

from corpuswright.quality.plans import chore_faults, chore_reader, chore_statements
from corpuswright.renderers.plans import action_model
from corpuswright.renderers.plans.action_model import BOX, TABLE, Fact, Goal
from corpuswright.storage import keys
from corpuswright.storage.records import Json, Rejection, Scene, Task

VERSION = 2  # bump when options come out otherwise

_DENIED = re.compile(r"\b(?:not|cannot|something)\b", re.IGNORECASE)
PLAIN = ("on", "in", "open", "full")  # facts whose contrary is no denial
LETTERS = "ABCD"  # four options, as the release has


def with_options(scene: Scene, task: Task) -> Task:
    """Return a question with four options; fewer where one thing is said of it only.

    Two things that its answer says are each said as they are and otherwise, and nothing else is
    said: no option has more in common with the others than another. Things are taken that change
    in the course of the chore, as far as there are such: of what is always so, that it is needs no
    looking. The goal of the step is not told, which names what it is about. How often the option
    with the fewest denials is right `corpuswright score causal_plan_bench --self-test` tells.
    """
    holds = task.expected
    rng = keys.generator("choices", "options", VERSION, task.key)
    all_ = list(dict.fromkeys(_square(rng, scene, str(holds["answer"]))))
    order = [int(n) for n in rng.permutation(len(all_))]
    options = dict(zip(LETTERS, (all_[n] for n in order), strict=False))
    letter = LETTERS[order.index(0)]
    asked = task.text.partition("The goal of the step is: ")
    head = asked[0] or asked[2].partition(". ")[2]
    text = head + "".join(f"\n{k}) {v}" for k, v in options.items())
    kept = {**holds, "answer": letter, "answer_text": all_[0], "options": options}
    elements = tuple(e.id for e in scene.elements if e.name in text)
    return dataclasses.replace(task, text=text, elements=elements, expected=cast(Json, kept))


def guessed(task: Task) -> str:
    """Return the option with the fewest denials, the first of them: a guess without a look.

    What is not, cannot, or has something where nothing should be is a denial.
    """
    options: dict[str, str] = task.expected["options"]
    return min(options, key=lambda k: (len(_DENIED.findall(options[k])), k))


def check(scene: Scene, task: Task) -> Rejection | None:
    """Reject a question whose options are not four, or of which not just the named one is so."""
    holds = task.expected
    options = cast("dict[str, str] | None", holds.get("options"))
    if options is None:
        return chore_reader.check(scene, task)
    if [*options] != [*LETTERS] or len(set(options.values())) != len(LETTERS):
        return Rejection("options_are_not_four", f"{len(set(options.values()))} options")
    for letter, said in options.items():
        found = chore_reader.check(scene, _open(task, said))
        if letter == holds["answer"] and found is not None:
            return found
        if letter != holds["answer"] and found is None:
            return Rejection("option_is_right_too", f"{letter}) {said}"[:160])
    return None


def wrong_versions(scene: Scene, task: Task) -> Iterator[tuple[str, Task]]:
    """Yield (kind of fault, task): wrong answers, another letter, an option that is so as well."""
    holds = task.expected
    options = cast("dict[str, str] | None", holds.get("options"))
    if options is None:
        yield from chore_faults.wrong_versions(scene, task)
        return
    letter = str(holds["answer"])
    other = next(k for k in options if k != letter)
    yield "another_letter", _with(task, answer=other)
    yield "no_option_is_so", _with(task, options={**options, letter: "It is a nice day."})


def _square(rng: np.random.Generator, scene: Scene, answer: str) -> Iterator[str]:
    """Yield an answer, and it with one, the other, and both of two things said otherwise."""
    if found := re.fullmatch(r"It is the (.+?), which offers this: ([a-z ]+)\..*", answer):
        name, offers = found.groups()
        names = [e.name for e in scene.elements if e.name != name] or [name]
        # A thing that is put somewhere is still held by what the hand grasps it by.
        others = [o for o in chore_faults.OFFERS if o not in (offers, "grasp point")]
        strange = names[int(rng.integers(len(names)))], others[int(rng.integers(len(others)))]
        # Without the mechanism, which names it once more.
        for offer in (offers, strange[1]):
            for thing in (name, strange[0]):
                yield f"It is the {thing}, which offers this: {offer}."
        return
    before, mark, then = answer.partition(" Then: ")
    changing = chore_reader.changing(scene)
    sides = [
        _facts(rng, side.removeprefix("Before: "), changing) for side in (before, then) if side
    ]
    # Two facts and nothing else: what stays the same in all options would tell which one is so.
    first, second = (sides[0][0], sides[1][0]) if mark else (sides[0][0], sides[0][1])
    one, other = ((f, _otherwise(rng, scene, f)) for f in (first, second))
    for a, b in itertools.product(one, other):
        yield f"Before: {a} Then: {b}" if mark else f"{a} {b}"


def _facts(rng: np.random.Generator, text: str, changing: Collection[Fact]) -> list[str]:
    """Return the sentences of facts of a text: those first that make good options.

    What can be said otherwise without a denial comes first, and of that what is not always so.
    """
    said = {s: f.fact for s in re.split(r"(?<=\.) ", text) if (f := chore_statements.statement(s))}
    order = [[*said][int(n)] for n in rng.permutation(len(said))]

    def denied(fact: Fact) -> bool:
        """Say whether its contrary is a denial: a box, too, is nowhere else than on the table."""
        return fact[0] not in PLAIN or (fact[0] == "on" and action_model.kind(fact[1]) == BOX)

    return sorted(order, key=lambda s: (denied(said[s]), said[s] not in changing))


def _otherwise(rng: np.random.Generator, scene: Scene, sentence: str) -> str:
    """Return a sentence that is false if this one is so: of a place another one, else the contrary.

    A thing is in one place only: on the table, on or in another thing.
    """
    found = re.fullmatch(r"(The (.+?) is )(?:on|in) the (.+)\.", sentence)
    if found is None:
        return chore_faults.negated(sentence)
    head, thing, where = found.groups()
    names = sorted(e.name for e in scene.elements)
    ways = [
        f"{verb.removeprefix('put ')} the {n}"
        for n in (*names, TABLE)
        for verb in ("put on", "put in")
        if action_model.possible(Goal(verb, thing, n))
    ]
    other = [w for w in ways if not w.endswith(f" {where}")]
    if not other:  # a box is where it is
        return chore_faults.negated(sentence)
    return f"{head}{other[int(rng.integers(len(other)))]}."


def answered(task: Task, said: str) -> Task:
    """Return a question in words with another answer."""
    return _with(task, answer=said)


def _open(task: Task, answer: str) -> Task:
    """Return a question by choice as one in words."""
    return _with(task, answer=answer, partial=True, text=task.text.partition("\nA) ")[0])


def _with(task: Task, text: str | None = None, **values: Any) -> Task:
    kept = {**task.expected, **values}
    return dataclasses.replace(task, text=text or task.text, expected=cast(Json, kept))
