"""OpenCustom's eight metrics of videos that are to show a subject as a text says.

OpenCustom (arXiv 2606.11783) compares frames with the text and with a picture of the subject (CLIP,
DINO), whole and in the region of the subject, and measures how smoothly and how much a video moves
(VBench). Models plug in; a metric whose model is missing is missing. What the released evaluation
does otherwise is told where it matters: there a subject that is not found is scored by the whole
frame, and frames without their mask are compared with a reference that has one; here a frame in
which nothing is found has no regional score, how many there are is told, and both sides are masked.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from corpuswright.quality.models import detectors, http_service, scorers, segmenters
from corpuswright.quality.models.detectors import Pixels
from corpuswright.quality.models.scorers import ScorerError

METRICS = (
    "clip_text",
    "clip_image",
    "dino_image",
    "regional_clip_text",
    "regional_clip_image",
    "regional_dino_image",
    "motion_smoothness",
    "dynamic_degree",
)
WINDOW = 16  # frames in the middle that are compared (its code)
GREY, SIDE = 127, 224  # of what is not the subject; px that a crop is filled up to (its code)
BOX = 0.35  # least score of what is found (its code)
# VBench's dynamic degree: pairs at about 8 frames a second of which the fastest 5 % of pixels move
# by more than 6 px at 256, of which there must be 4 in 16 frames.
RATE, FASTEST, MOVES, OF = 8.0, 0.05, 6.0 / 256, 4 / 16

Floats = NDArray[np.float64]


class Models(NamedTuple):
    """Who looks; empty where nobody does.

    Attributes:
        clip: Images and texts in one space, as `scorers.vectors` and `texts` take it.
        dino: Images.
        detector: Finds words (`quality.models.detectors`).
        segmenter: Masks of boxes (`quality.models.segmenters`).
        between: `package.module:name`, called with `device=`: returns what takes two (N, H, W, 3)
            uint8 arrays, frames before and after, and returns those between (VBench: AMT-S).
        flow: Likewise; returns (N, H, W, 2) float32 px from one to the other (VBench: RAFT).
    """

    clip: str = ""
    dino: str = ""
    detector: str = ""
    segmenter: str = ""
    between: str = ""
    flow: str = ""


class WantedVideo(NamedTuple):
    """What a video was to show: the subject's category, the text, a picture (H, W, 3)."""

    category: str
    caption: str
    reference: Pixels


class VideoScore(NamedTuple):
    """One video's scores; what is missing has none.

    Attributes:
        values: By metric, of `METRICS`.
        frames: Frames that were compared.
        found: In how many of them the subject was found; None where nobody looked.
        fault: Why there are no scores; empty for what could be read.
    """

    values: Mapping[str, float]
    frames: int
    found: int | None
    fault: str = ""


def named(metric: str, models: Models) -> bool:
    """Say whether all models of a metric are named."""
    regional = bool(models.detector and models.segmenter) or not metric.startswith("regional_")
    one = {"motion_smoothness": models.between, "dynamic_degree": models.flow}.get(
        metric, models.dino if "dino" in metric else models.clip
    )
    return regional and bool(one)


def texts(name: str, said: Sequence[str]) -> list[Floats]:
    """Return the vectors of texts, in the space of a model's images.

    Args:
        name: `package.module:name`, whose callable has an attribute `texts`, or an URL that answers
            `{"texts": [...]}` with `{"vectors": [...]}`.
        said: Texts.

    Raises:
        ScorerError: The model takes no texts, or answers with something else.
    """
    if name.startswith(("http://", "https://")):
        try:
            made: Sequence[Any] = http_service.ask(name, "vectors", [], texts=list(said))
        except http_service.ServiceError as error:
            raise ScorerError(str(error)) from None
    else:
        model = None if name.endswith(".onnx") else _made(name, scorers.device())
        own = getattr(model, "texts", None)
        if own is None:
            raise ScorerError(f"{name}: expected a model of images and texts, it takes no texts")
        made = own(list(said))
    out = [np.asarray(v, np.float64) for v in made]
    if len(out) != len(said) or any(v.ndim != 1 or not np.isfinite(v).all() for v in out):
        raise ScorerError(f"{name}: expected {len(said)} vectors of texts, saw {made!r:.80}")
    return out


