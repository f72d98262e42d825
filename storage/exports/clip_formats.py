"""Clips in other people's formats: one writer a format, listed in `CLIP_FORMATS`."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from corpuswright.storage.exports import optical_flow
from corpuswright.storage.exports.export_result import ExportResult
from corpuswright.storage.media import images, video
from corpuswright.storage.media.clips import Clip, ClipError
from corpuswright.storage.records import Annotation, Task

Frames = NDArray[np.uint8]

FPS = 24  # of a clip whose record names none
NOTHING = (3, 5)  # codes whose flow means nothing: behind the camera, invalid
DESCRIBE = "Describe this video."
PLAN = (
    "What does the person in this video do? Answer with numbered steps, and say at which second "
    "each begins and ends."
)
SPARSE = 10  # frames between boxes of a sparse map; MagicMotion leaves the number open. Ours
VALID = (0, 1, 2)  # codes whose flow is that of a point: visible, occluded, out of frame
# One flat colour an object, far apart in hue and none of them black: MagicMotion's maps. From the
# eleventh object on they come again: FlashBench has eight at most.
COLOURS: NDArray[np.uint8] = np.array(
    [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0), (255, 0, 255), (0, 255, 255),
     (255, 128, 0), (128, 0, 255), (0, 255, 128), (255, 255, 255)], np.uint8,
)  # fmt: skip


def masks_map(clip: Clip) -> Frames:
    """Return (F, H, W, 3): each object filled with its colour, black elsewhere."""
    instances = _need(clip, "instances")
    shown = np.zeros((len(clip.ids) + 1, 3), np.uint8)
    for colour, number in enumerate(sorted(clip.named)):
        shown[number] = COLOURS[colour % len(COLOURS)]
    return shown[instances]


def boxes_map(clip: Clip, every: int = 1) -> Frames:
    """Return (F, H, W, 3): outlines of objects' boxes; with `every`, black but in each such frame.

    The first frame has the objects' masks instead, and outlines are min(H, W) // 100 wide, at least
    1 (MagicMotion, trajectory_construction/plan_box.py).
    """
    filled = masks_map(clip)
    out = np.zeros_like(filled)
    out[0] = filled[0]
    wide = max(1, min(out.shape[1:3]) // 100)
    for colour, number in enumerate(sorted(clip.named)):
        for t, box in enumerate(clip.tracks["visible"][:, number - 1]):
            if t and not t % every and np.isfinite(box).all():
                x0, y0, x1, y1 = box.astype(int)
                inner = np.ones((y1 - y0, x1 - x0), bool)
                inner[wide:-wide, wide:-wide] = False
                out[t, y0:y1, x0:x1][inner] = COLOURS[colour % len(COLOURS)]
    return out


def trajectory_maps(clips: Iterable[Clip], folder: Path) -> ExportResult:
    """Write conditions for trajectory-controlled video: `<key>/masks.mp4`, `boxes.mp4`, ...

    Besides: `sparse_boxes.mp4`, the first frame with its masks, the same masks as ids (8 bits, 0
    for none) that predictions name objects by, and `prompts.csv`.
    """
    rows: list[list[str]] = []
    for clip in clips:
        still = _pictures(clip)[0]
        home = folder / clip.key
        home.mkdir(parents=True)
        maps = {"masks": masks_map(clip), "boxes": boxes_map(clip)}
        maps["sparse_boxes"] = boxes_map(clip, SPARSE)
        for name, frames in maps.items():
            (home / f"{name}.mp4").write_bytes(video.encode(frames, _fps(clip)))
        Image.fromarray(maps["masks"][0]).save(home / "first_masks.png")
        ids = np.where(
            np.isin(_need(clip, "instances")[0], list(clip.named)), clip.passes["instances"][0], 0
        )
        Image.fromarray(ids.astype(np.uint8)).save(home / "first_ids.png")
        Image.fromarray(still).save(home / "first_frame.png")
        rows.append([clip.key, clip.tasks[0].text])
    _table(folder / "prompts.csv", ["key", "prompt"], rows)
    return ExportResult(len(rows), len(rows))


def magicdata(clips: Iterable[Clip], folder: Path) -> ExportResult:
    """Write MagicData's layout (its card): `videos/`, `masks/<key>/`, `boxs/<key>/`, a table."""
    rows: list[list[str]] = []
    for clip in clips:
        _pictures(clip)  # before anything is written
        (folder / "videos").mkdir(exist_ok=True)
        (folder / f"videos/{clip.key}.mp4").write_bytes(video.encode(_pictures(clip), _fps(clip)))
        for name, frames in (("masks", masks_map(clip)), ("boxs", boxes_map(clip))):
            home = folder / name / clip.key
            home.mkdir(parents=True)
            for t, frame in enumerate(frames):
                Image.fromarray(frame).save(home / f"annotated_frame_{t:05d}.png")
        paths = [f"videos/{clip.key}.mp4", f"masks/{clip.key}", f"boxs/{clip.key}"]
        rows.append([*paths, clip.tasks[0].text])
    _table(folder / "magicdata.csv", ["video", "mask", "box", "caption"], rows)
    return ExportResult(len(rows), len(rows))


