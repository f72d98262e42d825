"""Corpora of composed scenes: the promise of bytes, and that a wrong trace never passes."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from corpuswright.annotators.actions import gestures
from corpuswright.assets.builds.options import BuildOptions
from corpuswright.assets.synthesis import corpus as synthesis_corpus
from corpuswright.assets.synthesis import deletion
from corpuswright.assets.synthesis.build import SynthesisBuild
from corpuswright.quality.benchmarks import cuactspot
from corpuswright.quality.execution import perform
from corpuswright.quality.grounding import planted_faults
from corpuswright.renderers.browser.gui import GuiRenderer
from corpuswright.storage import samples
from corpuswright.storage.build_state import tombstones
from corpuswright.storage.build_state.tombstones import Selection
from corpuswright.storage.exports.cuactspot import FREE_HAND
from corpuswright.storage.exports.task_formats import FORMATS
from corpuswright.storage.inputs import sites
from corpuswright.storage.keys import sha256
from corpuswright.storage.loaders.loader import Loader, examples
from corpuswright.storage.records import Action, Sample, Source, Spec, Task, from_json
from corpuswright.storage.releases import manifest as release_manifest
from tests.assets.synthesis.test_deletion import traces
from tests.fixtures import builds
from tests.fixtures.made_once import made_once
from tests.fixtures.photograph import photograph
from tests.fixtures.small_corpora import CORPORA, TABLE

pytestmark = pytest.mark.browser

# One drawn and one made from sources: a Spark session takes 10 s of every test that has one.
SPARKED = ("grounding_desk", "grounding_text")

PROSE = """<!doctype html><html lang="en"><h1>On rivers</h1>
<p>A river rises where more water falls than the ground can hold, and ends in a sea or a lake.</p>
<p>Between the two it carries sand, gravel and whole trees; what it drops makes new banks.</p>
<p>Old maps show beds that no water has seen for centuries, and towns far from any harbour.</p>
<p>Engineers straighten bends to win land, while floods return every few decades to undo it.</p>
<p>Fishermen know the deep places by name and teach their children where the current turns.</p>
<p>Nobody has ever stepped twice into quite the same stream, as a philosopher once remarked.</p>
</html>"""

CODE = """export function sandBanks(river, seasons) {
  const banks = new Map();
  for (const season of seasons) {
    const carried = river.flow(season) * river.silt;
    if (carried > river.capacity) banks.set(season.name, carried - river.capacity);
  }
  return { banks, widest: [...banks.values()].sort((a, b) => b - a)[0] ?? 0 };
}
"""


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of a table, a text and code; each corpus takes what is of its own kind."""
    folder = tmp_path_factory.mktemp("own")
    rows = [f"town {i},{1000 + 37 * i},{i % 5},{'north' if i % 2 else 'south'}" for i in range(30)]
    for name, text in (
        ("grounding_table", "towns.csv"),
        ("grounding_text", "rivers.html"),
        ("grounding_text", "rivers.js"),
        ("grounding_canvas", "nothing"),
        ("grounding_desk", "nothing"),
    ):
        (folder / name).mkdir(exist_ok=True)
        body = {"csv": "name,people,class,side\n" + "\n".join(rows), "js": CODE}
        (folder / name / text).write_text(body.get(text.rsplit(".")[-1], PROSE))
    (folder / "grounding_photo").mkdir()
    # A name that means something in a URL and in HTML.
    photograph().image.save(folder / "grounding_photo" / 'discs & "boxes" #1 100%.png')
    return folder


def build(
    corpus: synthesis_corpus.RenderedCorpus,
    out: Path,
    data: Path,
    workers: int = 1,
    engine: Any = "local",
) -> SynthesisBuild:
    log: list[str] = []
    source = str(data / corpus.name) if any(s.pages for s in corpus.sites) else None
    wanted = BuildOptions(out=str(out), source=source, workers=workers, engine=engine)
    made = builds.opened(corpus, wanted, log.append)
    for step in corpus.steps:
        step.run(made, "000")
    corpus.engine.publish(made, {"log": list(log)})
    return made


@pytest.fixture(scope="session", params=sorted(CORPORA))
def built(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, data: Path):
    """A store with one build of one corpus by one worker; not to be changed."""
    corpus = CORPORA[request.param]
    out = made_once(tmp_path_factory, request.param, lambda folder: build(corpus, folder, data))
    return corpus, out


