"""Answers about chores: those of the state machine are read and hold, wrong ones are caught."""

from __future__ import annotations

import dataclasses
import itertools
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, cast

import numpy as np
import pytest

from corpuswright.annotators.plans import choices, chore_plans, chore_wording, questions
from corpuswright.annotators.plans.schema import Plan
from corpuswright.quality.plans import (
    chore_errors,
    chore_faults,
    chore_observer,
    chore_reader,
    consistency,
    multiple_choice,
    words_alone,
)
from corpuswright.renderers.plans import action_model, chores, tabletop
from corpuswright.renderers.plans.action_model import BOX, CUP
from corpuswright.renderers.plans.chores import Chore
from corpuswright.renderers.world3d.world import World
from corpuswright.storage.records import Element, Origin, Rejection, Scene, Task

CHORES = 12


def scene(chore: Chore) -> Scene:
    """What a reader sees: the chore, and that everything is in the picture."""
    box = (0.0, 0.0, 9.0, 9.0)
    corners = ((0.0, 0.0), (9.0, 0.0), (9.0, 9.0), (0.0, 9.0))
    elements = tuple(
        Element(f"e{n}", "img", name, corners, box, box, 1.0, (4.5, 4.5), "", {}, {}, None)
        for n, name in enumerate(action_model.things(chore.start))
    )
    return Scene((9, 9), (1.0, 1.0), elements, {"chore": chores.to_json(chore)})


def task(asked: questions.Asked) -> Task:
    holds: dict[str, Any] = {
        "task": asked.kind.number,
        "step": asked.step,
        "spans": [[*s] for s in asked.spans],
        "answer": asked.answer,
        "parts": asked.parts,
    }
    kind, origin = asked.kind.name, Origin("plan_tasks", questions.VERSION)
    return Task(
        f"k-{asked.kind.number}", kind, ("e0",), asked.question, "direct", (), (), origin, holds
    )


@pytest.fixture(scope="module")
def made() -> list[tuple[Chore, Plan, list[Task]]]:
    out: list[tuple[Chore, Plan, list[Task]]] = []
    for seed in range(CHORES):
        rng = np.random.default_rng(seed)
        chore, other = (chores.draw(rng, (10, 13)) for _ in range(2))
        while not chore_plans.sound(chore):
            chore = chores.draw(rng, (10, 13))
        plan = chore_plans.written(rng, chore)
        foreign = [chore_wording.step(s) for s in other.steps]
        out.append((chore, plan, [task(a) for a in questions.every(plan, rng, foreign)]))
    return out


Made = list[tuple[Chore, Plan, list[Task]]]


def each(made: Made) -> Iterator[tuple[Scene, Task]]:
    for chore, _, tasks in made:
        shown = scene(chore)
        yield from ((shown, t) for t in tasks)


def test_a_plan_of_the_state_machine_holds_together_and_is_true(made: Made):
    for chore, plan, _ in made:
        assert consistency.check(plan, chore.frames) == []
        errors = chore_errors.errors(chore, plan)
        assert errors.said > 12 * len(chore.steps)
        assert (errors.false, errors.unread, set(errors.frames)) == ((), (), {0})


def test_all_twenty_are_asked_and_answers_hold(made: Made):
    asked, wrong = Counter[int](), Counter[tuple[int, str]]()
    for shown, t in each(made):
        number = int(t.key[2:])
        asked[number] += 1
        if found := chore_reader.check(shown, t):
            wrong[number, found.reason] += 1
    assert set(asked) == set(questions.KINDS)
    # A later step that comes too early may be possible all the same: that is no flaw, and told.
    assert set(wrong) <= {(18, "flaw_is_none")} and wrong.total() <= 0.1 * asked[18]


def test_every_wrong_answer_is_caught(made: Made):
    planted, kinds = 0, set[tuple[int, str]]()
    for shown, t in each(made):
        for kind, spoilt in chore_faults.wrong_versions(shown, t):
            planted += 1
            kinds.add((int(t.key[2:]), kind))
            assert chore_reader.check(shown, spoilt) is not None, (kind, spoilt.expected)
    assert planted > 1000 and {n for n, _ in kinds} == set(questions.KINDS)


