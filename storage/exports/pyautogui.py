"""PyAutoGUI code to and from actions (pyautogui.readthedocs.io).

`write` is what exports put into their answers. `parse` reads what a model answered: a syntax tree
is walked against a list of what is allowed and nothing is ever run.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from corpuswright.storage.records import Action, Point

# Calls of one point, by kind of action.
CLICKS = {
    "click": "click",
    "double_click": "doubleClick",
    "triple_click": "tripleClick",
    "right_click": "rightClick",
    "middle_click": "middleClick",
    "hover": "moveTo",
}
_BUTTONS = {"right_click": "right", "middle_click": "middle", "hover": "none"}
_COUNTS = {"double_click": 2, "triple_click": 3, "hover": 0}

MAX_CODE = 20_000  # characters: a trace of 400 points has 12,000
MAX_POINTS = 1_000

Number = int | float


class CodeError(ValueError):
    """The code is not a list of allowed calls; the message says which line and why."""


def write(
    actions: Sequence[Action], name: Callable[[Point, int], tuple[str, str]]
) -> tuple[list[str], str]:
    """Return the calls, one a line, and the paper's `action-type` (arXiv 2605.12501, App. C).

    Args:
        actions: The trace.
        name: (point, its place among all points from 1) → the text of x and of y.

    Raises:
        ValueError: There is no action to write.
    """
    if not actions:
        raise ValueError("expected tasks with actions, saw one without (a caption or a question)")
    lines: list[str] = []
    kinds: list[str] = []
    place = 0
    for action in actions:
        places = range(place + 1, place + len(action.points) + 1)
        xy = [name(p, n) for p, n in zip(action.points, places, strict=True)]
        place += len(action.points)
        calls = _calls(action, xy)
        lines += [f"pyautogui.keyDown({m!r})" for m in action.modifiers]
        lines += [f"pyautogui.{c}" for c in calls]
        lines += [f"pyautogui.keyUp({m!r})" for m in reversed(action.modifiers)]
        kinds += _named(action)
    return lines, kinds[0] if len(kinds) == 1 else f"combined: {_joined(kinds)}"


def _calls(action: Action, xy: Sequence[tuple[str, str]]) -> list[str]:
    at = [f"x={x}, y={y}" for x, y in xy]
    match action.kind:
        case "drag":
            button = "" if action.button == "left" else f", button={action.button!r}"
            return [f"moveTo({at[0]})", f"dragTo({at[1]}{button})"]
        case "draw":
            moves = [f"moveTo({a})" for a in at[1:]]
            return [f"moveTo({at[0]})", "mouseDown()", *moves, "mouseUp()"]
        case "scroll":
            right, down = action.amount
            where = f", {at[0]}" if at else ""
            calls = [f"scroll({-down}{where})"] if down else []
            return calls + ([f"hscroll({right}{where})"] if right else [])
        case "type":
            return [f"write({action.text!r})"]
        case "press":
            keys = action.text.split("+")
            if len(keys) == 1:
                return [f"press({keys[0]!r})"]
            return [f"hotkey({', '.join(map(repr, keys))})"]
        case kind:
            return [f"{CLICKS[kind]}({at[0]})"]


def _named(action: Action) -> list[str]:
    """Return the words of the paper's action type for one action."""
    match action.kind:
        case "drag":
            return ["moveTo", "dragTo"]
        case "draw":
            return ["mouseDown", "NxmoveTo" if len(action.points) > 2 else "moveTo", "mouseUp"]
        case "press":
            return ["hotkey" if "+" in action.text else "press"]
        case "type":
            return ["type"]
        case "scroll":
            return ["scroll"]
        case kind:
            return [CLICKS[kind]]


def _joined(kinds: Sequence[str]) -> str:
    return " ".join(kinds[:-1]) + " and " + kinds[-1]


def parse(code: str, values: Mapping[str, Number] | None = None) -> list[Action]:
    """Return the actions that `code` performs.

    A fence around it and `import pyautogui` are overlooked; coordinates may be numbers or the names
    in `values` (the paper's coordinate map). Calls are recognised as the traces `write` makes:
    `moveTo` then `dragTo` is a drag, `mouseDown` to `mouseUp` a drawn line.

    Raises:
        CodeError: Anything else is in it: another call, an operator, a loop, an unknown name.
    """
    if len(code) > MAX_CODE:
        raise CodeError(f"expected at most {MAX_CODE} characters, saw {len(code)}")
    try:
        tree = ast.parse(_unfenced(code))
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise CodeError(f"not Python: {error}") from None
    reader = _Reader(values or {})
    for statement in tree.body:
        reader.read(statement)
    return reader.finish()


