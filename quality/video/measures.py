"""What one decode of a video tells: what it is, where it is cut, and how it looks over time.

Every frame is decoded once and reduced to 32 x 32 px of luma, of which PySceneDetect's adaptive
detector finds cuts; `RATE` times a second one is looked at: 128 x 128 px of it are measured and
printed. Looks are of the picture as it is shown: turned as its container says.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Sequence
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from corpuswright.quality.images import perceptual_hash
from corpuswright.quality.models.shot_detector import Learned
from corpuswright.storage.media import video
from corpuswright.storage.media.decoder import Refused

VERSION = 1  # bump when a measure comes out otherwise

RATE = 8  # looks a second, PexelsCustom's rate of frames that are trained on (arXiv 2606.11783)
SIDE = 128  # px of the square a look is measured on
SMALL = 32  # px of the square by which a frame is told from the one before
ROWS = 64  # of a frame, about, that this square is averaged over: all of them cost half a decode
CLEAR = 8  # every eighth look is measured for clarity, which costs as much as three others
MOVED = 2  # every second look is asked how it has moved since the one before
AREA = 512 * 512  # px clarity is taken on, as of images (quality.images.measures)
# PySceneDetect's own: a frame differs three times as much from the one before as its neighbours do,
# by 15 levels on average.
RATIO, LEAST, WINDOW = 3.0, 15.0, 2
AUDIO = 25  # frames of sound that are tried

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float64]

_PLANAR = frozenset(f"yuv{j}{s}p" for j in ("", "j") for s in ("420", "422", "444"))


class VideoFacts(NamedTuple):
    """What a video is.

    Attributes:
        container: FFmpeg's name of its format, such as `mov,mp4,m4a,3gp,3g2,mj2`.
        codec: Of its pictures, such as `h264`.
        pixels: FFmpeg's name of how they are stored, such as `yuv420p10le`.
        width: Pixels, as it is shown: turned, and square.
        height: Pixels.
        turned: Degrees counterclockwise by which its container turns it.
        fps: Frames a second on average.
        variable: Whether frames last differently long.
        frames: That were decoded.
        seconds: From the first frame to the end of the last.
        audio: Codec of its sound; empty where there is none, `broken` where it cannot be decoded.
    """

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


class Looks(NamedTuple):
    """What was seen at K moments, in order.

    Attributes:
        time: (K,) s from the first frame.
        luminance: (K,) mean luma, 0 to 1.
        clarity: (K,) variance of the Laplacian at 512 x 512; NaN where it was not taken.
        entropy: (K,) of the histogram of luma, bits; NaN where it was not taken.
        motion: (K,) mean length of optical flow since the look before, heights of the picture a
            second; NaN where it was not asked for.
        change: (K,) mean difference of luma from the look before, 0 to 255; 0 for the first.
        prints: (K, 32) perceptual hashes (quality.images.perceptual_hash).
        thumbs: (K, 256) thumbnails.
    """

    time: Floats
    luminance: Floats
    clarity: Floats
    entropy: Floats
    motion: Floats
    change: Floats
    prints: Bytes
    thumbs: Bytes


class Watched(NamedTuple):
    """One video; `cuts` are the times of first frames of shots, s, the first one's 0 included.

    Those of them that are in `fades` begin a dissolve, which is of no shot.
    """

    facts: VideoFacts
    looks: Looks
    cuts: tuple[float, ...]
    fades: tuple[float, ...] = ()


def watch(file: BinaryIO, name: str, most_seconds: float, cutter: str = "") -> Watched:
    """Decode a video once and return what it tells.

    Args:
        file: Its bytes, seekable.
        name: What messages call it.
        most_seconds: Longer ones are refused, by their head where it says so.
        cutter: The model that says where it is cut (`quality.models.shot_detector`); "" for
            PySceneDetect.

    Raises:
        Refused: There is nothing in it, it is no video, cannot be decoded, breaks off, is too long
            or has too many pixels.
        ScorerError: There is no such model, or it does not answer as one.
    """
    if not file.read(1):
        raise Refused("empty", "0 bytes")
    file.seek(0)
    try:
        with video.opened(file, name) as found:
            return _watched(found, file, name, most_seconds, cutter)
    except video.HighDynamicRange as error:
        raise Refused("high_dynamic_range", str(error).removeprefix(f"{name}: ")[:160]) from error
    except video.VideoError as error:
        raise Refused("not_a_video", str(error).removeprefix(f"{name}: ")[:160]) from error


def _watched(found: Any, file: BinaryIO, name: str, most_seconds: float, cutter: str) -> Watched:
    stream = found.streams.video[0]
    if stream.disposition.value & _ATTACHED:
        raise Refused("no_pictures", "its only pictures are a cover")
    stated = _stated(found, stream)
    if stated > most_seconds:
        raise Refused("too_long", f"its head says {stated:.0f} s, at most {most_seconds:g}")
    stream.thread_type = "NONE"  # one task has one core
    ratio = stream.sample_aspect_ratio
    eye = _Eye(float(ratio) if ratio else 1.0, cutter)
    times: list[float] = []
    lasts = corrupt = 0
    try:
        for frame in found.decode(stream):
            _bounded(frame)
            at = float(frame.pts * frame.time_base) if frame.pts is not None else None
            times.append(at if at is not None else len(times) / _rate(stream))
            lasts = float((frame.duration or 0) * (frame.time_base or 0))
            corrupt += frame.is_corrupt
            eye.see(frame, times[-1] - times[0])
            if times[-1] - times[0] > most_seconds:
                raise Refused("too_long", f"{len(times)} frames, at most {most_seconds:g} s")
    except video.error_type() as error:
        if not times:
            raise Refused("not_decodable", str(error)[:160]) from error
        raise Refused("breaks_off", f"after {len(times)} frames: {str(error)[:120]}") from error
    if not times:
        raise Refused("not_decodable", f"no frame of {stream.codec_context.name}")
    steps = np.diff(times)
    usual = float(np.median(steps)) if len(steps) else lasts or 1 / _rate(stream)
    seconds = times[-1] - times[0] + (lasts or usual)
    if stated - seconds > max(1.0, 0.05 * stated):
        raise Refused("breaks_off", f"{seconds:.2f} s of the {stated:.2f} s its head says")
    if corrupt:
        raise Refused("corrupt_frames", f"{corrupt} of {len(times)}")
    looks, cuts, fades = eye.ended()
    turned = eye.turned
    width, height = round(eye.size[0] * eye.aspect), eye.size[1]
    facts = VideoFacts(
        container=found.format.name,
        codec=stream.codec_context.name,
        pixels=stream.codec_context.pix_fmt or "",
        width=height if turned % 180 else width,
        height=width if turned % 180 else height,
        turned=turned,
        fps=round(len(times) / seconds, 4),
        variable=bool(len(steps)) and bool((np.abs(steps - usual) > 0.2 * usual).any()),
        frames=len(times),
        seconds=round(seconds, 6),
        audio=_audio(file, name),
    )
    return Watched(facts, looks, cuts, fades)


_ATTACHED = 0x0400  # AV_DISPOSITION_ATTACHED_PIC


def _stated(found: Any, stream: Any) -> float:
    """Return how long the head says that its pictures last, s; 0 where it says nothing."""
    if stream.duration:
        return float(stream.duration * stream.time_base)
    return float(found.duration or 0) / 1e6  # AV_TIME_BASE


def _rate(stream: Any) -> float:
    return float(stream.average_rate or stream.guessed_rate or 25)


def _bounded(frame: Any) -> None:
    if frame.width * frame.height > video.MOST_PIXELS:
        raise Refused("too_many_pixels", f"{frame.width}x{frame.height}")


def _audio(file: BinaryIO, name: str) -> str:
    """Return the codec of a video's sound, `broken` where its beginning cannot be decoded."""
    file.seek(0)
    with video.opened(file, name) as found:
        if not found.streams.audio:
            return ""
        stream = found.streams.audio[0]
        try:
            heard = sum(1 for _ in itertools.islice(found.decode(stream), AUDIO))
        except video.error_type():
            heard = 0
        return stream.codec_context.name if heard else "broken"


