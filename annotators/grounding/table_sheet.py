"""A spreadsheet as scenes show it, and how its cells, columns and rows are referred to."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from corpuswright.annotators.actions.gestures import TaskPlan
from corpuswright.storage.records import Element, Scene


class Sheet:
    """A table scene, looked up by row and column."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.app = scene.state["app"]
        self.by: dict[str, list[Element]] = {}
        for e in scene.elements:
            self.by.setdefault(str(e.attributes.get("kind", "")), []).append(e)
        self.cells = {place(e): e for e in self.by.get("cell", ()) if clear(e)}
        self.columns = {int(e.attributes["col"]): e for e in self.by.get("column", ())}
        self.rows = {int(e.attributes["row"]): e for e in self.by.get("row", ())}
        # A sheet's headings are letters, and its first row has titles; a grid's are the titles.
        self.titles = {c: e for c, e in self.columns.items() if e.attributes.get("titled")}
        self.lettered = not self.titles
        self.titles |= {c: e for (r, c), e in self.cells.items() if r == 0}
        self.firsts = {r: e for (r, c), e in self.cells.items() if c == 0 and r > 0}
        self.ranges = bool(self.app.get("ranges", True))
        self.active: tuple[int, int] = tuple(self.app["active"])
        self.values: list[list[str]] = self.app["values"]
        if not self.lettered:  # there a cell has no address: what cannot be named is no target
            self.cells = {p: e for p, e in self.cells.items() if self.named(*p)}
            self.columns = {c: e for c, e in self.columns.items() if self.titled(c)}

    def plain(self) -> dict[tuple[int, int], Element]:
        """Return the cells that are not merged."""
        return {p: e for p, e in self.cells.items() if "rows" not in e.attributes}

    def titled(self, col: int) -> bool:
        """Whether a column's title can be read and is the only one of its text."""
        return col in self.titles and once(self.titles[col], self.titles.values())

    def named(self, row: int, col: int) -> bool:
        """Whether a cell can be told by the title over it and the first cell of its row."""
        first = self.firsts.get(row)
        return col > 0 and self.titled(col) and first is not None and once(first, self._first())

    def _first(self) -> list[Element]:
        title = self.titles.get(0)
        return [*self.firsts.values(), *([title] if title and self.lettered else ())]

    def edge(self, kind: str, number: int) -> Element | None:
        """Return the edge of a column or row that can be grabbed."""
        of = "col" if kind == "column_edge" else "row"
        found = [e for e in self.by.get(kind, ()) if e.attributes[of] == number]
        return found[0] if found and found[0].click_point else None


def place(e: Element) -> tuple[int, int]:
    """Return a cell's row and column, from 0."""
    return int(e.attributes["row"]), int(e.attributes["col"])


def clear(e: Element) -> bool:
    """Whether enough of a cell is seen to point at."""
    if e.visible_box is None or e.click_point is None or (e.visible_fraction or 0) < 0.5:
        return False
    x0, y0, x1, y1 = e.visible_box
    return x1 - x0 >= 8 and y1 - y0 >= 8


def address(row: int, col: int) -> str:
    """Return a cell's address as the headings of a spreadsheet give it."""
    return f"{chr(65 + col)}{row + 1}"


def word(sheet: Sheet, plan: TaskPlan, rng: np.random.Generator) -> str:
    """Return what a plan says, in the imperative."""
    m = plan.meaning
    named = refer(sheet, m["cell"], rng) if "cell" in m else ""
    letter = chr(65 + m["number"]) if "number" in m else ""
    match plan.kind:
        case "click_cell" | "click_empty_cell":
            say = f"click {named}"
        case "edit_cell":
            say = f"double-click {named}, type “{m['text']}” and press Enter"
        case "select_cells":
            a, b = (address(*place(m[n])) for n in ("from", "to"))
            say = f"select the cells from {a} to {b} by dragging"
        case "extend_selection":
            say = f"hold Shift and click {named} to extend the selection"
        case "add_to_selection":
            say = f"hold Ctrl and click {named} to add it to the selection"
        case "select_column":
            say = f"select the whole column {letter} by its header"
        case "select_row":
            say = f"select the whole row {m['number'] + 1} by its header"
        case "resize_column":
            to = {"twice": "twice as wide", "half": "half as wide"}
            to["same"] = f"as wide as {column_name(sheet, m['other'])}"
            edge = f"the right edge of {column_name(sheet, m['number'])}"
            say = f"drag {edge} to make it {to[m['how']]}"
        case "resize_row":
            say = f"drag the lower edge of row {m['number'] + 1} to make it twice as high"
        case "fill":
            say = f"drag the fill handle of the selected cell to {named}"
        case _:
            say = f"drag the selected cell by its border to {named}"
    return say


def refer(sheet: Sheet, cell: Element, rng: np.random.Generator) -> str:
    """Return a cell's address, or heading and row where both are seen once and can be read."""
    r, c = place(cell)
    empty = "empty " if not sheet.values[r][c] else ""
    if (rng.uniform() < 0.5 or not sheet.lettered) and r > 0 and sheet.named(r, c):
        return f"the {empty}“{sheet.titles[c].text}” cell of “{sheet.firsts[r].text}”"
    return f"the empty cell {address(r, c)}" if empty else f"cell {address(r, c)}"


def column_name(sheet: Sheet, number: int) -> str:
    """Return how a column is called: by its letter, or by its title."""
    if sheet.lettered:
        return f"column {chr(65 + number)}"
    return f"the “{sheet.titles[number].text}” column"


def once(e: Element, line: Iterable[Element]) -> bool:
    """Whether a heading, or a row's first cell, is readable and the only one of its text."""
    alike = [other for other in line if other.text.casefold() == e.text.casefold()]
    readable = e.attributes.get("named_by") == "text" and "rows" not in e.attributes
    return readable and len(alike) == 1 and bool(e.text) and not set("“”") & set(e.text)
