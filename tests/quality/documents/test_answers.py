"""Answers are held to the pixels, sentences read back, facts worked out twice."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from corpuswright.annotators.documents import checklists
from corpuswright.assets.documents import designs
from corpuswright.quality.documents import answers, question_reader, solve
from corpuswright.renderers.documents import render
from corpuswright.renderers.documents.content import facts
from corpuswright.renderers.faults import PageFault
from corpuswright.storage.records import MediaRef, Sample, Task
from tests.fixtures import documents

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def drawn() -> list[tuple[Sample, list[Task]]]:
    """A sample of each cell, as the corpus makes them."""
    out: list[tuple[Sample, list[Task]]] = []
    shown = documents.pages()
    for spec in designs.plan("designs", (), {**designs.RECIPE, "documents": 20}, "00000"):
        try:
            made = render.render(spec, shown)
        except PageFault:
            continue
        sample = Sample(spec.key, spec, dict[str, MediaRef](), made.scene)
        out.append((sample, checklists.propose(sample)))
    assert len(out) >= 17
    return out


def test_the_picture_gives_every_answer_that_the_plan_gives(
    drawn: list[tuple[Sample, list[Task]]],
):
    wrong = [
        (t.key, found)
        for sample, tasks in drawn
        for t in tasks
        if (found := answers.check(sample.scene, t)) is not None
    ]
    assert sum(len(t) for _, t in drawn) > 340
    assert not wrong


def test_no_sample_is_answered_by_yes_alone(drawn: list[tuple[Sample, list[Task]]]):
    # Nothing is asked where a twin turns no answer: such a sample is refused.
    told = [tasks for _, tasks in drawn if tasks]
    assert len(told) >= 0.85 * len(drawn)
    for tasks in told:
        asked = [t for t in tasks if t.kind != checklists.PROMPT]
        for which in ("answer", "twin"):
            assert {t.expected[which] for t in asked} == {True, False}
        assert any(t.expected["answer"] != t.expected["twin"] for t in asked)


def test_wrong_sentences_and_wrong_answers_are_caught(drawn: list[tuple[Sample, list[Task]]]):
    planted: Counter[str] = Counter()
    for sample, tasks in drawn[:12]:
        for task in tasks:
            for kind, wrong in answers.wrong_versions(sample.scene, task):
                if wrong.text == task.text and kind != "another_answer":
                    continue
                planted[kind] += 1
                assert answers.check(sample.scene, wrong) is not None, (kind, wrong.text)
    assert len(planted) >= 5


def test_a_sentence_that_is_no_question_of_ours_is_not_read(
    drawn: list[tuple[Sample, list[Task]]],
):
    scene = drawn[0][0].scene
    for text in ("", "Is the moon above the title?", "Click the title.", "Is the title above?"):
        with pytest.raises(question_reader.NotRead):
            question_reader.read(text, scene)


@pytest.mark.parametrize("seed", range(60))
def test_facts_come_out_again_by_other_means(seed: int):
    sheet = facts.draw(np.random.default_rng(seed), 8)
    assert len(sheet.facts) >= 4
    for fact in sheet.facts:
        assert abs(solve.solve(fact.about) - fact.value) <= 1.01 * 10.0 ** -fact.about["decimals"]
        assert fact.text not in fact.wrong
        assert fact.wrong, fact.label
    # The same words in another order ask the same: a way there, and the way back.
    assert len({tuple(sorted(f.label.split())) for f in sheet.facts}) == len(sheet.facts)


@pytest.mark.parametrize("left, right, name", facts.REACTIONS)
def test_equations_are_balanced_atom_by_atom(
    left: tuple[str, ...], right: tuple[str, ...], name: str
):
    found = facts.balance(left, right)
    assert found == solve.factors([*left], [*right])
    sides = [Counter[str](), Counter[str]()]
    for i, (n, formula) in enumerate(zip(found, [*left, *right], strict=True)):
        for element, count in solve.atoms(formula).items():
            sides[i >= len(left)][element] += n * count
    assert sides[0] == sides[1], name


def test_a_fact_that_is_not_so_refuses_its_questions(drawn: list[tuple[Sample, list[Task]]]):
    sample, tasks = next(
        (s, t) for s, t in drawn if any(q.kind == "fact" for q in t) and
        s.spec.parameters["domain"] != "chart"
    )  # fmt: skip
    import copy
    from dataclasses import replace

    state = copy.deepcopy(dict(sample.scene.state))
    for node in state["document"]["nodes"]:
        if isinstance(node["data"].get("fact"), dict):
            node["data"]["value"] = float(node["data"]["value"]) + 100
    spoilt = replace(sample, scene=replace(sample.scene, state=state), tasks=tuple(tasks))
    played = solve.work_out(documents.pages(), spoilt)
    refused = [t for t in tasks if played.verdicts[t.key] is not None]
    assert {t.kind for t in refused} >= {"fact"}
    right = replace(sample, tasks=tuple(tasks))
    assert not any(solve.work_out(documents.pages(), right).verdicts.values())


def test_inputs_are_the_projects_own():
    assert all(Path(str(f)).exists() for f in documents.folders().values())
