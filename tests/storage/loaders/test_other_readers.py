"""Other people's readers take a release as it is."""

from __future__ import annotations

import json
import struct
import warnings
from pathlib import Path

import pytest

from corpuswright.storage import samples
from corpuswright.storage.exports.metadata import energon
from corpuswright.storage.records import Release
from corpuswright.storage.shards import webdataset
from tests.fixtures.small_samples import entry, toy_release

EXPECTED = {e.key: dict(e.files) for e in (entry(i) for i in range(9))}


@pytest.fixture
def made(tmp_path: Path) -> Release:
    return toy_release(tmp_path, 9, limit=8000)


def test_webdataset_reads_the_shards(tmp_path: Path, made: Release):
    import webdataset as wds

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        urls = [str(tmp_path / s.name) for s in made.shards]
        seen = {
            s["__key__"]: {"json": s["json"], "png": s["png"]}
            for s in wds.WebDataset(urls, shardshuffle=False)
        }
    assert seen == EXPECTED


def test_hugging_face_datasets_reads_the_shards(tmp_path: Path, made: Release):
    datasets = pytest.importorskip("datasets", reason="datasets is not installed (extra `dev`)")
    urls = [str(tmp_path / s.name) for s in made.shards]
    loaded = datasets.load_dataset(
        "webdataset", data_files={"train": urls}, split="train", cache_dir=str(tmp_path / "cache")
    ).cast_column("png", datasets.Image(decode=False))
    seen = {row["__key__"]: row for row in loaded}
    assert set(seen) == set(EXPECTED)
    for key, row in seen.items():
        ours = samples.read(EXPECTED[key]["json"])
        assert row["png"]["bytes"] == EXPECTED[key]["png"]
        assert [t["text"] for t in row["json"]["tasks"]] == [t.text for t in ours.tasks]
        for theirs, element in zip(
            row["json"]["scene"]["elements"], ours.scene.elements, strict=True
        ):
            assert tuple(theirs["box"]) == element.box
            assert json.loads(theirs["attributes"]) == element.attributes


def test_energon_metadata_is_as_documented(tmp_path: Path, made: Release):
    energon.write(tmp_path, made)
    root = tmp_path / "toy"
    info = json.loads((root / ".nv-meta/.info.json").read_text())
    assert sum(info["shard_counts"].values()) == 9
    split = json.loads((root / ".nv-meta/split.yaml").read_text())
    assert split["split_parts"]["train"] == list(info["shard_counts"])
    for name, count in info["shard_counts"].items():
        data = (root / f"{name}.idx").read_bytes()
        offsets = struct.unpack(f"<{len(data) // 8}Q", data)
        assert len(offsets) == count + 1
        whole = (root / name).read_bytes()
        keys = [k for k, _ in webdataset.read_shard(root / name)]
        for key, start in zip(keys, offsets, strict=False):
            assert whole[start : start + len(key)] == key.encode()
        assert whole[offsets[-1] :] == bytes(1024)
