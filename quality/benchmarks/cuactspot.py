"""CUActSpot: the benchmark's samples, the released rules, and stricter ones.

A sample is one `<Modality>-<hex>.json` beside its image: polygons in pixels of the image, of type
`Target` or `Banned`, whose `rank` is empty (any order) or the number of the point that must land
there (arXiv 2605.12501 section 3.1; microsoft/Phi-Ground, benchmark/CUActSpot at 3956408).

`released` agrees with the published scorer on every input. It sees points only: a dense grid of
points passes 54 of its 208 samples. `strict` also refuses surplus points, an action of the wrong
type where the prediction names one, and a drawn path through a banned polygon; where a sample of
our own says what a drag means (`annotators.actions.relative_drags`), that decides and not regions:
a window may be taken anywhere by its title, and has to go as far as the text says.
"""

from __future__ import annotations

import itertools
import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple

from corpuswright.annotators.actions import relative_drags
from corpuswright.storage.records import Json, Point, Polygon

MODALITIES = ("GUI", "Text", "Table", "Canvas", "Image")
MAX_JSON = 1 << 20  # bytes of one sample's description; the largest released one has 9 kB

# The paper draws a region's boundary with 20 points (App. C.5): the most a free-hand answer, whose
# points have no order, may use under the strict rules.
TRACE_POINTS = 20

_EDGE = 1e-9  # how far off a segment the released scorer still calls a point on it

ONE_POINT = ("click", "double_click", "triple_click", "right_click", "middle_click", "hover")
DRAWN = ("drag", "draw")
ACTIONS = (*ONE_POINT, *DRAWN)

Kind = Literal["Target", "Banned"]


class BenchmarkError(ValueError):
    """A sample or a prediction cannot be read; the message says which, and what was expected."""


@dataclass(frozen=True, slots=True)
class Region:
    """A polygon in pixels of the image; `rank` is empty or the number of its point, from 1."""

    kind: Kind
    rank: str
    points: Polygon


@dataclass(frozen=True, slots=True)
class BenchmarkSample:
    """One sample; `action`, `gesture` and `size` (px) are in our own sets only."""

    id: str
    task: str
    modality: str
    regions: tuple[Region, ...]
    action: str = ""
    gesture: Json | None = None
    size: tuple[int, int] = (0, 0)

    @property
    def targets(self) -> tuple[Region, ...]:
        """The regions that want a point."""
        return tuple(r for r in self.regions if r.kind == "Target")

    @property
    def banned(self) -> tuple[Region, ...]:
        """The regions that no point may hit."""
        return tuple(r for r in self.regions if r.kind == "Banned")


class Prediction(NamedTuple):
    """A model's answer: key points in pixels of the image, in order, and the action if it says."""

    points: tuple[Point, ...]
    action: str = ""


# --- reading ---------------------------------------------------------------------------------


def read(folder: Path) -> list[BenchmarkSample]:
    """Return the samples of a folder, by id.

    Raises:
        BenchmarkError: There is none, or one cannot be read.
    """
    found = [read_sample(path) for path in sorted(folder.glob("*.json"))]
    if not found:
        raise BenchmarkError(f"{folder}: expected <Modality>-<hex>.json files, saw none")
    return found


def read_sample(path: Path) -> BenchmarkSample:
    """Return the sample that a file describes; masks are not read, the released scorer does not."""
    if path.stat().st_size > MAX_JSON:
        raise BenchmarkError(f"{path.name}: expected at most {MAX_JSON} bytes")
    try:
        plain = json.loads(path.read_text("utf-8"))
        name = str(plain.get("image_id") or path.stem)
        regions = tuple(_region(p) for p in plain.get("polygons", []) if p.get("points"))
    except (ValueError, TypeError, AttributeError, KeyError) as error:
        raise BenchmarkError(f"{path.name}: expected a CUActSpot sample, saw {error}") from None
    return BenchmarkSample(
        name,
        str(plain.get("task_en") or plain.get("task") or ""),
        name.split("-", 1)[0],
        regions,
        str(plain.get("action", "")),
        *_meant(plain),
    )


def _meant(plain: Mapping[str, Any]) -> tuple[Json | None, tuple[int, int]]:
    """Return what a drag means, with the image's size; nothing where a sample does not say."""
    if "gesture" not in plain:
        return None, (0, 0)
    width, height = plain["size"]
    return plain["gesture"], (int(width), int(height))


def _region(plain: Mapping[str, Any]) -> Region:
    points = tuple((float(x), float(y)) for x, y in plain["points"])
    kind = str(plain.get("type", ""))
    if kind not in ("Target", "Banned"):
        raise ValueError(f"a polygon of type {kind!r}")
    return Region(kind, str(plain.get("rank", "")), points)


