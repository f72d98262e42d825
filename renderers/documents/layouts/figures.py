"""Scientific figures: lettered panels of charts, diagrams and computed results over a caption."""

from __future__ import annotations

from corpuswright.renderers.documents.content.facts import Sheet
from corpuswright.renderers.documents.content.tables import Table
from corpuswright.renderers.documents.content.topics import Words
from corpuswright.renderers.documents.document import Box, columns, inset, rows
from corpuswright.renderers.documents.drafting import Draft, ordinal
from corpuswright.renderers.documents.layouts import dashboards, knowledge, parts
from corpuswright.renderers.documents.layouts.dashboards import Another
from corpuswright.renderers.documents.layouts.slides import rows_of

SIZES = ((1200, 800), (1280, 720), (1100, 900))


def draft(
    sheet: Draft, size: tuple[int, int], words: Words, table: Table, another: Another,
    known: Sheet | None, level: int, drawn_here: bool = True,
) -> None:  # fmt: skip
    """Put a figure on a sheet.

    Args:
        sheet: An empty one.
        size: Of the figure.
        words: Whose steps its diagram shows.
        table: What its chart shows.
        another: Gives tables of further charts.
        known: Facts that it states, where it is one of knowledge.
        level: Of difficulty.
        drawn_here: Whether whoever draws it can draw charts; tables stand for them otherwise.
    """
    wide, high = size
    frame = (24.0, 20.0, wide - 24.0, high * 0.86)
    look = sheet.look
    number = int(sheet.rng.integers(1, 9))
    put = _charted if drawn_here else _tabled
    if known is not None:
        top, bottom = rows(frame, [1.0, 1.0], 16)
        panel = _panel(sheet, "a", top, known.title)
        knowledge.side_by_side(sheet, _room(top), known, 15, panel)
        below = columns(bottom, [1.0, 1.0], 16)
        put(sheet, "b", below[0], table)
        put(sheet, "c", below[1], another(False))
        said = f"(a) {known.title}. (b) {table.title}. (c) A second data set for comparison."
    else:
        left, right = columns(frame, [1.0, 1.0], 16)
        if level > 1:
            upper, lower = rows(right, [1.0, 1.0], 16)
            put(sheet, "b", upper, another(drawn_here))
            put(sheet, "c", lower, another(False))
        else:
            put(sheet, "b", right, another(False))
        panel = _panel(sheet, "a", left, f"Workflow of the {words.topic} study")
        flow(sheet, _room(left), words.steps[: 3 + (level > 1)], panel)
        rest = " (b, c) Measured values." if level > 1 else " (b) Measured values."
        said = f"(a) The steps of the study, from top to bottom.{rest}"
    sheet.words("caption", "caption", "the caption", (24, high * 0.885, wide - 24, high - 12),
                f"Figure {number}. {said}", 17, look.on(look.background), italic=False)  # fmt: skip


def _charted(sheet: Draft, letter: str, frame: Box, table: Table) -> None:
    dashboards.panel(sheet, letter, frame, table, size=16)


def _tabled(sheet: Draft, letter: str, frame: Box, table: Table) -> None:
    panel = _panel(sheet, letter, frame, table.title)
    header, lines = rows_of(table)
    parts.table(sheet, panel, _room(frame), header, lines, 14, letter)


def _room(frame: Box) -> Box:
    return (frame[0] + 18, frame[1] + 46, frame[2] - 18, frame[3] - 14)


def _panel(sheet: Draft, letter: str, frame: Box, title: str) -> str:
    look = sheet.look
    fill = look.surface
    id = sheet.box(f"panel{letter}", "panel", f"panel ({letter})", frame, fill,
                   stroke=look.on(look.background), stroke_width=1, order=ord(letter))  # fmt: skip
    inner = inset(frame, 14, 10)
    sheet.words(f"{id}.letter", "panel label", f"the label of panel ({letter})",
                (inner[0], inner[1], inner[0] + 44, inner[1] + 26), f"({letter})", 16,
                look.on(fill), id, bold=True)  # fmt: skip
    sheet.words(f"{id}.title", "panel title", f"the title of panel ({letter})",
                (inner[0] + 44, inner[1], inner[2], inner[1] + 26), title, 16, look.on(fill), id,
                bold=True, heading=True)  # fmt: skip
    return id


def flow(sheet: Draft, frame: Box, steps: tuple[tuple[str, str], ...], parent: str) -> list[str]:
    """Put boxes one below the other, joined by arrows from top to bottom."""
    look = sheet.look
    made: list[str] = []
    frames = rows(frame, [1.0] * len(steps), 44)
    for n, (box, (heading, text)) in enumerate(zip(frames, steps, strict=True)):
        name = f"the {ordinal(n)} box of the workflow"
        fill = look.accents[n % len(look.accents)]
        id = sheet.box(f"flow{n + 1}", "workflow box", name, box, fill, parent, order=n)
        inner = inset(box, 14, 8)
        middle = (inner[1] + inner[3]) / 2
        sheet.words(f"{id}.heading", "heading", f"the heading of {name}",
                    (inner[0], middle - 26, inner[2], middle - 1), heading, 17, look.on(fill), id,
                    bold=True, align="center")  # fmt: skip
        sheet.words(f"{id}.text", "text", f"the text of {name}",
                    (inner[0], middle + 2, inner[2], middle + 26), text, 14, look.on(fill), id,
                    align="center")  # fmt: skip
        made.append(id)
    for n in range(len(steps) - 1):
        x = (frame[0] + frame[2]) / 2
        sheet.arrow(f"arrow{n + 1}", f"the {ordinal(n)} arrow", (x, frames[n][3] + 4),
                    (x, frames[n + 1][1] - 4), look.on(look.surface), (made[n], made[n + 1]),
                    parent, dashed=look.outlined)  # fmt: skip
    return made
