"""Briefs read without a model: what a page is called, its colours, its sections, their words.

People describe pages section by section, from the top; what stands in quotation marks is to be read
on the page. That much is taken literally; what a brief leaves open is filled in from the topic that
its words are nearest to.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from corpuswright.annotators.documents.webpages import brief_facts, brief_sections, brief_style
from corpuswright.annotators.documents.webpages.brief_sections import QUOTED, Described, quotes
from corpuswright.renderers.documents.content import topics
from corpuswright.renderers.documents.content.topics import Words
from corpuswright.renderers.documents.webpages import pictures, planner
from corpuswright.renderers.documents.webpages.plan import (
    MOST_ITEMS,
    MOST_ROWS,
    MOST_SECTIONS,
    Chart,
    Item,
    PagePlan,
    Picture,
    Section,
    SectionKind,
    read,
)

VERSION = 2  # bump when a brief is read otherwise

NEAR = 6  # words in common from which a topic is a brief's; its name counts five. Ours: below,
# a ceramics studio is taken for a coffee roaster
MUCH = 12  # quotations from which a brief is taken to give all words of a page; ours
MOST_BRIEF = 200_000  # letters; the longest of MM-WebGEN's 120 has some 25,000
_SHOWN = re.compile(r"photo|illustrat|image|picture|render|artwork|portrait", re.I)
_PAIR = re.compile(r"((?:[A-Z][A-Za-z0-9 &/'+-]{0,28}?)|(?:(?:19|20)\d\d)|(?:[a-z][a-z -]{2,24}?))"
                   r"\s*(?::|\(|–|—|-|=|\bat\b|\bis\b)?\s*(\d[\d,]*(?:\.\d+)?)\s*(%|k|M)?"
                   r"(?=[\s,.;)]|$)")  # fmt: skip


class BriefError(ValueError):
    """A brief says too little, or too much; the message says which."""


def plan(brief: str, rng: np.random.Generator) -> PagePlan:
    """Return the plan of the page that a brief describes.

    Args:
        brief: Any text, in English.
        rng: Fills in what it leaves open.

    Raises:
        BriefError: It is empty or too long.
    """
    if not brief.strip():
        raise BriefError("the brief is empty: expected a text that describes a page")
    if len(brief) > MOST_BRIEF:
        raise BriefError(f"the brief has {len(brief)} letters: expected {MOST_BRIEF} at most")
    words = topic(brief, rng)
    brand = _brand(brief) or words.brand
    if not words.topic:
        words = replace(words, headline=brand, intro=_subject(brief) or words.intro)
    style = brief_style.read(brief, planner.style(rng))
    found = list(brief_sections.merged(brief_sections.read(brief, brand)))
    kinds = [f.kind for f in found]
    told = brief_facts.sections(brief)
    if len(kinds) < 3:  # a line or two: the rest as such pages have it
        extra: list[SectionKind] = ["features", "quote", "call"] if words.topic else (
            ["call"] if told else ["features", "call"])  # fmt: skip
        found += [Described(k) for k in extra if k not in kinds]
    if "nav" not in kinds:
        found.insert(0, Described("nav"))
    if "hero" not in kinds:
        found.insert(1, Described("hero"))
    if "footer" not in kinds:
        found.append(Described("footer"))
    found = _ordered(found)[:MOST_SECTIONS]
    # Who says much says all: then nothing is made up beside it.
    whole = len(quotes(brief)) >= MUCH
    filler = planner.Planner(rng, words, style, 2)
    taken: Counter[str] = Counter()
    sections: list[Section] = []
    counts = brief_facts.counts(brief)
    for one in found:
        if (
            one.kind in told and not one.short and not taken[one.kind]
        ):  # its figures, in place of made ones
            heading = _cut(one.heading, 160) or told[one.kind].heading
            sections.append(told.pop(one.kind).model_copy(update={"heading": heading}))
            taken[one.kind] += 1
            continue
        own_words = bool(one.heading or one.short or one.texts or one.said_by)
        # What is told of twice stands there once; figures and voices are not made up.
        if not own_words and (taken[one.kind] or one.kind in ("numbers", "chart", "table") or (
            one.kind == "quote" and not words.topic)) and not _chart(one):  # fmt: skip
            continue
        taken[one.kind] += 1
        id = one.kind if taken[one.kind] == 1 else f"{one.kind}{taken[one.kind]}"
        made = _section(one, id, filler, brand, whole, counts.get(one.kind, 0))
        if made is not None:
            sections.append(made)
    more = [s for k, s in told.items() if not taken[k]][: MOST_SECTIONS - len(sections)]
    # Before what asks for something, which ends a page.
    ends = next((n for n, s in enumerate(sections) if s.kind in ("call", "signup")), -1)
    sections[ends:ends] = more
    footer = sections[-1]
    contact = [c for c in brief_facts.contacts(brief) if c not in footer.text]
    line = _cut(" · ".join([footer.text, *contact]), 700)
    sections[-1] = footer.model_copy(update={"text": line})
    links = next((f.short + f.buttons for f in found if f.kind == "nav"), [])
    links = [q for q in links if q != brand and len(q) <= 30][:7] or list(words.nav[:4])
    title = next((s.heading for s in sections if s.kind == "hero"), brand)
    sections = _with_all(brief, sections, [brand, *links])
    plain = {
        "title": _cut(f"{brand}: {title}" if title != brand else brand, 120),
        "brand": _cut(brand, 60), "links": links, "style": style.model_dump(),
        "sections": [s.model_dump() for s in sections],
    }  # fmt: skip
    return read(plain)


def topic(brief: str, rng: np.random.Generator) -> Words:
    """Return the words of the topic that a brief is nearest to; neutral ones if it is near none."""
    said = Counter(w[:6] for w in pictures.words_of(brief) if len(w) > 3)

    def near(one: dict[str, Any]) -> int:
        name = {w[:6] for w in pictures.words_of(one["name"])}
        texts = [*one["headlines"], *one["intros"], *one["nav"], *(p[0] for p in one["points"])]
        own = {w[:6] for w in pictures.words_of(" ".join(texts)) if len(w) > 3}
        return sum(min(said[w], 3) for w in own) + 5 * sum(min(said[w], 3) for w in name)

    known = list(topics.topics())
    scores = [near(t) for t in known]
    best = max(scores)
    choice = known[scores.index(best)] if best >= NEAR else planner.neutral()
    return topics.words_of(rng, choice)


def _brand(brief: str) -> str:
    """Return what the page is for: what is quoted, or written large, where it is named."""
    start = brief[:600]
    before = r"(?:(?:page|site|website) titled|called|named|for|brand(?:ed)?)"
    named = re.search(before + r"\s+[“\"]([^”\"]{2,60})[”\"]", start)
    if named:
        return named[1]
    large = re.search(r"\b(?:for|called|named)\s+(?:the\s+|an?\s+)?((?:[A-Z][\w&'-]+\s?){1,4})",
                      start)  # fmt: skip
    if large:
        return large[1].strip()
    if headed := re.match(r"\s*#+\s*(.{2,60})", brief):  # a heading in Markdown
        return headed[1].strip()
    first = re.search(r"[“\"]([^”\"]{2,40})[”\"]", brief[:120])
    if first and len(first[1].split()) <= 4:
        return first[1]
    about = re.match(r"\s*(?:an?|the)\s+([^.,;:“\"\n]{4,50}?)(?= with| that|[.,;:“\"\n]|$)", brief,
                     re.I)  # fmt: skip
    page = about and re.search(r"page|site|website", about[1], re.I)
    return about[1][0].upper() + about[1][1:] if about and not page else ""


def _ordered(found: list[Described]) -> list[Described]:
    """Return sections with the bar first and the footer last."""
    top = [f for f in found if f.kind == "nav"]
    bottom = [f for f in found if f.kind == "footer"]
    middle = [f for f in found if f.kind not in ("nav", "footer")]
    return [*top, *middle[: MOST_SECTIONS - len(top) - len(bottom)], *bottom]


def _section(
    found: Described, id: str, filler: planner.Planner, brand: str, whole: bool, count: int
) -> Section | None:
    """Return a section: what is said of it, and the filler's where nothing is (not if `whole`).

    None for figures that a brief asks for and does not give: they are not made up.
    """
    kind = found.kind
    ends = {"nav": filler.nav, "hero": filler.hero, "footer": filler.footer}
    chart = _chart(found) if kind in ("chart", "numbers", "features", "story") else None
    if kind in ("chart", "table", "numbers") and chart is None:
        if not found.short and not found.texts:
            return None
        if kind != "numbers" or not any(re.search(r"\d", q) for q in found.short):
            text = " ".join([*found.texts, *found.short])
            return Section(id=id, kind="story", layout="left", heading=_cut(found.heading, 160),
                           text=_cut(text, 700))  # fmt: skip
    other: SectionKind = "story" if kind in ("video", "chart", "table", "numbers") else kind
    own: Section = ends[kind]() if kind in ends else filler.section(other, count)
    if kind == "numbers":
        own = own.model_copy(
            update={
                "kind": "numbers",
                "layout": "row",
                "picture": None,
                "text": "",
                "heading": "",
                "items": [Item(value="0")],
            }
        )
    if kind == "chart":
        layout = own.layout if found.heading or found.texts else "left"
        bare = {"picture": None, "text": "", "heading": ""}
        own = own.model_copy(update={"kind": "chart", "layout": layout, "chart": chart, **bare})
    changes: dict[str, Any] = {"id": id}
    if found.heading:
        changes["heading"] = _cut(found.heading, 160)
    elif kind == "hero":
        changes["heading"] = brand
    if found.tag:
        changes["tag"] = _cut(found.tag, 160)
    if kind in ("hero", "call", "signup", "chart", "table", "schedule", "story"):
        rest = [*found.texts, *found.short]  # nothing else of it can hold words
        if rest:
            changes["text"] = _cut(" ".join(rest), 700)
    elif found.texts:
        changes["text"] = _cut(found.texts[0], 700)
    elif found.sentences:
        changes["text"] = ""
    if found.buttons:
        changes["buttons"] = [_cut(b, 40) for b in found.buttons[:4]]
    elif kind not in ("hero", "call", "signup"):
        changes["buttons"] = []
    if kind == "nav":
        changes["buttons"] = changes["buttons"][-1:] if found.buttons else []
    if kind == "footer":
        line = " · ".join([*found.texts, *found.short])
        changes["text"] = _cut(line, 700) if line else f"© {brand}"
        changes["heading"], changes["buttons"] = "", found.buttons[:4]
    if shown := _shown(found):
        changes["picture"] = shown
        if kind in ("hero", "story") and own.layout not in ("media_left", "media_right"):
            changes["layout"] = "media_right"
    elif kind == "hero" and own.picture is not None and found.sentences:
        changes["picture"] = None if len(found.sentences) > 2 else own.picture
    if kind == "schedule" and len(found.short) > 3:
        rows = [found.short[i : i + 2] for i in range(0, len(found.short) // 2 * 2, 2)]
        changes |= {"columns": ["When", "What"], "rows": rows[:MOST_ROWS], "text": ""}
    if chart is not None and kind != "numbers":
        changes["chart"] = chart
    if items := _items(found, own, whole):
        changes["items"] = items
    elif own.items and whole:
        text = " ".join([*found.texts, *found.short])
        return Section(id=id, kind="story", layout="left", tone=own.tone, tag=found.tag,
                       heading=_cut(found.heading, 160), text=_cut(text, 700),
                       buttons=[_cut(b, 40) for b in found.buttons[:4]])  # fmt: skip
    return Section.model_validate({**own.model_dump(), **_plain(changes)})


def _with_all(brief: str, sections: list[Section], more: list[str]) -> list[Section]:
    """Return sections with what the brief quotes and none of them shows, before the footer."""
    held = [s for one in sections for s in _strings(one.model_dump())]
    shown = folded(" ".join([*held, *more]))
    left = [q for q in dict.fromkeys(quotes(brief)) if folded(q) and folded(q) not in shown]
    if not left or len(sections) >= MOST_SECTIONS:
        return sections
    each = -(-len(left) // MOST_ITEMS)
    groups = [left[i : i + each] for i in range(0, len(left), each)]
    items = [
        Item(heading=_cut(g[0], 160), points=[_cut(p, 160) for p in g[1:7]])
        if len(g[0]) <= 90 else Item(text=_cut(g[0], 700), points=[_cut(p, 160) for p in g[1:7]])
        for g in groups
    ]  # fmt: skip
    return [*sections[:-1], Section(id="more", kind="features", items=items), sections[-1]]


def _subject(brief: str) -> str:
    """Return what a page is about, in the brief's own words; empty where it does not say."""
    end = r"(?= called| named| that| which| with|[.,;:“\"\n]|$)"
    found = re.search(r"(?:\b(?:for|of|about) )(an? [^.,;:“\"\n]{5,80}?)" + end, brief[:600])
    return f"{found[1][0].upper()}{found[1][1:]}." if found else ""


