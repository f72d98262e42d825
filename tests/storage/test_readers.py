"""Other people's readers take a release as it is."""

from __future__ import annotations

import json
import struct
import warnings
from pathlib import Path

import pytest

from corpuswright.storage import shards
from corpuswright.storage.exports import energon
from corpuswright.storage.records import Release
from tests.samples import entry, toy_release

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
    features = datasets.Features(
        {
            "__key__": datasets.Value("string"),
            "__url__": datasets.Value("string"),
            "json": datasets.Value("binary"),
            "png": datasets.Value("binary"),
        }
    )
    loaded = datasets.load_dataset(
        "webdataset", data_files={"train": urls}, split="train", streaming=True, features=features
    )
    assert {row["__key__"] for row in loaded} == set(EXPECTED)


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
        keys = [k for k, _ in shards.read_shard(root / name)]
        for key, start in zip(keys, offsets, strict=False):
            assert whole[start : start + len(key)] == key.encode()
        assert whole[offsets[-1] :] == bytes(1024)
