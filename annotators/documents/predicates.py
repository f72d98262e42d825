"""Statements about a document that are true or false: of its plan, and of what was drawn.

A predicate is a list: its name, then its arguments, ids of nodes among them. The same predicate is
put to a plan and to measured elements; what a question's answer should be comes from the plan, and
that it is so from the measurement.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from corpuswright.annotators.documents.seen import Item, Seen
from corpuswright.renderers.documents import colours, looks
from corpuswright.storage.records import Box

Predicate = Sequence[Any]

VERSION = 1  # bump when a statement can become true or false

EDGE = 3.0  # document pixels within which edges are one line, and sizes alike: a hair's breadth
# Document pixels by which a plan must be clear of every limit, for a question to be asked at all:
# what is nearer, an engine's own way to set a line could turn.
CLEAR = 6.0
FAR = 1e9  # the margin of what is so, or not, without any measuring
LARGER = 1.15  # ratio of type sizes that an eye sees
UNLIKE = 15.0  # CIEDE2000 from which two fills are two colours to everybody


def holds(predicate: Predicate, seen: Seen) -> bool | None:
    """Return whether a predicate is true; None where a plan does not decide it.

    What speaks of a thing that is not there is false.
    """
    margin = margin_of(predicate, seen)
    if margin is None:
        return None
    if seen.planned and abs(margin) < CLEAR:
        return None
    return margin > 0


def margin_of(predicate: Predicate, seen: Seen) -> float | None:
    """Return by how much a predicate is true (positive) or false, in pixels where it is of those.

    Raises:
        KeyError: There is no such predicate.
    """
    name, *arguments = predicate
    function, _ = PREDICATES[name]
    try:
        return function(seen, *arguments)
    except _Missing:
        return -FAR


def reads(predicate: Predicate) -> set[tuple[str, str]]:
    """Return what a predicate hangs on: (node, property), or (`role:` and a role, `present`)."""
    name, *arguments = predicate
    _, of = PREDICATES[name]
    return of(*arguments)


class _Missing(Exception):
    """A node is not there."""


def _item(seen: Seen, node: str) -> Item:
    if node not in seen.items:
        raise _Missing(node)
    return seen.items[node]


def _box(seen: Seen, node: str) -> Box | None:
    return _item(seen, node).box


def _yes(value: bool) -> float:
    return FAR if value else -FAR


def _places(*nodes: str) -> set[tuple[str, str]]:
    return {(n, what) for n in nodes for what in ("place", "present")}


def _above(seen: Seen, a: str, b: str, axis: int = 1) -> float | None:
    first, second = _box(seen, a), _box(seen, b)
    if first is None or second is None:
        return None
    # A quarter of the smaller one may reach over: ascenders and descenders do.
    small = min(first[axis + 2] - first[axis], second[axis + 2] - second[axis])
    return second[axis] - first[axis + 2] + small / 4 + (CLEAR if seen.planned else 0)


def _left_of(seen: Seen, a: str, b: str) -> float | None:
    return _above(seen, a, b, 0)


def _inside(seen: Seen, a: str, b: str) -> float | None:
    inner, outer = _box(seen, a), _box(seen, b)
    if inner is None or outer is None:
        return None
    gaps = (inner[0] - outer[0], inner[1] - outer[1], outer[2] - inner[2], outer[3] - inner[3])
    return min(gaps) + EDGE + (CLEAR if seen.planned else 0)


def _apart(seen: Seen, a: str, b: str) -> float | None:
    first, second = _box(seen, a), _box(seen, b)
    if first is None or second is None:
        return None
    gaps = [max(first[i] - second[i + 2], second[i] - first[i + 2]) for i in (0, 1)]
    return max(gaps) + EDGE + (CLEAR if seen.planned else 0)


def _order(seen: Seen, axis: str, *nodes: str) -> float | None:
    i = 0 if axis == "x" else 1
    boxes = [_box(seen, n) for n in nodes]
    centres = [(b[i] + b[i + 2]) / 2 for b in boxes if b is not None]
    if len(centres) != len(nodes):
        return None
    return min(b - a for a, b in itertools.pairwise(centres))


_EDGES = {"left": 0, "top": 1, "right": 2, "bottom": 3}


def _aligned(seen: Seen, edge: str, *nodes: str) -> float | None:
    boxes = [_box(seen, n) for n in nodes]
    values = [b[_EDGES[edge]] for b in boxes if b is not None]
    if len(values) != len(nodes):
        return None
    off = max(values) - min(values)
    return EDGE - off + (CLEAR if seen.planned and off < EDGE else 0)


def _same_size(seen: Seen, side: str, *nodes: str) -> float | None:
    i = 0 if side == "width" else 1
    boxes = [_box(seen, n) for n in nodes]
    values = [b[i + 2] - b[i] for b in boxes if b is not None]
    if len(values) != len(nodes):
        return None
    off = max(values) - min(values)
    return EDGE - off + (CLEAR if seen.planned and off < EDGE else 0)


def _count(seen: Seen, role: str, number: int, scope: str = "") -> float | None:
    return _yes(len(seen.of(role, scope)) == number)


def _half(seen: Seen, node: str, side: str) -> float | None:
    box = _box(seen, node)
    if box is None:
        return None
    i = 0 if side in ("left", "right") else 1
    off = (box[i] + box[i + 2]) / 2 - seen.size[i] / 2
    # What lies near the middle is in neither half: far from both limits, for a plan.
    room = seen.size[i] * (0.12 if seen.planned else 0)
    if abs(off) < room:
        return 0.0
    return -off if side in ("left", "top") else off


def _half_of(seen: Seen, node: str, outer: str, side: str) -> float | None:
    inner, whole = _box(seen, node), _box(seen, outer)
    if inner is None or whole is None:
        return None
    i = 0 if side in ("left", "right") else 1
    off = (inner[i] + inner[i + 2] - whole[i] - whole[i + 2]) / 2
    room = (whole[i + 2] - whole[i]) * (0.12 if seen.planned else 0)
    if abs(off) < room:
        return 0.0
    return -off if side in ("left", "top") else off


def _centred(seen: Seen, node: str) -> float | None:
    item = _item(seen, node)
    box = item.box
    if box is None:
        return None
    if seen.planned and item.is_text and item.looks.get("align", "left") != "center":
        return 0.0  # where its ink ends hangs on where its lines do
    off = abs((box[0] + box[2]) / 2 - seen.size[0] / 2)
    limit = seen.size[0] * 0.03
    if seen.planned and limit / 3 < off < limit * 3:
        return 0.0
    return (limit - off) * (FAR if seen.planned else 1)


def _text_is(seen: Seen, node: str, text: str) -> float | None:
    return _yes(_item(seen, node).text == text)


def _row_reads(seen: Seen, row: str, *texts: str) -> float | None:
    _item(seen, row)
    cells = [i for i in seen.items.values() if i.parent == row]
    return _yes([c.text for c in cells] == list(texts))


def _colour_is(seen: Seen, node: str, what: str, colour: str) -> float | None:
    found = _item(seen, node).looks.get(what)
    if not found:
        return -FAR
    return _yes(colours.difference(str(found), colour) <= colours.SAME)


def _same_colour(seen: Seen, a: str, b: str, what: str) -> float | None:
    found = [_item(seen, n).looks.get(what) for n in (a, b)]
    if not all(found):
        return -FAR
    off = colours.difference(str(found[0]), str(found[1]))
    if seen.planned and colours.SAME < off < UNLIKE:
        return 0.0
    return _yes(off <= colours.SAME)


def _bold(seen: Seen, node: str) -> float | None:
    return _yes(bool(_item(seen, node).looks.get("bold")))


def _italic(seen: Seen, node: str) -> float | None:
    return _yes(bool(_item(seen, node).looks.get("italic")))


def _larger(seen: Seen, a: str, b: str) -> float | None:
    sizes = [float(_item(seen, n).looks["size"]) for n in (a, b)]
    ratio = sizes[0] / sizes[1]
    if seen.planned and 1 / LARGER < ratio < LARGER and ratio != 1:
        return 0.0
    return _yes(ratio >= LARGER)


def _rounded(seen: Seen, node: str) -> float | None:
    return _yes(float(_item(seen, node).looks.get("radius") or 0) > 0)


def _outlined(seen: Seen, node: str) -> float | None:
    return _yes(bool(_item(seen, node).looks.get("stroke")))


def _dashed(seen: Seen, node: str) -> float | None:
    return _yes(bool(_item(seen, node).looks.get("dashed")))


def _serif(seen: Seen, node: str) -> float | None:
    return _yes(str(_item(seen, node).looks.get("font")) in looks.SERIF)


def _value(item: Item) -> float | None:
    """Return the value of a mark: what its geometry says where it was drawn."""
    found = item.data.get("read", item.data.get("value"))
    return None if found is None else float(found)


def _value_is(seen: Seen, mark: str, value: float, step: float) -> float | None:
    """Whether a mark stands for a value; `step` is the chart's between two lines of its grid."""
    found = _value(_item(seen, mark))
    if found is None:
        return None
    # A tenth of a step: as near as one reads off a chart; wrong values are four times as far.
    off = abs(found - value) / step
    if seen.planned and 0.05 < off < 0.2:
        return 0.0
    return _yes(off <= 0.1)


