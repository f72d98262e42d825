"""Contracts of reasoning traces: each rule on its own."""

from __future__ import annotations

import numpy as np
import pytest

from corpuswright.quality.plans import reasoning_traces
from corpuswright.quality.plans.reasoning_traces import BASE, CONTRACTS

ANSWER = "The cup stands beside the open drawer because somebody moved it there."
PLAIN = (
    "hand lid table wall left right slow firm edge side near light heavy grip lift turn push "
    "rest hold slide above below inside outside first later whole small round flat"
).split()


def trace(task: int, words: int = 420) -> str:
    rng = np.random.default_rng(task)
    contract = CONTRACTS[task]
    named = [w for c in (*BASE.values(), *contract.clusters) for w in c[:1]]
    all_ = [*(str(w) for w in rng.choice(PLAIN, words)), *named, "drawer", "beside", "stands"]
    mixed = [all_[int(n)] for n in rng.permutation(len(all_))]
    return " ".join(
        " ".join(mixed[n : n + 12]).capitalize() + "." for n in range(0, len(mixed), 12)
    )


def reason(task: int, text: str, answer: str = ANSWER) -> str:
    found = reasoning_traces.check(task, text, answer)
    return "" if found is None else found.reason


@pytest.mark.parametrize("task", range(1, 21))
def test_a_contract_can_be_kept_and_each_has_its_last_group(task: int):
    contract = CONTRACTS[task]
    assert len(contract.moves) >= 3 and contract.words >= 200
    assert contract.family in reasoning_traces.FAMILIES
    good = trace(task)
    assert reason(task, good) == ""
    without = good
    for word in contract.clusters[-1]:
        without = without.replace(word, "thing").replace(word.capitalize(), "Thing")
    assert reason(task, without) == "trace_clusters"


def test_each_rule_is_told_by_its_name():
    good = trace(13)
    assert reason(13, "") == reason(13, good[:900]) == "trace_too_short"
    long = "extraordinarily incomprehensible " * 60
    assert reason(13, long) == "trace_too_short", "characters enough, words too few"
    assert reason(13, good.replace(".", ",")) == "trace_sentences"
    assert reason(13, good, "Seven green frogs jumped over lazy dogs.") == "trace_of_another_answer"
    assert reason(13, f"{good} {ANSWER}") == "trace_tells_the_answer"
    assert reason(13, f"As an AI I see. {good}") == "trace_of_no_reasoning"
    assert reason(13, f"{good} In conclusion it is so.") == "trace_of_no_reasoning"
    assert reason(13, f"{good} {good}") == "trace_repeats_itself"
    end = "Stands beside drawer somebody. Moved there open because."
    assert reason(13, f"{good} {end}") == "trace_ends_as_the_answer"
    # A long answer wants a long trace, to a limit.
    assert reason(1, trace(1, 220), ANSWER * 9) == "trace_too_short"
