"""What a team's Dagster does by itself: a nightly refresh with new seeds, and a watch on sources.

Both are off until somebody switches them on in the UI. They go by the options of the `build`
resource, as a launch from the UI does.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg

from corpuswright.assets.builds.corpus import Corpus
from corpuswright.assets.builds.options import BuildOptions
from corpuswright.assets.graph import BUILD
from corpuswright.storage.inputs import running_sites
from corpuswright.storage.inputs.sites import SourceError

NIGHTLY = "0 2 * * *"  # 02:00: after the day's deployments, before anybody trains
WATCH_SECONDS = 60  # of a source folder; a scan stats its files only


def nightly(corpus: Corpus, job: Any) -> dg.ScheduleDefinition:
    """Return the schedule that refreshes what changed and adds one partition of new seeds."""

    @dg.schedule(
        cron_schedule=NIGHTLY,
        job=job,
        name=f"{corpus.name}_nightly",
        description=f"Every night at 02:00: what has changed of {corpus.name} is built again, and "
        "a partition of new seeds is added, where there are seeds.",
        required_resource_keys={BUILD},
    )
    def schedule(
        context: dg.ScheduleEvaluationContext,
    ) -> Iterator[dg.RunRequest | dg.SkipReason]:
        build = corpus.engine.open(corpus, context.resources.build, context.log.info)
        night = f"{context.scheduled_execution_time:%Y-%m-%d}"
        fresh = build.next_partition()
        wanted = [*build.stale_partitions(), *([fresh] if fresh else [])]
        for partition in wanted:
            yield dg.RunRequest(run_key=f"{night} {partition}", partition_key=partition)
        if not wanted:
            yield dg.SkipReason("all partitions are built, and nothing has changed")

    return schedule


def watch(corpus: Corpus, job: Any) -> dg.SensorDefinition:
    """Return the sensor that refreshes when files of a source folder come, change or go."""

    @dg.sensor(
        job=job,
        name=f"{corpus.name}_source_changed",
        minimum_interval_seconds=WATCH_SECONDS,
        description=f"When files of the source folder change, what {corpus.name} made of it is "
        "built again.",
        required_resource_keys={BUILD},
    )
    def sensor(
        context: dg.SensorEvaluationContext,
    ) -> Iterator[dg.RunRequest | dg.SkipReason]:
        options: BuildOptions = context.resources.build
        source = options.source
        if source is None or running_sites.is_url(source) or not Path(source).is_dir():
            yield dg.SkipReason("no source folder is set in the options of `build`")
            return
        seen = fingerprint(Path(source))
        if seen == context.cursor:
            yield dg.SkipReason("nothing has changed")
            return
        try:
            stale = corpus.engine.open(corpus, options, context.log.info).stale_partitions()
        except SourceError as error:  # such as a folder whose pages are all gone for a moment
            yield dg.SkipReason(str(error))
            return
        context.update_cursor(seen)
        if not stale:
            yield dg.SkipReason("no partition was built from it")
        for partition in stale:
            yield dg.RunRequest(run_key=f"{seen} {partition}", partition_key=partition)

    return sensor


def fingerprint(folder: Path) -> str:
    """Return a hash of names, sizes and times of all files below a folder."""
    digest = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        stat = path.stat()
        digest.update(f"{path}\0{stat.st_size}\0{stat.st_mtime_ns}\0".encode())
    return digest.hexdigest()
