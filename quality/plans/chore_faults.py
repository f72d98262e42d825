"""Wrong answers about chores, each wrong for certain: what readers and judges are tried by."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

from corpuswright.storage.records import Json, Scene, Task

VERSION = 2  # bump when a wrong answer comes out otherwise

_NOT = (
    (r"\bnothing stands", "something stands"), (r"\bsomething stands", "nothing stands"),
    (r"\bnothing is in", "something is in"), (r"\bsomething is in", "nothing is in"),
    (r"\bthe hand does not hold", "the hand holds"),
    (r"\bthe hand holds", "the hand does not hold"),
    (r"\bcannot reach", "can reach"), (r"\bcan reach", "cannot reach"),
    (r"\bis open\b", "is closed"), (r"\bis closed\b", "is open"),
    (r"\bis full\b", "is empty"), (r"\bis empty\b", "is full"),
    (r"\bis not\b", "is"), (r"\bis\b", "is not"),
)  # fmt: skip
_OFFERS = ("grasp point", "support surface", "containment interior", "hinge", "pouring lip")
_OF_FACTS = frozenset((1, 2, 3, 5, 6, 7, 8, 12, 13, 14, 19))
_ELSEWHERE = "Put the black ball on the table."  # of no scene: nothing is black


def negated(sentence: str) -> str:
    """Return the contrary of a sentence of a fact; itself where it is none."""
    for pattern, other in _NOT:
        found, many = re.subn(pattern, other, sentence, count=1, flags=re.IGNORECASE)
        if many:
            return found[0].upper() + found[1:] if sentence[:1].isupper() else found
    return sentence


def wrong_versions(scene: Scene, task: Task) -> Iterator[tuple[str, Task]]:
    """Yield (kind of fault, task) for each way to make an answer wrong."""
    holds = task.expected
    number, answer = int(holds["task"]), str(holds["answer"])

    def said(other: str) -> Task:
        kept: Mapping[str, Any] = {**holds, "answer": other}
        return dataclasses.replace(task, expected=cast(Json, kept))

    if number in _OF_FACTS:
        yield "negated_fact", said(_with_one_negated(number, answer))
    if number in (1, 2, 6, 7):
        yield "strange_words", said(f"{answer} It is a nice day.")
    if number == 12:
        yield "nothing_changes", said(answer.partition(". ")[0] + ".")
    if number == 4:
        other = next(o for o in _OFFERS if f"this: {o}." not in answer)
        yield "another_affordance", said(re.sub(r"this: [a-z ]+\.", f"this: {other}.", answer))
    if number == 9:
        yield "one_left_out", said(f"{', '.join(answer.rstrip('.').split(', ')[1:])}.")
        yield "one_too_many", said(f"{answer.rstrip('.')}, knife.")
    if number in (10, 15, 20):
        yield "another_step", said(_ELSEWHERE)
    if number == 11:
        verb = "open" if not answer.endswith(": open.") else "close"
        yield "another_verb", said(re.sub(r": [a-z ]+\.$", f": {verb}.", answer))
    if number in (16, 17):
        listed = re.findall(r'"([^"]+)"', answer)
        if len(listed) > 1:
            yield "another_order", said(_numbered([listed[1], listed[0], *listed[2:]]))
        yield "one_left_out", said(_numbered(listed[:-1]))
    if number == 18:
        place = int(answer.split(":")[0].split()[1])
        yield "another_place", said(answer.replace(f"Step {place}:", f"Step {place + 1}:", 1))
        yield "another_flaw", said(re.sub(r": [a-z_]+\.", ": nothing_wrong.", answer, count=1))
        # Of a step that came too early the repair has one more than was shown: it may leave it.
        if len(steps := _listed(answer)) > place + 1 and "precondition_missing" not in answer:
            yield "cut_short", said(answer.replace(f" {steps[-1]}", "", 1))
        head, _, _ = answer.partition(' 1) "')
        yield "not_repaired", said(f"{head} {' '.join(_listed(task.text))}")


def _with_one_negated(number: int, answer: str) -> str:
    """Return an answer with its last statement of a fact turned into the contrary."""
    if number == 13:
        head, _, fact = answer.partition(": ")
        return f"{head}: {negated(fact)}"
    if number == 3:
        head, _, last = answer.rpartition(", and ")
        return f"{head}, and {negated(last)}"
    if number == 8:
        head, _, last = answer.rpartition("; ")
        return f"{head}; {negated(last)}" if head else negated(answer)
    sentences = re.split(r"(?<=\.) ", answer)
    return " ".join([*sentences[:-1], negated(sentences[-1])])


def _listed(text: str) -> list[str]:
    return re.findall(r'\d+\) "[^"]+"', text)


def _numbered(said: list[str]) -> str:
    return " ".join(f'{n}) "{s}"' for n, s in enumerate(said, 1))
