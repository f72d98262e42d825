"""Lens-800M's recipe on Spark: ten filters, near duplicates, captions held to rules, 27 buckets.

Lens (arXiv 2605.21573) trains on 800 million images and released neither data nor code. Its stages
stand here in its order, with its thresholds where it gives them; the others were chosen on ladders
of real photographs. Scores of models it uses and that no package brings (aesthetics, watermarks)
are missing until a model of yours gives them, and the report says so.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from corpuswright.assets.builds import recipes, score_recipe
from corpuswright.assets.builds.score_recipe import Positive, Scorer, Scores, Share
from corpuswright.assets.curation import hash_pairs
from corpuswright.assets.curation.corpus import CuratedCorpus
from corpuswright.assets.curation.engine import ENGINE
from corpuswright.assets.curation.listing import Unmatched
from corpuswright.assets.images import captions as image_captions
from corpuswright.assets.images import measure, steps
from corpuswright.quality.images import fidelity, filters, hash_bands, measures, opt_outs
from corpuswright.storage.records import Json

RECIPE: Json = {
    # Of a list of URLs: requests a second to one host, whether hosts of private networks are asked.
    "per_second": 2.0,
    "private_hosts": False,
    # Whether robots.txt and opt-out headers are heeded (storage.inputs.downloader), and what files
    # say of training themselves: C2PA manifests, IPTC's data mining (quality.images.opt_outs).
    "heed_opt_outs": True,
    # Rows of credits.csv that name no input: "stop" the build, or "count": say how many, and go on.
    "unmatched_credits": "stop",
    # Images of known strings on drawn backgrounds that are inputs besides
    # (renderers.lettered_images), the paper's fourth source; it tells no share.
    "lettered": 0,
    # Pixels: 384 x 384 (the paper's).
    "min_area": 384 * 384,
    # Who gives a score (quality.models.scorers): a model of a package, an ONNX file,
    # module:callable, a URL; "" for nobody. The paper has a fine-tuned EVA, which no package
    # brings.
    "nsfw": "opennsfw",
    # Of a score from 0 to 1. The paper names none; Data-Juicer's and NeMo's is 0.5.
    "max_nsfw": 0.5,
    # No package brings an aesthetic predictor.
    "aesthetic": "",
    # Of Aesthetic Predictor v2.5's score (the paper's).
    "min_aesthetic": 3.0,
    # No package brings a detector of watermarks.
    "watermark": "",
    # The paper names none for watermarks; Data-Juicer's is 0.8.
    "max_watermark": 0.8,
    # Share of the image under lines of text ("rapidocr" gives it). The paper has no such stage and
    # looks for text: nothing is dropped, the share is on record.
    "text_area": "",
    "max_text_area": 1.0,
    # Variance of the Laplacian at 512 x 512. Ours: on ladders of blur (tests/bench/RESULTS.md) all
    # that is spoilt is below, and 6 % of what is good; from here on prints of one image agree.
    "min_clarity": 20.0,
    # Bits. Ours: what is blank is below. A photograph without contrast has less than 4, and so have
    # three of five drawings, in flat colours: `min_contrast` tells these apart.
    "min_entropy": 0.5,
    # Of all tones but a hundredth at either end. Ours: a sixteenth of a photograph's contrast is
    # always below, half of it never.
    "min_contrast": 0.1,
    # Mean luma. Ours: photographs exposed one stop off are hardly ever outside, by five stops
    # mostly; what is drawn on white is bright, so the upper one is high.
    "min_luminance": 0.1,
    "max_luminance": 0.97,
    # Near duplicates: bits of 256 that may differ, and how far thumbnails may be apart. Ours.
    "radius": hash_bands.RADIUS,
    "apart": hash_bands.APART,
    # Who gives embeddings, as a score is given; no package brings a model of them (CLIP's, EVA's).
    "embedding": "",
    # Of two embeddings, from which on images are near duplicates, too (the paper's).
    "max_cosine": 0.985,
    # Folders of test sets: what is like one of their images or sentences stays out.
    "against": [],
    # With a model (--model FILE): "dense" (the paper's, its best), "brief", or "mixed", half each.
    "captions": "dense",
    # Bytes of a shard: what object stores read at full speed, and one take-down writes again.
    "shard_bytes": 256 << 20,
}


class LensRecipe(Scores, extra="forbid"):
    """What values the recipe may have."""

    per_second: Annotated[float, Field(gt=0)]
    private_hosts: bool
    heed_opt_outs: bool
    unmatched_credits: Unmatched
    lettered: int = Field(ge=0)
    min_area: Positive
    min_clarity: Positive
    min_entropy: Annotated[float, Field(ge=0, le=8)]
    min_contrast: Share
    min_luminance: Share
    max_luminance: Share
    radius: int = Field(ge=0, le=64)
    apart: Positive
    embedding: Scorer
    max_cosine: Share
    against: list[str]
    captions: Literal["dense", "brief", "mixed"]
    shard_bytes: int = Field(ge=1)
    seed: str = Field(default="", max_length=200)


def accepts(recipe: Json) -> None:
    """Raise ValueError that says which value of a recipe makes no sense, and what was expected."""
    recipes.validated(LensRecipe, recipe)
    score_recipe.exist(recipe, (*filters.SCORES, measure.EMBEDDING))


ABOUT = (
    "A record is `<key>.json` (where the image came from, its measures, its bucket, captions) and "
    "the image: as it was found where it was 8-bit sRGB and upright, else made so, and without its "
    "metadata. Every input of the source has one row in `outcomes.parquet` that says why it was "
    "kept or dropped; `funnel.json` counts them by stage, `buckets.json` names each shard's size "
    "to train at."
)

CORPUS = CuratedCorpus(
    name="lens",
    summary="Real images, filtered, deduplicated, captioned and placed in 27 sizes.",
    reference="corpuswright.assets.images.lens:CORPUS",
    recipe=RECIPE,
    accepts=accepts,
    versions={
        "measured": measure.VERSION * 10000 + measures.VERSION * 100 + opt_outs.VERSION,
        "filters": filters.VERSION,
        "duplicates": hash_pairs.VERSION * 100 + fidelity.VERSION,
        "captions": image_captions.VERSION,
        "tables": steps.VERSION,
    },
    about=ABOUT,
    steps=steps.STEPS,
    family=steps.FAMILY,
    engine=ENGINE,
)
