"""PexelsCustom-1M's recipe on Spark: clips with subjects cut out, followed, and a text of each.

PexelsCustom (CustoMDiT, arXiv 2606.11783) has a million triplets of identity, text and video; its
code takes the middle frame of each video, describes it, takes the nouns, detects and segments them,
filters them in order, and has a caption written for each. That is done here, on clips that were
watched whole; and what its release lacks: cuts, motion, duplicates, test sets, licence and author,
and whether a subject stays itself over all of its clip (`quality.subjects.tracking`).

Without a model nothing is described: the detector looks for all that it knows, and a subject's text
is its video's title where that names it, or its word.
"""

from __future__ import annotations

from pydantic import Field

from corpuswright.annotators.vocabularies import open_custom_categories
from corpuswright.assets.builds.recipes import Share
from corpuswright.assets.curation.corpus import SOURCE, WORDNET, CuratedCorpus
from corpuswright.assets.curation.engine import ENGINE
from corpuswright.assets.images import steps as image_steps
from corpuswright.assets.subjects import ask, detect, records, steps
from corpuswright.assets.video import recipe
from corpuswright.assets.video import steps as video_steps
from corpuswright.quality.models import detectors, segmenters
from corpuswright.quality.models.scorers import ScorerError
from corpuswright.quality.subjects import captions, filters, tracking
from corpuswright.storage.records import Json

RECIPE: Json = {
    **recipe.RECIPE,
    # Who finds things (quality.models.detectors); "truth" reads what lies beside rendered clips.
    # The release has GroundingDINO, which no package brings.
    "detector": detectors.CENTERNET,
    # Who cuts them out (quality.models.segmenters), "" for nobody. The release has SAM 2.1.
    "segmenter": segmenters.GRABCUT,
    # Of a detector's score: the release's for boxes.
    "least_score": 0.35,
    # Frames of a clip in which subjects are looked for. Ours: one a second of a clip of 6 s.
    "looks": 7,
    # Whether a subject's category is looked up in WordNet, which is fetched at first.
    "ontology": True,
}


class PexelsCustomRecipe(recipe.VideoRecipe):
    """What values the recipe may have."""

    detector: str = Field(min_length=1, max_length=500)
    segmenter: str = Field(max_length=500)
    least_score: Share
    looks: int = Field(ge=2, le=1000)
    ontology: bool


def accepts(values: Json) -> None:
    """Raise ValueError that says which value of a recipe makes no sense, and what was expected."""
    found = recipe.accepts(PexelsCustomRecipe, values)
    for name, of in (("detector", steps.detector_of), ("segmenter", steps.segmenter_of)):
        try:
            of(str(getattr(found, name)))
        except ScorerError as error:
            raise ValueError(f"--set {name}: {error}") from None


ABOUT = (
    "A record is `<key>.json`, `<key>.mp4` (the clip), `<key>.jpg` (its middle frame), "
    "`<key>.subjectN.png` (a subject cut out of it, transparent where its mask is not), "
    "`<key>.tracks.npz` (boxes of subjects by frame, `looked` says in which frames somebody "
    "looked) and, where there are masks, `<key>.passes.npz` (`instances`). A task is a subject's "
    "text, with the token `loicea` before its word. Every video and every clip of the source has "
    "one row in `outcomes.parquet`; `funnel.json` counts them by stage."
)

CORPUS = CuratedCorpus(
    name="pexels_custom",
    reference="corpuswright.assets.subjects.pexels_custom:CORPUS",
    summary="Triplets of identity, text and video: clips with subjects cut out and followed.",
    recipe=RECIPE,
    accepts=accepts,
    versions=recipe.versions(
        image_steps.VERSION * 10000 + video_steps.VERSION * 100 + steps.VERSION,
        (ask.VERSION * 100 + detect.VERSION) * 100 + captions.VERSION,
        records.VERSION,
        followed=filters.VERSION * 100 + tracking.VERSION,
        categories=open_custom_categories.VERSION,
    ),
    about=ABOUT,
    steps=steps.STEPS,
    family=steps.FAMILY,
    engine=ENGINE,
    comes_from=(SOURCE, WORDNET),
    of_images=False,
    units={"page": "video", "scene": "clip", "task": "subject"},
)
