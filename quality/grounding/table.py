"""A blind resolver for spreadsheets: reads a sentence, finds what it means on the scene.

It shares no code with the grammar: addresses, headings and sizes are read here anew.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping
from typing import Any

from corpuswright.quality.grounding.patterns import ParsedSentence, Trace, differs, reader
from corpuswright.storage.records import Element, Rejection, Scene, Task

VERSION = 2  # bump when a verdict can change

_CELL = (
    r"(?:(?:the (?P<void>empty )?)?cell (?P<at>[A-Z]\d+)"
    r"|the (?P<void2>empty )?“(?P<head>[^”]+)” cell of “(?P<first>[^”]+)”)"
)
_COLUMN = r"(?:column (?P<{0}>[A-Z])|the “(?P<{0}_title>[^”]+)” column)"
_SENTENCES: tuple[tuple[str, str], ...] = (
    ("click_cell", rf"click {_CELL}"),
    ("edit_cell", rf"double-click {_CELL}, type “(?P<text>[^”]*)” and press Enter"),
    ("select_cells", r"select the cells from (?P<from>[A-Z]\d+) to (?P<to>[A-Z]\d+) by dragging"),
    ("extend_selection", rf"hold Shift and click {_CELL} to extend the selection"),
    ("add_to_selection", rf"hold Ctrl and click {_CELL} to add it to the selection"),
    ("select_column", r"select the whole column (?P<column>[A-Z]) by its header"),
    ("select_row", r"select the whole row (?P<row>\d+) by its header"),
    (
        "resize_column",
        rf"drag the right edge of {_COLUMN.format('column')} to make it "
        rf"(?P<how>twice as wide|half as wide|as wide as {_COLUMN.format('other')})",
    ),
    ("resize_row", r"drag the lower edge of row (?P<row>\d+) to make it (?P<how>twice as high)"),
    ("fill", rf"drag the fill handle of the selected cell to {_CELL}"),
    ("move_cell", rf"drag the selected cell by its border to {_CELL}"),
)
_TRACES: Mapping[str, Trace] = {
    "click_cell": ("click",),
    "edit_cell": ("double_click", "type", "press"),
    "extend_selection": ("shift+click",),
    "add_to_selection": ("ctrl+click",),
    "select_column": ("click",),
    "select_row": ("click",),
}


read = reader(_SENTENCES, "In this sheet")


def check(scene: Scene, task: Task) -> Rejection | None:
    """Reject a task whose sentence does not lead to exactly its elements, actions and ends."""
    reading = read(task.text)
    if reading is None:
        return Rejection("sentence_not_read", task.text[:120])
    if wrong := differs(task, reading, _TRACES):
        return wrong
    wanted = _resolve(scene, task, reading)
    if isinstance(wanted, Rejection):
        return wanted
    if tuple(e.id for e in wanted) != task.elements:
        return Rejection("sentence_fits_another", f"{[e.id for e in wanted]}: {task.text[:100]}")
    if reading.kind in ("resize_column", "resize_row"):
        return _check_end(scene, task, reading)
    return None


def _resolve(scene: Scene, task: Task, reading: ParsedSentence) -> list[Element] | Rejection:
    p = reading.parts
    match reading.kind:
        case "select_cells":
            found = [_by_address(scene, p[n]) for n in ("from", "to")]
        case "select_column":
            found = [_only(scene, "column", col=ord(p["column"]) - 65)]
        case "select_row":
            found = [_only(scene, "row", row=int(p["row"]) - 1)]
        case "resize_column":
            number = _number(scene, p, "column")
            if isinstance(number, Rejection):
                return number
            found = [_only(scene, k, col=number) for k in ("column_edge", "column")]
        case "resize_row":
            number = int(p["row"]) - 1
            found = [_only(scene, k, row=number) for k in ("row_edge", "row")]
        case "fill":
            found = [_only(scene, "fill_handle"), _cell(scene, p)]
        case "move_cell":
            found = [_border(scene, task), _cell(scene, p)]
        case _:
            found = [_cell(scene, p)]
    elements: list[Element] = []
    for f in found:
        if isinstance(f, Rejection):
            return f
        elements.append(f)
    return elements


def _border(scene: Scene, task: Task) -> Element | Rejection:
    """Return the side of the selection's border that the task takes: any of them will do."""
    for e in scene.elements:
        if e.id == task.elements[0] and e.attributes.get("kind") == "selection_edge":
            return e
    return Rejection("sentence_fits_another", f"{task.elements[0]} is no border of the selection")