def coco_video(clips: Iterable[Clip], folder: Path) -> ExportResult:
    """Write COCO for videos (YouTube-VIS): `annotations.json` with a track an object, and frames.

    Segmentations are run-length encoded, null where an object is not seen; boxes are [x, y, width,
    height]; a category is a type of thing.
    """
    masks = _pycocotools()
    videos: list[dict[str, Any]] = []
    tracks: list[dict[str, Any]] = []
    categories: dict[str, int] = {}
    for clip in clips:
        _pictures(clip)  # before anything is written
        home = folder / "frames" / clip.key
        home.mkdir(parents=True)
        names = [f"{clip.key}/{t:05d}.png" for t in range(len(clip.tracks["visible"]))]
        for name, frame in zip(names, _pictures(clip), strict=True):
            Image.fromarray(frame).save(folder / "frames" / name)
        width, height = clip.scene.size
        videos.append(
            {
                "id": len(videos) + 1,
                "file_names": names,
                "width": width,
                "height": height,
                "length": len(names),
                "caption": clip.tasks[0].text,
            }
        )
        for e in (e for e in clip.scene.elements if "instance" in e.attributes):
            number = int(str(e.attributes["instance"]))
            own = _need(clip, "instances") == number
            coded = [masks.encode(np.asfortranarray(m, np.uint8)) if m.any() else None for m in own]
            told = [c and {**c, "counts": c["counts"].decode()} for c in coded]
            boxes = clip.tracks["visible"][:, number - 1]
            kind = str(e.attributes["type"])
            tracks.append(
                {
                    "id": len(tracks) + 1,
                    "video_id": len(videos),
                    "iscrowd": 0,
                    "name": e.name,
                    "category_id": categories.setdefault(kind, len(categories) + 1),
                    "width": width,
                    "height": height,
                    "segmentations": told,
                    "bboxes": [_coco(b) for b in boxes],
                    "areas": [int(m.sum()) or None for m in own],
                }
            )
    named = [{"id": i, "name": n} for n, i in categories.items()]
    body = {"videos": videos, "annotations": tracks, "categories": named}
    (folder / "annotations.json").write_text(json.dumps(body))
    return ExportResult(len(videos), len(tracks))


def tracks(clips: Iterable[Clip], folder: Path) -> ExportResult:
    """Write point tracks as TAP-Vid has them (arXiv 2211.03726): an `.npz` a clip.

    `points` (P, F, 2) float32 px; `occluded` (P, F) bool: hidden, out of frame or behind the
    camera; `video` (F, H, W, 3) where there are pictures.
    """
    number = points = 0
    for clip in clips:
        on = clip.tracks["points_instance"] > 0  # of things: sky has no points
        places, codes = clip.tracks["points"][:, on], clip.tracks["points_codes"][:, on]
        held: dict[str, NDArray[Any]] = {
            "points": places.transpose(1, 0, 2).astype(np.float32),
            "occluded": codes.T != 0,
        }
        if clip.pictures is not None:
            held["video"] = clip.pictures
        np.savez_compressed(folder / f"{clip.key}.npz", allow_pickle=False, **held)
        number, points = number + 1, points + places.shape[1]
    return ExportResult(number, points)


