"""Rows of the tables of clips with subjects, and the subjects that their cells hold as JSON."""

from __future__ import annotations

from typing import Any, NotRequired, TypedDict

from corpuswright.assets.video.rows import ClipRow


class FollowedSubject(TypedDict):
    """A subject that was found in a clip and followed through it."""

    word: str
    frame: int
    box: list[float]
    score: float
    mask_area: int | None
    mask_score: float | None
    frames: list[int]
    likeness: float


class Subject(FollowedSubject):
    """A subject with its category and its text; who wrote it, where a model did."""

    category: dict[str, Any] | None
    text: str
    by: str
    model: NotRequired[str]
    prompt: NotRequired[str]
    version: NotRequired[int]


class FoundSubjects(TypedDict):
    """What was found in a clip, or why nothing was (`assets.subjects.detect.SUBJECTS`)."""

    reason: str
    value: str
    subjects: str  # JSON: list[FollowedSubject]
    lost: str  # JSON: reason and value of those that were not kept
    parts: str  # JSON: where its files lie, by name


class SubjectClip(ClipRow):
    """A clip with its subjects; `asked` are keys in the ledger, as JSON."""

    subjects: str
    parts: str
    lost: str
    asked: str
