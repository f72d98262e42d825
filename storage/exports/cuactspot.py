"""Benchmark sets in CUActSpot's own format, from any release: one JSON and one PNG a task.

A set made from a partition that no training run has seen is a fresh test. The layout is that of
microsoft/Phi-Ground, benchmark/CUActSpot at 3956408; `action`, `gesture` and `size` are ours.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from corpuswright.storage.exports.export_result import ExportResult
from corpuswright.storage.keys import sha256
from corpuswright.storage.loaders.loader import Example
from corpuswright.storage.records import Point, Polygon, Task

# The benchmark's modality by medium of the scene.
MODALITIES = {
    "gui": "GUI", "desk": "GUI", "text": "Text", "table": "Table", "canvas": "Canvas",
    "photo": "Image",
}  # fmt: skip
# Kinds whose points may come in any order and number, as long as the line goes everywhere: the
# benchmark marks such a task by AREAS areas without rank, as its own samples have.
FREE_HAND = ("paint_over", "trace_region")
AREAS = 4


def cuactspot(examples: Iterable[Example], folder: Path) -> ExportResult:
    """Write `<Modality>-<8 hex>.json` and `.png` for each task that has points."""
    tasks = 0
    for example in examples:
        points = [p for a in example.task.actions for p in a.points]
        modality = MODALITIES.get(example.spec.medium)
        if not points or modality is None:
            continue
        tasks += 1
        name = name_of(example)
        (folder / f"{name}.png").write_bytes(example.media.get("png") or _png(example))
        plain = json.dumps(_sample(example, name, modality, points), ensure_ascii=False)
        (folder / f"{name}.json").write_text(plain, "utf-8")
    return ExportResult(tasks, tasks)


def name_of(example: Example) -> str:
    """Return the image id of a task of a medium that the benchmark has."""
    return f"{MODALITIES.get(example.spec.medium, '')}-{sha256(example.key)[:8]}"


def _png(example: Example) -> bytes:
    sink = io.BytesIO()
    example.image.save(sink, "PNG")
    return sink.getvalue()


def _sample(example: Example, name: str, modality: str, points: list[Point]) -> dict[str, Any]:
    regions: list[tuple[str, str, Polygon]] = []
    if example.task.kind in FREE_HAND:
        regions += [("Target", "", area) for area in _areas(example.task)]
    else:
        for target in example.task.targets:
            regions += [("Target", str(target.rank), p) for p in target.accept]
    banned = dict.fromkeys(p for t in example.task.targets for p in t.forbid)
    # What lies over one end of a drag may be where its other end goes: banned is for all points.
    regions += [("Banned", "", p) for p in banned if not any(_inside(p, q) for q in points)]
    return {
        "image_id": name,
        "task": example.text,
        "task_en": example.text,
        "modality": modality,
        "action": next(a.kind for a in example.task.actions if a.points),
        **_gesture(example),
        "polygons": [
            {
                "id": f"R{i}",
                "type": kind,
                "points": [[round(x, 2), round(y, 2)] for x, y in polygon],
                "rank": rank,
                "visible": True,
            }
            for i, (kind, rank, polygon) in enumerate(regions, 1)
        ],
        "masks": [],
    }


def _gesture(example: Example) -> dict[str, Any]:
    """Return what a drag means beyond its regions, where its end hangs on its start."""
    gesture = example.task.expected.get("gesture")
    return {"gesture": gesture, "size": list(example.scene.size)} if gesture else {}


def _areas(task: Task) -> list[Polygon]:
    """Return the convex hulls of AREAS runs of a line's points, as far as each may miss."""
    from scipy.spatial import ConvexHull  # here: every command loads this module

    runs = np.array_split(np.arange(len(task.targets)), AREAS)
    corners = [
        np.array([p for i in run for polygon in task.targets[i].accept for p in polygon])
        for run in runs
    ]
    hulls = [c[ConvexHull(c).vertices] for c in corners]
    return [tuple((float(x), float(y)) for x, y in hull) for hull in hulls]


def _inside(polygon: Polygon, point: Point) -> bool:
    """Whether a point lies in a polygon."""
    x, y = point
    odd = False
    for (ax, ay), (bx, by) in zip(polygon, (*polygon[1:], polygon[0]), strict=True):
        if (ay > y) != (by > y) and x < (bx - ax) * (y - ay) / (by - ay) + ax:
            odd = not odd
    return odd