def _higher(seen: Seen, a: str, b: str, step: float) -> float | None:
    values = [_value(_item(seen, n)) for n in (a, b)]
    if values[0] is None or values[1] is None:
        return None
    off = (values[0] - values[1]) / step
    if seen.planned and abs(off) < 0.15:
        return 0.0
    return _yes(off > 0)


def _highest(seen: Seen, mark: str, step: float, lowest: bool = False) -> float | None:
    item = _item(seen, mark)
    sign = -1 if lowest else 1
    own = _value(item)
    others = [
        _value(i)
        for i in seen.items.values()
        if i.parent == item.parent
        and i.role == item.role
        and i.node != mark
        and i.node.rpartition("_")[0] == mark.rpartition("_")[0]
    ]
    if own is None or not others or any(o is None for o in others):
        return None
    off = min(sign * (own - o) for o in others if o is not None) / step
    if seen.planned and abs(off) < 0.15:
        return 0.0
    return _yes(off > 0)


def _legend_is(seen: Seen, chart: str, text: str, colour: str) -> float | None:
    """Whether a chart's legend gives a name to a colour."""
    for item in seen.items.values():
        if item.parent == chart and item.role == "legend entry" and item.text == text:
            return _yes(colours.difference(str(item.looks.get("fill") or "#000001"), colour)
                        <= colours.SAME)  # fmt: skip
    return -FAR


