"""Clips of three-dimensional worlds: pictures, and everything that is true of each frame.

Truth is the float64 caster's (`renderers.world3d.ground_truth`). Blender draws the pictures and,
apart from them, passes; each clip carries the report of how far the two accounts differ, and one
whose accounts differ in more than rounding is none.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from corpuswright.renderers.blender import engine
from corpuswright.renderers.faults import PageFault
from corpuswright.renderers.motion.object_tracks import ThingTracks
from corpuswright.renderers.world3d import flat_shading
from corpuswright.renderers.world3d.ground_truth import Flow, FlowCode, GroundTruth
from corpuswright.renderers.world3d.world import Floats, World, centres
from corpuswright.storage.exports import optical_flow
from corpuswright.storage.media import images, video
from corpuswright.storage.media.clips import packed

VERSION = 1  # bump when a picture or its truth comes out otherwise

FPS = 24
PASSES = ("instances", "flow", "depth", "normals")
# Flow is kept in steps of 2^-13 px: half a step is less than the 1e-4 px by which Blender's own
# passes differ from run to run, and files are half as large.
STEP = 2.0**-13
DIFFERENT = 1e-3  # share of a clip's pixels where the accounts may name other things: its edges
MEAN, TAIL = 2e-4, 0.05  # px: bounds of the mean and the 99.9th percentile of end-point errors
DEPTHS = 1e-4  # relative difference of depths between the two, 99th percentile of a frame
# Times the diagonal: flow that is longer ends beside the lens, where a rounding of Blender's
# float32 is pixels long (motion.md, 3.3).
LONGEST = 4.0
SAMPLED = 4096  # pixels a frame that percentiles are worked out from
GRID = 12  # points by points that are followed through the clip from its first frame
EACH = 8  # points on each thing besides


class ClipReport(NamedTuple):
    """How far Blender's passes are from the caster's, over a clip: flow in px, depth relative.

    `pixels` were compared, `long` are left out since their flow is too long to be told, `other` is
    the share where the two see another thing.
    """

    pixels: int
    long: int
    other: float
    depth: float
    mean: float
    tail: float
    most: float

    def fault(self) -> str:
        """Say by what the clip is out of bounds; empty if it is not."""
        bounds = (
            ("other things", self.other, DIFFERENT),
            ("depth", self.depth, DEPTHS),
            ("mean end-point error", self.mean, MEAN),
            ("99.9th percentile", self.tail, TAIL),
        )
        # Said so that NaN is out of bounds as well; and where nothing was compared, nothing holds.
        over = [f"{n} {seen:.1e} above {most:.0e}" for n, seen, most in bounds if not seen <= most]
        return ", ".join(over) or ("" if self.pixels else "no pixel could be compared")


class DrawnClip(NamedTuple):
    """A clip: (F, H, W, 3) pictures or none, arrays by name, and the report if there is one."""

    pictures: NDArray[np.uint8] | None
    passes: Mapping[str, NDArray[Any]]
    tracks: Mapping[str, NDArray[Any]]
    report: ClipReport | None


def draw(world: World, parameters: Mapping[str, Any]) -> DrawnClip:
    """Work out a clip's truth, draw it, and hold one against the other.

    Args:
        world: What it shows.
        parameters: `pictures` (`none`, `flat`, `workbench`, `cycles`), `paths` of `cycles`, `blur`,
            `checked` (whether Blender's passes are asked for), `passes`.

    Raises:
        PageFault: It cannot be drawn, or the two accounts of it differ.
    """
    kind, checked = str(parameters["pictures"]), bool(parameters["checked"])
    truth, keep = GroundTruth(world), set(parameters["passes"])
    with tempfile.TemporaryDirectory(prefix="clip-") as folder:
        files: Mapping[str, list[Path]] = {}
        drawn = kind not in ("none", "flat")
        if checked or drawn:
            pictures = cast(engine.Pictures, "none" if kind == "flat" else kind)
            files = engine.shared().draw(
                world, Path(folder), pictures, int(parameters["paths"]), float(parameters["blur"])
            )
        held: dict[str, list[NDArray[Any]]] = {}
        shown: list[NDArray[np.uint8]] = []
        differ = _Differences(world)
        follow, things = _Followed(truth), ThingTracks(truth)
        for frame in range(world.frames):
            passes_ = files.get("truth") if checked else None
            for name, values in _frame(truth, frame, keep, differ, passes_):
                held.setdefault(name, []).append(values)
            follow.on(frame)
            things.on(frame)
            if kind == "flat":
                shown.append(flat_shading.flat(world, truth, frame))
            elif kind != "none":
                picture = images.decode(files["rgb"][frame].read_bytes(), f"frame {frame}")
                shown.append(np.asarray(picture))
    report = differ.report() if checked else None
    if report is not None and (fault := report.fault()):
        raise PageFault("engines_disagree", fault)
    passes = {name: np.stack(values) for name, values in held.items()}
    tracks = {**things.arrays(), **follow.arrays()}
    kept = {n: v for n, v in passes.items() if n.split("_")[0] in keep}
    return DrawnClip(np.stack(shown) if shown else None, kept, tracks, report)


def _frame(
    truth: GroundTruth,
    frame: int,
    keep: set[str],
    differ: _Differences,
    files: Sequence[Path] | None,
) -> list[tuple[str, NDArray[Any]]]:
    """Return a frame's arrays by name, after they were held against Blender's."""
    found: list[tuple[str, NDArray[Any]]] = [("instances", truth.instances(frame))]
    if "depth" in keep:
        found.append(("depth", truth.depth(frame)))
    if "normals" in keep:
        found.append(("normals", truth.normals(frame)))
    passes: Mapping[str, NDArray[Any]] = {}
    if files:
        with np.load(files[frame]) as held:
            passes = {name: held[name] for name in held.files}
        differ.see(truth, frame, passes)
    for name, other in (("forward", frame + 1), ("backward", frame - 1)):
        if not ("flow" in keep or files) or not 0 <= other < truth.world.frames:
            continue
        flow = truth.flow(frame, other)
        if files:
            differ.flow(truth.instances(frame), flow, passes["instance"], passes[name])
        kept = (np.rint(flow.pixels / STEP) * STEP).astype(np.float32)
        found += [(f"flow_{name}", kept), (f"flow_{name}_codes", flow.codes)]
    return found


class _Differences:
    """Gathers how far two accounts of a clip differ."""

    def __init__(self, world: World) -> None:
        w, h = world.camera.size
        self._world = world
        self._most = LONGEST * float(np.hypot(w, h))
        self._rng = np.random.Generator(np.random.PCG64(0))
        self._pixels = self._long = self._other = self._seen = 0
        self._sum = self._max = self._depth = 0.0
        self._some: list[NDArray[np.float32]] = []

    def see(self, truth: GroundTruth, frame: int, passes: Mapping[str, NDArray[Any]]) -> None:
        mine, far = truth.instances(frame), truth.depth(frame)
        self._seen += mine.size
        self._other += int((passes["instance"] != mine).sum())
        same = (passes["instance"] == mine) & (mine > 0)
        off = np.abs(passes["depth"][same] / far[same] - 1)
        # Not the most: along a floor to the horizon, a thousandth of a pixel is centimetres.
        worst = float(np.percentile(off, 99)) if len(off) else 0.0
        self._depth = worst if not worst <= self._depth else self._depth

    def flow(
        self, mine: NDArray[Any], flow: Flow, theirs: NDArray[Any], passes: NDArray[Any]
    ) -> None:
        told = (mine == theirs) & (mine > 0)
        told &= ~np.isin(flow.codes, (FlowCode.BEHIND_CAMERA, FlowCode.INVALID))
        long = np.linalg.norm(flow.pixels, axis=-1) > self._most
        self._long += int((told & long).sum())
        far = np.linalg.norm(passes - flow.pixels, axis=-1)[told & ~long].astype(np.float32)
        if not len(far):
            return
        self._pixels += len(far)
        self._sum += float(far.sum(dtype=np.float64))
        self._max = max(self._max, float(far.max()))
        self._some.append(far[self._rng.permutation(len(far))[:SAMPLED]])

    def report(self) -> ClipReport:
        some = np.concatenate(self._some) if self._some else np.zeros(1, np.float32)
        return ClipReport(
            self._pixels,
            self._long,
            self._other / max(self._seen, 1),
            self._depth,
            self._sum / max(self._pixels, 1),
            float(np.percentile(some, 99.9)),
            self._max,
        )


class _Followed:
    """Points seen in the first frame, followed through the clip frame by frame."""

    def __init__(self, truth: GroundTruth) -> None:
        self._truth = truth
        self._at = _points(truth)
        self._met = truth.met(0, self._at)
        self._places: list[Floats] = []
        self._codes: list[NDArray[np.uint8]] = []

    def on(self, frame: int) -> None:
        places, codes = self._truth.follow(0, frame, self._at, self._met.hits)
        lost = np.isin(codes, (FlowCode.BEHIND_CAMERA, FlowCode.INVALID))
        self._places.append(np.where(lost[:, None], np.nan, places))
        self._codes.append(codes)

    def arrays(self) -> dict[str, NDArray[Any]]:
        return {
            "points": np.stack(self._places),
            "points_codes": np.stack(self._codes),
            "points_instance": self._met.instance,
        }


def _points(truth: GroundTruth) -> Floats:
    """Return the (N, 2) points that are followed: a grid, and some on each thing, at centres."""
    w, h = truth.world.camera.size
    x, y = ((np.arange(GRID) + 0.5) * side / GRID for side in (w, h))
    grid = np.stack(np.meshgrid(np.floor(x) + 0.5, np.floor(y) + 0.5), axis=-1).reshape(-1, 2)
    found = [grid]
    instance = truth.instances(0).ravel()
    for number in range(1, len(truth.world.things) + 1):
        own = np.flatnonzero(instance == number)
        if len(own):
            some = own[np.linspace(0, len(own) - 1, min(EACH, len(own))).astype(int)]
            found.append(centres((w, h))[some])
    return np.concatenate(found)


def files_of(drawn: DrawnClip, fps: int) -> dict[str, bytes]:
    """Return a clip's files by extension: a still, a video if there are pictures, and its truth."""
    found: dict[str, bytes] = {}
    if drawn.pictures is not None:
        still = drawn.pictures[0]
        found["mp4"] = video.encode(drawn.pictures, fps)
        if (seen := sum(1 for _ in video.decode(found["mp4"], "clip"))) != len(drawn.pictures):
            raise PageFault(
                "frames_missing", f"expected {len(drawn.pictures)}, the video has {seen}"
            )
    else:
        still = colours(drawn.passes["flow_forward"], drawn.passes["flow_forward_codes"])[0]
    found["png"] = images.encode(Image.fromarray(still), "png")
    found["tracks.npz"] = packed(drawn.tracks)
    if drawn.passes:
        found["passes.npz"] = packed(drawn.passes)
    return found


def colours(flow: NDArray[np.float32], codes: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return flow (F, H, W, 2) as DynaVid's colours, by one scale for the whole clip."""
    told = ~np.isin(codes, (FlowCode.BEHIND_CAMERA, FlowCode.INVALID))
    return optical_flow.to_hsv(flow, optical_flow.scale_of(flow, told))
