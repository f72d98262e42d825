"""Defects planted in pages one at a time: what the checker's recall is measured with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from corpuswright.renderers.documents import colours
from corpuswright.renderers.documents.content import topics
from corpuswright.renderers.documents.webpages import style_sheet
from corpuswright.renderers.documents.webpages.page_source import PageSource
from corpuswright.renderers.documents.webpages.plan import PagePlan
from corpuswright.renderers.documents.webpages.tags import Part

VERSION = 2  # bump when a seed plants another defect


@dataclass(frozen=True, slots=True)
class Planted:
    """A page with one defect: its name, the kind of issue it must be found as, and the element."""

    name: str
    files: Mapping[str, bytes]
    kind: str
    node: str
    about: str


@dataclass(slots=True)
class _Work:
    plan: PagePlan
    parts: Sequence[Part]
    page: PageSource
    rng: np.random.Generator

    def style(self, part: Part, **properties: str) -> None:
        """Set properties of an element: in its own attribute, or by a rule of the style sheet."""
        if self.rng.uniform() < 0.5:
            self.page.style(self.page.find(part.id), **properties)
        else:
            self.page.add_rule(part.id, **properties)

    def pick(self, *roles: str, most: int = 0) -> Any:
        """Return the part and element of some role; None if there is none."""
        found = [p for p in self.parts if p.role in roles and len(p.text) >= most]
        if not found:
            return None
        part = found[int(self.rng.integers(0, len(found)))]
        return part, self.page.find(part.id)


# What is left standing on pages of people.
_STRAY = ("Lorem ipsum dolor sit amet, consectetur adipiscing elit.", "Your text here",
          "Draft, do not publish", "Heading goes here")  # fmt: skip
Defect = Callable[[_Work], tuple[str, str] | None]  # → (element, what was done)


def _missing_element(w: _Work) -> tuple[str, str] | None:
    found = w.pick("card", "button", "heading", "section heading", "text", "link", "value")
    if found is None:
        return None
    part, element = found
    w.page.remove(element)
    return part.id, f"the {part.role} was taken out"


def _hidden(w: _Work) -> tuple[str, str] | None:
    part, _ = w.pick("card", "button", "section heading", "title")
    ways = ({"opacity": "0"}, {"visibility": "hidden"}, {"display": "none"})
    how = ways[int(w.rng.integers(0, 3))]
    w.style(part, **how)
    return part.id, "; ".join(f"{k}: {v}" for k, v in how.items())


def _missing_asset(w: _Work) -> tuple[str, str] | None:
    found = w.pick("picture")
    if found is None:
        return None
    part, element = found
    old = str(element.get("src"))
    stem, dot, ending = old.rpartition(".")
    ways = (
        f"{stem}-2{dot}{ending}",
        f"{stem}{dot}webp",
        f"img/{old}",
        old.replace("assets", "asset"),
    )
    element.set("src", str(w.rng.choice(ways)))
    return part.id, "the file that it names is not there"


def _wrong_text(w: _Work) -> tuple[str, str] | None:
    part, element = w.pick("heading", "section heading", "text", "label", "button", "title",
                           "quotation", most=5)  # fmt: skip
    places = [i for i, c in enumerate(part.text) if c.isalpha()]
    i = places[int(w.rng.integers(0, len(places)))]
    old = part.text[i]
    new = str(w.rng.choice([c for c in "abcdefghiklmnoprstuvwy" if c != old.lower()]))
    new = new.upper() if old.isupper() else new
    element.text = part.text[:i] + new + part.text[i + 1 :]
    return part.id, f"letter {i + 1} is another"


def _overlap(w: _Work) -> tuple[str, str] | None:
    groups: dict[str, list[Part]] = {}
    for p in w.parts:
        if p.role == "card" and p.parent.split(".")[0] not in ("questions", "quote", "hero"):
            groups.setdefault(p.parent, []).append(p)
    rows = [g for g in groups.values() if 1 < len(g) < 5]
    if not rows:
        return None
    row = rows[int(w.rng.integers(0, len(rows)))]
    part = row[int(w.rng.integers(1, len(row)))]
    push = int(w.rng.integers(70, 160))
    w.style(part, position="relative", left=f"-{push}px")
    return part.id, f"pushed {push} px over its neighbour"


def _overflow(w: _Work) -> tuple[str, str] | None:
    found = [p for p in w.parts if p.role in ("text", "heading") and len(p.text) > 22
             and ".item" in p.parent]  # fmt: skip
    if not found:
        return None
    part = found[int(w.rng.integers(0, len(found)))]
    size = max(28, round(1500 / len(part.text)))
    w.style(part, white_space="nowrap", font_size=f"{size}px")
    return part.id, "set in one line, larger"


def _low_contrast(w: _Work) -> tuple[str, str] | None:
    part, _ = w.pick("heading", "text", "section heading", "title", "value")
    ground = w.plan.tone(next(s for s in w.plan.sections if s.id == part.section))
    if part.parent != part.section:
        section = next(s for s in w.plan.sections if s.id == part.section)
        if ".item" in part.parent and section.kind not in ("numbers", "questions"):
            ground = style_sheet.card(w.plan, section.tone)
    mixed = [round(int(ground[i : i + 2], 16) * 0.86 + 128 * 0.14) for i in (1, 3, 5)]
    colour = colours.hex_of(*mixed)
    w.style(part, color=colour)
    return part.id, f"{colour} on {ground}"


def _small_type(w: _Work) -> tuple[str, str] | None:
    part, _ = w.pick("text", "label", "button", "link", "cell")
    size = int(w.rng.integers(7, 11))
    w.style(part, font_size=f"{size}px")
    return part.id, f"{size} px"


def _chart_wrong(w: _Work) -> tuple[str, str] | None:
    charts = w.page.charts()
    if not charts:
        return None
    chart = charts[int(w.rng.integers(0, len(charts)))]
    marks = chart["series"][0]["marks"]
    mark = marks[int(w.rng.integers(0, len(marks)))]
    share = float(w.rng.choice([0.5, 0.75, 0.9]))
    mark["value"] = mark["value"] * share
    w.page.set_charts(charts)
    return str(chart["id"]), f"{mark['category']} at {share:.0%} of its value"


def _chart_not_drawn(w: _Work) -> tuple[str, str] | None:
    charts = [p for p in w.parts if p.role == "chart"]
    if not charts:
        return None
    w.page.files.pop("assets/charts.js")
    return charts[0].id, "the script that draws it is not there"


def _palette_drift(w: _Work) -> tuple[str, str] | None:
    found = w.pick("card", "button")
    if found is None:
        return None
    part, _ = found
    known = style_sheet.palette(w.plan)
    far = [c for c in colours.NAMED.values() if all(colours.difference(c, k) > 12 for k in known)]
    fill = far[int(w.rng.integers(0, len(far)))]
    w.style(part, background=fill)
    return part.id, f"filled with {fill}"


def _alt_missing(w: _Work) -> tuple[str, str] | None:
    found = w.pick("picture")
    if found is None:
        return None
    part, element = found
    if w.rng.uniform() < 0.5:
        element.attrib.pop("alt")
    else:
        element.set("alt", "")
    return part.id, "no description"


def _heading_order(w: _Work) -> tuple[str, str] | None:
    found = w.pick("heading", "section heading")
    if found is None:
        return None
    part, element = found
    element.tag = {"h2": "h4", "h3": "h5"}.get(part.tag, "h6")
    return part.id, f"<{element.tag}> for <{part.tag}>"


def _broken_link(w: _Work) -> tuple[str, str] | None:
    links = [p for p in w.parts if p.tag == "a"]
    part = links[int(w.rng.integers(0, len(links)))]
    w.page.find(part.id).set(
        "href", str(w.rng.choice(["#", "#more", "#contact-us", "#shop", "#team-2", "#main"]))
    )
    return part.id, "leads nowhere"


def _wrong_order(w: _Work) -> tuple[str, str] | None:
    sections = [s.id for s in w.plan.sections if s.kind not in ("nav", "footer", "hero")]
    groups = [sections] if len(sections) > 1 else []
    cards: dict[str, list[str]] = {}
    for p in w.parts:
        if p.role in ("card", "number", "link"):
            cards.setdefault(p.parent + p.role, []).append(p.id)
    groups += [g for g in cards.values() if len(g) > 1]
    if not groups:
        return None
    group = groups[int(w.rng.integers(0, len(groups)))]
    i = int(w.rng.integers(0, len(group) - 1))
    a, b = w.page.find(group[i]), w.page.find(group[i + 1])
    b.addnext(a)
    return group[i], f"stands behind {group[i + 1]}"


def _distorted(w: _Work) -> tuple[str, str] | None:
    found = [p for p in w.parts if p.role == "picture" and p.section not in ("people", "quote")]
    if not found:
        return None
    part = found[int(w.rng.integers(0, len(found)))]
    w.style(part, object_fit="fill", height="60px", aspect_ratio="auto")
    return part.id, "pressed to 60 px"


def _font_drift(w: _Work) -> tuple[str, str] | None:
    part, _ = w.pick("heading", "text", "section heading", "button", "value")
    w.style(part, font_family="'DejaVu Sans Mono'")
    return part.id, "in DejaVu Sans Mono"


def _too_wide(w: _Work) -> tuple[str, str] | None:
    part, _ = w.pick("section", "footer")
    w.style(part, width=f"{w.plan.width + int(w.rng.integers(60, 500))}px")
    return part.id, "wider than the window"


def _misplaced(w: _Work) -> tuple[str, str] | None:
    part, element = w.pick("card", "button", "section heading")
    others = [s.id for s in w.plan.sections if s.id != part.section]
    goal = others[int(w.rng.integers(0, len(others)))]
    w.page.remove(element)
    w.page.find(goal)[0].append(element)
    return part.id, f"put into {goal}"


def _unplanned(w: _Work) -> tuple[str, str] | None:
    part, element = w.pick("section")
    topics_ = topics.topics()
    other = topics_[int(w.rng.integers(0, len(topics_)))]
    text = str(w.rng.choice([*other["intros"], *other["taglines"], *_STRAY]))
    extra = w.page.parsed_text("p", text)
    element[0].append(extra)
    return part.id, "holds words of no plan"


def _unlabelled(w: _Work) -> tuple[str, str] | None:
    found = w.pick("field")
    if found is None:
        return None
    part, element = found
    element.attrib.pop("id")
    element.attrib.pop("placeholder", None)
    return part.id, "a field without a label"


# By name: how, and the kind of issue it must be found as.
DEFECTS: Mapping[str, tuple[Defect, str]] = {
    "missing_element": (_missing_element, "missing_element"),
    "hidden": (_hidden, "missing_element"),
    "missing_asset": (_missing_asset, "missing_asset"),
    "wrong_text": (_wrong_text, "wrong_text"),
    "overlap": (_overlap, "overlap"),
    "overflow": (_overflow, "overflow"),
    "low_contrast": (_low_contrast, "low_contrast"),
    "small_type": (_small_type, "small_type"),
    "chart_wrong": (_chart_wrong, "chart_wrong"),
    "chart_not_drawn": (_chart_not_drawn, "chart_not_drawn"),
    "palette_drift": (_palette_drift, "palette_drift"),
    "alt_missing": (_alt_missing, "alt_missing"),
    "heading_order": (_heading_order, "heading_order"),
    "broken_link": (_broken_link, "broken_link"),
    "wrong_order": (_wrong_order, "wrong_order"),
    "distorted": (_distorted, "distorted"),
    "font_drift": (_font_drift, "font_drift"),
    "too_wide": (_too_wide, "too_wide"),
    "misplaced": (_misplaced, "misplaced"),
    "unplanned": (_unplanned, "unplanned"),
    "unlabelled": (_unlabelled, "accessibility"),
}


def plant(
    name: str, plan: PagePlan, parts: Sequence[Part], files: Mapping[str, bytes],
    rng: np.random.Generator,
) -> Planted | None:  # fmt: skip
    """Return a page with one defect of a kind; None where it has nothing that can be spoilt so."""
    make, kind = DEFECTS[name]
    page = PageSource.of(files)
    work = _Work(plan, parts, page, rng)
    done = make(work)
    if done is None:
        return None
    node, about = done
    return Planted(name, page.write(), kind, node, about)