def flo(clips: Iterable[Clip], folder: Path) -> ExportResult:
    """Write Middlebury's `.flo`: `<key>/forward_00000.flo`, `<key>/backward_00000.flo`, ...

    Where there is no point (sky, behind the camera, invalid) it holds the format's 1e10, unknown.
    """
    return _flows(clips, folder, ".flo", lambda p, c: optical_flow.to_flo(p, np.isin(c, VALID)))


def kitti(clips: Iterable[Clip], folder: Path) -> ExportResult:
    """Write KITTI's 16-bit PNG; raises FlowError where flow is longer than it can hold."""
    return _flows(clips, folder, ".png", lambda p, c: optical_flow.to_kitti(p, np.isin(c, VALID)))


def npz(clips: Iterable[Clip], folder: Path) -> ExportResult:
    """Write `.npz` with `flow` (H, W, 2) float32 and `codes` (H, W): one a frame and direction."""
    return _flows(clips, folder, ".npz", optical_flow.to_npz)


def hsv(clips: Iterable[Clip], folder: Path) -> ExportResult:
    """Write DynaVid's flow video: `<key>.mp4`, and `flow.jsonl` with each clip's scale and caption.

    Magnitudes are divided by the clip's 99th percentile (arXiv 2604.01666); what means nothing
    (behind the camera, invalid) is black, as is what stands still.
    """
    number = 0
    with (folder / "flow.jsonl").open("w") as out:
        for clip in clips:
            pixels, codes = _need(clip, "flow_forward"), clip.passes["flow_forward_codes"]
            told = ~np.isin(codes, NOTHING)
            scale = optical_flow.scale_of(pixels, told)
            frames = optical_flow.to_hsv(np.where(told[..., None], pixels, 0), scale)
            (folder / f"{clip.key}.mp4").write_bytes(video.encode(frames, _fps(clip)))
            said = [t.text for t in clip.tasks]
            out.write(json.dumps({"key": clip.key, "scale": scale, "captions": said}) + "\n")
            number += 1
    return ExportResult(number, number)


def qwen_video(clips: Iterable[Clip], folder: Path) -> ExportResult:
    """Write chat messages for Qwen-VL on video: `train.jsonl`, and `videos/<key>.mp4`.

    A clip with a plan is asked for its steps, with the seconds of each; one with captions is asked
    to be described; what is asked with an answer is asked so, of the seconds or the frame
    (`frames/<key>.jpg`) that it is to be shown, its trace, if it has one, in `<think>` before the
    answer. Videos are those of the shards, byte for byte.
    """
    number = lines = 0
    (folder / "videos").mkdir()
    (folder / "frames").mkdir()
    with (folder / "train.jsonl").open("w", encoding="utf-8") as out:
        for clip in clips:
            if clip.video is None:
                _pictures(clip)  # says how it gets some
                continue
            path, fps = f"videos/{clip.key}.mp4", _fps(clip)
            (folder / path).write_bytes(clip.video)
            whole: list[dict[str, Any]] = [{"type": "video", "video": path, "fps": fps}]
            said = [(t.key, whole, DESCRIBE, t.text) for t in clip.tasks if t.kind == "caption"]
            if steps := [a for a in clip.annotations if a.kind == "step"]:
                said.append((clip.tasks[0].key, whole, PLAN, _steps(steps, fps)))
            said += [
                (t.key, _evidence(clip, t, path, fps, folder), t.text, _answer(t))
                for t in clip.tasks
                if "answer" in t.expected
            ]
            if not said:
                kinds = sorted({t.kind for t in clip.tasks})
                raise ClipError(
                    f"{clip.key}: expected captions, a plan or questions, it has {kinds}"
                )
            for key, shown, asked, text in said:
                content = [*shown, {"type": "text", "text": asked}]
                messages = [
                    {"role": "user", "content": content},
                    {"role": "assistant", "content": text},
                ]
                line = {"id": key, "messages": messages}
                out.write(json.dumps(line, ensure_ascii=False) + "\n")
                lines += 1
            number += 1
    return ExportResult(number, lines)


