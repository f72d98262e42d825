"""Places on a scene, said in terms of its elements and never in numbers of pixels.

`e7.center`, `e7.right_edge`, `e7.at(0.25, 0.5)` (a share of its box), `e7.handle("ne")`,
`e7.vertex(2)`, `e7.before("some words")`, `e3.center + (e5.right_edge - e5.center)`,
`mean(e1.center, e2.center)`, `point(e1.center.x, e2.top_edge.y)`. Written by the grammar and by
models alike; a syntax tree is walked against this list and nothing is ever run.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Mapping
from typing import Any

from corpuswright.annotators.actions import carets
from corpuswright.storage.records import Box, Element, Point, Scene

MAX_LENGTH = 400  # characters: the longest of ours, a mean of five centres, has 60
MAX_FACTOR = 100.0  # a plain number scales or counts, it is never a coordinate


class ExpressionError(ValueError):
    """An expression names nothing on this scene; the message says what was expected."""


def element(scene: Scene, name: str) -> Element:
    """Return the element called `name`; raises ExpressionError when there is none."""
    number = name.removeprefix("e")
    if number.isdigit() and number.isascii() and int(number) < len(scene.elements):
        found = scene.elements[int(number)]
        if found.id == name:
            return found
    raise ExpressionError(f"expected one of {len(scene.elements)} elements, saw {name!r}")


def evaluate(scene: Scene, expression: str) -> Point:
    """Return the point in image pixels that an expression names.

    Raises:
        ExpressionError: It is none of the above, or names what is not there.
    """
    found = _value(scene, _parsed(expression).body)
    if not isinstance(found, tuple):
        raise ExpressionError(f"expected a point, {expression!r} is a {_kind(found)}")
    if not all(map(math.isfinite, found)):
        raise ExpressionError(f"{expression!r} is {found}")
    return found


def names(expression: str) -> tuple[str, ...]:
    """Return the elements an expression names, each once, in order."""
    found = [n for n in ast.walk(_parsed(expression)) if isinstance(n, ast.Name)]
    ids = [n.id for n in sorted(found, key=lambda n: n.col_offset) if n.id not in _FUNCTIONS]
    return tuple(dict.fromkeys(ids))


def _parsed(expression: str) -> ast.Expression:
    if len(expression) > MAX_LENGTH:
        raise ExpressionError(f"expected at most {MAX_LENGTH} characters, saw {len(expression)}")
    try:
        return ast.parse(expression, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise ExpressionError(f"not an expression: {expression!r}") from error


Value = Point | float | str | Element


def _value(scene: Scene, node: ast.expr) -> Value:
    match node:
        case ast.Constant(value=str() as text):
            return text
        case ast.Constant(value=bool()):
            raise ExpressionError(f"unexpected {node.value!r}")
        case ast.Constant(value=int() | float() as number) if abs(number) <= MAX_FACTOR:
            return float(number)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return _times(-1.0, _value(scene, operand))
        case ast.BinOp(left=left, op=op, right=right):
            return _combined(_value(scene, left), op, _value(scene, right))
        case ast.Name(id=name):
            return element(scene, name)
        case ast.Attribute(value=of, attr=part):
            return _part(_value(scene, of), part)
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in _FUNCTIONS:
            return _FUNCTIONS[name](*[_value(scene, a) for a in args])
        case ast.Call(func=ast.Attribute(value=of, attr=part), args=args, keywords=[]):
            whose = _value(scene, of)
            if isinstance(whose, Element) and part in _METHODS:
                return _called(part, whose, [_value(scene, a) for a in args])
        case _:
            pass
    raise ExpressionError(f"not allowed in an expression: {ast.unparse(node)[:60]}")


def _called(part: str, whose: Element, given: list[Value]) -> Point:
    try:
        return _METHODS[part](whose, *given)
    except carets.CaretError as error:
        raise ExpressionError(str(error)) from error
    except (TypeError, IndexError) as error:
        raise ExpressionError(f"{whose.id}.{part} does not take {given}") from error


def _combined(left: Value, op: ast.operator, right: Value) -> Value:
    match op, left, right:
        case ast.Add(), (float(), float()), (float(), float()):
            return left[0] + right[0], left[1] + right[1]
        case ast.Sub(), (float(), float()), (float(), float()):
            return left[0] - right[0], left[1] - right[1]
        case ast.Add(), float(), float():
            return left + right
        case ast.Sub(), float(), float():
            return left - right
        case ast.Mult(), float(), _:
            return _times(left, right)
        case ast.Mult(), _, float():
            return _times(right, left)
        case ast.Div(), _, float() if right:
            return _times(1 / right, left)
        case _:
            raise ExpressionError(f"cannot combine {_kind(left)} and {_kind(right)} so")


def _times(factor: float, value: Value) -> Value:
    match value:
        case float():
            return factor * value
        case (float(), float()):
            return factor * value[0], factor * value[1]
        case _:
            raise ExpressionError(f"cannot scale a {_kind(value)}")


def _part(of: Value, part: str) -> Value:
    if isinstance(of, tuple) and part in ("x", "y"):
        return float(of[part == "y"])
    if not isinstance(of, Element):
        raise ExpressionError(f"a {_kind(of)} has no {part}")
    if part == "click_point" and of.click_point is not None:
        return of.click_point
    if part in ("width", "height"):
        x0, y0, x1, y1 = _box(of)
        return float(x1 - x0 if part == "width" else y1 - y0)
    if part in SHARES:
        return share(of, *SHARES[part])
    raise ExpressionError(f"{of.id} has no {part}; there are {sorted(SHARES)}")


# Parts of a box by name: shares of its width and height.
SHARES: Mapping[str, Point] = {
    "center": (0.5, 0.5),
    "left_edge": (0.0, 0.5),
    "right_edge": (1.0, 0.5),
    "top_edge": (0.5, 0.0),
    "bottom_edge": (0.5, 1.0),
    "top_left": (0.0, 0.0),
    "top_right": (1.0, 0.0),
    "bottom_left": (0.0, 1.0),
    "bottom_right": (1.0, 1.0),
}


def share(e: Element, right: float, down: float) -> Point:
    """Return the point at shares (0 to 1) of an element's visible box."""
    x0, y0, x1, y1 = _box(e)
    return x0 + right * (x1 - x0), y0 + down * (y1 - y0)


