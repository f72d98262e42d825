"""Video as bytes: frames in, one file out, and the same number of frames back."""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

Frames = NDArray[np.uint8]

CRF = 12  # of x264: visually lossless; what is trained on is decoded from it, truth never is
# Without the last, x264 picks its code by how a frame happens to lie in memory, and one clip in
# ten of small ones comes out otherwise; with it, none of 2400 did.
_SAME_BYTES = "threads=1:lookahead-threads=1:sliced-threads=0:cpu-independent=1"
_CONTAINERS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpeg,mpegts,ogg,flv"
MOST_FRAMES = 100_000
MOST_PIXELS = 1 << 25  # of one frame: an 8K frame; above it a video is taken for a bomb


class VideoError(ValueError):
    """Bytes are no video, or one beyond the bounds; the message says what was seen."""


class HighDynamicRange(VideoError):
    """A video whose light is coded for bright screens: as it stands, its colours are wrong."""


# Transfer characteristics, by their numbers in ITU-T H.273.
_HIGH_RANGE = {16: "PQ (SMPTE ST 2084)", 18: "HLG (ARIB STD-B67)"}


class StreamFacts(NamedTuple):
    """What a container says of its first video stream; `frames` is 0 where it does not say."""

    width: int
    height: int
    fps: float
    frames: int


def encode(frames: Iterable[Frames], fps: int) -> bytes:
    """Return (H, W, 3) RGB frames as MP4 (H.264, 4:2:0, one thread: the same bytes each time).

    Raises:
        VideoError: There is no frame, or sides are odd, which 4:2:0 cannot hold.
    """
    av = _av()
    sink = io.BytesIO()
    with av.open(sink, "w", format="mp4") as out:
        stream: Any = None
        for frame in frames:
            height, width = frame.shape[:2]
            if stream is None:
                if width % 2 or height % 2:
                    raise VideoError(f"expected even sides for 4:2:0, saw {width} x {height}")
                options = {"crf": str(CRF), "preset": "medium", "x264-params": _SAME_BYTES}
                stream = out.add_stream("libx264", rate=Fraction(fps), options=options)
                stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
                stream.thread_count = 1
            picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(frame), format="rgb24")
            for packet in stream.encode(picture):
                out.mux(packet)
        if stream is None:
            raise VideoError("expected at least one frame, saw none")
        for packet in stream.encode():
            out.mux(packet)
    return sink.getvalue()


def probe(data: bytes, name: str) -> StreamFacts:
    """Return what a video's container says; raises VideoError where it holds no video."""
    with opened(io.BytesIO(data), name) as found:
        stream = found.streams.video[0]
        rate = stream.average_rate or stream.guessed_rate or 0
        return StreamFacts(stream.width, stream.height, float(rate), stream.frames)


def decode(data: bytes, name: str, most: int = MOST_FRAMES) -> Iterator[Frames]:
    """Yield up to `most` frames as (H, W, 3) RGB, in order of presentation, as they are shown.

    Raises:
        VideoError: It is no video, breaks off, or has frames above the bounds.
    """
    return (frame for _, frame in timed(data, name, most))


def timed(data: bytes, name: str, most: int = MOST_FRAMES) -> Iterator[tuple[float, Frames]]:
    """Yield up to `most` frames as `decode` does, each with its time, s from the first one.

    Raises:
        VideoError: As `decode`.
    """
    with opened(io.BytesIO(data), name) as found:
        stream = found.streams.video[0]
        _bounded(name, stream.width, stream.height)
        aspect = float(stream.sample_aspect_ratio or 1)
        rate = float(stream.average_rate or stream.guessed_rate or 25)
        base: float | None = None
        try:
            for number, frame in enumerate(found.decode(stream)):
                if number == most:
                    return
                _bounded(name, frame.width, frame.height)  # a stream may change its size
                # A file without times is counted through.
                at = number / rate if frame.pts is None else float(frame.pts * frame.time_base)
                base = at if base is None else base
                turned = int(frame.rotation) % 360
                if not turned and aspect == 1:
                    yield at - base, frame.to_ndarray(format="rgb24")
                    continue
                width = max(1, round(frame.width * aspect))
                size = (width, frame.height) if turned % 180 == 0 else (frame.height, width)
                yield at - base, upright(frame, size)
        except error_type() as error:
            raise VideoError(f"{name}: its frames cannot be read: {error}") from error


def upright(frame: Any, size: tuple[int, int]) -> Frames:
    """Return PyAV's frame as (H, W, 3) RGB of width and height `size`, turned as it says."""
    turned = int(frame.rotation) % 360
    width, height = size if turned % 180 == 0 else size[::-1]
    made = frame.reformat(width=width, height=height, format="rgb24", interpolation="BICUBIC")
    return np.ascontiguousarray(np.rot90(made.to_ndarray(), turned // 90))


def count(data: bytes, name: str, most: int = MOST_FRAMES) -> int:
    """Return how many frames can be decoded, up to `most`; raises as `decode`."""
    with opened(io.BytesIO(data), name) as found:
        stream = found.streams.video[0]
        _bounded(name, stream.width, stream.height)
        try:
            return sum(1 for _ in itertools.islice(found.decode(stream), most))
        except error_type() as error:
            raise VideoError(f"{name}: its frames cannot be read: {error}") from error


def _bounded(name: str, width: int, height: int) -> None:
    if width * height > MOST_PIXELS:
        raise VideoError(
            f"{name}: expected frames up to {MOST_PIXELS} px, saw {width} x {height}: scale it down"
        )


def opened(file: BinaryIO, name: str) -> Any:
    """Return PyAV's container of a seekable file, to be closed.

    Raises:
        VideoError: It is no video, or has no pictures.
    """
    av = _av()
    try:
        # No other file and no network, whatever a list of parts or a session description asks for.
        allowed = {"format_whitelist": _CONTAINERS, "protocol_whitelist": "none"}
        found = av.open(file, metadata_errors="ignore", options=allowed)
    except (av.error.FFmpegError, ValueError) as error:
        size = file.seek(0, io.SEEK_END)
        raise VideoError(f"{name}: expected a video, saw {size} bytes: {error}") from error
    if not found.streams.video:
        found.close()
        raise VideoError(f"{name}: expected a video, saw a file without pictures")
    curve = found.streams.video[0].codec_context.color_trc
    if curve in _HIGH_RANGE:
        found.close()
        raise HighDynamicRange(
            f"{name}: expected a video of standard range, saw {_HIGH_RANGE[curve]}: map its tones "
            "first, with ffmpeg's filters zscale and tonemap"
        )
    return found


def error_type() -> type[Exception]:
    """Return what PyAV raises where FFmpeg fails."""
    return _av().error.FFmpegError


def _av() -> Any:
    try:
        import av
    except ImportError as error:
        raise VideoError("video needs PyAV: pip install 'corpuswright[video]'") from error
    return av
