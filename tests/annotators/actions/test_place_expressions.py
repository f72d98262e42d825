"""Expressions over elements: what they are worth, and that nothing else is taken."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpuswright.annotators.actions import carets, place_expressions
from corpuswright.annotators.actions.carets import CaretError
from corpuswright.annotators.actions.place_expressions import ExpressionError, evaluate
from corpuswright.storage.records import Element
from tests.fixtures.small_samples import button, scene

A = button(0, "A", (10, 20, 50, 40))
B = button(
    1,
    "B",
    (100, 100, 140, 180),
    attributes={"points": {"knob": [120, 90]}, "vertices": [[100, 100], [140, 100], [120, 180]]},
)


def text(number: int, letters: str, wide: float = 10, rtl: bool = False, per_line: int = 99):
    """Letters of one width, in lines 20 px high from (0, 0)."""
    row: list[list[float | bool]] = []
    for i, _ in enumerate(letters):
        at, line = i % per_line, i // per_line
        x = 200 - (at + 1) * wide if rtl else at * wide
        row.append([i, 1, x, x + wide, line, rtl])
    lines = [[20.0 * n, 20.0 * n + 20] for n in range(-(-len(letters) // per_line))]
    return button(
        number, "", (0, 0, 200, 20), text=letters, attributes={"glyphs": row, "lines": lines}
    )


SCENE = scene(A, B, text(2, "to be or not to be"), text(3, "שלום עולם", rtl=True))


@pytest.mark.parametrize(
    ("expression", "point"),
    [
        ("e0.center", (30, 30)),
        ("e0.click_point", (30, 30)),
        ("e0.top_right", (50, 20)),
        ("e0.at(0.25, 1)", (20, 40)),
        ("e1.handle('knob')", (120, 90)),
        ("e1.vertex(2)", (120, 180)),
        ("e0.center + (e1.right_edge - e1.center)", (50, 30)),
        ("e0.center + 2 * (e1.bottom_edge - e1.center)", (30, 110)),
        ("mean(e0.center, e1.center)", (75, 85)),
        ("point(e0.center.x, e1.top_edge.y)", (30, 100)),
        ("point(e0.center.x + e1.width / 2, e0.center.y - e1.height)", (50, -50)),
        ("-1 * e0.center", (-30, -30)),
        ("e2.before('be or')", (30, 10)),
        ("e2.after('to be or')", (80, 10)),
        ("e3.before('עולם')", (150, 10)),
    ],
)
def test_worth(expression: str, point: tuple[float, float]):
    assert evaluate(SCENE, expression) == pytest.approx(point)


@pytest.mark.parametrize(
    "expression",
    [
        "e9.center", "e0.middle", "e0", "x.center", "e0.center+1", "e0.center.x", "(30, 30)",
        "e0.center * 1000", "e0.at(1)", "e0.at('a', 1)", "e0.handle('knob')", "e1.vertex(3)",
        "e1.vertex(-1)", "e2.before('to')", "e2.before('never')", "e2.before('')", "e0.before('A')",
        "e2.after('to be or not to be')", "e0.center / 0", "e0.center if 1 else 2",
        "__import__('os')", "e0.__class__", "e0.center.real", "mean()", "mean(1)", "point(1, e0)",
        "[e0.center][0]", "e0.at(right=1, down=1)", "True * e0.center", "e0.center" + " " * 400,
        "-" * 300 + "1",
    ],
)  # fmt: skip
def test_anything_else_is_refused(expression: str):
    with pytest.raises(ExpressionError):
        evaluate(SCENE, expression)


@given(st.text(max_size=60))
def test_no_text_does_anything_but_name_a_point_or_be_refused(expression: str):
    with contextlib.suppress(ExpressionError):
        assert len(evaluate(SCENE, expression)) == 2


def test_names_are_the_elements_used():
    assert place_expressions.names("mean(e3.center, e1.center) + e3.at(0, 1)") == ("e3", "e1")


def test_carets_stand_between_neighbours_only():
    found = carets.carets(text(0, "abcdef", per_line=3))
    assert sorted(found) == [1, 2, 4, 5]  # none at the ends and none at the wrap
    assert found[4].line == 1 and found[4].x == 10


def test_a_border_between_directions_has_no_caret():
    mixed = text(0, "ab")
    right_to_left = [[2, 1, 30, 40, 0, True], [3, 1, 20, 30, 0, True]]
    glyphs = [*mixed.attributes["glyphs"], *right_to_left]  # type: ignore[misc]
    e = button(
        0, "", (0, 0, 99, 20), text="abשל", attributes={**mixed.attributes, "glyphs": glyphs}
    )
    assert sorted(carets.carets(e)) == [1, 3]
    with pytest.raises(CaretError, match="no single caret at 2"):
        carets.at(e, 2)


def test_a_region_is_half_a_glyph_to_each_side():
    e = text(0, "abc")
    assert carets.region(e, 1) == ((5, 0), (15, 0), (15, 20), (5, 20))
    narrow = text(0, "abc", wide=2)
    assert carets.carets(narrow) == {}


def test_offsets_count_as_browsers_count():
    e: Element = button(
        0,
        "",
        (0, 0, 99, 20),
        text="😀ab",
        attributes={
            "glyphs": [[0, 2, 0, 20, 0, False], [2, 1, 20, 30, 0, False]],
            "lines": [[0, 9]],
        },
    )
    assert carets.find(e, "a") == (2, 3) and carets.units("😀") == 2
    assert carets.at(e, 2) == (20, 4.5)
