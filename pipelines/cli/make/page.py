"""`corpuswright page`: a web page from a brief."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from corpuswright.pipelines.cli.console import DONE, FAILED, NOTHING_KEPT, PACKAGES, Positive

if TYPE_CHECKING:
    from corpuswright.assets.documents.page_maker import Maker

MOST_BRIEFS = 100_000  # of one file


def page(
    brief: str,
    /,
    *,
    to: Path,
    model: Path | None = None,
    images: Path | None = None,
    videos: Path | None = None,
    pictures: Path | None = None,
    data: Annotated[list[Path] | None, Parameter(consume_multiple=True)] = None,
    seed: str = "",
    rounds: Positive = 3,
    inputs: Path = PACKAGES,
) -> int:
    """Make a web page from a brief: planned, put together, checked and repaired.

    The folder gets `index.html` with all it loads, `plan.json`, `page.png`, and `report.json`: each
    round's issues and edits, and what a second checker says. Without a model the brief is read by a
    grammar and what it leaves open is drawn from the seed; nothing is asked of any network.

    Args:
        brief: A text, a file of one, or JSON lines of briefs (`input`, `file_id`; one folder each).
        to: Folder that the page is written to.
        model: JSON file that names the model which plans and reviews (annotators/llm).
        images: JSON file of an endpoint that makes pictures: `base_url`, `model`, `sizes`, `most`.
        videos: The same of one that makes videos.
        pictures: Your own pictures, instead of those of packages: a folder, their captions in
            `credits.csv`.
        data: Tables (CSV, JSON) that the page's charts show, in order.
        seed: Another one draws another page.
        rounds: How often the model reviews at most.
        inputs: Where fetched packages are kept.
    """
    from corpuswright.assets.documents import page_maker, page_sources

    if to.is_dir() and any(to.iterdir()) and not (to / page_maker.LEDGER).exists():
        raise LookupError(f"--to: expected a new or empty folder, or one of pages, saw {to}")
    to.mkdir(parents=True, exist_ok=True)
    (to / page_maker.LEDGER).mkdir(exist_ok=True)
    renderer, offered = page_sources.opened(inputs, pictures)
    maker = page_maker.Maker(
        renderer, offered, (to / page_maker.LEDGER).resolve(), page_sources.model(model),
        page_sources.endpoint(images), page_sources.endpoint(videos),
        page_sources.tables(data or ()), seed, rounds,
    )  # fmt: skip
    if brief.endswith(".jsonl"):
        return _all(maker, Path(brief), to)
    return _one(maker, page_sources.text_of(brief), to)


def _one(maker: Maker, brief: str, to: Path) -> int:
    from corpuswright.assets.documents import page_sources

    try:
        report = maker.make(brief, to, print)
    except page_sources.NOT_MADE as error:
        print(f"not made: {page_sources.reason(error)}: {error}")
        return FAILED
    _tell(report)
    print(f"the page:   {to / 'index.html'}\nas picture: {to / 'page.png'}")
    print(f"the report: {to / 'report.json'}")
    return DONE


def _tell(report: dict[str, Any]) -> None:
    words = report["quoted_words"]
    if words["in_the_brief"]:
        asked, found = words["in_the_brief"], words["on_the_page"]
        print(f"{found} of {asked} quotations of the brief are on it")
    for text in words["not_on_the_page"][:5]:
        print(f"not on it: “{text[:80]}”")
    second = report["reported_by"]
    print(f"second checker: {second['first']:g} as it was made, {second['kept']:g} as it is")
    if report["held_back"]:
        print("kept as it was made: the second checker found the repaired page worse")
    for issue in report["issues_left"]:
        print(f"left: {issue['kind']} at {issue['node'] or 'the page'}: {issue['seen']}")
    for id, why in report["media"].items():
        print(f"{id}: {why}")


def _all(maker: Maker, file: Path, to: Path) -> int:
    from corpuswright.assets.documents import page_sources

    made, asked, found, left = 0, 0, 0, 0
    reasons: Counter[str] = Counter()
    for name, brief in list(_briefs(file)):
        folder = to / name
        report = _made(folder)
        if report.get("of") != maker.made_of(brief):  # not by an earlier run
            try:
                report = maker.make(brief, folder, lambda line, n=name: print(f"{n}: {line}"))
            except page_sources.NOT_MADE as error:
                reasons[page_sources.reason(error)] += 1
                print(f"{name}: not made: {error}")
                continue
        made += 1
        asked += report["quoted_words"]["in_the_brief"]
        found += report["quoted_words"]["on_the_page"]
        left += len(report["issues_left"])
    print(f"{made} pages in {to}, {left} issues left; of {asked} quotations {found} are on them")
    for reason, count in reasons.most_common():
        print(f"  {count} {reason}")
    return DONE if made else NOTHING_KEPT


def _made(folder: Path) -> dict[str, Any]:
    """Return the report of a page that stands in a folder; empty if there is none."""
    try:
        return json.loads((folder / "report.json").read_text("utf-8"))
    except (OSError, ValueError):
        return {}


def _briefs(file: Path) -> Iterator[tuple[str, str]]:
    """Yield (name, brief) of a file; raises LookupError if a line is none."""
    seen: set[str] = set()
    with file.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if number > MOST_BRIEFS:
                raise LookupError(f"{file}: expected {MOST_BRIEFS} lines at most")
            if not line.strip():
                continue
            try:
                row = json.loads(line)
                name, text = str(row.get("file_id", f"{number:06d}")), str(row["input"])
            except (ValueError, KeyError, AttributeError, TypeError) as error:
                raise LookupError(
                    f"{file}, line {number}: expected an object with `input`: {error}"
                ) from None
            safe = "".join(c if c.isalnum() or c in "-_" else "_" for c in name)[:80]
            if safe in seen:
                raise LookupError(f"{file}, line {number}: a second brief of the name {name!r}")
            seen.add(safe)
            yield safe or f"{number:06d}", text
