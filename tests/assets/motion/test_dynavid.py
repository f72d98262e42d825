"""dynavid, built whole: figures and cameras beside real videos and motions of a source."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from corpuswright.assets.builds.options import BuildOptions
from corpuswright.assets.motion import dynavid
from corpuswright.renderers.faults import PageFault
from corpuswright.renderers.motion import real_video, scene
from corpuswright.renderers.world3d.ground_truth import FlowCode
from corpuswright.storage import samples
from corpuswright.storage.inputs.sites import Page
from corpuswright.storage.loaders.loader import Loader
from corpuswright.storage.loaders.mixed_batches import MixedBatches
from corpuswright.storage.media import clips, video
from corpuswright.storage.records import Source, canonical
from corpuswright.storage.releases import manifest
from corpuswright.storage.samples import Record
from tests.fixtures import builds
from tests.fixtures.made_once import made_once
from tests.fixtures.small_corpora import DYNA
from tests.renderers.motion.test_moving_people import CHANNELS, bvh
from tests.renderers.world3d.test_user_models import OBJ, glb, png


def moving(frames: int, step: float, noise: bool = False) -> np.ndarray:
    """A texture that moves to the right by `step` px a frame; or nothing but noise."""
    rng = np.random.default_rng(0)
    if noise:
        return rng.integers(0, 255, (frames, 96, 128, 3)).astype(np.uint8)
    wide = rng.uniform(0, 255, (24, 200, 3))
    wide = wide.repeat(4, axis=0).repeat(4, axis=1)
    smooth = sum(np.roll(wide, s, axis=1) for s in range(-3, 4)) / 7
    return np.stack([smooth[:, 400 - round(step * t) :][:, :128] for t in range(frames)]).astype(
        np.uint8
    )


def build(out: Path) -> None:
    source = out / "given"
    source.mkdir(parents=True)
    (source / "right.mp4").write_bytes(video.encode(moving(14, 3.0), 24))
    (source / "noise.mp4").write_bytes(video.encode(moving(7, 0, noise=True), 24))
    (source / "short.mp4").write_bytes(video.encode(moving(3, 1.0), 24))
    (source / "broken.mp4").write_bytes(b"\0" * 400)
    still = [0.0] * CHANNELS
    lines = [[*still[:3], 0, 0, 5.0 * t, *still[6:]] for t in range(40)]
    (source / "walk.bvh").write_bytes(bvh(lines))
    (source / "broken.bvh").write_bytes(b"HIERARCHY")
    (source / "backdrops").mkdir()
    (source / "backdrops/wall.png").write_bytes(png())
    (source / "backdrops/broken.jpg").write_bytes(b"\xff\xd8\xff")
    (source / "poster.glb").write_bytes(glb())
    (source / "broken.glb").write_bytes(glb()[:200])
    (source / "lost.obj").write_bytes(OBJ)
    options = BuildOptions(
        out=str(out), source=str(source), licence="CC0-1.0", author="nobody", workers=2
    )
    builds.made(DYNA, options)


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with one build; not to be changed."""
    return made_once(tmp_path_factory, "dyna", build)


def records(store: Path) -> list[Record]:
    return list(Loader(store, manifest.load(store, DYNA.name), seed=None).records())


def test_every_file_of_a_source_ends_in_one_outcome(built: Path):
    made = manifest.load(built, DYNA.name)
    ended = {
        o.key.split("/")[-1]: o.reason for o in manifest.outcomes(built, made) if o.unit == "page"
    }
    assert ended == {
        "right.mp4": "", "noise.mp4": "", "short.mp4": "", "walk.bvh": "",
        "broken.mp4": "source_not_usable", "broken.bvh": "source_not_usable", "wall.png": "",
        "poster.glb": "", "broken.jpg": "not_an_image", "broken.glb": "prop_not_read",
        "lost.obj": "texture_missing",
    }  # fmt: skip
    scenes = [o for o in manifest.outcomes(built, made) if o.unit == "scene"]
    assert len(scenes) == 4 + 2 + 1 + 1, "rendered, two of the long video, one of each other"
    assert [o.reason for o in scenes if "short" in o.source] == ["video_too_short"]
    noise = [o for o in scenes if "noise" in o.source]
    assert [o.reason for o in noise] == ["cycle_error"]
    assert made.counts["scene"]["kept"] == made.counts["task"]["kept"] >= 5


