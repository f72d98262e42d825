"""Train and bench: no video of one is in the other, nor a copy of one."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from corpuswright.assets.curation import deletion
from corpuswright.assets.video import splits as video_splits
from corpuswright.assets.video import test_sets
from corpuswright.quality.video import splits
from corpuswright.storage.build_state.tombstones import Selection
from corpuswright.storage.keys import sha256
from tests.assets.video.test_steps import CORPUS, build, ended
from tests.fixtures.synthetic_videos import shots, written

pytestmark = pytest.mark.spark


def split(root: Path) -> tuple[dict[str, str], str]:
    """Write films of both parts, and a copy of one of the bench's whose bytes are of the other."""
    root.mkdir()
    of: dict[str, str] = {}
    for n in itertools.count(70):  # which is of which part hangs on what x264 writes
        data = written(shots(n, [60, 60]))
        part = splits.of(sha256(data), 0.5)
        if list(of.values()).count(part) < 2:
            (root / f"{n}.mp4").write_bytes(data)
            of[f"{n}.mp4"] = part
        if len(of) == 4:
            break
    name = next(n for n, part in of.items() if part == "bench")
    frames = list(shots(int(name[:2]), [60, 60]))
    copies = (written(iter(frames), size=(300, 2 * h)) for h in itertools.count(105))
    copy = next(c for c in copies if splits.of(sha256(c), 0.5) == "train")
    (root / "copy.mp4").write_bytes(copy)
    return of, name


def test_train_and_bench_share_no_video_and_no_copy_of_one(tmp_path: Path):
    of, name = split(tmp_path / "source")
    found: dict[str, dict[str, list[str]]] = {}
    for part in ("train", "bench"):
        recipe = {"part": part, "bench": 0.5}
        made = build(tmp_path / "source", tmp_path / part, recipe=recipe)
        assert test_sets.overlaps(made, "000") == []
        told = found.setdefault(part, {})
        for o in ended(tmp_path / part, "scene"):
            told.setdefault(o.source.rpartition("/")[2], []).append(o.reason)
        other = {
            o.source.rpartition("/")[2] for o in ended(tmp_path / part) if o.reason == "other_part"
        }
        assert other == {n for n in (*of, "copy.mp4") if of.get(n, "train") != part}
    assert set(found["train"].pop("copy.mp4")) <= {"in_test_set", "video_in_test_set"}
    assert {n: set(r) for part in found.values() for n, r in part.items()} == {n: {""} for n in of}
    assert all(of[n] == part for part, told in found.items() for n in told)
    # A video of the bench is taken back from where it is only kept out: its copy goes with it.
    store = tmp_path / "train"
    (video_,) = [o for o in ended(store) if o.source.endswith(name)]
    deletion.delete(CORPUS, store, Selection("source", video_.source))
    kept = [p for p in store.rglob("*") if p.is_file() and "tombstones" not in p.name]
    assert not [p for p in kept if {video_.key.encode(), name.encode()} & _named(p)]
    build(tmp_path / "source", store, recipe={"part": "train", "bench": 0.5})
    assert not [o for o in ended(store, "scene") if o.source.endswith("copy.mp4") and not o.reason]


def _named(path: Path) -> set[bytes]:
    """Return words of a file, unpacked if it is a table."""
    if path.suffix in (".parquet", ".looks", ".bench"):
        table = pq.read_table(path)
        return set(
            str(
                table.drop_columns(
                    [f.name for f in table.schema if pa.types.is_binary(f.type)]
                ).to_pylist()
            )
            .replace("'", " ")
            .replace("/", " ")
            .encode()
            .split()
        )
    return set(re.split(rb"[^\w.-]+", path.read_bytes()))


def test_of_a_tests_video_no_clip_stays():
    rows = [
        {"key": "a", "id": "v", "stage": "", "reason": "", "value": ""},
        {"key": "b", "id": "v", "stage": "", "reason": "", "value": ""},
        {"key": "c", "id": "v", "stage": "black", "reason": "black", "value": "9"},
        {"key": "d", "id": "w", "stage": "", "reason": "", "value": ""},
        {"key": "e", "id": "w", "stage": "", "reason": "", "value": ""},
    ]
    said = video_splits.with_near_duplicates(
        pa.Table.from_pylist(rows), {"b": "test:t", "d": "a", "e": "z"}
    )
    near = "near_duplicates"
    assert said == [
        (near, "video_in_test_set", "t"),
        (near, "in_test_set", "t"),
        ("black", "black", "9"),
        (near, "video_in_test_set", "t"),
        (near, "near_duplicate", "z"),
    ]
