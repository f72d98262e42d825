"""Table scenes: real data in a spreadsheet that behaves like one."""

from __future__ import annotations

from typing import Any

import numpy as np

from corpuswright.renderers.apps import page, tabular_files
from corpuswright.renderers.apps.page import Read
from corpuswright.storage.records import Json

VERSION = 2  # bump when a page comes out otherwise

# How spreadsheets look, to begin with: font, size, and colours of a few well-known ones. Ours.
FONTS = ("DejaVu Sans", "DejaVu Serif", "DejaVu Sans Mono", "Noto Sans", "Liberation Sans")
ACCENTS = ("#1a73e8", "#217346", "#0b57d0", "#7b1fa2", "#c62828", "#00838f", "#ef6c00")
GREYS = ("#f8f9fa", "#f1f3f4", "#e6e6e6", "#eef3fb", "#f7f3e9")
MASKED = 0.5  # share of tables whose cells are mostly empty (paper §4.2)
EMPTY = 0.75  # share of cells emptied in those; the paper says "most"
HIDDEN, MERGED = 0.2, 0.2  # share of tables with hidden rows or columns, with a merged cell: ours
# Applications that others made (assets.grounding.table has their packages), and how they look.
# Not tabulator_site, whose row numbers are white on white, nor _modern, which cuts letters off.
TABULATOR = (
    "tabulator",
    "tabulator_simple",
    "tabulator_midnight",
    "tabulator_bootstrap5",
    "tabulator_bulma",
)
AG_GRID = ("themeQuartz", "themeBalham", "themeAlpine", "themeMaterial")


