"""Requests for a page, as people write them: short, in some sentences, or with every word said.

Written from the plan alone, so that what is asked for is what the page shows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Literal, get_args

import numpy as np

from corpuswright.annotators.documents.question import NUMBERS
from corpuswright.renderers.documents import charts, colours, looks
from corpuswright.renderers.documents.content.tables import said
from corpuswright.renderers.documents.webpages import bundle
from corpuswright.renderers.documents.webpages.plan import Chart, Item, PagePlan, Picture, Section

VERSION = 4  # bump when requests come out otherwise

Detail = Literal["short", "outline", "full"]
DETAILS: tuple[str, ...] = get_args(Detail)

# What sections are called; each name is of one kind, so that a request can be read back.
NAMES: Mapping[str, Sequence[str]] = {
    "nav": ("a navigation bar",),
    "hero": ("a hero section", "a hero"),
    "features": ("a features section", "a grid of feature cards"),
    "steps": ("a how-it-works section", "a row of numbered steps"),
    "numbers": ("a band of key figures", "a row of key figures"),
    "gallery": ("a picture gallery", "a photo gallery"),
    "chart": ("a chart section", "a section with a chart"),
    "table": ("a data table", "a table of figures"),
    "quote": ("a testimonial section", "a testimonial"),
    "people": ("a team section", "a section with portraits of the team"),
    "plans": ("a pricing section", "three pricing cards"),
    "questions": ("an FAQ section", "a list of frequently asked questions"),
    "schedule": ("a table of opening hours", "an opening-hours section"),
    "story": ("an about section", "an about-us section"),
    "video": ("a video section",),
    "signup": ("a newsletter sign-up", "a newsletter form"),
    "call": ("a closing call to action", "a call-to-action band"),
    "footer": ("a footer",),
}
_OPENINGS = (
    "Design a {kind} for {brand}.", "Build a {kind} for {brand}.", "I need a {kind} for {brand}.",
    "Create a {kind} for {brand}.", "Please make a {kind} for {brand}.",
)  # fmt: skip
_KINDS = ("web page", "website", "single-page website", "one-page site", "landing page")


SEEN = 0.001  # share of a page's pixels from which a colour is one of its colours; ours


def accents(plan: PagePlan, shares: Mapping[str, float]) -> list[str]:
    """Return the accents that are seen on a page; all of an unknown one."""
    return [a for a in plan.style.accents if shares.get(a, 1.0) >= SEEN]


def few(plan: PagePlan, shares: Mapping[str, float]) -> list[str]:
    """Return the colours that a short request names: the ground, and two more that are seen."""
    style = plan.style
    rest = [*accents(plan, shares), style.surface, style.ink]
    seen = [c for c in rest if c != style.background and shares.get(c, 1.0) >= SEEN]
    return [style.background, *list(dict.fromkeys(seen))[:2]]


def write(
    plan: PagePlan, detail: Detail, rng: np.random.Generator,
    shares: Mapping[str, float] | None = None,
) -> str:  # fmt: skip
    """Return a request for a page.

    Args:
        plan: Of the page.
        detail: `short` names what is on it, `outline` says how it looks and what stands where,
            `full` gives every word and number.
        rng: Draws the phrases.
        shares: Of the page's pixels by colour: what is not seen is not asked for.
    """
    writer = _Writer(plan, rng, shares or {})
    text = {"short": writer.short, "outline": writer.outline, "full": writer.full}[detail]()
    # A quotation that ends its sentence has ended it.
    return re.sub(r"([.!?])”\.", r"\1”", text)


class _Writer:
    def __init__(
        self, plan: PagePlan, rng: np.random.Generator, shares: Mapping[str, float]
    ) -> None:
        self.plan, self.rng = plan, rng
        self.seen, self.few = accents(plan, shares), few(plan, shares)

    def one(self, options: Sequence[str]) -> str:
        return str(options[int(self.rng.integers(0, len(options)))])

    def opening(self) -> str:
        kind = self.one(_KINDS)
        return self.one(_OPENINGS).format(kind=kind, brand=f"“{self.plan.brand}”")

    def named(self, section: Section) -> str:
        """Return what a section is called."""
        names = list(NAMES[section.kind])
        if section.kind == "plans" and len(section.items) != 3:
            names = names[:1]
        if section.kind == "quote":
            names = [names[0] if len(section.items) > 1 else names[1]]
        return self.one(names)

    def style(self) -> str:
        """Return how the page is to look."""
        style = self.plan.style
        named = _listed([colours.name_of(a) for a in self.seen])
        accent = (
            ""
            if not named
            else f" {named} as accent {'colour' if len(self.seen) == 1 else 'colours'},"
        )
        kinds = ["serif" if f in looks.SERIF else "sans-serif"
                 for f in (style.heading_font, style.body_font)]  # fmt: skip
        type_ = (f"all type in a {kinds[0]} face" if kinds[0] == kinds[1] else
                 f"headings in a {kinds[0]} face and text in a {kinds[1]} one")  # fmt: skip
        round_ = "slightly rounded" if style.radius < 8 else "rounded"
        corners = f"{round_ if style.radius else 'square'} corners"
        return (
            f"Use a {colours.name_of(style.background)} background with "
            f"{colours.name_of(style.ink)} text, {colours.name_of(style.surface)} surfaces, "
            f"{accent.lstrip()}{' ' if accent else ''}{type_}, and {corners}."
        )

    def short(self) -> str:
        """Return a request that only names what is on the page."""
        hero = next(s for s in self.plan.sections if s.kind == "hero")
        named = [self.named(s) for s in self.plan.sections]
        lead = self.one([f"The headline is “{hero.heading}”.", f"It opens with “{hero.heading}”."])
        colours_ = _listed([colours.name_of(c) for c in self.few])
        look = self.one([f"Keep it in {colours_}.", f"The colours are {colours_}."])
        order = self.one(["From top to bottom, it has", "In this order, it has"])
        return f"{self.opening()} {lead} {order} {_listed(named)}. {look}"

    def outline(self) -> str:
        """Return a request that says how the page looks and what each section is for."""
        parts = [self.opening(), self.style()]
        for n, section in enumerate(self.plan.sections):
            parts.append(f"{self.lead(n)} {self.named(section)}{self.about(section)}.")
        return " ".join(parts)

    def lead(self, number: int) -> str:
        """Return how the next section is begun."""
        if number == 0:
            return "The page begins with"
        if number == len(self.plan.sections) - 1:
            return "It ends with"
        return self.one(["Next comes", "Below that is", "It is followed by", "Then add"])

    def about(self, s: Section) -> str:
        """Return what a section shows, in half a sentence."""
        out = ""
        if s.heading:
            out += f" headed “{s.heading}”" if s.kind != "hero" else f" titled “{s.heading}”"
        shown: list[str] = []
        if s.items and s.kind != "plans":
            noun = _NOUNS.get(s.kind, ("card", "cards"))
            shown.append(f"{_count(len(s.items))} {noun[len(s.items) != 1]}")
        if s.picture:
            shown.append(_a(_kind_of(s.picture)) + _side(s))
        if s.chart:
            shown.append(f"{_a(charts.KINDS[s.chart.kind])} of {_lower(s.chart.title)}")
        if s.rows:
            shown.append(f"{_count(len(s.columns))} columns and {_count(len(s.rows))} rows")
        if s.buttons and s.kind != "signup":
            shown.append("a button" if len(s.buttons) == 1 else f"{_count(len(s.buttons))} buttons")
        if shown:
            out += (", with " if s.heading else " with ") + _listed(shown)
        return out

    def full(self) -> str:
        """Return a request that gives every word and number of the page."""
        parts = [self.opening(), f"The window title is “{self.plan.title}”.", self.style()]
        for n, section in enumerate(self.plan.sections):
            tone = f"standing on {self.tone(section)}"
            parts.append(f"{self.lead(n)} {self.named(section)}, {tone}.")
            parts += self.inside(section)
        return " ".join(parts)

    def tone(self, s: Section) -> str:
        """Return what a section stands on, in words."""
        return f"{colours.name_of(self.plan.tone(s))}"

    def inside(self, s: Section) -> list[str]:
        """Return sentences with every word that a section shows."""
        out: list[str] = []
        if s.kind in ("nav", "footer"):
            links = self.plan.links if s.kind == "nav" else self.plan.links[:4]
            side = "on the left" if s.kind == "nav" else "first"
            listed = _quoted(links)
            out.append(f"It shows “{self.plan.brand}” {side}"
                       + (f" and the links {listed}." if links else "."))  # fmt: skip
        if s.tag:
            out.append(f"A small label above the heading reads “{s.tag}”.")
        if s.heading:
            how = ["Its heading reads {}.", "It is headed {}.", "The heading says {}."]
            out.append(self.one(how).format(f"“{s.heading}”"))
        if s.text:
            out.append(f"{'A line' if len(s.text) < 90 else 'The text'} reads “{s.text}”")
            out[-1] += "" if s.text.endswith((".", "!", "?")) else "."
        if s.picture:
            out.append(f"It shows {_a(_kind_of(s.picture))}{_side(s)}: {s.picture.caption}.")
        if s.chart:
            out.append(_chart(s.chart))
        if s.rows:
            rows = _listed([f"“{' | '.join(row)}”" for row in s.rows])
            out.append(f"The table has the columns {_quoted(s.columns)} and the rows {rows}.")
        out += self.items(s)
        if s.kind == "signup":
            out.append("A field is labelled “Your e-mail address”.")
        if s.buttons:
            alone = ["Its button reads", "The button says", "There is a button"]
            word = self.one(alone) if len(s.buttons) == 1 else "Its buttons read"
            out.append(f"{word} {_quoted(s.buttons)}.")
        return out

    def items(self, s: Section) -> list[str]:
        """Return sentences with every word of the things that a section shows."""
        if not s.items:
            return []
        if s.kind == "numbers":
            pairs = [f"“{i.value}”" + (f" for “{label}”" if (label := i.label or i.heading) else "")
                     for i in s.items]  # fmt: skip
            return [f"{self.one(['It shows', 'The figures are', 'Set large'])} {_listed(pairs)}."]
        if s.kind in ("steps", "features"):
            noun = "steps" if s.kind == "steps" else "cards"
            what = self.one([f"The {noun} are", f"Its {noun} are", f"The {noun} read"])
            return [f"{what} {_listed([_card(i) for i in s.items], '; ')}."]
        say: Mapping[str, Callable[[Item], str]] = {
            "quote": _voice, "people": _person, "questions": _question, "gallery": _shown,
        }  # fmt: skip
        return [say.get(s.kind, _offer)(i) for i in s.items]


_NOUNS: Mapping[str, tuple[str, str]] = {
    "steps": ("step", "steps"), "numbers": ("figure", "figures"),
    "gallery": ("picture", "pictures"),
    "quote": ("quotation", "quotations"), "people": ("person", "people"),
    "questions": ("question", "questions"),
}  # fmt: skip


def _card(item: Item) -> str:
    """Return a card or a step: its heading, and what else is on it."""
    bits: list[str] = []
    if item.icon:
        name = item.icon.replace("-", " ")
        bits.append(f"{'an' if name[0] in 'aeiou' else 'a'} “{name}” icon")
    bits += [f"{what} “{text}”" for what, text in (("the value", item.value),
             ("the label", item.label), ("the text", item.text)) if text]  # fmt: skip
    return _with(item, [*bits, *_rest(item)])


def _offer(item: Item) -> str:
    """Return what something costs, and what one gets."""
    price = f" at “{item.value}”" if item.value else ""
    price += f", “{item.label}”" if item.label else ""
    text = [f"the text “{item.text}”"] if item.text else []
    return f"Offer {_with(item, [*text, *_rest(item)], price)}."


def _voice(item: Item) -> str:
    """Return what somebody says."""
    who = [f"“{t}”" for t in (item.heading, item.label) if t]
    return f"{', '.join(who)} says “{item.text}”." if who else f"A voice says “{item.text}”."


def _person(item: Item) -> str:
    role = f", “{item.label}”" if item.label else ""
    text = [f"the line “{item.text}”"] if item.text else []
    return f"Introduce {_with(item, [*text, *_rest(item)], role + ',' * bool(role))}."


def _question(item: Item) -> str:
    return f"To “{item.heading}” it answers “{item.text}”." if item.text else (
        f"It asks “{item.heading}”.")  # fmt: skip


def _shown(item: Item) -> str:
    kind = _a(_kind_of(item.picture)) if item.picture else "a picture"
    caption = item.picture.caption if item.picture else ""
    seen = f" ({caption})" if caption and caption != item.label else ""
    return f"Show {kind}{seen}" + (f" over the line “{item.label}”." if item.label else ".")


def _rest(item: Item) -> list[str]:
    """Return the points, the picture and the button of a card."""
    bits = [f"the points {_quoted(item.points)}"] if item.points else []
    if item.picture:
        bits.append(f"{_a(_kind_of(item.picture))} ({item.picture.caption})")
    return [*bits, f"a button “{item.button}”"] if item.button else bits


def _with(item: Item, bits: Sequence[str], after: str = "") -> str:
    name = f"“{item.heading}”" if item.heading else "one"
    return f"{name}{after}" + (f" with {_listed(bits)}" if bits else "")


def _chart(chart: Chart) -> str:
    table = bundle.table_of(chart)
    rows: list[str] = []
    for name, values in zip(chart.series, chart.values, strict=True):
        pairs = ", ".join(f"{c} {said(v, table.decimals)}"
                          for c, v in zip(chart.categories, values, strict=True))  # fmt: skip
        rows.append(f"{name}: {pairs}" if name else pairs)
    unit = f" in {chart.unit}" if chart.unit else ""
    return (
        f"{_cap(_a(charts.KINDS[chart.kind]))}, captioned “{chart.title}”, shows exactly these "
        f"values{unit}: {'; '.join(rows)}."
    )


def _kind_of(picture: Picture) -> str:
    return {"photograph": "photograph", "illustration": "flat illustration",
            "portrait": "round portrait"}[picture.kind]  # fmt: skip


def _side(s: Section) -> str:
    return {"media_right": " on the right", "media_left": " on the left"}.get(
        s.layout, " below the words" if s.kind == "hero" else "")  # fmt: skip


def _count(number: int) -> str:
    return NUMBERS[number] if number < len(NUMBERS) else str(number)


def _quoted(texts: Sequence[str]) -> str:
    return _listed([f"“{t}”" for t in texts])


def _a(noun: str) -> str:
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def _cap(text: str) -> str:
    return text[0].upper() + text[1:]


def _lower(text: str) -> str:
    return text[0].lower() + text[1:] if text[1:2].islower() else text


def _listed(items: Sequence[str], between: str = ", ") -> str:
    if len(items) < 2:
        return "".join(items)
    return between.join(items[:-1]) + (" and " if between == ", " else "; and ") + items[-1]