def bytes_of(corpus: synthesis_corpus.RenderedCorpus, out: Path) -> dict[str, bytes]:
    made = release_manifest.load(out, corpus.name)
    manifest = release_manifest.folder(out, corpus.name, made.plan) / "manifest.json"
    return {
        "manifest": manifest.read_bytes(),
        **{s.name: (out / s.name).read_bytes() for s in made.shards},
    }


def samples_of(corpus: synthesis_corpus.RenderedCorpus, out: Path) -> Iterator[Sample]:
    for record in Loader(out, release_manifest.load(out, corpus.name), seed=None).records():
        found = examples(record)
        first = found[0]
        yield Sample(first.spec.key, first.spec, {}, first.scene, tuple(e.task for e in found))


def renderer(corpus: synthesis_corpus.RenderedCorpus, data: Path) -> GuiRenderer:
    libraries = {s.name: sites.fetch(s, Path("inputs")) for s in corpus.sites if not s.pages}
    return GuiRenderer({corpus.name.replace("_", "-"): data / corpus.name, **libraries})


# By other workers on Spark, by other workers, and with applications of others; `make soak` has all.
@pytest.mark.parametrize(
    "built", ["grounding_text", "grounding_table", "real_grids"], indirect=True
)
def test_any_number_of_workers_and_another_build_make_the_same_bytes(
    built: tuple[synthesis_corpus.RenderedCorpus, Path], data: Path, tmp_path: Path
):
    again_with_other_workers(built, data, tmp_path)


def again_with_other_workers(
    built: tuple[synthesis_corpus.RenderedCorpus, Path], data: Path, tmp_path: Path
) -> None:
    corpus, out = built
    engine: Any = "spark" if corpus.name in SPARKED else "local"
    build(corpus, tmp_path / "b", data, workers=2, engine=engine)
    assert bytes_of(corpus, tmp_path / "b") == bytes_of(corpus, out)


def test_a_second_build_does_nothing(
    built: tuple[synthesis_corpus.RenderedCorpus, Path], data: Path, tmp_path: Path
):
    corpus, out = built
    store = Path(shutil.copytree(out, tmp_path / "a"))
    again = build(corpus, store, data)
    assert again.is_done(["000"])
    run = (
        release_manifest.folder(store, corpus.name, release_manifest.load(store, corpus.name).plan)
        / "run.json"
    )
    assert json.loads(run.read_text())["log"] == []


def test_the_image_and_the_state_after_each_task_are_in_the_shard(
    built: tuple[synthesis_corpus.RenderedCorpus, Path],
):
    corpus, out = built
    for record in Loader(out, release_manifest.load(out, corpus.name), seed=None).records():
        plain = json.loads(record.files["json"])
        assert plain["tasks"]
        changes = [a for a in plain["annotations"] if a["kind"] == "state_change"]
        for task, after in zip(plain["tasks"], changes, strict=True):
            assert after["key"] == task["key"]
            changed = json.loads(after["value"])
            holds = json.loads(task["expected"])["holds"]
            assert changed and any(
                c.startswith(h) or h.startswith(c) for c in changed for h in holds
            )
            image = record.files[f"{task['key'][-2:]}.after.png"]
            assert image.startswith(b"\x89PNG")
            if "caret" not in task["kind"]:  # carets are not drawn: they blink
                assert image != record.files["png"], task["text"]


def shifted(action: Action, place: int, by: float) -> Action:
    points = list(action.points)
    points[place] = (points[place][0] + by, points[place][1] + by)
    return replace(action, points=tuple(points))


def wrong_traces(task: Task) -> Iterator[tuple[str, Task]]:
    """Traces that a person would call wrong, by what is wrong with them."""

    def trace(action: Action) -> Task:
        return replace(task, actions=(action, *task.actions[1:]))

    first = task.actions[0]
    if first.kind == "drag":
        yield "swapped_ends", trace(replace(first, points=first.points[::-1]))
        yield "end_elsewhere", trace(shifted(first, 1, 60))
    if task.kind in ("paint_over", "trace_region"):
        away = tuple((x + 160, y + 90) for x, y in first.points)
        yield "elsewhere", trace(replace(first, points=away))
    elif first.kind == "draw":
        yield "another_order", trace(replace(first, points=(*first.points[1:], first.points[0])))
    if first.modifiers:
        other = ("ctrl",) if first.modifiers == ("shift",) else ("shift",)
        yield "wrong_modifier", trace(replace(first, modifiers=other))
        yield "no_modifier", trace(replace(first, modifiers=()))
    if task.kind == "select_region":
        edge = min(x for polygon in task.targets[0].accept for x, _ in polygon)
        beside = replace(first, points=((edge - 3, first.points[0][1]),))
        yield "beside_the_region", trace(beside)
    if task.kind.startswith("resize"):
        for by in (-7, 7):  # the narrowest grip is 4 px wide: beside it is another thing
            yield "beside_the_handle", trace(shifted(first, 0, by * 1.5))
    if task.actions[-1].kind == "press":
        yield "never_entered", replace(task, actions=task.actions[:-1])
    if first.kind == "click" and task.kind.startswith(("click", "place")):
        beyond = max(x for p in task.targets[0].accept for x, _ in p) + 20 - first.points[0][0]
        yield "another_place", trace(shifted(first, 0, beyond))


