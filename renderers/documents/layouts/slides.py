"""Slides: a title and one idea, as decks of companies, schools and towns have them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from corpuswright.renderers.documents import charts
from corpuswright.renderers.documents.content.tables import Table, said
from corpuswright.renderers.documents.content.topics import Words
from corpuswright.renderers.documents.document import Box, columns, inset
from corpuswright.renderers.documents.drafting import Draft
from corpuswright.renderers.documents.layouts import parts

SIZES = ((1280, 720), (1280, 720), (1280, 960))

Body = Callable[[Draft, Box, Words, Table, int], None]


def draft(
    sheet: Draft, size: tuple[int, int], words: Words, table: Table, level: int,
    drawn_here: bool = True,
) -> None:  # fmt: skip
    """Put one slide on a sheet.

    Args:
        sheet: An empty one.
        size: Of the slide.
        words: What it says.
        table: Numbers for slides that show some.
        level: Of difficulty, 1 to 3: how much there is on it.
        drawn_here: Whether whoever draws it can draw charts and icons.
    """
    rng, look = sheet.rng, sheet.look
    wide, high = size
    edge = wide * 0.05
    chosen = BODIES if drawn_here else PLAIN
    body = chosen[int(rng.integers(0, len(chosen)))]
    banded = bool(rng.uniform() < 0.4)
    of_data = body in (_chart, _numbers_table)
    title = table.title if of_data else words.headline
    lead = f"{table.value_title} by {table.category.lower()}" if of_data else words.tagline
    top = high * 0.05
    align = str(rng.choice(["left", "center"]))
    on = look.background
    if banded:
        on = look.accents[0]
        sheet.box("band", "band", "the coloured band at the top", (0, 0, wide, high * 0.2), on,
                  radius=0)  # fmt: skip
    sheet.words(
        "title",
        "title",
        "the title",
        (edge, top, wide - edge, top + 52),
        title,
        36,
        look.on(on),
        "band" if banded else "",
        bold=True,
        heading=True,
        align=align,
    )
    sheet.words(
        "subtitle",
        "subtitle",
        "the subtitle",
        (edge, top + 58, wide - edge, top + 88),
        lead,
        18,
        look.on(on),
        "band" if banded else "",
        italic=bool(rng.uniform() < 0.3),
        align=align,
    )
    body(sheet, (edge, high * 0.24, wide - edge, high * 0.88), words, table, level)
    foot = high * 0.925
    ink = look.on(look.background)
    sheet.box("rule", "rule", "the thin line above the footer",
              (edge, foot - 8, wide - edge, foot - 6), look.accents[-1], radius=0)  # fmt: skip
    sheet.words("brand", "footer text", "the name in the footer",
                (edge, foot, wide / 2, foot + 26), words.brand, 15, ink, bold=True)  # fmt: skip
    number = str(int(rng.integers(2, 40)))
    sheet.words(
        "page",
        "page number",
        "the page number",
        (wide / 2, foot, wide - edge, foot + 26),
        number,
        15,
        ink,
        align="right",
    )


def _cards(sheet: Draft, frame: Box, words: Words, table: Table, level: int) -> None:
    count = 2 + level
    frames = columns(frame, [1.0] * count, 24)
    tall = min(frame[3] - frame[1], 330.0 if level < 3 else 380.0)
    frames = [(x0, y0, x1, y0 + tall) for x0, y0, x1, _ in frames]
    parts.cards(sheet, "", frames, words.points[:count], 17 if level < 3 else 15,
                sheet.look.surface)  # fmt: skip


def _list(sheet: Draft, frame: Box, words: Words, table: Table, level: int) -> None:
    left, right = columns(frame, [1.15, 1.0], 40)
    if sheet.rng.uniform() < 0.5:
        left, right = columns(frame, [1.0, 1.15], 40)[::-1]
    count = 2 + level
    parts.bullets(sheet, "", left, [p.sentence for p in words.points[:count]], 20,
                  sheet.look.background)  # fmt: skip
    panel = sheet.box("panel", "panel", "the panel", right, sheet.look.surface)
    inner = inset(right, 24)
    on = sheet.look.surface
    sheet.words("panel.quote", "quotation", "the quotation in the panel",
                (inner[0], inner[1], inner[2], inner[3] - 80), f"“{words.quote[0]}”", 24,
                sheet.look.on(on), panel, italic=True, heading=True, valign="middle")  # fmt: skip
    sheet.words("panel.who", "name", "the name in the panel",
                (inner[0], inner[3] - 66, inner[2], inner[3] - 34), words.quote[1], 18,
                sheet.look.accent_text(0, on), panel, bold=True)  # fmt: skip
    sheet.words("panel.role", "job title", "the job title in the panel",
                (inner[0], inner[3] - 32, inner[2], inner[3]), words.quote[2], 16,
                sheet.look.on(on), panel)  # fmt: skip


def _process(sheet: Draft, frame: Box, words: Words, table: Table, level: int) -> None:
    count = 2 + level
    x0, y0, x1, _ = frame
    tall = 250 if level < 3 else 300
    parts.process(sheet, "", (x0, y0 + 10, x1, y0 + 10 + tall), words.steps[:count],
                  17 if level < 3 else 15)  # fmt: skip
    note = (x0, y0 + tall + 40, x1, y0 + tall + 110)
    fill = sheet.look.surface
    box = sheet.box("note", "note", "the note below the steps", note, fill)
    sheet.words("note.text", "text", "the text of the note", inset(note, 20, 8), words.intro, 18,
                sheet.look.on(fill), box, valign="middle")  # fmt: skip


def _numbers(sheet: Draft, frame: Box, words: Words, table: Table, level: int) -> None:
    count = 2 + level
    x0, y0, x1, y1 = frame
    frames = columns((x0, y0, x1, y0 + 190), [1.0] * count, 20)
    accents = sheet.look.accents
    parts.numbers(sheet, "", frames, words.figures[:count], 18 if level < 3 else 15,
                  [accents[n % len(accents)] for n in range(count)])  # fmt: skip
    parts.bullets(sheet, "", (x0, y0 + 230, x1, y1), [p.sentence for p in words.points[:3]], 20,
                  sheet.look.background)  # fmt: skip


def _chart(sheet: Draft, frame: Box, words: Words, table: Table, level: int) -> None:
    left, right = columns(frame, [1.7, 1.0], 36)
    kinds = charts.kinds_for(table)
    kind = kinds[int(sheet.rng.integers(0, len(kinds)))]
    library = charts.LIBRARIES[int(sheet.rng.integers(0, len(charts.LIBRARIES)))]
    charts.add(sheet, "chart", "the chart", left, table, kind, library,
               labels=len(table.series) == 1 and level > 1)  # fmt: skip
    parts.bullets(sheet, "", (right[0], right[1] + 20, right[2], right[1] + 60 + 80 * (1 + level)),
                  findings(table)[: 1 + level], 19, sheet.look.background)  # fmt: skip


def _numbers_table(sheet: Draft, frame: Box, words: Words, table: Table, level: int) -> None:
    header, lines = rows_of(table)
    parts.table(sheet, "", frame, header, lines, 17)


def rows_of(table: Table) -> tuple[list[str], list[list[str]]]:
    """Return a table's header and its lines, as they are set."""
    names = [s or table.value_title for s in table.series]
    lines = [
        [c, *(said(v[i], table.decimals) for v in table.values)]
        for i, c in enumerate(table.categories)
    ]
    return [table.category, *names], lines


def findings(table: Table) -> list[str]:
    """Return true sentences about a table: its extremes, and how far they are apart."""
    out: list[str] = []
    for name, values in zip(table.series, table.values, strict=True):
        whose = f" for {name}" if name else ""
        high, low = int(np.argmax(values)), int(np.argmin(values))
        unit = f" {table.unit}" if table.unit else ""
        top, bottom = (said(values[i], table.decimals) for i in (high, low))
        out.append(
            f"The highest value{whose} is {top}{unit}, in {table.categories[high]}."
            if table.ordered
            else f"The highest value{whose} is {top}{unit}, for {table.categories[high]}."
        )
        out.append(f"The lowest{whose} is {bottom}{unit}, {'in' if table.ordered else 'for'} "
                   f"{table.categories[low]}.")  # fmt: skip
    out.append(f"All values are shown in {table.unit}." if table.unit
               else f"{len(table.categories)} values are shown.")  # fmt: skip
    out.append(f"Source: {table.source}.")
    return out


BODIES: tuple[Body, ...] = (_cards, _list, _process, _numbers, _chart, _chart, _numbers_table)
PLAIN: tuple[Body, ...] = (_list, _process, _numbers, _numbers_table)
