"""Rows of the tables of prompts."""

from __future__ import annotations

from typing import TypedDict


class ItemRow(TypedDict):
    """An item of the taxonomy (`annotators.prompts.taxonomy.Item`) with its key."""

    id: str
    key: str
    uri: str
    category: str
    part: str
    name: str
    synset: int
    gloss: str
    take: int
    stage: str
    reason: str
    value: str


class PromptRow(ItemRow):
    """An item with its prompt; key points and rubrics as JSON, `answers` keys in the ledger."""

    points: str
    prompt: str
    rubrics: str
    answers: list[str]
