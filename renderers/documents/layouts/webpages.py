"""Pages of sites: sections of real component libraries, one below the other.

A page flows: where things come to lie is measured. Frames here are of a plain grid that says what
stands above, beside and inside what.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from corpuswright.renderers.documents import charts
from corpuswright.renderers.documents.content.facts import Sheet
from corpuswright.renderers.documents.content.tables import Table
from corpuswright.renderers.documents.content.topics import Words
from corpuswright.renderers.documents.document import Box, Node, columns, inset, rows
from corpuswright.renderers.documents.drafting import Draft, ordinal
from corpuswright.renderers.documents.layouts import dashboards

WIDTHS = (1280, 1366, 1440)
_UNIT = 100.0  # height of a section in the plain grid
Section = Callable[[Draft, Box, Words, int], None]


def draft(
    sheet: Draft, width: int, words: Words, table: Table, known: Sheet | None, level: int
) -> float:
    """Put a page on a sheet; returns the height of its plain grid.

    Args:
        sheet: An empty one.
        width: Of the page.
        words: What it says.
        table: What its chart shows, where it has one.
        known: Facts that it states, where it is one of knowledge.
        level: Of difficulty: how many sections.
    """
    rng = sheet.rng
    sections: list[Section] = [_nav, _hero]
    middle: list[Section] = [_features, _numbers, _quote, _plans]
    order = rng.permutation(len(middle)).tolist()
    if known is not None:
        sections.append(lambda s, f, w, n: _facts(s, f, known))
        order = order[:1]
    if rng.uniform() < 0.35 and known is None:
        sections.append(lambda s, f, w, n: _chart(s, f, table))
        order = order[: max(1, level - 1)]
    sections += [middle[i] for i in order[: 1 + level]]
    sections += [_call, _footer]
    for n, section in enumerate(sections):
        section(sheet, (0.0, n * _UNIT, float(width), (n + 1) * _UNIT), words, level)
    return len(sections) * _UNIT


def _section(sheet: Draft, id: str, name: str, frame: Box, fill: str, **data: Any) -> str:
    return sheet.box(id, "section", name, frame, fill, radius=0, section=id, **data)


def _heading(sheet: Draft, id: str, frame: Box, text: str, on: str, name: str) -> None:
    sheet.words(f"{id}.heading", "section heading", f"the heading of {name}", frame, text, 30,
                sheet.look.on(on), id, bold=True, heading=True,
                align="center")  # fmt: skip


def button(sheet: Draft, id: str, name: str, frame: Box, text: str, fill: str, parent: str) -> None:
    """Put a button with its label inside."""
    style = {
        "fill": fill, "colour": sheet.look.on(fill), "size": 16 * sheet.look.scale, "bold": True,
        "font": sheet.look.body, "radius": sheet.look.radius,
    }  # fmt: skip
    sheet.add(Node(id, "button", name, frame, parent, text, style))


def _nav(sheet: Draft, frame: Box, words: Words, level: int) -> None:
    look = sheet.look
    fill = look.background if sheet.rng.uniform() < 0.6 else look.accents[0]
    nav = _section(sheet, "nav", "the navigation bar", frame, fill)
    left, middle, right = columns(inset(frame, 40, 30), [1.0, 2.0, 1.0], 20)
    sheet.words("nav.brand", "brand", "the name in the navigation bar", left, words.brand, 21,
                look.on(fill), nav, bold=True, heading=True)  # fmt: skip
    links = words.nav[: 2 + level]
    for n, (box, text) in enumerate(
        zip(columns(middle, [1.0] * len(links), 10), links, strict=True)
    ):
        sheet.words(f"nav.link{n + 1}", "navigation link", f"the {ordinal(n)} navigation link", box,
                    text, 16, look.on(fill), nav, order=n)  # fmt: skip
    accent = look.accents[1]
    button(sheet, "nav.button", "the button in the navigation bar", right, words.actions[-1],
           accent, nav)  # fmt: skip


def _hero(sheet: Draft, frame: Box, words: Words, level: int) -> None:
    look = sheet.look
    fill = look.accents[0] if sheet.rng.uniform() < 0.5 else look.surface
    split = bool(sheet.rng.uniform() < 0.6)
    hero = _section(sheet, "hero", "the hero section", frame, fill, split=split)
    left, right = columns(inset(frame, 40, 5), [1.2, 1.0], 40) if split else (frame, frame)
    title, lead, buttons = rows(left, [1.0, 1.0, 0.7], 4)
    sheet.words("hero.title", "title", "the title", title, words.headline, 46, look.on(fill), hero,
                bold=True, heading=True, align="left" if split else "center")  # fmt: skip
    sheet.words("hero.lead", "introduction", "the introduction", lead, words.intro, 19,
                look.on(fill), hero, align="left" if split else "center")  # fmt: skip
    accent = next(a for a in look.accents[1:] if a != fill)
    count = min(2, len(words.actions))
    for n, box in enumerate(columns(buttons, [1.0] * count, 10)):
        name = f"the {ordinal(n)} button of the hero section"
        button(sheet, f"hero.button{n + 1}", name, box, words.actions[n],
               accent if n == 0 else look.background, hero)  # fmt: skip
    if split:
        card = look.background if fill != look.background else look.surface
        panel = sheet.box("hero.panel", "panel", "the panel beside the title", right, card, hero)
        lines = rows(inset(right, 5), [1.0] * 3, 2)
        for n, (box, step) in enumerate(zip(lines, words.points[-3:], strict=True)):
            icon, text = columns(box, [1.0, 5.0], 4)
            sheet.icon(f"hero.icon{n + 1}", f"the {ordinal(n)} icon in the panel", icon, step.icon,
                       look.accent_text(n + 1, card), panel)  # fmt: skip
            sheet.words(
                f"hero.point{n + 1}",
                "panel line",
                f"the {ordinal(n)} line in the panel",
                text,
                step.heading,
                19,
                look.on(card),
                panel,
                bold=True,
                order=n,
            )


def _features(sheet: Draft, frame: Box, words: Words, level: int) -> None:
    look = sheet.look
    name = "the features section"
    section = _section(sheet, "features", name, frame, look.background)
    top, body = rows(frame, [0.3, 1.0], 5)
    titles = ("What you get", "Why people choose us", "How we are different", "What is included")
    _heading(sheet, section, top, str(sheet.rng.choice(titles)), look.background, name)
    count = 3 if level < 3 else 4
    fill = look.surface
    for n, (box, point) in enumerate(
        zip(columns(inset(body, 40, 2), [1.0] * count, 20), words.points[:count], strict=True)
    ):
        called = f"the {ordinal(n)} card"
        card = sheet.box(f"card{n + 1}", "card", called, box, fill, section,
                         look.accents[1] if look.outlined else "", order=n)  # fmt: skip
        icon, heading, text = rows(inset(box, 5), [1.0, 1.0, 1.0], 2)
        sheet.icon(f"{card}.icon", f"the icon of {called}", icon, point.icon,
                   look.accent_text(n, fill), card)  # fmt: skip
        sheet.words(f"{card}.heading", "heading", f"the heading of {called}", heading,
                    point.heading, 20, look.on(fill), card, bold=True, heading=True)  # fmt: skip
        sheet.words(f"{card}.text", "text", f"the text of {called}", text, point.sentence, 16,
                    look.on(fill), card)  # fmt: skip


def _numbers(sheet: Draft, frame: Box, words: Words, level: int) -> None:
    look = sheet.look
    fill = look.accents[2]
    section = _section(sheet, "numbers", "the numbers section", frame, fill)
    count = 3 if level < 2 else 4
    for n, (box, figure) in enumerate(
        zip(columns(inset(frame, 40, 10), [1.0] * count, 20), words.figures[:count], strict=True)
    ):
        value, label = rows(box, [1.0, 1.0], 2)
        called = f"the {ordinal(n)} number"
        sheet.words(
            f"number{n + 1}.value",
            "value",
            called,
            value,
            figure.text,
            38,
            look.on(fill),
            section,
            bold=True,
            heading=True,
            align="center",
            order=n,
        )
        sheet.words(f"number{n + 1}.label", "label", f"the label of {called}", label, figure.label,
                    16, look.on(fill), section, align="center")  # fmt: skip


def _quote(sheet: Draft, frame: Box, words: Words, level: int) -> None:
    look = sheet.look
    section = _section(sheet, "quote", "the quotation section", frame, look.background)
    box = inset(frame, 200, 5)
    card = sheet.box("quote.card", "quotation box", "the quotation box", box, look.surface, section)
    text, who = rows(inset(box, 5), [2.0, 1.0], 2)
    sheet.words("quote.text", "quotation", "the quotation", text, f"“{words.quote[0]}”", 24,
                look.on(look.surface), card, italic=True, heading=True, align="center")  # fmt: skip
    sheet.words("quote.who", "name", "the name below the quotation", who,
                f"{words.quote[1]}, {words.quote[2].lower()}", 16, look.on(look.surface), card,
                align="center")  # fmt: skip


def _plans(sheet: Draft, frame: Box, words: Words, level: int) -> None:
    look = sheet.look
    name = "the steps section"
    section = _section(sheet, "plans", name, frame, look.background)
    top, body = rows(frame, [0.3, 1.0], 5)
    _heading(sheet, section, top, str(sheet.rng.choice(["How it works", "In a few steps"])),
             look.background, name)  # fmt: skip
    count = 3 if level < 3 else 4
    for n, (box, (heading, text)) in enumerate(
        zip(columns(inset(body, 40, 2), [1.0] * count, 20), words.steps[:count], strict=True)
    ):
        called = f"the {ordinal(n)} step"
        fill = look.accents[n % 4]
        card = sheet.box(f"step{n + 1}", "step", called, box, fill, section, order=n)
        number, title, line = rows(inset(box, 5), [1.0, 1.0, 1.0], 2)
        sheet.words(f"{card}.number", "number", f"the number of {called}", number, str(n + 1), 30,
                    look.on(fill), card, bold=True, heading=True)  # fmt: skip
        sheet.words(f"{card}.heading", "heading", f"the heading of {called}", title, heading, 20,
                    look.on(fill), card, bold=True, heading=True)  # fmt: skip
        sheet.words(f"{card}.text", "text", f"the text of {called}", line, text, 16, look.on(fill),
                    card)  # fmt: skip


def _chart(sheet: Draft, frame: Box, table: Table) -> None:
    look = sheet.look
    name = "the chart section"
    section = _section(sheet, "data", name, frame, look.background)
    top, body = rows(frame, [0.3, 1.0], 5)
    _heading(sheet, section, top, table.title, look.background, name)
    kind, library = dashboards.choose(sheet, table)
    charts.add(sheet, "chart", "the chart", inset(body, 60, 5), table, kind, library, section,
               size=(1000, 400))  # fmt: skip


def _facts(sheet: Draft, frame: Box, known: Sheet) -> None:
    look = sheet.look
    name = "the facts section"
    section = _section(sheet, "facts", name, frame, look.background)
    top, lead, body = rows(frame, [0.3, 0.3, 1.0], 5)
    _heading(sheet, section, top, known.title, look.background, name)
    sheet.words("facts.lead", "formula", "the line below the heading of the facts section", lead,
                known.formula or known.lead, 20, look.on(look.background), section,
                align="center")  # fmt: skip
    count = len(known.facts)
    across = 4 if count > 6 else 3
    lines = rows(body, [1.0] * -(-count // across), 3)
    boxes = [b for line in lines for b in columns(inset(line, 40, 1), [1.0] * across, 20)]
    for n, (box, fact) in enumerate(zip(boxes, known.facts, strict=False)):
        called = f"the {ordinal(n)} fact card"
        card = sheet.box(f"fact{n + 1}", "card", called, box, look.surface, section, order=n)
        label, value = rows(inset(box, 3), [1.0, 1.0], 1)
        sheet.words(f"{card}.label", "label", f"the label of {called}", label, fact.label, 16,
                    look.on(look.surface), card)  # fmt: skip
        sheet.words(f"{card}.value", "fact", f"the value on {called}", value, fact.text, 28,
                    look.accent_text(n, look.surface), card, bold=True, heading=True,
                    fact=fact.about, value=fact.value, label=fact.label,
                    wrong=list(fact.wrong))  # fmt: skip


def _call(sheet: Draft, frame: Box, words: Words, level: int) -> None:
    look = sheet.look
    fill = look.accents[3]
    section = _section(sheet, "call", "the closing section", frame, fill)
    left, right = columns(inset(frame, 60, 20), [2.0, 1.0], 20)
    sheet.words("call.text", "section heading", "the line of the closing section", left,
                words.tagline, 26, look.on(fill), section, bold=True, heading=True)  # fmt: skip
    button(sheet, "call.button", "the button of the closing section", right, words.actions[0],
           look.on(fill), section)  # fmt: skip


def _footer(sheet: Draft, frame: Box, words: Words, level: int) -> None:
    look = sheet.look
    fill = look.on(look.background)
    footer = _section(sheet, "footer", "the footer", frame, fill)
    left, right = columns(inset(frame, 60, 20), [1.0, 1.0], 20)
    year = int(sheet.rng.integers(2021, 2027))
    sheet.words("footer.name", "footer text", "the line on the left of the footer", left,
                f"© {year} {words.brand}", 15, look.on(fill), footer)  # fmt: skip
    site = "hello@" + "".join(c for c in words.brand.lower() if c.isalnum()) + ".example"
    sheet.words("footer.mail", "e-mail address", "the e-mail address in the footer", right, site,
                15, look.on(fill), footer, align="right")  # fmt: skip