def score(asked: WantedVideo, frames: Pixels, fps: float, models: Models) -> VideoScore:
    """Return a video's scores by all metrics whose models there are.

    Args:
        asked: What it was to show.
        frames: (F, H, W, 3) uint8 RGB, all of them.
        fps: Frames a second.
        models: Who looks.

    Raises:
        ScorerError: A model cannot be had or answers with something else.
    """
    middle = frames[window(len(frames))]
    values: dict[str, float] = {}
    crops: list[Pixels | None] = []
    reference: Pixels | None = None
    if models.detector and models.segmenter:
        crops = [subject(f, asked.category, models) for f in middle]
        reference = subject(asked.reference, asked.category, models)
    seen = [c for c in crops if c is not None]
    for name, model in (("clip", models.clip), ("dino", models.dino)):
        if not model:
            continue
        _put(values, f"{name}_image", model, [*middle], _vector(model, asked.reference))
        if reference is not None:
            _put(values, f"regional_{name}_image", model, seen, _vector(model, reference))
        if name == "clip":
            (text,) = texts(model, [asked.caption])
            _put(values, "clip_text", model, [*middle], text)
            _put(values, "regional_clip_text", model, seen, text)
    if models.between and len(frames) >= 3:
        values["motion_smoothness"] = smoothness(frames, _factory(models.between))
    if models.flow and len(frames) >= 2:
        values["dynamic_degree"] = float(moves(frames, fps, _factory(models.flow)))
    return VideoScore(values, len(middle), len(seen) if crops else None)


def window(number: int) -> slice:
    """Return the frames in the middle that are compared: 16, one after another, or all."""
    first = max(number // 2 - WINDOW // 2, 0)
    return slice(first, min(first + WINDOW, number))


def subject(pixels: Pixels, category: str, models: Models) -> Pixels | None:
    """Return the subject of a picture on grey, cut to its box and filled up to 224 px.

    The best find counts. None where nothing is found, or nothing of it is seen.
    """
    found = [f for f in detectors.found(models.detector, pixels, [category]) if f.score >= BOX]
    if not found:
        return None
    (cut,) = segmenters.masks(models.segmenter, pixels, [found[0].box])
    if cut is None:
        return None
    x0, y0, x1, y1 = (int(v) for v in found[0].box)
    x1, y1 = max(x1, x0 + 1), max(y1, y0 + 1)
    inside = np.where(cut.mask[y0:y1, x0:x1, None], pixels[y0:y1, x0:x1], GREY)
    short = [max(0, SIDE - n) for n in inside.shape[:2]]
    around = [(n // 2, n - n // 2) for n in short]
    filled = np.pad(inside, (*around, (0, 0)), constant_values=GREY)
    return filled.astype(np.uint8)


def smoothness(frames: Pixels, between: Callable[[Pixels, Pixels], Any]) -> float:
    """Return how well each odd frame is foretold by its neighbours: 1 - mean error of 255."""
    even = frames[::2]
    odd = frames[1::2][: len(even) - 1]
    made = np.asarray(between(even[:-1][: len(odd)], even[1:][: len(odd)]))
    if made.shape != odd.shape:
        raise ScorerError(f"between: expected frames of shape {odd.shape}, saw {made.shape}")
    return float(1 - np.abs(made.astype(np.float64) - odd).mean() / 255)


def moves(frames: Pixels, fps: float, flow: Callable[[Pixels, Pixels], Any]) -> bool:
    """Say whether a video moves: enough pairs of its frames in which its fastest pixels are fast.

    One pair at least, of however few frames: the release asks for none of two.
    """
    some = frames[:: max(1, round(fps / RATE))]
    if len(some) < 2:
        some = frames[:2]
    made = np.asarray(flow(some[:-1], some[1:]), np.float64)
    if made.shape != (len(some) - 1, *frames.shape[1:3], 2):
        raise ScorerError(
            f"flow: expected {(len(some) - 1, *frames.shape[1:3], 2)}, saw {made.shape}"
        )
    speed = np.sort(np.linalg.norm(made, axis=3).reshape(len(made), -1), axis=1)
    top = speed[:, -max(1, int(speed.shape[1] * FASTEST)) :].mean(axis=1)
    limit = MOVES * min(frames.shape[1:3])
    return int((top > limit).sum()) >= max(1, round(OF * len(some)))


def means(scored: Sequence[VideoScore]) -> dict[str, float]:
    """Return each metric's mean over all videos; one that some video lacks is missing."""
    out: dict[str, float] = {}
    for name in METRICS:
        values = [s.values[name] for s in scored if name in s.values]
        if scored and len(values) == len(scored):
            out[name] = float(np.mean(values))
    return out


def _put(
    values: dict[str, float], metric: str, model: str, pictures: Sequence[Pixels], to: Any
) -> None:
    """Note the mean cosine of pictures to a vector; nothing where some have none."""
    if not pictures or to is None:
        return
    found = [_unit(v) for v in scorers.vectors(model, pictures) if v is not None]
    if len(found) == len(pictures):
        values[metric] = float(np.mean([v @ _unit(to) for v in found]))


def _vector(model: str, picture: Pixels) -> Any:
    return scorers.vectors(model, [picture])[0]


def _unit(v: Any) -> Floats:
    held = np.asarray(v, np.float64).ravel()
    return held / max(float(np.linalg.norm(held)), 1e-12)


def _factory(name: str) -> Callable[[Pixels, Pixels], Any]:
    return cast(Callable[[Pixels, Pixels], Any], _made(name, scorers.device()))


@functools.cache
def _made(name: str, where: str) -> Any:
    return scorers.factory(name)(device=where)
