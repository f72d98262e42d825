"""Frames of a stretch of a video, at a steady rate and a size, turned as its container says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

from corpuswright.storage.media import video
from corpuswright.storage.media.video import Frames, VideoError

BEFORE = 1.0  # s before a place that a seek aims at: containers without an index land late


def frames(
    file: BinaryIO, name: str, start: float, fps: float, number: int, size: tuple[int, int]
) -> Iterator[Frames]:
    """Yield `number` frames (H, W, 3) RGB: at each of the times the frame that is shown then.

    Args:
        file: The video's bytes, seekable.
        name: What messages call it.
        start: Of the first one, s from the video's first frame.
        fps: Frames a second.
        number: How many.
        size: Width and height; the whole picture is scaled to it as it is shown.

    Raises:
        VideoError: It is no video, cannot be read, or ends before.
    """
    # A frame is shown from its time on until the next one's; a hair later is the same moment.
    wanted = [start + n / fps + 1e-4 for n in range(number)]
    at, time, held = 0, 0.0, None
    try:
        with video.opened(file, name) as found:
            stream = found.streams.video[0]
            for later, frame in _from(found, stream, start):
                while at < number and held is not None and later > wanted[at]:
                    yield video.upright(held, size)
                    at += 1
                if at == number:
                    return
                time, held = later, frame
            if held is not None:
                end = time + float((held.duration or 0) * held.time_base or 1 / _rate(stream))
                while at < number and end + 1e-3 > wanted[at]:
                    yield video.upright(held, size)
                    at += 1
    except video.error_type() as error:
        raise VideoError(f"{name}: its frames cannot be read: {error}") from error
    if at < number:
        raise VideoError(f"{name}: expected {number} frames from {start:g} s on, saw {at}")


def _from(found: Any, stream: Any, start: float) -> Iterator[tuple[float, Any]]:
    """Yield frames with their times from the first one, beginning before `start`."""
    decoded = found.decode(stream)
    first = next(decoded, None)
    if first is None:
        return
    if first.pts is None:  # nothing to seek by: times are counted
        rate = _rate(stream)
        yield 0.0, first
        yield from ((n / rate, f) for n, f in enumerate(decoded, 1))
        return
    base = first.pts * first.time_base
    if start > 2 * BEFORE:
        found.seek(int((float(base) + start - BEFORE) / float(stream.time_base)), stream=stream)
        decoded = found.decode(stream)
        landed = next(decoded, None)
        if landed is not None and landed.pts is not None:
            time = float(landed.pts * landed.time_base - base)
            if time <= start:
                yield time, landed
                yield from _timed(decoded, base)
                return
        found.seek(0, stream=stream)  # it landed late: from the beginning, then
        decoded = found.decode(stream)
    else:
        yield 0.0, first
    yield from _timed(decoded, base)


def _timed(decoded: Iterator[Any], base: Any) -> Iterator[tuple[float, Any]]:
    for frame in decoded:
        if frame.pts is not None:
            yield float(frame.pts * frame.time_base - base), frame


def _rate(stream: Any) -> float:
    return float(stream.average_rate or stream.guessed_rate or 25)
