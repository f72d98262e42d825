"""Answers of models to questions by choice."""

from __future__ import annotations

import pytest

from corpuswright.quality.benchmarks import chosen_option


@pytest.mark.parametrize(
    ("said", "taken"),
    [
        ("B", "B"), ("B.", "B"), ("(C) because", "C"), ("**D**: it is open", "D"),
        ('{"answer": "b", "reason": "A cup"}', "B"), ('```json\n{"answer": "D"}\n```', "D"),
        ("<think>It is A, no, B.</think> The final answer is C", "C"),
        ("Answer: option D", "D"), ("I choose A.", "A"), ("I pick option B", "B"),
        ("Of these, only C fits", "C"), ("A cup is on the table.", None),
        ("A box is open, so B", "B"), ("", None), ("None of them.", None), ("E", None),
        ("My answer is a guess, but B", "B"), ("Answer: A box is open, so B", "B"),
        ("answer: A", "A"), ("Answer: A.", "A"), ("the answer is (d)", "D"), ("Answer: b", "B"),
        ("Option A is correct because B is not.", "A"),
        ("The answer is A because B is closed.", "A"),
        ("I choose A since the lid is shut", "A"), ("I choose a cup. C", "C"), ("ANSWER: C", "C"),
        ('{"answer": "E"}', None), ("{broken", None), ("[1]", None), ('{"answer": 3} D', "D"),
    ],
)  # fmt: skip
def test_which_option_is_taken(said: str, taken: str | None):
    assert chosen_option.letter(said) == taken
