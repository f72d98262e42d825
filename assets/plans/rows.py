"""Rows of the tables of clips with plans."""

from __future__ import annotations

from corpuswright.assets.video.rows import ClipRow


class PlannedClip(ClipRow):
    """A clip with its plan as JSON (empty where there is none), and who wrote it."""

    plan: str
    model: str
    prompt: str
    asked: str  # JSON: keys in the ledger


class JudgedClip(PlannedClip):
    """A clip with what became of each question: JSON, by place and by number."""

    detail: str
    traces: str
    answers: str