def test_kept_traces_hold_again_and_wrong_ones_are_rejected(
    built: tuple[synthesis_corpus.RenderedCorpus, Path], data: Path
):
    corpus, out = built
    play = renderer(corpus, data)
    tried: set[str] = set()
    for sample in samples_of(corpus, out):
        again = perform.execute(play, sample)
        assert set(again.verdicts.values()) == {None}, again.verdicts
        spoiled: list[Task] = []
        for task in sample.tasks:
            for fault, wrong in wrong_traces(task):
                if fault not in tried:
                    tried.add(fault)
                    spoiled.append(replace(wrong, key=f"{fault} {task.key}"))
        found = perform.execute(play, replace(sample, tasks=tuple(spoiled)))
        passed = [key for key, verdict in found.verdicts.items() if verdict is None]
        assert not passed, passed
    assert len(tried) >= 2, tried


def test_every_task_that_was_written_can_be_read_and_performed(
    built: tuple[synthesis_corpus.RenderedCorpus, Path],
):
    corpus, out = built
    made = release_manifest.load(out, corpus.name)
    assert made.counts["task"]["kept"] >= 4
    assert made.rejections.get("task", {}) == {}


def test_every_frame_of_a_sentence_is_read(
    built: tuple[synthesis_corpus.RenderedCorpus, Path], monkeypatch: pytest.MonkeyPatch
):
    corpus, out = built
    monkeypatch.setattr(gestures, "FIRST_PERSON", 1.0)
    framed = [
        (s.scene, t) for s in samples_of(corpus, out) for t in corpus.propose(replace(s, tasks=()))
    ]
    beginnings = {t.text.split(",")[0] for _, t in framed if ", please " in t.text}
    assert len(beginnings) <= 1, beginnings
    assert [r for scene, t in framed if (r := corpus.resolve(scene, t))] == []


def test_wrong_sentences_are_caught(built: tuple[synthesis_corpus.RenderedCorpus, Path]):
    corpus, out = built
    pairs = [(s.scene, t) for s in samples_of(corpus, out) for t in s.tasks]
    assert all(corpus.resolve(scene, task) is None for scene, task in pairs)
    rate = planted_faults.measure(pairs, corpus.spoil, corpus.resolve)
    assert sum(rate.planted.values()) >= len(pairs) / 2
    assert sum(rate.caught.values()) >= 0.99 * sum(rate.planted.values()), rate


def test_negatives_are_about_the_scene_and_fit_nothing_or_something_else(
    built: tuple[synthesis_corpus.RenderedCorpus, Path],
):
    corpus, out = built
    kinds: set[str] = set()
    for record in Loader(out, release_manifest.load(out, corpus.name), seed=None).records():
        body = samples.read(record.files["json"])
        tasks = {t.key: t for t in body.tasks}
        said = {t.text for t in body.tasks}
        for a in (a for a in body.annotations if a.kind in ("infeasible", "near_miss")):
            kinds.add(a.kind)
            # A near miss may be what another task says, and no wrong thing to do for that one.
            assert a.kind == "near_miss" or a.text not in said
            assert corpus.resolve(body.scene, tasks[a.key]) is None
            wrong = corpus.resolve(body.scene, replace(tasks[a.key], text=a.text))
            assert wrong is not None
            fits = {"infeasible": "sentence_fits_nothing", "near_miss": "sentence_fits_another"}
            assert wrong.reason == fits[a.kind]
            assert (a.elements == ()) == (a.kind == "infeasible")
            if a.kind == "infeasible":  # what it quotes is nowhere on the screen, in any role
                shown = [t for e in body.scene.elements for t in (e.name, e.text)]
                new = set(re.findall("“(.*?)”", a.text)) - set(
                    re.findall("“(.*?)”", tasks[a.key].text)
                )
                assert not [t for t in shown for q in new if q in t], a.text
    assert kinds, "some of either kind in any corpus"