def _plain(changes: dict[str, Any]) -> dict[str, Any]:
    def plain(value: Any) -> Any:
        if isinstance(value, list):
            return [plain(v) for v in value]
        return value.model_dump() if hasattr(value, "model_dump") else value

    return {k: plain(v) for k, v in changes.items()}


def _shown(found: Described) -> Picture | None:
    """Return the picture that a section is said to show, described as the brief does."""
    if found.kind not in ("hero", "story", "video"):
        return None
    said = [s for s in found.sentences if _SHOWN.search(s)]
    if not said:
        return None
    drawn = re.search(r"illustrat|vector|flat|abstract|pattern", " ".join(said), re.I)
    return Picture(caption=_cut(" ".join(said), 400), width=1200, height=900,
                   kind="illustration" if drawn else "photograph")  # fmt: skip


def _items(found: Described, own: Section, whole: bool) -> list[Item]:
    """Return the things that a section shows: short quotations, the long after each."""
    if found.said_by:
        people = [Item(text=text, heading=name or "A guest") for text, name in found.said_by]
        return people[:MOST_ITEMS]
    if not own.items or not found.short:
        return []
    if found.kind == "numbers":
        values = [q for q in found.short if re.search(r"\d", q) and len(q) <= 24]
        labels = [q for q in found.short if q not in values]
        return [Item(value=v, label=_cut(labels[n] if n < len(labels) else found.heading or v, 160))
                for n, v in enumerate(values[:MOST_ITEMS])]  # fmt: skip
    texts = found.texts[1:] if found.heading or found.kind == "quote" else found.texts
    out: list[Item] = []
    if len(found.short) > MOST_ITEMS and found.kind in ("features", "people", "plans", "steps"):
        each = -(-len(found.short) // MOST_ITEMS)
        groups = [found.short[i : i + each] for i in range(0, len(found.short), each)]
        return [Item(heading=g[0], points=g[1:7]) for g in groups]
    for n, short in enumerate(found.short[:MOST_ITEMS]):
        text = _cut(texts[n], 700) if n < len(texts) else ""
        given = own.items[n] if n < len(own.items) and not whole else Item()
        if found.kind == "quote":
            out.append(Item(heading=short, text=text or given.text or short, label=""))
        elif found.kind == "gallery":
            about = given.picture or Picture(caption=short, width=800, height=600)
            picture = about.model_copy(update={"caption": short if len(short) > 2 else
                                               about.caption})  # fmt: skip
            out.append(Item(label=short, picture=picture))
        elif found.kind == "questions":
            out.append(Item(heading=short, text=text or given.text or "Ask us."))
        else:
            out.append(given.model_copy(update={"heading": short, "text": text}))
    return out


def _chart(found: Described) -> Chart | None:
    """Return the chart whose numbers a section gives; None where it gives none."""
    said = [s for s in found.sentences if re.search(r"\d", s)]
    pairs: dict[str, float] = {}
    unit = ""
    for sentence in said:
        sentence = sentence.split(":", 1)[-1]  # values come behind what they are of
        for name, number, sign in _PAIR.findall(QUOTED.sub(lambda m: (m[1] or m[2] or m[3]),
                                                           sentence)):  # fmt: skip
            value = float(number.replace(",", ""))
            if len(name.strip()) > 1 and value < 1e12:
                pairs.setdefault(_cut(name.strip(), 40), value)
                unit = unit or ("%" if sign == "%" else "")
    if len(pairs) < 2 or not any(pairs.values()):
        return None
    names = list(pairs)[:12]
    spoken = found.said.lower()
    kind = "line" if "line" in spoken else "pie" if re.search(r"pie|donut|doughnut", spoken) and (
        len(names) <= 6) else "horizontal_bar" if "horizontal" in spoken else "bar"  # fmt: skip
    of = re.search(
        r"\b(?:chart|graph) (?:of|showing|shows|with) (?:the )?([^:.,“]{3,60})", found.said
    )
    title = _cut(found.heading or (of[1].strip().capitalize() if of else ""), 160)
    return Chart(kind=kind, title=title, value=title[:60], unit=unit,
                 categories=names, values=[[pairs[n] for n in names]])  # fmt: skip


def _cut(text: str, most: int) -> str:
    """Return a text that is not longer than allowed, cut between words."""
    text = " ".join(text.split())
    return text if len(text) <= most else text[: most - 1].rsplit(" ", 1)[0] + "…"


def recall(brief: str, made: PagePlan) -> tuple[int, int]:
    """Return how many of the words that a brief quotes a plan has, and how many there are."""
    number = len(set(quotes(brief)))
    return number - len(missing(brief, made)), number


def missing(brief: str, made: PagePlan) -> list[str]:
    """Return what a brief quotes and a plan does not have."""
    shown = folded(" ".join(_strings(made.model_dump())))
    return [q for q in dict.fromkeys(quotes(brief)) if folded(q) not in shown]


def folded(text: str) -> str:
    """Return a text as words are compared: without case and punctuation."""
    return re.sub(r"\W+", " ", text).casefold().strip()


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():  # pyright: ignore[reportUnknownVariableType]
            yield from _strings(one)
    elif isinstance(value, list):
        for one in value:  # pyright: ignore[reportUnknownVariableType]
            yield from _strings(one)
