"""A page as it is planned: style, sections in order, and what each of them shows.

MM-WebAgent (arXiv 2604.15309) plans in prose, with lists of assets beside it; whether a page is
what was planned only another model can say. This plan is typed, its parts have ids, and prose is
made from it: whether a page keeps to it can be measured.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from corpuswright.renderers.documents import looks

# Bounds of what a model may ask for: above any of the 120 released briefs, whose longest describes
# 14 sections; a page is still below the tallest that is shot.
MOST_SECTIONS, MOST_ITEMS, MOST_ROWS = 16, 9, 12

Library = Literal["bootstrap", "bulma", "pico", "uikit", "tabler", "daisyui"]
SectionKind = Literal[
    "nav", "hero", "features", "steps", "numbers", "gallery", "chart", "table", "quote", "people",
    "plans", "questions", "schedule", "story", "video", "signup", "call", "footer",
]  # fmt: skip
ChartKind = Literal["bar", "horizontal_bar", "grouped_bar", "stacked_bar", "line", "pie"]
Hex = Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")]
Line = Annotated[str, Field(max_length=160)]
Prose = Annotated[str, Field(max_length=700)]
FONTS = (*looks.FAMILIES, "Liberation Sans", "Liberation Serif", "DejaVu Sans")


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PagePlanError(ValueError):
    """A plan is none: the message says what was expected and seen, the reason what to count."""

    def __init__(self, reason: str, detail: str) -> None:
        """Take the reason to count and what was seen."""
        super().__init__(f"{reason}: {detail}")
        self.reason, self.detail = reason, detail


class Style(_Part):
    """Tokens that the whole page is set in.

    `accents` are used in turn: the first for what is to be pressed, then for panels and charts.
    """

    library: Library = "bootstrap"
    background: Hex = "#ffffff"
    surface: Hex = "#f3f5f8"
    ink: Hex = "#1b2430"
    accents: Annotated[list[Hex], Field(min_length=1, max_length=4)] = ["#2450d6"]
    heading_font: str = "Poppins"
    body_font: str = "Lato"
    radius: Annotated[int, Field(ge=0, le=32)] = 8
    cards: Literal["flat", "outlined", "raised"] = "flat"
    density: Literal["airy", "normal", "tight"] = "normal"
    size: Annotated[int, Field(ge=14, le=20)] = 16

    @model_validator(mode="after")
    def _known(self) -> Style:
        for font in (self.heading_font, self.body_font):
            if font not in FONTS:
                raise ValueError(f"expected a font of {sorted(FONTS)}, saw {font!r}")
        return self


class Picture(_Part):
    """A picture: what is seen on it, and the shape it is shown in.

    `source` is empty in a plan: whoever makes or finds the picture writes it there.
    """

    caption: Annotated[str, Field(min_length=3, max_length=400)]
    width: Annotated[int, Field(ge=64, le=2048)] = 1200
    height: Annotated[int, Field(ge=64, le=2048)] = 800
    kind: Literal["photograph", "illustration", "portrait"] = "photograph"
    source: Annotated[str, Field(max_length=300)] = ""


class Chart(_Part):
    """A chart and the table it shows; `values[series][category]`."""

    kind: ChartKind
    library: Literal["echarts", "vega"] = "echarts"
    title: Line = ""
    category: Line = ""
    value: Line = ""
    unit: Annotated[str, Field(max_length=24)] = ""
    categories: Annotated[list[Line], Field(min_length=2, max_length=MOST_ROWS)]
    series: Annotated[list[Line], Field(min_length=1, max_length=4)] = [""]
    values: list[list[Annotated[float, Field(ge=0, le=1e12)]]]

    @model_validator(mode="after")
    def _whole(self) -> Chart:
        if len(self.values) != len(self.series):
            raise ValueError(f"expected {len(self.series)} rows of values, saw {len(self.values)}")
        for row in self.values:
            if len(row) != len(self.categories):
                raise ValueError(f"expected {len(self.categories)} values a row, saw {len(row)}")
            if not any(row):
                raise ValueError("expected a value above 0, saw none")
        if len(self.series) > 1 and self.kind in ("bar", "horizontal_bar", "pie"):
            raise ValueError(f"a {self.kind} shows one series, saw {len(self.series)}")
        for names in (self.categories, self.series):
            if len(set(names)) != len(names):
                raise ValueError(f"expected names that differ, saw {names}")
        return self


class Video(_Part):
    """A video: what is seen on it, its size and length."""

    caption: Annotated[str, Field(min_length=3, max_length=400)]
    width: Annotated[int, Field(ge=64, le=2048)] = 1280
    height: Annotated[int, Field(ge=64, le=2048)] = 720
    seconds: Annotated[int, Field(ge=1, le=12)] = 4
    source: Annotated[str, Field(max_length=300)] = ""


class Item(_Part):
    """One of several alike things: a card, a step, a number, a person, a question, a plan.

    `value` is what is set large (a number, a price, an hour), `label` what is set small beside it.
    """

    heading: Line = ""
    text: Prose = ""
    value: Annotated[str, Field(max_length=24)] = ""
    label: Line = ""
    icon: Annotated[str, Field(pattern=r"^[a-z0-9-]{0,40}$")] = ""
    points: Annotated[list[Line], Field(max_length=6)] = []
    button: Annotated[str, Field(max_length=40)] = ""
    picture: Picture | None = None


class Section(_Part):
    """A part of the page from side to side; which fields it shows hangs on its kind.

    `tone` is what it stands on: the page's background, its surface, an accent, or ink.
    """

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,23}$")]
    kind: SectionKind
    layout: Literal["centred", "left", "media_right", "media_left", "grid", "row"] = "grid"
    tone: Literal["background", "surface", "accent", "second", "ink"] = "background"
    tag: Line = ""
    heading: Line = ""
    text: Prose = ""
    items: Annotated[list[Item], Field(max_length=MOST_ITEMS)] = []
    buttons: Annotated[list[Annotated[str, Field(min_length=1, max_length=40)]],
                       Field(max_length=4)] = []  # fmt: skip
    columns: Annotated[list[Line], Field(max_length=6)] = []
    rows: Annotated[list[list[Line]], Field(max_length=MOST_ROWS)] = []
    picture: Picture | None = None
    video: Video | None = None
    chart: Chart | None = None

    @model_validator(mode="after")
    def _shown(self) -> Section:
        if self.kind in _ITEMS and not self.items:
            raise ValueError(f"{self.id}: a section {self.kind!r} shows items, saw none")
        if self.kind in ("chart", "video") and getattr(self, self.kind) is None:
            raise ValueError(f"{self.id}: a section {self.kind!r} shows a {self.kind}, saw none")
        if self.kind in ("table", "schedule") and not (self.columns and self.rows):
            raise ValueError(f"{self.id}: expected columns and rows, saw none")
        if any(len(row) != len(self.columns) for row in self.rows):
            raise ValueError(f"{self.id}: expected {len(self.columns)} cells in every row")
        if self.kind == "hero" and not self.heading:
            raise ValueError(f"{self.id}: expected a heading")
        return self


_ITEMS = ("features", "steps", "numbers", "gallery", "people", "plans", "questions", "quote")


class PagePlan(_Part):
    """A whole page. Sections stand one below the other, in this order."""

    title: Annotated[str, Field(min_length=1, max_length=120)]
    brand: Annotated[str, Field(min_length=1, max_length=60)]
    links: Annotated[list[Annotated[str, Field(min_length=1, max_length=30)]],
                     Field(max_length=7)] = []  # fmt: skip
    style: Style = Style()
    width: Annotated[int, Field(ge=960, le=1920)] = 1280
    sections: Annotated[list[Section], Field(min_length=1, max_length=MOST_SECTIONS)]

    @model_validator(mode="after")
    def _distinct(self) -> PagePlan:
        ids = [s.id for s in self.sections]
        if twice := sorted({i for i in ids if ids.count(i) > 1}):
            raise ValueError(f"expected ids that differ, saw {twice} twice")
        return self

    def pictures(self) -> Iterator[tuple[str, Picture]]:
        """Yield each picture with the id that it has in the page."""
        for section in self.sections:
            if section.picture:
                yield f"{section.id}.picture", section.picture
            for n, item in enumerate(section.items, 1):
                if item.picture:
                    yield f"{section.id}.item{n}.picture", item.picture

    def charts(self) -> Iterator[tuple[str, Chart]]:
        """Yield each chart with the id that it has in the page."""
        for section in self.sections:
            if section.chart:
                yield f"{section.id}.chart", section.chart

    def videos(self) -> Iterator[tuple[str, Video]]:
        """Yield each video with the id that it has in the page."""
        for section in self.sections:
            if section.video:
                yield f"{section.id}.video", section.video

    def tone(self, section: Section) -> str:
        """Return the colour that a section stands on."""
        style = self.style
        return {
            "background": style.background,
            "surface": style.surface,
            "accent": style.accents[0],
            "second": style.accents[min(1, len(style.accents) - 1)],
            "ink": style.ink,
        }[section.tone]


KINDS: tuple[str, ...] = get_args(SectionKind)


def read(plain: Any) -> PagePlan:
    """Return the plan that JSON values tell of.

    Raises:
        PagePlanError: `plan_invalid`, with the first thing that is wrong and where.
    """
    try:
        return PagePlan.model_validate(plain)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        seen = re.sub(r"\s+", " ", str(first.get("input")))[:80]
        raise PagePlanError("plan_invalid", f"{where}: {first['msg']}, saw {seen}") from None


def with_sources(
    plan: PagePlan, sources: Mapping[str, str], captions: Mapping[str, str] | None = None
) -> PagePlan:
    """Return a plan whose pictures and videos have come.

    Args:
        plan: The plan.
        sources: Paths by the ids in the page.
        captions: What is seen on them where that is known better, by the ids in the page.
    """
    said = captions or {}

    def of(thing: Any, id: str) -> Any:
        if thing is None or id not in sources:
            return thing
        new = {"source": sources[id], "caption": said.get(id, thing.caption)}
        return thing.model_copy(update=new)

    def placed(section: Section) -> Section:
        items = [
            item.model_copy(update={"picture": of(item.picture, f"{section.id}.item{n}.picture")})
            for n, item in enumerate(section.items, 1)
        ]
        own = {n: of(getattr(section, n), f"{section.id}.{n}") for n in ("picture", "video")}
        return section.model_copy(update={**own, "items": items})

    return plan.model_copy(update={"sections": [placed(s) for s in plan.sections]})
