"""Clips of real videos: every input has one outcome, clips are what they say, twins are found."""

from __future__ import annotations

import io
import itertools
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from corpuswright.assets.builds import spark
from corpuswright.assets.builds.options import BuildOptions
from corpuswright.assets.curation.build import CurationBuild
from corpuswright.assets.curation.corpus import CuratedCorpus
from corpuswright.assets.curation.engine import ENGINE
from corpuswright.assets.curation.shard_writer import Recorded
from corpuswright.assets.video import recipe as video_recipe
from corpuswright.assets.video import records as video_records
from corpuswright.assets.video import splits as video_splits
from corpuswright.assets.video import steps, test_sets
from corpuswright.storage import samples
from corpuswright.storage.loaders.loader import Loader
from corpuswright.storage.media import clips, video
from corpuswright.storage.records import Outcome, Release
from corpuswright.storage.releases import manifest
from corpuswright.storage.samples import Record
from tests.fixtures import builds
from tests.fixtures.made_once import made_once
from tests.fixtures.synthetic_images import jpeg, texture
from tests.fixtures.synthetic_videos import (
    BITS,
    SQUARE,
    number_of,
    of_hours,
    shots,
    turned,
    written,
)

pytestmark = pytest.mark.spark


def recorded(build: CurationBuild) -> Recorded:
    return video_records.clips_alone(build.name, build.folder, build.recipe["fps"])


CORPUS = CuratedCorpus(
    name="films",
    reference="tests.assets.video.test_steps:CORPUS",
    recipe=video_recipe.RECIPE,
    accepts=lambda _: None,
    versions=dict.fromkeys(("measured", "filters", "duplicates", "captions", "tables"), 1),
    about="A record is a clip.",
    steps=steps.steps((), recorded),
    family=steps.FAMILY,
    engine=ENGINE,
    of_images=False,
    units={"page": "video", "scene": "clip", "task": "triplet"},
)
RECIPE = {"frames": 16, "min_side": 120, "side": 240}  # clips of two seconds
FPS = 25


