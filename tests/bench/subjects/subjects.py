"""Subjects of rendered clips, by whole builds: boxes and masks against truth, planted swaps caught.

    python -m tests.bench.subjects.subjects [CLIPS]

Clips are rendered flat, 192 x 144 px; each thing of each is swapped for one of each other
colour, from a frame on, all else as it was. What is printed goes to tests/bench/RESULTS.md.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from corpuswright.assets.builds.options import BuildOptions
from corpuswright.assets.subjects.pexels_custom import CORPUS
from corpuswright.quality.subjects import frame_detections, tracking
from corpuswright.quality.subjects.filters import iou
from corpuswright.quality.video.rendered_truth import RenderedTruth
from corpuswright.renderers.world3d import solids
from corpuswright.storage import samples
from corpuswright.storage.loaders.loader import Loader
from corpuswright.storage.media import clips, video
from corpuswright.storage.media.clips import Clip
from corpuswright.storage.releases import manifest
from tests.fixtures import builds, rendered_clips

FPS, FRAMES, SIDE = 8, 15, 96
RECIPE: dict[str, Any] = {
    "fps": FPS, "frames": FRAMES, "side": SIDE, "min_side": 90, "clips_per_video": 1,
    "min_clarity": 0, "min_entropy": 0, "max_still": 1.0, "segmenter": "", "ontology": False,
    "detector": "truth",
}  # fmt: skip


def build(source: Path, out: Path) -> None:
    """Build the corpus of a source."""
    options = BuildOptions(out=str(out), source=str(source), workers=2, recipe=RECIPE)
    builds.made(CORPUS, options)


def overlaps(source: Path, out: Path) -> tuple[list[float], list[float]]:
    """Return IoU with truth of boxes and of masks, of each subject in each frame."""
    boxes: list[float] = []
    masks: list[float] = []
    for record in Loader.open(out, CORPUS.name, seed=None).records():
        clip, spec = clips.read(record), samples.read(record.files["json"]).spec
        name = spec.sources[0].uri.rpartition("/")[2].removesuffix(".mp4")
        files = {
            e: (source / f"{name}.{e}").read_bytes() for e in ("json", "passes.npz", "tracks.npz")
        }
        body = samples.read(files["json"])
        truth = Clip(name, body.scene, body.tasks, files)
        window: Any = spec.parameters["window"]
        scale = SIDE / truth.scene.size[1]
        for e in clip.scene.elements:
            own = int(str(e.attributes["instance"]))
            for frame in range(FRAMES):
                box = clip.tracks["visible"][frame, own - 1]
                if not np.isfinite(box).all():
                    continue
                then = int((float(window["start"]) + frame / FPS + 1e-4) * rendered_clips.FPS)
                theirs = truth.tracks["visible"][then] * scale
                found = [iou(tuple(b), tuple(box)) if np.isfinite(b).all() else 0 for b in theirs]
                boxes.append(max(found))
                near = int(np.argmax(found)) + 1
                held = truth.passes["instances"][then] == near
                mine = clip.passes["instances"][frame] == own
                big = rendered_clips.averaged(held, (mine.shape[0], mine.shape[1])) >= 0.5 - 1e-4
                masks.append(float((big & mine).sum() / (big | mine).sum()))
    return boxes, masks


def swaps(source: Path) -> tuple[list[float], list[float]]:
    """Return the likeness of things that stay, and of those swapped, as a build would see them."""
    stays: list[float] = []
    goes: list[float] = []
    for path in sorted(source.glob("*.mp4")):
        files = {
            e: path.with_suffix(f".{e}").read_bytes()
            for e in ("json", "mp4", "passes.npz", "tracks.npz")
        }
        body = samples.read(files["json"])
        clip = Clip(path.stem, body.scene, body.tasks, files)
        words = {
            int(str(e.attributes["instance"])): str(e.attributes["type"])
            for e in body.scene.elements
        }
        truth = RenderedTruth(words, clip.passes["instances"], rendered_clips.FPS)
        assert clip.pictures is not None
        number, size = len(clip.pictures), clip.scene.size
        eye = frame_detections.of_truth(truth, 0, rendered_clips.FPS, size)
        middle, frames = number // 2, list(range(0, number, 3))
        seen = eye(middle)
        for f in tracking.follow(list(clip.pictures), eye, seen, middle, frames):
            stays.append(f.likeness)
        for own, was in rendered_clips.things(clip).items():
            mask = clip.passes["instances"][middle] == own
            for colour in sorted(set(solids.COLOURS) - {was}):
                coded = video.encode(
                    iter(rendered_clips.swapped(clip, own, middle + 8, colour)), rendered_clips.FPS
                )
                shown = list(video.decode(coded, path.stem))
                for f in tracking.follow(shown, eye, seen, middle, frames):
                    if f.seen.mask is not None and (f.seen.mask == mask).all():
                        goes.append(f.likeness)
    return stays, goes


def main(number: int) -> None:
    """Render, build, and print what came out."""
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder)
        source = base / "source"
        source.mkdir()
        for n, record in enumerate(rendered_clips.render(base / "made", number)):
            rendered_clips.lay(record, source, f"clip{n:03d}")
        build(source, base / "store")
        boxes, masks = overlaps(source, base / "store")
        stays, goes = swaps(source)
        made = manifest.load(base / "store", CORPUS.name)
    print(f"clips {number}, kept {made.counts['scene']}, subjects {made.counts['task']}")
    for what, found in (("boxes", boxes), ("masks", masks)):
        least = float(np.min(found))
        print(f"{what}: {len(found)}, IoU least {least:.3f}, mean {np.mean(found):.3f}")
    caught = sum(v < tracking.SAME for v in goes)
    false = sum(v < tracking.SAME for v in stays)
    print(f"swaps caught {caught} of {len(goes)}, most alike {max(goes):.3f}")
    print(f"things that stay: {len(stays)}, called swapped {false}, least alike {min(stays):.3f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 12)
