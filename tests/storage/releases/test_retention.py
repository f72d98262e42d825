"""Old releases go, with the shards that no other release has; everything that stays is whole."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from corpuswright.storage.records import Release
from corpuswright.storage.releases import manifest, retention
from tests.fixtures.small_samples import toy_release


@pytest.fixture
def four(tmp_path: Path) -> tuple[Path, list[Release]]:
    made: list[Release] = []
    for number in range(4):
        made.append(toy_release(tmp_path, 10 + number))
        path = manifest.folder(tmp_path, "toy", made[-1].plan) / "manifest.json"
        os.utime(path, (1_000_000 + number,) * 2)
    return tmp_path, made


def there(store: Path) -> set[str]:
    return {str(p.relative_to(store)) for p in store.rglob("*") if p.is_file()}


def test_the_newest_and_the_named_stay_and_are_whole(four: tuple[Path, list[Release]]):
    store, made = four
    assert retention.newest_first(store, "toy") == [m.plan for m in reversed(made)]
    before = there(store)
    dry = retention.sweep(store, "toy", 1, [made[0].plan], dry=True)
    assert dry.plans == (made[2].plan, made[1].plan) and there(store) == before
    done = retention.sweep(store, "toy", 1, [made[0].plan])
    assert done == dry and dry.bytes > 0
    for left in (made[0], made[3]):
        assert manifest.verify(store, manifest.load(store, "toy", left.plan)) == []
    for gone in (made[1], made[2]):
        assert not any(gone.plan in path for path in there(store))
    used = {s.name for m in (made[0], made[3]) for s in m.shards}
    assert {p for p in there(store) if p.endswith(".tar")} == used


def test_the_current_release_stays_whatever_its_age(four: tuple[Path, list[Release]]):
    store, made = four
    manifest.point_latest(store, "toy", made[1].plan)
    assert made[1].plan not in retention.sweep(store, "toy", 1).plans
    assert manifest.load(store, "toy").plan == made[1].plan


def test_a_sweep_cut_short_is_finished_by_the_next(
    four: tuple[Path, list[Release]], monkeypatch: pytest.MonkeyPatch
):
    store, made = four

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(retention.shutil, "rmtree", killed)
    with pytest.raises(KeyboardInterrupt):
        retention.sweep(store, "toy", 2)
    monkeypatch.undo()
    assert manifest.verify(store, manifest.load(store, "toy")) == []
    retention.sweep(store, "toy", 2)
    assert not any(made[0].plan in path for path in there(store))


def test_an_unknown_release_is_refused(four: tuple[Path, list[Release]]):
    with pytest.raises(LookupError, match="no release"):
        retention.sweep(four[0], "toy", 1, ["0000"])
