"""Small made-up scenes and releases for tests that need no browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from corpuswright.annotators.actions import clicks
from corpuswright.storage import samples
from corpuswright.storage.keys import sample_key, sha256, source_id, task_key
from corpuswright.storage.records import (
    Element,
    Origin,
    Outcome,
    Release,
    Scene,
    Spec,
    Task,
)
from corpuswright.storage.releases import manifest
from corpuswright.storage.shards import webdataset

WIDTH, HEIGHT = 300, 200


def button(number: int, name: str, box: tuple[float, float, float, float], **more: Any) -> Element:
    x0, y0, x1, y1 = box
    attributes = {"interactive": True, "named_by": "text", "tag": "button", "probes": "1" * 25}
    attributes.update(more.pop("attributes", {}))
    values: dict[str, Any] = {
        "id": f"e{number}",
        "role": "button",
        "name": name,
        "quad": ((x0, y0), (x1, y0), (x1, y1), (x0, y1)),
        "box": box,
        "visible_box": box,
        "visible_fraction": 1.0,
        "click_point": ((x0 + x1) / 2, (y0 + y1) / 2),
        "text": name,
        "state": {},
        "attributes": attributes,
        "parent": None,
    }
    return Element(**{**values, **more})


def scene(*elements: Element) -> Scene:
    return Scene((WIDTH, HEIGHT), (1.0, 1.0), elements, {})


SCENE = scene(button(0, "Save", (10, 10, 60, 30)))


def entry(number: int, size: int = 700, png: bytes | None = None) -> webdataset.Entry:
    key = sample_key("toy", source_id(f"page {number}"), 0)
    spec = Spec(key, "toy", "gui", {}, ())
    tasks = [task(task_key(key, i)) for i in range(number % 3)]
    picture = png or bytes((number + i) % 256 for i in range(size))
    return webdataset.Entry(
        key, len(tasks), {"json": samples.write(spec, SCENE, tasks), "png": picture}
    )


def task(key: str) -> Task:
    action, region = clicks.click(SCENE, SCENE.elements[0], "click")
    text = "Click the “Save” button."
    return Task(key, "click", ("e0",), text, "direct", (action,), (region,), Origin("toy", 1))


def toy_release(
    store: Path, samples: int = 30, limit: int = 16_000, png: bytes | None = None
) -> Release:
    """Write and commit a release of `samples` records in shards of about `limit` bytes."""
    entries = sorted((entry(i, png=png) for i in range(samples)), key=lambda e: e.key)
    written = webdataset.write_shards(store, "toy/shards", "000", entries, limit)
    outcomes = [Outcome(e.key, "", "scene", "p", "verified", "kept") for e in entries]
    outcomes += [
        Outcome(task_key(e.key, i), e.key, "task", "p", "verified", "kept")
        for e in entries
        for i in range(e.tasks)
    ]
    counted = manifest.balance(outcomes, {"scene": samples, "task": sum(e.tasks for e in entries)})
    files = {"outcomes.parquet": manifest.outcomes_bytes(outcomes)}
    made = Release(
        "toy",
        manifest.plan_hash({"samples": samples}),
        {"samples": samples},
        tuple(written),
        counted.counts,
        counted.rejections,
        {n: sha256(d) for n, d in files.items()},
    )
    manifest.commit(store, made, files, {})
    return made
