"""Parts that slides, posters and figures are put together from."""

from __future__ import annotations

from collections.abc import Sequence

from corpuswright.renderers.documents.content.topics import Figure, Point
from corpuswright.renderers.documents.document import Box, columns, inset
from corpuswright.renderers.documents.drafting import Draft, ordinal


def cards(
    draft: Draft, parent: str, frames: Sequence[Box], points: Sequence[Point], size: float,
    fill: str, called: str = "card", icons: bool = True,
) -> list[str]:  # fmt: skip
    """Put a card with icon, heading and sentence into each frame; returns their ids."""
    look, made = draft.look, list[str]()
    outline = look.accents[1] if look.outlined else ""
    for n, (frame, point) in enumerate(zip(frames, points, strict=True)):
        name = f"the {ordinal(n)} {called}"
        id = draft.box(f"{called}{n + 1}", called, name, frame, fill, parent, outline, order=n)
        inner = inset(frame, size * 1.1)
        y = inner[1]
        if icons:
            side = size * 2.2
            colour = look.accent_text(n, fill)
            draft.icon(
                f"{id}.icon",
                f"the icon of {name}",
                (inner[0], y, inner[0] + side, y + side),
                point.icon,
                colour,
                id,
            )
            y += side + size * 0.7
        draft.words(f"{id}.heading", "heading", f"the heading of {name}",
                    (inner[0], y, inner[2], y + size * 3.1), point.heading, size * 1.2,
                    look.on(fill), id, bold=True, heading=True)  # fmt: skip
        y += size * 3.3
        draft.words(f"{id}.text", "text", f"the text of {name}", (inner[0], y, inner[2], inner[3]),
                    point.sentence, size, look.on(fill), id)  # fmt: skip
        made.append(id)
    return made


def bullets(
    draft: Draft, parent: str, frame: Box, texts: Sequence[str], size: float, on: str
) -> list[str]:
    """Put a list of points, one below the other, with coloured marks before them."""
    high = (frame[3] - frame[1]) / len(texts)
    made: list[str] = []
    for n, text in enumerate(texts):
        y = frame[1] + n * high
        name = f"the {ordinal(n)} bullet point"
        mark = draft.look.accent_text(0, on)
        dot = (frame[0], y + size * 0.5, frame[0] + size * 0.5, y + size)
        draft.box(f"bullet{n + 1}.mark", "bullet mark", f"the mark of {name}", dot, mark, parent,
                  radius=size)  # fmt: skip
        where = (frame[0] + size * 1.3, y, frame[2], y + high - size * 0.2)
        made.append(draft.words(f"bullet{n + 1}", "bullet point", name, where, text, size,
                                draft.look.on(on), parent, order=n))  # fmt: skip
    return made


def numbers(
    draft: Draft, parent: str, frames: Sequence[Box], figures: Sequence[Figure], size: float,
    fills: Sequence[str],
) -> list[str]:  # fmt: skip
    """Put a tile with a large number and what it counts into each frame."""
    look, made = draft.look, list[str]()
    for n, (frame, figure, fill) in enumerate(zip(frames, figures, fills, strict=True)):
        name = f"the {ordinal(n)} tile"
        id = draft.box(f"tile{n + 1}", "tile", name, frame, fill, parent, order=n)
        inner = inset(frame, size)
        draft.words(f"{id}.value", "value", f"the number on {name}",
                    (inner[0], inner[1], inner[2], inner[1] + size * 3.6), figure.text, size * 2.3,
                    look.on(fill), id, bold=True, heading=True, value=figure.value,
                    unit=figure.unit)  # fmt: skip
        draft.words(f"{id}.label", "label", f"the label of {name}",
                    (inner[0], inner[1] + size * 3.8, inner[2], inner[3]), figure.label, size,
                    look.on(fill), id)  # fmt: skip
        made.append(id)
    return made


def table(
    draft: Draft, parent: str, frame: Box, header: Sequence[str], lines: Sequence[Sequence[str]],
    size: float, letter: str = "",
) -> str:  # fmt: skip
    """Put a ruled table; returns its id. Cells are named by row and column.

    `letter` is that of the panel it stands in, where it is one of several.
    """
    look = draft.look
    own, of = (f"{letter}.", f" in panel ({letter})") if letter else ("", "")
    shares = [1.6, *[1.0] * (len(header) - 1)]
    high = min((frame[3] - frame[1]) / (len(lines) + 1), size * 3.4)
    frame = (frame[0], frame[1], frame[2], frame[1] + high * (len(lines) + 1))
    name = f"the table{of}"
    whole = draft.box(f"{own}table", "table", name, frame, look.surface, parent, radius=0)
    for r, line in enumerate([header, *lines]):
        y = frame[1] + r * high
        band = (frame[0], y, frame[2], y + high)
        fill = look.accents[0] if r == 0 else (look.surface if r % 2 else look.background)
        name = f"the {'header' if r == 0 else ordinal(r - 1)} row of the table{of}"
        row = draft.box(f"{own}row{r}", "table header" if r == 0 else "table row", name, band, fill,
                        whole, radius=0, order=r)  # fmt: skip
        for c, (cell, text) in enumerate(zip(columns(band, shares, 0), line, strict=True)):
            where = (
                f"the header of the {ordinal(c)} column of the table{of}"
                if r == 0
                else f"the cell in the {ordinal(r - 1)} row and the {ordinal(c)} column of the "
                f"table{of}"
            )
            draft.words(f"{own}row{r}.cell{c}", "column header" if r == 0 else "cell", where,
                        inset(cell, size * 0.7, 0), text, size, look.on(fill), row, bold=r == 0,
                        align="left" if c == 0 else "right", valign="middle", order=c)  # fmt: skip
    return whole


def process(
    draft: Draft, parent: str, frame: Box, steps: Sequence[tuple[str, str]], size: float
) -> list[str]:
    """Put steps side by side, joined by arrows."""
    look = draft.look
    gap = size * 2.6
    made: list[str] = []
    frames = columns(frame, [1.0] * len(steps), gap)
    fills = [look.accents[n % len(look.accents)] for n in range(len(steps))]
    for n, (box, (heading, text)) in enumerate(zip(frames, steps, strict=True)):
        name = f"the {ordinal(n)} step"
        id = draft.box(f"step{n + 1}", "step", name, box, fills[n], parent, order=n)
        inner = inset(box, size * 0.8)
        draft.words(f"{id}.number", "number", f"the number of {name}",
                    (inner[0], inner[1], inner[2], inner[1] + size * 2.6), str(n + 1), size * 1.8,
                    look.on(fills[n]), id, bold=True, heading=True)  # fmt: skip
        draft.words(f"{id}.heading", "heading", f"the heading of {name}",
                    (inner[0], inner[1] + size * 2.8, inner[2], inner[1] + size * 5.9), heading,
                    size * 1.1, look.on(fills[n]), id, bold=True)  # fmt: skip
        draft.words(f"{id}.text", "text", f"the text of {name}",
                    (inner[0], inner[1] + size * 6.0, inner[2], inner[3]), text, size * 0.95,
                    look.on(fills[n]), id)  # fmt: skip
        made.append(id)
    colour = look.on(look.background)
    for n in range(len(steps) - 1):
        y = (frames[n][1] + frames[n][3]) / 2
        draft.arrow(f"arrow{n + 1}", f"the {ordinal(n)} arrow", (frames[n][2] + size * 0.3, y),
                    (frames[n + 1][0] - size * 0.3, y), colour, (made[n], made[n + 1]), parent,
                    dashed=look.outlined)  # fmt: skip
    return made
