"""A model's own task is kept if it does what it says, and its sentence leads to the same."""

from __future__ import annotations

from typing import Any

import pytest

from corpuswright.quality.execution.proposed_tasks import Proposal, judge
from corpuswright.storage.records import Action, Origin, Rejection, Task

BEFORE = {"selected": [], "text": "a b", "shapes": {"s1": {"cx": 10.0, "cy": 5.0}}}
MOVED = {**BEFORE, "shapes": {"s1": {"cx": 90.0, "cy": 5.0}}}
NEAR = {**BEFORE, "shapes": {"s1": {"cx": 95.0, "cy": 9.0}}}
FAR = {**BEFORE, "shapes": {"s1": {"cx": 120.0, "cy": 5.0}}}


def proposal(*changes: str) -> Proposal:
    trace = (Action("click", ("e1.center",), ((1.0, 1.0),)),)
    task = Task("k", "invented", ("e1",), "Do it.", "invented", trace, (), Origin("inventing", 1))
    return Proposal(task, changes, trace)


@pytest.mark.parametrize(
    ("changes", "after", "read", "reason"),
    [
        (["shapes.s1.cx"], MOVED, MOVED, ""),
        (["shapes.s1"], MOVED, MOVED, ""),
        (["shapes.s1.cx"], BEFORE, BEFORE, "changes_nothing"),
        (["selected"], MOVED, MOVED, "side_effect"),
        (["shapes.s1.cx", "selected"], MOVED, MOVED, "does_not_change"),
        (["shapes.s1.cx"], MOVED, FAR, "read_as_another_end"),
        (["shapes.s1.cx"], MOVED, {**MOVED, "text": "b a"}, "read_as_another_end"),
        (["shapes.s1.cx"], MOVED, BEFORE, "read_as_another_end"),
        # Beside its goal by 5 px, and 4 px where nothing should have moved.
        (["shapes.s1.cx"], MOVED, NEAR, "read_as_another_end"),
        (["shapes.s1"], {**BEFORE, "shapes": {"s1": {"cx": 90.0, "cy": 6.0}}}, NEAR, ""),
        (["text"], {**BEFORE, "text": "b"}, {**BEFORE, "text": "b"}, ""),
        (["selected"], {**BEFORE, "selected": [341]}, {**BEFORE, "selected": [342]},
         "read_as_another_end"),
    ],
)  # fmt: skip
def test_both_must_end_alike_and_as_the_model_said(
    changes: list[str], after: dict[str, Any], read: dict[str, Any], reason: str
):
    found = judge(proposal(*changes), BEFORE, after, read)
    assert (found.reason if isinstance(found, Rejection) else "") == reason
