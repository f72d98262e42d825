"""`corpuswright score mm_webgen`: pages made from its briefs, by the six released levels.

Pages are folders named by `file_id`, with `index.html` or `main.html`. A judge is asked if one is
named; else verdicts that a judge has given before are read from `verdicts.json` beside the page.
What needs no judge is told in any case: words of the brief that are on the page, broken pictures
and links, what axe-core finds.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from corpuswright.annotators.documents.webpages import briefs
from corpuswright.assets.documents import page_sources
from corpuswright.pipelines.scoring import page_judge
from corpuswright.quality.benchmarks import mm_webgen
from corpuswright.quality.benchmarks.mm_webgen import Verdicts, WebGenBrief
from corpuswright.renderers.browser.gui import GuiRenderer
from corpuswright.renderers.documents.webpages import show
from corpuswright.renderers.documents.webpages.show import Shown
from corpuswright.renderers.faults import EngineFault, PageFault

VERDICTS = "verdicts.json"
INDEXES = ("index.html", "main.html")
WIDTH = 1440  # of the window; ours: the released shots are 1280 to 1536 wide
MOST_FILES, MOST_BYTES = 2_000, 256 << 20  # of one page
NAMED = 5  # pages that are named; the report has all


def score(data: Path, made: Path, model: Path | None, out: Path | None, inputs: Path) -> int:
    """Score a folder of pages, print the report; return the exit code.

    Raises:
        WebGenError: Briefs or verdicts cannot be read, or no page is there.
    """
    wanted = mm_webgen.read(data)
    there = {b.id: f for b in wanted if (f := _folder(made, b.id)) is not None}
    if not there:
        raise mm_webgen.WebGenError(
            f"{made}: expected folders with {' or '.join(INDEXES)}, such as {wanted[0].id}"
        )
    judge = None if model is None else page_judge.PageJudge.of(model, made)
    renderer = page_sources.browser(inputs)
    pages: dict[str, Verdicts] = {}
    exact: dict[str, dict[str, Any]] = {}
    unseen: dict[str, str] = {}
    for number, brief in enumerate(wanted, 1):
        if brief.id not in there:
            continue
        print(f"{number} of {len(wanted)}: {brief.id}")
        shown = seen(there[brief.id], renderer)
        if isinstance(shown, str):
            unseen[brief.id] = shown
            continue
        exact[brief.id] = measures(brief, shown)
        if judge is not None:
            pages[brief.id] = judge.verdicts(brief, shown)
            told = json.dumps(pages[brief.id].model_dump(), indent=1)
            (there[brief.id] / VERDICTS).write_text(told, "utf-8")
        elif (held := there[brief.id] / VERDICTS).exists():
            pages[brief.id] = mm_webgen.verdicts_of(json.loads(held.read_text("utf-8")), str(held))
    report = {
        "benchmark": "mm_webgen", "judge": judge.name if judge else "verdicts.json",
        **mm_webgen.score(pages, wanted), "without_page": [b.id for b in wanted
                                                           if b.id not in there],
        "not_shown": unseen, "measured": exact,
    }  # fmt: skip
    tell(report)
    if out is not None:
        out.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", "utf-8")
    return 0


def _folder(made: Path, id: str) -> Path | None:
    safe = "".join(c if c.isalnum() or c in "-_" else "_" for c in id)
    folder = made / safe
    return folder if any((folder / name).is_file() for name in INDEXES) else None


def seen(folder: Path, renderer: GuiRenderer) -> Shown | str:
    """Return a page shown, or why it is not."""
    try:
        files = dict(_files(folder))
        index = next(name for name in INDEXES if name in files)
        return show.show(files, WIDTH, renderer, audit=True, index=index, foreign=True)
    except (PageFault, EngineFault) as fault:
        return f"{fault.reason}: {fault.value}"


def _files(folder: Path) -> Iterator[tuple[str, bytes]]:
    total = 0
    for number, path in enumerate(sorted(p for p in folder.rglob("*") if p.is_file())):
        if path.is_symlink() and not path.resolve().is_relative_to(folder.resolve()):
            continue  # what lies elsewhere is none of the page
        total += path.stat().st_size
        if number >= MOST_FILES or total > MOST_BYTES:
            raise PageFault("page_too_large", f"more than {MOST_FILES} files or {MOST_BYTES} bytes")
        yield path.relative_to(folder).as_posix(), path.read_bytes()


def measures(brief: WebGenBrief, shown: Shown) -> dict[str, Any]:
    """Return what is measured of a page without a judge."""
    found = shown.found
    asked = list(dict.fromkeys(briefs.quotes(brief.text)))
    text = briefs.folded(found["words"])
    kinds = Counter(m["kind"] for m in found["media"])
    rules = Counter({v["rule"]: len(v["nodes"]) for v in shown.audit or ()})
    return {
        "quoted": len(asked),
        "quoted_on_the_page": sum(briefs.folded(q) in text for q in asked),
        "images": kinds["image"], "videos": kinds["video"], "charts": kinds["chart"],
        "broken_images": found["broken_images"],
        "broken_links": sum(not link["reached"] for link in found["links"]),
        "wider_than_the_window": found["wide"] > found["view"] + 1,
        "accessibility": dict(rules),
        "unreached": list(shown.unreached),
    }  # fmt: skip


def tell(report: Mapping[str, Any]) -> None:
    """Print a report."""
    print(f"mm_webgen: {report['pages']} of {report['briefs']} pages with verdicts")
    levels: Mapping[str, float | None] = report["levels"]
    print("  ".join(f"{n:>10}" for n in (*levels, "average")))
    print("  ".join(f"{_told(v):>10}" for v in (*levels.values(), report["average"])))
    for level, ids in report["without_verdict"].items():
        print(f"{level} has no score: no verdict of {_some(ids)}")
    if absent := [level for level, v in levels.items()
                  if v is None and level not in report["without_verdict"]]:  # fmt: skip
        print(f"no page has, and no brief asks for: {', '.join(absent)}; so there is no average")
    if report["without_page"]:
        print(f"without a page: {_some(report['without_page'])}")
    for id, why in list(report["not_shown"].items())[:NAMED]:
        print(f"not shown: {id}: {why}")
    rows = list(report["measured"].values())
    if rows:
        quoted, there = (sum(r[n] for r in rows) for n in ("quoted", "quoted_on_the_page"))
        faults = sum(sum(r["accessibility"].values()) for r in rows)
        print(f"measured: {there} of {quoted} quotations of the briefs are on the pages")
        print(f"  {sum(r['broken_images'] for r in rows)} broken pictures, "
              f"{sum(r['broken_links'] for r in rows)} links that lead nowhere, "
              f"{faults} faults by axe-core")  # fmt: skip


def _some(ids: Sequence[str]) -> str:
    more = f" and {len(ids) - NAMED} more" if len(ids) > NAMED else ""
    return ", ".join(ids[:NAMED]) + more


def _told(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"
