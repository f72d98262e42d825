"""Exports of clips, read back by the formats' own rules, against the arrays they came from."""

from __future__ import annotations

import csv
import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pycocotools import mask as coco

from corpuswright.renderers.motion import scene
from corpuswright.renderers.motion.clip import STEP
from corpuswright.storage import samples
from corpuswright.storage.exports import clip_formats, optical_flow
from corpuswright.storage.media import video
from corpuswright.storage.media.clips import Clip, ClipError, read
from corpuswright.storage.records import Annotation, Origin, Spec, Task
from corpuswright.storage.samples import Record

MADE: dict[str, Any] = {
    "world": "toys", "seed": 4, "width": 160, "height": 112, "frames": 12, "fps": 24, "count": 3,
    "size": 0.12, "speed": 1.5, "crossing": True, "pictures": "flat", "checked": False, "paths": 1,
    "blur": 0.0, "passes": ["instances", "flow"],
}  # fmt: skip


def clip_of(parameters: dict[str, Any]) -> Clip:
    made = scene.render(parameters, lambda site, path: b"")
    spec = Spec("flashbench-00000000-0000", "flashbench", "clip", parameters, ())
    said = Task(f"{spec.key}-00", "caption", (), "Three.", "direct", (), (), Origin("test", 1))
    return read(Record(spec.key, {**made.media, "json": samples.write(spec, made.scene, [said])}))


@pytest.fixture(scope="module")
def clip() -> Clip:
    return clip_of(MADE)


def test_maps_have_a_colour_an_object_and_thin_outlines(clip: Clip, tmp_path: Path):
    masks, boxes = clip_formats.masks_map(clip), clip_formats.boxes_map(clip)
    numbers = sorted(clip.named)
    for colour, number in enumerate(numbers):
        own = (masks == clip_formats.COLOURS[colour]).all(axis=-1)
        assert (own == (clip.passes["instances"] == number)).all()
    assert (boxes[0] == masks[0]).all(), "the first frame has masks"
    x0, y0, x1, y1 = clip.tracks["visible"][5, numbers[0] - 1].astype(int)
    ys, xs = np.nonzero((boxes[5] == clip_formats.COLOURS[0]).all(axis=-1))
    assert xs.min() >= x0 and xs.max() < x1 and ys.min() >= y0 and ys.max() < y1
    assert len(xs) <= 2 * (x1 - x0) + 2 * (y1 - y0), "an outline of one pixel"
    sparse = clip_formats.boxes_map(clip, 10)
    assert [t for t in range(12) if sparse[t].any()] == [0, 10]
    clip_formats.trajectory_maps([clip], tmp_path)
    seen = np.stack(list(video.decode((tmp_path / clip.key / "masks.mp4").read_bytes(), "m")))
    assert seen.shape == masks.shape
    told = np.abs(seen.astype(int)[..., None, :] - clip_formats.COLOURS[:3]).sum(-1).argmin(-1)
    right = [(told[masks.any(-1)] == i).mean() for i in range(3)]
    assert sum(right) == pytest.approx(1)
    (prompt,) = csv.DictReader((tmp_path / "prompts.csv").open())
    assert prompt == {"key": clip.key, "prompt": "Three."}


def test_magicdata_has_its_folders(clip: Clip, tmp_path: Path):
    clip_formats.magicdata([clip], tmp_path)
    (row,) = csv.DictReader((tmp_path / "magicdata.csv").open())
    assert len(list(video.decode((tmp_path / row["video"]).read_bytes(), "v"))) == 12
    for name, frames in (
        ("mask", clip_formats.masks_map(clip)),
        ("box", clip_formats.boxes_map(clip)),
    ):
        files = sorted((tmp_path / row[name]).iterdir())
        assert [f.name for f in files] == [f"annotated_frame_{t:05d}.png" for t in range(12)]
        assert all(
            (np.asarray(Image.open(f)) == m).all() for f, m in zip(files, frames, strict=True)
        )


