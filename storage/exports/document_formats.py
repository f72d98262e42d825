"""Documents for those who train generators and judges of them: prompts, pairs, questions."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from corpuswright.storage.exports.export_result import ExportResult
from corpuswright.storage.loaders.loader import Example

TWIN = "twin.png"


def prompt_image(examples: Iterable[Example], folder: Path) -> ExportResult:
    """Write prompts and pictures for text-to-image trainers: `metadata.jsonl` beside the files.

    The layout of Hugging Face's `imagefolder`: `file_name` and `text`.
    """

    def rows(example: Example, image: str, _: str) -> Iterator[dict[str, Any]]:
        if example.task.kind == "prompt":
            yield {"file_name": image, "text": example.text, **_cell(example)}

    return _write(examples, folder, "metadata.jsonl", rows, twins=False)


def preference(examples: Iterable[Example], folder: Path) -> ExportResult:
    """Write pairs for preference training: `train.jsonl` with `prompt`, `chosen`, `rejected`.

    `chosen` is the picture of the document, `rejected` that of its twin, `fault` what is wrong.
    """

    def rows(example: Example, image: str, twin: str) -> Iterator[dict[str, Any]]:
        if example.task.kind == "prompt":
            fault: Any = example.scene.state["twin"]
            told = {"fault": fault["kind"], "about": fault["about"]}
            pair = {"prompt": example.text, "chosen": image, "rejected": twin}
            yield {**pair, **told, **_cell(example)}

    return _write(examples, folder, "train.jsonl", rows)


def judge(examples: Iterable[Example], folder: Path) -> ExportResult:
    """Write questions with answers for those who train or test a judge: `train.jsonl`.

    Two lines a question: of the picture and of its twin. `evidence` are boxes in pixels,
    [x0, y0, x1, y1], of what the answer hangs on in that picture.
    """

    def rows(example: Example, image: str, twin: str) -> Iterator[dict[str, Any]]:
        expected: Any = example.task.expected
        if "answer" not in expected:
            return
        for name, picture in (("answer", image), ("twin", twin)):
            yield {
                "id": f"{example.key}{'' if name == 'answer' else '-twin'}",
                "image": picture,
                "question": example.text,
                "answer": "yes" if expected[name] else "no",
                "kind": example.task.kind,
                "hard": expected["hard"],
                "evidence": expected["evidence" if name == "answer" else "twin_evidence"],
                **_cell(example),
            }

    return _write(examples, folder, "train.jsonl", rows)


def screenshot_html(examples: Iterable[Example], folder: Path) -> ExportResult:
    """Write pages for code models: `train.jsonl` with `image`, `request`, `plan` and `html`.

    One line a request: a picture of the whole page, and its HTML. What the HTML loads from
    `assets/` (pictures, fonts, a component library) is not written.
    """

    def rows(example: Example, image: str, _: str) -> Iterator[dict[str, Any]]:
        if example.task.kind == "prompt":
            state: Any = example.scene.state
            yield {"id": example.key, "image": image, "request": example.text,
                   "detail": example.task.style, "plan": state["plan"],
                   "html": state["html"]}  # fmt: skip

    return _write(_pages(examples), folder, "train.jsonl", rows, twins=False)


def page_repair(examples: Iterable[Example], folder: Path) -> ExportResult:
    """Write spoilt pages for critics: `train.jsonl` with `image`, `plan`, `html`, and after.

    `plan` is what the page was to be, `issue` what its defect is found as, `node` the element's
    `data-node`, `about` what was done to it, `repaired` the HTML without the defect.
    """

    def rows(example: Example, _: str, twin: str) -> Iterator[dict[str, Any]]:
        if example.task.kind == "repair":
            state, expected = example.scene.state, example.task.expected
            spoilt: Any = state["twin"]
            yield {"id": example.key, "image": twin, "instruction": example.text,
                   "plan": state["plan"], "html": spoilt["html"], "issue": expected["issue"],
                   "node": expected["node"], "about": expected["about"],
                   "repaired": state["html"]}  # fmt: skip

    return _write(_pages(examples), folder, "train.jsonl", rows)


def _pages(examples: Iterable[Example]) -> Iterator[Example]:
    return (e for e in examples if "html" in e.scene.state)


def asks_yes_or_no(example: Example) -> bool:
    """Return whether a task is a question about a document, to be answered by yes or no."""
    return "twin" in example.task.expected


def _cell(example: Example) -> dict[str, Any]:
    return {n: example.task.expected[n] for n in ("domain", "dimension")}


Rows = Callable[[Example, str, str], Iterator[dict[str, Any]]]


def _write(
    examples: Iterable[Example], folder: Path, name: str, rows: Rows, twins: bool = True
) -> ExportResult:
    images: set[str] = set()
    lines = 0
    with (folder / name).open("w") as out:
        for example in examples:
            if TWIN not in example.media:
                continue
            image, twin = f"{example.sample}.png", f"{example.sample}.twin.png"
            if example.sample not in images:
                images.add(example.sample)
                (folder / image).write_bytes(example.media["png"])
                if twins:
                    (folder / twin).write_bytes(example.media[TWIN])
            for row in rows(example, image, twin):
                out.write(json.dumps(row, ensure_ascii=False) + "\n")
                lines += 1
    return ExportResult(len(images), lines)
