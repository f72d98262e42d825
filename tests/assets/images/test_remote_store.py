"""Shards of lens written to S3 by Spark's tasks: the bytes of a local build, exactly once."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import fsspec
import pyarrow as pa
import pytest

from corpuswright.assets.builds.options import BuildOptions
from corpuswright.assets.curation import shards
from corpuswright.assets.images import lens
from corpuswright.pipelines.cli.main import main
from corpuswright.storage.loaders.bucket_loader import Batch, BucketLoader
from corpuswright.storage.loaders.loader import Loader
from corpuswright.storage.releases import manifest, remote_store
from corpuswright.storage.releases.remote_store import ShardStore, ShardStoreError
from tests.assets.images.test_lens import build, built, ended, loaded, plant
from tests.fixtures import builds, local_s3

__all__ = ["built"]  # a fixture
pytestmark = pytest.mark.spark

URL = "s3://corpora/team"


class _ThereAndFailing(shards.Writer):
    """Reaches the server from a task, whose first attempt dies after it has written."""

    def __init__(self, *of: Any) -> None:
        super().__init__(*of)
        self._env = {k: v for k, v in os.environ.items() if k.startswith("AWS_")}

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        from pyspark import TaskContext

        os.environ.update(self._env)  # of Spark's JVM it is as it was when that was started
        yield from super().__call__(batches)
        context: Any = TaskContext.get()
        if context.attemptNumber() == 0:
            raise OSError("planted")


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Generator[Any]:
    with local_s3.serving() as env:
        for name, value in env.items():
            monkeypatch.setenv(name, value)
        fs: Any = fsspec.filesystem("s3", skip_instance_cache=True, use_listings_cache=False)
        yield fs


def lying(fs: Any) -> dict[str, bytes]:
    return {p.removeprefix("corpora/team/"): fs.cat_file(p) for p in fs.find("corpora")}


def told(batch: Batch) -> object:
    return batch.place, batch.keys, batch.records


def test_a_release_on_s3_is_that_of_the_local_store(
    built: Path,
    tmp_path: Path,
    bucket: Any,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    monkeypatch.setattr(shards, "Writer", _ThereAndFailing)
    source, store = plant(tmp_path / "planted"), tmp_path / "store"
    command = [
        "build",
        "lens",
        "--source",
        str(source),
        "--out",
        str(store),
        "--workers",
        "2",
        "--set",
        'nsfw=""',
        "--shards",
        URL,
    ]
    bucket.pipe_file("corpora/team/lens/releases/", b"")  # as consoles make a folder
    with monkeypatch.context() as killed:  # after the local commit, before the remote one
        killed.setattr(ShardStore, "bring", _stopped)
        with pytest.raises(InterruptedError):
            build(source, store, shards=URL)
    assert "lens/latest" not in lying(bucket) and (store / "lens/latest").exists()
    options = BuildOptions(out=str(store), source=str(source), shards=URL, recipe={"nsfw": ""})
    assert not builds.opened(lens.CORPUS, options).is_done(["000"])
    build(source, store, shards=URL)
    # What readers see of it is that of a build into the local store, to the byte.
    plan, mine = loaded(built).plan, lying(bucket)
    assert loaded(store).plan == plan
    capsys.readouterr()
    assert main(command) == 0 and "nothing to do" in capsys.readouterr().out
    named = [n for s in loaded(built).shards for n in (s.name, s.index)]
    named += [f"lens/releases/{plan}/{n}" for n in ("manifest.json", *loaded(built).files)]
    assert {n: mine[n] for n in named} == {n: (built / n).read_bytes() for n in named}
    assert {n for n in mine if "/shards/" in n} == {n for n in named if "/shards/" in n}
    assert not any(".staging" in n for n in mine), "what failed attempts left is swept"
    assert mine["lens/latest"].decode().strip() == plan
    assert not list(store.glob("lens/shards/*"))
    # Whoever reads the local store is told; a loader reads the remote one.
    for reader in (Loader, BucketLoader):
        with pytest.raises(ShardStoreError, match=URL):
            reader.open(store, "lens")
    assert main(["sample", "lens", "--out", str(store)]) == 1
    far = BucketLoader.open(URL, "lens", cache=tmp_path / "cache", seed=3)
    near = BucketLoader.open(built, "lens", seed=3)
    assert list(map(told, far)) == list(map(told, near))
    # Another store does not write over it.
    theirs = [*command[:4], "--out", str(tmp_path / "another"), *command[6:]]
    assert main(["build", "lens", *theirs[2:]]) == 2
    assert "belongs to another store" in capsys.readouterr().err
    assert lying(bucket).keys() == mine.keys()
    assert main(["verify", "lens", "--out", str(store)]) == 0
    # A shard that is altered is found; one that is gone is written again by the same command.
    first = loaded(store).shards[0]
    bucket.pipe_file(f"corpora/team/{first.name}", b"altered")
    assert (
        main(["verify", "lens", "--out", str(store)]) == 1 and first.name in capsys.readouterr().out
    )
    bucket.rm_file(f"corpora/team/{first.name}")
    build(source, store, shards=URL)
    assert lying(bucket)[first.name] == mine[first.name]
    # Taken down: one shard is written again there, and no file names the image.
    gone = ended(store)["good.png"].key
    assert main(["delete", "lens", "--out", str(store), "--key", gone]) == 0
    left = lying(bucket)
    hidden = {n for n in left if n.endswith(".parquet")}  # compressed: read below
    assert not any(gone.encode() in data for n, data in left.items() if n not in hidden)
    assert {n.split("/")[2] for n in left if "/releases/" in n} == {loaded(store).plan, ""}
    assert gone not in {o.key for o in manifest.outcomes(store, loaded(store))}
    assert main(["verify", "lens", "--out", str(store)]) == 0
    kept = [loaded(s).counts["scene"]["kept"] for s in (store, built)]
    assert kept[0] < kept[1]
    # An older release that no longer stays is swept there, too.
    build(source, store, samples=2)
    assert len({n.split("/")[2] for n in lying(bucket) if "/releases/" in n} - {""}) == 2
    assert main(["sweep", "lens", "--out", str(store), "--keep", "1"]) == 0
    left = lying(bucket)
    assert {n.split("/")[2] for n in left if "/releases/" in n} == {loaded(store).plan, ""}
    assert {n for n in left if n.endswith(".tar")} == {s.name for s in loaded(store).shards}


def _stopped(*_: object) -> None:
    raise InterruptedError("killed")


def test_a_place_that_cannot_be_written_is_told_of_at_once(
    tmp_path: Path, bucket: Any, capsys: pytest.CaptureFixture[str]
):
    source = plant(tmp_path / "planted")
    for n, (url, said) in enumerate(
        {
            "s3://nobodys/team": "cannot be reached",
            "s3:/corpora/team": "expected the URL of an object store",
            "file:///corpora": "expected the URL of an object store",
        }.items()
    ):
        store = str(tmp_path / str(n))
        command = ["build", "lens", "--source", str(source), "--out", store, "--shards"]
        assert main([*command, url]) == 2
        assert said in capsys.readouterr().err
        assert remote_store.of(Path(store), "lens").url == "", (
            "the same command without it is a local one"
        )
    remote_store.keep(
        remote_store.of(Path(store), "lens", URL), "lens"
    )  # put right, nothing stands in the way


def test_shards_lie_in_one_place(built: Path, tmp_path: Path, bucket: Any):
    with pytest.raises(ShardStoreError, match="expected none, where shards of lens"):
        remote_store.of(built, "lens", URL)
    store = tmp_path / "store"
    remote_store.keep(remote_store.of(store, "lens", URL + "/"), "lens")
    (store / "lens/partitions").mkdir()
    (store / "lens/partitions/000.json").write_text("{}")
    assert remote_store.of(store, "lens").url == remote_store.of(store, "lens", URL).url == URL
    with pytest.raises(ShardStoreError, match="build into a new store"):
        remote_store.of(store, "lens", "s3://corpora/other")
