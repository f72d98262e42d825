"""Posters and infographics: a portrait sheet of stacked sections."""

from __future__ import annotations

from collections.abc import Callable

from corpuswright.renderers.documents import colours, looks
from corpuswright.renderers.documents.content.tables import Table
from corpuswright.renderers.documents.content.topics import Words
from corpuswright.renderers.documents.document import Box, columns, grid, inset, rows
from corpuswright.renderers.documents.drafting import Draft, ordinal
from corpuswright.renderers.documents.layouts import parts

SIZES = ((900, 1200), (900, 1350), (960, 1280))


def draft(sheet: Draft, size: tuple[int, int], words: Words, table: Table, level: int) -> None:
    """Put one poster on a sheet; arguments as those of a slide."""
    look, rng = sheet.look, sheet.rng
    wide, high = size
    fill = look.accents[0]
    sheet.box("header", "header", "the header band", (0, 0, wide, high * 0.2), fill, radius=0)
    edge = wide * 0.06
    align = str(rng.choice(["left", "center"]))
    sheet.words("brand", "brand", "the name at the top", (edge, high * 0.03, wide - edge,
                high * 0.03 + 28), words.brand.upper(), 18, look.on(fill), "header", bold=True,
                align=align)  # fmt: skip
    sheet.words("title", "title", "the title",
                (edge, high * 0.065, wide - edge, high * 0.065 + 70), words.headline,
                44 if len(words.headline) < 32 else 36, look.on(fill), "header", bold=True,
                heading=True, align=align, valign="middle")  # fmt: skip
    sheet.words("subtitle", "subtitle", "the subtitle",
                (edge, high * 0.14, wide - edge, high * 0.14 + 36), words.tagline, 21,
                look.on(fill), "header", align=align)  # fmt: skip
    intro = (edge, high * 0.225, wide - edge, high * 0.225 + 66)
    sheet.words("intro", "introduction", "the introduction", intro, words.intro, 20,
                look.on(look.background), align=align, valign="middle")  # fmt: skip
    body = (edge, high * 0.3, wide - edge, high * 0.76)
    BODIES[int(rng.integers(0, len(BODIES)))](sheet, body, words, level)
    strip = columns((edge, high * 0.785, wide - edge, high * 0.885), [1.0] * 3, 18)
    if rng.uniform() < 0.5:
        parts.numbers(sheet, "", strip, words.figures[:3], 15, look.accents[1:4])
    else:
        _quote(sheet, (edge, high * 0.785, wide - edge, high * 0.885), words)
    _footer(sheet, (0, high * 0.915, wide, high), words, edge)


def _grid(sheet: Draft, frame: Box, words: Words, level: int) -> None:
    across, down = (2, 2) if level < 3 else (2, 3)
    frames = grid(frame, across, down, 18)
    parts.cards(sheet, "", frames, words.points[: across * down], 17 if level < 3 else 15,
                sheet.look.surface)  # fmt: skip


def _stack(sheet: Draft, frame: Box, words: Words, level: int) -> None:
    """Put numbered rules one below the other: a circle, a heading, a sentence, an icon."""
    count = 3 + level
    look = sheet.look
    for n, (band, point) in enumerate(
        zip(rows(frame, [1.0] * count, 14), words.points[:count], strict=True)
    ):
        name = f"the {ordinal(n)} section"
        fill = look.surface
        stroke = look.accents[n % 4] if look.outlined else ""
        id = sheet.box(f"section{n + 1}", "section", name, band, fill, "", stroke, order=n)
        high = band[3] - band[1]
        side = min(46.0, high * 0.6)
        middle = (band[1] + band[3]) / 2
        circle = (band[0] + 18, middle - side / 2, band[0] + 18 + side, middle + side / 2)
        accent = look.accents[n % len(look.accents)]
        sheet.box(f"{id}.circle", "circle", f"the circle of {name}", circle, accent, id,
                  radius=side / 2)  # fmt: skip
        sheet.words(f"{id}.number", "number", f"the number of {name}", circle, str(n + 1), 22,
                    look.on(accent), f"{id}.circle", bold=True, heading=True, align="center",
                    valign="middle")  # fmt: skip
        x0, x1 = circle[2] + 20, band[2] - 84
        sheet.words(f"{id}.heading", "heading", f"the heading of {name}",
                    (x0, middle - 32, x1, middle - 2), point.heading, 20, look.on(fill), id,
                    bold=True, heading=True)  # fmt: skip
        sheet.words(
            f"{id}.text",
            "text",
            f"the text of {name}",
            (x0, middle + 2, x1, middle + 30),
            point.sentence,
            16,
            look.on(fill),
            id,
        )
        icon = (band[2] - 66, middle - 22, band[2] - 22, middle + 22)
        sheet.icon(f"{id}.icon", f"the icon of {name}", icon, point.icon,
                   look.accent_text(n, fill), id)  # fmt: skip


def _columns(sheet: Draft, frame: Box, words: Words, level: int) -> None:
    """Put a process above, cards below."""
    above, below = rows(frame, [1.0, 1.1], 24)
    parts.process(sheet, "", above, words.steps[:3], 15)
    count = 3 if level > 1 else 2
    parts.cards(sheet, "", columns(below, [1.0] * count, 18), words.points[:count], 15,
                sheet.look.surface)  # fmt: skip


def _quote(sheet: Draft, frame: Box, words: Words) -> None:
    fill = sheet.look.surface
    box = sheet.box("quote", "quotation box", "the quotation box", frame, fill)
    inner = inset(frame, 20, 12)
    sheet.words("quote.text", "quotation", "the quotation",
                (inner[0], inner[1], inner[2], inner[3] - 30), f"“{words.quote[0]}”", 19,
                sheet.look.on(fill), box, italic=True, heading=True, valign="middle")  # fmt: skip
    sheet.words(
        "quote.who",
        "name",
        "the name below the quotation",
        (inner[0], inner[3] - 26, inner[2], inner[3]),
        f"{words.quote[1]}, {words.quote[2].lower()}",
        15,
        sheet.look.on(fill),
        box,
    )


def _footer(sheet: Draft, frame: Box, words: Words, edge: float) -> None:
    look = sheet.look
    fill = look.accents[-1]
    sheet.box("footer", "footer", "the footer band", frame, fill, radius=0)
    middle = (frame[1] + frame[3]) / 2
    site = "www." + "".join(c for c in words.brand.lower() if c.isalnum()) + ".example"
    sheet.words("footer.site", "web address", "the web address in the footer",
                (edge, middle - 16, frame[2] * 0.6, middle + 16), site, 18, look.on(fill),
                "footer", valign="middle")  # fmt: skip
    button = (frame[2] - edge - 250, middle - 24, frame[2] - edge, middle + 24)
    on = look.on(fill)
    sheet.box("footer.button", "button", "the button in the footer", button, on, "footer",
              radius=24 if look.radius else 0)  # fmt: skip
    sheet.words("footer.action", "button label", "the label of the button", inset(button, 12, 4),
                words.actions[0], 17, fill if _reads(fill, on) else look.on(on), "footer.button",
                bold=True, align="center", valign="middle")  # fmt: skip


def _reads(ink: str, fill: str) -> bool:
    return colours.contrast(ink, fill) >= looks.LEAST_CONTRAST


Body = Callable[[Draft, Box, Words, int], None]
BODIES: tuple[Body, ...] = (_grid, _stack, _stack, _columns)
