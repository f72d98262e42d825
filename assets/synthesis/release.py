"""What stands beside a release: examination of what is kept, report, contact sheet, and counts."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from corpuswright.assets.synthesis.session import Session
from corpuswright.quality.execution import ocr_names
from corpuswright.quality.grounding import planted_faults
from corpuswright.quality.reports import contact_sheets, expectations
from corpuswright.renderers import ocr
from corpuswright.storage.audits import human_reviews
from corpuswright.storage.build_state import packs
from corpuswright.storage.media import images
from corpuswright.storage.records import MediaRef, Release, Scene, Task, canonical, from_dict
from corpuswright.storage.releases import manifest

TILES = 24  # as many as a person takes in at a glance on one page


class Examined(NamedTuple):
    """Findings on all kept tasks, and the share of planted wrong sentences that were caught."""

    findings: list[expectations.Finding]
    rate: planted_faults.CatchRate

    @property
    def holds(self) -> bool:
        """Whether every expectation held."""
        return all(f.held for f in self.findings)


def kept_tasks(session: Session, partition: str) -> Iterator[tuple[Scene, Task]]:
    """Yield scene and task of everything that would enter the release from a partition."""
    for j in session.judged(partition):
        if j.reason:
            continue
        body = json.loads(j.scene.body)
        scene = json.loads(packs.read(session.store, from_dict(MediaRef, body["scene"])))
        known = from_dict(Scene, scene)
        for task in j.tasks:
            if not j.verdicts[task.key][0]:
                yield known, task


def examine(session: Session, partition: str) -> Examined:
    """Return what Great Expectations and the planted faults say of a partition's kept tasks."""
    pairs = list(kept_tasks(session, partition))
    rate = planted_faults.measure(pairs, session.corpus.spoil, session.corpus.resolve)
    return Examined(expectations.examine(expectations.task_table(pairs)), rate)


def expectations_path(session: Session, partition: str) -> Any:
    """Return where a partition's examination is kept until the release."""
    return session.store / session.corpus.name / "partitions" / f"{partition}.examined"


def save_examined(session: Session, partition: str, examined: Examined) -> None:
    """Keep an examination for the release; deterministic bytes."""
    from corpuswright.storage import disk

    plain = {
        "expectations": [f._asdict() for f in examined.findings],
        "planted": examined.rate._asdict(),
    }
    path = expectations_path(session, partition)
    disk.write_file(session.store, path, canonical(json.loads(json.dumps(plain))).encode())


def commit(session: Session, run: Mapping[str, Any]) -> Release:
    """Commit the release with its examination, then write report and contact sheet beside it."""
    started = time.monotonic()
    examined: dict[str, Any] = {}
    for partition in session.partition_records():
        path = expectations_path(session, partition)
        examined[partition] = json.loads(path.read_text()) if path.exists() else None
    made = session.release(
        {"expectations.json": canonical(examined).encode() + b"\n"},
        {**run, "release_seconds": round(time.monotonic() - started, 3)},
    )
    write_looks(session.store, made)
    return made


def write_looks(store: Path, made: Release) -> None:
    """Write readings of names, report and contact sheet beside a committed release."""
    folder = manifest.folder(store, made.corpus, made.plan)
    examined = json.loads((folder / "expectations.json").read_text())
    names = read_back(store, made)
    if names is not None:
        (folder / "names.json").write_text(canonical(names.plain()) + "\n")
    (folder / "report.html").write_text(
        report(made, examined, human_reviews.audit(store, made), names)
    )
    sheet = contact_sheet(store, made)
    if sheet:
        (folder / "contact.jpg").write_bytes(sheet)


def read_back(store: Path, made: Release) -> ocr_names.Readings | None:
    """Return what OCR makes of a random sample of names; None if it is not to or cannot read."""
    inputs: Any = made.plan_inputs.get("inputs", {})
    number = max((i["recipe"].get("ocr_samples", 0) for i in inputs.values()), default=0)
    if not number or not ocr.available():
        return None
    return ocr_names.check(
        human_reviews.example(store, made, task)
        for task in human_reviews.sample(store, made, number)
    )


def contact_sheet(store: Path, made: Release) -> bytes | None:
    """Return a JPEG of up to TILES kept tasks, evenly over the release; None if it is empty."""
    from corpuswright.storage.loaders.loader import Loader, examples

    loader = Loader(store, made, seed=None)
    step = max(1, len(loader) // TILES)
    tiles: list[Any] = []
    for i, record in enumerate(loader.records()):
        found = examples(record)
        if i % step == 0 and found and len(tiles) < TILES:
            example = found[i // step % len(found)]
            tiles.append(contact_sheets.tile(example.image, example.task))
    return contact_sheets.sheet(tiles) if tiles else None


def report(
    made: Release,
    examined: Mapping[str, Any],
    audit: human_reviews.Audit | None = None,
    names: ocr_names.Readings | None = None,
) -> str:
    """Return the release's one-page report."""
    counts = [("unit", "kept", "rejected")] + [
        (unit, c["kept"], c["rejected"]) for unit, c in made.counts.items()
    ]
    reasons = [("unit", "reason", "count")] + [
        (unit, reason, n) for unit, r in made.rejections.items() for reason, n in r.items()
    ]
    found = [("partition", "expectation", "held", "seen")] + [
        (p, f["expectation"], "yes" if f["held"] else "NO", json.dumps(f["seen"]))
        for p, e in examined.items()
        if e
        for f in e["expectations"]
    ]
    caught = [("partition", "planted fault", "planted", "caught")] + [
        (p, kind, n, e["planted"]["caught"].get(kind, 0))
        for p, e in examined.items()
        if e
        for kind, n in e["planted"]["planted"].items()
    ]
    read: list[tuple[object, ...]] = [("task", "name", "read by OCR", "alike")]
    if names is None:
        read = [("names",), ("not read: `ocr_samples` is 0, or the extra `ocr` not installed",)]
    else:
        read += [(r.task, r.name, r.read, f"{r.alike:.2f}") for r in names.unconfirmed]
        read.append((f"{names.confirmed} of {names.sampled} read back", "", "", ""))
    reviewed = [("what people found",), (audit or "no task of this release was reviewed yet",)]
    shards = [("shard", "samples", "tasks", "bytes", "sha256")] + [
        (s.name, s.samples, s.tasks, s.bytes, s.sha256) for s in made.shards
    ]
    return expectations.report(
        f"{made.corpus}, release {made.plan}",
        [
            ("Kept and rejected", counts),
            ("Rejections by reason", reasons),
            ("Expectations on the kept tasks", found),
            ("Planted wrong sentences", caught),
            ("Names read back from the pixels", read),
            ("Reviewed by people", reviewed),
            ("Shards", shards),
        ],
    )


def scene_previews(session: Session, partition: str, number: int = 3) -> list[bytes]:
    """Return small JPEGs of the first kept scenes with one task each."""
    out: list[bytes] = []
    for j in session.judged(partition):
        if j.reason or len(out) == number:
            continue
        ref = images.still(json.loads(j.scene.body)["media"])
        image = images.decode(packs.read(session.store, from_dict(MediaRef, ref)), j.spec.key)
        task = next(t for t in j.tasks if not j.verdicts[t.key][0])
        out.append(contact_sheets.jpeg(contact_sheets.tile(image, task)))
    return out