def _states(seen: Seen, node: str, right: str) -> float | None:
    """Whether what a fact's node shows is a certain value, spaces apart."""
    return _yes("".join(_item(seen, node).text.split()) == "".join(right.split()))


Margin = Callable[..., float | None]
Reads = Callable[..., set[tuple[str, str]]]


def _looks_of(*what: str) -> Reads:
    return lambda node, *_: {(node, w) for w in (*what, "present")}


def _marks_of(node: str) -> set[tuple[str, str]]:
    return {(f"series:{node.rpartition('_')[0]}", "value"), (node, "present")}


PREDICATES: Mapping[str, tuple[Margin, Reads]] = {
    "above": (_above, lambda a, b: _places(a, b)),
    "left_of": (_left_of, lambda a, b: _places(a, b)),
    "inside": (_inside, lambda a, b: _places(a, b)),
    "apart": (_apart, lambda a, b: _places(a, b)),
    "order": (_order, lambda axis, *nodes: _places(*nodes)),
    "aligned": (_aligned, lambda edge, *nodes: _places(*nodes)),
    "same_size": (_same_size, lambda side, *nodes: _places(*nodes)),
    "count": (_count, lambda role, number, scope="": {(f"role:{role}", "present")}),
    "half": (_half, lambda node, side: _places(node)),
    "half_of": (_half_of, lambda node, outer, side: _places(node, outer)),
    "centred": (_centred, lambda node: _places(node)),
    "text_is": (_text_is, _looks_of("text")),
    "row_reads": (_row_reads, lambda row, *texts: {(f"row:{row}", "text"), (row, "present")}),
    "colour_is": (_colour_is, lambda node, what, colour: {(node, what), (node, "present")}),
    "same_colour": (_same_colour, lambda a, b, what: {(n, w) for n in (a, b)
                                                      for w in (what, "present")}),
    "bold": (_bold, _looks_of("bold")),
    "italic": (_italic, _looks_of("italic")),
    "larger": (_larger, lambda a, b: {(n, w) for n in (a, b) for w in ("size", "present")}),
    "rounded": (_rounded, _looks_of("radius")),
    "outlined": (_outlined, _looks_of("stroke")),
    "dashed": (_dashed, _looks_of("dashed")),
    "serif": (_serif, _looks_of("font")),
    "value_is": (_value_is, lambda mark, value, step: {(mark, "value"), (mark, "present")}),
    "higher": (_higher, lambda a, b, step: {(n, w) for n in (a, b)
                                            for w in ("value", "present")}),
    "highest": (_highest, lambda mark, step, lowest=False: _marks_of(mark)),
    "legend_is": (_legend_is, lambda chart, text, colour: {(f"legend:{chart}", "text")}),
    "states": (_states, _looks_of("text")),
}  # fmt: skip
