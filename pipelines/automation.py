"""What a team's Dagster does by itself: a nightly refresh with new seeds, and a watch on sources.

Both are off until somebody switches them on in the UI. They go by the options of the `build`
resource, as a launch from the UI does.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import dagster as dg

from corpuswright.assets.builds import release
from corpuswright.assets.curation.build import Curated
from corpuswright.assets.graph import PARTITIONS, BuildOptions
from corpuswright.assets.images.steps import Curation
from corpuswright.assets.synthesis.corpus import Corpus
from corpuswright.assets.synthesis.session import Session
from corpuswright.storage.inputs import running_sites
from corpuswright.storage.inputs.sites import SourceError
from corpuswright.storage.releases import manifest

NIGHTLY = "0 2 * * *"  # 02:00: after the day's deployments, before anybody trains
WATCH_SECONDS = 60  # of a source folder; a scan stats its files only


def open_session(
    corpus: Corpus | Curated, options: BuildOptions, log: Callable[[str], None]
) -> Session | Curation:
    """Return what builds a corpus."""
    if isinstance(corpus, Curated):
        return corpus.started(options.build(), log)
    return Session(corpus, options.build(), log)


def stale_partitions(session: Session | Curation) -> list[str]:
    """Return the partitions that were built from something else than what is there now."""
    if isinstance(session, Curation):
        built = release.partition_records(session.store, session.corpus.name)
        return [p for p in built if not session.is_done([p])]
    records = release.partition_records(session.store, session.corpus.name)
    return [
        p for p, r in records.items() if r["plan"] != manifest.plan_hash(session.plan_inputs(p))
    ]


def next_partition(session: Session | Curation) -> str | None:
    """Return the first partition not built yet: a new range of seeds; None after the last.

    A source of real images has no seeds: of it there is the first partition, and those that
    somebody builds from other sources.
    """
    built = release.partition_records(session.store, session.corpus.name)
    if built and isinstance(session, Curation):
        return None
    return next((p for p in PARTITIONS if p not in built), None)


def nightly(corpus: Corpus | Curated, job: Any) -> dg.ScheduleDefinition:
    """Return the schedule that refreshes what changed and adds one partition of new seeds."""

    @dg.schedule(cron_schedule=NIGHTLY, job=job, name=f"{corpus.name}_nightly")
    def schedule(
        context: dg.ScheduleEvaluationContext, build: BuildOptions
    ) -> Iterator[dg.RunRequest | dg.SkipReason]:
        session = open_session(corpus, build, context.log.info)
        night = f"{context.scheduled_execution_time:%Y-%m-%d}"
        fresh = next_partition(session)
        wanted = [*stale_partitions(session), *([fresh] if fresh else [])]
        for partition in wanted:
            yield dg.RunRequest(run_key=f"{night} {partition}", partition_key=partition)
        if not wanted:
            yield dg.SkipReason("all partitions are built, and nothing has changed")

    return schedule


def watch(corpus: Corpus | Curated, job: Any) -> dg.SensorDefinition:
    """Return the sensor that refreshes when files of a source folder come, change or go."""

    @dg.sensor(
        job=job, name=f"{corpus.name}_source_changed", minimum_interval_seconds=WATCH_SECONDS
    )
    def sensor(
        context: dg.SensorEvaluationContext, build: BuildOptions
    ) -> Iterator[dg.RunRequest | dg.SkipReason]:
        source = build.source
        if source is None or running_sites.is_url(source) or not Path(source).is_dir():
            yield dg.SkipReason("no source folder is set in the options of `build`")
            return
        seen = fingerprint(Path(source))
        if seen == context.cursor:
            yield dg.SkipReason("nothing has changed")
            return
        try:
            stale = stale_partitions(open_session(corpus, build, context.log.info))
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