def test_a_benchmark_set_made_of_a_release_takes_right_answers_only(
    built: tuple[synthesis_corpus.RenderedCorpus, Path], tmp_path: Path
):
    corpus, out = built
    loader = Loader(out, release_manifest.load(out, corpus.name), seed=None)
    found = [e for record in loader.records() for e in examples(record)]
    written = FORMATS["cuactspot"](found, tmp_path)
    tests = {s.id: s for s in cuactspot.read(tmp_path)}
    assert written.tasks == len(tests) == len(found)
    for example in found:
        (test,) = (s for i, s in tests.items() if i.endswith(sha256(example.key)[:8]))
        action = next(a for a in example.task.actions if a.points)
        points = tuple(p for a in example.task.actions for p in a.points)
        right = cuactspot.Prediction(points, action.kind)
        assert cuactspot.released(test, points) == "", example.text
        assert cuactspot.strict(test, right) == "", example.text
        width, height = example.scene.size
        grid = tuple((x + 0.5, y + 0.5) for x in range(0, width, 24) for y in range(0, height, 24))
        assert cuactspot.strict(test, cuactspot.Prediction(grid)) != ""
        if len(points) > 1 and example.task.kind not in FREE_HAND:
            assert cuactspot.released(test, points[::-1]) != "" or points == points[::-1]


def test_a_deleted_sample_leaves_no_image_behind(
    built: tuple[synthesis_corpus.RenderedCorpus, Path], tmp_path: Path
):
    corpus, out = built
    store = Path(shutil.copytree(out, tmp_path / "a"))
    record = next(Loader(store, release_manifest.load(store, corpus.name), seed=None).records())
    marks = [record.key, *(sha256(d) for n, d in record.files.items() if n.endswith("png"))]
    deletion.delete(corpus, store, Selection("key", record.key))
    assert not traces(store, marks)


@pytest.mark.parametrize("built", ["real_diagrams"], indirect=True)
def test_scenes_in_an_application_go_with_its_licence(
    built: tuple[synthesis_corpus.RenderedCorpus, Path], data: Path, tmp_path: Path
):
    corpus, out = built
    store = Path(shutil.copytree(out, tmp_path / "a"))
    apps = {s.name: s for s in corpus.sites}
    shown = {s.spec.parameters["real_app"] for s in samples_of(corpus, store)}
    assert shown == set(apps)
    kept = tombstones.Tombstones()
    svgedit = Source("svgedit", "", apps["svgedit"].licence, "")
    assert Selection("licence", "LGPL-3.0-or-later").covers("", svgedit), "a part of its licence"
    assert not Selection("licence", "GPL-3.0").covers("", svgedit) and not kept.hold_source(svgedit)
    deletion.delete(corpus, store, Selection("licence", apps["bpmn"].licence))
    left = {s.spec.parameters["real_app"] for s in samples_of(corpus, store)}
    assert left == shown - {"bpmn"}
    again = build(corpus, store, data)
    assert {s.spec.parameters["real_app"] for s in samples_of(corpus, store)} == left
    wanted = BuildOptions(out=str(tmp_path / "b"), allow_licence=[apps["svgedit"].licence])
    log: list[str] = []
    allowed = builds.opened(corpus, wanted, log.append)
    builds.take(allowed.corpus, allowed, "specs", "000")
    rows = again.tables.read("spec", "000"), allowed.tables.read("spec", "000")
    found = [{from_json(Spec, r.body).parameters["real_app"] for r in rs} for rs in rows]
    assert found == [left, left] and any("licence" in line for line in log), log


def test_a_source_that_holds_nothing_is_counted(tmp_path: Path, data: Path):
    folder = tmp_path / "grounding_table"
    shutil.copytree(data / "grounding_table", folder)
    (folder / "two.csv").write_text("a,b\n1,2\n")
    (folder / "broken.csv").write_bytes(b"\xff\xfe\x00\x01")
    made = builds.opened(TABLE, BuildOptions(out=str(tmp_path / "out"), source=str(folder)))
    report = builds.take(made.corpus, made, "specs", "000")
    assert report.reasons == {"source_not_usable": 2} and report.kept == 1


def test_a_scene_that_comes_out_otherwise_is_not_worked_on(
    built: tuple[synthesis_corpus.RenderedCorpus, Path], data: Path
):
    corpus, out = built
    sample = next(samples_of(corpus, out))
    moved = replace(
        sample, scene=replace(sample.scene, state={**sample.scene.state, "page": [1, 1]})
    )
    found = perform.execute(renderer(corpus, data), moved)
    (why,) = set(found.verdicts.values())
    assert why is not None and why.reason == "scene_changed"
    assert why.value.startswith("state.page.0 1, then ")