def read_predictions(path: Path) -> dict[str, Prediction]:
    """Return predictions by image id.

    A line is `{"image_id": ..., "points": [[x, y], ...], "action": optional}`.

    Raises:
        BenchmarkError: A line is not that, names an id twice or an action there is not.
    """
    found: dict[str, Prediction] = {}
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if not line.strip():
            continue
        where = f"{path.name}, line {number}"
        try:
            plain = json.loads(line)
            name = str(plain["image_id"])
            points = tuple((float(x), float(y)) for x, y in plain["points"])
            action = str(plain.get("action") or "")
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise BenchmarkError(
                f'{where}: expected {{"image_id": ..., "points": [[x, y], ...]}}, '
                f"saw {line[:80]!r} ({type(error).__name__}: {error})"
            ) from None
        if name in found:
            raise BenchmarkError(f"{where}: a second prediction for {name}")
        if action and action not in ACTIONS:
            raise BenchmarkError(f"{where}: expected one of {ACTIONS} as action, saw {action!r}")
        found[name] = Prediction(points, action)
    return found


# --- rules -----------------------------------------------------------------------------------


def released(sample: BenchmarkSample, points: Sequence[Point]) -> str:
    """Return why points do not fulfil a sample, or "" if they do, by the released rules."""
    if not sample.regions:
        return "no_polygons"
    if any(_inside(r.points, p) for r in sample.banned for p in points):
        return "banned"
    targets = sample.targets
    ranked = [r for r in targets if r.rank]
    if not ranked:
        missed = [r for r in targets if not any(_inside(r.points, p) for p in points)]
        return "target_missed" if missed else ""
    if len(ranked) < len(targets):
        return "mixed_ranks"
    last = _last_rank(sample)
    if len(points) < last:
        return "too_few_points"
    for rank in range(1, last + 1):
        of_rank = [r for r in ranked if r.rank == str(rank)]
        if not any(_inside(r.points, points[rank - 1]) for r in of_rank):
            return "target_missed"
    return ""


def strict(sample: BenchmarkSample, prediction: Prediction) -> str:
    """Return why a prediction does not fulfil a sample by the released and the stricter rules."""
    if not all(math.isfinite(v) for p in prediction.points for v in p):
        return "not_a_point"
    if sample.gesture is not None:
        reason = relative_drags.fault(sample.gesture, prediction.points, sample.size)
    else:
        reason = released(sample, prediction.points)
    if reason:
        return reason
    wanted = key_points(sample)
    free_hand = wanted > 2 and not _last_rank(sample)
    if len(prediction.points) > (max(TRACE_POINTS, wanted) if free_hand else wanted):
        return "surplus_points"
    if prediction.action and prediction.action not in accepted_actions(sample):
        return "wrong_action"
    if wanted > 2 and _crosses(prediction.points, [r.points for r in sample.banned]):
        return "path_through_banned"
    return ""


def key_points(sample: BenchmarkSample) -> int:
    """Return how many points the answer has: the last rank, or one for each unordered target."""
    return _last_rank(sample) or len(sample.targets)


def accepted_actions(sample: BenchmarkSample) -> tuple[str, ...]:
    """Return the action types that fulfil a sample.

    The released set names none: one point is the click its text asks for, two are a drag, more are
    drawn or clicked one after another.
    """
    if sample.action:
        return (sample.action,)
    number = key_points(sample)
    if number >= 2:
        return DRAWN if number == 2 else (*DRAWN, "click")
    for kind in ("double", "triple", "right", "middle"):
        if re.search(rf"\b{kind}[- ]?click", sample.task, re.IGNORECASE):
            return (f"{kind}_click",)
    return ONE_POINT


def _last_rank(sample: BenchmarkSample) -> int:
    return max((int(r.rank) for r in sample.targets if r.rank.isdigit()), default=0)


def _inside(polygon: Polygon, point: Point) -> bool:
    """Say whether a point is in a polygon or on its edge, with the released scorer's tolerance."""
    if len(polygon) < 3:
        return False
    x, y = point
    odd = False
    for (ax, ay), (bx, by) in zip(polygon, (*polygon[1:], polygon[0]), strict=True):
        off = (y - ay) * (bx - ax) - (x - ax) * (by - ay)
        along_x = min(ax, bx) - _EDGE <= x <= max(ax, bx) + _EDGE
        along_y = min(ay, by) - _EDGE <= y <= max(ay, by) + _EDGE
        if abs(off) <= _EDGE and along_x and along_y:
            return True
        if (ay < y) != (by < y) and x <= (y - ay) * (bx - ax) / (by - ay) + ax:
            odd = not odd
    return odd


def _crosses(path: Sequence[Point], polygons: Sequence[Polygon]) -> bool:
    return any(
        _segments_meet(a, b, c, d)
        for polygon in polygons
        for c, d in zip(polygon, (*polygon[1:], polygon[0]), strict=True)
        for a, b in itertools.pairwise(path)
    )


def _segments_meet(a: Point, b: Point, c: Point, d: Point) -> bool:
    def side(p: Point, q: Point, r: Point) -> float:
        return (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0])

    return side(a, b, c) * side(a, b, d) < 0 and side(c, d, a) * side(c, d, b) < 0
