"""Causal-Plan-1M's recipe on Spark: clips of what somebody does, and a plan of each in four stages.

Causal-Plan (arXiv 2606.01810) takes egocentric videos, shows a model up to 100 frames of a clip,
and has it write a plan, its segments, its key frames and its movements. That is done here on clips
that were watched whole; a plan enters if its stages hold together.
"""

from __future__ import annotations

from pydantic import Field

from corpuswright.annotators.plans import model_prompts, questions
from corpuswright.assets.curation.corpus import CuratedCorpus
from corpuswright.assets.curation.engine import ENGINE
from corpuswright.assets.images import steps as image_steps
from corpuswright.assets.plans import judge, records, steps, write_plans
from corpuswright.assets.video import recipe
from corpuswright.assets.video import steps as video_steps
from corpuswright.storage.records import Json

RECIPE: Json = {
    **recipe.RECIPE,
    # Frames a second and frames of a clip: half a minute, in which a kitchen has 4 to 7 steps. The
    # paper shows 100 frames at most, its clips last 18 to 234 s.
    "fps": 2,
    "frames": 60,
    # Clips of one video. Ours: a long recording is one kitchen; the paper has 22 200 clips.
    "clips_per_video": 8,
    # Share of a clip that may be black: the paper's guard, 80 % of the frames.
    "max_black": 0.8,
    # Variance of the Laplacian at 512 x 512. Ours: a head that turns blurs, and still shows hands.
    "min_clarity": 5.0,
    # Mean optical flow, heights of the picture a second. Ours: cameras on heads shake, none is
    # dropped for it.
    "max_motion": 100.0,
    # How questions are judged where the model file names a judge: the release's strict audit, or
    # its two judges by scores, of which each leaves half at most.
    "judging": "audit",
    # Whether a reasoning trace is written to each question that enters, and held to its contract.
    "traces": False,
}


class CausalPlanRecipe(recipe.VideoRecipe):
    """What values the recipe may have."""

    frames: int = Field(ge=9, le=model_prompts.MOST_FRAMES)  # three steps of three frames
    judging: judge.How
    traces: bool


def accepts(values: Json) -> None:
    """Raise ValueError that says which value of a recipe makes no sense, and what was expected."""
    recipe.accepts(CausalPlanRecipe, values)


ABOUT = (
    "A record is `<key>.json`, `<key>.mp4` (the clip), `<key>.jpg` (its middle frame) and a plan "
    "in Causal-Plan's four files: `draft_plan.json`, `step_segments.json`, "
    "`causal_plan_with_keyframes.json`, `atomic_plan_with_clips.json`; frame indices are those of "
    "the clip. A model wrote the plan, and its stages were held against each other; nothing says "
    "that it is true of the video. The first task is the plan's goal; the others are Causal-Plan's "
    "questions of that plan, answer and the frames that are shown in `expected`; where a judge was "
    "named, those that it accepted. Every video and every clip of the source has one row in "
    "`outcomes.parquet`; `funnel.json` counts them by stage."
)

CORPUS = CuratedCorpus(
    name="causal_plan",
    reference="corpuswright.assets.plans.causal_plan:CORPUS",
    summary="Clips of what somebody does, each with a plan in four stages and questions of it.",
    recipe=RECIPE,
    accepts=accepts,
    versions=recipe.versions(
        image_steps.VERSION * 10000 + video_steps.VERSION * 100 + steps.VERSION,
        write_plans.VERSION,
        records.VERSION * 100 + questions.VERSION,
    ),
    about=ABOUT,
    steps=steps.STEPS,
    family=steps.FAMILY,
    engine=ENGINE,
    of_images=False,
    units={"page": "video", "scene": "clip", "task": "question"},
)