class _Eye:
    """Sees frames one after the other, and keeps what is needed of them."""

    def __init__(self, aspect: float, cutter: str) -> None:
        """Know how much wider than high a pixel is shown, and who says where it is cut."""
        self.size, self.turned, self.aspect = (0, 0), 0, aspect
        self._next = 0.0
        self._figures: list[tuple[float, float, float, float, float, float]] = []
        self._small: list[Bytes] = []  # of looks, not yet printed, 64 x 64
        self._prints: list[tuple[Bytes, Bytes]] = []
        self._last: Bytes | None = None  # the look before, 128 x 128
        self._before: Bytes | None = None  # the frame before, 32 x 32
        self._times: list[float] = []
        self._cuts = _Cuts()
        self._learned = Learned(cutter) if cutter else None

    def see(self, frame: Any, time: float) -> None:
        """Take in the next frame."""
        import cv2

        if not self._figures:
            self.size = (frame.width, frame.height)
            self.turned = int(frame.rotation) % 360
        if self._learned is not None:
            self._learned.see(frame)
        planes, full = _planes(frame)
        rows = planes[0][:: max(1, planes[0].shape[0] // ROWS)]
        small = np.asarray(cv2.resize(rows, (SMALL, SMALL), interpolation=cv2.INTER_AREA), np.uint8)
        if self._before is not None:
            step = float(cv2.norm(small, self._before, cv2.NORM_L1)) / small.size
            self._cuts.take(step if full else step * 255 / 219)
        self._before = small
        self._times.append(time)
        if time < self._next:
            return
        self._next = (np.floor(time * RATE + 1e-9) + 1) / RATE
        self._look(planes, full, time)

    def _look(self, planes: Sequence[Bytes], full: bool, time: float) -> None:
        import cv2

        number = len(self._figures)
        # Of a large frame every other row, or fewer: two at least are averaged to one.
        rows = planes[0][:: max(1, planes[0].shape[0] // (2 * SIDE))]
        small = _range(cv2.resize(rows, (SIDE, SIDE), interpolation=cv2.INTER_AREA), full)
        clear, bits = np.nan, np.nan
        if number % CLEAR == 0:
            clear, bits = _clarity(planes[0], full)
        motion, change = np.nan, 0.0
        if self._last is not None:
            change = cv2.norm(small, self._last, cv2.NORM_L1) / small.size
            if number % MOVED == 1:
                flow: Any = _flow().calc(self._last, small, None)
                wider = self.size[0] * self.aspect / self.size[1]
                length = cv2.magnitude(flow[..., 0] * wider, flow[..., 1])
                since = max(time - self._figures[-1][0], 1e-3)
                motion = cv2.mean(length)[0] / SIDE / since
        self._last = small
        light = cv2.mean(small)[0] / 255
        self._figures.append((time, light, clear, bits, motion, change))
        half = (perceptual_hash.SIDE, perceptual_hash.SIDE)
        even = np.rot90(cv2.resize(small, half, interpolation=cv2.INTER_AREA), self.turned // 90)
        self._small.append(np.ascontiguousarray(even, np.uint8))
        if len(self._small) == 256:
            self._print()

    def _print(self) -> None:
        if self._small:
            self._prints.append(perceptual_hash.prints_of(np.stack(self._small)))
            self._small = []

    def ended(self) -> tuple[Looks, tuple[float, ...], tuple[float, ...]]:
        """Return what was seen, the times of first frames of shots, and which begin dissolves."""
        self._print()
        time, light, clear, bits, motion, change = np.array(self._figures).T
        hashes, thumbs = (np.concatenate(c) for c in zip(*self._prints, strict=True))
        found, faded = self._learned.ended() if self._learned else (self._cuts.ended(), [])
        cuts, fades = (tuple(self._times[n] for n in v) for v in ((0, *found), faded))
        return Looks(time, light, clear, bits, motion, change, hashes, thumbs), cuts, fades


class _Cuts:
    """PySceneDetect's adaptive detector, told how far each frame is from the one before.

    Both ends are held still for its window, so that a cut near one of them is found too.
    """

    def __init__(self) -> None:
        from scenedetect.detectors import AdaptiveDetector

        class Told(AdaptiveDetector):
            """Takes the score that it is given: ours is of fewer pixels, which a frame costs."""

            def _calculate_frame_score(self, timecode: Any, frame_img: Any) -> float:
                return float(frame_img)

        self._detector = Told(RATIO, 0, WINDOW, LEAST)
        self._given, self._found = 0, list[int]()
        for _ in range(WINDOW + 1):
            self._give(0.0)

    def take(self, step: float) -> None:
        """Take in how far the next frame, the second one first, is from the one before."""
        self._give(step)

    def _give(self, step: float) -> None:
        from scenedetect import FrameTimecode

        # Scores are of frames one after the other, however long these last.
        at = FrameTimecode(self._given, fps=25.0)
        self._found += [c.frame_num - WINDOW for c in self._detector.process_frame(at, step)]  # type: ignore[arg-type]
        self._given += 1

    def ended(self) -> list[int]:
        """Return the numbers of frames, from 0, that are the first ones of further shots."""
        for _ in range(WINDOW):
            self._give(0.0)
        return self._found


def _planes(frame: Any) -> tuple[list[Bytes], bool]:
    """Return luma and chroma of a frame, 8 bits, and whether black is 0 and not 16."""
    name = frame.format.name
    if name not in _PLANAR:
        full = name.startswith(("rgb", "bgr", "gbr", "gray", "pal"))
        frame, name = frame.reformat(format="yuv420p"), "yuv420p"
    else:
        full = name.startswith("yuvj") or int(frame.color_range) == _FULL
        return [_plane(p) for p in frame.planes], full
    return [_plane(p) for p in frame.planes], full and int(frame.color_range) == _FULL


_FULL = 2  # AVCOL_RANGE_JPEG


def _plane(plane: Any) -> Bytes:
    rows = np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)
    return rows[:, : plane.width]


def _range(luma: Any, full: bool) -> Bytes:
    import cv2

    return np.asarray(luma if full else cv2.LUT(luma, _LIMITED), np.uint8)


# What luma of 16 (black) to 235 (white) is on a scale of 0 to 255.
_LIMITED = np.clip(np.rint((np.arange(256) - 16) * 255 / 219), 0, 255).astype(np.uint8)


def _clarity(luma: Bytes, full: bool) -> tuple[float, float]:
    """Return the variance of the Laplacian at `AREA`, and the entropy of the histogram, bits."""
    import cv2

    share = (AREA / luma.size) ** 0.5
    if share < 0.9:  # as of images: a little more is as good
        size = (max(1, round(luma.shape[1] * share)), max(1, round(luma.shape[0] * share)))
        luma = cv2.resize(luma, size, interpolation=cv2.INTER_AREA)  # type: ignore[assignment]
    even = _range(np.ascontiguousarray(luma), full)
    clear = 0.0
    if min(even.shape) >= 3:
        edges = cv2.Laplacian(even, cv2.CV_16S, ksize=1)[1:-1, 1:-1].astype(np.int32)
        total, squares = int(edges.sum(dtype=np.int64)), int((edges * edges).sum(dtype=np.int64))
        clear = (squares - total * total / edges.size) / edges.size
    share_of = np.bincount(even.ravel(), minlength=256) / even.size
    some = share_of[share_of > 0]
    return clear, float(abs(-(some * np.log2(some)).sum()))


@functools.cache
def _flow() -> Any:
    """Return this process's estimator: dense inverse search, OpenCV's quickest preset."""
    import cv2

    cv2.setNumThreads(1)
    return cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)