def _cell(scene: Scene, p: dict[str, str]) -> Element | Rejection:
    if "at" in p:
        found = _by_address(scene, p["at"])
    else:
        cells = [e for e in scene.elements if e.attributes.get("kind") == "cell"]
        heads = [e for e in _titles(scene) if _same(e.text, p["head"])]
        rows = [e for e in cells if e.attributes["col"] == 0 and _same(e.text, p["first"])]
        if len(heads) != 1 or len(rows) != 1:
            many = len(heads) > 1 or len(rows) > 1
            reason = "sentence_is_ambiguous" if many else "sentence_fits_nothing"
            return Rejection(reason, f"{p['head']} of {p['first']}")
        if any(e.attributes.get("named_by") != "text" for e in (heads[0], rows[0])):
            return Rejection("name_not_in_pixels", f"{p['head']} of {p['first']}")
        found = _only(scene, "cell", row=rows[0].attributes["row"], col=heads[0].attributes["col"])
    if isinstance(found, Element) and ("void" in p or "void2" in p) != (not found.text):
        return Rejection("sentence_fits_nothing", "empty or not, the cell is the other")
    return found


def _titles(scene: Scene) -> list[Element]:
    """Return what stands over the columns: headings that are titles, or the first row."""
    titles = [e for e in scene.elements if e.attributes.get("titled")]
    cells = [e for e in scene.elements if e.attributes.get("kind") == "cell"]
    return titles or [e for e in cells if e.attributes["row"] == 0]


def _number(scene: Scene, p: dict[str, str], name: str) -> int | Rejection:
    """Return the number of the column that a letter or a title names."""
    title = p.get(f"{name}_title")
    if title is None:
        return ord(p[name]) - 65
    found = [e for e in _titles(scene) if _same(e.text, title)]
    if len(found) != 1:
        return Rejection("sentence_is_ambiguous" if found else "sentence_fits_nothing", title)
    if found[0].attributes.get("named_by") != "text":
        return Rejection("name_not_in_pixels", title)
    return found[0].attributes["col"]


def _by_address(scene: Scene, at: str) -> Element | Rejection:
    if any(e.attributes.get("titled") for e in scene.elements):
        return Rejection("sentence_fits_nothing", f"{at}: no letters stand over the columns")
    return _only(scene, "cell", row=int(at[1:]) - 1, col=ord(at[0]) - 65)


def _only(scene: Scene, kind: str, **where: Any) -> Element | Rejection:
    found = [
        e
        for e in scene.elements
        if e.attributes.get("kind") == kind
        and all(e.attributes.get(k) == v for k, v in where.items())
        and e.visible_box is not None
    ]
    if len(found) == 1:
        return found[0]
    reason = "sentence_is_ambiguous" if found else "sentence_fits_nothing"
    return Rejection(reason, f"{kind} {where}: {len(found)}")


def _check_end(scene: Scene, task: Task, reading: ParsedSentence) -> Rejection | None:
    """Recompute where a dragged edge must end: it goes as far as the mouse does."""
    across = reading.kind == "resize_column"
    head = next(e for e in scene.elements if e.id == task.elements[1])
    low, high = (head.box[0], head.box[2]) if across else (head.box[1], head.box[3])
    how = reading.parts["how"]
    if how.startswith("as wide"):
        number = _number(scene, reading.parts, "other")
        other = number if isinstance(number, Rejection) else _only(scene, "column", col=number)
        if isinstance(other, Rejection):
            return other
        size = other.box[2] - other.box[0]
    else:
        size = (high - low) * (2 if how.startswith("twice") else 0.5)
    start, end = (t.point[0 if across else 1] for t in task.targets)
    wanted = start + size - (high - low)
    if abs(end - wanted) > scene.scale[0 if across else 1]:
        return Rejection("sentence_names_another_size", f"{wanted:.1f}, ends at {end:.1f}")
    return None


def _same(a: str, b: str) -> bool:
    return a.casefold().split() == b.casefold().split()


def wrong_versions(scene: Scene, task: Task) -> Iterator[tuple[str, Task]]:
    """Yield (kind of fault, task) for each way to make a sentence wrong."""

    def said(old: str, new: str) -> Task:
        return dataclasses.replace(task, text=task.text.replace(old, new))

    for at in dict.fromkeys(re.findall(r"\b[A-Z]\d+\b", task.text)):
        yield "another_row", said(at, f"{at[0]}{int(at[1:]) + 1}")
        yield "another_column", said(at, f"{chr(ord(at[0]) + 1)}{at[1:]}")
    for old, new in (
        ("twice as", "half as"),
        ("half as", "twice as"),
        ("Shift", "Ctrl"),
        ("Ctrl", "Shift"),
        ("fill handle of the selected cell", "selected cell by its border"),
        ("whole column", "whole row"),
    ):
        if old in task.text:
            yield "another_word", said(old, new)
    column = re.search(r"\bcolumn ([A-Z])\b", task.text)
    if column:
        yield "another_column", said(column[0], f"column {chr(ord(column[1]) % 90 + 1)}"[:8])
    row = re.search(r"\brow (\d+)\b", task.text)
    if row:
        yield "another_row", said(row[0], f"row {int(row[1]) + 1}")
    for name in re.findall(r"“([^”]+)”", task.text):
        yield "invented_name", said(f"“{name}”", f"“{name} now”")
