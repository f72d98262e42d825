"""A plan that holds, and each way in which it may not."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError

from corpuswright.annotators.plans import schema
from corpuswright.annotators.plans.schema import Plan
from corpuswright.quality.plans import consistency

FRAMES = 40


def said(about: str) -> list[str]:
    return [f"{about} {n} holds." for n in ("one", "two", "three")]


def chain(n: int) -> dict[str, Any]:
    return {
        "agent": "person",
        "action": f"move {n}",
        "patient": f"cup {n}",
        "causal_precondition_on_spatial": said(f"Place before {n}"),
        "causal_precondition_on_affordance": said(f"Use before {n}"),
        "causal_effect_on_spatial": said(f"Place after {n}"),
        "causal_effect_on_affordance": said(f"Use after {n}"),
    }


def plain() -> dict[str, Any]:
    ids = (1, 2, 3, 4)
    return {
        "draft": {
            "high_level_goal": "tea",
            "steps": [
                {
                    "step_id": n,
                    "step_goal": "goal",
                    "rationale": "why",
                    "causal_chain": chain(n),
                    "counterfactual_challenge_question": "What if?",
                    "expected_challenge_outcome": "That.",
                    "failure_reflecting": {"reason": "slip", "recovery_strategy": "again"},
                    "objects": [f"cup {n}"],
                }
                for n in ids
            ],
        },
        "segments": {
            "steps": [
                {
                    "step_id": n,
                    "start_frame_index": 10 * (n - 1),
                    "end_frame_index": 10 * n,
                    "independence": "" if n == 1 else "no",
                }
                for n in ids
            ]
        },
        "key_frames": {
            "steps": [
                {
                    "step_id": n,
                    "detail_independence": "",
                    "critical_frames": [
                        {
                            "frame_index": 10 * (n - 1) + k,
                            "action_state_change_description": "It moves.",
                            "causal_chain": chain(n),
                            "interaction": {
                                "patient": f"cup {n}",
                                "affordance_type": "graspable",
                                "mechanism": "grip",
                            },
                        }
                        for k in (2, 7)
                    ],
                }
                for n in ids
            ]
        },
        "atomic": {
            "steps": [
                {
                    "step_id": n,
                    "atomic_actions": [
                        {
                            "atomic_action_id": 10 * n + k,
                            "start_frame_index": 10 * (n - 1) + 3 * k,
                            "end_frame_index": 10 * (n - 1) + 3 * k + 3,
                            "actor": "hand",
                            "action": "grip",
                            "patient": f"cup {n}",
                            "caption": "The hand grips.",
                        }
                        for k in (0, 1, 2)
                    ],
                }
                for n in ids
            ]
        },
    }


def reasons(change: Callable[[dict[str, Any]], Any], frames: int = FRAMES) -> set[str]:
    made = copy.deepcopy(plain())
    change(made)
    return {r.reason for r in consistency.check(Plan.model_validate(made), frames)}


def test_a_plan_that_holds():
    assert consistency.check(Plan.model_validate(plain()), FRAMES) == []
    assert len(schema.fingerprint()) == 16


def put(*path: Any, value: Any) -> Callable[[dict[str, Any]], None]:
    def change(made: Any) -> None:
        for part in path[:-1]:
            made = made[part]
        made[path[-1]] = value

    return change


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (put("draft", "steps", 1, "step_id", value=1), {"step_ids", "steps_differ"}),
        (lambda p: p["segments"]["steps"].pop(), {"steps_differ", "timeline_not_covered"}),
        (lambda p: p["atomic"]["steps"].pop(), {"steps_differ"}),
        (lambda p: p["key_frames"]["steps"].reverse(), {"steps_differ"}),
        (
            put("atomic", "steps", 1, "atomic_actions", 0, "atomic_action_id", value=10),
            {"atomic_ids"},
        ),
        (
            put("segments", "steps", 1, "start_frame_index", value=11),
            {"not_contiguous", "atomic_out_of_step"},
        ),
        (put("segments", "steps", 1, "start_frame_index", value=9), {"not_contiguous"}),
        (put("segments", "steps", 3, "end_frame_index", value=39), {"timeline_not_covered"}),
        (put("segments", "steps", 1, "independence", value=""), {"independence"}),
        (put("segments", "steps", 0, "independence", value="no"), {"independence"}),
        (put("segments", "steps", 1, "independence", value="yes"), {"detail_independence"}),
        (
            put("key_frames", "steps", 1, "detail_independence", value="It can come first."),
            {"detail_independence"},
        ),
        (
            put("key_frames", "steps", 1, "critical_frames", 0, "frame_index", value=9),
            {"critical_frames"},
        ),
        (
            put("key_frames", "steps", 1, "critical_frames", 1, "frame_index", value=20),
            {"critical_frames"},
        ),
        (
            put("key_frames", "steps", 1, "critical_frames", 1, "frame_index", value=12),
            {"critical_frames"},
        ),
        (
            put("atomic", "steps", 0, "atomic_actions", 2, "end_frame_index", value=11),
            {"atomic_out_of_step"},
        ),
        (
            put("atomic", "steps", 0, "atomic_actions", 1, "end_frame_index", value=3),
            {"atomic_out_of_step"},
        ),
        (put("draft", "steps", 0, "objects", value=["the cup 1"]), {"several_names"}),
        (put("draft", "steps", 0, "objects", value=["Cup 1"]), {"several_names"}),
        (
            put(
                "draft",
                "steps",
                0,
                "causal_chain",
                "causal_effect_on_affordance",
                value=["place after 1  one holds", "Two.", "Three."],
            ),
            {"mixed"},
        ),
        (
            put(
                "draft",
                "steps",
                0,
                "causal_chain",
                "causal_effect_on_spatial",
                value=["One.", "one", "Three."],
            ),
            {"said_twice"},
        ),
    ],
)
def test_each_way_in_which_it_may_not(change: Callable[[Any], Any], reason: set[str]):
    assert reasons(change) == reason


def test_steps_are_neither_too_short_nor_too_long():
    def at(a: int, b: int) -> Callable[[Any], None]:
        def change(p: Any) -> None:
            edges = (0, a, b, 30, 40)
            for n in range(4):
                p["segments"]["steps"][n]["start_frame_index"] = edges[n]
                p["segments"]["steps"][n]["end_frame_index"] = edges[n + 1]

        return change

    def of_length(change: Callable[[Any], None]) -> set[str]:
        return reasons(change) & {"step_too_short", "step_too_long"}

    assert of_length(at(14, 20)) == set(), "14 of 40 are 35 %"
    assert of_length(at(15, 20)) == {"step_too_long"}
    assert of_length(at(10, 13)) == {"step_too_long"}, "of the third, 17"
    assert of_length(at(12, 15)) == {"step_too_long"}
    assert of_length(at(14, 16)) == {"step_too_short"}


@pytest.mark.parametrize(
    "change",
    [
        lambda p: p["draft"]["steps"].extend([p["draft"]["steps"][0]] * 6),
        lambda p: p["draft"].update(steps=p["draft"]["steps"][:2]),
        put("draft", "steps", 0, "objects", value=["a", "b", "c", "d"]),
        put(
            "draft", "steps", 0, "causal_chain", "causal_effect_on_spatial", value=["One.", "Two."]
        ),
        put("draft", "steps", 0, "step_goal", value=""),
        put("key_frames", "steps", 0, "critical_frames", value=[]),
        put("atomic", "steps", 0, "atomic_actions", value=[]),
        put("segments", "steps", 0, "start_frame_index", value=-1),
        put("segments", "steps", 0, "start_frame_index", value="0"),
        put("draft", "error", value="no_visual_content"),
    ],
)
def test_what_is_no_plan_at_all_is_refused(change: Callable[[Any], Any]):
    made = copy.deepcopy(plain())
    change(made)
    with pytest.raises(ValidationError):
        Plan.model_validate(made)
