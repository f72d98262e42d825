"""The engine of curated corpora: opens builds, publishes, tells why nothing was kept, deletes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from corpuswright.assets.builds.corpus import Engine, Log
from corpuswright.assets.builds.options import BuildOptions
from corpuswright.assets.builds.reports import Deleted
from corpuswright.assets.curation import deletion, rejections
from corpuswright.assets.curation.build import CurationBuild
from corpuswright.assets.curation.corpus import CuratedCorpus
from corpuswright.storage import disk
from corpuswright.storage.build_state.tombstones import Selection
from corpuswright.storage.records import Json, Release


def open_build(corpus: CuratedCorpus, options: BuildOptions, log: Log = print) -> CurationBuild:
    """Return a build of a corpus."""
    return CurationBuild(corpus, options, log)


def publish(build: CurationBuild, run: Json) -> Release:
    """Commit a release of all partitions that have shards."""
    with disk.writer_lock(build.store):
        return build.corpus.family.publish(build, run)


def why_nothing(build: CurationBuild, partitions: Sequence[str]) -> list[str]:
    """Return why inputs are out, most frequent reason first, with one that it dropped."""
    return [
        f"{number} {reason}, such as {uri}: {value}"
        for partition in partitions
        for table in build.corpus.family.dropped(build, partition)
        for reason, (number, uri, value) in rejections.dropped(table).items()
    ]


def delete(corpus: CuratedCorpus, store: Path, selection: Selection) -> Deleted:
    """Take samples back, for good (`builds.deletion`)."""
    return deletion.delete(corpus, store, selection)


ENGINE = Engine(open_build, publish, why_nothing, delete)
