"""Real clips with planted faults, through both corpora of clips: outcomes, replays, kills."""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from corpuswright.annotators.plans.schema import Plan
from corpuswright.assets.builds.options import BuildOptions
from corpuswright.assets.curation.build import CurationBuild
from corpuswright.assets.curation.corpus import CuratedCorpus
from corpuswright.assets.plans import causal_plan
from corpuswright.assets.plans import records as plan_records
from corpuswright.assets.subjects import pexels_custom
from corpuswright.quality.plans import consistency
from corpuswright.storage import disk, samples
from corpuswright.storage.loaders.loader import Loader
from corpuswright.storage.media import clips
from corpuswright.storage.releases import manifest
from corpuswright.storage.samples import Record
from corpuswright.storage.shards import webdataset
from tests.assets.plans import test_causal_plan
from tests.assets.subjects import test_pexels_custom
from tests.fixtures import builds, real_videos
from tests.fixtures.made_once import made_once

pytestmark = pytest.mark.spark

FRAMES = 12
AT_ONCE = 2  # questions that a model is asked side by side
SIZES: dict[str, Any] = {
    "fps": 12,
    "frames": FRAMES,
    "side": 140,
    "min_side": 140,
    "clips_per_video": 2,
    "min_clarity": 0,
}
# What gives clips, and how many. Those of `again`, a smaller copy, are of the larger one.
CLIPS = {
    "av1": 1, "bigbuckbunny": 2, "broken_audio": 1, "carphone_pristine": 2, "hevc": 1,
    "irregular": 1, "no_duration": 1, "ten_bits": 1, "turned": 1,
}  # fmt: skip


