"""OpenCustom's metrics, each against arithmetic done by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from corpuswright.quality.benchmarks import open_custom
from corpuswright.quality.benchmarks.open_custom import METRICS, Models, VideoScore, WantedVideo
from corpuswright.quality.models.scorers import ScorerError

RED, BLUE = (200, 20, 20), (20, 20, 200)
HERE = "tests.quality.benchmarks.test_open_custom"
ALL = Models(*(f"{HERE}:{n}" for n in ("clip", "dino", "detector", "segmenter", "between", "flow")))
Frames = NDArray[np.uint8]


class Colours:
    """Embeds an image as its mean colour, a text as the colour that it names."""

    def __call__(self, images: Sequence[Frames]) -> list[Any]:
        return [i.reshape(-1, 3).mean(axis=0) for i in images]

    def texts(self, said: Sequence[str]) -> list[Any]:
        return [np.array(RED if "red" in s else BLUE, float) for s in said]


def clip(device: str) -> Colours:
    return Colours()


def dino(device: str) -> Callable[[Sequence[Frames]], list[Any]]:
    return Colours().__call__


def detector(device: str) -> Callable[[Frames, Sequence[str]], list[Any]]:
    """Finds what is red, if asked for a `thing`: surely; and less surely the whole picture."""

    def look(pixels: Frames, words: Sequence[str]) -> list[Any]:
        ys, xs = np.nonzero(pixels[:, :, 0] > 150)
        high, wide = pixels.shape[:2]
        if not len(ys):
            return [("thing", (0, 0, wide, high), 0.2)]
        box = (xs.min(), ys.min(), xs.max() + 1, ys.max() + 1)
        return [("thing", (0, 0, wide, high), 0.4), ("thing", box, 0.9)]

    return look


def segmenter(device: str) -> Callable[[Frames, Sequence[Any]], list[Any]]:
    return lambda pixels, boxes: [(pixels[:, :, 0] > 150, 0.9) for _ in boxes]


def between(device: str) -> Callable[[Frames, Frames], Any]:
    return lambda a, b: ((a.astype(int) + b) // 2).astype(np.uint8)


def flow(device: str) -> Callable[[Frames, Frames], Any]:
    """Everything moves by as many px as the red square has moved."""

    def look(a: Frames, b: Frames) -> Any:
        at = [[np.nonzero((f[:, :, 0] > 150).any(axis=0))[0].min() for f in x] for x in (a, b)]
        out = np.zeros((*a.shape[:3], 2), np.float32)
        out[..., 0] = (np.array(at[1]) - np.array(at[0]))[:, None, None]
        return out

    return look


def clip_of(step: float, number: int = 24, gone: tuple[int, ...] = ()) -> Frames:
    """A red square of 20 px on blue that moves to the right."""
    out = np.full((number, 64, 96, 3), BLUE, np.uint8)
    for n in range(number):
        if n not in gone:
            x = round(n * step) % 70
            out[n, 20:40, x : x + 20] = RED
    return out


def picture() -> Frames:
    return clip_of(0, 1)[0]


def asked(caption: str = "A red thing.") -> WantedVideo:
    return WantedVideo("thing", caption, picture())


def cosine(a: Any, b: Any) -> float:
    a, b = (np.asarray(v, float) for v in (a, b))
    return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))


def test_all_eight_are_those_of_hand():
    frames = clip_of(1.0)
    found = open_custom.score(asked(), frames, 8, ALL)
    assert set(found.values) == set(METRICS) and (found.frames, found.found) == (16, 16)
    mean = frames[0].reshape(-1, 3).mean(axis=0)
    assert found.values["clip_text"] == pytest.approx(cosine(mean, RED))
    assert found.values["clip_image"] == found.values["dino_image"] == pytest.approx(1)
    crop = np.full((224, 224, 3), 127, np.uint8)
    crop[102:122, 102:122] = RED
    seen = crop.reshape(-1, 3).mean(axis=0)
    assert found.values["regional_clip_text"] == pytest.approx(cosine(seen, RED), abs=1e-6)
    assert found.values["regional_clip_image"] == pytest.approx(1)
    even, odd = frames[::2].astype(int), frames[1::2].astype(int)
    wrong = np.abs((even[:-1] + even[1:]) // 2 - odd[: len(even) - 1]).mean()
    assert found.values["motion_smoothness"] == pytest.approx(1 - wrong / 255)


def test_the_crop_is_the_subject_on_grey():
    found = open_custom.subject(picture(), "thing", ALL)
    assert found is not None and found.shape == (224, 224, 3)
    assert (found[102:122, 102:122] == RED).all() and (found[:102] == 127).all()
    assert open_custom.subject(np.full((64, 64, 3), BLUE, np.uint8), "thing", ALL) is None


def test_frames_without_the_subject_are_no_score_and_are_told():
    """The release scores them by the whole frame."""
    gone = tuple(range(10, 14))
    found = open_custom.score(asked(), clip_of(1.0, gone=gone), 8, ALL._replace(flow=""))
    assert (found.frames, found.found) == (16, 12)
    assert found.values["regional_clip_image"] == pytest.approx(1)
    never = open_custom.score(
        asked(), np.full((20, 64, 96, 3), BLUE, np.uint8), 8, ALL._replace(flow="")
    )
    assert never.found == 0 and not any(n.startswith("regional") for n in never.values)


@pytest.mark.parametrize(
    ("step", "number", "fps", "moving"),
    [(0.0, 24, 8, False), (3.0, 24, 8, True), (1.0, 24, 8, False), (1.0, 48, 24, True),
     (3.0, 2, 8, True), (0.0, 2, 8, False), (3.0, 3, 30, True)],
)  # fmt: skip
def test_what_moves(step: float, number: int, fps: float, moving: bool):
    """6 px at 256 are 1.5 px at 64; at 24 frames a second every third is looked at."""
    frames = clip_of(step, number)
    assert open_custom.moves(frames, fps, flow("cpu")) is moving


def test_a_fourth_of_the_pairs_has_to_move():
    for fast, moving in ((3, False), (4, True)):
        frames = clip_of(0, 16)
        for n in range(16):  # the square jumps `fast` times
            x = 3 * min(n, fast)
            frames[n] = BLUE
            frames[n, 20:40, x : x + 20] = RED
        assert open_custom.moves(frames, 8, flow("cpu")) is moving


@pytest.mark.parametrize(
    ("number", "first", "end"), [(49, 16, 32), (16, 0, 16), (10, 0, 10), (17, 0, 16), (1, 0, 1)]
)
def test_the_middle_is_looked_at(number: int, first: int, end: int):
    found = open_custom.window(number)
    assert (found.start, found.stop) == (first, end)


def test_what_nobody_looks_for_is_missing_and_so_are_means_of_it():
    frames = clip_of(1.0)
    whole = open_custom.score(asked(), frames, 8, ALL)
    none = open_custom.score(asked(), frames, 8, Models())
    assert none == VideoScore({}, 16, None) and open_custom.means([]) == {}
    assert set(open_custom.means([whole])) == set(METRICS)
    assert open_custom.means([whole, none]) == {}
    some = open_custom.score(asked(), frames, 8, Models(dino=ALL.dino))
    assert set(some.values) == {"dino_image"}


def test_models_that_answer_with_something_else_are_told_of():
    with pytest.raises(ScorerError, match="takes no texts"):
        open_custom.texts(f"{HERE}:dino", ["a"])
    with pytest.raises(ScorerError, match="expected frames of shape"):
        open_custom.smoothness(clip_of(1.0), lambda a, b: a[:1])
    with pytest.raises(ScorerError, match="flow: expected"):
        open_custom.moves(clip_of(1.0), 8, lambda a, b: np.zeros(3))
