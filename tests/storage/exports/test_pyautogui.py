"""PyAutoGUI code: what is written is read back, and only what is allowed is read at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpuswright.storage.exports import pyautogui
from corpuswright.storage.exports.pyautogui import CodeError
from corpuswright.storage.records import Action, Point

number = st.integers(0, 10_000).map(lambda n: n / 4)
point = st.tuples(number, number)
held = st.sets(st.sampled_from(("ctrl", "shift", "alt"))).map(sorted).map(tuple)


def act(kind: str, *points: Point, button: str = "left", count: int = 1, **more: object) -> Action:
    return Action(kind, ("",) * len(points), points, button, count, **more)  # type: ignore[arg-type]


clicks = st.sampled_from(
    (
        ("click", "left", 1),
        ("double_click", "left", 2),
        ("triple_click", "left", 3),
        ("right_click", "right", 1),
        ("middle_click", "middle", 1),
        ("hover", "none", 0),
    )
)
action = st.one_of(
    st.builds(
        lambda c, p, m: act(c[0], p, button=c[1], count=c[2], modifiers=m), clicks, point, held
    ),
    st.builds(
        lambda a, b, m: act("drag", a, b, button=m[0], modifiers=m[1]),
        point,
        point,
        st.tuples(st.sampled_from(("left", "right", "middle")), held),
    ),
    st.builds(lambda ps: act("draw", *ps), st.lists(point, min_size=3, max_size=9)),
    st.builds(lambda p, n: act("scroll", p, amount=(0, n)), point, st.integers(1, 9)),
    st.builds(lambda p, n: act("scroll", p, amount=(n, 0)), point, st.integers(1, 9)),
    st.builds(lambda t: act("type", text=t), st.text(min_size=1)),
    st.builds(lambda t: act("press", text=t), st.sampled_from(("enter", "ctrl+a", "ctrl+shift+k"))),
)


def kept(actions: list[Action]) -> list[Action]:
    """A mouse that is moved to where the next action begins leaves one movement."""
    out: list[Action] = []
    for a, after in zip(actions, [*actions[1:], None], strict=True):
        gone = a.kind == "hover" and after is not None and after.points[:1] == a.points
        if not gone:
            out.append(a)
    return out


@given(st.lists(action, min_size=1, max_size=6))
def test_what_is_written_is_read_back(actions: list[Action]):
    lines, _ = pyautogui.write(actions, lambda p, _: (repr(p[0]), repr(p[1])))
    if len(kept(actions)) == len(actions):
        assert pyautogui.parse("\n".join(lines)) == actions


@given(st.lists(action, min_size=1, max_size=6))
def test_symbols_stand_for_coordinates(actions: list[Action]):
    values: dict[str, float] = {}

    def symbol(p: Point, n: int) -> tuple[str, str]:
        values.update({f"x{n}": p[0], f"y{n}": p[1]})
        return f"x{n}", f"y{n}"

    lines, kind = pyautogui.write(actions, symbol)
    if len(kept(actions)) == len(actions):
        code = "```python\nimport pyautogui\n" + "\n".join(lines) + "\n```"
        assert pyautogui.parse(code, values) == actions
    assert kind


@pytest.mark.parametrize(
    "code",
    [
        "import os",
        "__import__('os').system('true')",
        "pyautogui.screenshot('x.png')",
        "pyautogui.click(x=open('f').read(), y=1)",
        "pyautogui.click(x=1+1, y=1)",
        "pyautogui.click(x=x1, y=y1)",
        "pyautogui.click(x=1)",
        "for i in range(9): pyautogui.click(1, 2)",
        "pyautogui.mouseDown(1, 2)",
        "pyautogui.dragTo(1, 2)",
        "pyautogui.keyDown('ctrl')",
        "pyautogui.keyUp('ctrl')",
        "pyautogui.keyDown('win')\npyautogui.keyUp('win')",
        "pyautogui.click(1, 2, clicks=7)",
        "pyautogui.click(1, 2, x=3)",
        "pyautogui.click(True, 2)",
        "pyautogui.click(1e999, 2)",
        "pyautogui.write(x1)",
        "pyautogui.type('a')",
        "x = 1",
        "click(1, 2)",
        "pyautogui.click(1, 2",
        "(" * 10_000,
        "pyautogui.press('a')\n" * 10_000,
    ],
)
def test_anything_else_is_refused(code: str):
    with pytest.raises(CodeError):
        pyautogui.parse(code)


@given(st.text(max_size=200))
def test_no_text_does_anything_but_parse_or_be_refused(text: str):
    try:
        pyautogui.parse(text)
    except CodeError:
        pass


def test_as_models_write_it():
    code = """```python
pyautogui.moveTo(10, 20, duration=0.5)
pyautogui.click()
pyautogui.mouseDown(x=1, y=2)
pyautogui.moveTo(3, 4)
pyautogui.mouseUp()
pyautogui.moveTo(5, 6)
pyautogui.scroll(-3)
```
Done."""
    assert pyautogui.parse(code) == [
        act("click", (10, 20)),
        act("drag", (1, 2), (3, 4)),
        act("scroll", (5, 6), amount=(0, 3)),
    ]


def test_action_types_are_those_of_the_paper():
    def kind(*actions: Action) -> str:
        return pyautogui.write(actions, lambda p, _: ("0", "0"))[1]

    a, b, c = (0.0, 0.0), (1.0, 1.0), (2.0, 2.0)
    with pytest.raises(ValueError, match="expected tasks with actions"):
        kind()
    assert kind(act("click", a)) == "click"
    assert kind(act("drag", a, b)) == "combined: moveTo and dragTo"
    assert kind(act("draw", a, b, c)) == "combined: mouseDown NxmoveTo and mouseUp"
    assert kind(act("click", a), act("type", text="x")) == "combined: click and type"