def test_real_clips_say_that_their_flow_is_estimated_and_it_is_about_right(built: Path):
    found = [clips.read(r) for r in records(built)]
    real = [c for c in found if "estimated_by" in _state(c)]
    assert len(real) == 2 and all(_state(c)["estimated_by"] == "dis" for c in real)
    for clip in real:
        flow, codes = clip.passes["flow_forward"], clip.passes["flow_forward_codes"]
        inner = flow[:, 20:-20, 30:-30]
        scale = 160 / 128  # the picture is scaled to the corpus's size
        assert np.median(inner[..., 0]) == pytest.approx(3.0 * scale, abs=0.4)
        assert np.abs(np.median(inner[..., 1])) < 0.3
        assert (codes[:, 20:-20, 30:-30] == FlowCode.VISIBLE).mean() > 0.8
        assert (codes[:, :, -2:] == FlowCode.OUT_OF_FRAME).mean() > 0.8, "what leaves to the right"
        assert clip.pictures is not None and len(clip.pictures) == 6
        assert "strong motion" in clip.tasks[0].text


def test_rendered_clips_have_truth_and_their_sources(built: Path):
    rendered = [r for r in records(built) if "estimated_by" not in _state(clips.read(r))]
    assert len(rendered) >= 3
    uses = set[str]()
    for record in rendered:
        clip, spec = clips.read(record), samples.read(record.files["json"]).spec
        assert clip.pictures is None and clip.passes["flow_forward"].shape == (5, 112, 160, 2)
        people = spec.parameters["world"] == "people"
        assert ("anny" in [s.uri for s in spec.sources]) == people
        uses |= {s.uri.split("/")[-1] for s in spec.sources}
        figures = [e for e in clip.scene.elements if e.attributes["type"] == "figure"]
        assert bool(figures) == people
        for e in figures:
            seen = clip.tracks["joints_seen"][:, int(str(e.attributes["instance"])) - 1]
            assert (seen == 2).mean() > 0.5
    assert {"anny", "walk.bvh"} <= uses
    licences = {s.licence for r in rendered for s in samples.read(r.files["json"]).spec.sources}
    assert licences <= {"CC0-1.0 AND Apache-2.0", "CC0-1.0"}


def test_places_are_furnished_with_what_the_source_brings():
    def page(path: str, **found: Any) -> Page:
        return Page(
            "mine", path, Source(f"mine/{path}", "0" * 64, "CC0-1.0", "me"), found=canonical(found)
        )

    brought = [
        page("poster.glb", kind="prop", name="poster"),
        page("b/poster.glb", kind="prop", name="poster"),
        page("chair.glb", kind="prop", name="chair"),
        page("backdrops/wall.png", kind="photo"),
    ]
    specs = dynavid.plan("dynavid", brought, {**dynavid.RECIPE, "human": 0, "clips": 60}, "0")
    stand = [[p["name"] for p in cast(Any, s.parameters["props"])] for s in specs]
    assert {tuple(sorted(n)) for n in stand} >= {(), ("chair",), ("poster",), ("chair", "poster")}
    assert all(len(set(n)) == len(n) for n in stand), "no two of one name"
    photos = [bool(s.parameters["photo"]) for s in specs]
    assert 15 < sum(photos) < 45
    for spec, names, photo in zip(specs, stand, photos, strict=True):
        assert len(spec.sources) == len(names) + photo, "what is used is credited"
    lit = [s.parameters["light"] for s in specs]
    assert 5 < sum(map(bool, lit)) < 26 and len(set(lit)) > 3


