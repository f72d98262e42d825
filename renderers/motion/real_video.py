"""Real videos as clips: a stretch of one, at the size of the corpus, with flow that is estimated.

What an estimator says is no truth: the record says so, and how far flow is from itself there and
back. The embedded estimator is OpenCV's DIS; another is a function and a line in `ESTIMATORS`.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import JsonValue

from corpuswright.renderers.apps.page import Read
from corpuswright.renderers.faults import PageFault
from corpuswright.renderers.motion import clip, motion_statistics
from corpuswright.renderers.motion.clip import DrawnClip
from corpuswright.renderers.world3d.ground_truth import FlowCode
from corpuswright.storage.media import video
from corpuswright.storage.media.clips import no_things
from corpuswright.storage.records import Element, Json, Render, Scene

MEDIUM = "video"
BACK = (
    1.0  # px from itself after going there and back, above which a pixel is called occluded. Ours
)

# The longest step between frames over the shortest: a phone's jitter is below it, dropped frames
# (2 and more) are not. Ours.
UNEVEN = 1.5

Frames = NDArray[np.uint8]
Flows = NDArray[np.float32]
# (H, W, 3) RGB of two frames → (H, W, 2) px from the first to the second.
Estimator = Callable[[Frames, Frames], Flows]


def dis(a: Frames, b: Frames) -> Flows:
    """Estimate flow by dense inverse search (arXiv 1603.03590), OpenCV's medium preset."""
    try:
        import cv2
    except ImportError as error:
        raise PageFault(
            "no_estimator", "flow needs OpenCV: pip install 'corpuswright[vision]'"
        ) from error
    found: Any = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    grey = [cv2.cvtColor(f, cv2.COLOR_RGB2GRAY) for f in (a, b)]
    return np.asarray(found.calc(grey[0], grey[1], None), np.float32)


ESTIMATORS: Mapping[str, Estimator] = {"dis": dis}


def render(parameters: Json, read: Read) -> Render:
    """Cut a clip from a video and estimate its flow.

    Parameters: `site`, `path`; `start`, its first frame; `frames`, `width`, `height`;
    `estimator`, of ESTIMATORS; `cycle`, the mean error in px there and back that is allowed. Frames
    are scaled so that the picture is filled, and cut evenly.

    Raises:
        PageFault: It cannot be read, or ends too early.
    """
    size, number = (int(parameters["width"]), int(parameters["height"])), int(parameters["frames"])
    data = read(parameters["site"], parameters["path"])
    times, frames = window(data, parameters["path"], int(parameters["start"]), number, size)
    # Frames are taken as they are, so the clip has the video's own rate; flow from one to the next
    # means the same everywhere only if that is one rate.
    steps = np.diff(times)
    if len(steps) and steps.max() > UNEVEN * max(float(steps.min()), 1e-6):
        seen = f"frames {1000 * steps.min():.0f} to {1000 * steps.max():.0f} ms apart"
        raise PageFault("frames_not_evenly_spaced", seen)
    rate = max(1, round(1 / float(np.median(steps)))) if len(steps) else 1
    passes = flow_of(frames, ESTIMATORS[str(parameters["estimator"])])
    forward, codes = passes["flow_forward"], passes["flow_forward_codes"]
    cycles = [
        motion_statistics.cycle_error(f, b, np.ones(f.shape[:2], bool))
        for f, b in zip(forward, passes["flow_backward"], strict=True)
    ]
    cycle = np.concatenate(cycles)
    mean = float(cycle.mean()) if len(cycle) else float("inf")
    if mean > float(parameters["cycle"]):
        raise PageFault(
            "cycle_error", f"{mean:.2f} px there and back, at most {parameters['cycle']}"
        )
    length = np.linalg.norm(forward, axis=-1)
    p50, p90, p99 = (float(v) for v in np.percentile(length, (50, 90, 99)))
    state: dict[str, JsonValue] = {
        "frames": number, "fps": rate, "things": [], "estimated_by": str(parameters["estimator"]),
        "cycle": round(mean, 4),
        "occluded": round(float((codes == FlowCode.OCCLUDED).mean()), 4),
        "statistics": {"p50": round(p50, 4), "p90": round(p90, 4), "p99": round(p99, 4)},
    }  # fmt: skip
    w, h = size
    whole = Element(
        "e0",
        "img",
        "scene",
        ((0, 0), (w, 0), (w, h), (0, h)),
        (0, 0, w, h),
        (0, 0, w, h),
        1.0,
        None,
        "",
        {},
        {"kind": "filmed"},
        None,
    )
    files = clip.files_of(DrawnClip(frames, passes, no_things(number), None), rate)
    return Render(files, Scene(size, (1.0, 1.0), (whole,), {"clip": state}))


def window(
    data: bytes, name: str, start: int, number: int, size: tuple[int, int]
) -> tuple[list[float], Frames]:
    """Return times, s, and (number, H, W, 3) frames from `start` on, as they are shown.

    They are scaled to fill `size` and cut evenly.
    """
    from PIL import Image, ImageOps

    found: list[Frames] = []
    times: list[float] = []
    try:
        for i, (at, frame) in enumerate(video.timed(data, name, start + number)):
            if i >= start:
                times.append(at)
                fitted = ImageOps.fit(Image.fromarray(frame), size, Image.Resampling.BICUBIC)
                found.append(np.asarray(fitted))
    except video.VideoError as error:
        raise PageFault("video_not_read", str(error)[:200]) from error
    if len(found) != number:
        raise PageFault(
            "video_too_short", f"expected frames {start} to {start + number}, saw {len(found)}"
        )
    return times, np.stack(found)


def flow_of(frames: Frames, estimate: Estimator) -> dict[str, NDArray[Any]]:
    """Return forward and backward flow with codes: occluded is what does not come back."""
    pairs = list(itertools.pairwise(frames))
    forward = np.stack([estimate(a, b) for a, b in pairs])
    backward = np.stack([estimate(b, a) for a, b in pairs])
    found: dict[str, NDArray[Any]] = {}
    for name, there, back in (("forward", forward, backward), ("backward", backward, forward)):
        kept = (np.rint(there / clip.STEP) * clip.STEP).astype(np.float32)
        found[f"flow_{name}"] = kept
        found[f"flow_{name}_codes"] = np.stack(
            [_codes(f, b) for f, b in zip(there, back, strict=True)]
        )
    return found


def _codes(there: Flows, back: Flows) -> NDArray[np.uint8]:
    h, w = there.shape[:2]
    y, x = np.mgrid[:h, :w]
    at = there + np.stack([x + 0.5, y + 0.5], axis=-1)
    outside = ((at < 0) | (at >= (w, h))).any(axis=-1)
    error = motion_statistics.cycle_map(there, back)
    codes = np.where(error > BACK, FlowCode.OCCLUDED, FlowCode.VISIBLE).astype(np.uint8)
    codes[outside] = FlowCode.OUT_OF_FRAME
    return codes