def _box(e: Element) -> Box:
    if e.visible_box is None:
        raise ExpressionError(f"{e.id} is not visible")
    return e.visible_box


def _at(e: Element, right: Any, down: Any) -> Point:
    if not (isinstance(right, float) and isinstance(down, float)):
        raise TypeError
    return share(e, right, down)


def named_point(e: Element, name: Any) -> Point:
    """Return the point that an element calls `name`: a handle, a knob, an anchor."""
    points = e.attributes.get("points")
    if not isinstance(points, dict) or name not in points:
        have = sorted(points) if isinstance(points, dict) else []
        raise ExpressionError(f"{e.id} has no point {name!r}; it has {have}")
    x, y = points[name]  # type: ignore[misc]
    return float(x), float(y)  # type: ignore[arg-type]


def _vertex(e: Element, number: Any) -> Point:
    corners = e.attributes.get("vertices")
    if not isinstance(corners, list) or not isinstance(number, float):
        raise TypeError
    if not 0 <= number < len(corners):
        raise ExpressionError(f"{e.id} has {len(corners)} vertices, saw {number:g}")
    x, y = corners[int(number)]  # type: ignore[misc]
    return float(x), float(y)  # type: ignore[arg-type]


def _before(e: Element, words: Any) -> Point:
    return carets.at(e, carets.find(e, words)[0])


def _after(e: Element, words: Any) -> Point:
    return carets.at(e, carets.find(e, words)[1])


_METHODS: Mapping[str, Callable[..., Point]] = {
    "at": _at,
    "handle": named_point,
    "vertex": _vertex,
    "before": _before,
    "after": _after,
}


def _mean(*points: Value) -> Point:
    found = [p for p in points if isinstance(p, tuple)]
    if not found or len(found) != len(points):
        raise ExpressionError("mean takes points")
    return sum(p[0] for p in found) / len(found), sum(p[1] for p in found) / len(found)


def _point(*given: Value) -> Point:
    if len(given) != 2 or not all(isinstance(g, float) for g in given):
        raise ExpressionError("point takes x and y, of other points")
    return float(given[0]), float(given[1])  # type: ignore[arg-type]


_FUNCTIONS: Mapping[str, Callable[..., Point]] = {"mean": _mean, "point": _point}


def _kind(value: Value) -> str:
    if isinstance(value, Element):
        return "element"
    return {tuple: "point", float: "number", str: "text"}[type(value)]
