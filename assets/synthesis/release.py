"""Shards, and a release of them: examined, with report and contact sheet beside it."""

from __future__ import annotations

import functools
import json
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from corpuswright.annotators.llm import model_file
from corpuswright.assets.builds import release
from corpuswright.assets.builds.release import partition_records, record_path
from corpuswright.assets.builds.reports import Report
from corpuswright.assets.builds.steps import CheckResult
from corpuswright.assets.synthesis import outcomes, proposed_tasks, rewording
from corpuswright.assets.synthesis.build import PAGES, SynthesisBuild
from corpuswright.quality.execution import ocr_names
from corpuswright.quality.grounding import planted_faults
from corpuswright.quality.reports import contact_sheets, expectations
from corpuswright.renderers import ocr
from corpuswright.storage import disk
from corpuswright.storage.audits import human_reviews
from corpuswright.storage.build_state import packs
from corpuswright.storage.loaders.loader import Loader, examples
from corpuswright.storage.records import (
    MediaRef,
    Release,
    Scene,
    Task,
    canonical,
    from_dict,
    to_dict,
)
from corpuswright.storage.releases import manifest
from corpuswright.storage.releases.remote_store import ShardStore
from corpuswright.storage.shards import webdataset

# Beside a manifest: hosts that pages ask for and that no build reaches, so what they would bring,
# fonts as a rule, is missing from the pictures.
UNREACHED = "unreached_hosts.json"
TILES = 24  # as many as a person takes in at a glance on one page


def shards(build: SynthesisBuild, partition: str) -> Report:
    """Write the partition's shards and its record; the record is what a release is made of."""
    start = time.monotonic()
    with disk.writer_lock(build.store):
        found = build.judged(partition)
        words: dict[str, list[outcomes.RewordedTasks]] = {}
        if build.model is not None:
            asking = model_file.client(build.store, build.corpus.name, build.model)
            words = rewording.of_partition(build.store, asking, build.model, found)
            if build.model.invent:
                rows = {r.key: r for r in build.tables.read("invented", partition)}
                made = proposed_tasks.of_partition(build.store, asking, build.model, found, rows)
                for key, own in made.items():
                    words.setdefault(key, []).append(own)
        written = webdataset.write_shards(
            build.store,
            f"{build.corpus.name}/shards",
            partition,
            (
                outcomes.entry(build.store, build.corpus, j, words.get(j.spec.key, ()))
                for j in found
                if not j.reason
            ),
            int(build.recipe.get("shard_bytes", webdataset.SHARD_BYTES)),
        )
        record = {
            "plan": manifest.plan_hash(build.plan_inputs(partition)),
            "inputs": build.plan_inputs(partition),
            "shards": [to_dict(s) for s in written],
            "outcomes": [to_dict(o) for o in outcomes.outcomes(found, words)],
        }
        if words:  # so that a deletion finds what a sample has left in the ledger
            record["answers"] = {k: [a for w in ws for a in w.answers] for k, ws in words.items()}
        path = record_path(build.store, build.corpus.name, partition)
        disk.write_file(build.store, path, canonical(record).encode())
    kept = sum(s.samples for s in written)
    reasons: dict[str, int] = {}
    for j in found:
        if j.reason:
            reasons[j.reason] = reasons.get(j.reason, 0) + 1
    return Report("shards", len(found), kept, reasons, time.monotonic() - start)


class Examined(NamedTuple):
    """Findings on all kept tasks, and the share of planted wrong sentences that were caught."""

    findings: list[expectations.Finding]
    rate: planted_faults.CatchRate

    @property
    def holds(self) -> bool:
        """Whether every expectation held."""
        return all(f.held for f in self.findings)


def kept_tasks(build: SynthesisBuild, partition: str) -> Iterator[tuple[Scene, Task]]:
    """Yield scene and task of everything that would enter the release from a partition."""
    for j in build.judged(partition):
        if j.reason:
            continue
        body = json.loads(j.scene.body)
        scene = json.loads(packs.read(build.store, from_dict(MediaRef, body["scene"])))
        known = from_dict(Scene, scene)
        for task in j.tasks:
            if not j.verdicts[task.key][0]:
                yield known, task


def examine(build: SynthesisBuild, partition: str) -> Examined:
    """Return what Great Expectations and the planted faults say of a partition's kept tasks."""
    pairs = list(kept_tasks(build, partition))
    rate = planted_faults.measure(pairs, build.corpus.spoil, build.corpus.resolve)
    return Examined(expectations.examine(expectations.task_table(pairs)), rate)


