"""`make soak`: five nights on a virtual clock, with pages added, changed and removed."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dagster as dg

from corpuswright.storage.records import Outcome
from corpuswright.storage.releases import manifest
from tests.assets.synthesis.test_builds import build as build_by_hand
from tests.assets.synthesis.test_builds import site
from tests.fixtures.small_corpora import SMALL, page
from tests.pipelines.test_automation import RECIPE, definitions, options, run

__all__ = ["site"]


def shards_of(out: Path) -> tuple[dict[str, str], list[Outcome]]:
    made = manifest.load(out, "small")
    return {s.name: s.sha256 for s in made.shards}, manifest.outcomes(out, made)


def test_five_nights_render_only_what_changed_and_end_as_a_clean_build(tmp_path: Path, site: Path):
    build = options(tmp_path / "out", site)
    defs = definitions(build)
    schedule: Any = defs.resolve_schedule_def("small_nightly")
    changes = [
        lambda: None,
        lambda: (site / "Delta.html").write_text(page("Delta")),
        lambda: (site / "Beta.html").write_text(page("Beta", 7)),
        lambda: (site / "Alpha.html").unlink(),
        lambda: None,
    ]
    # scenes: the changed page in each partition there is, and all pages in the new one
    expected = [3, 1 + 4, 2 + 4, 0 + 3, 0 + 3]
    shards: list[set[str]] = []
    with dg.DagsterInstance.ephemeral() as instance:
        for night, (change, scenes) in enumerate(zip(changes, expected, strict=True)):
            change()
            context = dg.build_schedule_context(
                instance=instance,
                scheduled_execution_time=datetime(2026, 1, 1 + night, 2, tzinfo=UTC),
                resources={"build": build},
                repository_def=defs.get_repository_def(),
            )
            tick = schedule.evaluate_tick(context)
            made: Counter[str] = Counter()
            for request in tick.run_requests:
                made += run(defs, request.partition_key, instance)
            assert made["scenes"] == scenes, f"night {night}: {made}"
            newest = manifest.load(tmp_path / "out", "small")
            shards.append({s.name for s in newest.shards})
            assert len(newest.shards) == night + 1
    assert shards[3] < shards[4], "a night without changes shares every shard with the one before"
    five = [f"{number:03d}" for number in range(5)]
    build_by_hand(tmp_path / "clean", site, SMALL, partitions=five, recipe=RECIPE)
    assert shards_of(tmp_path / "out") == shards_of(tmp_path / "clean")
