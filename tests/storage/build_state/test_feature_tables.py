"""Contract of the pinned Metaxy: what `storage.build_state.feature_tables` relies on."""

from pathlib import Path

import pytest

from corpuswright.storage import disk
from corpuswright.storage.build_state.feature_tables import Tables
from corpuswright.storage.build_state.stage_rows import Stage, StageRow


def stages(text: int = 1) -> list[Stage]:
    return [
        Stage("spec", {"spec": 1}),
        Stage("scene", {"pixels": 1, "truth": 1}, {"spec": ["spec"]}),
        Stage("instructions", {"actions": 1, "text": text}, {"scene": ["truth"]}),
        Stage("replay", {"replay": 1}, {"instructions": ["actions"]}),
        Stage("verified", {"verified": 1}, {"instructions": ["text"], "replay": ["replay"]}),
    ]


def run(
    store: Path, specs: dict[str, str], text: int = 1, partition: str = "000"
) -> dict[str, list[str]]:
    """Work through all stages and say what each was asked to do."""
    tables = Tables(store, "toy", stages(text))
    asked: dict[str, list[str]] = {}
    for stage in stages(text):
        roots = {k: {"spec": v} for k, v in specs.items()} if stage.name == "spec" else None
        work = tables.resolve(stage.name, partition, roots)
        asked[stage.name] = list(work.todo)
        content = {"pixels": "p", "truth": "t", "actions": "a", "text": f"x{text}", "spec": "s"}
        rows = [
            StageRow(
                k,
                {f: content.get(f, "v") + (specs[k] if f != "text" else "") for f in stage.fields},
                "{}",
                reason="no_target" if k == "c" else "",
            )
            for k in work.todo
        ]
        tables.write(stage.name, partition, rows)
        tables.drop(stage.name, work.orphaned)
    return asked


def test_only_what_is_new_or_stale_is_asked_for(tmp_path: Path):
    specs = {"a": "1", "b": "2", "c": "3"}
    assert all(v == ["a", "b", "c"] for v in run(tmp_path, specs).values())
    assert not any(run(tmp_path, specs).values()), "a rejected unit must not be new forever"


def test_a_changed_source_touches_its_own_units_only(tmp_path: Path):
    run(tmp_path, {"a": "1", "b": "2"})
    asked = run(tmp_path, {"a": "1", "b": "9"})
    assert asked["scene"] == asked["instructions"] == asked["replay"] == ["b"]


def test_new_wording_makes_no_action_and_no_scene_stale(tmp_path: Path):
    run(tmp_path, {"a": "1"})
    asked = run(tmp_path, {"a": "1"}, text=2)
    assert asked["scene"] == asked["replay"] == []
    assert asked["instructions"] == asked["verified"] == ["a"]


def test_a_removed_source_leaves_every_stage_and_may_come_back(tmp_path: Path):
    run(tmp_path, {"a": "1", "b": "2"})
    run(tmp_path, {"a": "1"})
    tables = Tables(tmp_path, "toy", stages())
    for stage in stages():
        assert [r.key for r in tables.read(stage.name, "000")] == ["a"], stage.name
    assert run(tmp_path, {"a": "1", "b": "2"})["verified"] == ["b"]


def test_partitions_do_not_orphan_each_other(tmp_path: Path):
    run(tmp_path, {"a": "1"}, partition="000")
    run(tmp_path, {"b": "1"}, partition="001")
    tables = Tables(tmp_path, "toy", stages())
    assert [r.key for r in tables.read("scene")] == ["a", "b"]
    assert [r.key for r in tables.read("scene", "000")] == ["a"]


def test_compaction_keeps_the_rows(tmp_path: Path):
    run(tmp_path, {"a": "1"})
    run(tmp_path, {"a": "1", "b": "1"})
    tables = Tables(tmp_path, "toy", stages())
    before = tables.read("scene")
    tables.compact()
    assert tables.read("scene") == before


def test_rows_nobody_asked_for_are_refused(tmp_path: Path):
    run(tmp_path, {"a": "1"})
    tables = Tables(tmp_path, "toy", stages())
    tables.resolve("scene", "000")
    with pytest.raises(ValueError, match="not asked for"):
        tables.write("scene", "000", [StageRow("z", {"pixels": "p", "truth": "t"}, "{}")])


def test_a_store_whose_path_polars_cannot_read_is_refused(tmp_path: Path):
    with pytest.raises(disk.StorageError, match=r"saw \[' '\]"):
        Tables(tmp_path / "my corpora", "c", ())
