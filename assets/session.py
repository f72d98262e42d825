"""The driver's side of a build: what is to do, what came out, what enters the release.

Order of truth: packs are fsynced by the worker, then the driver writes table rows, then a
partition's record, then the release's manifest. A kill at any point leaves work undone, never half
done; the next build does the rest and ends in the same bytes.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import platform
import subprocess
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal, NamedTuple, TextIO

import PIL
from tqdm import tqdm

from corpuswright.assets import execution, stages
from corpuswright.quality import near_duplicates
from corpuswright.renderers.browser import chromium_path
from corpuswright.storage import disk, packs, release, shards, sources
from corpuswright.storage.exports import card, energon
from corpuswright.storage.keys import sha256, source_id
from corpuswright.storage.records import (
    Json,
    MediaRef,
    Outcome,
    Release,
    ShardManifest,
    Spec,
    Task,
    canonical,
    from_dict,
    from_json,
    to_dict,
    to_json,
)
from corpuswright.storage.tables import Row, Tables

PAGES = "pages"  # the tables' partition of intake verdicts, shared by all partitions of specs


@dataclass(frozen=True, slots=True)
class Build:
    """What a build is asked for; each is a command-line option and a run-config field.

    Attributes:
        out: The store.
        inputs: Where fetched packages are kept.
        source: A folder of pages to use instead of the corpus's own sites.
        samples: Kept samples wanted in each partition, first in key order; None for all.
        engine: `local` or `spark`.
        workers: Processes; 0 takes one for each core.
        on_tool_drift: `keep` goes on with what an older browser made, `rebuild` makes it again.
        recipe: Values that replace the corpus's own.
    """

    out: str = "corpora"
    inputs: str = "inputs"
    source: str | None = None
    samples: int | None = None
    engine: execution.Engine = "local"
    workers: int = 0
    on_tool_drift: Literal["keep", "rebuild"] = "keep"
    recipe: Json = field(default_factory=dict[str, Any])


class Judged(NamedTuple):
    """One spec of a partition with all its verdicts: what a release is made from."""

    spec: Spec
    scene: Row
    tasks: tuple[Task, ...]
    verdicts: Mapping[str, tuple[str, str]]
    reason: str
    value: str


class Report(NamedTuple):
    """What a step did, for a log line and for Dagster's metadata."""

    step: str
    made: int
    kept: int
    reasons: Mapping[str, int]
    seconds: float


