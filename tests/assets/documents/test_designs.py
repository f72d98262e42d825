"""The corpus of designs: all cells, twins beside their originals, the same bytes by any workers."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from corpuswright.annotators.documents.checklists import PROMPT
from corpuswright.assets.builds.options import BuildOptions
from corpuswright.assets.documents import designs
from corpuswright.pipelines.cli.main import main
from corpuswright.renderers.browser.gui import GuiRenderer
from corpuswright.renderers.documents import render
from corpuswright.renderers.faults import PageFault
from corpuswright.storage import samples
from corpuswright.storage.inputs.sites import Page
from corpuswright.storage.loaders.loader import Loader
from corpuswright.storage.media import images
from corpuswright.storage.records import Source
from tests.fixtures import builds, documents
from tests.fixtures.made_once import made_once

pytestmark = pytest.mark.browser
SAMPLES = 20


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    def make(folder: Path) -> None:
        builds.made(designs.CORPUS, BuildOptions(out=str(folder), samples=SAMPLES, workers=2))

    return made_once(tmp_path_factory, "designs", make)


def test_every_cell_is_filled_and_every_sample_is_whole(built: Path):
    cells: Counter[tuple[str, str]] = Counter()
    for record in Loader.open(built, "designs", seed=None).records():
        body = samples.read(record.files["json"])
        p = body.spec.parameters
        cells[str(p["domain"]), str(p["dimension"])] += 1
        pictures = [images.decode(record.files[n], n) for n in ("png", "twin.png")]
        assert pictures[0].size == body.scene.size
        assert pictures[0].tobytes() != pictures[1].tobytes()
        prompts = [t for t in body.tasks if t.kind == PROMPT]
        asked = [t for t in body.tasks if t.kind != PROMPT]
        assert len(prompts) == 1 and len(asked) >= 18
        assert any(t.expected["answer"] != t.expected["twin"] for t in asked)
        for task in asked:
            assert task.expected["evidence"]
    assert sum(cells.values()) == SAMPLES
    assert len(cells) >= 17  # 20 where none of the first 20 documents is refused


def test_the_same_bytes_whoever_builds_it(built: Path, tmp_path: Path):
    again = BuildOptions(out=str(tmp_path / "store"), samples=5, workers=1)
    builds.made(designs.CORPUS, again)
    first = {r.key: r.files for r in Loader.open(built, "designs", seed=None).records()}
    for record in Loader.open(tmp_path / "store", "designs", seed=None).records():
        assert record.files == first[record.key]


def test_a_table_of_your_own_is_drawn(tmp_path: Path):
    rows = [f"Harbour {i},{20 + 7 * i % 23},{3 + i % 5}" for i in range(12)]
    (tmp_path / "harbours.csv").write_text("name,ships,cranes\n" + "\n".join(rows))
    source = Source("own/harbours.csv", "0" * 64, "CC0-1.0", "me")
    pages = [Page("own", "harbours.csv", source)]
    specs = designs.plan("designs", pages, designs.RECIPE, "00000")
    own = [s for s in specs if s.parameters.get("path")]
    assert len(own) == len(specs) / 2 and all(s.sources == (source,) for s in own)
    shown = GuiRenderer({**documents.folders(), "own": tmp_path})
    found = 0
    for spec in [s for s in own if s.parameters["domain"] == "chart"][:4]:
        try:
            made = render.render(spec, shown)
        except PageFault:  # refused for its own reasons
            continue
        found += any("Harbour" in e.text for e in made.scene.elements)
    assert found


def test_it_can_be_looked_at(built: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    loader = Loader.open(built, "designs", seed=None)
    key = next(iter(loader.records())).key
    picture = str(tmp_path / "a.png")
    assert main(["show", key, "--out", str(built), "--picture", picture]) == 0
    said = capsys.readouterr().out
    assert "twin" in said and "yes" in said and "no" in said
    page = tmp_path / "page.html"
    assert main(["sample", "designs", "--out", str(built), "--html", str(page)]) == 0
    assert page.read_text().count("<figure>") == 20


def test_exports_give_pairs_and_both_answers(
    built: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    def lines(name: str, file: str) -> list[dict[str, object]]:
        folder = tmp_path / name
        where = ["--to", str(folder), "--out", str(built)]
        assert main(["export", "designs", "--format", name, *where]) == 0
        return [json.loads(line) for line in (folder / file).read_text().splitlines()]

    prompts = lines("prompt_image", "metadata.jsonl")
    pairs = lines("preference", "train.jsonl")
    assert len(prompts) == len(pairs) == SAMPLES
    for row in pairs:
        first, second = (tmp_path / "preference" / str(row[n]) for n in ("chosen", "rejected"))
        assert first.read_bytes() != second.read_bytes()
    asked = lines("judge", "train.jsonl")
    assert {r["answer"] for r in asked} == {"yes", "no"}
    yes = sum(r["answer"] == "yes" for r in asked) / len(asked)
    assert 0.4 <= yes <= 0.6
    chats = lines("sharegpt", "train.jsonl")
    answers = {c["conversations"][1]["value"] for c in chats}  # type: ignore[index]
    assert {"Yes", "No"} < answers
