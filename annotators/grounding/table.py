"""Tasks on a spreadsheet: cells, ranges, edges of rows and columns, the fill handle, the keyboard.

What each task must leave behind is computed here from the scene; `quality.execution.perform`
performs it and looks. Sentences name cells by their address, or by heading and first column where
both can be read; `quality.grounding.table` reads them back with a parser of its own.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from corpuswright.annotators.actions import (
    clicks,
    gestures,
    place_expressions,
    regions,
    relative_drags,
)
from corpuswright.annotators.actions.gestures import Place, TaskPlan, expect
from corpuswright.annotators.grounding.table_sheet import Sheet, place, word
from corpuswright.storage import keys
from corpuswright.storage.records import Action, Element, Polygon, Sample, Task

ACTIONS_VERSION = 4  # bump when the choice of targets or actions changes
TEXT_VERSION = 3  # bump when wording changes; actions stay as they are

TASKS = 8  # a scene; the paper asks for 4 a call (App. C.3) and calls more than once
EACH = 2  # of one kind at most, so that a scene shows many kinds
MISS = 3.0  # CSS px: how far a dragged edge may end from where it should; ours, a hand's precision
NARROWEST, LOWEST = 30, 18  # CSS px that no resize goes below: the application's own limit is near


def propose(sample: Sample) -> list[Task]:
    """Return up to TASKS tasks for a table scene, of as many kinds as it has room for."""
    sheet = Sheet(sample.scene)
    rng = keys.generator(sample.spec.corpus, "actions", ACTIONS_VERSION, sample.key)
    plans = gestures.collect(sheet, KINDS, rng, TASKS, EACH)
    return gestures.tasks_of(
        sample, plans, lambda r, plan: word(sheet, plan, r), "In this sheet", TEXT_VERSION
    )


# --- what is done ------------------------------------------------------------------------------


def _click(sheet: Sheet, rng: np.random.Generator) -> TaskPlan | None:
    cell = _any(rng, [e for p, e in sheet.cells.items() if p != sheet.active])
    if cell is None:
        return None
    action, region = clicks.click(sheet.scene, cell, "click")
    r, c = place(cell)
    r1, c1 = _end(cell)
    kind = "click_cell" if sheet.values[r][c] else "click_empty_cell"
    expected = expect({"selection": [[r, c, r1, c1]], "active": [r, c]})
    return TaskPlan(kind, (action,), (region,), (cell.id,), expected, {"cell": cell})


def _edit(sheet: Sheet, rng: np.random.Generator) -> TaskPlan | None:
    cell = _any(rng, [e for p, e in sheet.plain().items() if p[0] > 0])
    if cell is None:
        return None
    r, c = place(cell)
    seen = [row[c] for row in sheet.values[1:] if row[c] and row[c] != sheet.values[r][c]]
    text = str(rng.choice(seen)) if seen else str(int(rng.integers(1, 1000)))
    if not text.isascii() or not text.isprintable() or "”" in text:
        return None
    action, region = clicks.click(sheet.scene, cell, "double_click")
    expected = expect({f"values.{r}.{c}": text}, "selection", "active")
    trace = (action, *gestures.typed(text))
    return TaskPlan(
        "edit_cell", trace, (region,), (cell.id,), expected, {"cell": cell, "text": text}
    )


def _range(sheet: Sheet, rng: np.random.Generator) -> TaskPlan | None:
    a, b = (_any(rng, list(sheet.plain().values())) for _ in range(2))
    if not sheet.ranges or a is None or b is None or a is b:
        return None
    (r0, c0, r1, c1) = _corners(place(a), place(b))
    if _merged_within(sheet, r0, c0, r1, c1) or (r1 - r0 + 1) * (c1 - c0 + 1) > 60:
        return None
    start, end = _cell(sheet, a, _over(sheet, a)), _cell(sheet, b)
    action, targets = gestures.many(sheet.scene, "drag", [start, end])
    # The cell it starts from stays the active one: a drag the other way is another.
    expected = expect({"selection": [[r0, c0, r1, c1]], "active": list(place(a))})
    return TaskPlan(
        "select_cells", (action,), targets, (a.id, b.id), expected, {"from": a, "to": b}
    )


def _extend(sheet: Sheet, rng: np.random.Generator) -> TaskPlan | None:
    cell = _any(rng, [e for p, e in sheet.plain().items() if p != sheet.active])
    if not sheet.ranges or cell is None:
        return None
    r0, c0, r1, c1 = _corners(sheet.active, place(cell))
    if _merged_within(sheet, r0, c0, r1, c1):
        return None
    action, region = clicks.click(sheet.scene, cell, "click")
    expected = expect({"selection": [[r0, c0, r1, c1]]})
    trace = (_held(action, "shift"),)
    return TaskPlan("extend_selection", trace, (region,), (cell.id,), expected, {"cell": cell})


def _add(sheet: Sheet, rng: np.random.Generator) -> TaskPlan | None:
    cell = _any(rng, [e for p, e in sheet.plain().items() if p != sheet.active])
    if not sheet.ranges or cell is None:
        return None
    r, c = place(cell)
    action, region = clicks.click(sheet.scene, cell, "click")
    selection = [*sheet.app["selection"], [r, c, r, c]]
    expected = expect({"selection": selection, "active": [r, c]})
    trace = (_held(action, "ctrl"),)
    return TaskPlan("add_to_selection", trace, (region,), (cell.id,), expected, {"cell": cell})


def _whole(sheet: Sheet, rng: np.random.Generator) -> TaskPlan | None:
    column = bool(rng.integers(0, 2))
    heads = sheet.columns if column else sheet.rows
    if not sheet.ranges or not heads:
        return None
    number = int(rng.choice(list(heads)))
    head = heads[number]
    clear = _between_grips(sheet, head, "column_edge" if column else "row_edge")
    if head.click_point is None or clear is None:
        return None
    place = Place(f"{head.id}.click_point", (clear,))
    action, region = gestures.one(sheet.scene, "click", place)
    last_row, last_col = len(sheet.values) - 1, len(sheet.values[0]) - 1
    box = [0, number, last_row, number] if column else [number, 0, number, last_col]
    expected = expect({"selection": [box]}, "active")
    kind = "select_column" if column else "select_row"
    return TaskPlan(kind, (action,), region, (head.id,), expected, {"number": number})


def _resize(sheet: Sheet, rng: np.random.Generator) -> TaskPlan | None:
    column = bool(rng.uniform() < 0.7)
    heads = sheet.columns if column else sheet.rows
    sizes: list[float] = sheet.app["widths" if column else "heights"]
    whole = [n for n, e in heads.items() if e.visible_box == e.box]
    if len(whole) < 2:
        return None
    number, other = (int(n) for n in rng.choice(whole, 2, replace=False))
    grip = sheet.edge("column_edge" if column else "row_edge", number)
    if grip is None:
        return None
    head = heads[number].id
    span = f"({head}.right_edge - {head}.left_edge)"
    as_other = f"({heads[other].id}.right_edge - {heads[other].id}.left_edge)"
    if not column:
        span = f"({head}.bottom_edge - {head}.top_edge)"
        as_other = f"({heads[other].id}.bottom_edge - {heads[other].id}.top_edge)"
    how = str(rng.choice(("twice", "half", "same") if column else ("twice",)))
    size, at = {
        "twice": (2 * sizes[number], f"{grip.id}.center + {span}"),
        "half": (sizes[number] / 2, f"{grip.id}.center - 0.5 * {span}"),
        "same": (sizes[other], f"{grip.id}.center + {as_other} - {span}"),
    }[how]
    if abs(size - sizes[number]) < 4 * MISS or size < (NARROWEST if column else LOWEST):
        return None
    width, height = sheet.scene.size
    end = place_expressions.evaluate(sheet.scene, at)
    miss = [MISS * s for s in sheet.scene.scale]
    if not (miss[0] < end[0] < width - miss[0] and miss[1] < end[1] < height - miss[1]):
        return None
    band = (
        gestures.band(end[0] - miss[0], 0, end[0] + miss[0], height)
        if column
        else gestures.band(0, end[1] - miss[1], width, end[1] + miss[1])
    )
    grow, within = size - sizes[number], MISS + relative_drags.PRESS + relative_drags.WHOLE
    way = (grow - within, grow + within)
    action, targets, gesture = relative_drags.shift(
        sheet.scene,
        Place(f"{grip.id}.center", regions.accept(grip)),
        Place(at, (band,), element=head),
        way if column else None,
        None if column else way,
    )
    path = f"{'widths' if column else 'heights'}.{number}"
    expected = expect({path: {"about": size, "within": within}}, gesture=gesture)
    meaning = {"number": number, "how": how, "other": other, "column": column}
    kind = "resize_column" if column else "resize_row"
    return TaskPlan(kind, (action,), targets, (grip.id, head), expected, meaning)


def _fill(sheet: Sheet, rng: np.random.Generator) -> TaskPlan | None:
    handle = sheet.by.get("fill_handle", [])
    r, c = sheet.active
    down = bool(rng.uniform() < 0.8)
    ahead = [
        e
        for (i, j), e in sheet.plain().items()
        if (j == c and r < i <= r + 12 if down else i == r and c < j <= c + 4)
    ]
    cell = _any(rng, ahead)
    value = sheet.values[r][c]
    if not handle or handle[0].click_point is None or cell is None or not value:
        return None
    i, j = place(cell)
    between = [sheet.values[a][b] for a in range(r, i + 1) for b in range(c, j + 1)]
    if _merged_within(sheet, r, c, i, j) or set(between) == {value}:
        return None
    holds: dict[str, Any] = {
        f"values.{a}.{b}": value for a in range(r, i + 1) for b in range(c, j + 1)
    }
    start = Place(f"{handle[0].id}.center", regions.accept(handle[0]))
    action, targets = gestures.many(sheet.scene, "drag", [start, _cell(sheet, cell)])
    expected = expect(holds, "selection")
    return TaskPlan("fill", (action,), targets, (handle[0].id, cell.id), expected, {"cell": cell})


def _move(sheet: Sheet, rng: np.random.Generator) -> TaskPlan | None:
    edges = [e for e in sheet.by.get("selection_edge", ()) if e.click_point is not None]
    cell = _any(rng, [e for p, e in sheet.plain().items() if p != sheet.active and p[0] > 0])
    r, c = sheet.active
    edge = _any(rng, edges)
    if edge is None or cell is None or not sheet.values[r][c]:
        return None
    i, j = place(cell)
    if sheet.values[i][j] == sheet.values[r][c]:
        return None
    border = tuple(polygon for e in edges for polygon in regions.accept(e))
    start = Place(f"{edge.id}.center", border)
    action, targets = gestures.many(sheet.scene, "drag", [start, _cell(sheet, cell)])
    holds = {f"values.{r}.{c}": "", f"values.{i}.{j}": sheet.values[r][c]}
    expected = expect(holds, "selection", "active")
    return TaskPlan("move_cell", (action,), targets, (edge.id, cell.id), expected, {"cell": cell})


KINDS: Sequence[Callable[[Sheet, np.random.Generator], TaskPlan | None]] = (
    _click,
    _edit,
    _range,
    _extend,
    _add,
    _whole,
    _resize,
    _fill,
    _move,
)


def _held(action: Action, key: str) -> Action:
    return dataclasses.replace(action, modifiers=(key,))


def _any(rng: np.random.Generator, elements: Sequence[Element]) -> Element | None:
    return elements[int(rng.integers(0, len(elements)))] if elements else None


def _cell(sheet: Sheet, cell: Element, forbid: tuple[Polygon, ...] = ()) -> Place:
    return Place(f"{cell.id}.click_point", regions.accept(cell), forbid)


def _between_grips(sheet: Sheet, head: Element, kind: str) -> Polygon | None:
    """Return the part of a heading that no grip lies over, if its click point is there."""
    if head.visible_box is None or head.click_point is None:
        return None
    x0, y0, x1, y1 = head.visible_box
    for grip in (e.box for e in sheet.by.get(kind, ()) if regions.overlaps(e.box, head.box)):
        if kind == "column_edge":
            x0, x1 = (grip[2], x1) if grip[0] < x0 else (x0, grip[0])
        else:
            y0, y1 = (grip[3], y1) if grip[1] < y0 else (y0, grip[1])
    clear = gestures.band(x0, y0, x1, y1)
    inside = x1 - x0 > 4 and y1 - y0 > 4 and regions.contains((clear,), head.click_point)
    return clear if inside else None


def _over(sheet: Sheet, cell: Element) -> tuple[Polygon, ...]:
    """Return what lies over a cell and is another target: the selection's border and handle."""
    assert cell.visible_box is not None
    return tuple(
        polygon
        for kind in ("selection_edge", "fill_handle")
        for e in sheet.by.get(kind, ())
        if e.visible_box and regions.overlaps(e.visible_box, cell.visible_box)
        for polygon in regions.accept(e)
    )


def _end(cell: Element) -> tuple[int, int]:
    r, c = place(cell)
    rows, cols = (int(cell.attributes.get(n, 1)) for n in ("rows", "cols"))
    return r + rows - 1, c + cols - 1


def _corners(a: tuple[int, int], b: tuple[int, int]) -> tuple[int, int, int, int]:
    return min(a[0], b[0]), min(a[1], b[1]), max(a[0], b[0]), max(a[1], b[1])


def _merged_within(sheet: Sheet, r0: int, c0: int, r1: int, c1: int) -> bool:
    """Whether a range touches a merged cell, which would make it larger."""
    for e in sheet.by.get("cell", ()):
        if "rows" in e.attributes:
            (a, b), (c, d) = place(e), _end(e)
            if a <= r1 and c >= r0 and b <= c1 and d >= c0:
                return True
    return False


# --- how it is said ----------------------------------------------------------------------------
