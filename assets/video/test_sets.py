"""What clips must not be like: those of test sets, and of videos of the source's bench."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from corpuswright.assets.curation import listing, rejections
from corpuswright.assets.curation.build import CurationBuild, once
from corpuswright.assets.curation.rejections import Overlap
from corpuswright.assets.video import duplicates, splits
from corpuswright.assets.video.measure_blocks import measured
from corpuswright.storage.inputs import references
from corpuswright.storage.inputs.credits import Credits
from corpuswright.storage.keys import sha256
from corpuswright.storage.records import canonical


@once
def held_out(build: CurationBuild) -> pa.Table:
    """Return looks of all clips of test sets; whatever a filter would say of them."""
    found = [duplicates.LOOKS.empty_table()]
    for folder in map(Path, build.recipe["against"]):
        every = [
            r
            for part in references.parts(folder)
            for r in references.read(part, Credits(), "", "")
            if not r.uri.endswith(".txt")
        ]
        rows = measured(
            build,
            listing.with_ids(pa.Table.from_batches([references.batch(every)])),
            build.folder / "work" / "against" / sha256(str(folder))[:16],
            f"{build.name} {folder.name}",
            1.0,
        )[0]
        for row in rows.to_pylist():
            if row["reason"]:
                build.log(f"{build.name}: {row['uri']} of a test set: {row['reason']}")
        found.append(splits.looks(rows.to_pylist(), rows.column("uri").to_pylist()))
    return pa.concat_tables(found)


def kept_out(build: CurationBuild, partition: str) -> pa.Table:
    """Return looks of all that must not be met: of test sets, and of the bench's videos."""
    mine = build.table(partition, "bench")
    before = duplicates.earlier(build.partitions, partition, "bench")
    return pa.concat_tables([held_out(build), before, duplicates.looks(mine)])


def overlaps(build: CurationBuild, partition: str) -> list[Overlap]:
    """Return kept clips that are like a clip of a test set; every pair is looked at."""
    mine = [
        duplicates.looks(rejections.kept(build.table(partition, "selected"))),
        duplicates.earlier(build.partitions, partition),
    ]
    return splits.overlaps(build.spark, kept_out(build, partition), mine, build.spill)


def digest(build: CurationBuild) -> str:
    """Return what of test sets decides; empty where none are named."""
    if not build.recipe["against"]:
        return ""
    found = sorted((k, p, t) for k, (p, t) in duplicates.sequences(held_out(build)))
    return sha256(canonical([[k, p.tobytes().hex(), t.tobytes().hex()] for k, p, t in found]))