def _answer(task: Task) -> str:
    """Return a question's answer, after its trace if it has one, as Causal-Plan's rows have it."""
    answer = str(task.expected["answer"])
    trace = task.expected.get("trace")
    return f"<think>\n{trace}\n</think>\n\n{answer}" if trace else answer


def _evidence(clip: Clip, task: Task, path: str, fps: int, folder: Path) -> list[dict[str, Any]]:
    """Return what a question is asked of: a frame, or one or two stretches of its clip."""
    spans: list[list[int]] = task.expected["spans"]
    if task.expected["evidence"] == "keyframe_single":
        picture = _pictures(clip)[spans[0][0]]
        name = f"frames/{task.key}.jpg"
        (folder / name).write_bytes(images.encode(Image.fromarray(picture), "jpg"))
        return [{"type": "image", "image": name}]
    return [
        # Readers of Qwen-VL take the frame at the end too, and round down: so between two frames.
        {
            "type": "video",
            "video": path,
            "fps": fps,
            "video_start": max(0.0, (a - 0.5) / fps),
            "video_end": (b - 0.5) / fps,
        }
        for a, b in spans
    ]


def _steps(steps: Iterable[Annotation], fps: int) -> str:
    return "\n".join(
        f"{n}. {a.text} ({_seconds(a, 'start', fps)} s to {_seconds(a, 'end', fps)} s)"
        for n, a in enumerate(steps, 1)
    )


def _seconds(a: Annotation, name: str, fps: int) -> str:
    return f"{int(str(a.value[name])) / fps:.1f}"


CLIP_FORMATS: Mapping[str, Callable[[Iterable[Clip], Path], ExportResult]] = {
    "coco_video": coco_video,
    "flo": flo,
    "hsv": hsv,
    "kitti": kitti,
    "magicdata": magicdata,
    "npz": npz,
    "qwen_video": qwen_video,
    "tracks": tracks,
    "trajectory_maps": trajectory_maps,
}


def _flows(
    clips: Iterable[Clip], folder: Path, suffix: str, write: Callable[[Any, Any], bytes]
) -> ExportResult:
    number = written = 0
    for clip in clips:
        _need(clip, "flow_forward")
        (folder / clip.key).mkdir()
        for name in ("forward", "backward"):
            pairs = zip(_need(clip, f"flow_{name}"), clip.passes[f"flow_{name}_codes"], strict=True)
            for t, (pixels, codes) in enumerate(pairs):
                data = write(pixels, codes)
                (folder / clip.key / f"{name}_{t:05d}{suffix}").write_bytes(data)
                written += 1
        number += 1
    return ExportResult(number, written)


def _need(clip: Clip, name: str) -> NDArray[Any]:
    if name not in clip.passes:
        kept = sorted(clip.passes)
        what = name.split("_")[0]
        raise ClipError(
            f"{clip.key}: expected the pass {name}, the release keeps {kept}; build it with "
            f"`{what}` among the recipe's `passes`"
        )
    looked = clip.tracks.get("looked")
    if looked is not None and not looked.all():
        raise ClipError(
            f"{clip.key}: expected {name} of every frame, a detector looked at {looked.sum()} of "
            f"{len(looked)}: 0 in the others is no answer"
        )
    return clip.passes[name]


def _pictures(clip: Clip) -> Frames:
    if clip.pictures is None:
        raise ClipError(
            f"{clip.key}: expected pictures, the release was built without; build it with "
            "--set 'pictures=\"cycles\"' (or workbench, flat)"
        )
    return clip.pictures


def _fps(clip: Clip) -> int:
    state: Any = clip.scene.state["clip"]
    return int(state.get("fps", FPS))


def _coco(box: NDArray[np.float64]) -> list[float] | None:
    if not np.isfinite(box).all():
        return None
    x0, y0, x1, y1 = box.tolist()
    return [x0, y0, x1 - x0, y1 - y0]


def _table(path: Path, head: list[str], rows: list[list[str]]) -> None:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([head, *rows])


def _pycocotools() -> Any:
    try:
        from pycocotools import mask
    except ImportError as error:
        raise ClipError(
            "COCO's masks need pycocotools: pip install 'corpuswright[vision]'"
        ) from error
    return mask
