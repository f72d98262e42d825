"""Batches of one size: equal steps, nothing lost or doubled by any stop, here and over the wire."""

from __future__ import annotations

import contextlib
import functools
import http.server
import json
import random
import shutil
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from corpuswright.storage.keys import sample_key
from corpuswright.storage.loaders.bucket_loader import Batch, BucketLoader
from corpuswright.storage.loaders.loader import Loader
from corpuswright.storage.records import Release
from corpuswright.storage.releases import manifest
from corpuswright.storage.releases.mirror import MirrorError
from corpuswright.storage.shards import webdataset
from corpuswright.storage.shards.buckets import BUCKETS
from tests.fixtures import local_s3

NUMBERS = {"512-512x512": (100, 90, 61), "768-640x960": (33, 20), "1024-1024x1024": (10, 3, 5)}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with a release of three buckets, 322 records; not to be changed."""
    root = tmp_path_factory.mktemp("buckets")
    written = []
    for bucket, numbers in NUMBERS.items():
        for part, number in enumerate(numbers):
            keys = [sample_key("lens", f"{hash_(bucket, part, i):012x}", 0) for i in range(number)]
            entries = [
                webdataset.Entry(k, 0, {"json": b"{}", "jpg": k.encode() * 40})
                for k in sorted(keys)
            ]
            staged = webdataset.stage(root, "lens/shards", "000", entries, "x", f"-{bucket}")
            webdataset.disk.publish(staged.tar, root / staged.manifest.name)
            webdataset.disk.write_file(root, root / staged.manifest.index, staged.places)
            written.append(staged.manifest)
    made = Release("lens", "0123456789abcdef", {}, tuple(written), {}, {}, {})
    manifest.commit(root, made, {}, {})
    return root


def hash_(bucket: str, part: int, i: int) -> int:
    return random.Random(f"{bucket}/{part}/{i}").getrandbits(48)


def opened(store: Path | str, **options: Any) -> BucketLoader:
    return BucketLoader.open(store, "lens", seed=3, **options)


def told(batches: list[Batch]) -> list[tuple[str, tuple[str, ...]]]:
    return [(b.bucket.name, b.keys) for b in batches]


def test_every_batch_is_of_one_bucket_and_an_epoch_holds_everything_once(store: Path):
    batches = list(opened(store))
    sizes = {512: 24, 768: 10, 1024: 6}
    assert all(len(b.records) <= sizes[b.bucket.base] for b in batches)
    short = Counter(b.bucket.name for b in batches if len(b.records) < sizes[b.bucket.base])
    assert set(short.values()) <= {1}, "one batch of a bucket is what is left"
    keys = [k for b in batches for k in b.keys]
    assert len(keys) == len(set(keys)) == sum(map(sum, NUMBERS.values()))
    for b in batches:
        assert [r.key for r in b.records] == list(b.keys)
        assert all(r.files["jpg"] == r.key.encode() * 40 for r in b.records)
    assert {b.bucket for b in batches} <= set(BUCKETS)
    share = Counter(b.bucket.name for b in batches[: len(batches) // 2])
    assert len(share) == 3, "buckets come mixed, by how many images they have"


def test_the_order_is_that_of_seed_and_epoch_alone(store: Path):
    first = told(list(opened(store)))
    assert first == told(list(opened(store, threads=5, prefetch=9)))
    assert first != told(list(BucketLoader.open(store, "lens", seed=4)))
    loader = opened(store)
    list(loader)
    assert loader.epoch == 1 and told(list(loader)) != first


@pytest.mark.parametrize("world", [1, 2, 3, 7, 50])
def test_ranks_take_as_many_steps_and_all_together_the_list(store: Path, world: int):
    whole = [told(list(opened(store))), told(list(opened(store, epoch=1)))]
    stream = [*whole[0], *whole[1], *told(list(opened(store, epoch=2)))]
    ranks = [opened(store, rank=r, world_size=world) for r in range(world)]
    assert len({len(r) for r in ranks}) == 1
    taken = [told(list(r)) for r in ranks]
    assert len({len(t) for t in taken}) == 1
    together = [t[s] for s in range(len(taken[0])) for t in taken]
    assert together == stream[: len(together)] and len(together) >= len(whole[0])
    states = {json.dumps(r.state_dict(), sort_keys=True) for r in ranks}
    assert len(states) == 1, "one state for all ranks"


def test_stops_and_other_worlds_lose_and_double_nothing(store: Path):
    rng = random.Random(0)
    expected = [x for e in range(4) for x in told(list(opened(store, epoch=e)))]
    seen: list[Any] = []
    state: dict[str, Any] | None = None
    for _ in range(40):
        world = rng.choice((1, 2, 3, 5, 8))
        ranks = [opened(store, rank=r, world_size=world) for r in range(world)]
        for r in ranks:
            if state is not None:
                r.load_state_dict(json.loads(json.dumps(state)))
        steps = rng.randint(1, max(1, len(ranks[0])))
        iterators = [iter(r) for r in ranks]
        for _ in range(min(steps, len(ranks[0]))):
            seen += told([next(i) for i in iterators])
        state = dict(ranks[0].state_dict())
        assert all(r.state_dict() == state for r in ranks)
        if len(seen) > 60:
            break
    assert seen == expected[: len(seen)] and len(seen) > 40
    assert len(json.dumps(state)) < 300, "bytes, whatever the corpus"


def test_a_state_of_another_order_is_refused(store: Path):
    state = opened(store).state_dict()
    with pytest.raises(ValueError, match="seed"):
        BucketLoader.open(store, "lens", seed=9).load_state_dict(state)
    with pytest.raises(ValueError, match="batch"):
        opened(store, batch={512: 2, 768: 2, 1024: 2}).load_state_dict(state)
    for wrong in ({"rank": 2}, {"threads": 0}, {"prefetch": 0}):
        with pytest.raises(ValueError, match="expected 0 <= rank"):
            opened(store, **wrong)


def test_decoding_is_done_ahead_and_errors_reach_the_trainer(store: Path, tmp_path: Path):
    names = set[str]()

    def decode(record: Any) -> int:
        names.add(threading.current_thread().name)
        return len(record.files["jpg"])

    assert {n for b in opened(store, decode=decode) for n in b.records} == {40 * 22}
    assert threading.current_thread().name not in names
    shutil.copytree(store, tmp_path / "store")
    victim = next((tmp_path / "store/lens/shards").glob("*1024*.tar"))
    data = bytearray(victim.read_bytes())
    data[700] ^= 255
    victim.write_bytes(data)
    with pytest.raises(webdataset.ShardError, match="crc32"):
        list(opened(tmp_path / "store"))
    assert len(list(opened(tmp_path / "store", checksums=False))) == len(opened(store))
    victim.unlink()
    with pytest.raises(webdataset.ShardError, match="build it again"):
        list(opened(tmp_path / "store"))


def test_a_corpus_without_buckets_is_told_so(tmp_path: Path):
    staged = webdataset.stage(
        tmp_path,
        "toy/shards",
        "000",
        [webdataset.Entry("toy-00000000-0000", 0, {"json": b"{}"})],
        "x",
    )
    webdataset.disk.write_file(tmp_path, tmp_path / staged.manifest.index, staged.places)
    made = Release("toy", "0123456789abcdef", {}, (staged.manifest,), {}, {}, {})
    manifest.commit(tmp_path, made, {}, {})
    with pytest.raises(ValueError, match="use Loader"):
        BucketLoader.open(tmp_path, "toy")
    assert Loader.open(tmp_path, "toy")


# --- from elsewhere -------------------------------------------------------------------------------


@contextlib.contextmanager
def served(folder: Path) -> Iterator[tuple[str, list[str]]]:
    """Serve a folder over HTTP; yields its URL and the paths that were asked for."""
    asked: list[str] = []

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:
            asked.append(self.path)

    make = functools.partial(Handler, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), make)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_over_http_each_shard_comes_once_and_is_checked(store: Path, tmp_path: Path):
    with served(store) as (url, asked):
        far = opened(url, cache=tmp_path / "cache")
        assert told(list(far)) == told(list(opened(store)))
        assert Counter(p for p in asked if p.endswith(".tar")).most_common(1)[0][1] == 1
        before = len([p for p in asked if p.endswith(".tar")])
        list(opened(url, cache=tmp_path / "cache"))
        assert len([p for p in asked if p.endswith(".tar")]) == before
        with pytest.raises(MirrorError, match="cannot be fetched"):
            BucketLoader.open(url, "nothing", cache=tmp_path / "other")
        with pytest.raises(ValueError, match="cache=FOLDER"):
            opened(url)
    shutil.copytree(store, tmp_path / "store")
    victim = next((tmp_path / "store/lens/shards").glob("*768*.tar"))
    victim.write_bytes(victim.read_bytes()[:-1] + b"x")
    with served(tmp_path / "store") as (url, _), pytest.raises(MirrorError, match="sha256"):
        list(opened(url, cache=tmp_path / "third"))


def test_a_small_cache_holds_what_there_is_room_for(store: Path, tmp_path: Path):
    largest = max(s.bytes for s in manifest.load(store, "lens").shards)
    with served(store) as (url, _):
        far = opened(url, cache=tmp_path / "cache", cache_bytes=2 * largest, threads=1)
        assert told(list(far)) == told(list(opened(store)))
    held = sum(p.stat().st_size for p in (tmp_path / "cache/lens/shards").glob("*.tar"))
    assert held <= 2 * largest


def test_from_s3_the_same(store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    import s3fs

    with local_s3.serving() as env:
        options = {"endpoint_url": env.pop("AWS_ENDPOINT_URL")}
        for name, value in env.items():
            monkeypatch.setenv(name, value)
        fs: Any = s3fs.S3FileSystem(**options, skip_instance_cache=True)
        fs.put(str(store / "lens"), "corpora/lens", recursive=True)
        far = opened("s3://corpora", cache=tmp_path / "cache", storage_options=options)
        assert told(list(far)) == told(list(opened(store)))