def plant(root: Path, order: int = 1) -> Path:
    """Write films of all kinds, and what is no film, in an order of choice."""
    two = [75, 60]
    long = written(shots(20, [160]), options={"movflags": "faststart"})
    head = long.index(b"mdat")
    irregular = np.cumsum(np.random.default_rng(5).integers(15, 75, 80)).tolist()
    films: dict[str, Any] = {
        "two_shots.mp4": lambda: written(shots(1, two)),
        "copy/two_shots_again.mp4": lambda: written(shots(1, two), crf="32", size=(240, 180)),
        "hevc.mp4": lambda: written(
            shots(2, [70], numbered=False), codec="libx265", **{"x265-params": "log-level=none"}
        ),
        "av1.mkv": lambda: written(
            shots(3, [70]), codec="libsvtav1", container="matroska", preset="12"
        ),
        "ten_bits.mp4": lambda: written(
            shots(4, [70]),
            codec="libx265",
            pixels="yuv420p10le",
            **{"x265-params": "log-level=none"},
        ),
        "no_duration.mkv": lambda: written(
            shots(5, [70]), container="matroska", options={"live": "1"}
        ),
        "broken_audio.mp4": lambda: written(shots(6, [70]), audio="broken"),
        "good_audio.mp4": lambda: written(shots(7, [70]), audio="good"),
        "irregular.mp4": lambda: written(shots(8, [80]), times=irregular),
        "turned.mp4": lambda: turned(written(shots(9, [70]))),
        "one_pixel.mkv": lambda: written(
            iter([np.zeros((1, 1, 3), np.uint8)] * 60),
            codec="ffv1",
            container="matroska",
            pixels="bgr0",
        ),
        "empty.mp4": lambda: b"",
        "truncated.mp4": lambda: long[: head + (len(long) - head) // 2],
        "no_head.mp4": lambda: written(shots(10, [60]))[:20_000],
        "eight_hours.mkv": lambda: of_hours(written(shots(11, [60]), container="matroska"), 8),
        "half_an_hour.mkv": lambda: of_hours(written(shots(12, [60]), container="matroska"), 0.5),
        "short.mp4": lambda: written(shots(13, [30])),
        "black.mp4": lambda: written(iter([np.zeros((240, 320, 3), np.uint8)] * 60)),
        "still.mp4": lambda: written(iter([np.asarray(texture(77, (320, 240)))] * 60)),
        "narrow.mp4": lambda: written(shots(14, [60], (480, 144))),
        "photo.jpg": lambda: jpeg(texture(5)),
        "notes.txt": lambda: b"not a video",
    }
    for name, make in list(films.items())[::order]:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(make())
    (root / "credits.csv").write_text(
        "path,author,licence,url\ntwo_shots.mp4,Ada,CC-BY-4.0,https://example.org/v\n"
    )
    return root


WHY: Mapping[str, str] = {
    "copy/two_shots_again.mp4": "no_clip_kept",
    "one_pixel.mkv": "too_small",
    "empty.mp4": "empty",
    "truncated.mp4": "breaks_off",
    "no_head.mp4": "not_a_video",
    "eight_hours.mkv": "too_long",
    "half_an_hour.mkv": "breaks_off",
    "short.mp4": "no_shot_long_enough",
    "black.mp4": "no_clip_kept",
    "still.mp4": "no_clip_kept",
    "narrow.mp4": "too_narrow",
    "photo.jpg": "not_a_video",
    "notes.txt": "not_a_video",
}
KEPT = {
    "two_shots.mp4": 2, "hevc.mp4": 1, "av1.mkv": 1, "ten_bits.mp4": 1, "no_duration.mkv": 1,
    "broken_audio.mp4": 1, "good_audio.mp4": 1, "irregular.mp4": 1, "turned.mp4": 1,
}  # fmt: skip


def build(source: Path, out: Path, partition: str = "000", **more: Any) -> CurationBuild:
    recipe = {**RECIPE, **more.pop("recipe", {})}
    options = BuildOptions(out=str(out), source=str(source), workers=2, recipe=recipe, **more)
    made = builds.opened(CORPUS, options)
    builds.take_all(made.corpus, made, [partition])
    return made


def first(out: Path) -> None:
    build(plant(out / "planted"), out)


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with one build of the planted inputs; not to be changed."""
    return made_once(tmp_path_factory, "films", first)


def loaded(store: Path) -> Release:
    return manifest.load(store, "films")


def ended(store: Path, unit: str = "page") -> list[Outcome]:
    return [o for o in manifest.outcomes(store, loaded(store)) if o.unit == unit]


def records(store: Path) -> dict[str, list[Record]]:
    found: dict[str, list[Record]] = {}
    for r in Loader.open(store, "films", seed=None).records():
        uri = samples.read(r.files["json"]).spec.sources[0].uri
        found.setdefault(uri.partition("/")[2], []).append(r)
    return found


def test_every_video_has_one_outcome_and_every_clip_too(built: Path):
    planted = [
        p.relative_to(built / "planted").as_posix()
        for p in (built / "planted").rglob("*")
        if p.is_file() and p.name != "credits.csv"
    ]
    videos = {o.source.partition("/")[2]: o for o in ended(built)}
    assert sorted(videos) == sorted(planted) and len(ended(built)) == len(planted)
    assert {n: o.reason for n, o in videos.items() if o.reason} == dict(WHY)
    counts = loaded(built).counts
    assert counts["page"] == {"kept": len(KEPT), "rejected": len(WHY)}
    dropped = {(o.source.partition("/")[2], o.reason) for o in ended(built, "scene") if o.reason}
    assert dropped == {
        ("copy/two_shots_again.mp4", "near_duplicate"),
        ("black.mp4", "black"),
        ("still.mp4", "still"),
    }
    assert {n: len(r) for n, r in records(built).items()} == KEPT
    assert manifest.verify(built, loaded(built)) == []


def test_what_a_video_is_stands_in_its_clips(built: Path):
    def of(name: str) -> dict[str, Any]:
        return dict(samples.read(records(built)[name][0].files["json"]).spec.parameters)

    assert of("hevc.mp4")["video"]["codec"] == "hevc"
    assert of("av1.mkv")["video"]["codec"] in ("av1", "libdav1d")
    assert of("ten_bits.mp4")["video"]["pixels"] == "yuv420p10le"
    assert of("broken_audio.mp4")["video"]["audio"] == "broken"
    assert of("good_audio.mp4")["video"]["audio"] == "aac"
    assert of("irregular.mp4")["video"]["variable"] is True
    told = of("turned.mp4")["video"]
    assert (told["width"], told["height"], told["turned"] % 180) == (240, 320, 90)
    ada = samples.read(records(built)["two_shots.mp4"][0].files["json"]).spec
    assert (ada.sources[0].author, ada.parameters["url"]) == ("Ada", "https://example.org/v")


def test_a_clip_has_the_frames_that_were_shown_then_and_crosses_no_cut(built: Path):
    whole = [number_of(f) for f in shots(1, [75, 60])]
    assert whole == list(range(135)), "numbers can be read"
    windows: list[tuple[float, float]] = []
    for record in records(built)["two_shots.mp4"]:
        clip = clips.read(record)
        assert clip.pictures is not None and clip.pictures.shape == (16, 240, 320, 3)
        window: Any = samples.read(record.files["json"]).spec.parameters["window"]
        wanted = [int((window["start"] + n / 8) * FPS + 1e-3) for n in range(16)]
        assert [number_of(f) for f in clip.pictures] == wanted
        windows.append((window["start"], window["end"]))
        still = np.asarray(Image.open(io.BytesIO(record.files["jpg"])))
        assert number_of(still) == wanted[8]
    (a, b), (c, d) = sorted(windows)
    assert 0 <= a < b <= 75 / FPS <= c < d <= 135 / FPS
    # Where frames last differently long, the one that was shown is taken.
    (record,) = records(built)["irregular.mp4"]
    window = samples.read(record.files["json"]).spec.parameters["window"]
    times = np.cumsum(np.random.default_rng(5).integers(15, 75, 80))
    times = (times - times[0]) / 1000
    at = [float(window["start"]) + n / 8 + 1e-4 for n in range(16)]  # type: ignore[index]
    wanted = [int(np.searchsorted(times, t, side="right")) - 1 for t in at]
    seen = [number_of(f) for f in video.decode(record.files["mp4"], "x")]
    assert seen == wanted


def test_a_turned_video_is_shown_upright(built: Path):
    (record,) = records(built)["turned.mp4"]
    frames = list(video.decode(record.files["mp4"], "x"))
    window: Any = samples.read(record.files["json"]).spec.parameters["window"]
    assert frames[0].shape == (320, 240, 3)
    # A quarter clockwise: what was its top is at the right.
    back = np.rot90(frames[0])
    assert number_of(back) == int(window["start"] * FPS + 1e-3)
    assert BITS * SQUARE <= back.shape[1]


def test_the_same_inputs_give_the_same_bytes_whoever_builds_them(built: Path, tmp_path: Path):
    shutil.copytree(built / "planted", tmp_path / "planted")
    build(tmp_path / "planted", tmp_path / "store", recipe={})
    assert loaded(tmp_path / "store").shards == loaded(built).shards
    assert loaded(tmp_path / "store").plan == loaded(built).plan


def test_from_packs_a_build_is_the_same_and_a_done_one_does_nothing(built: Path, tmp_path: Path):
    store = tmp_path / "store"
    shutil.copytree(built, store)
    options = BuildOptions(out=str(store), source=str(store / "planted"), workers=2, recipe=RECIPE)
    again = builds.opened(CORPUS, options)
    before = loaded(store)
    for shard in before.shards:
        (store / shard.name).unlink()
    packs = {p.name: p.stat().st_mtime_ns for p in (store / "films/packs").glob("*.tar")}
    assert packs
    builds.take_all(CORPUS, again)
    assert loaded(store) == before and manifest.verify(store, before) == []
    assert {p.name: p.stat().st_mtime_ns for p in (store / "films/packs").glob("*.tar")} == packs
    assert again.is_done(["000"])
    builds.take(CORPUS, again, "shards")
    CORPUS.engine.publish(again, {})
    assert loaded(store) == before, "with nothing to write, too"


def test_another_night_is_held_against_what_was_released(built: Path, tmp_path: Path):
    store, night = tmp_path / "store", tmp_path / "night"
    shutil.copytree(built, store)
    night.mkdir()
    (night / "shifted.mp4").write_bytes(
        written(itertools.islice(shots(2, [70], numbered=False), 8, None))
    )
    (night / "new.mp4").write_bytes(written(shots(40, [60])))
    build(night, store, "001")
    found = {o.source: o for o in ended(store, "scene") if o.source.startswith("night/")}
    old = [r.key for r in records(store)["hevc.mp4"]]
    assert (found["night/shifted.mp4"].reason, [found["night/shifted.mp4"].value]) == (
        "near_duplicate",
        old,
    )
    assert found["night/new.mp4"].outcome == "kept"
    assert {s.name for s in loaded(built).shards} < {s.name for s in loaded(store).shards}


def test_what_a_test_set_holds_stays_out(built: Path, tmp_path: Path):
    held, source = tmp_path / "bench", tmp_path / "source"
    held.mkdir()
    source.mkdir()
    (held / "theirs.mp4").write_bytes(written(shots(50, [60])))
    (source / "same.mkv").write_bytes(
        written(shots(50, [60]), container="matroska", size=(288, 216), crf="28")
    )
    (source / "other.mp4").write_bytes(written(shots(51, [60])))
    made = build(source, tmp_path / "store", recipe={"against": [str(held)]})
    found = {o.source: o.reason for o in ended(tmp_path / "store", "scene")}
    assert found == {"source/same.mkv": "in_test_set", "source/other.mp4": ""}
    assert test_sets.held_out(made).num_rows == 1 and test_sets.overlaps(made, "000") == []


def test_more_pairs_with_a_test_set_are_searched(
    built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    looks = pq.read_table(next((built / "films/partitions").glob("*.looks")))
    keys = looks.column("key").to_pylist()
    tests = looks.slice(0, 3).set_column(0, "key", pa.array([f"test:{k}" for k in keys[:3]]))
    mine = [looks.slice(2), looks.slice(0, 2)]
    every = video_splits.overlaps(lambda: None, tests, mine, tmp_path)
    monkeypatch.setattr(video_splits, "EVERY", 0)
    odd = tmp_path / "corpora of ü [1] 100%"  # a store may be called so
    found = video_splits.overlaps(lambda: spark.session(2), tests, mine, odd)
    assert sorted(found) == sorted(every) == sorted((k, f"test:{k}") for k in keys[:3])
    assert list(odd.iterdir()) == []


def redness(device: str) -> Any:
    """A scorer: how red a picture is."""
    return lambda images: [float(p[..., 0].mean() / 255) for p in images]


def test_a_clip_counts_by_the_worst_of_three_moments(tmp_path: Path):
    source = tmp_path / "source"
    source.mkdir()
    dim, other = ([f // 3 + 40 for f in shots(n, [60])] for n in (90, 91))
    sunset = [np.maximum(f, [5 * n, 0, 0]).astype(np.uint8) for n, f in enumerate(other)]
    (source / "dim.mp4").write_bytes(written(iter(dim)))
    (source / "sunset.mp4").write_bytes(written(iter(sunset)))
    scorer = "tests.assets.video.test_steps:redness"
    build(source, tmp_path / "store", recipe={"nsfw": scorer, "max_nsfw": 0.7})
    found = {o.source: (o.reason, o.stage) for o in ended(tmp_path / "store", "scene")}
    assert found == {"source/dim.mp4": ("", "shards"), "source/sunset.mp4": ("not_safe", "nsfw")}
    (record,) = records(tmp_path / "store")["dim.mp4"]
    shown = list(video.decode(record.files["mp4"], "x"))
    measures: Any = samples.read(record.files["json"]).spec.parameters["measures"]
    wanted = max(shown[n][..., 0].mean() / 255 for n in (2, 8, 13))
    assert measures["nsfw"] == pytest.approx(wanted, abs=1e-4) and "aesthetic" not in measures


def test_no_password_and_no_path_of_a_model_stands_in_a_plan(built: Path, tmp_path: Path):
    recipe = {**RECIPE, "nsfw": "http://me:secret@127.0.0.1:1/x"}
    options = BuildOptions(
        out=str(tmp_path), source=str(built / "planted"), workers=2, recipe=recipe
    )
    rules = str(steps.rules(builds.opened(CORPUS, options)))
    assert "secret" not in rules and "http://127.0.0.1:1/x" in rules
