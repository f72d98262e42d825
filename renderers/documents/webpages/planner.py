"""Plans of pages, drawn from a seed: a style, sections in an order that sites have, and words."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast, get_args

import numpy as np

from corpuswright.renderers.documents import colours, looks
from corpuswright.renderers.documents.content import topics
from corpuswright.renderers.documents.content.tables import said
from corpuswright.renderers.documents.content.topics import Words
from corpuswright.renderers.documents.webpages import pictures
from corpuswright.renderers.documents.webpages.plan import (
    MOST_ITEMS,
    Chart,
    ChartKind,
    Item,
    Library,
    PagePlan,
    Picture,
    Section,
    SectionKind,
    Style,
)

VERSION = 3  # bump when a seed gives another plan

_PHRASES = Path(__file__).parent / "phrases.toml"
LIBRARIES: tuple[str, ...] = get_args(Library)
WIDTHS = (1280, 1366, 1440)
# What sites of a kind show between hero and footer; the last always asks for something.
ARCHETYPES: Mapping[str, Sequence[SectionKind]] = {
    "landing page": ("features", "numbers", "quote", "plans", "questions", "call"),
    "company site": ("story", "features", "people", "chart", "quote", "signup"),
    "annual report": ("numbers", "chart", "table", "story", "people", "call"),
    "portfolio": ("gallery", "story", "quote", "steps", "call"),
    "service page": ("steps", "features", "schedule", "questions", "people", "signup"),
    "campaign page": ("story", "numbers", "gallery", "steps", "chart", "signup"),
}
# Who sells by the month; the others have no prices on their pages.
_SOLD = ("bicycles", "coffee", "payments", "data platform", "logistics", "solar")
_OPEN = ("library", "clinic", "museum", "school", "fashion", "photography", "bicycles", "car hire")
# Topics that photographs of places and of clothes suit; others are shown with illustrations.
_SEEN: Mapping[str, str] = {
    "travel": "mountains lake canal path city bridge",
    "photography": "sky towers skyline sunset clouds city",
    "fashion": "clothes suit coat shirt bag woman",
    "car hire": "vintage car bridge hills path",
    "climate": "snowy peaks clouds hills water",
    "museum": "palace towers church bridge old",
    "marathon": "bridge river city skyline",
}


@functools.cache
def neutral() -> dict[str, Any]:
    """Return the topic of pages of which nobody has said what they are about."""
    return tomllib.loads((Path(__file__).parent / "neutral.toml").read_text("utf-8"))


@functools.cache
def phrases() -> Mapping[str, Any]:
    """Return what pages say besides their topic."""
    return tomllib.loads(_PHRASES.read_text("utf-8"))


def style(rng: np.random.Generator) -> Style:
    """Return a style: a scheme of colours, a pair of typefaces, corners, room."""
    look = looks.draw(rng, looks.PAIRS)
    return Style(
        library=cast(Library, LIBRARIES[int(rng.integers(0, len(LIBRARIES)))]),
        background=look.background, surface=look.surface, ink=look.ink,
        accents=list(look.accents[: int(rng.integers(2, 5))]), heading_font=look.heading,
        body_font=look.body, radius=look.radius,
        cards=_one(rng, ["flat", "outlined", "raised"]),
        density=_one(rng, ["airy", "normal", "normal", "tight"]),
        size=int(rng.choice([15, 16, 16, 17, 18])),
    )  # fmt: skip


def plan(rng: np.random.Generator, level: int = 2, library: str = "") -> PagePlan:
    """Return the plan of a page.

    Args:
        rng: Draws it.
        level: 1 to 3: how much there is on it.
        library: Of components; drawn if empty.
    """
    words = topics.draw(rng)
    kind = _one(rng, list(ARCHETYPES))
    wanted: list[SectionKind] = [k for k in ARCHETYPES[kind] if _suits(k, words.topic)]
    last, middle = wanted[-1], wanted[:-1]
    keep = min(len(middle), 1 + level + int(rng.integers(0, 2)))
    chosen = sorted(rng.choice(len(middle), keep, replace=False).tolist())
    tokens = style(rng)
    if library:
        tokens = tokens.model_copy(update={"library": library})
    return whole(rng, words, tokens, [*(middle[i] for i in chosen), last], level)


def whole(
    rng: np.random.Generator, words: Words, tokens: Style, middle: Sequence[SectionKind], level: int
) -> PagePlan:
    """Return the plan of a page of some words: bar, hero, sections of some kinds, footer."""
    writer = Planner(rng, words, tokens, level)
    sections = [writer.nav(), writer.hero()]
    for kind in middle:
        made = writer.section(kind)
        if made.id not in [s.id for s in sections]:
            sections.append(made)
    sections.append(writer.footer())
    return PagePlan(
        title=f"{words.brand}: {words.headline}", brand=words.brand,
        links=list(words.nav[: 3 + (level > 1)]), style=tokens, width=_one(rng, list(WIDTHS)),
        sections=sections,
    )  # fmt: skip


def _suits(kind: str, topic: str) -> bool:
    return {"plans": topic in _SOLD, "schedule": topic in _OPEN,
            "gallery": topic in _SEEN}.get(kind, True)  # fmt: skip


def _one(rng: np.random.Generator, options: Sequence[Any]) -> Any:
    return options[int(rng.integers(0, len(options)))]


class Planner:
    """Makes sections of some words, one after the other."""

    def __init__(self, rng: np.random.Generator, words: Words, tokens: Style, level: int) -> None:
        self.rng, self.words, self.style, self.level = rng, words, tokens, level
        self.said = phrases()
        self.names = {k: rng.permutation(self.said[k]).tolist() for k in ("women", "men")}
        self.faces = [o for o in pictures.shipped() if o.portrait]
        self.faces = [self.faces[i] for i in rng.permutation(len(self.faces)).tolist()]
        self.points = list(words.points)
        self.toned = "background"
        self.shown: set[str] = set()
        self.wanted = 0

    def section(self, kind: SectionKind, count: int = 0) -> Section:
        """Return a section of a kind; `count` is how many things it shows, 0 for a usual number."""
        self.wanted = count
        make: Mapping[str, Callable[[], Section]] = {
            "features": self.features, "numbers": self.numbers, "quote": self.quote,
            "plans": self.plans, "questions": self.questions, "call": self.call,
            "story": self.story, "people": self.people, "chart": self.chart, "table": self.table,
            "signup": self.signup, "gallery": self.gallery, "steps": self.steps,
            "schedule": self.schedule,
        }  # fmt: skip
        return make[kind]()

    def phrase(self, name: str) -> str:
        """Return one of some phrases."""
        return str(_one(self.rng, self.said[name]))

    def tone(self, strong: bool = False) -> Any:
        """Return what the next section stands on: never twice the same in a row."""
        options = ["background", "surface"]
        if strong:
            options = ["accent", "second", "ink", "surface"]
        if self._alike("surface"):
            options = [o for o in options if o != "surface"] or options
        options = [o for o in options if o != self.toned] or options
        self.toned = str(_one(self.rng, options))
        return self.toned

    def _alike(self, tone: str) -> bool:
        return colours.difference(self.style.background, self.style.surface) < 3

    def photograph(self, width: int, height: int) -> Picture:
        """Return a picture that suits the topic: a photograph, or an illustration."""
        about = _SEEN.get(self.words.topic)
        if about is None:
            drawn = [c for c in pictures.ILLUSTRATIONS if c not in self.shown]
            caption = str(_one(self.rng, drawn or list(pictures.ILLUSTRATIONS)))
            self.shown.add(caption)
            return Picture(caption=caption, width=width, height=height, kind="illustration")
        seen = [o for o in pictures.shipped() if not o.portrait]
        asked = set(pictures.words_of(about))
        seen = [o for o in seen if o.caption not in self.shown] or seen
        fitting = [o for o in seen if asked & set(pictures.words_of(o.caption))] or seen
        caption = str(_one(self.rng, fitting).caption)
        self.shown.add(caption)
        return Picture(caption=caption, width=width, height=height)

    def person(self, number: int) -> tuple[str, str]:
        """Return the caption of a portrait and a name for it."""
        caption = self.faces[number].caption
        return caption, self.names["women" if "woman" in caption else "men"][number]

    def nav(self) -> Section:
        """Return the bar at the top."""
        tone = _one(self.rng, ["background", "background", "surface", "ink"])
        buttons = [self.words.actions[-1]] if self.rng.uniform() < 0.7 else []
        return Section(id="nav", kind="nav", layout="row", tone=tone, buttons=buttons)

    def hero(self) -> Section:
        """Return the first section: title, introduction, what to press, and something to see."""
        w = self.words
        layout = _one(self.rng, ["media_right", "media_right", "media_left", "centred", "left"])
        beside = layout in ("media_right", "media_left")
        tone = self.tone(strong=bool(self.rng.uniform() < 0.6))
        drawn = float(self.rng.uniform())
        picture: Picture | None = None
        items: list[Item] = []
        if beside and drawn < 0.25:
            items = [Item(heading=p.heading, text=p.sentence, icon=p.icon)
                     for p in self.points[-2:]]  # fmt: skip
        elif beside:
            picture = self.photograph(1200, _one(self.rng, [800, 900, 1000]))
        elif drawn < 0.7:
            picture = self.photograph(1600, _one(self.rng, [520, 600]))
        return Section(
            id="hero", kind="hero", layout=layout, tone=tone, heading=w.headline,
            tag=self.phrase("tags") if self.rng.uniform() < 0.35 else "",
            text=w.intro, buttons=list(w.actions[: int(self.rng.integers(1, 3))]),
            picture=picture, items=items,
        )  # fmt: skip

    def features(self) -> Section:
        """Return cards of what is offered."""
        count = self.wanted or _one(self.rng, [[3], [3, 4], [4, 6]][self.level - 1])
        used = self.points[:count]
        return Section(
            id="features", kind="features", tone=self.tone(), heading=self.phrase(
                "feature_headings"), layout=_one(self.rng, ["grid", "left"]),
            items=[Item(heading=p.heading, text=p.sentence, icon=p.icon) for p in used],
        )  # fmt: skip

    def steps(self) -> Section:
        """Return what happens, one step after the other."""
        count = self.wanted or (3 if self.level < 3 else 4)
        return Section(
            id="steps", kind="steps", tone=self.tone(), heading=self.phrase("step_headings"),
            layout=_one(self.rng, ["grid", "left"]),
            items=[Item(heading=a, text=b) for a, b in self.words.steps[:count]],
        )  # fmt: skip

    def numbers(self) -> Section:
        """Return some figures, set large."""
        count = 3 if self.level < 2 else 4
        return Section(
            id="numbers", kind="numbers", tone=self.tone(strong=True), layout="row",
            items=[Item(value=f.text, label=f.label) for f in self.words.figures[:count]],
        )  # fmt: skip

    def quote(self) -> Section:
        """Return what people say."""
        known = {t["name"]: t for t in topics.topics()}
        quotes = known.get(self.words.topic, neutral())["quotes"]
        several = self.level > 1 and len(quotes) > 1 and self.rng.uniform() < 0.6
        said_ = quotes[:2] if several else [list(self.words.quote)]
        items = [Item(text=text, heading=name, label=role) for text, name, role in said_]
        return Section(
            id="quote", kind="quote", layout="grid", tone=self.tone(),
            heading=self.phrase("quote_headings") if several else "", items=items,
        )  # fmt: skip

    def people(self) -> Section:
        """Return portraits of a team."""
        count = min(self.wanted or (3 if self.level < 3 else 4), 8)
        roles = self.rng.permutation(self.said["roles"]).tolist()
        bios = self.rng.permutation(self.said["bios"]).tolist()
        items: list[Item] = []
        for n in range(count):
            caption, name = self.person(n)
            face = Picture(caption=caption, width=400, height=400, kind="portrait")
            items.append(Item(heading=name, label=roles[n], text=bios[n], picture=face))
        return Section(id="people", kind="people", tone=self.tone(), layout="grid",
                       heading=self.phrase("people_headings"), items=items)  # fmt: skip

    def plans(self) -> Section:
        """Return what is sold, at three prices."""
        base = int(self.rng.choice([9, 12, 19, 24, 29]))
        items = [
            Item(heading=name, value=f"${round(base * f)}", label="a month", points=points,
                 button="Choose " + name)
            for f, (name, points) in zip((1.0, 2.4, 5.0), self.said["offers"], strict=True)
        ]  # fmt: skip
        return Section(id="prices", kind="plans", tone=self.tone(), layout="grid",
                       heading=self.phrase("plan_headings"), items=items)  # fmt: skip

    def questions(self) -> Section:
        """Return questions and their answers."""
        bank = self.said["questions"]
        count = min(self.wanted or (4 if self.level < 3 else 6), len(bank))
        chosen = self.rng.choice(len(bank), count, replace=False).tolist()
        return Section(
            id="questions", kind="questions", tone=self.tone(), layout="left",
            heading=self.phrase("question_headings"),
            items=[Item(heading=bank[i][0], text=bank[i][1]) for i in chosen],
        )  # fmt: skip

    def gallery(self) -> Section:
        """Return pictures with a line below each."""
        count = min(self.wanted or (3 if self.level < 2 else _one(self.rng, [3, 4, 6])), MOST_ITEMS)
        items: list[Item] = []
        seen: set[str] = set()
        for _ in range(count * 6):
            picture = self.photograph(800, 600)
            if not _SEEN.get(self.words.topic):  # nothing suits: all there are
                every = [o for o in pictures.shipped() if not o.portrait]
                picture = Picture(caption=_one(self.rng, every).caption, width=800, height=600)
            if picture.caption not in seen and len(items) < count:
                seen.add(picture.caption)
                items.append(Item(label=picture.caption, picture=picture))
        return Section(id="gallery", kind="gallery", tone=self.tone(), layout="grid",
                       heading=self.phrase("gallery_headings"), items=items)  # fmt: skip

    def story(self) -> Section:
        """Return a paragraph about those whose page it is, beside a picture."""
        return Section(
            id="story", kind="story", tone=self.tone(), heading=self.phrase("story_headings"),
            layout=_one(self.rng, ["media_right", "media_left"]), text=self.phrase("stories"),
            picture=self.photograph(1000, 800),
        )  # fmt: skip

    def chart(self) -> Section:
        """Return how one of the figures came to be what it is."""
        made, text = self._figures()
        return Section(
            id="data", kind="chart", tone=self.tone(), heading=self.phrase("chart_headings"),
            layout=_one(self.rng, ["media_right", "media_left", "left"]), text=text, chart=made,
        )  # fmt: skip

    def _figures(self) -> tuple[Chart, str]:
        table = topics.history(self.rng, self.words, 3 + self.level * 2)
        kind: ChartKind = _one(self.rng, ["bar", "line", "horizontal_bar"])
        values = [list(row) for row in table.values]
        chart = Chart(
            kind=kind, library=_one(self.rng, ["echarts", "vega"]), title=table.title,
            category=table.category, value=table.value, unit=table.unit,
            categories=list(table.categories), values=values,
        )  # fmt: skip
        return chart, self.phrase("chart_texts")

    def table(self) -> Section:
        """Return figures of some years as a table."""
        first = topics.history(self.rng, self.words, 5)
        years, columns = first.categories, dict[str, list[str]]()
        for n in range(3):
            h = topics.history(self.rng, self.words, 5, years, n)
            columns[h.value_title] = [said(v, h.decimals) for v in h.values[0]]
        rows = [[year, *(c[n] for c in columns.values())] for n, year in enumerate(years)]
        return Section(
            id="figures", kind="table", tone=self.tone(), layout="left",
            heading=self.phrase("table_headings"), columns=["Year", *columns], rows=rows,
        )  # fmt: skip

    def schedule(self) -> Section:
        """Return opening hours."""
        rows: list[list[str]] = []
        for day in self.said["days"]:
            opens = int(self.rng.integers(8, 11))
            closes = int(self.rng.integers(16, 21))
            closed = day == "Sunday" and self.rng.uniform() < 0.5
            rows.append([day, "closed" if closed else f"{opens}:00",
                         "closed" if closed else f"{closes}:00"])  # fmt: skip
        return Section(id="hours", kind="schedule", tone=self.tone(), layout="left",
                       heading=self.phrase("hours_headings"), columns=["Day", "Opens", "Closes"],
                       rows=rows)  # fmt: skip

    def signup(self) -> Section:
        """Return a field for an e-mail address."""
        return Section(id="signup", kind="signup", tone=self.tone(strong=True), layout="centred",
                       heading=self.phrase("signup_headings"), text=self.phrase("signup_texts"),
                       buttons=["Sign up"])  # fmt: skip

    def call(self) -> Section:
        """Return the last word, and what to press."""
        return Section(id="call", kind="call", tone=self.tone(strong=True),
                       layout=_one(self.rng, ["row", "centred"]), heading=self.words.tagline,
                       buttons=[self.words.actions[0]])  # fmt: skip

    def footer(self) -> Section:
        """Return the end of the page."""
        year = int(self.rng.integers(2023, 2027))
        return Section(
            id="footer", kind="footer", layout="row", tone=_one(self.rng, ["ink", "surface"]),
            text=f"© {year} {self.words.brand}. {self.phrase('footers')}",
        )  # fmt: skip
