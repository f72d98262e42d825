"""What is to be added is added in a package of one's own, by the steps of tests/README.md."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from corpuswright.assets.builds.options import BuildOptions
from corpuswright.pipelines.cli.main import main
from corpuswright.pipelines.corpora import find
from corpuswright.storage.loaders.loader import Loader
from corpuswright.storage.releases import manifest
from tests.fixtures import builds
from tests.fixtures.small_samples import toy_release
from tests.fixtures.synthetic_images import jpeg, texture

FILTER = """
from dataclasses import replace

from corpuswright.assets.builds import recipes
from corpuswright.assets.images import lens
from corpuswright.quality.images.filters import Filter, below


class Values(lens.LensRecipe):
    min_width: int


CORPUS = replace(
    lens.CORPUS,
    name="wide",
    reference="own_filter:CORPUS",
    recipe={**lens.RECIPE, "nsfw": "", "min_width": 500},
    accepts=lambda recipe: recipes.validated(Values, recipe),
    filters=(Filter("width", ("min_width",), below("width", "narrow", " px")),),
    versions={**lens.CORPUS.versions, "filters": 1},
)
"""
EXPORT = """
import json

from corpuswright.storage.exports.export_result import ExportResult


def lines(examples, folder):
    texts = [{"key": e.key, "text": e.text} for e in examples]
    (folder / "all.jsonl").write_text("".join(json.dumps(t) + chr(10) for t in texts))
    return ExportResult(0, len(texts))
"""
CORPUS = """
from dataclasses import replace
from pathlib import Path

from corpuswright.assets.grounding.gui import CORPUS as GUI
from corpuswright.storage.inputs.sites import Site
from corpuswright.storage.records import Rejection, Scene, Task

PAGES = Site("pages", str(Path(__file__).parent / "pages"), ("*.html",), "CC0-1.0", "me")


def short_enough(scene: Scene, task: Task) -> Rejection | None:
    words = len(task.text.split())
    return Rejection("too_many_words", str(words)) if words > 8 else None



CORPUS = replace(
    GUI,
    name="mine",
    reference="own_corpus:CORPUS",
    sites=(PAGES,),
    recipe={**GUI.recipe, "areas": {"360000": 1.0}, "ratios": [1.0], "states": 0, "variants": 1,
            "ocr_samples": 0},
    checks=(*GUI.checks, short_enough),
    versions={**GUI.versions, "checks": GUI.versions["checks"] + 1},
)
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that Python imports from, here and in worker processes."""
    folder = tmp_path / "package"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setenv("PYTHONPATH", str(folder))
    return folder


def own(package: Path, name: str, text: str) -> Any:
    (package / f"{name}.py").write_text(text)
    importlib.invalidate_caches()
    sys.modules.pop(name, None)
    return find(f"{name}:CORPUS")


@pytest.mark.spark
def test_an_image_filter(package: Path, tmp_path: Path):
    corpus = own(package, "own_filter", FILTER)
    source = tmp_path / "images"
    source.mkdir()
    for n, width in enumerate((420, 640)):
        (source / f"{width}.jpg").write_bytes(jpeg(texture(n, (width, 480))))
    with pytest.raises(ValueError, match="min_width"):
        corpus.accepts({**corpus.recipe, "min_width": "wide"})
    options = BuildOptions(out=str(tmp_path / "store"), source=str(source), workers=2)
    builds.made(corpus, options)
    made = manifest.load(tmp_path / "store", "wide")
    why = {o.source: o.reason for o in manifest.outcomes(tmp_path / "store", made)}
    assert {n.rpartition("/")[2]: w for n, w in why.items()} == {"420.jpg": "narrow", "640.jpg": ""}
    folder = manifest.folder(tmp_path / "store", "wide", made.plan)
    (steps,) = json.loads((folder / "funnel.json").read_text()).values()
    told = {s["stage"]: (s["in"], s["out"]) for s in steps}
    assert told["width"] == (2, 1) and list(told).index("width") < list(told).index(
        "near_duplicates"
    )


def test_an_export(package: Path, tmp_path: Path):
    made = toy_release(tmp_path / "store")
    (package / "own_export.py").write_text(EXPORT)
    words = ["export", made.corpus, "--out", str(tmp_path / "store"), "--to", str(tmp_path / "to")]
    assert main([*words, "--format", "own_export:lines"]) == 0
    lines = (tmp_path / "to/all.jsonl").read_text().splitlines()
    assert len(lines) == made.counts["task"]["kept"]


@pytest.mark.browser
def test_a_corpus_and_a_check(package: Path, tmp_path: Path):
    (package / "pages").mkdir()
    (package / "pages/a.html").write_text(
        "<!doctype html><title>a</title><button>Save</button> <button>Print</button> "
        "<button>Close</button> <button>Send it to everybody who wants to have it soon</button>"
    )
    corpus = own(package, "own_corpus", CORPUS)
    store = tmp_path / "store"
    builds.made(corpus, BuildOptions(out=str(store), workers=1))
    made = manifest.load(store, "mine")
    texts = [e.text for e in Loader(store, made, seed=None)]
    assert texts and all(len(t.split()) <= 8 for t in texts)
    assert made.rejections["task"]["too_many_words"] > 0
