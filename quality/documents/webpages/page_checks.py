"""A page's tasks held to what was shown: its request read back, its defect found and repaired."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping
from typing import Any

from corpuswright.annotators.documents.question import NUMBERS
from corpuswright.annotators.documents.webpages import requests
from corpuswright.quality.documents.webpages import (
    issues,
    reflection,
    second_look,
)
from corpuswright.quality.documents.webpages.repairs import Planned
from corpuswright.quality.execution import perform
from corpuswright.renderers.browser.gui import GuiRenderer
from corpuswright.renderers.documents import colours
from corpuswright.renderers.documents.content.tables import said
from corpuswright.renderers.documents.webpages import bundle, render, show
from corpuswright.renderers.documents.webpages.plan import PagePlan, read
from corpuswright.renderers.documents.webpages.tags import parts
from corpuswright.storage.records import Rejection, Sample, Scene, Task

VERSION = 2  # bump when a verdict can change

REQUEST, REPAIR = "prompt", "repair"
_QUOTED = re.compile(r"“([^“”]*)”")


def check(scene: Scene, task: Task) -> Rejection | None:
    """Say why a request or a repair is not of this page; None if it is."""
    plan = read(scene.state["plan"])
    if task.kind == REQUEST:
        for look in (_words, _order, _counts, _colours, _values):
            if fault := look(plan, scene, task.text):
                return Rejection(*fault)
        return None
    expected: Any = task.expected
    if expected["issue"] not in issues.WEIGHTS:
        return Rejection("unknown_issue", str(expected["issue"]))
    nodes = {p.id for p in parts(bundle.body(plan, lambda site, path: b""))}
    if expected["node"] not in nodes:
        return Rejection("no_such_element", str(expected["node"]))
    twin: Any = scene.state["twin"]
    if (expected["issue"], expected["node"]) != (twin["issue"], twin["node"]):
        return Rejection("another_defect", f"{twin['issue']} of {twin['node']}")
    return None


Fault = tuple[str, str] | None


def _words(plan: PagePlan, scene: Scene, text: str) -> Fault:
    """Return the first quotation that the page does not show."""
    shown = {e.text.strip("“”") for e in scene.elements if e.text}
    shown |= {plan.title, plan.brand}
    for s in plan.sections:
        shown |= {" | ".join(row) for row in s.rows}
        shown |= {i.icon.replace("-", " ") for i in s.items if i.icon}
        if s.chart:
            shown |= {s.chart.title}
    for quoted in _QUOTED.findall(text):
        if quoted not in shown:
            return "request_quotes_what_is_not_there", quoted[:120]
    return None


def _spoken(text: str) -> str:
    """Return a request without what it quotes."""
    return _QUOTED.sub("“”", text)


def _order(plan: PagePlan, scene: Scene, text: str) -> Fault:
    """Return where the sections that are named are not those of the page, in their order."""
    names = sorted(
        ((name, kind) for kind, options in requests.NAMES.items() for name in options),
        key=lambda n: -len(n[0]),
    )
    found = re.findall("|".join(re.escape(n) for n, _ in names), _spoken(text))
    kinds = [dict(names)[f] for f in found]
    wanted = [s.kind for s in plan.sections]
    return None if kinds == wanted else ("request_orders_otherwise", f"{kinds} for {wanted}")


def _counts(plan: PagePlan, scene: Scene, text: str) -> Fault:
    """Return a number of things that is another on the page."""
    spoken = _spoken(text)
    nouns = "cards|steps|figures|pictures|quotations|people|questions"
    said_ = [(NUMBERS.index(n), noun) for n, noun in
             re.findall(rf"\b({'|'.join(NUMBERS)}) ({nouns})\b", spoken)]  # fmt: skip
    wanted = [len(s.items) for s in plan.sections if len(s.items) > 1 and s.kind != "plans"]
    if said_ and [n for n, _ in said_] != wanted:
        return "request_counts_otherwise", f"{said_} for {wanted}"
    return None


_LOOK = re.compile(
    r"Use an? ([a-z ]+) background with ([a-z ]+) text, ([a-z ]+) surfaces,"
    r"(?: ([a-z, ]+) as accent)?"
)
_STANDS = re.compile(r", standing on ([a-z ]+)\.")
_FEW = re.compile(r"(?:Keep it in|The colours are) ([a-z, ]+)\.")


def _colours(plan: PagePlan, scene: Scene, text: str) -> Fault:
    """Return a colour that is said otherwise than it is."""
    spoken, style = _spoken(text), plan.style
    name = colours.name_of
    shares: Any = scene.state.get("colours") or {}
    accents = [name(a) for a in style.accents if shares.get(a, 1.0) >= requests.SEEN]
    pairs: list[tuple[list[str], list[str]]] = []
    if found := _LOOK.search(spoken):
        pairs.append(
            (
                [found[1], found[2], found[3], *_split(found[4] or "")],
                [name(style.background), name(style.ink), name(style.surface), *accents],
            )
        )
    if found := _FEW.search(spoken):
        pairs.append((_split(found[1]), [name(c) for c in requests.few(plan, shares)]))
    stands = _STANDS.findall(spoken)
    if stands:
        pairs.append((stands, [name(plan.tone(s)) for s in plan.sections]))
    for seen, wanted in pairs:
        if seen != wanted:
            return "request_paints_otherwise", f"{seen} for {wanted}"[:200]
    return None


def _split(text: str) -> list[str]:
    return [c for c in re.split(r", | and ", text) if c]


def _values(plan: PagePlan, scene: Scene, text: str) -> Fault:
    """Return a value of a chart that is said otherwise than the chart shows it."""
    found = re.findall(r"exactly these values(?: in [^:]{1,30})?: (.*?)\.(?: [A-Z]|$)", text)
    if not found:
        return None
    drawn = [chart for _, chart in plan.charts()]
    if len(found) != len(drawn):
        return "request_has_other_charts", f"{len(found)} for {len(drawn)}"
    for told, chart in zip(found, drawn, strict=True):
        table = bundle.table_of(chart)
        wanted = [
            f"{c} {said(v, table.decimals)}"
            for row in chart.values
            for c, v in zip(chart.categories, row, strict=True)
        ]
        if any(w not in told for w in wanted) or told.count(", ") < len(chart.categories) - 1:
            return "request_has_other_values", told[:120]
    return None


def wrong_versions(scene: Scene, task: Task) -> Iterator[tuple[str, Task]]:
    """Yield (kind of fault, task) for each way to make a request or a repair wrong."""

    def another(text: str) -> Task:
        return dataclasses.replace(task, text=text)

    if task.kind == REPAIR:
        other = next(k for k in issues.WEIGHTS if k != task.expected["issue"])
        yield "another_issue", dataclasses.replace(task, expected={**task.expected, "issue": other})
        return
    quoted = _QUOTED.findall(task.text)
    long = [q for q in quoted if len(q) > 6]
    if long:
        yield "invented_words", another(task.text.replace(f"“{long[-1]}”", f"“{long[-1]} now”"))
    plan = read(scene.state["plan"])
    named = [n for s in plan.sections for n in requests.NAMES[s.kind]
             if n in _spoken(task.text)]  # fmt: skip
    if len(named) > 3:
        a, b = named[1], named[-2]
        swapped = task.text.replace(a, "\0").replace(b, a).replace("\0", b)
        if a not in b and b not in a:
            yield "another_order", another(swapped)
    for count in ("three", "four", "six"):
        for noun in ("cards", "steps", "people", "questions"):
            if f"{count} {noun}" in _spoken(task.text):
                yield "another_count", another(task.text.replace(f"{count} {noun}",
                                                                 f"five {noun}", 1))  # fmt: skip
                return
    accent = colours.name_of(plan.style.accents[0])
    if f"surfaces, {accent}" in task.text:
        wrong = "teal" if accent != "teal" else "coral"
        yield "another_colour", another(task.text.replace(f"surfaces, {accent}",
                                                          f"surfaces, {wrong}", 1))  # fmt: skip


def planned(plan: PagePlan, files: Mapping[str, bytes], pages: GuiRenderer) -> Planned:
    """Return what a page is put back to, its pictures taken from files that are there."""
    sources = {id: t.source for id, t in [*plan.pictures(), *plan.videos()]}

    def again(id: str) -> tuple[str, bytes] | None:
        path = sources.get(id, "")
        return (path, files[path]) if path in files else None

    return Planned(plan, bundle.body(plan, pages.read), bundle.write(plan, pages.read), again)


def play(pages: GuiRenderer, sample: Sample) -> perform.Played:
    """Look at the page again, and find and repair the defect of its spoilt version.

    The page itself must be clean by both checkers; the defect must be found as what it is, at its
    element or in its place, and be gone after repair, with nothing else wrong. What is kept of a
    repair is the picture afterwards, and all its rounds.
    """
    scene = sample.scene
    files = render.files_of(scene, sample.spec.parameters, pages.read)
    home = planned(read(scene.state["plan"]), files, pages)

    def shown(page: Mapping[str, bytes], width: int) -> show.Shown:
        return show.show(page, width, pages, scene.scale[0], audit=True, printed=True)

    clean = shown(files, home.plan.width)
    found = issues.find(home.plan, parts(home.body), clean)
    faults = second_look.find(home.plan, parts(home.body), clean)
    if found or faults:
        kinds = sorted({i.kind for i in found} | {f.kind for f in faults})
        first = (found[0].node if found else faults[0].node) or "the page"
        why = Rejection("page_not_clean", f"{', '.join(kinds)} at {first}")
        return perform.Played(dict.fromkeys((t.key for t in sample.tasks), why), {})
    verdicts: dict[str, Rejection | None] = dict.fromkeys((t.key for t in sample.tasks), None)
    changes: dict[str, perform.Change] = {}
    for task in sample.tasks:
        if task.kind != REPAIR:
            continue
        spoilt = render.spoilt(scene, files)
        done = reflection.reflect(spoilt, home, lambda p: planned(p, files, pages), shown)
        verdicts[task.key] = _repaired(task, done)
        if verdicts[task.key] is None:
            rounds = [r.told() for r in done.rounds]
            changes[task.key] = perform.Change(done.best.shown.png, {"rounds": [None, rounds]})
    return perform.Played(verdicts, changes)


def _repaired(task: Task, done: reflection.Reflected) -> Rejection | None:
    expected: Any = task.expected
    if not any(i.kind == expected["issue"] for i in done.rounds[0].issues):
        seen = ", ".join(sorted({i.kind for i in done.rounds[0].issues})) or "nothing"
        return Rejection("defect_not_found", f"{expected['issue']} at {expected['node']}: {seen}")
    if done.best.issues or done.held_back:
        left = done.best.issues[0] if done.best.issues else None
        return Rejection("not_repaired", f"{left.kind} at {left.node}" if left else "held back")
    return None