def _unfenced(code: str) -> str:
    lines = code.strip().splitlines()
    if lines and lines[0].startswith("```"):
        end = next((i for i, v in enumerate(lines[1:], 1) if v.startswith("```")), len(lines))
        lines = lines[1:end]
    return "\n".join(lines)


# What each call takes: names of its arguments in order.
_SIGNATURES: Mapping[str, tuple[str, ...]] = {
    "moveTo": ("x", "y", "duration"),
    "dragTo": ("x", "y", "duration", "button"),
    "click": ("x", "y", "clicks", "interval", "button"),
    "doubleClick": ("x", "y"),
    "tripleClick": ("x", "y"),
    "rightClick": ("x", "y"),
    "middleClick": ("x", "y"),
    "mouseDown": ("x", "y", "button"),
    "mouseUp": ("x", "y", "button"),
    "scroll": ("clicks", "x", "y"),
    "hscroll": ("clicks", "x", "y"),
    "write": ("message", "interval"),
    "typewrite": ("message", "interval"),
    "press": ("keys",),
    "keyDown": ("key",),
    "keyUp": ("key",),
}
_CLICK_OF = {call: kind for kind, call in CLICKS.items()}
_MODIFIERS = ("ctrl", "shift", "alt")


class _Reader:
    """Follows calls one after another: where the mouse is, what is held."""

    def __init__(self, values: Mapping[str, Number]) -> None:
        self.values = values
        self.actions: list[Action] = []
        self.held: list[str] = []
        self.at: Point | None = None
        self.moved: tuple[str, ...] | None = None  # keys held at a moveTo that nothing has used yet
        self.line: list[Point] | None = None  # corners since mouseDown
        self.button = "left"

    def read(self, statement: ast.stmt) -> None:
        if isinstance(statement, ast.Import) and [a.name for a in statement.names] == ["pyautogui"]:
            return
        call = statement.value if isinstance(statement, ast.Expr) else None
        if not isinstance(call, ast.Call):
            raise CodeError(f"line {statement.lineno}: expected a call, saw {_shown(statement)}")
        name = self._name(call)
        if name == "hotkey":
            self._do("press", text="+".join(self._string(a) for a in call.args))
            return
        given = self._arguments(name, call)
        if self.line is not None and name not in ("moveTo", "mouseUp"):
            raise CodeError(f"line {call.lineno}: {name} while the button is down")
        if sum(len(a.points) for a in self.actions) > MAX_POINTS:
            raise CodeError(f"more than {MAX_POINTS} points")
        self._call(name, given, call.lineno)

    def finish(self) -> list[Action]:
        if self.line is not None:
            raise CodeError("the mouse button is never released")
        if self.held:
            raise CodeError(f"{self.held} is never released")
        self._hover()
        return self.actions

    def _call(self, name: str, given: Mapping[str, Any], line: int) -> None:
        point = self._point(given, line)
        match name:
            case "moveTo":
                self._hover()
                if point is None:
                    raise CodeError(f"line {line}: moveTo needs x and y")
                self.at = point
                if self.line is None:
                    self.moved = tuple(self.held)
                else:
                    self.line.append(point)
            case "dragTo":
                if point is None or self.at is None:
                    raise CodeError(f"line {line}: dragTo needs a place to start and one to end")
                start, self.moved = self.at, None
                self._do("drag", (start, point), given.get("button", "left"))
                self.at = point
            case "mouseDown":
                self.at = point or self.at
                if self.at is None:
                    raise CodeError(f"line {line}: mouseDown before the mouse is anywhere")
                self.line, self.moved = [self.at], None
                self.button = given.get("button", "left")
            case "mouseUp":
                if self.line is None:
                    raise CodeError(f"line {line}: mouseUp without mouseDown")
                if point is not None and point != self.line[-1]:
                    self.line.append(point)
                corners, self.line = tuple(self.line), None
                kind = "click" if len(corners) == 1 else "drag" if len(corners) == 2 else "draw"
                self._do(kind, corners, self.button)
            case "scroll" | "hscroll":
                if point is None and self.moved is not None:
                    point, self.moved = self.at, None
                n = int(given.get("clicks", 0))
                amount = (0, -n) if name == "scroll" else (n, 0)
                self._do("scroll", (point,) if point else (), amount=amount)
            case "write" | "typewrite":
                self._do("type", text=given.get("message", ""))
            case "press":
                self._do("press", text=given.get("keys", ""))
            case "keyDown":
                if given.get("key") not in _MODIFIERS:
                    raise CodeError(f"line {line}: expected one of {_MODIFIERS}, saw {given}")
                self.held.append(given["key"])
            case "keyUp":
                if given.get("key") not in self.held:
                    raise CodeError(f"line {line}: keyUp of a key that is not down: {given}")
                if self.moved is not None and given["key"] in self.moved:
                    self._hover()
                self.held.remove(given["key"])
            case _:
                if point is not None and point != self.at:
                    self._hover()
                point = point or self.at
                if point is None:
                    raise CodeError(f"line {line}: {name} before the mouse is anywhere")
                self.at, self.moved = point, None
                self._do(*_click(name, given, line, point))

    def _hover(self) -> None:
        """A moveTo that nothing followed is a hover."""
        if self.moved is not None and self.at is not None and self.line is None:
            held, self.moved = self.moved, None
            self.actions.append(Action("hover", ("",), (self.at,), "none", 0, held))

    def _do(
        self,
        kind: str,
        points: tuple[Point, ...] = (),
        button: str = "left",
        text: str = "",
        amount: tuple[int, int] = (0, 0),
    ) -> None:
        if kind in ("type", "press", "scroll"):
            self._hover()
        if button not in ("left", "right", "middle", "none"):
            raise CodeError(f"unknown button {button!r}")
        at = tuple("" for _ in points)
        count = _COUNTS.get(kind, 1)
        held = tuple(self.held)
        self.actions.append(Action(kind, at, points, button, count, held, text, amount))

    def _name(self, call: ast.Call) -> str:
        match call.func:
            case ast.Attribute(value=ast.Name(id="pyautogui"), attr=name):
                if name in _SIGNATURES or name == "hotkey":
                    return name
            case _:
                pass
        raise CodeError(f"line {call.lineno}: not an allowed call: {_shown(call.func)}")

    def _arguments(self, name: str, call: ast.Call) -> dict[str, Any]:
        names = _SIGNATURES[name]
        if len(call.args) > len(names):
            raise CodeError(f"line {call.lineno}: {name} takes at most {len(names)} arguments")
        given = dict(zip(names, call.args, strict=False))
        for keyword in call.keywords:
            if keyword.arg not in names or keyword.arg in given:
                raise CodeError(f"line {call.lineno}: {name} takes no further {keyword.arg!r}")
            given[keyword.arg] = keyword.value
        texts = ("message", "keys", "key", "button")
        return {k: self._string(v) if k in texts else self._number(v) for k, v in given.items()}

    def _point(self, given: Mapping[str, Any], line: int) -> Point | None:
        if ("x" in given) != ("y" in given):
            raise CodeError(f"line {line}: expected x and y or neither")
        return (float(given["x"]), float(given["y"])) if "x" in given else None

    def _number(self, node: ast.expr) -> Number:
        match node:
            case ast.Constant(value=bool()):
                pass
            case ast.Constant(value=int() | float() as value) if abs(value) < 1e6:
                return value
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return -self._number(operand)
            case ast.Name(id=name) if name in self.values:
                return self.values[name]
            case _:
                pass
        raise CodeError(f"line {node.lineno}: expected a coordinate, saw {_shown(node)}")

    def _string(self, node: ast.expr) -> str:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return node.value
        raise CodeError(f"line {node.lineno}: expected a text, saw {_shown(node)}")


def _click(
    name: str, given: Mapping[str, Any], line: int, point: Point
) -> tuple[str, tuple[Point, ...], str]:
    kind, button = _CLICK_OF[name], given.get("button", "left")
    if name == "click":
        count = given.get("clicks", 1)
        by = {("left", 1): "click", ("left", 2): "double_click", ("left", 3): "triple_click"}
        by |= {("right", 1): "right_click", ("middle", 1): "middle_click"}
        if (button, count) not in by:
            raise CodeError(f"line {line}: no action of {count} clicks with button {button!r}")
        kind = by[button, count]
    return kind, (point,), _BUTTONS.get(kind, "left")


def _shown(node: ast.AST) -> str:
    return ast.unparse(node)[:60]
