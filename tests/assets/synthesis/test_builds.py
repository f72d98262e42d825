"""Whole builds of a small corpus: the same bytes whatever workers, order, engine and history."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from corpuswright.assets.builds.options import BuildOptions
from corpuswright.assets.synthesis import corpus as synthesis_corpus
from corpuswright.assets.synthesis import executors, release
from corpuswright.assets.synthesis.build import SynthesisBuild
from corpuswright.storage import samples
from corpuswright.storage.build_state.stage_rows import StageRow
from corpuswright.storage.releases import manifest as release_manifest
from corpuswright.storage.shards import webdataset
from tests.fixtures import builds
from tests.fixtures.made_once import made_once
from tests.fixtures.small_corpora import REFUSING, REWORDED, SCRIPTED, SMALL, page

pytestmark = pytest.mark.browser


def pages(folder: Path, *names: str) -> Path:
    folder.mkdir()
    for name in names or ("Alpha", "Beta"):
        (folder / f"{name}.html").write_text(page(name))
    return folder


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return pages(tmp_path / "site")


@pytest.fixture(scope="session")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with one build of the site; tests copy it."""

    def make(folder: Path) -> None:
        build(folder / "store", pages(folder / "site"))

    return made_once(tmp_path_factory, "first", make) / "store"


@pytest.fixture
def small_site(tmp_path: Path) -> Path:
    """One page, for what does not depend on how many there are."""
    return pages(tmp_path / "small_site", "Alpha")


@pytest.fixture
def built(tmp_path: Path, first: Path) -> Path:
    return Path(shutil.copytree(first, tmp_path / "a"))


def build(
    out: Path,
    site: Path,
    corpus: synthesis_corpus.RenderedCorpus = SMALL,
    log: list[str] | None = None,
    partitions: Sequence[str] = ("000",),
    **options: Any,
) -> SynthesisBuild:
    wanted = BuildOptions(out=str(out), **{"source": str(site), "workers": 1, **options})
    return builds.made(corpus, wanted, None if log is None else log.append, partitions)


def picture(out: Path) -> dict[str, bytes]:
    made = release_manifest.load(out, "small")
    files = {s.name: (out / s.name).read_bytes() for s in made.shards}
    folder = release_manifest.folder(out, "small", made.plan)
    return files | {n: (folder / n).read_bytes() for n in ("manifest.json", "outcomes.parquet")}


def work_of(log: list[str], stage: str) -> int:
    return sum(int(line.split(": ")[1].split()[0]) for line in log if f" {stage}:" in line)


def test_workers_order_engine_and_packs_decide_no_byte(
    tmp_path: Path, site: Path, built: Path, monkeypatch: pytest.MonkeyPatch
):
    whole = picture(built)
    assert any(n.endswith(".tar") for n in whole)

    # From the same packs and tables of scenes: everything later made anew, in other ways.
    def again(name: str, **options: Any) -> dict[str, bytes]:
        out = tmp_path / name
        shutil.copytree(built, out)
        for stage in ("instructions", "replay", "verified"):
            shutil.rmtree(out / "tables/small" / f"{stage}.delta")
        for folder in ("shards", "releases", "partitions"):
            shutil.rmtree(out / "small" / folder)
        build(out, site, **options)
        return picture(out)

    assert again("two", workers=2) == whole

    original = executors.run
    monkeypatch.setattr(
        executors,
        "run",
        lambda f, units, **k: original(f, list(reversed(units)), **{**k, "batch": 2}),
    )
    assert again("reversed") == whole
    monkeypatch.undo()
    assert again("spark", engine="spark") == whole
    # And rendered anew on the same machine.
    build(tmp_path / "anew", site, workers=2)
    assert picture(tmp_path / "anew") == whole


CHANGES: dict[str, Callable[[Path], object]] = {
    "a page added": lambda s: (s / "Delta.html").write_text(page("Delta")),
    "a page removed": lambda s: (s / "Beta.html").unlink(),
    "a page changed": lambda s: (s / "Beta.html").write_text(page("Beta", 7)),
}


@pytest.mark.parametrize("change", CHANGES)
def test_incremental_equals_clean_and_touches_only_what_changed(
    tmp_path: Path, site: Path, built: Path, change: str
):
    CHANGES[change](site)
    log: list[str] = []
    build(built, site, log=log)
    assert work_of(log, "scene") == (0 if change == "a page removed" else 2), log
    build(tmp_path / "b", site)
    assert picture(built) == picture(tmp_path / "b")


def test_new_wording_renders_and_replays_nothing_and_equals_a_clean_build(
    tmp_path: Path, site: Path, built: Path
):
    log: list[str] = []
    build(built, site, REWORDED, log=log)
    assert work_of(log, "intake") == work_of(log, "scene") == work_of(log, "replay") == 0, log
    assert work_of(log, "instructions") == 4
    build(tmp_path / "b", site, REWORDED)
    assert picture(built) == picture(tmp_path / "b")


def test_a_build_whose_scenes_are_all_rejected_is_still_a_no_op_next_time(
    tmp_path: Path, small_site: Path
):
    site = small_site
    first = build(tmp_path / "a", site, REFUSING)
    made = release_manifest.load(tmp_path / "a", "small")
    assert made.counts["scene"] == {"kept": 0, "rejected": 2}
    assert made.rejections["scene"] == {"no_task_kept": 2}
    assert set(made.rejections["task"]) == {"refused_by_test"}
    assert first.is_done(["000"])
    log: list[str] = []
    build(tmp_path / "a", site, REFUSING, log=log)
    assert log == []


