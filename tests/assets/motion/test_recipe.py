"""Corpora of clips, built whole without Blender: shards, captions read back, deletion, no-op."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from corpuswright.assets.builds.options import BuildOptions
from corpuswright.assets.motion import flashbench
from corpuswright.assets.synthesis import deletion
from corpuswright.assets.synthesis.build import SynthesisBuild
from corpuswright.assets.synthesis.corpus import RenderedCorpus
from corpuswright.quality.grounding import planted_faults
from corpuswright.quality.motion import captions
from corpuswright.quality.reports import clip_sheets
from corpuswright.renderers.browser.gui import GuiRenderer
from corpuswright.storage import samples
from corpuswright.storage.build_state.tombstones import Selection
from corpuswright.storage.loaders.loader import Loader
from corpuswright.storage.media import clips
from corpuswright.storage.records import Sample
from corpuswright.storage.releases import manifest
from corpuswright.storage.samples import Record
from tests.assets.synthesis.test_deletion import traces
from tests.fixtures import builds
from tests.fixtures.made_once import made_once
from tests.fixtures.small_corpora import FLASH


def build(out: Path, corpus: RenderedCorpus = FLASH, workers: int = 2) -> SynthesisBuild:
    return builds.made(corpus, BuildOptions(out=str(out), workers=workers))


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with one build; not to be changed."""
    return made_once(tmp_path_factory, "flash", build)


def records(store: Path) -> list[Record]:
    return list(Loader(store, manifest.load(store, FLASH.name), seed=None).records())


def sample_of(record: Record) -> Sample:
    body = samples.read(record.files["json"])
    return Sample(record.key, body.spec, {}, body.scene, body.tasks)


def test_a_clip_of_each_bucket_with_its_truth(built: Path):
    found = records(built)
    assert [str(sample_of(r).spec.parameters["bucket"]) for r in found] == [*"12345", ">5"]
    for record in found:
        clip, sample = clips.read(record), sample_of(record)
        assert clip.pictures is not None and clip.pictures.shape == (6, 112, 160, 3)
        assert clip.passes["instances"].shape == (6, 112, 160)
        assert len(clip.named) == sample.spec.parameters["count"] == len(clip.ids) - 1
        for number in clip.named:
            element = next(e for e in clip.scene.elements if e.attributes["instance"] == number)
            assert element.visible_box == tuple(clip.tracks["visible"][0, number - 1])
            assert element.click_point is not None
            x, y = element.click_point
            assert clip.passes["instances"][0, int(y), int(x)] == number
        sheet = clip_sheets.sheet(clip)
        assert sheet.width > 160 * 5 and sheet.height > 112 * 3


def test_captions_hold_and_wrong_ones_are_caught(built: Path):
    held = [sample_of(r) for r in records(built)]
    for sample in held:
        assert [captions.check(sample.scene, t) for t in sample.tasks] == [None]
        assert set(captions.cast_anew(GuiRenderer({}), sample).verdicts.values()) == {None}
    pairs = [(s.scene, t) for s in held for t in s.tasks]
    rate = planted_faults.measure(pairs, FLASH.spoil, FLASH.resolve)
    assert rate.planted == rate.caught and sum(rate.planted.values()) >= 30
    sample = next(s for s in held if len(s.scene.elements) > 1)
    (task,) = sample.tasks
    for wrong in ("left", "right"):
        claims = {e.id: wrong for e in sample.scene.elements}
        holds = {"holds": {"things": claims, "camera": ["still"]}, "may_change": []}
        spoiled = replace(sample, tasks=(replace(task, expected=holds),))
        verdicts = captions.cast_anew(GuiRenderer({}), spoiled).verdicts
        if None not in verdicts.values():
            break
    else:
        pytest.fail("one of two opposite claims must fail")


def test_again_is_nothing_and_two_workers_make_the_same_bytes(built: Path, tmp_path: Path):
    store = Path(shutil.copytree(built, tmp_path / "a"))
    assert build(store).is_done(["000"])
    other = tmp_path / "b"
    build(other, workers=1)
    shas = [{s.sha256 for s in manifest.load(p, FLASH.name).shards} for p in (built, other)]
    assert shas[0] == shas[1]
    key = records(store)[0].key
    deletion.delete(FLASH, store, Selection("key", key))
    assert key not in [r.key for r in records(store)] and not traces(store, [key])


def test_a_recipe_without_sense_is_refused():
    for values in (
        {"size": [100, 64]},
        {"frames": 1},
        {"pictures": "eevee"},
        {"passes": ["normal"]},
        {"crossing": 2},
        {"travel": [0.2]},
        {"passes": ["flow"]},
        {"blur": 0.5, "pictures": "flat"},
    ):
        with pytest.raises(ValueError, match="--set"):
            flashbench.accepts({**flashbench.RECIPE, **values})
    flashbench.accepts(flashbench.RECIPE)


def test_worlds_differ_from_clip_to_clip():
    plans = flashbench.plan("flashbench", (), {**flashbench.RECIPE, "clips": 12}, "000")
    assert len({s.parameters["seed"] for s in plans}) == 12
    assert np.ptp([float(str(s.parameters["speed"])) for s in plans]) > 0
