"""Every format over every corpus: it works, or says in one line what it is for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from corpuswright.assets.builds.options import BuildOptions
from corpuswright.assets.plans import causal_scenes
from corpuswright.assets.synthesis.corpus import RenderedCorpus
from corpuswright.pipelines.corpora import CORPORA
from corpuswright.storage.exports.clip_formats import CLIP_FORMATS
from corpuswright.storage.exports.export_card import NOTES
from corpuswright.storage.exports.task_formats import FORMATS
from tests.assets.documents import test_designs, test_webpages
from tests.assets.grounding import test_composed, test_scene3d
from tests.assets.images import test_lens
from tests.assets.motion import test_dynavid, test_recipe
from tests.assets.plans import test_causal_scenes
from tests.assets.subjects import test_pexels_custom
from tests.fixtures import builds, export_table, small_corpora

composed, data = test_composed.built, test_composed.data
space, photographs, planted = test_scene3d.built, test_lens.built, test_pexels_custom.planted
designs, webpages = test_designs.built, test_webpages.built
causal, flash, dyna = test_causal_scenes.built, test_recipe.built, test_dynavid.built


def test_the_table_names_every_format_and_corpora_that_there_are():
    found = export_table.table()
    assert set(found) == {*FORMATS, *CLIP_FORMATS} == set(NOTES)
    assert set.union(*found.values()) == set(CORPORA) - {"lens_rl"}


@pytest.mark.browser
@pytest.mark.parametrize(
    "composed",
    ["grounding_canvas", "grounding_desk", "grounding_photo", "grounding_table", "grounding_text"],
    indirect=True,
)
def test_applications(
    composed: tuple[RenderedCorpus, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    corpus, out = composed
    export_table.holds(out, corpus.name, tmp_path, capsys)


@pytest.mark.browser
def test_documents(designs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    export_table.holds(designs, "designs", tmp_path, capsys)


@pytest.mark.browser
def test_web_pages(webpages: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    export_table.holds(webpages, "webpages", tmp_path, capsys)


@pytest.mark.spark
def test_images(photographs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    export_table.holds(photographs, "lens", tmp_path, capsys)


@pytest.mark.spark
def test_triplets(planted: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    export_table.holds(planted / "store", "pexels_custom", tmp_path, capsys)


def test_plans(causal: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    export_table.holds(causal, "causal_plan_bench", tmp_path / "bench", capsys)
    own = replace(
        causal_scenes.CORPUS, recipe={**causal_scenes.RECIPE, **test_causal_scenes.TINY, "clips": 1}
    )
    builds.made(own, BuildOptions(out=str(tmp_path / "store"), workers=1))
    export_table.holds(tmp_path / "store", own.name, tmp_path / "scenes", capsys)


@pytest.mark.browser
def test_pages(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages/a.html").write_text(small_corpora.page("Alpha"))
    options = BuildOptions(
        out=str(tmp_path / "store"),
        source=str(tmp_path / "pages"),
        workers=1,
        recipe={"variants": 1},
    )
    builds.made(small_corpora.SMALL, options)
    export_table.holds(tmp_path / "store", "small", tmp_path / "to", capsys, "grounding_gui")


def test_rendered_clips(
    flash: Path, dyna: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    export_table.holds(flash, "flashbench", tmp_path / "a", capsys)
    export_table.holds(dyna, "dynavid", tmp_path / "b", capsys)


def test_rooms(space: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    export_table.holds(space, "grounding_3d", tmp_path, capsys)