def test_what_is_never_seen_is_not_asked_of(made: Made):
    chore, _, tasks = made[0]
    shown, t = scene(chore), next(t for t in tasks if t.key == "k-10")
    name = chore.steps[int(cast(int, t.expected["step"])) - 1].patient
    hidden = tuple(e for e in shown.elements if e.name != name)
    found = chore_reader.check(dataclasses.replace(shown, elements=hidden), t)
    assert found == Rejection("thing_not_seen", name)


BY_CHOICE = (1, 2, 4, 5, 6, 7)


def by_choice(chore: Chore, number: int, seed: int) -> Task | None:
    asked = choices.asked(np.random.default_rng(seed), chore, number)
    if asked is None:
        return None
    plain = task(asked)
    return dataclasses.replace(
        plain, expected=cast(Any, {**plain.expected, "parts": {}, **asked.parts})
    )


def test_one_of_four_options_is_so_and_all_are_at_some_moment(made: Made):
    number, kinds = Counter[int](), Counter[str]()
    for seed, (chore, _, _) in enumerate(made):
        for one in filter(None, (by_choice(chore, n, seed) for n in BY_CHOICE)):
            holds: Any = one.expected
            assert multiple_choice.check(scene(chore), one) is None, holds
            number[holds["task"]] += 1
            assert set(holds["reasons"]) == set("ABCD") - {holds["answer"]}
            for kind, spoilt in multiple_choice.wrong_versions(scene(chore), one):
                kinds[kind] += 1
                assert multiple_choice.check(scene(chore), spoilt) is not None, kind
    assert len(kinds) == 5 and min(number[n] for n in BY_CHOICE) > len(made) / 2


def test_options_whose_words_tell_are_refused(made: Made):
    """A wrong option that is never so, one that is so as well, one whose reason is none."""
    chore = made[0][0]
    one = next(filter(None, (by_choice(chore, n, 0) for n in (2, 7))))
    holds: Any = one.expected
    letter = next(k for k in "ABCD" if k != holds["answer"])
    never = holds["options"][letter].replace(". ", ". The green pot is open. ", 1)
    for said, reason in (
        (never, "option_is_never_so"),
        (holds["options"][holds["answer"]].split(". ")[0] + ".", "option_is_right_too"),
    ):
        spoilt = {**holds, "options": {**holds["options"], letter: said}}
        found = multiple_choice.check(scene(chore), dataclasses.replace(one, expected=spoilt))
        assert found is not None and found.reason == reason
    for reasons in ({}, {k: holds["options"][k] for k in holds["reasons"]}):
        spoilt = {**holds, "reasons": reasons}
        found = multiple_choice.check(scene(chore), dataclasses.replace(one, expected=spoilt))
        assert found is not None and found.reason == "reason_is_not_so"
    shown = next(filter(None, (by_choice(chore, n, 0) for n in (4, 5))))
    late = {**cast(Any, shown.expected), "spans": [[9999, 10000]]}
    assert multiple_choice.check(scene(chore), dataclasses.replace(shown, expected=late))


def questions_of(chores_: Iterable[Chore]) -> tuple[list[words_alone.Choice], dict[str, list[str]]]:
    """All questions by choice of chores, and all else that is written of them."""
    found: list[words_alone.Choice] = []
    texts: dict[str, list[str]] = {}
    for n, chore in enumerate(chores_):
        rng = np.random.default_rng(n)
        plan = chore_plans.written(rng, chore)
        texts[str(n)] = [f"{a.question} {a.answer}" for a in questions.chosen(plan, rng)]
        for number, seed in itertools.product(BY_CHOICE, (n, n + 10**6)):
            if (one := by_choice(chore, number, seed)) is not None:
                holds: Any = one.expected
                found.append(words_alone.Choice(str(n), number, holds["options"], holds["answer"]))
    return found, texts


