"""What recipes of clips share: their values, what these may be, and versions of the steps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from corpuswright.assets.builds import recipes, score_recipe
from corpuswright.assets.builds.score_recipe import Positive, Scorer, Scores, Share
from corpuswright.assets.curation.listing import Unmatched
from corpuswright.assets.video import cut, duplicates, measure, score
from corpuswright.assets.video import records as video_records
from corpuswright.assets.video import splits as video_splits
from corpuswright.quality.images import filters as image_filters
from corpuswright.quality.models import shot_detector as shots
from corpuswright.quality.video import clip_windows, filters, measures, splits
from corpuswright.storage.records import Json

MOST = 100  # of a video and its clips: the last two digits of a key's variant tell them apart

# The recipe's values that every corpus of clips has, each beside its source or its reason.
RECIPE: Json = {
    # Frames a second and frames of a clip: what CustoMDiT trains on (its configs/train.yaml).
    "fps": 8,
    "frames": 49,
    # Pixels of a clip's short side at most: CustoMDiT's 480 x 720.
    "side": 480,
    # Clips of one video. Ours: the sixth of one scene teaches little; a minute has ten.
    "clips_per_video": 4,
    # Seconds of a video. Ours: one task has a video, and an hour bounds what a kill can lose.
    "max_seconds": 3600.0,
    # Who says where a video is cut: "" for PySceneDetect's adaptive detector, "transnetv2" or a
    # callable (quality.models.shot_detector). Ours: a learned one sees dissolves and costs some ten
    # times as much.
    "shots": "",
    # Pixels of a video's short side at least: no clip is made of fewer than it is trained at.
    "min_side": 480,
    # How much longer one side may be. Data-Juicer's range of aspect ratios, 1/3 to 3.
    "max_aspect": 3.0,
    # Share of a clip that may be black (mean luma below 10 of 255, Causal-Plan's). Ours: a fade.
    "max_black": 0.1,
    # Mean luma. Ours: a little below that of images, which take the largest channel.
    "min_luminance": 0.08,
    "max_luminance": 0.95,
    # Variance of the Laplacian at 512 x 512. Ours: of real clips blurred in steps none that is good
    # is below, of those out of focus 94 in 100 (tests/bench/RESULTS.md); photographs are sharper.
    "min_clarity": 10.0,
    # Bits; ours, as of images.
    "min_entropy": 4.0,
    # Share of a clip in which nothing moves. Panda-70M counts 6.8 % of its clips as still images.
    "max_still": 0.9,
    # Mean optical flow, heights of the picture a second. Ours, on the same ladders: a race of
    # bicycles has 0.54 at most; of clips of which each frame is shifted by a tenth of its height or
    # more 61 in 100 are above. It is measured up to 0.8: faster things are lost from sight.
    "max_motion": 0.6,
    # Scores by models, as of images (assets.images.lens); "" for nobody. The release says that it
    # filters by aesthetics, and has no such step. Thresholds are those of images.
    "nsfw": "",
    "max_nsfw": 0.5,
    "aesthetic": "",
    "min_aesthetic": 3.0,
    "watermark": "",
    "max_watermark": 0.8,
    # Share of a picture under lines of text ("rapidocr" gives it). Ours: half of it is a slide.
    "text_area": "",
    "max_text_area": 0.5,
    # Folders of test sets: a video that has a clip like one of theirs stays out.
    "against": [],
    # Rows of credits.csv that name no input: "stop" the build, or "count": say how many, and go on.
    "unmatched_credits": "stop",
    # Which part of the source is built, `train` or `bench` (quality.video.splits), and the share of
    # videos that are for the bench. Ours: Causal-Plan has 1 200 of a million questions in its
    # bench, so few that of a small source no video would be for it.
    "part": splits.ALL,
    "bench": 0.05,
    # Bytes of a shard: what object stores read at full speed, and one take-down writes again.
    "shard_bytes": 256 << 20,
}


class VideoRecipe(Scores, extra="forbid"):
    """What values the recipe of a corpus of clips may have."""

    fps: int = Field(ge=1, le=120)
    frames: int = Field(ge=2, le=1000)
    side: int = Field(ge=16, le=4096, multiple_of=2)
    clips_per_video: int = Field(ge=1, lt=MOST)
    max_seconds: Annotated[float, Field(gt=0)]
    shots: Scorer
    min_side: int = Field(ge=1)
    max_aspect: Annotated[float, Field(ge=1)]
    max_black: Share
    min_luminance: Share
    max_luminance: Share
    min_clarity: Positive
    min_entropy: Annotated[float, Field(ge=0, le=8)]
    max_still: Share
    max_motion: Positive
    against: list[str]
    unmatched_credits: Unmatched
    part: splits.Part
    bench: Share
    shard_bytes: int = Field(ge=1)
    seed: str = Field(default="", max_length=200)


def accepts(values: type[VideoRecipe], recipe: Json) -> VideoRecipe:
    """Return a recipe of clips, checked; raise ValueError that says which value makes no sense."""
    found = recipes.validated(values, recipe)
    score_recipe.exist(recipe, image_filters.SCORES)
    score_recipe.exist(recipe, ("shots",), shots.fingerprint)
    return found


def versions(tables: int, captions: int, records: int, **more: int) -> Mapping[str, int]:
    """Return the versions of a corpus of clips.

    Args:
        tables: Of what its steps leave.
        captions: Of what is told of clips, and by whom.
        records: Of what makes a record of a row.
        more: Of what decides besides.
    """
    return {
        "measured": measure.VERSION * 10000 + measures.VERSION * 100 + clip_windows.VERSION,
        "filters": (filters.VERSION * 100 + score.VERSION) * 100 + image_filters.VERSION,
        "duplicates": (duplicates.VERSION * 100 + video_splits.VERSION) * 100 + splits.VERSION,
        "captions": captions,
        "tables": tables,
        "records": (records * 100 + video_records.VERSION) * 100 + cut.VERSION,
        **more,
    }
