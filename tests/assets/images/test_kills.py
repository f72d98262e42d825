"""lens, killed: nothing lost, nothing twice, no orphan, and the bytes of an undisturbed build."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from corpuswright.assets.builds import spark
from corpuswright.assets.builds.options import BuildOptions
from corpuswright.assets.curation import shards
from corpuswright.assets.images import captions, lens, records
from corpuswright.storage import disk
from corpuswright.storage.releases import manifest, staging
from corpuswright.storage.releases.remote_store import ShardStore
from corpuswright.storage.shards import webdataset
from tests.assets.images.test_lens import build, ended, first, loaded, plant
from tests.fixtures import builds, synthetic_images
from tests.fixtures.made_once import made_once

pytestmark = pytest.mark.spark


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with one build of the planted inputs; not to be changed."""
    return made_once(tmp_path_factory, "lens", first)


STEPS = ("sources", "filtered", "deduplicated", "captioned", "bucketed", "shards")


def command(source: Path, out: Path) -> list[str]:
    run = "from corpuswright.pipelines.cli.main import run; run()"
    return [
        sys.executable,
        "-c",
        run,
        "build",
        "lens",
        "--source",
        str(source),
        "--out",
        str(out),
        "--workers",
        "2",
        "--set",
        'nsfw=""',
    ]


def killed(source: Path, out: Path, after: str, delay: float) -> None:
    """Start a build and kill all of it, JVM and Python workers, a moment after a step has ended."""
    process = subprocess.Popen(
        command(source, out),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    try:
        for line in process.stdout:
            if line.startswith(f"lens {after}:"):
                time.sleep(delay)
                break
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()


def check(store: Path, undisturbed: Path) -> None:
    """Hold a store against an undisturbed one: release, files, nothing besides."""
    made = loaded(store)
    assert made == loaded(undisturbed)
    assert manifest.verify(store, made) == []
    named = {n for s in made.shards for n in (s.name, s.index, s.name + ".idx")}
    there = {f"lens/shards/{p.name}" for p in (store / "lens/shards").iterdir()}
    assert there == named, "no orphan"
    assert not list((store / disk.STAGING).glob("*")), "nothing staged is left"
    keys = [k for s in made.shards for k, _ in webdataset.read_shard(store / s.name)]
    assert len(keys) == len(set(keys)) == made.counts["scene"]["kept"]


def test_a_kill_changes_nothing(undisturbed: Path, tmp_path: Path):
    """One; `make soak` has fifty."""
    rng = random.Random(6)
    source, store = plant(tmp_path / "planted"), tmp_path / "store"
    killed(source, store, rng.choice(STEPS[:-1]), rng.uniform(0, 1.5))
    build(source, store)  # another process goes on: this one
    check(store, undisturbed)


class _FailsAfterStaging(shards.Writer):
    """Its first attempt at each task stages all shards, then fails."""

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        from pyspark import TaskContext

        context: Any = TaskContext.get()
        yield from super().__call__(batches)
        if context.attemptNumber() == 0:
            raise OSError("planted")


def test_tasks_that_fail_after_they_have_written_leave_nothing(
    undisturbed: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(shards, "Writer", _FailsAfterStaging)
    source, store = plant(tmp_path / "planted"), tmp_path / "store"
    made = builds.opened(
        lens.CORPUS,
        BuildOptions(out=str(store), source=str(source), workers=2, recipe={"nsfw": ""}),
        [].append,
    )
    for step in STEPS[:-1]:
        builds.take(lens.CORPUS, made, step)
    table = made.table("000", "bucketed")
    kept = table.filter(pa.array([not d for d in table.column("reason").to_pylist()]))
    images = records.recorded("lens", captions.VERSION)
    winners = shards.write(spark.session(2), kept, ShardStore(store), "lens", "000", images)
    before = len(list((store / disk.STAGING).glob("*.tar")))
    assert before > len(winners), "failed attempts have left theirs"
    with disk.writer_lock(store):
        staging.publish(ShardStore(store), winners)
    builds.take(lens.CORPUS, made, "shards")
    lens.CORPUS.engine.publish(made, {})
    check(store, undisturbed)


def test_a_file_that_changes_meanwhile_is_told_of(tmp_path: Path):
    source, store = plant(tmp_path / "planted"), tmp_path / "store"
    made = builds.opened(
        lens.CORPUS,
        BuildOptions(out=str(store), source=str(source), workers=2, recipe={"nsfw": ""}),
        [].append,
    )
    for step in STEPS[:-1]:
        builds.take(lens.CORPUS, made, step)
    (source / "good.jpg").write_bytes(synthetic_images.jpeg(synthetic_images.texture(99)))
    with pytest.raises(Exception, match="the source changed meanwhile"):
        builds.take(lens.CORPUS, made, "shards")
    assert not (store / "lens/partitions/000.json").exists()
    builds.take_all(made.corpus, made)
    assert ended(store)["good.jpg"].reason == ""