def sound_chores(number: int) -> Iterator[Chore]:
    rng = np.random.default_rng(7)
    while number:
        chore = chores.draw(rng, (10, 13))
        if chore_plans.sound(chore):
            number -= 1
            yield chore


def test_words_alone_lead_nowhere_over_two_thousand_questions():
    asked, texts = questions_of(sound_chores(190))
    assert len(asked) >= 2000
    hits = words_alone.solved(asked, texts)
    assert abs(sum(hits) / len(hits) - 0.25) < 0.03
    for number in BY_CHOICE:  # of each task some 350: three standard errors are 0.07
        own = [h for h, q in zip(hits, asked, strict=True) if q.task == number]
        assert abs(sum(own) / len(own) - 0.25) < 0.07, number


@pytest.mark.parametrize("give_away", ["denied", "elsewhere", "never told"])
def test_the_solver_finds_what_words_give_away(give_away: str):
    """Wrong options that are denials, or of the other moments' answers: what others do."""
    asked, texts = questions_of(sound_chores(30))
    spoilt: list[words_alone.Choice] = []
    for q in asked:
        right = q.options[q.answer]
        wrong = {
            "denied": chore_faults.negated(right),
            "elsewhere": right.replace("the table", "the shelf").replace("hand", "left hand"),
            "never told": right.replace("box", "cup").replace("cube", "ball"),
        }[give_away]
        options = {
            k: v if k == q.answer else f"{wrong} {n}" for n, (k, v) in enumerate(q.options.items())
        }
        spoilt.append(q._replace(options=options))
    hits = words_alone.solved(spoilt, texts)
    assert sum(hits) / len(hits) > 0.6


def world(chore: Chore, seed: int) -> World:
    return tabletop.compose(
        {"seed": seed, "width": 64, "height": 64, "chore": chores.to_json(chore)}
    )


def test_what_is_shown_is_what_the_states_say(made: Made):
    for seed, (chore, _, _) in enumerate(made):
        baked = world(chore, seed)
        for number in range(len(chore.steps) + 1):
            frame = chore.ends[number - 1] - 1 if number else 0
            assert chore_observer.facts(baked, frame) == chore.state(number)


@pytest.mark.parametrize("kind", [BOX, CUP, "cube"])
def test_a_scene_that_shows_something_else_is_seen(made: Made, kind: str):
    """A lid that stays shut, water that is not there, a cube beside its place."""
    chore = made[0][0]
    baked = world(chore, 0)
    before = chore_observer.facts(baked, 0)
    place = next(
        n for n, t in enumerate(baked.things) if t.kind == ("water" if kind == CUP else kind)
    )
    thing = baked.things[place]
    moved = thing.vertices.copy()
    if kind == BOX:
        moved[0, :, 2] = np.where(moved[0, :, 2] > 0.05, moved[0, :, 2] + 0.1, moved[0, :, 2])
    elif kind == CUP:
        moved[0, :, 2] = 0.05 if np.ptp(moved[0, :, 2]) > 0.02 else moved[0, :, 2] * 20
    else:
        moved[0, :, 2] += 0.05
    things = [*baked.things]
    things[place] = dataclasses.replace(thing, vertices=moved)
    assert chore_observer.facts(dataclasses.replace(baked, things=things), 0) != before


def test_an_annotator_that_is_wrong_is_measured(made: Made):
    """One in ten of its sentences says the contrary; as many are counted, no more."""
    rng, planted, counted, said = np.random.default_rng(0), 0, 0, 0
    for chore, right, _ in made:
        plan = right.model_copy(deep=True)
        for s in plan.draft.steps:
            chain = s.causal_chain
            for sentences in (
                chain.causal_precondition_on_spatial,
                chain.causal_effect_on_affordance,
            ):
                for n, sentence in enumerate(sentences):
                    if rng.uniform() < 0.1:
                        sentences[n], planted = chore_faults.negated(sentence), planted + 1
        errors = chore_errors.errors(chore, plan)
        counted, said = counted + len(errors.false), said + errors.said
        assert not errors.unread
    assert counted == planted > 20 and said > 10 * planted
