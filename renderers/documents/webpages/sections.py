"""Sections of a page as elements: one function a kind of section."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from corpuswright.renderers.documents.webpages.plan import (
    Chart,
    Item,
    PagePlan,
    Picture,
    Section,
    Video,
)
from corpuswright.renderers.documents.webpages.tags import Tag

# Classes of component libraries by what they are put on; a library has what its makers gave it.
CLASSES: Mapping[str, Mapping[str, str]] = {
    "bootstrap": {"card": "card", "button": "btn btn-primary", "quiet": "btn btn-outline-primary",
                  "table": "table", "input": "form-control", "inner": "container"},
    "bulma": {"card": "box", "button": "button is-primary", "quiet": "button is-outlined",
              "table": "table is-fullwidth", "input": "input", "inner": "container"},
    "pico": {"card": "", "button": "", "quiet": "outline", "table": "", "input": "",
             "inner": "container"},
    "uikit": {"card": "uk-card uk-card-default", "button": "uk-button uk-button-primary",
              "quiet": "uk-button uk-button-default", "table": "uk-table", "input": "uk-input",
              "inner": "uk-container"},
    "tabler": {"card": "card", "button": "btn btn-primary", "quiet": "btn btn-outline-primary",
               "table": "table", "input": "form-control", "inner": "container-xl"},
    "daisyui": {"card": "card", "button": "btn btn-primary", "quiet": "btn btn-outline",
                "table": "table", "input": "input", "inner": ""},
}  # fmt: skip

IconOf = Callable[[str], str]  # an icon's name → its SVG


@dataclass(frozen=True, slots=True)
class Writer:
    """Makes elements of a plan; `icon` gives drawings, empty for names that are none."""

    plan: PagePlan
    icon: IconOf

    def body(self) -> list[Tag]:
        """Return the page's landmarks: header, main, footer."""
        made = [(s, self.section(s)) for s in self.plan.sections]
        top = [t for s, t in made if s.kind == "nav"]
        middle = [t for s, t in made if s.kind not in ("nav", "footer")]
        bottom = [t for s, t in made if s.kind == "footer"]
        out: list[Tag] = []
        if top:
            out.append(Tag("header", children=top))
        out.append(Tag("main", children=middle))
        return [*out, *bottom]

    def section(self, s: Section) -> Tag:
        """Return one section."""
        make: Mapping[str, Callable[[Section], list[Tag]]] = {
            "nav": self._nav, "hero": self._hero, "numbers": self._numbers, "quote": self._quotes,
            "chart": self._chart, "table": self._table, "schedule": self._table,
            "questions": self._questions, "story": self._story, "video": self._story,
            "signup": self._signup, "call": self._call, "footer": self._footer,
            "steps": self._steps,
        }  # fmt: skip
        inside = make.get(s.kind, self._cards)(s)
        inside += self._left(s, inside)
        name = {"nav": "nav", "footer": "footer"}.get(s.kind, "section")
        role = {"nav": "navigation", "footer": "footer"}.get(s.kind, "section")
        attributes = {"id": s.id, **({"aria-label": "Main"} if s.kind == "nav" else {})}
        classes = f"{s.kind}-section tone-{s.tone} layout-{s.layout}"
        inner = Tag("div", f"inner {self._of('inner')}".strip(), children=inside)
        return Tag(name, classes, "", s.id, role, attributes, (inner,))

    def _of(self, what: str) -> str:
        return CLASSES[self.plan.style.library][what]

    def _left(self, s: Section, inside: Sequence[Tag]) -> list[Tag]:
        """Return what a plan has of a section that its kind has no place for: below the rest."""
        there = {t.id for top in inside for t, _ in top.walk()}
        out: list[Tag] = []
        if s.picture and f"{s.id}.picture" not in there:
            out.append(self._picture(f"{s.id}.picture", s.picture))
        if s.video and f"{s.id}.video" not in there:
            out.append(self._video(f"{s.id}.video", s.video))
        if s.chart and f"{s.id}.chart" not in there:
            out.append(Tag("figure", "plate", children=[
                self._chart_host(f"{s.id}.chart", s.chart)]))  # fmt: skip
        if s.items and f"{s.id}.item1" not in there:
            out.append(self._grid(s))
        if s.rows and f"{s.id}.table" not in there:
            out.append(self._sheet(s))
        if s.text and f"{s.id}.text" not in there:
            out.append(Tag("p", "lead", s.text, f"{s.id}.text", "text"))
        if s.heading and f"{s.id}.heading" not in there:
            out.insert(0, Tag("h2", "heading", s.heading, f"{s.id}.heading", "section heading"))
        if s.buttons and f"{s.id}.button1" not in there:
            out += self._buttons(s)
        return [Tag("div", "more", children=out)] if out else []

    # Pieces that sections share.

    def _words(self, s: Section, level: int = 2) -> list[Tag]:
        out: list[Tag] = []
        if s.tag:
            out.append(Tag("p", "tag", s.tag, f"{s.id}.tag", "tag"))
        if s.heading:
            role = "title" if level == 1 else "section heading"
            out.append(Tag(f"h{level}", "heading", s.heading, f"{s.id}.heading", role))
        if s.text:
            out.append(Tag("p", "lead", s.text, f"{s.id}.text", "text"))
        return out

    def _buttons(self, s: Section) -> list[Tag]:
        if not s.buttons:
            return []
        made = [self._button(f"{s.id}.button{n}", text, n == 1)
                for n, text in enumerate(s.buttons, 1)]  # fmt: skip
        return [Tag("div", "buttons", children=made)]

    def _button(self, id: str, text: str, first: bool) -> Tag:
        kind = self._of("button" if first else "quiet")
        own = "action" if first else "action quiet"
        return Tag("a", f"{own} {kind}".strip(), text, id, "button",
                   {"href": f"#{self._goal()}"})  # fmt: skip

    def _goal(self) -> str:
        """Return where what is pressed leads: to the part that asks for something, or the last."""
        for kind in ("signup", "call", "plans"):
            for s in self.plan.sections:
                if s.kind == kind:
                    return s.id
        return self.plan.sections[-1].id

    def _picture(self, id: str, picture: Picture, classes: str = "picture") -> Tag:
        return Tag("img", classes, "", id, "picture", {
            "src": picture.source or f"assets/{id}.jpg", "alt": picture.caption,
            "width": str(picture.width), "height": str(picture.height),
        })  # fmt: skip

    def _video(self, id: str, video: Video) -> Tag:
        return Tag("video", "picture", "", id, "video", {
            "src": video.source or f"assets/{id}.mp4", "aria-label": video.caption,
            "width": str(video.width), "height": str(video.height), "controls": "",
            "preload": "auto",
        })  # fmt: skip

    def _chart_host(self, id: str, chart: Chart) -> Tag:
        said = f"{chart.title or chart.value}: a {chart.kind.replace('_', ' ')} chart"
        return Tag("div", "chart", "", id, "chart", {"role": "img", "aria-label": said},
                   (Tag("div", "chart-host"),))  # fmt: skip

    def _icon(self, name: str) -> list[Tag]:
        drawn = self.icon(name) if name else ""
        return [Tag("span", "icon", attributes={"aria-hidden": "true"}, raw=drawn)] if drawn else []

    def _card(self, s: Section, n: int, item: Item, extra: str = "") -> Tag:
        id = f"{s.id}.item{n}"
        level = 3 if s.heading and s.kind != "hero" else 2
        inside: list[Tag] = []
        if item.picture:
            round_ = s.kind == "people" or item.picture.kind == "portrait"
            inside.append(self._picture(f"{id}.picture", item.picture,
                                        "picture portrait" if round_ else "picture"))  # fmt: skip
        elif item.icon:
            inside += self._icon(item.icon)
        if item.heading:
            inside.append(Tag(f"h{level}", "heading", item.heading, f"{id}.heading", "heading"))
        if item.value:
            inside.append(Tag("p", "value", item.value, f"{id}.value", "value"))
        if item.label:
            inside.append(Tag("p", "label", item.label, f"{id}.label", "label"))
        if item.text:
            inside.append(Tag("p", "", item.text, f"{id}.text", "text"))
        if item.points:
            points = [Tag("li", "", p, f"{id}.point{i}", "list point")
                      for i, p in enumerate(item.points, 1)]  # fmt: skip
            inside.append(Tag("ul", "points", children=points))
        if item.button:
            inside.append(self._button(f"{id}.button", item.button, s.kind == "plans"))
        tag = "li" if s.kind == "steps" else "article"
        return Tag(tag, f"item {self._of('card')}{extra}".strip(), "", id, "card",
                   children=inside)  # fmt: skip

    def _grid(self, s: Section) -> Tag:
        cards = [self._card(s, n, i) for n, i in enumerate(s.items, 1)]
        across = len(cards) if len(cards) < 5 else 3 if len(cards) % 3 == 0 else 4
        name = "ol" if s.kind == "steps" else "div"
        return Tag(name, f"grid across-{min(across, 4)}", children=cards)

    # Kinds of sections.

    def _nav(self, s: Section) -> list[Tag]:
        goals = [o for o in self.plan.sections if o.kind not in ("nav", "hero", "footer")]
        links: list[Tag] = []
        for n, text in enumerate(self.plan.links, 1):
            goal = goals[(n - 1) % len(goals)].id if goals else s.id
            links.append(Tag("a", "", text, f"{s.id}.link{n}", "link", {"href": f"#{goal}"}))
        row = [Tag("a", "brand", self.plan.brand, f"{s.id}.brand", "brand",
                   {"href": f"#{self.plan.sections[0].id}"}),
               Tag("div", "links", children=links)]  # fmt: skip
        return [Tag("div", "bar", children=[*row, *self._buttons(s)])]

    def _hero(self, s: Section) -> list[Tag]:
        words = Tag("div", "words", children=[*self._words(s, 1), *self._buttons(s)])
        media: list[Tag] = []
        if s.picture:
            media.append(self._picture(f"{s.id}.picture", s.picture))
        elif s.chart:
            media.append(self._chart_host(f"{s.id}.chart", s.chart))
        elif s.items:
            media.append(Tag("div", "pile", children=[
                self._card(s, n, i) for n, i in enumerate(s.items, 1)]))  # fmt: skip
        return [Tag("div", "pair", children=[words, *media])]

    def _cards(self, s: Section) -> list[Tag]:
        words = self._words(s)
        head = [Tag("div", "head", children=words)] if words else []
        return [*head, self._grid(s), *self._buttons(s)]

    def _steps(self, s: Section) -> list[Tag]:
        return self._cards(s)

    def _numbers(self, s: Section) -> list[Tag]:
        words = self._words(s)
        cells: list[Tag] = []
        for n, item in enumerate(s.items, 1):
            id = f"{s.id}.item{n}"
            cells.append(Tag("div", "number", "", id, "number", children=[
                Tag("p", "value", item.value, f"{id}.value", "value"),
                Tag("p", "label", item.label or item.heading, f"{id}.label", "label"),
            ]))  # fmt: skip
        head = [Tag("div", "head", children=words)] if words else []
        return [*head, Tag("div", f"grid across-{min(len(cells), 4)}", children=cells)]

    def _quotes(self, s: Section) -> list[Tag]:
        quotes: list[Tag] = []
        for n, item in enumerate(s.items, 1):
            id = f"{s.id}.item{n}"
            who = [Tag("span", "name", item.heading, f"{id}.heading", "name")]
            if item.label:
                who.append(Tag("span", "label", item.label, f"{id}.label", "label"))
            face = [self._picture(f"{id}.picture", item.picture, "picture portrait")
                    ] if item.picture else []  # fmt: skip
            quotes.append(Tag("figure", f"item {self._of('card')}".strip(), "", id, "card",
                              children=[
                Tag("blockquote", "", f"“{item.text}”", f"{id}.text", "quotation"),
                Tag("figcaption", "", children=[*face, Tag("div", "who", children=who)]),
            ]))  # fmt: skip
        words = self._words(s)
        head = [Tag("div", "head", children=words)] if words else []
        return [*head, Tag("div", f"grid across-{min(len(quotes), 3)}", children=quotes)]

    def _chart(self, s: Section) -> list[Tag]:
        assert s.chart is not None
        words = Tag("div", "words", children=[*self._words(s), *self._buttons(s)])
        figure = [self._chart_host(f"{s.id}.chart", s.chart)]
        if s.chart.title:
            caption = Tag("figcaption", "", s.chart.title, f"{s.id}.chart_title", "caption")
            figure.insert(0, caption)
        return [Tag("div", "pair", children=[words, Tag("figure", "plate", children=figure)])]

    def _sheet(self, s: Section) -> Tag:
        id = f"{s.id}.table"
        header = Tag("tr", children=[
            Tag("th", _column(s, n - 1), c, f"{id}.column{n}", "column header", {"scope": "col"})
            for n, c in enumerate(s.columns, 1)])  # fmt: skip
        rows = [
            Tag("tr", children=[Tag("td", _right(c), c, f"{id}.cell{r}_{n}", "cell")
                                for n, c in enumerate(row, 1)])
            for r, row in enumerate(s.rows, 1)
        ]  # fmt: skip
        table = Tag("table", self._of("table"), "", id, "table", children=[
            Tag("thead", children=[header]), Tag("tbody", children=rows)])  # fmt: skip
        return Tag("div", "sheet", children=[table])

    def _table(self, s: Section) -> list[Tag]:
        words = self._words(s)
        head = [Tag("div", "head", children=words)] if words else []
        return [*head, self._sheet(s), *self._buttons(s)]

    def _questions(self, s: Section) -> list[Tag]:
        words = self._words(s)
        head = [Tag("div", "head", children=words)] if words else []
        level = 3 if s.heading else 2
        asked = [
            Tag("div", "question", "", f"{s.id}.item{n}", "card", children=[
                Tag(f"h{level}", "heading", i.heading, f"{s.id}.item{n}.heading", "heading"),
                Tag("p", "", i.text, f"{s.id}.item{n}.text", "text"),
            ])
            for n, i in enumerate(s.items, 1)
        ]  # fmt: skip
        return [*head, Tag("div", "grid across-2", children=asked)]

    def _story(self, s: Section) -> list[Tag]:
        words = Tag("div", "words", children=[*self._words(s), *self._buttons(s)])
        media: list[Tag] = []
        if s.video:
            media.append(self._video(f"{s.id}.video", s.video))
        elif s.picture:
            media.append(self._picture(f"{s.id}.picture", s.picture))
        return [Tag("div", "pair", children=[words, *media])]

    def _signup(self, s: Section) -> list[Tag]:
        words = Tag("div", "head", children=self._words(s))
        field_ = f"{s.id}-email"
        press = s.buttons[0] if s.buttons else "Sign up"
        form = Tag("form", "form", children=[
            Tag("label", "", "Your e-mail address", f"{s.id}.label", "label", {"for": field_}),
            Tag("input", self._of("input"), "", f"{s.id}.field", "field",
                {"type": "email", "id": field_, "placeholder": "name@example.com"}),
            Tag("button", f"action {self._of('button')}".strip(), press, f"{s.id}.button1",
                "button", {"type": "button"}),
        ])  # fmt: skip
        return [words, form]

    def _call(self, s: Section) -> list[Tag]:
        return [Tag("div", "band", children=[
            Tag("div", "words", children=self._words(s)), *self._buttons(s)])]  # fmt: skip

    def _footer(self, s: Section) -> list[Tag]:
        links = [Tag("a", "", t, f"{s.id}.link{n}", "link", {"href": f"#{self._goal()}"})
                 for n, t in enumerate(self.plan.links[:4], 1)]  # fmt: skip
        row = [Tag("p", "brand", self.plan.brand, f"{s.id}.brand", "brand")]
        if links:
            row.append(Tag("div", "links", children=links))
        out = [Tag("div", "bar", children=row)]
        if s.text:
            out.append(Tag("p", "small", s.text, f"{s.id}.text", "text"))
        return out


def _column(s: Section, number: int) -> str:
    """Return the class of a column's header: over numbers it stands where they do."""
    cells = [row[number] for row in s.rows]
    return "number" if cells and all(_right(c) for c in cells) else ""


def _right(text: str) -> str:
    """Return the class of a table's cell: numbers stand on the right."""
    return "number" if re.fullmatch(r"[€$£]?[\d.,\s]+\s?[%€$£]?", text.strip() or "x") else ""
