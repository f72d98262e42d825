"""Deterministic repairs: edits that put a page back to its plan, smallest first.

Of an element first, then of its surroundings, then of the page. Where the plan itself gives what
is wrong (a word too long for its card, a chart with too many labels), the plan's own freedom is
used: a shorter line, another way to draw the same table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from corpuswright.quality.documents.webpages.issues import Issue
from corpuswright.renderers.documents.webpages.bundle import INDEX
from corpuswright.renderers.documents.webpages.page_source import PageSource
from corpuswright.renderers.documents.webpages.plan import PagePlan
from corpuswright.renderers.documents.webpages.tags import Tag

VERSION = 1  # bump when an issue is repaired otherwise

Assets = Callable[[str], tuple[str, bytes] | None]  # an element's id → its file's path and bytes


@dataclass(frozen=True, slots=True)
class Edit:
    """One change of a page: at which level, of what, how, and the HTML before and after."""

    level: str
    node: str
    action: str
    why: str
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Planned:
    """What a page is put back to.

    Attributes:
        plan: The plan.
        body: Its elements.
        files: Its files as they are made from the plan alone.
        assets: Gives the file of a picture or video again, None where there is none.
    """

    plan: PagePlan
    body: Sequence[Tag]
    files: Mapping[str, bytes]
    assets: Assets

    def tag(self, id: str) -> Tag | None:
        """Return a planned element; None for an id that no plan has."""
        return next((t for top in self.body for t, _ in top.walk() if t.id == id), None)

    def parent_of(self, id: str) -> str:
        """Return what an element stands in."""
        return next((p for top in self.body for t, p in top.walk() if t.id == id), "")


def repair(
    files: Mapping[str, bytes], found: Sequence[Issue], planned: Planned, level: str
) -> tuple[dict[str, bytes], list[Edit]]:
    """Return a page's files with the issues of one kind of edit repaired, and the edits.

    Args:
        files: The page as it is.
        found: What is wrong with it.
        planned: What it is put back to.
        level: `element`: what an issue names is written anew; `context`: the section around it;
            `page`: everything; `adjusted`: what cannot be had as it was planned is set otherwise.
    """
    page = PageSource.of(files)
    if level == "page":
        whole = {**planned.files, **_assets(planned, {p: b for p, b in page.files.items()})}
        return whole, [Edit("page", "", "written anew", _why(found))]
    edits: list[Edit] = []
    done: set[str] = set()
    # What stands elsewhere is put back first: what it does there is no fault of its own.
    for issue in sorted(found, key=lambda i: i.kind not in ("misplaced", "wrong_order")):
        at = _section(planned, issue.node) if level == "context" else issue.node
        if not at or at in done:
            continue
        before = page.html(at)
        if level == "adjusted":
            action = _adjust(page, issue)
        elif level == "context":
            action = _whole(page, at, planned)
        else:
            action = _restore(page, at, planned, issue)
        if action:
            done.add(at)
            edits.append(Edit(level, at, action, f"{issue.kind}: {issue.detail}", before,
                              page.html(at)))  # fmt: skip
    for path, data in planned.files.items():  # scripts and style sheets that went astray
        if path != INDEX and path not in page.files:
            page.files[path] = data
            edits.append(Edit(level, "", f"put {path} back", "missing file"))
    return page.write(), edits


def _why(found: Sequence[Issue]) -> str:
    return ", ".join(sorted({i.kind for i in found}))


def _section(planned: Planned, id: str) -> str:
    at = id
    while at and planned.parent_of(at):
        at = planned.parent_of(at)
    return at


def _restore(page: PageSource, id: str, planned: Planned, issue: Issue) -> str:
    """Write one element anew as it was planned; returns what was done, empty for nothing."""
    tag = planned.tag(id)
    element = page.find(id)
    page.drop_rules(id)
    if tag is None:
        if element is None:
            return ""
        page.remove(element)
        return "taken out"
    if issue.kind == "missing_asset":
        return _asset(page, id, planned)
    if tag.role == "chart":
        drawn = PageSource.of(planned.files).charts()
        page.set_charts(drawn)
    if element is not None and issue.kind not in ("misplaced", "wrong_order"):
        if tag.children:  # what stands in it may be as it should
            return _attributes(page, element, tag)
        new = page.parsed(tag)
        new.tail = element.tail
        element.getparent().replace(element, new)
        return "written anew"
    return _placed(page, id, planned, element)


def _whole(page: PageSource, id: str, planned: Planned) -> str:
    """Write a section anew, with all that stands in it."""
    tag, element = planned.tag(id), page.find(id)
    if tag is None or element is None:
        return "" if tag is None else _placed(page, id, planned, None)
    page.set_charts(PageSource.of(planned.files).charts())
    new = page.parsed(tag)
    new.tail = element.tail
    element.getparent().replace(element, new)
    return "written anew"


def _attributes(page: PageSource, element: Any, tag: Tag) -> str:
    """Give an element the name and attributes that were planned."""
    new = page.parsed(tag)
    element.tag = new.tag
    for name in list(element.attrib):
        del element.attrib[name]
    for name, value in new.attrib.items():
        element.set(name, value)
    planned = {c.get("class"): c for c in new if isinstance(c.tag, str)}
    for child in list(element):
        if isinstance(child.tag, str) and not child.get("data-node"):
            if child.get("class") not in planned:
                page.remove(child)  # of no plan
                continue
            for name in list(child.attrib):
                if name not in planned[child.get("class")].attrib:
                    del child.attrib[name]
    return "attributes set back"


def _placed(page: PageSource, id: str, planned: Planned, element: Any) -> str:
    """Put an element where it was planned, behind what stands before it there."""
    tag = planned.tag(id)
    home = planned.parent_of(id)
    if tag is None:
        return ""
    if element is not None:
        page.remove(element)
    if home:
        # The container may be one without an id: the parent is written anew, whole.
        parent, outer = page.find(home), planned.tag(home)
        if parent is None or outer is None:
            return ""
        new = page.parsed(outer)
        new.tail = parent.tail
        parent.getparent().replace(parent, new)
        return f"put back into {home}, which was written anew"
    order = [t.id for top in planned.body for t, p in top.walk() if not p]
    behind = [page.find(i) for i in order[: order.index(id)]]
    new = page.parsed(tag)
    for before in reversed([b for b in behind if b is not None]):
        if before.getparent() is not None and (before.tag == "nav") == (tag.name == "nav"):
            before.addnext(new)
            return "put back"
    mains = [e for e in page.tree.iter("main")]
    if not mains:
        return ""
    mains[0].insert(0, new)
    return "put back"


def _asset(page: PageSource, id: str, planned: Planned) -> str:
    given = planned.assets(id)
    element = page.find(id)
    if given is None or element is None:
        return ""
    path, data = given
    page.files[path] = data
    element.set("src", path)
    return f"{path} put in place"


def _assets(planned: Planned, have: Mapping[str, bytes]) -> dict[str, bytes]:
    out: dict[str, bytes] = {p: b for p, b in have.items() if p not in planned.files}
    for id, thing in [*planned.plan.pictures(), *planned.plan.videos()]:
        if thing.source and thing.source not in out:
            given = planned.assets(id)
            if given is not None:
                out[thing.source] = given[1]
    return out


def _adjust(page: PageSource, issue: Issue) -> str:
    """Set what cannot be had as it was planned otherwise; returns how, empty for nothing."""
    element = page.find(issue.node)
    if element is None:
        return ""
    if issue.kind in ("overflow", "overlap"):
        page.style(element, overflow_wrap="anywhere", min_width="0", white_space="normal",
                   hyphens="auto")  # fmt: skip
        return "long words may be broken"
    return ""


def simpler(plan: PagePlan, found: Sequence[Issue]) -> PagePlan | None:
    """Return a plan that can be drawn: charts whose labels did not fit lie on their side, wider.

    None where nothing of it can be had otherwise.
    """
    charts = {i.node for i in found if i.kind in ("chart_wrong", "chart_not_drawn")}
    sections = list(plan.sections)
    changed = False
    for n, section in enumerate(sections):
        if section.chart is None or f"{section.id}.chart" not in charts:
            continue
        chart = section.chart
        turned = chart.model_copy(update={
            "kind": "horizontal_bar" if chart.kind == "bar" else chart.kind,
            "library": "vega" if chart.library == "echarts" else "echarts"})  # fmt: skip
        layout = "left" if section.kind != "hero" else section.layout
        new = section.model_copy(update={"chart": turned, "layout": layout})
        # The same again would be drawn the same.
        if new != section and not (section.layout == "left" and chart.kind == "horizontal_bar"):
            sections[n], changed = new, True
    return plan.model_copy(update={"sections": sections}) if changed else None
