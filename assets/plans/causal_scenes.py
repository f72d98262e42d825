"""Rendered scenes of plans: a hand does a chore at a table, and why and what follows is known.

Causal-Plan (arXiv 2606.01810) asks twenty questions of videos whose plans a model wrote, and nobody
reports how often that model or its judges are wrong. Here a state machine is the truth: needs,
effects, order, what would go wrong are worked out by doing, so answers are exact; whoever writes
plans or judges them can be held against them (`corpuswright score`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field, model_validator

from corpuswright.annotators.plans import chore_plans, chore_wording, questions
from corpuswright.assets.motion import recipe as motion_recipe
from corpuswright.assets.synthesis.corpus import RenderedCorpus
from corpuswright.assets.synthesis.steps import ACTIVITY_STEPS, ENGINE
from corpuswright.quality.plans import chore_faults, chore_observer, chore_reader
from corpuswright.renderers.motion import scene
from corpuswright.renderers.plans import action_model, chores, tabletop
from corpuswright.storage import keys
from corpuswright.storage.inputs.sites import Page
from corpuswright.storage.records import Json, Origin, Sample, Spec, Task

VERSION = 1  # bump when a spec's chore comes out otherwise

RECIPE: Json = {
    # Clips of a partition. Ours: a night's work of two cores.
    "clips": 500,
    **{n: v for n, v in motion_recipe.LOOK.items() if n != "frames"},
    # Frames a second; a step is as long as its frames: two to three seconds, as a hand needs them.
    "fps": 5,
    "step_frames": [10, 14],
    "pictures": "cycles",
    "passes": ["instances"],
}

Few = Annotated[int, Field(ge=6, le=100)]  # three deeds of two frames each at least


class CausalScenesRecipe(motion_recipe.MotionRecipe):
    """What values the recipe may have."""

    frames: int = 2  # of no use: a clip is as long as its steps
    step_frames: tuple[Few, Few]

    @model_validator(mode="after")
    def _in_order(self) -> CausalScenesRecipe:
        if self.step_frames[0] > self.step_frames[1]:
            raise ValueError(f"step_frames: expected least and most, saw {self.step_frames}")
        return self


def plan(corpus: str, pages: Sequence[Page], recipe: Json, partition: str) -> list[Spec]:
    """Return the clips of a partition."""
    n = int(recipe["clips"])
    specs: list[Spec] = []
    for i in range(int(partition) * n, int(partition) * n + n):
        key = keys.sample_key(corpus, i, 0)
        rng, drawn = motion_recipe.look(corpus, key, {**recipe, "frames": 2})
        least, most = recipe["step_frames"]
        chore = chores.draw(rng, (least, most))
        while not chore_plans.sound(chore):  # of some steps nothing can go wrong: one in fifty
            chore = chores.draw(rng, (least, most))
        drawn |= {"world": "tabletop", "frames": chore.frames, "chore": chores.to_json(chore)}
        specs.append(Spec(key, corpus, scene.MEDIUM, drawn, ()))
    return specs


def propose(sample: Sample) -> list[Task]:
    """Return one question of each of the twenty that the chore has an answer to.

    `expected` holds the answer, the task's number, the step, the frames that are to be shown, and
    what else question and answer are made of.
    """
    rng = keys.generator(sample.spec.corpus, "text", questions.VERSION, sample.key)
    chore = chores.from_json(sample.scene.state["chore"])
    whole = chore_plans.written(rng, chore)
    foreign = [chore_wording.step(s) for s in chores.draw(rng, (10, 14)).steps]
    return tasks(sample, questions.chosen(whole, rng, foreign))


def tasks(
    sample: Sample, asked: Sequence[questions.Asked], version: int = questions.VERSION
) -> list[Task]:
    """Return questions about a clip as tasks; `version` is that of what has asked them."""
    origin = Origin("plan_tasks", version)
    return [
        Task(
            keys.task_key(sample.key, n),
            a.kind.slug,
            _named(sample, a),
            _question(a),
            "direct",
            (),
            (),
            origin,
            a.expected(),
        )
        for n, a in enumerate(asked)
    ]


def _question(asked: questions.Asked) -> str:
    """Return a question; that for a remedy after what it is a remedy of: here both are of one."""
    if asked.kind.number != 20:
        return asked.question
    return f"{asked.parts['what_if']} {asked.question}"


def _named(sample: Sample, asked: questions.Asked) -> tuple[str, ...]:
    """Return the elements that a question or its answer speaks of."""
    said = f"{asked.question} {asked.answer}"
    return tuple(e.id for e in sample.scene.elements if e.name in said)


def accepts(recipe: Json) -> None:
    """Raise ValueError that says which value of a recipe makes no sense, and what was expected."""
    found = motion_recipe.accepts(CausalScenesRecipe, recipe)
    if found.pictures == "none":
        raise ValueError("--set: pictures: expected some: questions are asked of what is seen")


ABOUT = (
    motion_recipe.ABOUT
    + " What is done stands in the scene's `chore`: the state to begin with, steps, the "
    "frames of each. A task is one of Causal-Plan's twenty questions (`expected`: its name, its "
    "answer, the frames that are shown); answers were read back by a reader that sees words and "
    "the state machine only, and the world was baked anew to see that each step comes to the state "
    "that it should."
)

CORPUS = RenderedCorpus(
    name="causal_scenes",
    reference="corpuswright.assets.plans.causal_scenes:CORPUS",
    summary="Activities at a table whose causes are known, with questions and plans that are true.",
    steps=ACTIVITY_STEPS,
    engine=ENGINE,
    sites=(),
    recipe=RECIPE,
    plan=plan,
    propose=propose,
    checks=(chore_reader.check,),
    resolve=chore_reader.check,
    spoil=chore_faults.wrong_versions,
    play=chore_observer.watched,
    versions={
        **motion_recipe.versions(
            ((VERSION * 10 + chores.VERSION) * 10 + action_model.VERSION) * 10 + tabletop.VERSION
        ),
        "actions": (questions.VERSION * 100 + chore_plans.VERSION) * 100 + action_model.VERSION,
        "text": questions.VERSION * 100 + chore_wording.VERSION,
        "replay": chore_observer.VERSION * 100 + action_model.VERSION,
        "checks": (chore_reader.VERSION * 100 + chore_faults.VERSION) * 100 + action_model.VERSION,
    },
    accepts=accepts,
    batch=1,
    about=ABOUT,
)
