"""`corpuswright score flashbench`: a model's clips against the trajectories they were asked for."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from corpuswright.quality.benchmarks import bootstrap, flashbench, frechet_distance
from corpuswright.quality.benchmarks.flashbench import ClipScore, TrackToFind, TrajectoryError
from corpuswright.storage import samples
from corpuswright.storage.loaders.loader import Loader
from corpuswright.storage.media import clips, video

CORPUS = "flashbench"


def wanted(store: Path) -> Iterator[tuple[clips.Clip, TrackToFind]]:
    """Yield the clips of the store's newest release with what is to be scored of them."""
    for record in Loader.open(store, CORPUS, seed=None).records():
        clip = clips.read(record)
        bucket = str(samples.read(record.files["json"]).spec.parameters["bucket"])
        if "instances" not in clip.passes:
            raise TrajectoryError(
                f"{clip.key}: expected the pass `instances`, the release has none"
            )
        yield (
            clip,
            TrackToFind(clip.key, bucket, tuple(sorted(clip.named)), clip.passes["instances"]),
        )


def _refuse_none(found: Sequence[object]) -> None:
    if not found:
        raise TrajectoryError("expected a release with clips to score, saw one without")


def report(scored: Sequence[ClipScore]) -> dict[str, Any]:
    """Return means and 95 % intervals by bucket and overall (mean over buckets), from 0 to 1.

    A measure that some clip lacks is missing from the report, never taken as 0.
    """
    made: dict[str, Any] = {"benchmark": CORPUS, "clips": len(scored)}
    for name in ("mask", "box"):
        values = [getattr(s, name) for s in scored]
        if any(v is None for v in values):
            continue
        groups: dict[str, list[float]] = {}
        for s, value in zip(scored, values, strict=True):
            groups.setdefault(s.bucket, []).append(value)
        whole = bootstrap.macro_mean(groups)
        made[name] = {
            "overall": whole.mean,
            "interval": whole.interval,
            "by_bucket": {b: list(bootstrap.macro_mean({b: v})) for b, v in sorted(groups.items())},
        }
    made["samples"] = [s._asdict() for s in scored]
    return made


def score(store: Path, predictions: Path, features: Path | None, out: Path | None) -> int:
    """Score a folder of candidates and print the report; return the exit code.

    Raises:
        TrajectoryError: A clip has no prediction, or one of another shape.
    """
    found: list[ClipScore] = []
    missing: list[str] = []
    network = frechet_distance.Network(features) if features else None
    real: list[Any] = []
    fake: list[Any] = []
    for clip, asked in wanted(store):
        try:
            made = flashbench.read(predictions, clip.key)
        except TrajectoryError as error:
            missing.append(str(error))
            continue
        found.append(flashbench.score(asked, made))
        if network is not None:
            real.append(network.features(_pictures(clip)))
            fake.append(network.features(_candidate(predictions, clip.key, len(asked.masks))))
    if missing:
        raise TrajectoryError(
            f"{len(missing)} of {len(missing) + len(found)} clips have no prediction that can be "
            f"read, and none is scored without: {missing[0]}"
        )
    _refuse_none(found)
    made_report = report(found)
    if network is not None:
        name = "fvd" if network.of_clips else "fid"
        made_report[name] = frechet_distance.distance(real, fake)
    _tell(made_report)
    _write(made_report, out)
    return 0


def examine(store: Path, out: Path | None) -> int:
    """Score candidates whose faults are known: the ceiling, and what each fault costs."""
    by_fault: dict[str, list[ClipScore]] = {}
    for _, asked in wanted(store):
        for fault, made in flashbench.faulty(asked).items():
            by_fault.setdefault(fault, []).append(flashbench.score(asked, made))
    _refuse_none(list(by_fault))
    reports = {fault: report(scored) for fault, scored in by_fault.items()}
    buckets = sorted({b for r in reports.values() for b in r["box"]["by_bucket"]})
    print(f"{'M_IoU / B_IoU by number of objects':26}", *(f"{b:>13}" for b in buckets), "      all")
    for fault, made in reports.items():
        cells = [_cell(made, lambda m, b=b: m["by_bucket"].get(b, [None])[0]) for b in buckets]
        print(f"{fault:34}", *(f"{c:>13}" for c in cells), _cell(made, lambda m: m["overall"]))
    for made in reports.values():
        del made["samples"]
    _write({"benchmark": CORPUS, "faults": reports}, out)
    return 0


def _cell(made: dict[str, Any], value: Callable[[Any], float | None]) -> str:
    found = [value(made[name]) for name in ("mask", "box")]
    return " / ".join("-" if v is None else f"{100 * v:.1f}" for v in found)


def _tell(made: dict[str, Any]) -> None:
    print(f"{CORPUS}: {made['clips']} clips; IoU of masks (M_IoU) and of boxes (B_IoU), in %")
    for name, title in (("mask", "M_IoU"), ("box", "B_IoU")):
        if name not in made:
            print(f"  {title}: missing, since predictions have no masks")
            continue
        for bucket, (mean, low, high) in made[name]["by_bucket"].items():
            what = f"{title} {bucket:>2} {'object' if bucket == '1' else 'objects'}"
            ends = "one clip" if low is None else bootstrap.told([low, high])
            print(f"  {what:18} {100 * mean:5.1f}  ({ends})")
        print(
            f"  {title} overall     {100 * made[name]['overall']:5.1f}  95 % interval "
            f"{bootstrap.told(made[name]['interval'])} (mean over buckets)"
        )
    for name in ("fid", "fvd"):
        if name in made:
            print(f"  {name.upper()} {made[name]:.2f} (by the network that was given)")


def _write(made: dict[str, Any], out: Path | None) -> None:
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(json.dumps(made, indent=1) + "\n", "utf-8")


def _pictures(clip: clips.Clip) -> Any:
    if clip.pictures is None:
        raise TrajectoryError(f"{clip.key}: it has no pictures, and FID and FVD compare pictures")
    return clip.pictures


def _candidate(folder: Path, key: str, frames: int) -> Any:
    path = folder / f"{key}.mp4"
    if not path.exists():
        raise TrajectoryError(f"{key}: FID and FVD need the candidate's video at {path}")
    found = list(video.decode(path.read_bytes(), key, frames + 1))
    if len(found) != frames:
        raise TrajectoryError(
            f"{key}: expected a video of {frames} frames, saw {len(found)} or more"
        )
    return np.stack(found)
