"""`corpuswright score mm_webgen --self-test`: how often a judge of pages is wrong, on ours.

It is shown pages of a `webpages` release and the same pages with one defect, at the level at which
the benchmark would see that defect. A defect is found where the spoilt page scores less; a clean
page that scores less than 1 is a false alarm. A judge that finds all pages good, or all bad, is
refused.
"""

from __future__ import annotations

import io
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from PIL import Image

from corpuswright.pipelines.scoring import page_judge
from corpuswright.pipelines.scoring.judge_self_test import told
from corpuswright.quality.benchmarks import judge_error, mm_webgen
from corpuswright.quality.benchmarks.judge_error import Rate
from corpuswright.storage import samples
from corpuswright.storage.loaders.loader import Loader

CORPUS = "webpages"
NAME = "page_judge_error"
# The level at which a defect is seen; layout for what is not named. What no picture shows (a link,
# a description for screen readers, the rank of a heading) no judge of pictures is asked about.
LEVEL = {
    "missing_asset": "image", "distorted": "image", "chart_wrong": "chart",
    "chart_not_drawn": "chart", "low_contrast": "style", "palette_drift": "style",
    "font_drift": "style", "small_type": "style",
}  # fmt: skip
UNSEEN = ("alt_missing", "broken_link", "heading_order", "accessibility")
_SCHEMAS = {"layout": mm_webgen.Layout, "style": mm_webgen.Style, "image": mm_webgen.Asset,
            "chart": mm_webgen.Asset}  # fmt: skip


class Pair(NamedTuple):
    """A page and its spoilt version, at one level, with the request that asked for it."""

    key: str
    defect: str
    level: str
    request: str
    pictures: tuple[tuple[bytes, ...], tuple[bytes, ...]]  # clean, spoilt: the page, and a part


def pairs(store: Path) -> Iterator[Pair]:
    """Yield the pages of the newest release whose defect can be seen."""
    for record in Loader.open(store, CORPUS, seed=None).records():
        body = samples.read(record.files["json"])
        twin: Any = body.scene.state["twin"]
        if twin["issue"] in UNSEEN:
            continue
        level = LEVEL.get(twin["issue"], "layout")
        request = next(t.text for t in body.tasks if t.style == "full")
        clean, spoilt = record.files["png"], record.files["twin.png"]
        shown = [(page_judge.small(p),) for p in (clean, spoilt)]
        if level in ("image", "chart"):
            box = next(e.box for e in body.scene.elements if e.attributes["node"] == twin["node"])
            shown = [(*s, _part(p, box)) for s, p in zip(shown, (clean, spoilt), strict=True)]
        yield Pair(record.key, twin["kind"], level, request, (shown[0], shown[1]))


def _part(png: bytes, box: Any) -> bytes:
    with Image.open(io.BytesIO(png)) as image:
        x0, y0, x1, y1 = (int(v) for v in box)
        edges = (max(0, min(x0 - 16, image.width - 64)), max(0, min(y0 - 16, image.height - 64)),
                 min(image.width, x1 + 16), min(image.height, y1 + 16))  # fmt: skip
        sink = io.BytesIO()
        image.convert("RGB").crop(edges).save(sink, "PNG")
    return sink.getvalue()


def examine(store: Path, path: Path | None, out: Path | None) -> int:
    """Try a judge, print how often it is wrong; return 1 where nothing can be made of it.

    Raises:
        ModelError: It cannot be asked, or leaves questions unanswered.
    """
    if path is None:
        raise ValueError("--model: expected the judge that is to be tried")
    judge = page_judge.PageJudge.of(path, store)
    rows: list[tuple[Pair, float | None, float | None]] = []
    for number, pair in enumerate(pairs(store), 1):
        print(f"{number}: {pair.key} {pair.defect}")
        clean, spoilt = (_score(judge, pair, which) for which in (0, 1))
        rows.append((pair, clean, spoilt))
    made = report(judge.name, rows)
    tell(made)
    if out is not None:
        out.write_text(json.dumps(made, indent=2, ensure_ascii=False) + "\n", "utf-8")
    return 1 if made["refused"] else 0


def _score(judge: page_judge.PageJudge, pair: Pair, which: int) -> float | None:
    id = f"{pair.key}-{pair.level}-{which}"
    verdict = judge.ask(id, f"webgen_{pair.level}", pair.request, _SCHEMAS[pair.level],
                        *pair.pictures[which])  # fmt: skip
    if verdict is None:
        return None
    if isinstance(verdict, mm_webgen.Asset):
        return mm_webgen.scores(mm_webgen.Verdicts(images=[verdict]))["image"]
    field = {pair.level: verdict}
    return mm_webgen.scores(mm_webgen.Verdicts.model_validate(
        {k: v.model_dump() for k, v in field.items()}))[pair.level]  # fmt: skip


def report(name: str, rows: list[tuple[Pair, float | None, float | None]]) -> dict[str, Any]:
    """Return a judge's error, ready for JSON: in all, by level and by defect.

    `false_yes` are spoilt pages that scored as well as the clean ones, `false_no` clean pages that
    scored less than 1.
    """
    groups: dict[str, dict[str, list[Rate]]] = {
        n: defaultdict(lambda: [Rate(0, 0), Rate(0, 0)]) for n in ("level", "defect")
    }
    whole = [Rate(0, 0), Rate(0, 0)]
    lost = 0
    for pair, clean, spoilt in rows:
        if clean is None or spoilt is None:
            lost += 1
            continue
        seen = (Rate(int(spoilt >= clean), 1), Rate(int(clean < 1), 1))
        for held in (whole, groups["level"][pair.level], groups["defect"][pair.defect]):
            held[0], held[1] = held[0] + seen[0], held[1] + seen[1]
    error = judge_error.JudgeError(*whole)
    return {
        "benchmark": NAME, "judge": name, "pages": len(rows), "without_answer": lost,
        "refused": refusal(error), "all": _plain(whole),
        **{f"by_{n}": {k: _plain(v) for k, v in sorted(found.items())}
           for n, found in groups.items()},
    }  # fmt: skip


def refusal(error: judge_error.JudgeError) -> str:
    """Return why nothing can be made of a judge's scores; empty if something can."""
    missed, alarms = error.false_yes.share, error.false_no.share
    if missed is None or alarms is None:
        return "it gave no answers"
    if missed >= 0.9:
        return f"it scores {missed:.0%} of spoilt pages as well as clean ones: it does not look"
    if alarms >= 0.9:
        return f"it finds something wrong with {alarms:.0%} of clean pages"
    return ""


def _plain(rates: list[Rate]) -> dict[str, Any]:
    return {
        name: {"wrong": r.wrong, "of": r.of, "share": r.share,
               "interval": list(r.interval) if r.interval else None}
        for name, r in zip(("missed", "false_alarms"), rates, strict=True)
    }  # fmt: skip


def tell(made: Mapping[str, Any]) -> None:
    """Print a self-test."""
    print(f"{made['judge']}: {made['pages']} pages, each clean and with one defect")
    print(f"{'':24}{'defects missed':>32}{'clean pages blamed':>32}")
    for name, row in [("all", made["all"]), *made["by_level"].items(), *made["by_defect"].items()]:
        print(f"{name:24}{told(row['missed']):>32}{told(row['false_alarms']):>32}")
    if made["without_answer"]:
        print(f"{made['without_answer']} pages got no answer to both pictures")
    if made["refused"]:
        print(f"refused: {made['refused']}")
