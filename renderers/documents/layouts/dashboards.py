"""Charts as pictures of their own, and dashboards of lettered panels."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from corpuswright.renderers.documents import charts
from corpuswright.renderers.documents.content.tables import Table, said, summary
from corpuswright.renderers.documents.document import Box, columns, inset, rows
from corpuswright.renderers.documents.drafting import Draft
from corpuswright.renderers.documents.layouts.slides import findings

SIZES = ((1280, 800), (1200, 900), (1440, 900))

# Whether several series are wanted → a table of real numbers.
Another = Callable[[bool], Table]


def draft(
    sheet: Draft, size: tuple[int, int], table: Table, another: Another, level: int, panels: bool
) -> None:
    """Put a chart on a sheet, or a dashboard of several.

    Args:
        sheet: An empty one.
        size: Of the picture.
        table: What the first chart shows.
        another: Gives the tables of further charts.
        level: Of difficulty: how many panels.
        panels: Whether it is a dashboard.
    """
    wide, high = size
    edge = wide * 0.04
    if panels:
        _dashboard(sheet, (edge, edge, wide - edge, high - edge), table, another, level)
    else:
        _single(sheet, (edge, edge, wide - edge, high - edge), table, level)


def _single(sheet: Draft, frame: Box, table: Table, level: int) -> None:
    look = sheet.look
    ink = look.on(look.background)
    title, subtitle, rest = charts.title_rows(frame, 52, 34)
    align = str(sheet.rng.choice(["left", "center"]))
    sheet.words("title", "title", "the title", title, table.title, 32, ink, bold=True, heading=True,
                align=align)  # fmt: skip
    sheet.words(
        "subtitle",
        "subtitle",
        "the subtitle",
        subtitle,
        f"{table.value_title} by {table.category.lower()}",
        18,
        ink,
        align=align,
    )
    body, foot = (rest[0], rest[1] + 14, rest[2], rest[3] - 44), rest[3]
    box = body
    if level > 1:
        body, side = columns(body, [2.6, 1.0], 28)
        box = body
        fill = look.surface
        panel = sheet.box(
            "summary",
            "summary box",
            "the summary box",
            (side[0], side[1] + 20, side[2], side[1] + 56 + 46 * 4),
            fill,
        )
        facts(sheet, panel, (side[0] + 20, side[1] + 38, side[2] - 20, side[3]), table, fill)
    kind, library = choose(sheet, table)
    charts.add(sheet, "chart", "the chart", box, table, kind, library,
               labels=len(table.series) == 1 and level > 1)  # fmt: skip
    sheet.words("source", "source note", "the source note", (frame[0], foot - 30, frame[2], foot),
                f"Source: {table.source}", 14, ink, italic=True)  # fmt: skip


def facts(sheet: Draft, parent: str, frame: Box, table: Table, fill: str) -> None:
    """Put what is computed from a table's first series: sum or mean, median, range."""
    look = sheet.look
    name, found = table.series[0], summary(table)[table.series[0]]
    whose = f" ({name})" if name else ""
    sheet.words(f"{parent}.heading", "heading", "the heading of the summary box",
                (frame[0], frame[1], frame[2], frame[1] + 30), f"Summary{whose}", 19,
                look.on(fill), parent, bold=True, heading=True)  # fmt: skip
    last = "sum" if table.additive else "highest value"
    for n, what in enumerate(("mean", "median", "range", last)):
        value = said(round(found[what], table.decimals + 1), table.decimals + 1)
        y = frame[1] + 42 + n * 42
        sheet.words(f"{parent}.{what}", "fact", f"the line that states the {what}",
                    (frame[0], y, frame[2], y + 32), f"{what.capitalize()}: {value}", 17,
                    look.on(fill), parent, fact=what, value=found[what], series=name,
                    decimals=table.decimals + 1)  # fmt: skip


def choose(sheet: Draft, table: Table) -> tuple[charts.Kind, charts.Library]:
    """Return how a table is drawn, and by whom."""
    kinds = charts.kinds_for(table)
    kind = kinds[int(sheet.rng.integers(0, len(kinds)))]
    return kind, charts.LIBRARIES[int(sheet.rng.integers(0, len(charts.LIBRARIES)))]


def panel(
    sheet: Draft, letter: str, frame: Box, table: Table, role: str = "panel", size: float = 17
) -> str:
    """Put a lettered panel with a title and a chart."""
    look = sheet.look
    fill = look.surface
    name = f"panel ({letter})"
    id = sheet.box(f"panel{letter}", role, name, frame, fill, stroke=look.on(look.background),
                   stroke_width=1, order=ord(letter))  # fmt: skip
    inner = inset(frame, 14, 10)
    sheet.words(f"{id}.letter", "panel label", f"the label of {name}",
                (inner[0], inner[1], inner[0] + 44, inner[1] + size * 1.6), f"({letter})", size,
                look.on(fill), id, bold=True)  # fmt: skip
    sheet.words(
        f"{id}.title",
        "panel title",
        f"the title of {name}",
        (inner[0] + 44, inner[1], inner[2], inner[1] + size * 1.6),
        table.title,
        size * 0.95,
        look.on(fill),
        id,
        bold=True,
        heading=True,
    )
    kind, library = choose(sheet, table)
    charts.add(sheet, f"{id}.chart", f"the chart of {name}",
               (inner[0], inner[1] + size * 2, inner[2], inner[3]), table, kind, library, id,
               surface=fill, of=f" in {name}")  # fmt: skip
    return id


def _dashboard(sheet: Draft, frame: Box, table: Table, another: Another, level: int) -> None:
    look, rng = sheet.look, sheet.rng
    ink = look.on(look.background)
    band, body, foot = rows(frame, [0.11, 0.8, 0.09], 16)
    sheet.box("header", "header", "the header band", band, look.accents[0])
    on = look.on(look.accents[0])
    sheet.words("title", "title", "the title", inset(band, 22, 8),
                str(rng.choice(["Numbers at a glance", "Dashboard", "Figures in brief",
                                "Key indicators", "Overview of the data"])), 28, on, "header",
                bold=True, heading=True, valign="middle",
                align=str(rng.choice(["left", "center"])))  # fmt: skip
    shapes: list[list[Box]] = [
        columns(body, [1.0, 1.0], 16),
        [*columns(rows(body, [1.0, 1.0], 16)[0], [1.0, 1.0], 16), rows(body, [1.0, 1.0], 16)[1]],
        [columns(body, [1.5, 1.0], 16)[0], *rows(columns(body, [1.5, 1.0], 16)[1], [1, 1], 16)],
        [*rows(columns(body, [1.0, 1.5], 16)[0], [1, 1], 16), columns(body, [1.0, 1.5], 16)[1]],
        [c for r in rows(body, [1.0, 1.0], 16) for c in columns(r, [1.0, 1.0], 16)],
    ]
    first = {1: (0, 1), 2: (1, 4), 3: (2, 5)}[level]
    frames = shapes[int(rng.integers(*first))]
    letters: Sequence[str] = "ABCD"
    for n, where in enumerate(frames):
        shown = table if n == 0 else another(bool(rng.uniform() < 0.4))
        panel(sheet, letters[n], where, shown)
    sheet.words("note", "note", "the note at the bottom", foot, findings(table)[0], 16, ink,
                valign="middle")  # fmt: skip
