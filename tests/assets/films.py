"""Films made by the tests: shots that pan over textures, each frame with its number on it."""

from __future__ import annotations

import os
import struct
import tempfile
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from tests.assets.pictures import texture

Frames = NDArray[np.uint8]
SIZE = (320, 240)
BITS = 10  # of a frame's number, black or white squares along the top
SQUARE = 24  # px
# Of several threads, and by how frames lie in memory, x264 writes other bytes each time.
SAME_BYTES = "threads=1:lookahead-threads=1:sliced-threads=0:cpu-independent=1"


def shots(
    seed: int, lengths: Sequence[int], size: tuple[int, int] = SIZE, numbered: bool = True
) -> Iterator[Frames]:
    """Yield frames: each shot pans over a texture of its own; frames are numbered through."""
    w, h = size
    number = 0
    for shot, length in enumerate(lengths):
        rng = np.random.default_rng((seed, shot))
        wide = np.asarray(texture(seed * 100 + shot, (2 * w, 2 * h)))
        start, pace = rng.uniform(0, (w / 2, h / 2)), rng.uniform(0.5, 2.5, 2)
        for n in range(length):
            # There and back, so that a long shot stays on its texture.
            x, y = (int(v) for v in np.abs((start + n * pace) % (2 * w, 2 * h) - (w, h)))
            frame = wide[y : y + h, x : x + w].copy()
            for bit in range(BITS) if numbered else ():
                white = (number ^ number >> 1) >> bit & 1  # Gray's code: one square at a time
                frame[:SQUARE, bit * SQUARE : (bit + 1) * SQUARE] = 235 * white + 10
            yield frame
            number += 1


def number_of(frame: Frames) -> int:
    """Return the number that stands on a frame, whatever its size."""
    height, width = frame.shape[:2]
    side = SQUARE * height / SIZE[1], SQUARE * width / SIZE[0]
    middle = [frame[int(side[0] / 2), int((b + 0.5) * side[1])].mean() > 128 for b in range(BITS)]
    number, bit = 0, False
    for white in reversed(middle):
        bit ^= bool(white)
        number = number << 1 | bit
    return number


def written(
    frames: Iterator[Frames], fps: int = 25, codec: str = "libx264", container: str = "mp4",
    pixels: str = "yuv420p", size: tuple[int, int] | None = None,
    times: Sequence[int] | None = None,
    audio: str = "", options: dict[str, str] | None = None, **more: str,
) -> bytes:  # fmt: skip
    """Return frames as a video; `times` are milliseconds, `audio` is `good` or `broken`."""
    folder = tempfile.TemporaryDirectory()
    path = Path(folder.name) / "film"
    with folder:
        try:
            _write(
                path, frames, fps, codec, container, pixels, size, times, audio, options or {}, more
            )
        finally:
            # SVT-AV1 makes whoever calls it as root a real-time program, and all that it starts
            # from then on: Linux leaves others 50 ms of each second.
            os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
        return path.read_bytes()


def _write(
    path: Path, frames: Iterator[Frames], fps: int, codec: str, container: str, pixels: str,
    size: tuple[int, int] | None, times: Sequence[int] | None, audio: str,
    options: dict[str, str], more: dict[str, str],
) -> None:  # fmt: skip
    with av.open(str(path), "w", format=container, options=options) as out:
        stream: Any = None
        sound: Any = None
        for n, frame in enumerate(frames):
            if stream is None:
                quality = {"crf": "18", "x264-params": SAME_BYTES} if codec == "libx264" else {}
                rate = 1000 if times else fps
                stream = out.add_stream(codec, rate=Fraction(rate), options=quality | more)
                w, h = size or (frame.shape[1], frame.shape[0])
                stream.width, stream.height, stream.pix_fmt = w, h, pixels
                if audio:
                    sound = out.add_stream("aac", rate=48000)
            picture: Any = av.VideoFrame.from_ndarray(frame, format="rgb24")
            picture = picture.reformat(width=stream.width, height=stream.height)
            picture.pts, picture.time_base = (times[n], Fraction(1, 1000)) if times else (
                n, Fraction(1, fps))  # fmt: skip
            out.mux(stream.encode(picture))
        if sound is not None:
            _sounds(out, sound, audio)
        out.mux(stream.encode())


def _sounds(out: Any, stream: Any, how: str) -> None:
    rng = np.random.default_rng(1)
    for n in range(50):
        wave = rng.uniform(-0.1, 0.1, (1, 1024)).astype(np.float32)
        frame = av.AudioFrame.from_ndarray(wave, format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = 48000, n * 1024, Fraction(1, 48000)
        for packet in stream.encode(frame):
            if how == "broken":
                garbled = av.Packet(rng.bytes(packet.size))
                garbled.stream, garbled.pts, garbled.dts = stream, packet.pts, packet.dts
                garbled.time_base, garbled.duration = packet.time_base, packet.duration
                packet = garbled
            out.mux(packet)


def turned(data: bytes) -> bytes:
    """Return an MP4 whose head says that it is to be shown a quarter turn clockwise."""
    at = data.index(b"tkhd") - 4 + 48
    matrix = struct.pack(">9i", 0, 65536, 0, -65536, 0, 0, 0, 0, 1 << 30)
    return data[:at] + matrix + data[at + 36 :]


def of_hours(data: bytes, hours: float) -> bytes:
    """Return a Matroska file whose head says that it lasts so long."""
    mark = b"\x44\x89\x88"  # Duration, a double of 8 bytes, milliseconds
    at = data.index(mark) + len(mark)
    return data[:at] + struct.pack(">d", hours * 3600 * 1000) + data[at + 8 :]