def check_expectations(build: SynthesisBuild, partitions: Sequence[str]) -> CheckResult:
    """Examine what is kept of partitions, keep that for the release, and say whether it holds."""
    found: list[Examined] = []
    for partition in partitions:
        if any(not j.reason for j in build.judged(partition)):
            found.append(examine(build, partition))
            save_examined(build, partition, found[-1])
    if not found:
        return CheckResult(False, {"why": "nothing was kept, so nothing could be examined"})
    planted, caught = (sum(sum(e.rate[i].values()) for e in found) for i in (0, 1))
    seen = {
        "failed": [f.expectation for e in found for f in e.findings if not f.held],
        "held": sum(f.held for e in found for f in e.findings),
        "planted_wrong_sentences": planted,
        "caught": caught,
    }
    return CheckResult(all(e.holds for e in found), seen)


def expectations_path(build: SynthesisBuild, partition: str) -> Any:
    """Return where a partition's examination is kept until the release."""
    return build.store / build.corpus.name / "partitions" / f"{partition}.examined"


def save_examined(build: SynthesisBuild, partition: str, examined: Examined) -> None:
    """Keep an examination for the release; deterministic bytes."""
    plain = {
        "expectations": [f._asdict() for f in examined.findings],
        "planted": examined.rate._asdict(),
    }
    path = expectations_path(build, partition)
    disk.write_file(build.store, path, canonical(json.loads(json.dumps(plain))).encode())


def publish(build: SynthesisBuild, run: Mapping[str, Any]) -> Release:
    """Commit the release of all partitions, with report and contact sheet beside it.

    Args:
        build: With shards of a partition at least.
        run: Times, engine and costs: no part of the deterministic bytes.

    Raises:
        ReleaseError: The outcomes do not add up.
    """
    records = partition_records(build.store, build.corpus.name)
    with disk.writer_lock(build.store):
        uris = [p.source.uri for p in build.pages]
        pages = outcomes.page_outcomes(uris, build.tables.read("intake", PAGES))
        if len(pages) != len(uris):
            raise manifest.ReleaseError(
                f"expected {len(uris)} outcomes of unit page, found {len(pages)}"
            )
        states = outcomes.state_outcomes(uris, build.tables.read("states", PAGES))
        examined = {p: _examined(build, p) for p in records}
        files = {"expectations.json": canonical(examined).encode() + b"\n"}
        if hosts := _unreached(build):
            files[UNREACHED] = canonical(hosts).encode() + b"\n"
        made, files = release.assemble(build.corpus.name, records, [*pages, *states], files)
        release.publish(
            ShardStore(build.store),
            made,
            files,
            run,
            build.options.keep_releases,
            functools.partial(write_looks, build.store),
        )
        release.sweep_packs(build.store, build.corpus.name, build.tables)
    return made


def _unreached(build: SynthesisBuild) -> dict[str, int]:
    """Return the hosts outside that usable pages ask for, each with how many do."""
    rows = build.tables.read("intake", PAGES)
    usable = (json.loads(r.body) for r in rows if not r.reason)
    hosts = Counter(h for body in usable for h in body.get("unreached", ()))
    return dict(sorted(hosts.items()))


def _examined(build: SynthesisBuild, partition: str) -> Any:
    path = expectations_path(build, partition)
    return json.loads(path.read_text()) if path.exists() else None


def write_looks(store: Path, made: Release) -> None:
    """Write readings of names, report and contact sheet beside a committed release."""
    folder = manifest.folder(store, made.corpus, made.plan)
    examined = json.loads((folder / "expectations.json").read_text())
    names = read_back(store, made)
    if names is not None:
        (folder / "names.json").write_text(canonical(names.plain()) + "\n")
    hosts = folder / UNREACHED
    unreached = json.loads(hosts.read_text()) if hosts.exists() else {}
    (folder / "report.html").write_text(
        report(made, examined, human_reviews.audit(store, made), names, unreached)
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
    unreached: Mapping[str, int] | None = None,
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
    hosts: list[tuple[object, ...]] = [("host", "pages that ask for it")]
    hosts += [*(unreached or {"none": 0}).items()]
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
            ("Hosts that pages ask for, and that no build reaches", hosts),
            ("Reviewed by people", reviewed),
            ("Shards", shards),
        ],
    )