@pytest.fixture(scope="session")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of real videos with faults; not to be changed."""
    made = made_once(tmp_path_factory, "real", lambda to: real_videos.plant(to / "films"))
    return made / "films"


def build(
    corpus: CuratedCorpus, source: Path, store: Path, file: Path, **more: Any
) -> CurationBuild:
    recipe = {**SIZES, **more.pop("recipe", {})}
    corpus.accepts({**corpus.recipe, **recipe})
    how = BuildOptions(
        out=str(store), source=str(source), workers=2, recipe=recipe, model=str(file), **more
    )
    made = builds.opened(corpus, how)
    made.check()
    builds.take_all(made.corpus, made, ["000"])
    return made


def reasons(corpus: CuratedCorpus, store: Path, unit: str) -> dict[str, list[str]]:
    """Return why each video, or each clip of one, has ended as it has, by its file."""
    found: dict[str, list[str]] = {}
    for o in manifest.outcomes(store, manifest.load(store, corpus.name)):
        if o.unit == unit:
            found.setdefault(o.source.rpartition("/")[2], []).append(o.reason)
    return found


def records(corpus: CuratedCorpus, store: Path) -> list[Record]:
    return list(Loader.open(store, corpus.name, seed=None).records())


def of_films(corpus: CuratedCorpus, store: Path, source: Path) -> dict[str, list[str]]:
    """Hold that every video has one outcome, and say those of clips."""
    videos = reasons(corpus, store, "page")
    assert sorted(videos) == sorted(p.name for p in source.iterdir())
    assert all(len(r) == 1 for r in videos.values())
    assert {n: r[0] for n, r in videos.items() if n in real_videos.REFUSED} == real_videos.REFUSED
    of_clips = reasons(corpus, store, "scene")
    assert set(of_clips.pop("again.mkv")) == {"near_duplicate"}
    assert videos["again.mkv"] == ["no_clip_kept"]
    assert {n.rpartition(".")[0]: len(r) for n, r in of_clips.items()} == CLIPS
    assert manifest.verify(store, manifest.load(store, corpus.name)) == []
    return of_clips


def test_triplets_of_real_clips_hold_and_come_again_from_what_was_answered(
    source: Path, tmp_path: Path
):
    corpus, store, file = pexels_custom.CORPUS, tmp_path / "store", tmp_path / "model.json"
    recipe = {"looks": 3, "ontology": False}
    with test_pexels_custom.model(["person", "bicycle"]) as (url, _):
        file.write_text(json.dumps({"base_url": url, "model": "eyes"}))
        build(corpus, source, store, file, recipe=recipe)
    ended = of_films(corpus, store, source)
    found = records(corpus, store)
    assert len(found) == sum(r.count("") for r in ended.values()) > 0
    for record in found:
        clip = clips.read(record)
        assert clip.pictures is not None and len(clip.pictures) == FRAMES
        high, wide = clip.pictures.shape[1:3]
        assert len(clip.tasks) == len(clip.scene.elements) > 0
        for task, element in zip(clip.tasks, clip.scene.elements, strict=True):
            assert task.text.count("loicea") == 1 and f"loicea {element.name}" in task.text
            x0, y0, x1, y1 = element.box
            assert 0 <= x0 < x1 <= wide and 0 <= y0 < y1 <= high
            number = int(str(element.attributes["instance"]))
            cut = Image.open(io.BytesIO(record.files[f"subject{number - 1}.png"]))
            assert cut.mode == "RGBA" and abs(cut.width - (x1 - x0)) < 2
            # What is cut out of the middle frame lies where its mask says.
            mask = clip.passes["instances"][FRAMES // 2] == number
            rows, columns = np.nonzero(mask)
            assert columns.min() >= x0 - 1 and columns.max() < x1 + 1
            assert rows.min() >= y0 - 1 and rows.max() < y1 + 1
    again = Path(shutil.copytree(store, tmp_path / "again"))
    shutil.rmtree(again / corpus.name)
    build(corpus, source, again, file, recipe=recipe, replay=True)
    assert manifest.load(again, corpus.name).shards == manifest.load(store, corpus.name).shards


def test_plans_of_real_clips_and_a_kill_while_a_model_is_asked(source: Path, tmp_path: Path):
    corpus, file = causal_plan.CORPUS, tmp_path / "model.json"
    store, killed = tmp_path / "store", tmp_path / "killed"
    with test_causal_plan.model([""], FRAMES // 3) as (url, asked):
        model = {"base_url": url, "model": "planner", "max_tokens": 32000, "concurrency": AT_ONCE}
        file.write_text(json.dumps(model))
        process = subprocess.Popen(
            command(source, killed, file),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        while asked["segments"] < 5 and process.poll() is None:
            time.sleep(0.01)
        os.killpg(process.pid, signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL, "it was in the middle of its work"
        build(corpus, source, killed, file)
        total = Counter(asked)
        undisturbed = build(corpus, source, store, file)
        alone = Counter(asked) - total
    ended = of_films(corpus, store, source)
    assert {r for of in ended.values() for r in of} == {""}
    for record in records(corpus, store):
        told = {s: json.loads(record.files[f]) for s, f in plan_records.FILES.items()}
        assert consistency.check(Plan.model_validate(told), FRAMES) == []
        assert len(samples.read(record.files["json"]).tasks) > 1
    # A kill costs the questions that were open, and nothing of what enters.
    assert (total - alone).total() <= AT_ONCE and not alone - total
    made = manifest.load(killed, corpus.name)
    assert made == manifest.load(store, corpus.name)
    assert not list((killed / disk.STAGING).glob("*")), "nothing staged is left"
    named = {n for s in made.shards for n in (s.name, s.index, s.name + ".idx")}
    assert {
        f"{corpus.name}/shards/{p.name}" for p in (killed / corpus.name / "shards").iterdir()
    } == named, "no orphan"
    keys = [k for s in made.shards for k, _ in webdataset.read_shard(killed / s.name)]
    assert len(keys) == len(set(keys)) == made.counts["scene"]["kept"]
    # With all done there is nothing to do: nobody is asked, for the model is gone.
    assert undisturbed.is_done(["000"])
    stamps = _stamps(store / corpus.name / "shards")
    build(corpus, source, store, file)
    assert _stamps(store / corpus.name / "shards") == stamps
    assert manifest.load(store, corpus.name) == made


def _stamps(folder: Path) -> dict[str, int]:
    return {p.name: p.stat().st_mtime_ns for p in folder.iterdir()}


def command(source: Path, out: Path, file: Path) -> list[str]:
    run = "from corpuswright.pipelines.cli.main import run; run()"
    sets = [a for k, v in SIZES.items() for a in ("--set", f"{k}={v}")]
    return [
        sys.executable,
        "-c",
        run,
        "build",
        "causal_plan",
        "--source",
        str(source),
        "--out",
        str(out),
        "--workers",
        "2",
        "--model",
        str(file),
        *sets,
    ]
