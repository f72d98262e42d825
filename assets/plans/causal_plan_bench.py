"""Causal-Plan's bench on rendered scenes: twelve of its tasks, half by choice and half in words.

Causal-Plan-Bench (arXiv 2606.01810) has 12 tasks of 100 questions on real videos, by choice where
it asks for what must hold and what follows, judged by rubrics where it asks why and what if; its
score is the macro mean. Here answers are a state machine's: the right choice is so, and the three
others are so at other moments of the same video, so that only looking tells which one it is.
`corpuswright score causal_plan_bench` scores a model.
"""

from __future__ import annotations

import dataclasses
from typing import cast

from corpuswright.annotators.plans import choices, chore_wording
from corpuswright.assets.plans import causal_scenes
from corpuswright.quality.plans import multiple_choice
from corpuswright.renderers.plans import chores
from corpuswright.storage import keys
from corpuswright.storage.records import Json, Sample, Task

VERSION = 3  # bump when a question is chosen otherwise

# By choice: six of the seven of executability and effects. Which one the release leaves out is not
# told; ours is 3: its two facts are always what is needed, so that words alone lead to them.
CHOICE = (1, 2, 4, 5, 6, 7)
FORM = "Say it in this form, of the things that are here:"  # a reader has to read it
RUBRIC = (12, 13, 14, 18, 19, 20)  # the six that the release has rubrics for

RECIPE: Json = {
    **causal_scenes.RECIPE,
    # Clips of a partition: with one question of each task of a clip 100 of each or nearly, as the
    # paper has; not every chore has two steps of which one needs the other, nor four states of two
    # or three things (task 1: three in four).
    "clips": 135,
}


def propose(sample: Sample) -> list[Task]:
    """Return one question of each of the bench's tasks that the chore has an answer to."""
    rng = keys.generator(sample.spec.corpus, "choices", choices.VERSION, sample.key)
    chore = chores.from_json(sample.scene.state["chore"])
    found = [a for n in CHOICE if (a := choices.asked(rng, chore, n)) is not None]
    in_words = [t for t in causal_scenes.propose(sample) if _number(t) in RUBRIC]
    made = [
        *map(_with_options, causal_scenes.tasks(sample, found, choices.VERSION)),
        *map(_with_form, in_words),
    ]
    made.sort(key=_number)
    return [dataclasses.replace(t, key=keys.task_key(sample.key, n)) for n, t in enumerate(made)]


def _with_options(task: Task) -> Task:
    """Return a question by choice with its options, their reasons and the right one in words."""
    kept = {**task.expected, "parts": {}, **task.expected["parts"]}
    return dataclasses.replace(task, expected=cast(Json, kept))


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
        "text": (causal_scenes.CORPUS.versions["text"] * 100 + choices.VERSION) * 100 + VERSION,
        "checks": causal_scenes.CORPUS.versions["checks"] * 100 + multiple_choice.VERSION,
    },
    summary="Twelve questions of scripted activities, answers by choice and in words: a test.",
    about=causal_scenes.ABOUT + " Questions by choice have four `options`: all "
    "are so at some moment of the clip, one at the moment that is shown; `reasons` says what is so "
    "instead of the others.",
)
