"""Causal-Plan's bench on rendered scenes: twelve of its tasks, half by choice and half in words.

Causal-Plan-Bench (arXiv 2606.01810) has 12 tasks of 100 questions on real videos, by choice where
it asks for what must hold and what follows, judged by rubrics where it asks why and what if; its
score is the macro mean. Here answers are a state machine's: the right choice is so, and the three
others are false for certain. `corpuswright score causal_plan_bench` scores a model.
"""

from __future__ import annotations

import dataclasses
from typing import cast

from corpuswright.annotators.plans import chore_wording
from corpuswright.assets.plans import causal_scenes
from corpuswright.quality.plans import chore_faults, chore_reader, multiple_choice
from corpuswright.storage.records import Json, Sample, Task

VERSION = 2  # bump when a question is chosen otherwise

# By choice: six of the seven of executability and effects. Which one the release leaves out is not
# told; ours is 3: its two facts are always what is needed, so that words alone lead to them.
CHOICE = (1, 2, 4, 5, 6, 7)
FORM = "Say it in this form, of the things that are here:"  # a reader has to read it
RUBRIC = (12, 13, 14, 18, 19, 20)  # the six that the release has rubrics for

RECIPE: Json = {
    **causal_scenes.RECIPE,
    # Clips of a partition: with one question of each task of a clip 100 of each or nearly, as the
    # paper has; not every chore has two steps of which one needs the other.
    "clips": 120,
}


def propose(sample: Sample) -> list[Task]:
    """Return one question of each of the bench's tasks that the chore has an answer to."""
    made = [t for t in causal_scenes.propose(sample) if _number(t) in (*CHOICE, *RUBRIC)]
    return [
        multiple_choice.with_options(sample.scene, t) if _number(t) in CHOICE else _with_form(t)
        for t in made
    ]


def _with_form(task: Task) -> Task:
    """Return a question in words that says how it is to be answered; `asked` is it without."""
    text = f"{task.text} {FORM} {chore_wording.FORMS[_number(task)]}"
    kept = {**task.expected, "asked": task.text}
    return dataclasses.replace(task, text=text, expected=cast(Json, kept))


def _number(task: Task) -> int:
    return task.expected["task"]


CORPUS = dataclasses.replace(
    causal_scenes.CORPUS,
    name="causal_plan_bench",
    reference="corpuswright.assets.plans.causal_plan_bench:CORPUS",
    recipe=RECIPE,
    propose=propose,
    checks=(multiple_choice.check,),
    resolve=multiple_choice.check,
    spoil=multiple_choice.wrong_versions,
    versions={
        **causal_scenes.CORPUS.versions,
        "text": (causal_scenes.CORPUS.versions["text"] * 100 + multiple_choice.VERSION) * 10**6
        + chore_reader.VERSION * 10000
        + chore_faults.VERSION * 100
        + VERSION,
        "checks": causal_scenes.CORPUS.versions["checks"] * 100 + multiple_choice.VERSION,
    },
    summary="Twelve questions of scripted activities, answers by choice and in words: a test.",
    about=causal_scenes.ABOUT + " Questions by choice have four `options`, of which one is so.",
)
