"""The one decoder of outside images, and that of videos: as they are shown, or refused."""

from __future__ import annotations

import io
import random
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from corpuswright.annotators.masks import colour_regions
from corpuswright.assets.motion import dynavid
from corpuswright.quality.video import measures as video_measures
from corpuswright.renderers.motion import real_video
from corpuswright.storage.media import decoder, video

FAULTS = Path(__file__).parents[2] / "fixtures/faults"


def drawn(rng: random.Random) -> Image.Image:
    """Return a picture of some blocks of colour, so large that coding leaves them as they are."""
    size = rng.randrange(5, 12), rng.randrange(5, 12)
    cells = np.frombuffer(rng.randbytes(size[0] * size[1] * 3), np.uint8)
    small = Image.fromarray(cells.reshape(size[1], size[0], 3).copy(), "RGB")
    return small.resize((size[0] * 16, size[1] * 16), Image.Resampling.NEAREST)


def coded(image: Image.Image, rng: random.Random, **more: object) -> bytes:
    sink = io.BytesIO()
    if rng.random() < 0.5:
        image.save(sink, "PNG", **more)
    else:
        image.save(sink, "JPEG", quality=98, subsampling=0, **more)
    return sink.getvalue()


@pytest.mark.parametrize("seed", range(320))
def test_a_picture_comes_out_as_it_is_meant(seed: int):
    """Turned as EXIF says, of 16 bits, or of swapped primaries: the pixels are those drawn."""
    rng = random.Random(seed)
    image = drawn(rng)
    kind = ("turned", "deep", "swapped")[seed % 3]
    if kind == "turned":
        turned = 1 + seed // 3 % 8
        exif = Image.Exif()
        exif[decoder.ORIENTATION] = turned
        stored = _stored(image, turned)
        data = coded(stored, rng, exif=exif)
    elif kind == "deep":
        grey = np.asarray(image.convert("L")).astype(np.uint16) * 257
        sink = io.BytesIO()
        Image.fromarray(grey).save(sink, "PNG")
        data, image = sink.getvalue(), image.convert("L").convert("RGB")
    else:
        profile, image = _swapped(image)
        data = coded(image[0], rng, icc_profile=profile)
        image = image[1]
    made = np.asarray(decoder.decoded(data)[1]).astype(int)
    assert made.shape == np.asarray(image).shape
    assert np.abs(made - np.asarray(image).astype(int)).mean() < 3


def _stored(image: Image.Image, turned: int) -> Image.Image:
    """Return what a camera stores so that a viewer that obeys `turned` shows `image`."""
    t = Image.Transpose
    ways = {1: None, 2: t.FLIP_LEFT_RIGHT, 3: t.ROTATE_180, 4: t.FLIP_TOP_BOTTOM, 5: t.TRANSPOSE,
            6: t.ROTATE_90, 7: t.TRANSVERSE, 8: t.ROTATE_270}  # fmt: skip
    way = ways[turned]
    return image if way is None else image.transpose(way)


def _swapped(image: Image.Image) -> tuple[bytes, tuple[Image.Image, Image.Image]]:
    """Return a profile with channels exchanged in a ring, and (stored, meant) pixels."""
    with Image.open(FAULTS / "photos/icc_swapped.jpg") as fault:
        profile = fault.info["icc_profile"]
    red, green, blue = image.split()
    return profile, (Image.merge("RGB", (green, blue, red)), image)


def test_colours_are_named_as_they_are_shown():
    _, image = decoder.decoded((FAULTS / "photos/icc_swapped.jpg").read_bytes())
    theirs = ImageCms.ImageCmsProfile(
        io.BytesIO(Image.open(FAULTS / "photos/icc_swapped.jpg").info["icc_profile"])
    )
    stored = Image.open(FAULTS / "photos/icc_swapped.jpg").convert("RGB")
    shown = ImageCms.profileToProfile(stored, theirs, ImageCms.createProfile("sRGB"))
    assert shown is not None
    assert np.abs(np.asarray(image).astype(int) - np.asarray(shown).astype(int)).mean() < 1
    names = {r.name for r in colour_regions.colour_areas(np.asarray(image)) if r.usable}
    plain = {r.name for r in colour_regions.colour_areas(np.asarray(stored)) if r.usable}
    assert names != plain


def test_sixteen_bits_are_not_white():
    _, image = decoder.decoded((FAULTS / "photos/grey16.png").read_bytes())
    values = np.asarray(image.convert("L"))
    assert values.std() > 20 and 20 < values.mean() < 235


def test_a_phone_s_video_stands_upright():
    data = (FAULTS / "video/rot90.mp4").read_bytes()
    stored = video.probe(data, "a")
    frame = next(video.decode(data, "a"))
    assert frame.shape[:2] == (stored.width, stored.height)
    times, shown = real_video.window(data, "a", 0, 4, (64, 64))
    assert shown.shape == (4, 64, 64, 3) and len(times) == 4


def test_footage_of_changing_rate_has_no_flow(tmp_path: Path):
    data = (FAULTS / "video/vfr.mp4").read_bytes()
    times = [t for t, _ in video.timed(data, "vfr")]
    steps = np.diff(times)
    assert steps.max() > 2 * steps.min()
    bad = int(np.flatnonzero(steps > 0.1)[0])
    at = {"site": "s", "path": "vfr.mp4", "start": max(0, bad - 2), "frames": 5, "width": 64}
    rest = {"height": 64, "estimator": "dis", "cycle": 99.0}
    with pytest.raises(real_video.PageFault) as fault:
        real_video.render({**at, **rest}, lambda site, path: data)
    assert fault.value.reason in ("frames_not_evenly_spaced",)


def test_high_dynamic_range_is_refused_by_name_everywhere():
    data = (FAULTS / "video/hlg10.mp4").read_bytes()
    with pytest.raises(video.HighDynamicRange, match="HLG"):
        next(video.decode(data, "a"))
    with pytest.raises(video_measures.Refused) as refused:
        video_measures.watch(io.BytesIO(data), "a", 100.0, "")
    assert refused.value.rejection.reason == "high_dynamic_range"

    class Reads:
        def read(self, site: str, path: str) -> bytes:
            return data

    view: object = None
    found = dynavid.judge(Reads(), {"site": "s", "path": "a.mp4"}, view)  # type: ignore[arg-type]
    assert found.reason == "high_dynamic_range"
