"""Reasoning traces of questions about clips with plans: written by the model, held to contracts.

A trace stands beside the answer, never in it; one that breaks its contract
(`quality.plans.reasoning_traces`) does not enter, and neither does its question: whoever asks for
traces trains on both.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from corpuswright.annotators.llm import model_file
from corpuswright.annotators.llm.client import Client
from corpuswright.annotators.llm.requests import Question, template
from corpuswright.annotators.plans.model_prompts import TEMPERATURE
from corpuswright.annotators.plans.questions import Asked
from corpuswright.annotators.plans.schema import Plan
from corpuswright.assets.builds import progress
from corpuswright.assets.plans import judge
from corpuswright.assets.plans.judge import CHUNK, ShownClip
from corpuswright.assets.video.rows import ClipRow
from corpuswright.quality.plans import reasoning_traces
from corpuswright.storage.keys import seed
from corpuswright.storage.records import Rejection

VERSION = 100 + reasoning_traces.VERSION  # its hundreds: bump when a question is put otherwise
_THOUGHT = re.compile(r"^\s*<think>|</think>\s*$")  # what models that reason put around it
PROMPT = template("plan_trace")


class Trace(BaseModel):
    """A model's answer."""

    model_config = ConfigDict(extra="forbid", strict=True)

    trace: str = Field(max_length=20_000)


class Traced(NamedTuple):
    """How one question's trace came out: the text, or why there is none."""

    text: str
    rejection: Rejection | None


def traces(
    asking: Client,
    folder: Path,
    rows: Sequence[ClipRow],
    plans: Mapping[str, Plan],
    questions: Mapping[str, Mapping[int, Asked]],
    name: str,
) -> tuple[dict[str, dict[int, Traced]], dict[str, list[str]]]:
    """Return, by clip, the trace of each question, by its number; and keys of what was answered.

    Args:
        asking: The client of the model that writes.
        folder: Of the packs that `rows` are cut into.
        rows: Clips.
        plans: Theirs, by key.
        questions: Those that want a trace, by key and number; clips without any are passed over.
        name: Of who asks, for messages.

    Raises:
        ModelError: Questions stay unanswered: the next run goes on.
    """
    wanted = [r for r in rows if questions.get(r["key"])]
    out: dict[str, dict[int, Traced]] = {r["key"]: {} for r in wanted}
    used: dict[str, list[str]] = {r["key"]: [] for r in wanted}
    with progress.bar(f"{name} traces", len(wanted)) as bar:
        for at in range(0, len(wanted), CHUNK):
            chunk = wanted[at : at + CHUNK]
            shown = [s for r in chunk for s in judge.shown(folder, r, questions[r["key"]])]
            made = [_question(s, plans[s.key]) for s in shown]
            found = model_file.answers_of(asking, made, name)
            for s, q in zip(shown, made, strict=True):
                answer = found[q.id]
                used[s.key].append(answer.key)
                out[s.key][s.number] = _traced(s.asked, answer.value, answer.reason)
            bar.update(len(chunk))
    return out, used


def _traced(asked: Asked, value: Any, reason: str) -> Traced:
    if not isinstance(value, Trace):
        return Traced("", Rejection("no_trace", reason[:160]))
    text = _THOUGHT.sub("", value.trace).strip()
    why = reasoning_traces.check(asked.kind.number, text, asked.answer)
    return Traced("" if why else text, why)


def _question(s: ShownClip, plan: Plan) -> Question:
    """Return what a model is asked: question, answer, contract, and the plan around it."""
    c = reasoning_traces.CONTRACTS[s.asked.kind.number]
    steps = "\n".join(f"{x.step_id}. {x.step_goal}" for x in plan.draft.steps)
    groups = "; ".join(", ".join(of) for of in c.clusters)
    text = (
        f"Question: {s.asked.question}\n\nAnswer: {s.asked.answer}\n\n"
        f"What it shows: {c.goal} ({reasoning_traces.FAMILIES[c.family]}).\n"
        f"Moves: {'; '.join(c.moves)}.\nWords: {c.words} at least, and "
        f"{reasoning_traces.least(s.asked.kind.number, s.asked.answer)} characters.\n"
        f"Groups of words: {groups}.\n\n"
        f"The plan: {plan.draft.high_level_goal}\n{steps}"
    )
    number = seed("plan", PROMPT.name, VERSION, f"{s.key}/{s.number}") % 2**31
    return Question(f"{s.key}/{s.number}", PROMPT, text, Trace, s.images, TEMPERATURE, number)
