import hashlib
from pathlib import Path

import pytest

from corpuswright.storage.build_state import packs
from corpuswright.storage.loaders.loader import Loader
from corpuswright.storage.releases import manifest
from corpuswright.storage.shards import webdataset
from tests.fixtures.small_samples import entry, toy_release


def test_shards_are_named_by_content_and_shared(tmp_path: Path):
    made = toy_release(tmp_path, 30)
    assert len(made.shards) > 1
    for shard in made.shards:
        digest = hashlib.sha256((tmp_path / shard.name).read_bytes()).hexdigest()
        assert digest == shard.sha256 and shard.sha256[:16] in shard.name
    again = toy_release(tmp_path, 30)
    assert again == made


def test_read_shard_gives_back_every_byte(tmp_path: Path):
    made = toy_release(tmp_path, 12)
    seen = {k: f for s in made.shards for k, f in webdataset.read_shard(tmp_path / s.name)}
    assert seen == {e.key: dict(e.files) for e in (entry(i) for i in range(12))}


def test_keys_out_of_order_are_refused(tmp_path: Path):
    two = sorted((entry(0), entry(1)), key=lambda e: e.key, reverse=True)
    with pytest.raises(webdataset.ShardError, match="ascending"):
        webdataset.write_shards(tmp_path, "toy/shards", "000", two)


def flip(path: Path, place: int) -> None:
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(data)


def test_a_flipped_bit_in_a_shard_names_file_key_and_sums(tmp_path: Path):
    made = toy_release(tmp_path, 6)
    shard = made.shards[0]
    flip(tmp_path / shard.name, 700)
    with pytest.raises(
        webdataset.ShardError, match=rf"{Path(shard.name).name}.*crc32 .*{shard.first_key}.*found"
    ):
        list(Loader(tmp_path, made, seed=None).records())
    (problem,) = manifest.verify(tmp_path, made)
    assert shard.sha256 in problem and "found" in problem


def test_a_truncated_shard_is_named(tmp_path: Path):
    made = toy_release(tmp_path, 6)
    path = tmp_path / made.shards[-1].name
    path.write_bytes(path.read_bytes()[:-3000])
    with pytest.raises(webdataset.ShardError, match=r"truncated"):
        list(Loader(tmp_path, made, seed=None).records())


def test_an_altered_index_is_named(tmp_path: Path):
    made = toy_release(tmp_path, 6)
    flip(tmp_path / made.shards[0].index, 40)
    with pytest.raises(webdataset.ShardError, match=r"index\.parquet: expected sha256"):
        Loader(tmp_path, made)


def test_missing_shard_and_manifest_are_named(tmp_path: Path):
    made = toy_release(tmp_path, 6)
    (tmp_path / made.shards[0].name).unlink()
    assert not manifest.exists(tmp_path, "toy", made.plan)
    with pytest.raises(webdataset.ShardError, match="manifest names, found none"):
        list(Loader(tmp_path, made, seed=None).records())
    (manifest.folder(tmp_path, "toy", made.plan) / "manifest.json").unlink()
    with pytest.raises(manifest.ReleaseError, match=r"manifest\.json: expected the manifest"):
        manifest.load(tmp_path, "toy")
    with pytest.raises(manifest.ReleaseError, match="corpuswright build nothing"):
        manifest.load(tmp_path, "nothing")


def test_packs_are_checked_on_reading(tmp_path: Path):
    refs = packs.write_pack(tmp_path, {"a.png": b"x" * 900, "b.json": b"{}"})
    assert packs.read(tmp_path, refs["b.json"]) == b"{}"
    assert packs.write_pack(tmp_path, {"b.json": b"{}", "a.png": b"x" * 900}) == refs
    path = tmp_path / refs["a.png"].uri
    flip(path, refs["a.png"].offset + 5)
    with pytest.raises(packs.PackError, match=r"expected sha256 .* found"):
        packs.read(tmp_path, refs["a.png"])
    path.write_bytes(path.read_bytes()[:700])
    with pytest.raises(packs.PackError, match="truncated"):
        packs.read(tmp_path, refs["a.png"])
    path.unlink()
    with pytest.raises(packs.PackError, match="found none"):
        packs.read(tmp_path, refs["a.png"])


def test_sweep_removes_only_what_nothing_points_to(tmp_path: Path):
    used = packs.write_pack(tmp_path, {"a": b"1"})["a"]
    packs.write_pack(tmp_path, {"a": b"2"})
    assert packs.sweep(tmp_path, [used.uri]) == 1
    assert packs.read(tmp_path, used) == b"1"
    made = toy_release(tmp_path, 4)
    (tmp_path / "toy/shards/000-dead.tar").write_bytes(b"")
    assert manifest.sweep_shards(tmp_path, "toy") == 1
    assert manifest.verify(tmp_path, made) == []
