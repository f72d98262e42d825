"""`corpuswright score opencustom`: videos of subjects by OpenCustom's eight metrics.

The folder of data has the benchmark's maps for each split (`class_mapping_<split>.json` and its
two sisters) and its pictures (`references_<split>/`, or `references/` for all): those that
`corpuswright opencustom` writes, or the released ones.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

import av
import numpy as np
from av.error import FFmpegError
from pydantic import TypeAdapter, ValidationError

from corpuswright.assets.builds import progress
from corpuswright.quality.benchmarks import bootstrap, open_custom
from corpuswright.quality.benchmarks.open_custom import METRICS, Models, VideoScore, WantedVideo
from corpuswright.storage.media import decoder

# Pixels of a video: 49 frames of 720 x 480, as its authors' model makes, have 17 million. All of
# them are held in memory.
MOST_PIXELS = 400_000_000


class Video(NamedTuple):
    """One video of the benchmark: of which split, its file, and what it is to show."""

    split: str
    file: str
    category: str
    caption: str
    reference: Path


def models(path: Path) -> Models:
    """Read who looks: JSON of `Models`, names as in recipes.

    Raises:
        ValueError: It cannot be read, or names something else.
    """
    try:
        plain = json.loads(path.read_text("utf-8"))
        if odd := sorted(set(plain) - set(Models._fields)):
            raise ValueError(f"unknown {odd}; expected {list(Models._fields)}")
        return Models(**TypeAdapter(dict[str, str]).validate_python(plain))
    except (OSError, ValueError, TypeError, ValidationError) as error:
        raise ValueError(f"--scorers {path}: {str(error)[:300]}") from None


def wanted(folder: Path) -> Iterator[Video]:
    """Yield what the maps of a folder ask for, split by split, in the order of file names.

    Raises:
        ValueError: There are no maps, or they do not fit each other.
    """
    splits = sorted(
        p.name.removeprefix("caption_mapping_").removesuffix(".json")
        for p in folder.glob("caption_mapping_*.json")
    )
    if not splits:
        raise ValueError(f"{folder}: expected caption_mapping_<split>.json and its sisters")
    for split in splits:
        classes, captions, references = (
            _map(folder / f"{n}_mapping_{split}.json") for n in ("class", "caption", "video")
        )
        pictures = folder / f"references_{split}"
        pictures = pictures if pictures.is_dir() else folder / "references"
        for file, caption in sorted(captions.items()):
            name = references.get(file, "")
            # Keys of the class map are pictures in two of the released splits, videos in the third.
            category = classes.get(name) or classes.get(file)
            if not category or not name:
                raise ValueError(f"{folder}: {split}: {file} has no reference, or no class")
            # What stands for a space in names of subjects is none to a detector.
            category = category.replace("_", " ")
            yield Video(split, file, category, caption, inside(pictures, name))


def inside(folder: Path, name: str) -> Path:
    """Return the path of a file that a map names; raises ValueError if that leads out of a folder.

    By its name alone: files of a cache may be links to elsewhere.
    """
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or not path.parts:
        raise ValueError(f"{folder}: expected names of files below it, a map has {name!r}")
    return folder / path


def score(folder: Path, predictions: Path, scorers_: Path, out: Path | None) -> int:
    """Score a folder of videos and print the report; return the exit code.

    Raises:
        ValueError: A video or a reference is missing, or a map names a file elsewhere.
        ScorerError: A model cannot be had.
    """
    who = models(scorers_)
    asked = list(wanted(folder))
    if missing := [v.file for v in asked if not inside(predictions, v.file).exists()]:
        raise ValueError(
            f"{len(missing)} of {len(asked)} videos are not in {predictions}, and none is scored "
            f"without: {missing[0]}"
        )
    if missing := [v.reference for v in asked if not v.reference.exists()]:
        raise ValueError(f"{len(missing)} references are not there, such as {missing[0]}")
    found: list[tuple[Video, VideoScore]] = []
    with progress.bar("opencustom", len(asked)) as bar:
        for v in asked:
            found.append((v, _scored(v, inside(predictions, v.file), who)))
            bar.update(1)
    made = report(found, who)
    _tell(made)
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(json.dumps(made, indent=1) + "\n", "utf-8")
    return 0


def report(found: Sequence[tuple[Video, VideoScore]], who: Models) -> dict[str, Any]:
    """Return means and 95 % intervals by split and over all videos, each video alike.

    A metric that some video lacks is missing, how many lack it is told, and what the mean of the
    others is.
    """
    made: dict[str, Any] = {"benchmark": "opencustom", "models": who._asdict(), "splits": {}}
    splits = sorted({v.split for v, _ in found})
    for split in [*splits, "all"]:
        own = [s for v, s in found if split in (v.split, "all")]
        row: dict[str, Any] = {"videos": len(own)}
        for name, mean in open_custom.means(own).items():
            values = [s.values[name] for s in own]
            estimate = bootstrap.macro_mean({name: values})
            row[name] = {"mean": mean, "interval": estimate.interval}
        row["missing"] = {n: sum(n not in s.values for s in own) for n in METRICS if n not in row}
        # Beside what is missing, not instead of it: the mean of those that have a value.
        for name in row["missing"]:
            values = [s.values[name] for s in own if name in s.values]
            if values:
                row.setdefault("of_some", {})[name] = {
                    "mean": float(np.mean(values)),
                    "videos": len(values),
                }
        if faults := [
            f"{v.file}: {s.fault}" for v, s in found if s.fault and split in (v.split, "all")
        ]:
            row["unreadable"] = faults
        looked = [s for s in own if s.found is not None]
        if looked:
            row["found"] = [sum(s.found or 0 for s in looked), sum(s.frames for s in looked)]
        made["splits"][split] = row
    made["videos"] = [
        {"split": v.split, "video": v.file, **s.values, "found": s.found, "frames": s.frames}
        for v, s in found
    ]
    return made


def _tell(made: Mapping[str, Any]) -> None:
    models_ = Models(**made["models"])
    for split, row in made["splits"].items():
        print(f"opencustom {split}: {row['videos']} videos, in %")
        for name in METRICS:
            if name in row:
                ends = bootstrap.told(row[name]["interval"], ".2f")
                print(f"  {name:22} {100 * row[name]['mean']:6.2f} ({ends})")
            elif not open_custom.named(name, models_):
                print(f"  {name:22} missing: no model of it is named")
            else:
                some = row.get("of_some", {}).get(name)
                of = f"; {100 * some['mean']:.2f} of the other {some['videos']}" if some else ""
                print(f"  {name:22} missing: {row['missing'][name]} videos have none{of}")
        for fault in row.get("unreadable", []):
            print(f"  unreadable: {fault}")
        if "found" in row:
            seen, all_ = row["found"]
            print(f"  the subject is found in {seen} of {all_} frames")


def _map(path: Path) -> dict[str, str]:
    try:
        return TypeAdapter(dict[str, str]).validate_json(path.read_bytes())
    except (OSError, ValueError) as error:
        raise ValueError(f"{path}: expected a flat map of text: {str(error)[:200]}") from None


def _scored(v: Video, path: Path, who: Models) -> VideoScore:
    """Return a video's scores; one that cannot be read has none, and says why."""
    try:
        frames, fps = _frames(path)
        picture = decoder.decoded(v.reference.read_bytes())[1]
    except decoder.Refused as refused:
        return VideoScore({}, 0, None, f"reference {v.reference.name}: {refused}"[:300])
    except (OSError, ValueError) as error:
        return VideoScore({}, 0, None, str(error)[:300])
    asked = WantedVideo(v.category, v.caption, np.asarray(picture))
    return open_custom.score(asked, frames, fps, who)


def _frames(path: Path) -> tuple[Any, float]:
    """Return all frames (F, H, W, 3) of a video, and its frames a second."""
    try:
        with av.open(str(path)) as source:
            stream = source.streams.video[0]
            fps = float(stream.average_rate or 0)
            out: list[Any] = []
            pixels = 0
            for frame in source.decode(stream):
                pixels += frame.width * frame.height
                if pixels > MOST_PIXELS:
                    raise ValueError(f"expected {MOST_PIXELS} pixels at most")
                out.append(frame.to_ndarray(format="rgb24"))
    except (FFmpegError, IndexError) as error:
        raise ValueError(f"expected a video: {error.__class__.__name__}") from None
    if not out or fps <= 0:
        raise ValueError(f"expected frames and their rate, saw {len(out)} at {fps:g}")
    return np.stack(out), fps