def test_batches_mix_rendered_and_real_clips_the_same_way_each_time(built: Path):
    batches = MixedBatches.open(built, DYNA.name, size=4, rendered=0.75, percentile=100, seed=3)
    seen = [[c.key for c in batch] for batch in batches]
    again = MixedBatches.open(built, DYNA.name, size=4, rendered=0.75, percentile=100, seed=3)
    assert seen == [[c.key for c in batch] for batch in again] and batches.epoch == 1
    drawn = {r.key for r in records(built) if "estimated_by" not in _state(clips.read(r))}
    for batch in seen:
        assert len(batch) == 4 and [k in drawn for k in batch] == [True] * 3 + [False]
    assert {k for b in seen for k in b} >= drawn, "every rendered clip once at least"
    assert {b[3] for b in seen} == {r.key for r in records(built)} - drawn
    assert seen != [[c.key for c in batch] for batch in batches], "another epoch, another order"
    half = MixedBatches.open(built, DYNA.name, size=2, percentile=50)
    real = {c.key: _state(c)["cycle"] for b in half for c in b if c.key not in drawn}
    all_ = [_state(clips.read(r))["cycle"] for r in records(built) if r.key not in drawn]
    assert max(real.values()) <= np.median(all_)


def test_windows_do_not_overlap_and_fill_the_size():
    data = video.encode(moving(14, 3.0), 24)
    (times, first), (_, second) = (real_video.window(data, "a", s, 6, (64, 64)) for s in (0, 6))
    assert np.allclose(np.diff(times), 1 / 24, atol=1e-3)
    assert first.shape == second.shape == (6, 64, 64, 3) and (first[-1] != second[0]).any()
    with pytest.raises(real_video.PageFault, match="video_too_short"):
        real_video.window(data, "a", 12, 6, (64, 64))


def test_a_recipe_without_sense_is_refused():
    for values in (
        {"human": 2},
        {"figures": {"1": 0.5}},
        {"figures": {"9": 1.0}},
        {"turn": [1]},
        {"cycle": -1},
        {"estimator": "raft"},
        {"passes": ["instances"]},
    ):
        with pytest.raises(ValueError, match="--set"):
            dynavid.accepts({**dynavid.RECIPE, **values})
    dynavid.accepts(dynavid.RECIPE)


def _state(clip: clips.Clip) -> Any:
    return clip.scene.state["clip"]


def test_what_is_vigorous_does_not_depend_on_the_size():
    """A thing that crosses a tenth of the picture does so in one of any size."""
    for side in (128, 256, 1024):
        recipe = {**dynavid.RECIPE, "clips": 1, "size": [side, side]}
        (spec,) = dynavid.plan("dynavid", [], recipe, "0")
        assert spec.parameters["least_motion"] == 1.5 * side / 256


@pytest.mark.parametrize(
    ("pixels", "fault"),
    [([0, 0, 48, 0, 40, 0, 0, 0, 0], True), ([0] * 4 + [200] * 5, False), ([200] * 9, False)],
)
def test_a_figure_that_is_hardly_seen_is_a_fault(pixels: list[int], fault: bool):
    """48 pixels in two of nine frames, which a figure far from the camera had, are none."""
    (spec,) = dynavid.plan("dynavid", [], {**dynavid.RECIPE, "clips": 1, "human": 1.0}, "0")
    p = {**spec.parameters, "figures": spec.parameters["figures"][:1]}
    world = cast(
        Any,
        SimpleNamespace(camera=SimpleNamespace(size=(256, 256)), things=[SimpleNamespace(id="p0")]),
    )
    drawn = cast(Any, SimpleNamespace(tracks={"pixels": np.array(pixels)[:, None]}))
    if not fault:
        scene._filled(p, world, drawn)  # pyright: ignore[reportPrivateUsage]
        return
    with pytest.raises(PageFault, match="figure_too_small"):
        scene._filled(p, world, drawn)  # pyright: ignore[reportPrivateUsage]
