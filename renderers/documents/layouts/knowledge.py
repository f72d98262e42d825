"""Sheets of computed facts, as a slide, a poster or a panel of a figure states them."""

from __future__ import annotations

from corpuswright.renderers.documents.content.facts import Fact, Sheet
from corpuswright.renderers.documents.document import Box, columns, grid, inset
from corpuswright.renderers.documents.drafting import Draft, ordinal


def draft(sheet: Draft, size: tuple[int, int], known: Sheet, portrait: bool) -> None:
    """Put a sheet of facts on a slide or a poster."""
    look = sheet.look
    wide, high = size
    edge = wide * 0.06
    top = look.accents[0]
    sheet.box("header", "header", "the header band", (0, 0, wide, high * 0.17), top, radius=0)
    align = str(sheet.rng.choice(["left", "center"]))
    sheet.words("title", "title", "the title", (edge, high * 0.035, wide - edge, high * 0.11),
                known.title, 40, look.on(top), "header", bold=True, heading=True, align=align,
                valign="middle")  # fmt: skip
    sheet.words("subtitle", "subtitle", "the subtitle",
                (edge, high * 0.11, wide - edge, high * 0.16), known.lead, 18, look.on(top),
                "header", align=align)  # fmt: skip
    body = (edge, high * 0.2, wide - edge, high * 0.95)
    if known.formula:
        frame = (edge, high * 0.2, wide - edge, high * 0.3)
        formula(sheet, frame, known)
        body = (edge, high * 0.33, wide - edge, high * 0.95)
    across = 2 if portrait else (4 if len(known.facts) > 6 else 3)
    down = -(-len(known.facts) // across)
    frames = grid(body, across, down, 18)
    most = 190.0
    frames = [
        (x0, body[1] + (i // across) * (min(y1 - y0, most) + 18),
         x1, body[1] + (i // across) * (min(y1 - y0, most) + 18) + min(y1 - y0, most))
        for i, (x0, y0, x1, y1) in enumerate(frames)
    ]  # fmt: skip
    for n, (frame, fact) in enumerate(zip(frames, known.facts, strict=False)):
        card(sheet, n, frame, fact, 17 if not portrait else 18)


def formula(sheet: Draft, frame: Box, known: Sheet, parent: str = "") -> None:
    """Put the box that a sheet's formula stands in."""
    look = sheet.look
    fill = look.background if parent else look.surface
    box = sheet.box("formula", "formula box", "the formula box", frame, fill, parent,
                    look.accents[1] if look.outlined else "")  # fmt: skip
    sheet.words("formula.text", "formula", "the formula", inset(frame, 16, 6), known.formula, 26,
                look.on(fill), box, bold=True, align="center", valign="middle")  # fmt: skip


def card(
    sheet: Draft, n: int, frame: Box, fact: Fact, size: float, parent: str = ""
) -> str:  # fmt: skip
    """Put a card with one fact: its label, and below it the value."""
    look = sheet.look
    # In a panel of the same colour a card would not be seen.
    fill = look.background if parent else look.surface
    name = f"the {ordinal(n)} card"
    id = sheet.box(f"card{n + 1}", "card", name, frame, fill, parent,
                   look.accents[n % 4] if look.outlined else "", order=n)  # fmt: skip
    inner = inset(frame, size * 0.9)
    sheet.words(f"{id}.label", "label", f"the label of {name}",
                (inner[0], inner[1], inner[2], inner[1] + size * 2.8), fact.label, size,
                look.on(fill), id)  # fmt: skip
    sheet.words(f"{id}.value", "fact", f"the value on {name}",
                (inner[0], inner[1] + size * 3, inner[2], inner[3]), fact.text, size * 1.6,
                look.accent_text(n, fill), id, bold=True, heading=True, fact=fact.about,
                value=fact.value, label=fact.label, wrong=list(fact.wrong))  # fmt: skip
    return id


def side_by_side(sheet: Draft, frame: Box, known: Sheet, size: float, parent: str) -> None:
    """Put facts into a panel: the formula above, cards below it."""
    top = frame[1]
    if known.formula:
        formula(sheet, (frame[0], top, frame[2], top + 64), known, parent)
        top += 80
    count = len(known.facts)
    for n, (box, fact) in enumerate(
        zip(columns((frame[0], top, frame[2], top + size * 8), [1.0] * count, 14), known.facts,
            strict=True)
    ):  # fmt: skip
        card(sheet, n, box, fact, size, parent)