def test_coco_video_decodes_to_the_masks(clip: Clip, tmp_path: Path):
    clip_formats.coco_video([clip], tmp_path)
    body = json.loads((tmp_path / "annotations.json").read_text())
    (shown,) = body["videos"]
    assert shown["length"] == 12 and len(body["annotations"]) == 3
    assert all((tmp_path / "frames" / n).exists() for n in shown["file_names"])
    for number, track in zip(sorted(clip.named), body["annotations"], strict=True):
        for t, coded in enumerate(track["segmentations"]):
            own = clip.passes["instances"][t] == number
            assert (coco.decode(coded).astype(bool) == own).all()
            ys, xs = np.nonzero(own)
            box = [xs.min(), ys.min(), np.ptp(xs) + 1, np.ptp(ys) + 1]
            assert track["bboxes"][t] == box and track["areas"][t] == own.sum()


def test_tracks_keep_places_and_say_what_is_hidden(clip: Clip, tmp_path: Path):
    clip_formats.tracks([clip], tmp_path)
    with np.load(tmp_path / f"{clip.key}.npz") as held:
        points, hidden = held["points"], held["occluded"]
        assert held["video"].shape == (12, 112, 160, 3)
    assert points.shape[:2] == hidden.shape and points.shape[1] == 12
    numbers, instances = clip.tracks["points_instance"], clip.passes["instances"]
    for p, t in zip(*np.nonzero(~hidden), strict=True):
        x, y = points[p, t]
        near = instances[t, max(0, int(y) - 1) : int(y) + 2, max(0, int(x) - 1) : int(x) + 2]
        assert (near == numbers[p]).any(), "what is seen is within a pixel of its thing"


def test_flow_comes_back_from_every_format(clip: Clip, tmp_path: Path):
    pixels, codes = clip.passes["flow_forward"], clip.passes["flow_forward_codes"]
    told = np.isin(codes, clip_formats.VALID)
    for name, back, within in (
        ("flo", optical_flow.from_flo, 0.0),
        ("kitti", optical_flow.from_kitti, 1 / 128),
    ):
        folder = tmp_path / name
        folder.mkdir()
        clip_formats.CLIP_FORMATS[name]([clip], folder)
        files = sorted((folder / clip.key).glob("forward_*"))
        assert len(files) == 11
        for t, file in enumerate(files):
            found = back(file.read_bytes())
            assert (found.valid == told[t]).all()
            assert np.abs(found.pixels - pixels[t])[told[t]].max() <= within + STEP
    folder = tmp_path / "hsv"
    folder.mkdir()
    clip_formats.hsv([clip], folder)
    line = json.loads((folder / "flow.jsonl").read_text())
    frames = np.stack(list(video.decode((folder / f"{clip.key}.mp4").read_bytes(), "h")))
    assert frames.shape == (11, 112, 160, 3) and line["captions"] == ["Three."]
    assert line["scale"] == pytest.approx(optical_flow.scale_of(pixels, codes <= 4))


def test_chat_on_video_has_the_clip_and_what_is_told_of_it(clip: Clip, tmp_path: Path):
    steps = tuple(
        Annotation(f"s{n}", "step", (), what, Origin("test", 1), {"start": start, "end": end})
        for n, (what, start, end) in enumerate((("lift it", 0, 6), ("drop it", 6, 12)))
    )
    made = clip_formats.qwen_video([dataclasses.replace(clip, annotations=steps)], tmp_path)
    assert made == (1, 2)
    video_file = tmp_path / f"videos/{clip.key}.mp4"
    assert video_file.read_bytes() == clip.video
    lines = [json.loads(line) for line in (tmp_path / "train.jsonl").read_text().splitlines()]
    asked, answers = zip(
        *((m[0], m[1]["content"]) for m in (row["messages"] for row in lines)), strict=True
    )
    assert answers == ("Three.", "1. lift it (0.0 s to 0.2 s)\n2. drop it (0.2 s to 0.5 s)")
    for said in asked:
        shown, text = said["content"]
        assert shown == {"type": "video", "video": f"videos/{clip.key}.mp4", "fps": 24}
        assert (tmp_path / shown["video"]).exists() and text["type"] == "text"
    mute = dataclasses.replace(clip, tasks=(dataclasses.replace(clip.tasks[0], kind="subject"),))
    (tmp_path / "other").mkdir()
    with pytest.raises(ClipError, match="expected captions, a plan or"):
        clip_formats.qwen_video([mute], tmp_path / "other")


def test_what_a_release_lacks_is_named():
    bare = clip_of({**MADE, "passes": ["instances"], "frames": 3})
    with pytest.raises(ClipError, match="build it with `flow`"):
        clip_formats.CLIP_FORMATS["flo"]([bare], Path("/nowhere"))
