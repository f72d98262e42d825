"""Compressed tars: members are read as they are, whatever the tar is called."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import random
import tarfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pyarrow as pa
import pytest

from corpuswright.storage.inputs import compressed_tars, references
from corpuswright.storage.inputs.compressed_tars import NotUnpacked
from corpuswright.storage.inputs.credits import Credits
from corpuswright.storage.inputs.references import Reference

ZSTD = pa.Codec("zstd")
PACK: Mapping[str, Callable[[bytes], bytes]] = {
    "a.tar": bytes,
    "a.tar.gz": gzip.compress,
    "a.tgz": gzip.compress,
    "A.TAR.GZ": gzip.compress,
    "a.tar.zst": lambda data: ZSTD.compress(data, asbytes=True),
    "a.tar.bz2": bz2.compress,
    "a.tar.xz": lzma.compress,
    "gzipped.tar": gzip.compress,  # called as if it were none
    "zipped.tar": lambda data: ZSTD.compress(data, asbytes=True),
}
FILES = {f"{i}/photo {i}.jpg": random.Random(i).randbytes(700 * i + 1) for i in range(9)}


def tar_of(files: Mapping[str, bytes]) -> bytes:
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode="w") as tar:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return sink.getvalue()


def listed(root: Path, store: Path) -> list[Reference]:
    folder = store / "lens/unpacked"
    references.unpack(root, store, folder)
    return [
        r
        for part in references.parts(root)
        for r in references.read(part, Credits(), "MIT", "me", folder)
    ]


@pytest.mark.parametrize("name", PACK)
def test_members_are_what_was_packed(tmp_path: Path, name: str):
    root = tmp_path / "source"
    root.mkdir()
    (root / name).write_bytes(PACK[name](tar_of(FILES)))
    found = {r.uri: r for r in listed(root, tmp_path)}
    assert set(found) == {f"source/{name}/{n}" for n in FILES}
    for n, data in FILES.items():
        reference = found[f"source/{name}/{n}"]
        assert reference.fault == "" and references.data(reference, 1 << 20) == data
    again = {r.uri: r for r in listed(root, tmp_path)}
    assert again == found, "unpacked once"
    for path in (tmp_path / "lens").rglob("*.tar"):
        path.unlink()
    anew = {r.uri: r for r in listed(root, tmp_path)}
    assert anew == found, "unpacked anew it is the same to whoever compares stamps"


@pytest.mark.parametrize("name", [n for n in PACK if n != "a.tar"])
@pytest.mark.parametrize("cut", [10, 0.5, -3])
def test_one_that_breaks_off_is_one_outcome(tmp_path: Path, name: str, cut: float):
    root = tmp_path / "source"
    root.mkdir()
    data = PACK[name](tar_of(FILES))
    kept = data[: int(cut * len(data))] if isinstance(cut, float) else data[: int(cut)]
    (root / name).write_bytes(kept)
    (root / "b.jpg").write_bytes(b"x")
    by_uri = {r.uri: r.fault.partition(" ")[0] for r in listed(root, tmp_path)}
    assert by_uri.pop("source/b.jpg") == ""
    faults = {f for f in by_uri.values() if f}
    assert faults <= {"tar_not_unpacked", "tar_breaks_off"} and len(faults) == 1, by_uri
    assert sum(bool(f) for f in by_uri.values()) == 1


def test_a_bomb_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(compressed_tars, "MOST", 1 << 20)
    path = tmp_path / "a.tar.gz"
    path.write_bytes(gzip.compress(bytes(5 << 20)))
    with pytest.raises(NotUnpacked, match="more than 1048576 bytes"):
        compressed_tars.unpack(tmp_path, path, tmp_path / "unpacked")
    assert not list((tmp_path / "unpacked").glob("*"))
