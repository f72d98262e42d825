"""A model's turn in repairing a page: style edits of planned elements, and of nothing else."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from corpuswright.annotators.llm.requests import Answer, Prompt, Question, template
from corpuswright.quality.documents.webpages.issues import Issue
from corpuswright.quality.documents.webpages.repairs import Edit, Planned
from corpuswright.renderers.documents.webpages.page_source import PageSource
from corpuswright.renderers.documents.webpages.show import Shown

VERSION = 1  # bump when an answer is applied otherwise

MOST_EDITS = 24  # of one turn; ours: more is a page made anew
_VALUE = re.compile(r"^[#\w\s.,%()'-]{1,80}$")

Property = Literal[
    "font-size", "color", "background-color", "padding", "margin", "gap", "text-align", "max-width",
    "min-height", "line-height", "border-radius", "align-items", "justify-content", "font-weight",
    "object-position", "object-fit",
]  # fmt: skip


class StyleEdit(BaseModel):
    """One CSS property of one element."""

    model_config = ConfigDict(extra="forbid")

    node: Annotated[str, Field(max_length=80)]
    property: Property
    value: Annotated[str, Field(max_length=80)]
    why: Annotated[str, Field(max_length=200)] = ""

    @field_validator("value")
    @classmethod
    def _plain(cls, value: str) -> str:
        if not _VALUE.match(value) or "url" in value.lower() or "expression" in value.lower():
            raise ValueError("expected a plain CSS value")
        return value


class Review(BaseModel):
    """What a model says of a page."""

    model_config = ConfigDict(extra="forbid")

    edits: Annotated[list[StyleEdit], Field(max_length=MOST_EDITS)] = []


def prompt() -> Prompt:
    """Return what a model is told."""
    return template("page_review")


def question(planned: Planned, shown: Shown, found: Sequence[Issue], number: int) -> Question:
    """Return what a model is asked about a page: its picture, its parts, what is wrong."""
    parts = [t.id for top in planned.body for t, _ in top.walk()]
    listed = [{"kind": i.kind, "node": i.node, "seen": i.detail} for i in found]
    text = json.dumps({"title": planned.plan.title, "elements": parts, "issues": listed},
                      ensure_ascii=False)  # fmt: skip
    return Question(f"review-{number}", prompt(), text, Review, (shown.png,), seed=number)


def turn(
    ask: Callable[[Question], Answer], reasons: dict[str, int]
) -> Callable[
    [Planned, Mapping[str, bytes], Shown, Sequence[Issue]],
    tuple[Mapping[str, bytes], list[Edit]] | None,
]:
    """Return a turn of `reflection.reflect`.

    Args:
        ask: Puts a question to a model.
        reasons: Counts why a model's turn came to nothing.
    """
    asked = 0

    def taken(
        planned: Planned, files: Mapping[str, bytes], shown: Shown, found: Sequence[Issue]
    ) -> tuple[Mapping[str, bytes], list[Edit]] | None:
        nonlocal asked
        asked += 1
        answer = ask(question(planned, shown, found, asked))
        if not isinstance(answer.value, Review):
            why = answer.reason or "no_answer"
            reasons[why] = reasons.get(why, 0) + 1
            return None
        page, edits = PageSource.of(files), list[Edit]()
        for edit in answer.value.edits:
            element = page.find(edit.node)
            if element is None:
                reasons["no_such_element"] = reasons.get("no_such_element", 0) + 1
                continue
            before = page.html(edit.node)
            page.style(element, **{edit.property.replace("-", "_"): edit.value})
            edits.append(Edit("model", edit.node, f"{edit.property}: {edit.value}", edit.why,
                              before, page.html(edit.node)))  # fmt: skip
        return (page.write(), edits) if edits else None

    return taken
