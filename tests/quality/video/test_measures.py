"""Cuts to the frame, windows that cross none, looks and prints that are what they say."""

from __future__ import annotations

import io
import itertools
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from corpuswright.quality.images import perceptual_hash
from corpuswright.quality.video import clip_windows, duplicates, measures
from corpuswright.quality.video.measures import Refused
from corpuswright.storage.inputs.file_slice import FileSlice
from tests.fixtures.synthetic_images import texture
from tests.fixtures.synthetic_videos import shots, written

FPS = 25


@pytest.mark.parametrize("seed", range(1, 7))
def test_cuts_are_found_to_the_frame(seed: int):
    lengths = np.random.default_rng(seed).integers(10, 60, 4).tolist()
    seen = measures.watch(io.BytesIO(written(shots(seed, lengths))), "x", 60)
    wanted = [0, *itertools.accumulate(lengths[:-1])]
    assert [round(c * FPS, 3) for c in seen.cuts] == wanted
    assert (seen.facts.frames, seen.facts.seconds) == (sum(lengths), sum(lengths) / FPS)


def test_looks_say_how_bright_and_how_fast_it_is():
    # Grey, and a texture that moves by 2 px of 240 to the right in each of 25 frames a second.
    grey = np.full((240, 320, 3), 128, np.uint8)
    light = measures.watch(io.BytesIO(written(iter([grey] * 30))), "x", 60).looks
    assert light.luminance == pytest.approx(128 / 255, abs=0.01)
    assert light.change.max() < 0.5 and np.nanmax(light.clarity) < 1
    wide = np.asarray(texture(3, (640, 240)))
    pan = (wide[:, 300 - 2 * n : 620 - 2 * n] for n in range(75))
    moving = measures.watch(io.BytesIO(written(pan)), "x", 60).looks
    pace = moving.motion[~np.isnan(moving.motion)]
    assert np.median(pace) == pytest.approx(2 * FPS / 240, rel=0.15)
    assert len(moving.prints) == len(moving.time) == 24


def test_too_long_a_video_is_refused_by_what_it_has():
    data = written(shots(1, [60]), container="matroska", options={"live": "1"})
    with pytest.raises(Refused, match="too_long"):
        measures.watch(io.BytesIO(data), "x", 2)


@given(
    st.lists(st.floats(0.05, 30), min_size=1, max_size=8),
    st.floats(0.3, 7),
    st.integers(1, 100),
)
def test_windows_cross_no_cut_and_do_not_overlap(lengths: list[float], seconds: float, most: int):
    ends = list(itertools.accumulate(lengths))
    cuts = [0.0, *ends[:-1]]
    found = clip_windows.spans(cuts, ends[-1], seconds, most)
    room = sum(int(n / seconds + 1e-6) for n in (b - a for a, b in zip(cuts, ends, strict=True)))
    assert len(found) == min(room, most)
    for shot, start in found:
        assert cuts[shot] - 1e-4 <= start and start + seconds <= ends[shot] + 1e-4
    starts = [s for _, s in found]
    assert all(b - a >= seconds - 1e-4 for a, b in itertools.pairwise(starts))


def test_prints_of_many_are_those_of_each():
    greys = [texture(n, (64, 64)).convert("L") for n in range(20)]
    hashes, thumbs = perceptual_hash.prints_of(np.stack([np.asarray(g) for g in greys]))
    for n, grey in enumerate(greys):
        assert (hashes[n].tobytes(), thumbs[n].tobytes()) == perceptual_hash.prints(grey)


def _looks(seed: int, length: int, first: int = 0) -> duplicates.Sequence:
    frames = itertools.islice(shots(seed, [first + length], numbered=False), first, None)
    small = [
        np.asarray(Image.fromarray(f).convert("L").resize((64, 64), Image.Resampling.BOX))
        for f in frames
    ]
    return duplicates.Sequence(*perceptual_hash.prints_of(np.stack(small)))


def test_a_shifted_clip_is_alike_and_shares_an_anchor_and_another_is_not():
    one, late, other = _looks(1, 40), _looks(1, 40, first=7), _looks(2, 40)
    assert duplicates.alike(one, late) and duplicates.alike(late, one)
    assert not duplicates.alike(one, other)
    mine = {one.prints[n].tobytes() for n in duplicates.anchors(one.thumbs)}
    assert mine & {late.prints[n].tobytes() for n in duplicates.anchors(late.thumbs)}
    # What lies over the other for less than half of it is another clip.
    assert not duplicates.alike(one, _looks(1, 40, first=30))


def test_two_takes_by_a_fixed_camera_are_two_clips():
    """The same room, in which something moves otherwise."""
    room = np.asarray(texture(9, (64, 64)).convert("L"))

    def take(seed: int) -> duplicates.Sequence:
        rng = np.random.default_rng(seed)
        path = np.cumsum(rng.integers(-4, 5, (40, 2)), axis=0) % 48
        frames = np.stack([room] * 40)
        for n, (x, y) in enumerate(path):
            frames[n, y : y + 16, x : x + 16] = 255 - frames[n, y : y + 16, x : x + 16]
        return duplicates.Sequence(*perceptual_hash.prints_of(frames))

    assert duplicates.alike(take(1), take(1)) and not duplicates.alike(take(1), take(2))


@given(st.binary(max_size=300), st.integers(0, 300), st.integers(0, 300), st.data())
def test_a_span_is_that_stretch_of_a_file(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, a: int, n: int, draw: st.DataObject
):
    path = tmp_path_factory.mktemp("span") / "file"
    path.write_bytes(data)
    if a + n > len(data):
        with pytest.raises(OSError, match="expected"):
            FileSlice(str(path), a, n)
        return
    inside = data[a : a + n]
    with FileSlice(str(path), a, n) as file:
        oracle = io.BytesIO(inside)
        for _ in range(6):
            at = draw.draw(st.integers(0, n + 5))
            size = draw.draw(st.integers(0, 40))
            assert file.seek(at) == oracle.seek(at)
            assert (file.read(size), file.tell()) == (
                oracle.read(size),
                min(oracle.tell(), max(at, n)),
            )
        assert file.seek(0, io.SEEK_END) == n
    assert Path(path).exists()


def test_a_clip_without_a_look_that_was_measured_has_the_measure_of_the_closest():
    seen = measures.watch(io.BytesIO(written(shots(3, [75]))), "x", 60)
    short = clip_windows.windows(seen, 0.5, 99)
    taken = seen.looks.clarity[~np.isnan(seen.looks.clarity)]
    assert len(taken) < len(short) and {w.clarity for w in short} <= {float(v) for v in taken}
