"""Releases in the formats of other people's trainers: one writer a format, listed in `FORMATS`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from corpuswright.storage.exports import coordinates, pyautogui
from corpuswright.storage.exports.cuactspot import cuactspot
from corpuswright.storage.exports.document_formats import (
    asks_yes_or_no,
    judge,
    page_repair,
    preference,
    prompt_image,
    screenshot_html,
)
from corpuswright.storage.exports.export_result import ExportResult
from corpuswright.storage.loaders.loader import Example
from corpuswright.storage.media import images as media_images
from corpuswright.storage.records import Point

DESCRIBE = "Describe this image."


def coco(examples: Iterable[Example], folder: Path) -> ExportResult:
    """Write COCO detection: `annotations.json` with a box for each visible element, by role.

    Boxes are [x, y, width, height] in pixels, 2 decimals; a category is an accessible role.
    """
    images: dict[str, dict[str, Any]] = {}
    boxes: list[dict[str, Any]] = []
    roles: dict[str, int] = {}
    tasks = 0
    for example in examples:
        tasks += 1
        key = example.sample
        if key in images:
            continue
        width, height = example.scene.size
        name = _image(example, folder)
        images[key] = {"id": len(images) + 1, "file_name": name, "width": width, "height": height}
        for e in example.scene.elements:
            if e.visible_box is None:
                continue
            x0, y0, x1, y1 = e.visible_box
            role = roles.setdefault(e.role or "text", len(roles) + 1)
            boxes.append(
                {
                    "id": len(boxes) + 1,
                    "image_id": images[key]["id"],
                    "category_id": role,
                    "bbox": [round(v, 2) for v in (x0, y0, x1 - x0, y1 - y0)],
                    "area": round((x1 - x0) * (y1 - y0), 2),
                    "iscrowd": 0,
                    "name": e.name,
                }
            )
    body = {
        "images": list(images.values()),
        "annotations": boxes,
        "categories": [{"id": i, "name": r} for r, i in roles.items()],
    }
    (folder / "annotations.json").write_text(json.dumps(body))
    return ExportResult(len(images), tasks if boxes else 0)


def sharegpt(examples: Iterable[Example], folder: Path) -> ExportResult:
    """Write ShareGPT conversations (LLaVA's layout): `train.jsonl`, in pixels of the image."""

    def line(example: Example, image: str) -> dict[str, Any]:
        return {
            "id": example.key,
            "image": image,
            "conversations": [
                {"from": "human", "value": f"<image>\n{_asked(example)}"},
                {"from": "gpt", "value": _said(example, lambda p: (f"{p[0]:.2f}", f"{p[1]:.2f}"))},
            ],
        }

    return _lines(examples, folder, line)


def qwen(examples: Iterable[Example], folder: Path) -> ExportResult:
    """Write chat messages for Qwen2.5-VL: `train.jsonl`, whole pixels after its smart resize."""

    def line(example: Example, image: str) -> dict[str, Any]:
        def whole(point: Point) -> tuple[str, str]:
            x, y = coordinates.to_qwen(point, example.scene.size)
            return str(x), str(y)

        said = [{"type": "image", "image": image}, {"type": "text", "text": _asked(example)}]
        return {
            "id": example.key,
            "messages": [
                {"role": "user", "content": said},
                {"role": "assistant", "content": _said(example, whole)},
            ],
        }

    return _lines(examples, folder, line)


def phi_ground(examples: Iterable[Example], folder: Path) -> ExportResult:
    """Write the five fields of Phi-Ground-Any (arXiv 2605.12501, App. C): `train.jsonl`.

    Coordinates are shares of the image with 5 decimals, behind symbols; before the code stands the
    chain of thought, where a model wrote one.
    """

    def line(example: Example, image: str) -> dict[str, Any]:
        symbols: dict[str, float] = {}

        def symbol(point: Point, place: int) -> tuple[str, str]:
            x, y = coordinates.to_unit(point, example.scene.size)
            symbols.update({f"x{place}": x, f"y{place}": y})
            return f"x{place}", f"y{place}"

        if not example.task.actions:
            raise ValueError(f"{example.key} is a caption: expected tasks with actions")
        calls, kind = pyautogui.write(example.task.actions, symbol)
        code = "\n".join(calls)
        return {
            "image": image,
            "prompt": example.text,
            "response": f"{example.thought}\n```python\n{code}\n```".lstrip(),
            "coordinate_map": symbols,
            "used_elements": [int(e[1:]) for e in example.task.elements],
            "action-type": kind,
        }

    return _lines(examples, folder, line)


FORMATS: Mapping[str, Callable[[Iterable[Example], Path], ExportResult]] = {
    "coco": coco,
    "sharegpt": sharegpt,
    "qwen": qwen,
    "phi_ground": phi_ground,
    "cuactspot": cuactspot,
    "prompt_image": prompt_image,
    "preference": preference,
    "judge": judge,
    "screenshot_html": screenshot_html,
    "page_repair": page_repair,
}


def _asked(example: Example) -> str:
    """Return what a model is asked: the instruction, or to describe what a caption tells of."""
    if asks_yes_or_no(example):
        return f"{example.text} Answer yes or no."
    return example.text if example.task.actions else DESCRIBE


def _said(example: Example, text: Callable[[Point], tuple[str, str]]) -> str:
    """Return what it is to answer: the actions as code, yes or no, or the caption."""
    if asks_yes_or_no(example):
        return "Yes" if example.task.expected["answer"] else "No"
    return _code(example, text) if example.task.actions else example.text


def _code(example: Example, text: Callable[[Point], tuple[str, str]]) -> str:
    calls, _ = pyautogui.write(example.task.actions, lambda point, _: text(point))
    return "\n".join(calls)


def _lines(
    examples: Iterable[Example], folder: Path, line: Callable[[Example, str], dict[str, Any]]
) -> ExportResult:
    images: dict[str, str] = {}
    tasks = 0
    with (folder / "train.jsonl").open("w") as out:
        for example in examples:
            if example.sample not in images:
                images[example.sample] = _image(example, folder)
            plain = line(example, images[example.sample])
            out.write(json.dumps(plain, ensure_ascii=False) + "\n")
            tasks += 1
    return ExportResult(len(images), tasks)


def _image(example: Example, folder: Path) -> str:
    if not example.has_image:
        raise ValueError(f"{example.key} is text alone: expected a corpus with pictures")
    if "clip" in example.scene.state:
        raise ValueError(
            f"{example.key} is a clip: expected a corpus of pictures, or a clip format"
        )
    ((ext, data),) = ((e, d) for e, d in example.media.items() if e in media_images.STILLS)
    (folder / "images").mkdir(parents=True, exist_ok=True)
    name = f"images/{example.sample}.{ext}"
    (folder / name).write_bytes(data)
    return name
