"""A crash at every write, fsync and rename: afterwards the same work gives the same bytes."""

from __future__ import annotations

import errno
import hashlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from corpuswright.storage import disk
from corpuswright.storage.build_state import packs
from corpuswright.storage.build_state.feature_tables import Tables
from corpuswright.storage.build_state.stage_rows import Stage, StageRow
from corpuswright.storage.releases import manifest
from tests.fixtures.small_samples import toy_release

STAGES = [Stage("spec", {"spec": 1}), Stage("scene", {"truth": 1}, {"spec": ["spec"]})]


class Crash(BaseException):
    """Not an Exception: nothing in the code under test may catch it and tidy up."""


def work(store: Path) -> None:
    """Everything the storage layer writes in a build: packs, rows, shards, release."""
    with disk.writer_lock(store):
        disk.sweep_staging(store)
        tables = Tables(store, "toy", STAGES)
        roots = {f"u{i}": {"spec": str(i)} for i in range(3)}
        todo = tables.resolve("spec", "000", roots).todo
        tables.write("spec", "000", [StageRow(k, {"spec": "s"}, "{}") for k in todo])
        for key in tables.resolve("scene", "000").todo:
            ref = packs.write_pack(store, {f"{key}.json": key.encode() * 9})[f"{key}.json"]
            tables.write("scene", "000", [StageRow(key, {"truth": ref.sha256}, ref.uri)])
        made = toy_release(store, 8, limit=6000)
        packs.sweep(store, [r.body for r in tables.read("scene")])
        manifest.sweep_shards(store, "toy")
        assert made


def picture(store: Path) -> dict[str, str]:
    """Every file's hash but for the tables, whose rows carry times; their rows stand in instead."""
    files = {
        p.relative_to(store).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in sorted(store.rglob("*"))
        if p.is_file() and "tables" not in p.parts and p.name != "writer.lock"
    }
    rows = Tables(store, "toy", STAGES).read("scene", "000")
    return files | {r.key: r.body for r in rows}


PRIMITIVES = ("_write", "_fsync", "_rename")


def counted(monkeypatch: pytest.MonkeyPatch, at: int | None) -> Callable[[], int]:
    """Count calls of the primitives; crash at the call number `at`, after half of a write."""
    calls = 0
    for name in PRIMITIVES:
        original = getattr(disk, name)

        def call(*args: Any, _original: Any = original, _name: str = name) -> None:
            nonlocal calls
            calls += 1
            if calls == at:
                if _name == "_write":
                    _original(args[0], args[1][: len(args[1]) // 2])
                raise Crash
            _original(*args)

        monkeypatch.setattr(disk, name, call)
    return lambda: calls


def total_calls() -> int:
    import tempfile

    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        count = counted(patch, None)
        work(Path(folder))
        return count()


CALLS = total_calls()


def test_there_are_calls_to_crash_at():
    assert CALLS > 40


@pytest.mark.parametrize("at", range(1, CALLS + 1))
def test_a_crash_there_changes_no_final_byte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int
):
    undisturbed = tmp_path / "a"
    work(undisturbed)
    store = tmp_path / "b"
    with pytest.MonkeyPatch.context() as patch:
        counted(patch, at)
        with pytest.raises(Crash):
            work(store)
    made = manifest.latest(store, "toy")
    if made is not None:
        assert manifest.verify(store, manifest.load(store, "toy")) == [], (
            "a committed release is whole"
        )
    work(store)
    assert picture(store) == picture(undisturbed)
    assert not list((store / disk.STAGING).iterdir())


def test_a_full_disk_says_which_file_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def full(fd: int, data: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(disk, "_write", full)
    with pytest.raises(
        disk.DiskFull, match=r"manifest\.json: no room after 0 bytes, \d+ bytes are free"
    ):
        disk.write_file(tmp_path, tmp_path / "toy" / "manifest.json", b"x")
    assert not [p for p in tmp_path.rglob("*") if p.is_file()]


def test_two_writers_at_once_are_refused(tmp_path: Path):
    code = (
        "import sys; from pathlib import Path; from corpuswright.storage import disk\n"
        "try:\n  with disk.writer_lock(Path(sys.argv[1])): print('got it')\n"
        "except disk.StoreLocked as e: print(e)"
    )
    with disk.writer_lock(tmp_path):
        run = subprocess.run(
            [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True
        )
        assert "expected no other writer, found {" in run.stdout and '"pid"' in run.stdout
    run = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True
    )
    assert run.stdout == "got it\n"