def test_fewer_samples_are_the_first_ones_and_orphan_nothing(
    tmp_path: Path, site: Path, built: Path
):
    log: list[str] = []
    build(built, site, samples=3, log=log)
    few = release_manifest.load(built, "small")
    build(built, site, log=log)
    whole = release_manifest.load(built, "small")
    assert log == [] and (few.counts["scene"]["kept"], whole.counts["scene"]["kept"]) == (3, 4)
    assert few.shards[0].first_key == whole.shards[0].first_key
    build(tmp_path / "b", site, samples=3)
    clean = release_manifest.load(tmp_path / "b", "small")
    assert [s.sha256 for s in few.shards] == [s.sha256 for s in clean.shards]


def test_partitions_stand_side_by_side_in_any_order(tmp_path: Path, small_site: Path):
    site = small_site
    for partition in ("000", "001"):
        build(tmp_path / "a", site, partitions=(partition,))
    log: list[str] = []
    build(tmp_path / "b", site, partitions=("001",), log=log)
    assert (work_of(log, "intake"), work_of(log, "scene")) == (1, 2)
    log.clear()
    build(tmp_path / "b", site, partitions=("000",), log=log)
    assert (work_of(log, "intake"), work_of(log, "scene")) == (0, 2), "pages are judged once"
    assert picture(tmp_path / "a") == picture(tmp_path / "b")
    both = release_manifest.load(tmp_path / "a", "small")
    assert len({s.first_key for s in both.shards}) == 2
    assert both.counts["scene"]["kept"] == 4


def test_changed_tools_are_kept_or_rebuilt_as_asked(tmp_path: Path, small_site: Path):
    site, built = small_site, tmp_path / "a"
    build(built, site)
    first = Path(shutil.copytree(built, tmp_path / "first"))
    noted = built / "small/tools.json"
    older = {**json.loads(noted.read_text()), "browser": "Chromium 1"}
    noted.write_text(json.dumps(older))
    shutil.rmtree(built / "tables")
    build(built, site)  # as the older browser's own build would stand
    log: list[str] = []
    build(built, site, log=log)
    assert len(log) == 1 and "tools have changed" in log[0]
    log.clear()
    build(built, site, log=log, on_tool_drift="rebuild")
    assert (work_of(log, "intake"), work_of(log, "scene")) == (1, 2)
    assert picture(built) == picture(first)


def test_a_page_is_rendered_anew_when_a_page_it_frames_changes(tmp_path: Path):
    site = pages(tmp_path / "site", "Beta")
    (site / "Outer.html").write_text(page("Outer") + "<iframe src=Beta.html></iframe>")
    build(tmp_path / "a", site)
    (site / "Beta.html").write_text(page("Beta", 7))
    log: list[str] = []
    build(tmp_path / "a", site, log=log)
    assert work_of(log, "scene") == 4, "two of the page itself, two of the one that frames it"
    build(tmp_path / "b", site)
    assert picture(tmp_path / "a") == picture(tmp_path / "b")


def test_everything_kept_was_examined_and_adds_up(tmp_path: Path, site: Path, built: Path):
    made = build(built, site)
    examined = release.examine(made, "000")
    assert examined.holds, [f for f in examined.findings if not f.held]
    assert examined.rate.planted == examined.rate.caught
    newest = release_manifest.load(built, "small")
    assert newest.counts["page"] == {"kept": 2, "rejected": 0}
    assert newest.counts["task"]["kept"] == sum(s.tasks for s in newest.shards) >= 20
    assert release_manifest.verify(built, newest) == []
    manifest = json.dumps(json.loads(picture(built)["manifest.json"]))
    assert str(tmp_path) not in manifest


class Deadly:
    """Takes its worker down on one unit."""

    def __call__(self, batch: Any) -> Any:
        import os

        units = executors.units_of(batch)
        if any(u.key == "b" for u in units):
            os._exit(9)
        return executors.batch_of([StageRow(u.key, {"v": "1"}, u.body) for u in units])


def test_a_unit_that_kills_its_worker_three_times_alone_is_given_up_and_no_other_lost():
    units = [executors.Unit(k, "{}") for k in "abcde"]
    rows = [
        r
        for rows in executors.run(
            Deadly(),
            units,
            workers=2,
            batch=3,
            lost=lambda u, why: StageRow(u.key, {"v": "0"}, "{}", why.reason),
        )
        for r in rows
    ]
    assert sorted((r.key, r.reason) for r in rows) == [
        ("a", ""),
        ("b", "worker_died"),
        ("c", ""),
        ("d", ""),
        ("e", ""),
    ]


def test_states_are_found_scripted_counted_and_released(tmp_path: Path):
    (tmp_path / "site").mkdir()
    menu = page("Omega") + (
        '<button aria-expanded=false onclick="m.hidden=false">More</button>'
        "<div id=m hidden><button>Archive it</button></div><button onclick=''>Idle</button>"
    )
    site = tmp_path / "site"
    (site / "Omega.html").write_text(menu)
    build(tmp_path / "a", site, SCRIPTED, recipe={"states": 2})
    made = release_manifest.load(tmp_path / "a", "small")
    assert made.counts["state"]["kept"] >= 1 and made.counts["page"]["kept"] == 1
    states: dict[str, set[str]] = {}
    for s in made.shards:
        for _, files in webdataset.read_shard(tmp_path / "a" / s.name):
            record = samples.read(files["json"])
            state = str(record.spec.parameters.get("state", ""))
            states.setdefault(state, set()).update(e.name for e in record.scene.elements)
    assert "Archive it" in states["opened by script"]
    assert "Archive it" not in states[""]
    log: list[str] = []
    build(tmp_path / "a", site, SCRIPTED, log=log, recipe={"states": 2})
    assert log == []
    build(tmp_path / "b", site, SCRIPTED, workers=2, recipe={"states": 2})
    assert picture(tmp_path / "a") == picture(tmp_path / "b")
