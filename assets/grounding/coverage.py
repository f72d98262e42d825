"""The 33 detailed tasks of CUActSpot (arXiv 2605.12501, Tables 5 and 6), and what trains each."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from corpuswright.annotators.grounding import gui
from corpuswright.storage.records import Task


class Detailed(NamedTuple):
    """One detailed task; `kinds` are the kinds of our tasks, in `corpus`, that train it.

    `only` tells those of a kind that two detailed tasks share.
    """

    modality: str
    points: str
    name: str
    corpus: str
    kinds: tuple[str, ...]
    only: Callable[[Task], bool] | None = None

    def takes(self, corpus: str, task: Task) -> bool:
        """Say whether a task of a corpus is one of these."""
        mine = corpus == self.corpus and task.kind in self.kinds
        return mine and (self.only is None or self.only(task))


def _icon(task: Task) -> bool:
    return task.style == gui.ICON


def _text(task: Task) -> bool:
    return not _icon(task)


def _closed(task: Task) -> bool:
    return task.actions[0].at[0] == task.actions[0].at[-1]


def _open(task: Task) -> bool:
    return not _closed(task)


_GUI, _DESK = "grounding_gui", "grounding_desk"
_TEXT, _TABLE, _CANVAS = "grounding_text", "grounding_table", "grounding_canvas"
_PHOTO = "grounding_photo"

TASKS = (
    Detailed("GUI", "1", "icon", _GUI, ("click",), _icon),
    Detailed("GUI", "1", "text", _GUI, ("click",), _text),
    Detailed("GUI", "2", "icon: a file into an upload area", _DESK, ("upload_file",)),
    Detailed("GUI", "2", "slide bar to a value", _DESK, ("set_slider",)),
    Detailed("GUI", "2", "empty region: a window edge to a place", _DESK, ("resize_window",)),
    Detailed("GUI", "2", "text: an item onto text", _DESK, ("move_card",)),
    Detailed("Text", "1", "between text: the caret", _TEXT, ("place_caret", "type_text")),
    Detailed("Text", "1", "empty region below a block", _TEXT, ("caret_in_empty_area",)),
    Detailed("Text", "2", "text span", _TEXT, ("select_short_span", "select_long_span")),
    Detailed("Text", "2", "one word", _TEXT, ("select_word",)),
    Detailed("Text", "2", "drag a span", _TEXT, ("drag_text",)),
    Detailed("Table", "1", "empty cell", _TABLE, ("click_empty_cell",)),
    Detailed("Table", "1", "content cell", _TABLE, ("click_cell", "edit_cell")),
    Detailed("Table", "2", "drag a cell", _TABLE, ("move_cell",)),
    Detailed("Table", "2", "select cells", _TABLE, ("select_cells",)),
    Detailed("Table", "2", "edge: column or row size", _TABLE, ("resize_column", "resize_row")),
    Detailed("Table", "2", "corner: fill down", _TABLE, ("fill",)),
    Detailed("Canvas", "1", "shape among overlapping ones", _CANVAS, ("click_shape",)),
    Detailed("Canvas", "2", "empty region: marquee", _CANVAS, ("marquee",)),
    Detailed("Canvas", "2", "point: a control point", _CANVAS, ("move_corner", "resize_shape")),
    Detailed("Canvas", "2", "text: move a text box", _CANVAS, ("move_text_box",)),
    Detailed("Canvas", "2", "shape to a computed place", _CANVAS, ("move_midway", "align")),
    Detailed("Canvas", "2", "line or arrow: connect", _CANVAS, ("connect",)),
    Detailed("Canvas", "N", "points in order", _CANVAS, ("draw_line",), _open),
    Detailed("Canvas", "N", "polygon through computed centres", _CANVAS, ("draw_line",), _closed),
    Detailed("Image", "1", "object: click inside", _PHOTO, ("select_region",)),
    Detailed("Image", "1", "region: click outside an outline", _PHOTO, ("drop_selection",)),
    Detailed("Image", "2", "image: move a whole image", _PHOTO, ("move_photo",)),
    Detailed("Image", "2", "object: to above another", _PHOTO, ("move_region",)),
    Detailed("Image", "2", "point: crop corners", _PHOTO, ("crop_to", "crop_corner")),
    Detailed("Image", "2", "region: local warp", _PHOTO, ("push_edge",)),
    Detailed("Image", "N", "zig-zag over a mask", _PHOTO, ("paint_over",)),
    Detailed("Image", "N", "boundary: trace", _PHOTO, ("trace_region",)),
)


def of(corpus: str, task: Task) -> Detailed | None:
    """Return the detailed task that a task of a corpus is; None if it is none of the 33."""
    return next((t for t in TASKS if t.takes(corpus, task)), None)


def table() -> str:
    """Return the coverage as Markdown, as the README has it."""
    lines = ["| modality | points | task | corpus | kinds |", "|---|---|---|---|---|"]
    for t in TASKS:
        kinds = ", ".join(f"`{k}`" for k in t.kinds)
        lines.append(f"| {t.modality} | {t.points} | {t.name} | {t.corpus} | {kinds} |")
    return "\n".join(lines)
