"""lens, built whole from planted inputs: one outcome each, twins found, the same bytes again."""

from __future__ import annotations

import io
import itertools
import json
import re
import shutil
import tarfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageEnhance, ImageOps

from corpuswright.assets.builds.options import BuildOptions
from corpuswright.assets.curation.build import CurationBuild
from corpuswright.assets.images import lens, steps
from corpuswright.storage import samples
from corpuswright.storage.inputs.sites import SourceError
from corpuswright.storage.loaders.loader import Loader
from corpuswright.storage.records import Outcome, Release
from corpuswright.storage.releases import manifest
from corpuswright.storage.samples import Record
from corpuswright.storage.shards import webdataset
from corpuswright.storage.shards.buckets import bucket_of
from tests.fixtures import builds, synthetic_images
from tests.fixtures.made_once import made_once
from tests.fixtures.synthetic_images import jpeg, png, texture

pytestmark = pytest.mark.spark

WORDS = "A square of many colours that run into each other, brighter towards its middle."
PLANTED: Mapping[str, tuple[bytes, str]] = {
    "good.jpg": (jpeg(texture(10)), ""),
    "good.png": (png(texture(11)), ""),
    "folder/deeper/good.webp": (b"", ""),  # filled in below
    "wrong_extension.png": (jpeg(texture(12)), ""),
    "no_extension": (jpeg(texture(13)), ""),
    "placed.jpg": (jpeg(texture(26), exif=synthetic_images.placed()), ""),
    "rotated.jpg": (synthetic_images.rotated(texture(14)), ""),
    "cmyk.jpg": (jpeg(texture(15).convert("CMYK")), ""),
    "deep.png": (synthetic_images.deep(texture(16)), ""),
    "profiled.jpg": (synthetic_images.profiled(texture(17)), ""),
    "grey.png": (png(texture(18).convert("L")), ""),
    "truncated.jpg": (jpeg(texture(19))[:9000], "truncated"),
    "zero.jpg": (b"", "empty"),
    "bomb.png": (synthetic_images.bomb(), "decompression_bomb"),
    "animated.gif": (synthetic_images.animated(), "animated"),
    "script.svg": (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "vector_image"),
    "notes.txt": (b"shot on a Tuesday", "not_an_image"),
    "glass.png": (png(texture(20).convert("RGBA").point(lambda v: v // 2)), "not_opaque"),
    "small.jpg": (jpeg(texture(21, (300, 300))), "too_small"),
    "blurred.jpg": (jpeg(texture(22).resize((20, 15)).resize((640, 480), 2)), "blurred"),
    "dark.png": (png(synthetic_images.dark(23)), "too_dark"),
    "slide.png": (png(synthetic_images.slide("", ["Drawn in flat colours"])), ""),
    "sheet.png": (png(synthetic_images.ruled()), "plain"),
    "washed_out.png": (png(synthetic_images.washed_out(28)), "low_contrast"),
    "inside.tar/a.jpg": (jpeg(texture(24)), ""),
    "inside.tar/b/c.txt": (b"no image", "not_an_image"),
    "broken.tar/a.jpg": (jpeg(texture(25)), ""),
    "broken.tar": (b"", "tar_breaks_off"),
    "half.jpg": (jpeg(texture(10).resize((320 * 2, 240 * 2)).resize((500, 375))), "near_duplicate"),
    "copy.jpg": (jpeg(texture(10)), "near_duplicate"),
    "refusing.jpg": (
        synthetic_images.with_xmp(jpeg(texture(27)), "rdf:li plus:DataMining='DMI-PROHIBITED'/"),
        "opted_out",
    ),
}


def plant(root: Path, order: int = 1) -> Path:
    """Write the planted inputs, in one order or the other."""
    files = {k: v for k, (v, _) in PLANTED.items() if ".tar" not in k}
    sink = io.BytesIO()
    texture(9).save(sink, "WEBP", quality=90)
    files["folder/deeper/good.webp"] = sink.getvalue()
    for name, data in sorted(files.items(), reverse=order < 0):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    for tar in ("inside.tar", "broken.tar"):
        with tarfile.open(root / tar, "w") as out:
            for name, (data, _) in PLANTED.items():
                if name.startswith(tar + "/"):
                    head = tarfile.TarInfo(name.removeprefix(tar + "/"))
                    head.size = len(data)
                    out.addfile(head, io.BytesIO(data))
    whole = (root / "broken.tar").read_bytes()
    end = len(whole) - len(whole.rstrip(b"\0"))
    (root / "broken.tar").write_bytes(whole[:-end] + b"\xff" * 700)
    (root / "credits.csv").write_text(
        "path,author,licence,url,caption\n"
        f'good.jpg,Ada,CC-BY-4.0,https://example.org/a,"{WORDS}"\n'
        "good.png,Bea,CC0-1.0,,There is no visible text in it.\n"
    )
    return root


def build(source: Path, out: Path, partition: str = "000", **more: Any) -> CurationBuild:
    recipe = {"nsfw": "", **more.pop("recipe", {})}  # of models only where a test is about them
    log = more.pop("log", None)
    options = BuildOptions(out=str(out), source=str(source), workers=2, recipe=recipe, **more)
    made = builds.opened(lens.CORPUS, options, log)
    builds.take_all(made.corpus, made, [partition])
    return made


def first(out: Path) -> None:
    build(plant(out / "planted"), out)


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with one build of the planted inputs; not to be changed."""
    return made_once(tmp_path_factory, "lens", first)


def loaded(store: Path) -> Release:
    return manifest.load(store, "lens")


def ended(store: Path) -> dict[str, Outcome]:
    found = [o for o in manifest.outcomes(store, loaded(store)) if o.unit == "scene"]
    assert len({o.source for o in found}) == len(found)
    return {o.source.partition("/")[2]: o for o in found}


def records(store: Path) -> dict[str, Record]:
    found = list(Loader.open(store, "lens", seed=None).records())
    by_uri = {samples.read(r.files["json"]).spec.sources[0].uri: r for r in found}
    return {uri.partition("/")[2]: r for uri, r in by_uri.items()}


def test_every_input_has_one_outcome(built: Path):
    outcomes = ended(built)
    assert {n: o.reason for n, o in outcomes.items()} == {n: r for n, (_, r) in PLANTED.items()}
    counts = loaded(built).counts["scene"]
    assert counts["kept"] + counts["rejected"] == len(PLANTED) == len(outcomes)
    assert counts["kept"] == sum(not r for _, r in PLANTED.values()) == len(records(built))
    assert manifest.verify(built, loaded(built)) == []
    stages = {o.reason: o.stage for o in outcomes.values()}
    assert stages["too_small"] == "area" and stages["near_duplicate"] == "near_duplicates"
    assert outcomes["half.jpg"].value == outcomes["copy.jpg"].value


def test_the_funnel_goes_down_stage_by_stage(built: Path):
    folder = manifest.folder(built, "lens", loaded(built).plan)
    steps = json.loads((folder / "funnel.json").read_text())["000"]
    assert steps[0]["in"] == len(PLANTED)
    assert steps[-1]["out"] == loaded(built).counts["scene"]["kept"]
    for before, after in itertools.pairwise(steps):
        assert before["out"] == after["in"]
    assert all(s["in"] - s["out"] == sum(s["reasons"].values()) for s in steps)
    assert [s["stage"] for s in steps if s.get("missing")] == [
        "nsfw",
        "aesthetic",
        "watermark",
        "text_area",
    ]
    for sheet in ("contact.jpg", "dropped.jpg"):
        with Image.open(folder / sheet) as image:
            assert image.width == 1200


def test_images_are_as_they_were_or_made_plain(built: Path):
    found = records(built)
    for name, record in found.items():
        body = samples.read(record.files["json"])
        (extension,) = set(record.files) - {"json"}
        with Image.open(io.BytesIO(record.files[extension])) as image:
            assert image.size == body.scene.size and image.mode in ("RGB", "L")
            assert not image.getexif() and "icc_profile" not in image.info
            kind = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp"}[str(image.format)]
        assert kind == extension, f"{name}: named by content"
        assert body.spec.parameters["bucket"] == bucket_of(*body.scene.size).name
    for name in ("good.jpg", "good.png", "wrong_extension.png", "no_extension"):
        (data,) = (v for k, v in found[name].files.items() if k != "json")
        assert data == PLANTED[name][0], "byte by byte"
    with Image.open(io.BytesIO(found["rotated.jpg"].files["jpg"])) as image:
        upright = np.asarray(image.convert("RGB")).astype(int)
    assert np.abs(upright - np.asarray(texture(14)).astype(int)).mean() < 8


def test_shards_hold_one_bucket_each(built: Path):
    folder = manifest.folder(built, "lens", loaded(built).plan)
    said = json.loads((folder / "buckets.json").read_text())
    assert set(said) == {s.name for s in loaded(built).shards}
    for shard in loaded(built).shards:
        for _, files in webdataset.read_shard(built / shard.name):
            spec = samples.read(files["json"]).spec
            assert spec.parameters["bucket"] == said[shard.name]


def test_credits_and_captions_come_along(built: Path):
    found = records(built)
    good = samples.read(found["good.jpg"].files["json"])
    (source,) = good.spec.sources
    assert (source.author, source.licence) == ("Ada", "CC-BY-4.0")
    assert good.spec.parameters["url"] == "https://example.org/a"
    assert [t.text for t in good.tasks] == [WORDS]
    assert samples.read(found["good.png"].files["json"]).tasks == ()
    (caption,) = (
        o for o in manifest.outcomes(built, loaded(built)) if o.unit == "task" and o.reason
    )
    assert (caption.reason, caption.value) == ("caption_says_no_text", "no visible text")
    credited = (built / "lens/ATTRIBUTION.md").read_text()
    counted = [int(n) for n in re.findall(r"(\d+) images?\n", credited)]
    assert sum(counted) == len(found), "what was dropped is not credited"


def test_the_same_inputs_give_the_same_bytes_whoever_builds_them(built: Path, tmp_path: Path):
    made = build(plant(tmp_path / "elsewhere" / "planted", -1), tmp_path / "store")
    again = loaded(tmp_path / "store")
    assert again == loaded(built)
    assert made.is_done(["000"])


def test_a_source_that_grows_costs_what_is_new_and_moves_nothing(built: Path, tmp_path: Path):
    store = tmp_path / "store"
    shutil.copytree(built, store)
    (store / "planted/new.jpg").write_bytes(jpeg(texture(77)))
    (store / "planted/blurred.jpg").unlink()
    made = builds.opened(
        lens.CORPUS,
        BuildOptions(out=str(store), source=str(store / "planted"), workers=2, recipe={"nsfw": ""}),
    )
    assert not made.is_done(["000"])
    build(store / "planted", store)
    outcomes = ended(store)
    assert outcomes["new.jpg"].reason == "" and "blurred.jpg" not in outcomes
    before = {o.key: o.reason for o in ended(built).values()}
    assert all(before[o.key] == o.reason for n, o in outcomes.items() if n != "new.jpg")
    build(store / "planted", tmp_path / "clean")
    assert loaded(tmp_path / "clean") == loaded(store), "grown = built anew"


def test_another_night_is_held_against_what_was_released(built: Path, tmp_path: Path):
    store, night = tmp_path / "store", tmp_path / "night"
    shutil.copytree(built, store)
    night.mkdir()
    large = texture(10).resize((1280, 960), 3)
    (night / "large.jpg").write_bytes(jpeg(large))
    (night / "other.jpg").write_bytes(jpeg(texture(88)))
    build(night, store, "001")
    outcomes = ended(store)
    assert outcomes["large.jpg"].reason == "near_duplicate", "though it is larger: the other is out"
    assert outcomes["large.jpg"].value == _key(built, "good.jpg")
    assert outcomes["other.jpg"].reason == ""
    old = {s.name for s in loaded(built).shards}
    assert old < {s.name for s in loaded(store).shards}


def test_a_night_with_the_same_names_is_another_night(built: Path, tmp_path: Path):
    store, night = tmp_path / "store", tmp_path / "night" / "planted"
    shutil.copytree(built, store)
    night.mkdir(parents=True)
    (night / "good.jpg").write_bytes(PLANTED["good.jpg"][0])
    (night / "good.png").write_bytes(png(texture(89)))
    with tarfile.open(night / "twice.tar", "w") as out:
        for seed in (90, 91):
            data = jpeg(texture(seed))
            head = tarfile.TarInfo("a.jpg")
            head.size = len(data)
            out.addfile(head, io.BytesIO(data))
    build(night, store, "001")
    found = manifest.outcomes(store, loaded(store))
    own = {o.source: o.reason for o in found if o.unit == "scene" and o.key.endswith("-0001")}
    assert own == {
        "planted/good.jpg": "near_duplicate",
        "planted/good.png": "",
        "planted/twice.tar/a.jpg": "",
        "planted/twice.tar/a.jpg#2": "",
    }
    assert manifest.verify(store, loaded(store)) == []


def _key(store: Path, name: str) -> str:
    best = {o.value for o in ended(store).values() if o.reason == "near_duplicate"}
    (key,) = best
    assert key in {ended(store)[n].key for n in ("good.jpg", "copy.jpg")}, name
    return key


def test_twins_are_found_and_others_are_let_be(tmp_path: Path):
    source = tmp_path / "twins"
    source.mkdir()
    expected: dict[str, bool] = {}
    for seed in range(30, 38):
        image = texture(seed)
        versions = {
            "whole": jpeg(image, 95),
            "q30": jpeg(image, 30),
            "png": png(image),
            "half": jpeg(image.resize((420, 360))),
            "bright": jpeg(ImageEnhance.Brightness(image).enhance(0.9)),
        }
        for name, data in versions.items():
            (source / f"{seed}-{name}.jpg").write_bytes(data)
            expected[f"{seed}-{name}.jpg"] = True
        (source / f"{seed}-flip.jpg").write_bytes(jpeg(ImageOps.mirror(image)))
    for n in range(6):
        words = [f"{w} {n * 7 + i}" for i, w in enumerate(("Revenue", "Costs", "People", "Plan"))]
        slide = synthetic_images.slide(
            f"Quarter {n}", [w * (1 + (n + i) % 3) for i, w in enumerate(words)]
        )
        (source / f"slide{n}.png").write_bytes(png(slide))
    build(source, tmp_path / "store", recipe={"min_clarity": 0, "min_entropy": 0})
    found = ended(tmp_path / "store")
    for seed in range(30, 38):
        kept = [n for n in expected if n.startswith(f"{seed}-") and not found[n].reason]
        assert len(kept) == 1, f"one of five is kept: {kept}"
        assert not found[f"{seed}-flip.jpg"].reason
    assert not any(found[f"slide{n}.png"].reason for n in range(6)), "one template, other slides"


def test_what_a_test_set_holds_stays_out(tmp_path: Path):
    source, tests = tmp_path / "source", tmp_path / "bench"
    for folder in (source, tests):
        folder.mkdir()
    for n in range(6):
        (source / f"{n}.jpg").write_bytes(jpeg(texture(120 + n)))
    said = "A field of green and violet patches that run into each other without any edge at all."
    (source / "credits.csv").write_text(f'path,caption\n1.jpg,{said}\n2.jpg,"{WORDS}"\n')
    (tests / "a.png").write_bytes(png(texture(120).resize((480, 360))))
    (tests / "broken.png").write_bytes(b"no image")
    (tests / "prompts.txt").write_text(f"\nHow many are there?\n{said.lower()}\n")
    recipe = {"min_clarity": 0, "against": [str(tests)]}
    log: list[str] = []
    made = build(source, tmp_path / "store", recipe=recipe, log=log.append)
    outcomes = ended(tmp_path / "store")
    assert outcomes["0.jpg"].reason == "in_test_set" and outcomes["0.jpg"].value == "bench/a.png"
    assert {n: o.reason for n, o in outcomes.items() if n != "0.jpg"} == {
        f"{n}.jpg": "" for n in range(1, 6)
    }
    captions = {
        o.source.partition("/")[2]: o
        for o in manifest.outcomes(tmp_path / "store", loaded(tmp_path / "store"))
        if o.unit == "task"
    }
    assert captions["1.jpg"].reason == "caption_in_test_set"
    assert captions["1.jpg"].value == "test:bench/prompts.txt:3" and not captions["2.jpg"].reason
    assert any("bench/broken.png" in line for line in log)
    assert steps.overlaps(made, "000") == [] and made.is_done(["000"])

    # Named afterwards, a test set that is in the release already stops the next build.
    (tests / "b.png").write_bytes(png(texture(123)))
    late = builds.opened(lens.CORPUS, replace(made.options))
    assert not late.is_done(["000"])
    (found,) = steps.overlaps(late, "000")
    assert (found.key, found.test) == (outcomes["3.jpg"].key, "test:bench/b.png")


def test_licences_samples_and_thresholds_are_obeyed(tmp_path: Path):
    source = plant(tmp_path / "planted")
    build(source, tmp_path / "a", allow_licence=["CC0-1.0"])
    assert {n for n, o in ended(tmp_path / "a").items() if not o.reason} == {"good.png"}
    build(source, tmp_path / "b", samples=3)
    reasons = [o.reason for o in ended(tmp_path / "b").values()]
    assert reasons.count("") == 3 and "beyond_samples" in reasons
    kept = sorted(o.key for o in ended(tmp_path / "b").values() if not o.reason)
    beyond = [o.key for o in ended(tmp_path / "b").values() if o.reason == "beyond_samples"]
    assert max(kept) < min(beyond), "the first in key order"


def test_what_is_wrong_with_a_source_is_said(tmp_path: Path):
    with pytest.raises(SourceError, match="--source DIR"):
        build_without = builds.opened(lens.CORPUS, BuildOptions(out=str(tmp_path)))
        steps.sources(build_without, "000")
    (tmp_path / "empty").mkdir()
    with pytest.raises(SourceError, match="found no file"):
        build(tmp_path / "empty", tmp_path / "store")
    (tmp_path / "empty/a.jpg").write_bytes(jpeg(texture(1)))
    (tmp_path / "empty/credits.csv").write_text("file,author\na.jpg,me\n")
    with pytest.raises(SourceError, match="expected the column path"):
        build(tmp_path / "empty", tmp_path / "store")
    for values in (
        {"min_entropy": 9},
        {"radius": -1},
        {"max_nsfw": 2},
        {"min_area": "many"},
        {"nsfw": "yahoo"},
        {"aesthetic": "none.onnx"},
    ):
        with pytest.raises(ValueError, match="--set"):
            lens.accepts({**lens.RECIPE, **values})
    assert replace(lens.CORPUS, name="mine").name == "mine"
