"""The corpus of web pages: requests, plans, boxes, a defect each that was repaired."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from lxml import html

from corpuswright.assets.builds.options import BuildOptions
from corpuswright.assets.documents import webpages
from corpuswright.pipelines.cli.main import main
from corpuswright.quality.documents.webpages import issues
from corpuswright.renderers.documents.webpages import defects
from corpuswright.renderers.documents.webpages.plan import read
from corpuswright.storage import samples
from corpuswright.storage.loaders.loader import Loader
from corpuswright.storage.media import images
from tests.fixtures import builds, synthetic_images
from tests.fixtures.made_once import made_once

pytestmark = pytest.mark.browser
SAMPLES = 4


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    def make(folder: Path) -> None:
        builds.made(webpages.CORPUS, BuildOptions(out=str(folder), samples=SAMPLES, workers=2))

    return made_once(tmp_path_factory, "webpages", make)


def records(store: Path) -> dict[str, Any]:
    return {r.key: r for r in Loader.open(store, "webpages", seed=None).records()}


def test_a_sample_is_whole(built: Path):
    found = records(built)
    assert len(found) == SAMPLES
    for record in found.values():
        body = samples.read(record.files["json"])
        state: Any = body.scene.state
        plan = read(state["plan"])
        pictures = [images.decode(record.files[n], n) for n in ("png", "twin.png")]
        assert pictures[0].size == body.scene.size and pictures[0].width == plan.width
        assert [t.style for t in body.tasks] == ["short", "outline", "full", "repair"]
        shown = {e.attributes["node"]: e for e in body.scene.elements}
        page = html.document_fromstring(state["html"])
        assert {e.get("data-node") for e in page.iter() if e.get("data-node")} == set(shown)
        for section in plan.sections:
            box = shown[section.id].box
            assert box[2] - box[0] == pytest.approx(plan.width, abs=0.5)
        assert state["twin"]["html"] != state["html"] or state["twin"]["files_gone"]
        (after,) = [f for n, f in record.files.items() if n.endswith("after.png")]
        # Repaired, it looks as it was made.
        assert images.decode(after, "after").tobytes() == pictures[0].tobytes()
        (change,) = [a for a in body.annotations if a.kind == "state_change"]
        rounds: Any = change.value["rounds"][1]  # type: ignore[index]
        assert rounds[0]["issues"] and rounds[-1]["issues"] == []
        assert body.tasks[-1].expected["issue"] in {i["kind"] for i in rounds[0]["issues"]}


def test_defects_are_taken_in_turn_and_are_issues():
    specs = webpages.plan("webpages", (), webpages.RECIPE, "00000")
    assert {s.parameters["defect"] for s in specs} == set(defects.DEFECTS)
    assert {kind for _, kind in defects.DEFECTS.values()} <= set(issues.WEIGHTS)


def test_the_same_bytes_whoever_builds_it(built: Path, tmp_path: Path):
    again = BuildOptions(out=str(tmp_path / "store"), samples=2, workers=1)
    builds.made(webpages.CORPUS, again)
    first = records(built)
    for key, record in records(tmp_path / "store").items():
        assert record.files == first[key].files


def test_pictures_of_your_own_are_shown_and_others_counted(tmp_path: Path):
    folder = tmp_path / "photos"
    folder.mkdir()
    for n, name in enumerate(("boat", "quay", "rope")):
        picture = synthetic_images.texture(n).resize((800, 600))
        (folder / f"{name}.jpg").write_bytes(synthetic_images.jpeg(picture))
    (folder / "small.jpg").write_bytes(synthetic_images.jpeg(synthetic_images.texture(4).resize(
        (200, 200))))  # fmt: skip
    (folder / "broken.png").write_bytes(b"no picture")
    (folder / "credits.csv").write_text(
        "path,licence,author,caption\nboat.jpg,CC0-1.0,Ada,A boat at the quay\n"
    )
    store = str(tmp_path / "store")
    assert main(["build", "webpages", "--source", str(folder), "--samples", "2", "--out", store,
                 "--licence", "CC-BY-4.0", "--author", "me"]) == 0  # fmt: skip
    shown: set[str] = set()
    for record in records(tmp_path / "store").values():
        body = samples.read(record.files["json"])
        plan = read(body.scene.state["plan"])
        shown |= {p.caption for _, p in plan.pictures() if p.kind == "photograph"}
        assert {"CC0-1.0", "CC-BY-4.0"} <= {s.licence for s in body.spec.sources}
    assert shown <= {"A boat at the quay", "quay", "rope"}


def test_it_can_be_looked_at_and_exported(
    built: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    key = next(iter(records(built)))
    assert main(["show", key, "--out", str(built), "--picture", str(tmp_path / "a.png")]) == 0
    assert "twin: " in capsys.readouterr().out

    def lines(name: str) -> list[dict[str, Any]]:
        where = ["--to", str(tmp_path / name), "--out", str(built)]
        assert main(["export", "webpages", "--format", name, *where]) == 0
        return [json.loads(x) for x in (tmp_path / name / "train.jsonl").read_text().splitlines()]

    pages = lines("screenshot_html")
    assert len(pages) == 3 * SAMPLES and {p["detail"] for p in pages} == {"short", "outline",
                                                                          "full"}  # fmt: skip
    assert all(p["html"].startswith("<!doctype html>") and p["plan"]["sections"] for p in pages)
    repairs = lines("page_repair")
    assert len(repairs) == SAMPLES
    assert all(r["issue"] in issues.WEIGHTS and r["repaired"] != "" for r in repairs)
    assert len(lines("preference")) == 3 * SAMPLES
