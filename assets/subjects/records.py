"""What a Spark task makes of a row with subjects: clip, pictures of its subjects, tracks, texts.

Workers load this module and nothing that only the driver needs.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import JsonValue

from corpuswright.assets.curation.shard_writer import Recorded
from corpuswright.assets.subjects.rows import Subject, SubjectClip
from corpuswright.assets.video import records
from corpuswright.quality.subjects import captions
from corpuswright.storage import samples
from corpuswright.storage.build_state import packs
from corpuswright.storage.keys import task_key
from corpuswright.storage.records import (
    Box,
    Element,
    MediaRef,
    Origin,
    Quad,
    Scene,
    Task,
    from_dict,
)
from corpuswright.storage.shards import webdataset

VERSION = 1  # bump when a record is written in another way
COLUMNS = [*records.COLUMNS, "subjects", "parts"]
KIND = "subject"


def triplets(corpus: str, folder: Path, fps: int, versions: tuple[int, ...]) -> Recorded:
    """Return how clips with subjects become records; `folder` has the packs."""
    entry = functools.partial(_entry, corpus, folder, fps)
    return Recorded(COLUMNS, (VERSION, records.VERSION, *versions), entry)


def _entry(corpus: str, folder: Path, fps: int, row: SubjectClip) -> webdataset.Entry:
    number, files = records.pictures(folder, row)
    subjects, parts = json.loads(row["subjects"]), json.loads(row["parts"])
    for name, ref in parts.items():
        stem, _, ending = name.rpartition(".")
        # A picture of a subject that has lost its text stays out; arrays keep their order.
        if not stem.startswith("subject") or subjects[int(stem.removeprefix("subject"))]["text"]:
            files[f"{stem}.{ending}"] = packs.read(folder, from_dict(MediaRef, ref))
    told = [(n, s) for n, s in enumerate(subjects) if s["text"]]
    elements = tuple(_element(n, s) for n, s in told)
    things: list[JsonValue] = [f"s{n}" for n in range(len(subjects))]
    state: dict[str, JsonValue] = {"frames": number, "fps": fps, "things": things}
    scene = Scene((row["wide"], row["high"]), (1.0, 1.0), elements, {"clip": state})
    tasks = [_task(row["key"], n, s) for n, s in told]
    files["json"] = samples.write(records.spec(corpus, row), scene, tasks)
    return webdataset.Entry(row["key"], len(tasks), files)


def _element(number: int, s: Subject) -> Element:
    x0, y0, x1, y1 = (float(v) for v in s["box"])
    box: Box = (x0, y0, x1, y1)
    quad: Quad = ((x0, y0), (x1, y0), (x1, y1), (x0, y1))
    wanted = ("score", "mask_area", "mask_score", "frames", "likeness", "category")
    values: Mapping[str, Any] = s
    said = {n: values[n] for n in wanted}
    attributes = {"kind": KIND, "instance": number + 1, "type": s["word"], **said}
    name = f"e{number}"
    return Element(
        name,
        "img",
        s["word"],
        quad,
        box,
        box,
        None,
        None,
        "",
        {"frame": s["frame"]},
        attributes,
        None,
    )


def _task(key: str, number: int, s: Subject) -> Task:
    by = s["by"]
    origin = (
        Origin("subject_words", s["version"], s["model"], s["prompt"])
        if "version" in s and "model" in s and "prompt" in s
        else Origin(by, captions.VERSION)
    )
    return Task(task_key(key, number), KIND, (f"e{number}",), s["text"], by, (), (), origin)