class Session:
    """A build of one corpus: steps to be taken in order, each of which can be repeated."""

    def __init__(
        self, corpus: stages.Corpus, build: Build, log: Callable[[str], None] = print
    ) -> None:
        """Open the store; nothing is written before a step is taken."""
        self.corpus = corpus
        self.build = build
        self.store = Path(build.out).resolve()
        self.recipe: dict[str, Any] = {**corpus.recipe, **build.recipe}
        self.log = log

    # --- sources and plan --------------------------------------------------------------------

    @functools.cached_property
    def sites(self) -> list[tuple[sources.Site, Path]]:
        """The sites with their folders, fetched if need be."""
        own = self.corpus.sites
        if self.build.source is not None:
            folder = Path(self.build.source).resolve()
            own = [
                sources.Site(
                    name=_slug(folder.name),
                    root=str(folder),
                    pages=("*.html", "*.htm"),
                    licence="unstated",
                    author="unstated",
                )
            ]
        return [(s, sources.fetch(s, Path(self.build.inputs))) for s in own]

    @functools.cached_property
    def pages(self) -> list[sources.Page]:
        """All pages of all sites, in identity order."""
        found = [p for site, root in self.sites for p in sources.list_pages(site, root)]
        return sorted(found, key=lambda p: p.source.uri)

    @functools.cached_property
    def tools(self) -> dict[str, str]:
        """The tools whose version shows in pixels: those of the first build, unless rebuilding."""
        path = self.store / self.corpus.name / "tools.json"
        now = current_tools()
        try:
            first: dict[str, str] = json.loads(path.read_text())
        except FileNotFoundError:
            return now
        if first == now or self.build.on_tool_drift == "rebuild":
            return now
        self.log(f"tools have changed since the first build ({first} → {now}); keeping its renders")
        return first

    def plan_inputs(self, partition: str) -> dict[str, Any]:
        """Return everything that decides a partition's bytes."""
        return {
            "corpus": self.corpus.name,
            "partition": partition,
            "recipe": self.recipe,
            "samples": self.build.samples,
            "sources": {p.source.uri: p.source.sha256 for p in self.pages},
            "tools": self.tools,
            "versions": dict(self.corpus.versions),
        }

    def is_done(self, partitions: Sequence[str]) -> bool:
        """Say whether the newest release holds exactly this plan's partitions, bytes in place."""
        try:
            newest = release.load(self.store, self.corpus.name)
        except release.ReleaseError:
            return False
        made = newest.plan_inputs.get("partitions")
        wanted = {p: release.plan_hash(self.plan_inputs(p)) for p in partitions}
        return (
            isinstance(made, dict)
            and all(made.get(p) == h for p, h in wanted.items())
            and release.exists(self.store, self.corpus.name, newest.plan)
        )

    @functools.cached_property
    def tables(self) -> Tables:
        """The corpus's tables."""
        return Tables(self.store, self.corpus.name, self.corpus.stages())

    # --- steps -------------------------------------------------------------------------------

    def specs(self, partition: str) -> Report:
        """Judge new and changed pages at intake and write the partition's specs."""
        start = time.monotonic()
        with disk.writer_lock(self.store):
            disk.sweep_staging(self.store)
            disk.write_file(
                self.store,
                self.store / self.corpus.name / "tools.json",
                canonical(self.tools).encode(),
            )
            made = self._intake()
            specs = self._plan(partition)
            roots = {spec.key: {"spec": version} for spec, version in specs}
            work = self.tables.resolve("spec", partition, roots)
            todo = set(work.todo)
            rows = [
                Row(spec.key, {"spec": version}, to_json(spec))
                for spec, version in specs
                if spec.key in todo
            ]
            self.tables.write("spec", partition, rows)
            self.tables.drop("spec", work.orphaned)
        verdicts = self.tables.read("intake", PAGES)
        return _report("intake", made, verdicts, start)

    def _intake(self) -> int:
        by_id = {source_id(p.source.uri): p for p in self.pages}
        roots = {
            k: {"verdict": sha256(f"{p.source.sha256} {canonical(self.tools)}")}
            for k, p in by_id.items()
        }
        work = self.tables.resolve("intake", PAGES, roots)
        units = [
            execution.Unit(k, canonical({"site": by_id[k].site, "path": by_id[k].path}))
            for k in work.todo
        ]
        self._run("intake", PAGES, units)
        self.tables.drop("intake", work.orphaned)
        return len(units)

    def _plan(self, partition: str) -> list[tuple[Spec, str]]:
        """Plan the partition; a spec names all pages it reads, and its version their content."""
        by_uri = {p.source.uri: p for p in self.pages}
        verdicts = {r.key: r for r in self.tables.read("intake", PAGES)}
        usable: list[sources.Page] = []
        reads: dict[str, list[sources.Page]] = {}
        for page in self.pages:
            row = verdicts[source_id(page.source.uri)]
            if not row.reason:
                usable.append(page)
                also = [by_uri[u] for u in json.loads(row.body)["reads"] if u in by_uri]
                reads[page.source.uri] = also
        planned: list[tuple[Spec, str]] = []
        for spec in self.corpus.plan(self.corpus.name, usable, self.recipe, partition):
            more = tuple(p.source for p in reads[spec.sources[0].uri])
            whole = Spec(
                spec.key, spec.corpus, spec.medium, spec.parameters, (*spec.sources, *more)
            )
            planned.append((whole, sha256(to_json(whole) + canonical(self.tools))))
        return sorted(planned, key=lambda s: s[0].key)

    def scenes(self, partition: str) -> Report:
        """Render the specs that are new or stale."""
        return self._step("scene", partition, self._first(partition))

    def instructions(self, partition: str) -> Report:
        """Write tasks for the scenes that are new or stale."""
        return self._step("instructions", partition, self._first(partition))

    def verified(self, partition: str) -> Report:
        """Replay and read back; render on, in key order, until enough samples are kept."""
        start = time.monotonic()
        made = 0
        wanted = self._first(partition)
        total = len(self.tables.read("spec", partition))
        while True:
            for stage in ("scene", "instructions", "replay", "verified"):
                report = self._step(stage, partition, wanted)
                made += report.made if stage == "verified" else 0
            kept = sum(not j.reason for j in self.judged(partition))
            if self.build.samples is None or kept >= self.build.samples or wanted >= total:
                break
            wanted = min(total, wanted + max(8, self.build.samples - kept))
        return _report("verified", made, self.tables.read("verified", partition), start)

    def _first(self, partition: str) -> int:
        """Return how many specs to begin with: one in eight more than wanted, for rejections."""
        total = len(self.tables.read("spec", partition))
        n = self.build.samples
        return total if n is None else min(total, n + n // 8 + 1)

    def _step(self, stage: str, partition: str, first: int) -> Report:
        start = time.monotonic()
        with disk.writer_lock(self.store):
            order = [r.key for r in self.tables.read("spec", partition)][:first]
            work = self.tables.resolve(stage, partition)
            todo = [k for k in work.todo if k in set(order)]
            units = list(self._units(stage, partition, todo))
            self._run(stage, partition, units)
            self.tables.drop(stage, work.orphaned)
        return _report(stage, len(units), self.tables.read(stage, partition), start)

    def _units(self, stage: str, partition: str, todo: Sequence[str]) -> Iterator[execution.Unit]:
        specs = {r.key: r.body for r in self.tables.read("spec", partition)}
        rows = {
            s.name: {r.key: r for r in self.tables.read(s.name, partition)}
            for s in self.corpus.stages()[2:]
        }
        refused: list[Row] = []
        for key in todo:
            if stage == "scene":
                yield execution.Unit(key, specs[key])
                continue
            scene = rows["scene"][key]
            if scene.reason:
                refused.append(stages.refused(stage, key, "scene_rejected", scene.reason))
                continue
            plain: dict[str, Any] = {
                "spec": json.loads(specs[key]),
                "scene": json.loads(scene.body)["scene"],
            }
            if stage in ("replay", "verified"):
                plain["tasks"] = json.loads(rows["instructions"][key].body)
            if stage == "verified":
                plain["replay"] = json.loads(rows["replay"][key].body)
            yield execution.Unit(key, canonical(plain))
        self.tables.write(stage, partition, refused)

    def _run(self, stage: str, partition: str, units: Sequence[execution.Unit]) -> None:
        worker = stages.Worker(
            self.corpus.reference,
            stage,
            str(self.store),
            {site.name: str(root) for site, root in self.sites},
        )
        # Language stages cost milliseconds a unit: a process is worth it for hundreds only.
        pure = stage in ("instructions", "verified")
        # A browser has one pixel ratio; order and batches decide no byte.
        if stage in ("scene", "replay"):
            units = sorted(units, key=_ratio)
        results = execution.run(
            worker,
            units,
            engine=self.build.engine,
            workers=1 if pure and len(units) < 500 else self.build.workers,
            batch=256 if pure else 8,
            lost=lambda u: stages.refused(stage, u.key, "worker_died", f"{execution.DEATHS} times"),
        )
        if not units:
            return
        start = time.monotonic()
        title = f"{self.corpus.name} {stage}"
        with (
            _terminal() as terminal,
            tqdm(total=len(units), desc=title, file=terminal, disable=terminal is None) as bar,
        ):
            for rows in results:
                self.tables.write(stage, partition, rows)
                bar.update(len(rows))
        self.log(f"{self.corpus.name} {stage}: {len(units)} in {time.monotonic() - start:.1f} s")

    # --- what enters the release -------------------------------------------------------------

    def judged(self, partition: str) -> list[Judged]:
        """Return the specs that decide the release, in key order, with their verdicts.

        With `samples` set, these are the specs up to and with the last one needed.
        """
        rows = {
            s.name: {r.key: r for r in self.tables.read(s.name, partition)}
            for s in self.corpus.stages()[1:]
        }
        ready = [k for k in rows["spec"] if k in rows["verified"]]
        prints = [
            _print(json.loads(rows["scene"][k].body)["print"])
            for k in ready
            if not rows["scene"][k].reason
        ]
        twins = near_duplicates.check_set(prints)
        out: list[Judged] = []
        kept = 0
        for key in ready:
            scene = rows["scene"][key]
            tasks = tuple(from_dict(Task, t) for t in json.loads(rows["instructions"][key].body))
            found = json.loads(rows["verified"][key].body)
            verdicts = {
                t.key: (found[t.key]["reason"], found[t.key]["value"]) if found[t.key] else ("", "")
                for t in tasks
            }
            reason, value = scene.reason, scene.value
            if not reason and key in twins:
                reason, value = twins[key].reason, twins[key].value
            if not reason and not any(not r for r, _ in verdicts.values()):
                reason, value = "no_task_kept", f"{len(tasks)} proposed"
            spec = from_json(Spec, rows["spec"][key].body)
            out.append(Judged(spec, scene, tasks, verdicts, reason, value))
            kept += not reason
            if self.build.samples is not None and kept == self.build.samples:
                break
        return out

    def shards(self, partition: str) -> Report:
        """Write the partition's shards and its record; the record is what a release is made of."""
        start = time.monotonic()
        with disk.writer_lock(self.store):
            judged = self.judged(partition)
            written = shards.write_shards(
                self.store,
                f"{self.corpus.name}/shards",
                partition,
                (self._entry(j) for j in judged if not j.reason),
                int(self.recipe.get("shard_bytes", shards.SHARD_BYTES)),
            )
            record = {
                "plan": release.plan_hash(self.plan_inputs(partition)),
                "inputs": self.plan_inputs(partition),
                "shards": [to_dict(s) for s in written],
                "outcomes": [to_dict(o) for o in self._outcomes(judged)],
            }
            path = self._record(partition)
            disk.write_file(self.store, path, canonical(record).encode())
        kept = sum(s.samples for s in written)
        reasons: dict[str, int] = {}
        for j in judged:
            if j.reason:
                reasons[j.reason] = reasons.get(j.reason, 0) + 1
        return Report("shards", len(judged), kept, reasons, time.monotonic() - start)

    def _record(self, partition: str) -> Path:
        return self.store / self.corpus.name / "partitions" / f"{partition}.json"

    def _entry(self, j: Judged) -> shards.Entry:
        body = json.loads(j.scene.body)
        scene = packs.read(self.store, from_dict(MediaRef, body["scene"]))
        kept = [to_dict(t) for t in j.tasks if not j.verdicts[t.key][0]]
        text = canonical(
            {"key": j.spec.key, "spec": to_dict(j.spec), "scene": json.loads(scene), "tasks": kept}
        )
        files = {
            ext: packs.read(self.store, from_dict(MediaRef, ref))
            for ext, ref in body["media"].items()
        }
        return shards.Entry(j.spec.key, len(kept), {**files, "json": text.encode()})

    def _outcomes(self, judged: Iterable[Judged]) -> Iterator[Outcome]:
        for j in judged:
            uri = j.spec.sources[0].uri
            stage = "scene" if j.scene.reason else "verified"
            yield _outcome(j.spec.key, uri, "scene", uri, stage, j.reason, j.value)
            for task in j.tasks:
                reason, value = j.verdicts[task.key]
                if not reason and j.reason:
                    reason, value = "scene_rejected", j.reason
                yield _outcome(task.key, j.spec.key, "task", uri, "verified", reason, value)

    def page_outcomes(self) -> list[Outcome]:
        """Return how each page ended at intake."""
        uris = {source_id(p.source.uri): p.source.uri for p in self.pages}
        return [
            _outcome(uris[r.key], "", "page", uris[r.key], "intake", r.reason, r.value)
            for r in self.tables.read("intake", PAGES)
            if r.key in uris
        ]

    def partition_records(self) -> dict[str, dict[str, Any]]:
        """Return the records of all partitions that have shards, by partition."""
        folder = self.store / self.corpus.name / "partitions"
        return {p.stem: json.loads(p.read_text()) for p in sorted(folder.glob("*.json"))}

    def release(self, files: Mapping[str, bytes], run: Json) -> Release:
        """Commit a release of all partitions that have shards.

        Args:
            files: Deterministic files to stand beside the manifest.
            run: Times, engine and costs: outside every promise.

        Raises:
            ReleaseError: The outcomes do not add up.
        """
        with disk.writer_lock(self.store):
            records = self.partition_records()
            outcomes = self.page_outcomes()
            expected = {"page": len(self.pages), "scene": 0, "task": 0}
            written: list[ShardManifest] = []
            for record in records.values():
                found = [from_dict(Outcome, o) for o in record["outcomes"]]
                outcomes += found
                written += [from_dict(ShardManifest, s) for s in record["shards"]]
                expected["scene"] += sum(o.unit == "scene" for o in found)
                expected["task"] += sum(o.unit == "task" for o in found)
            counted = release.balance(outcomes, expected)
            _match(counted, written)
            all_files = {**files, "outcomes.parquet": release.outcomes_bytes(outcomes)}
            inputs: dict[str, Any] = {
                "corpus": self.corpus.name,
                "partitions": {p: r["plan"] for p, r in records.items()},
                "inputs": {p: r["inputs"] for p, r in records.items()},
            }
            made = Release(
                corpus=self.corpus.name,
                plan=release.plan_hash(inputs),
                plan_inputs=inputs,
                shards=tuple(written),
                counts=counted.counts,
                rejections=counted.rejections,
                files={n: sha256(d) for n, d in all_files.items()},
            )
            release.commit(self.store, made, all_files, run)
            energon.write(self.store, made)
            self._write_card(made)
            self.sweep()
        return made

    def _write_card(self, made: Release) -> None:
        sources_of = {s.name: (s.licence, s.author) for s, _ in self.sites}
        text = card.card(made, self.recipe, sources_of).encode()
        for folder in (
            release.folder(self.store, made.corpus, made.plan),
            self.store / made.corpus,
        ):
            disk.write_file(self.store, folder / "README.md", text)

    def sweep(self) -> None:
        """Remove packs that no row points to and shards that no release names."""
        used = {
            ref["uri"]
            for row in self.tables.read("scene")
            if not row.reason
            for body in [json.loads(row.body)]
            for ref in (body["scene"], *body["media"].values())
        }
        others = [
            p.parent for p in self.store.glob("*/tools.json") if p.parent.name != self.corpus.name
        ]
        if not others:  # packs are shared: another corpus's rows may need them
            packs.sweep(self.store, used)
        release.sweep_shards(self.store, self.corpus.name)


def current_tools() -> dict[str, str]:
    """Return the versions of what decides pixels on this machine."""
    path = chromium_path()
    if path is None:
        browser = f"Chromium of playwright {version('playwright')}"
    else:
        answer = subprocess.run([path, "--version"], capture_output=True, text=True, check=False)
        browser = answer.stdout.strip() or path
    return {"browser": browser, "pillow": PIL.__version__, "system": platform.system()}


def _print(plain: Mapping[str, Any]) -> near_duplicates.Print:
    return near_duplicates.Print(plain["key"], plain["page"], tuple(plain["words"]), plain["dhash"])


@contextlib.contextmanager
def _terminal() -> Generator[TextIO | None]:
    """Yield the terminal for a progress bar, or None where there is nobody to look at one.

    Dagster redirects a step's output to its log, so standard error is no terminal here; the command
    line says by CORPUSWRIGHT_PROGRESS that it was one.
    """
    if not os.environ.get("CORPUSWRIGHT_PROGRESS"):
        yield None
        return
    try:
        terminal = Path("/dev/tty").open("w")
    except OSError:
        yield None
        return
    with terminal:
        yield terminal


def _ratio(unit: execution.Unit) -> float:
    plain = json.loads(unit.body)
    return float(plain.get("spec", plain)["parameters"]["ratio"])


def _slug(name: str) -> str:
    kept = "".join(c if c.isalnum() and c.isascii() else "-" for c in name.lower()).strip("-")
    return kept or "pages"


def _outcome(
    key: str, parent: str, unit: str, source: str, stage: str, reason: str, value: str
) -> Outcome:
    ending = release.REJECTED if reason else release.KEPT
    return Outcome(key, parent, unit, source, stage, ending, reason, value)


def _match(counted: release.Balance, written: Sequence[ShardManifest]) -> None:
    """Raise unless kept scenes and tasks are exactly what the shards hold."""
    for unit, number in (
        ("scene", sum(s.samples for s in written)),
        ("task", sum(s.tasks for s in written)),
    ):
        if counted.counts[unit][release.KEPT] != number:
            raise release.ReleaseError(
                f"outcomes keep {counted.counts[unit][release.KEPT]} {unit}s, shards hold {number}"
            )


def _report(step: str, made: int, rows: Sequence[Row], start: float) -> Report:
    reasons: dict[str, int] = {}
    for r in rows:
        if r.reason:
            reasons[r.reason] = reasons.get(r.reason, 0) + 1
    kept = sum(not r.reason for r in rows)
    return Report(step, made, kept, reasons, time.monotonic() - start)
