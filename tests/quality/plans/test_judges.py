"""Causal-Plan's judges: scores by hand, every cap, replies that are none."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpuswright.assets.plans import judge
from corpuswright.quality.plans import judges
from corpuswright.quality.plans.judges import JudgeReply
from corpuswright.storage.keys import sha256


def first(a: Any, b: Any, *flaws: str, rationale: Any = "Because.") -> str:
    return json.dumps(
        {
            "visual_grounding": a,
            "logical_coherence": b,
            "flaws": list(flaws),
            "rationale": rationale,
        }
    )


def second(
    *axes: Any, flaws: Sequence[str] = (), effects: Sequence[str] = (), rationale: Any = "Because."
) -> str:
    names = ("precondition", "dependency", "transition", "timeline", "feasibility")
    return json.dumps(
        {
            **dict(zip(names, axes, strict=True)),
            "flaws": list(flaws),
            "hallucinated_effects": list(effects),
            "rationale": rationale,
        }
    )


@pytest.mark.parametrize(
    ("reply", "score"),
    [
        # mean, as long as no axis is 40 points below the other
        (first(100, 100), 100), (first(0, 0), 0), (first(80, 90), 85), (first(75, 75), 75),
        (first(61, 100), 80.5), (first(60, 100), 80), (first(51, 90), 70.5), (first(1, 2), 1.5),
        # lowest + 20
        (first(59, 100), 79), (first(50, 100), 70), (first(100, 50), 70), (first(0, 100), 20),
        (first(30, 90), 50), (first(90, 30), 50), (first(10, 51), 30), (first(0, 41), 20),
        # each cap
        (first(90, 90, "missing_evidence"), 0), (first(90, 90, "visual_hallucination"), 24),
        (first(90, 90, "impossible_physics"), 24), (first(90, 90, "mismatch"), 34),
        (first(90, 90, "contradiction"), 34), (first(90, 90, "wrong_step"), 34),
        (first(90, 90, "wrong_timeline"), 34), (first(90, 90, "unsupported_causal"), 44),
        (first(90, 90, "no_rationale"), 60), (first(90, 90, rationale=""), 60),
        (first(90, 90, rationale=" \n"), 60),
        # the lowest cap counts, and what is below it already stays
        (first(90, 90, "no_rationale", "wrong_step"), 34),
        (first(90, 90, "wrong_step", "missing_evidence", "mismatch"), 0),
        (first(90, 90, "unsupported_causal", rationale=""), 44),
        (first(20, 20, "mismatch"), 20), (first(24, 24, "visual_hallucination"), 24),
        (first(10, 80, "unsupported_causal"), 30), (first(50, 60, rationale=""), 55),
        (first(90, 90, "mismatch", "mismatch"), 34),
    ],
)  # fmt: skip
def test_the_first_judge_by_hand(reply: str, score: float):
    assert judges.grounded("asked", reply).score == score


@pytest.mark.parametrize(
    ("reply", "score"),
    [
        (second(100, 100, 100, 100, 100), 100), (second(80, 80, 80, 80, 80), 80),
        (second(75, 75, 75, 75, 75), 75), (second(70, 80, 90, 85, 75), 80),
        (second(66, 80, 80, 80, 80), 77.2),
        # lowest + 15
        (second(60, 100, 100, 100, 100), 75), (second(59, 100, 100, 100, 100), 74),
        (second(50, 100, 100, 100, 100), 65), (second(100, 100, 50, 100, 100), 65),
        # below 50: 64 at most, and lowest + 15 is at most 64 then
        (second(49, 100, 100, 100, 100), 64), (second(49, 49, 49, 49, 49), 49),
        (second(40, 90, 90, 90, 90), 55), (second(90, 90, 90, 90, 30), 45),
        (second(25, 90, 90, 90, 90), 40),
        # below 25: 34 at most
        (second(24, 90, 90, 90, 90), 34), (second(20, 100, 100, 100, 100), 34),
        (second(19, 100, 100, 100, 100), 34), (second(18, 100, 100, 100, 100), 33),
        (second(0, 100, 100, 100, 100), 15), (second(0, 0, 0, 0, 0), 0),
        (second(24, 24, 24, 24, 24), 24), (second(10, 20, 30, 40, 50), 25),
        # each cap of its flaws, effects that are made up, no rationale
        *((second(90, 90, 90, 90, 90, flaws=[flaw]), cap) for flaw, cap in (
            ("missing_visual_evidence", 0), ("impossible_state_transition", 24),
            ("hallucinated_effect", 24), ("physical_infeasibility", 24),
            ("violated_precondition", 34), ("timeline_mismatch", 34), ("qa_misalignment", 34),
            ("unsupported_causal_dependency", 44), ("no_rationale", 60),
        )),
        (second(90, 90, 90, 90, 90, effects=["rust"]), 24),
        (second(90, 90, 90, 90, 90, rationale=" "), 60),
        (second(20, 90, 90, 90, 90, rationale=""), 34),
        (second(90, 90, 90, 90, 90, flaws=["timeline_mismatch", "no_rationale"]), 34),
    ],
)  # fmt: skip
def test_the_second_judge_by_hand(reply: str, score: float):
    assert judges.causal("asked", reply).score == pytest.approx(score)


MALFORMED = [
    None, "", "null", "[]", "{}", "85", '"85"', "overall: 85", "```json\n{}\n```",
    first(101, 50), first(-1, 50), first(85.5, 50), first("85", 50), first(None, 50),
    first(True, 50), first(90, 90, "very_wrong"), first(90, 90, ""), first(90, 90, rationale=None),
    first(90, 90)[:-1], first(90, 90) + "}", "NaN",
    json.dumps({"visual_grounding": 90, "flaws": [], "rationale": "x"}),
    json.dumps({"visual_grounding": 90, "logical_coherence": 90, "rationale": "x"}),
    json.dumps({**json.loads(first(90, 90)), "overall": 99}),
    json.dumps({**json.loads(first(90, 90)), "flaws": "mismatch"}),
]  # fmt: skip


@pytest.mark.parametrize("reply", MALFORMED)
def test_a_reply_that_is_none_scores_nothing_and_accepts_nothing(reply: str | None):
    for read in (judges.grounded, judges.causal, judges.passes):
        said = read("asked", reply)
        assert said.score is None and said.reason
        assert (said.input_sha256, said.reply_sha256) == (sha256("asked"), sha256(reply or ""))
        assert judges.accepted([said]) == [False]


def test_the_upper_half_is_accepted_if_it_is_good_enough():
    def judged(*rows: tuple[float | None, int | None]) -> list[JudgeReply]:
        return [JudgeReply(s, low, "", f"{n:02d}", "") for n, (s, low) in enumerate(rows)]

    def accepted(*rows: tuple[float | None, int | None]) -> list[bool]:
        return judges.accepted(judged(*rows))

    assert accepted() == []
    assert accepted((75, 60)) == [True], "of one, one"
    assert accepted((74.9, 60)) == [False] and accepted((75, 50)) == [True]
    assert accepted((90, 49)) == [False], "each axis must have 50"
    assert accepted((90, 80), (80, 70), (95, 90), (76, 70)) == [True, False, True, False]
    assert accepted((90, 80), (80, 70), (95, 90)) == [True, False, True]
    assert accepted((80, 70), (80, 70), (80, 70), (80, 70)) == [True, True, False, False]
    assert accepted((None, None), (80, 70)) == [False, True]
    assert accepted((None, None), (None, None), (80, 70)) == [False, False, True]
    assert accepted((74, 60), (50, 40), (30, 20), (20, 5)) == [False] * 4


def test_the_order_of_a_batch_decides_nothing():
    batch = [judges.causal(f"input {n}", second(*[80] * 5)) for n in range(9)]
    one = {j.input_sha256 for j, yes in zip(batch, judges.accepted(batch), strict=True) if yes}
    back = batch[::-1]
    other = {j.input_sha256 for j, yes in zip(back, judges.accepted(back), strict=True) if yes}
    assert one == other and len(one) == 5


def test_the_audit_takes_seven_times_yes_and_nothing_else():
    names = list(judges.Audit.model_fields)
    assert len(names) == 7
    yes = {**dict.fromkeys(names, True), "hallucinated_effects": []}
    assert judges.passes("asked", json.dumps(yes)).score == 100
    made_up = judges.passes("asked", json.dumps({**yes, "hallucinated_effects": ["rust"]}))
    assert (made_up.score, made_up.reason) == (0, "hallucinated_effects")
    for name in names:
        if name == "hallucinated_effects":
            continue
        said = judges.passes("asked", json.dumps({**yes, name: False}))
        assert (said.score, said.reason) == (0, name)
        for wrong in (None, 1, "true", "yes"):
            assert judges.passes("asked", json.dumps({**yes, name: wrong})).score is None
        less = {n: v for n, v in yes.items() if n != name}
        assert judges.passes("asked", json.dumps(less)).score is None


def test_what_capped_a_score_is_told():
    assert judges.grounded("a", first(90, 90, "wrong_step")).reason == "wrong_step"
    assert judges.grounded("a", first(90, 90, rationale="")).reason == "no_rationale"
    assert judges.grounded("a", first(20, 20, "wrong_step")).reason == ""
    assert judges.causal("a", second(20, 100, 100, 100, 100)).reason == "lowest_axis"


scores = st.integers(0, 100)


@given(scores, scores, st.sets(st.sampled_from(sorted(judges.CAPS))))
def test_no_score_is_above_any_of_its_limits(a: int, b: int, flaws: set[str]):
    said = judges.grounded("asked", first(a, b, *sorted(flaws)))
    limits = [(a + b) / 2, min(a, b) + 20, *(judges.CAPS[f] for f in flaws)]
    assert said.score == min(limits) and said.lowest == min(a, b)


def test_the_first_judge_leaves_the_upper_half():
    batch = [judges.grounded(f"input {n}", first(10 * n, 10 * n)) for n in range(6)]
    assert judges.upper(batch) == [False, False, False, True, True, True]
    none = [judges.grounded("a", None), judges.grounded("b", "no JSON")]
    assert judges.upper(none) == [False, False]


def test_two_judges_decide_in_turn():
    scores = [(90, 90), (90, 40), (10, 99), (20, 99)]
    replies = [(first(a, a), second(*[b] * 5)) for a, b in scores]
    texts = [f"question {n}" for n in range(4)]
    found = judge._why("scores", texts, replies)  # pyright: ignore[reportPrivateUsage]
    assert [None if f is None else f.reason for f in found] == [
        None,
        "causal_refuses",
        "grounded_refuses",
        "grounded_refuses",
    ]
    audits = [("{}",), (None,)]
    said = judge._why("audit", texts[:2], audits)  # pyright: ignore[reportPrivateUsage]
    assert [f and f.reason for f in said] == ["audit_no_reply", "audit_no_reply"]