def compose(parameters: Json, read: Read) -> str:
    """Return the page of a table spec: `site`, `path`, `seed`, `real_app`, `width`, `height`."""
    table = tabular_files.read(parameters["path"], read(parameters["site"], parameters["path"]))
    rng = np.random.Generator(np.random.PCG64(int(parameters["seed"])))
    size = int(rng.integers(11, 17))
    high = size + int(rng.integers(9, 17))
    col_head, row_head = high + int(rng.integers(0, 5)), 3 * size + int(rng.integers(0, 16))
    bar = int(rng.integers(0, 3)) * (size + 18)
    columns, widths = _columns(table, rng, size, parameters["width"] - row_head)
    room = (parameters["height"] - bar - col_head) // high
    count = max(5, min(room + 1, 60, len(table.rows) + 1))
    first = int(rng.integers(0, max(1, len(table.rows) - count)))
    cells = [[table.columns[c] for c in columns]]
    cells += [[row[c] for c in columns] for row in table.rows[first : first + count - 1]]
    wanted = max(1, (parameters["width"] - row_head) // 90)
    while sum(widths) < parameters["width"] - row_head and len(widths) < min(
        26, wanted + len(columns)
    ):
        widths.append(int(rng.integers(70, 120)))  # empty columns, as sheets have to their right
    cells = [row + [""] * (len(widths) - len(row)) for row in cells]
    cells += [[""] * len(widths) for _ in range(count - len(cells))]
    if rng.uniform() < MASKED:
        for row in cells[1:]:
            for c in range(1, len(columns)):
                row[c] = "" if rng.uniform() < EMPTY else row[c]
    if parameters.get("real_app"):
        return _real(rng, parameters, cells, widths, len(columns), size)
    hidden_rows, hidden_columns, merged = _special(rng, len(cells), len(columns))
    for r, c, rows, cols in merged:
        for i in range(r, r + rows):
            for j in range(c, c + cols):
                cells[i][j] = cells[i][j] if (i, j) == (r, c) else ""
    active = _visible(rng, len(cells), len(columns), hidden_rows, hidden_columns, merged)
    accent, grey = str(rng.choice(ACCENTS)), str(rng.choice(GREYS))
    data = {
        "cells": cells,
        "widths": widths,
        "heights": [high] * len(cells),
        "row_head": row_head,
        "col_head": col_head,
        "letters": True,
        "grip": int(rng.integers(4, 8)),
        "handle": int(rng.integers(6, 10)),
        "striped": bool(rng.uniform() < 0.3),
        "hidden_rows": hidden_rows,
        "hidden_columns": hidden_columns,
        "merged": merged,
        "selection": [[*active, *active]],
        "active": active,
    }
    title = parameters["path"].rsplit("/", 1)[-1].rsplit(".", 1)[0]
    style = _STYLE % {
        "font": rng.choice(FONTS),
        "size": size,
        "bar": bar,
        "accent": accent,
        "grey": grey,
        "line": rng.choice(("#d0d0d0", "#c0c0c0", "#e2e2e2")),
    }
    top = f'<div class="bar">{title}</div>' if bar else ""
    body = f'{top}<div id="grid" role="grid"></div>'
    return page.page(title, body, style, data, ["sheet"])


def _real(
    rng: np.random.Generator,
    p: Json,
    cells: list[list[str]],
    widths: list[int],
    columns: int,
    size: int,
) -> str:
    """Return a page with the table in Tabulator, as a sheet, or in ag-grid, under its headings."""
    grid = p["real_app"] == "ag-grid"
    font = str(rng.choice(FONTS))
    data: dict[str, Any] = {
        "cells": [row[:columns] for row in cells] if grid else cells,
        # Headings need room for their own text and the buttons that appear beside it.
        "widths": [w + 40 for w in widths[:columns]] if grid else widths,
        "active": _visible(rng, len(cells), columns, [], [], []),
        "theme": str(rng.choice(AG_GRID)) if grid else "",
        "font": font,
        "size": size,
    }
    title = p["path"].rsplit("/", 1)[-1].rsplit(".", 1)[0]
    style = _REAL_STYLE % {"font": font, "size": size}
    body = '<div id="grid"></div>'
    if grid:
        libraries = [("ag-grid", "dist/ag-grid-community.min.js")]
        return page.page(title, body, style, data, ["ag_grid"], libraries)
    theme = str(rng.choice(TABULATOR))
    libraries = [
        ("tabulator", f"dist/css/{theme}.min.css"),
        ("tabulator", "dist/js/tabulator.min.js"),
    ]
    return page.page(title, body, style, data, ["tabulator"], libraries)


_REAL_STYLE = """
html, body { margin: 0; height: 100%%; overflow: hidden; background: #fff; }
body { font: %(size)spx "%(font)s", "DejaVu Sans", sans-serif; }
#grid { position: absolute; inset: 0; font: inherit; }
"""

_STYLE = """
html, body { margin: 0; height: 100%%; overflow: hidden; background: #fff; }
body { font: %(size)spx "%(font)s", "DejaVu Sans", sans-serif; color: #202124; user-select: none; }
.bar { height: %(bar)spx; line-height: %(bar)spx; padding: 0 12px; box-sizing: border-box;
  background: %(accent)s; color: #fff; overflow: hidden; white-space: nowrap; }
#grid { position: absolute; left: 0; top: %(bar)spx; right: 0; bottom: 0; overflow: hidden; }
#grid > * { position: absolute; box-sizing: border-box; }
.cell { border-right: 1px solid %(line)s; border-bottom: 1px solid %(line)s; padding: 0 4px;
  overflow: hidden; white-space: nowrap; text-overflow: clip; background: #fff; display: flex;
  align-items: center; }
.cell.odd { background: %(grey)s; }
.cell.title { font-weight: bold; }
.cell.number { justify-content: flex-end; }
.cell.picked { background: color-mix(in srgb, %(accent)s 14%%, #fff); }
.head, .corner { background: %(grey)s; border-right: 1px solid %(line)s;
  border-bottom: 1px solid %(line)s; display: flex; align-items: center; justify-content: center;
  font-size: 0.9em; overflow: hidden; }
.head.picked { background: %(accent)s; color: #fff; }
.outline { border: 2px solid %(accent)s; pointer-events: none; }
.edge { cursor: move; }
.fill { background: %(accent)s; border: 1px solid #fff; cursor: crosshair; }
.grip.across { cursor: col-resize; }
.grip.along { cursor: row-resize; }
.editor { border: 2px solid %(accent)s; font: inherit; padding: 0 3px; outline: 0; }
"""


def _columns(
    table: tabular_files.Tabular, rng: np.random.Generator, size: int, room: int
) -> tuple[list[int], list[int]]:
    """Choose columns, the first of which names its row best, and widths that hold them."""
    seen = table.rows[:200]
    naming = max(
        range(len(table.columns)),
        key=lambda c: (
            len({r[c] for r in seen}) * (not _number(seen[0][c])),
            len({r[c] for r in seen}),
            -c,
        ),
    )
    others = [c for c in range(len(table.columns)) if c != naming]
    chosen = [naming, *(others[i] for i in rng.permutation(len(others)))]
    columns: list[int] = []
    widths: list[int] = []
    for c in chosen[:12]:
        longest = max(len(table.columns[c]) * 1.15, *(len(r[c]) for r in seen[:60]))
        wide = int(min(260, max(48, longest * size * 0.64 + 16)))
        if columns and len(columns) >= 3 and sum(widths) + wide > room:
            break
        columns.append(c)
        widths.append(wide)
    return columns, widths


def _number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _special(
    rng: np.random.Generator, rows: int, columns: int
) -> tuple[list[int], list[int], list[list[int]]]:
    """Choose hidden rows and columns, and merged cells below them."""
    hidden_rows: list[int] = []
    hidden_columns: list[int] = []
    merged: list[list[int]] = []
    if rows > 12 and rng.uniform() < HIDDEN:
        start = int(rng.integers(3, rows - 8))
        hidden_rows = list(range(start, start + int(rng.integers(1, 4))))
    if columns > 4 and rng.uniform() < HIDDEN:
        hidden_columns = [int(rng.integers(2, columns - 1))]
    if rows > 10 and columns > 3 and not hidden_columns and rng.uniform() < MERGED:
        r = max([2, *[h + 1 for h in hidden_rows]])
        if r + 2 < rows:
            merged = [[r, int(rng.integers(1, columns - 2)), 1 + int(rng.integers(0, 2)), 2]]
    return hidden_rows, hidden_columns, merged


def _visible(
    rng: np.random.Generator,
    rows: int,
    columns: int,
    hidden_rows: list[int],
    hidden_columns: list[int],
    merged: list[list[int]],
) -> list[int]:
    """Choose the selected cell: one that is shown and not part of a merged one."""
    for _ in range(100):
        r, c = int(rng.integers(1, max(2, rows // 2))), int(rng.integers(0, columns))
        inside = any(a <= r < a + h and b <= c < b + w for a, b, h, w in merged)
        if r not in hidden_rows and c not in hidden_columns and not inside:
            return [r, c]
    return [1, 0]
