"""Deletion leaves no trace, damages nothing else, and what is gone stays gone."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from corpuswright.assets.builds.options import BuildOptions
from corpuswright.assets.synthesis import deletion
from corpuswright.storage.audits import human_reviews
from corpuswright.storage.build_state.tombstones import Selection
from corpuswright.storage.keys import sha256
from corpuswright.storage.releases import manifest, removed
from corpuswright.storage.shards import webdataset
from tests.assets.synthesis.test_builds import build, first, picture, site, work_of
from tests.fixtures import builds
from tests.fixtures.small_corpora import SMALL, page

pytestmark = pytest.mark.browser
__all__ = ["first", "site"]


def samples(out: Path) -> dict[str, dict[str, bytes]]:
    made = manifest.load(out, "small")
    return {k: f for s in made.shards for k, f in webdataset.read_shard(out / s.name)}


def traces(out: Path, words: list[str]) -> list[str]:
    """Look for words in every file: as bytes, in names, and in every Parquet file's values."""
    found: list[str] = []
    for path in (p for p in out.rglob("*") if p.is_file()):
        data = path.read_bytes()
        if path.suffix == ".parquet":
            data += json.dumps(pq.read_table(path).to_pylist(), default=str).encode()
        found += [f"{path}: {w}" for w in words if w.encode() in data or w in str(path)]
    return found


@pytest.fixture
def built(first: Path, site: Path, tmp_path: Path) -> Path:
    out = Path(shutil.copytree(first, tmp_path / "out"))
    session = builds.opened(SMALL, BuildOptions(out=str(out), source=str(site), workers=1))
    SMALL.engine.publish(session, {})
    return out


def test_a_deleted_key_leaves_no_trace_and_does_not_come_back(built: Path, site: Path):
    before = samples(built)
    key = sorted(before)[2]
    image = sha256(before[key]["png"])
    for task in human_reviews.sample(built, manifest.load(built, "small")):
        human_reviews.give(built, "small", human_reviews.ReviewVerdict(task, "content", ""))
    assert traces(built, [key]), "the search itself must find what is there"
    done = deletion.delete(SMALL, built, Selection("key", key))
    assert (done.samples, done.pages) == (1, 0)
    assert traces(built, [key, image]) == []
    after = samples(built)
    assert after == {k: f for k, f in before.items() if k != key}
    assert done.made is not None and manifest.verify(built, done.made) == []
    log: list[str] = []
    again = build(built, site, log=log)
    assert log == [] and again.is_done(["000"])
    assert samples(built) == after and traces(built, [key, image]) == []


def test_a_deleted_source_goes_with_all_its_samples_as_if_it_had_never_been(
    built: Path, site: Path
):
    deletion.delete(SMALL, built, Selection("source", "site/Beta.html"))
    assert len(samples(built)) == 2 and traces(built, ["Beta.html"]) == []
    (site / "Beta.html").write_text(page("Beta", 9))  # a new version is withdrawn as well
    log: list[str] = []
    build(built, site, log=log)
    assert work_of(log, "scene") == 0 and len(samples(built)) == 2


def test_what_only_an_older_release_holds_goes_too(built: Path, site: Path, tmp_path: Path):
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (theirs / "Gamma.html").write_text(page("Gamma"))
    own = manifest.load(built, "small").plan
    options = BuildOptions(out=str(built), source=str(theirs), author="Jane", workers=1)
    builds.made(SMALL, options)
    theirs_plan = manifest.load(built, "small").plan
    assert theirs_plan != own
    key = sorted(samples(built))[0]
    builds.made(SMALL, BuildOptions(out=str(built), source=str(site), workers=1))
    assert manifest.load(built, "small").plan == own and key not in samples(built)
    done = deletion.delete(SMALL, built, Selection("author", "Jane"))
    assert done.releases == 1 and done.made is not None and done.samples == 0
    assert traces(built, [key, "Jane"]) == []
    assert samples(built), "and no more than that"
    assert "a take-down removed it" in removed.told(built, "small", theirs_plan[:6])


def test_a_withdrawn_licence_empties_the_corpus_and_unknown_things_are_refused(built: Path):
    with pytest.raises(LookupError, match="holds nothing of author Nobody; it holds: unstated"):
        deletion.delete(SMALL, built, Selection("author", "Nobody"))
    done = deletion.delete(SMALL, built, Selection("licence", "unstated"))
    assert (done.samples, done.scenes, done.pages) == (4, 4, 2) and samples(built) == {}


def test_a_deletion_cut_short_is_finished_by_the_same_command(
    built: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    key = sorted(samples(built))[0]
    undisturbed = Path(shutil.copytree(built, tmp_path / "undisturbed"))
    deletion.delete(SMALL, undisturbed, Selection("key", key))
    monkeypatch.setattr(
        deletion, "_purge_tables", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt)
    )
    with pytest.raises(KeyboardInterrupt):
        deletion.delete(SMALL, built, Selection("key", key))
    monkeypatch.undo()
    deletion.delete(SMALL, built, Selection("key", key))
    assert traces(built, [key]) == [] and picture(built) == picture(undisturbed)


def test_croissant_attribution_and_card_stand_beside_the_release(built: Path):
    mlcroissant = pytest.importorskip("mlcroissant", reason="not installed (extra `dev`)")
    made = manifest.load(built, "small")
    folder = built / "small"
    dataset = mlcroissant.Dataset(jsonld=str(folder / "croissant.json"))
    assert not dataset.metadata.ctx.issues.errors, dataset.metadata.ctx.issues.report()
    records = list(dataset.records("samples"))
    assert len(records) == made.counts["scene"]["kept"]
    assert "unstated" in (folder / "ATTRIBUTION.md").read_text()
