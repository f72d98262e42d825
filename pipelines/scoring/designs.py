"""`corpuswright score designs`: pictures that a model made from our prompts, checked without one.

Each picture is seen by OCR, colours and geometry (`quality.documents.foreign`) and asked the
questions of its document. What cannot be told is not counted, and how much that is stands beside
the share. `--self-test` puts our own pictures and their twins to the same eyes: how often these are
wrong, by kind of question.
"""

from __future__ import annotations

import io
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from PIL import Image

from corpuswright.annotators.documents.seen import Seen
from corpuswright.pipelines.scoring import judge_self_test
from corpuswright.quality.benchmarks import judge_error
from corpuswright.quality.benchmarks.judge_error import Rate
from corpuswright.quality.documents.foreign import picture
from corpuswright.renderers import ocr
from corpuswright.renderers.documents.document import Document, from_json
from corpuswright.storage import samples
from corpuswright.storage.loaders.loader import Loader
from corpuswright.storage.media import decoder, images
from corpuswright.storage.records import Task

CORPUS = "designs"
ENDINGS = ("png", "jpg", "jpeg", "webp")
NAMED = 5  # pictures that are named; the report has all


class Asked(NamedTuple):
    """A document of a release: its plan, its questions, its picture and that of its twin."""

    key: str
    document: Document
    questions: tuple[Task, ...]
    png: bytes
    twin: bytes


class Said(NamedTuple):
    """One question: its dimension and kind, what is so, what the checker says (None: untold)."""

    dimension: str
    kind: str
    right: bool
    said: bool | None


def asked(store: Path) -> Iterator[Asked]:
    """Yield the documents of the newest release."""
    for record in Loader.open(store, CORPUS, seed=None).records():
        body = samples.read(record.files["json"])
        state: Any = body.scene.state
        questions = tuple(t for t in body.tasks if "twin" in t.expected)
        yield Asked(record.key, from_json(state["document"]), questions, record.files["png"],
                    record.files["twin.png"])  # fmt: skip


def score(store: Path, made: Path, out: Path | None) -> int:
    """Score a folder of `KEY.png`, print the report; return the exit code.

    Raises:
        LookupError: No picture is there.
    """
    _ready()
    rows: list[Said] = []
    without: list[str] = []
    refused: dict[str, str] = {}
    for one in asked(store):
        path = next((p for e in ENDINGS if (p := made / f"{one.key}.{e}").is_file()), None)
        if path is None:
            without.append(one.key)
            continue
        try:
            _, image = decoder.decoded(path.read_bytes(), most=images.MAX_PIXELS)
        except decoder.Refused as error:
            refused[one.key] = str(error.rejection.reason)
            continue
        print(f"{one.key}")
        rows += _answers(one, picture.seen(one.document, image), "answer")
    if not rows:
        raise LookupError(f"--predictions: expected KEY.png of documents of {store}, saw none")
    report = {
        "benchmark": CORPUS, "checker": picture.VERSION, "ocr": ocr.version(),
        "questions": len(rows), "without_picture": without, "not_decoded": refused,
        "all": _share(rows), **_groups(rows, _share),
    }  # fmt: skip
    _tell(report, "as the document was to be")
    if without or refused:
        print(f"{len(without)} documents without a picture, {len(refused)} pictures not decoded")
    return _written(report, out)


def examine(store: Path, out: Path | None) -> int:
    """Put our own pictures and their twins to the checker, and print how often it is wrong."""
    _ready()
    rows: list[Said] = []
    for one in asked(store):
        print(one.key)
        for png, which in ((one.png, "answer"), (one.twin, "twin")):
            with Image.open(io.BytesIO(png)) as image:
                rows += _answers(one, picture.seen(one.document, image), which)
    told = [(r.right, r.said) for r in rows if r.said is not None]
    report = {
        "benchmark": f"{CORPUS}_checker", "checker": picture.VERSION, "ocr": ocr.version(),
        "questions": len(rows), "all": _error(rows), **_groups(rows, _error),
        "rates": judge_self_test.plain(judge_error.measure(told)),
    }  # fmt: skip
    _tell(report, "wrong")
    return _written(report, out)


def _ready() -> None:
    if not ocr.available():
        raise RuntimeError("pictures of others need OCR: pip install 'corpuswright[ocr]'")


def _answers(one: Asked, view: Seen, which: str) -> list[Said]:
    out: list[Said] = []
    for task in one.questions:
        expected: Any = task.expected
        said = picture.answer(expected["predicate"], one.document, view)
        out.append(Said(str(expected["dimension"]), task.kind, bool(expected[which]), said))
    return out


def _share(rows: list[Said]) -> dict[str, Any]:
    told = [r for r in rows if r.said is not None]
    return _plain(Rate(sum(r.said == r.right for r in told), len(told)), len(rows))


def _error(rows: list[Said]) -> dict[str, Any]:
    told = [r for r in rows if r.said is not None]
    return _plain(Rate(sum(r.said != r.right for r in told), len(told)), len(rows))


def _plain(rate: Rate, of: int) -> dict[str, Any]:
    return {"number": rate.wrong, "told": rate.of, "asked": of, "share": rate.share,
            "interval": list(rate.interval) if rate.interval else None}  # fmt: skip


def _groups(rows: list[Said], how: Any) -> dict[str, dict[str, Any]]:
    out: dict[str, dict[str, Any]] = {}
    for name in ("dimension", "kind"):
        found: dict[str, list[Said]] = defaultdict(list)
        for row in rows:
            found[getattr(row, name)].append(row)
        out[f"by_{name}"] = {k: how(v) for k, v in sorted(found.items())}
    return out


def _tell(report: Mapping[str, Any], what: str) -> None:
    print(f"{report['benchmark']}: {report['questions']} questions, by {report['ocr']}")
    print(f"{'':24}{what:>32}{'told':>10}")
    for name, row in [("all", report["all"]), *report["by_dimension"].items(),
                      *report["by_kind"].items()]:  # fmt: skip
        low, high = row["interval"] or (0.0, 0.0)
        told = "-" if row["share"] is None else f"{row['share']:.1%} ({low:.1%} to {high:.1%})"
        print(f"{name:24}{told:>32}{row['told'] / max(1, row['asked']):>10.0%}")


def _written(report: Mapping[str, Any], out: Path | None) -> int:
    if out is not None:
        out.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", "utf-8")
    return 0
