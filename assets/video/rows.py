"""Rows of the tables of videos and of their clips."""

from __future__ import annotations

from typing import TypedDict

from corpuswright.assets.curation.listing import InputRow, ReferenceRow


class FactColumns(TypedDict):
    """What a video is, as columns (`quality.video.measures.VideoFacts`)."""

    container: str
    codec: str
    pixels: str
    width: int
    height: int
    turned: int
    fps: float
    variable: bool
    frames: int
    seconds: float
    audio: str


class WindowColumns(TypedDict):
    """A window of a video (`quality.video.clip_windows.Window`); its looks as bytes."""

    number: int
    shot: int
    start: float
    end: float
    luminance: float
    clarity: float
    entropy: float
    motion: float
    black: float
    still: float
    prints: bytes
    thumbs: bytes


class VideoRow(InputRow, FactColumns):
    """A video and its windows (`assets.video.measure.SCHEMA`); facts are None of one not read."""

    shots: int
    windows: list[WindowColumns]


class WindowRow(ReferenceRow, FactColumns, WindowColumns):
    """A window with where its video lies and what it is."""

    id: str
    sha256: str


class KeyedWindow(WindowRow):
    """A window that may become a clip (`assets.video.measure.CLIPS`)."""

    key: str


class ClipRow(KeyedWindow):
    """A clip: where it was cut to, its scores, its shard."""

    stage: str
    reason: str
    value: str
    pack: str
    clip: str
    at: int
    size: int
    wide: int
    high: int
    nsfw: float | None
    aesthetic: float | None
    watermark: float | None
    text_area: float | None
    bucket: str
    shard: int


class CutRow(TypedDict):
    """Where a clip lies in a pack, or why it could not be cut (`assets.video.cut.CUT`)."""

    key: str
    pack: str
    clip: str
    fault: str
    at: int
    size: int
    wide: int
    high: int
