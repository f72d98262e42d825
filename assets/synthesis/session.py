"""The driver's side of a build: what is to do, what came out, what enters the release.

Order of truth: packs are fsynced by the worker, then the driver writes table rows, then a
partition's record, then the release's manifest. A kill at any point leaves work undone, never half
done; the next build does the rest and ends in the same bytes.
"""

from __future__ import annotations

import functools
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from corpuswright.annotators.llm import model_file
from corpuswright.assets.builds import progress
from corpuswright.assets.builds import release as build_release
from corpuswright.assets.builds.options import Build
from corpuswright.assets.builds.reports import Report
from corpuswright.assets.synthesis import corpus as synthesis_corpus
from corpuswright.assets.synthesis import executors, proposed_tasks, rewording, stages, throughput
from corpuswright.assets.synthesis import outcomes as judged
from corpuswright.assets.synthesis import pages as inputs
from corpuswright.assets.synthesis import tool_versions as tools
from corpuswright.quality.grounding import negatives
from corpuswright.storage import disk, samples
from corpuswright.storage.build_state import tombstones
from corpuswright.storage.build_state.feature_tables import Tables
from corpuswright.storage.build_state.stage_rows import Row
from corpuswright.storage.inputs import running_sites
from corpuswright.storage.inputs import sites as input_sites
from corpuswright.storage.keys import sha256, source_id
from corpuswright.storage.records import Json, Release, Source, Spec, canonical, to_dict, to_json
from corpuswright.storage.releases import manifest as release
from corpuswright.storage.releases import retention
from corpuswright.storage.shards import webdataset as shards

PAGES = "pages"  # the tables' partition of intake verdicts, shared by all partitions of specs


class Session:
    """A build of one corpus: steps to be taken in order, each of which can be repeated."""

    def __init__(
        self, corpus: synthesis_corpus.Corpus, build: Build, log: Callable[[str], None] = print
    ) -> None:
        """Open the store; nothing is written before a step is taken."""
        self.corpus = corpus
        self.build = build
        self.store = Path(build.out).resolve()
        self.recipe: dict[str, Any] = {**corpus.recipe, **build.recipe}
        self.log = log
        self.cost = 0.0  # of models, in this session
        self._pages: list[input_sites.Page] | None = None

    # --- sources and plan --------------------------------------------------------------------

    @functools.cached_property
    def sites(self) -> inputs.Sites:
        """The sites with their folders or URLs, fetched if need be."""
        own, b = self.corpus.sites, self.build
        if b.source is not None:
            given = running_sites.sites_of(b.source, b.licence, b.author)
            if self.corpus.judge is not synthesis_corpus.judge_page:
                # Composed from files of its own kinds, not from web pages.
                globs = tuple(self.corpus.takes) or tuple(g for s in own for g in s.pages)
                given = [replace(s, pages=globs, follow=0) for s in given]
            own = [*given, *(s for s in own if not s.pages)]
        return [(s, input_sites.fetch(s, Path(b.inputs))) for s in own]

    @property
    def libraries(self) -> inputs.Sites:
        """Of the sites those that are no source of pages."""
        return [(s, root) for s, root in self.sites if not s.pages]

    @property
    def pages(self) -> list[input_sites.Page]:
        """All pages of all sites, in identity order; routes among them as far as intake saw."""
        if self._pages is None:
            found = inputs.pages_of(self.sites, inputs.read_links(self._links))
            self._pages = [p for p in found if not self.withdrawn.hold_source(p.source)]
        return self._pages

    @functools.cached_property
    def withdrawn(self) -> tombstones.Tombstones:
        """What was deleted from the corpus and must not come back."""
        return tombstones.load(self.store, self.corpus.name)

    @property
    def _links(self) -> Path:
        return self.store / self.corpus.name / "links.json"

    @functools.cached_property
    def tools(self) -> dict[str, str]:
        """The tools whose version shows in pixels: those of the first build, unless rebuilding."""
        path = self.store / self.corpus.name / "tools.json"
        return tools.of_build(path, self.build.on_tool_drift, self.log)

    def plan_inputs(self, partition: str) -> dict[str, Any]:
        """Return everything that decides a partition's bytes."""
        return {
            "corpus": self.corpus.name,
            "partition": partition,
            "recipe": self.recipe,
            "negatives": negatives.VERSION,
            "record": samples.VERSION,
            "samples": self.build.samples,
            "scripts": {k: [[s.name, s.steps] for s in v] for k, v in self.corpus.scripts.items()},
            "sources": {
                **{s.name: [s.package_sha256, s.licence, s.author] for s, _ in self.libraries},
                **{
                    p.source.uri: [p.source.sha256, p.source.licence, p.source.author]
                    for p in self.pages
                },
            },
            "licences": sorted(self.build.allow_licence) if self.build.allow_licence else None,
            "tools": self.tools,
            "versions": dict(self.corpus.versions),
            **({"model": rewording.plan_part(self.model)} if self.model else {}),
            **({"about": self.corpus.about} if self.corpus.about else {}),
            **tombstones.plan_part(self.withdrawn),
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
    def model(self) -> model_file.Model | None:
        """The model that gives kept tasks other words, if one was named."""
        b = self.build
        return model_file.load(b.model, b.model_mode) if b.model else None

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
            self._explore()
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
        """Judge pages, and pages that these link to, until there are no new ones."""
        made = 0
        while True:
            made += self._judge_pages()
            rows = {r.key: json.loads(r.body) for r in self.tables.read("intake", PAGES)}
            links = {
                p.source.uri: rows[source_id(p.source.uri)].get("links", [])
                for p in self.pages
                if p.site in self._following
            }
            known = len(self.pages)
            disk.write_file(self.store, self._links, canonical(links).encode())
            self._pages = None
            if len(self.pages) == known:
                return made

    @functools.cached_property
    def _following(self) -> frozenset[str]:
        return frozenset(site.name for site, _ in self.sites if site.follow)

    def _judge_pages(self) -> int:
        by_id = {source_id(p.source.uri): p for p in self.pages}
        refused = inputs.refusals(self.sites, self.pages, self.build.allow_licence)
        wanted = [self.recipe.get("languages", []), self.recipe.get("targets", 1)]
        body = {"wanted": None if wanted == [[], 1] else wanted}
        bodies = {
            k: {**body, "site": p.site, "path": p.path, "refused": refused.get(p.source.uri)}
            for k, p in by_id.items()
        }
        roots = {
            k: {
                "verdict": sha256(
                    f"{p.source.sha256} {canonical(self.tools)} {bodies[k]['refused'] or ''}"
                    f"{body['wanted'] or ''}"
                )
            }
            for k, p in by_id.items()
        }
        work = self.tables.resolve("intake", PAGES, roots)
        units = [executors.Unit(k, canonical(bodies[k])) for k in work.todo]
        self._run("intake", PAGES, units)
        self.tables.drop("intake", work.orphaned)
        return len(units)

    def _explore(self) -> None:
        """Find states of the pages whose verdict is stable."""
        number = int(self.recipe.get("states", 0))
        by_id = {source_id(p.source.uri): p for p in self.pages}
        scripts = self.corpus.scripts
        roots: dict[str, Mapping[str, str]] = {}
        for row in self.tables.read("intake", PAGES):
            uri = by_id[row.key].source.uri
            if not row.reason and (number or uri in scripts):
                wanted = [number, [[s.name, s.steps] for s in scripts.get(uri, ())]]
                version = f"{row.versions['verdict']} {canonical(wanted)}"
                roots[row.key] = {"states": sha256(f"{by_id[row.key].source.sha256} {version}")}
        work = self.tables.resolve("states", PAGES, roots)
        units = [
            executors.Unit(
                k,
                canonical({"site": by_id[k].site, "path": by_id[k].path, "states": number}),
            )
            for k in work.todo
        ]
        self._run("states", PAGES, units)
        self.tables.drop("states", work.orphaned)

    def _plan(self, partition: str) -> list[tuple[Spec, str]]:
        """Plan the partition; a spec names all pages it reads, and its version their content."""
        by_uri = {p.source.uri: p for p in self.pages}
        verdicts = {r.key: r for r in self.tables.read("intake", PAGES)}
        states = {r.key: json.loads(r.body) for r in self.tables.read("states", PAGES)}
        usable: list[input_sites.Page] = []
        reads: dict[str, list[input_sites.Page]] = {}
        for page in self.pages:
            row = verdicts[source_id(page.source.uri)]
            if not row.reason:
                body = json.loads(row.body)
                usable.append(page._replace(found=body.get("found", "")))
                also = [by_uri[u] for u in body["reads"] if u in by_uri]
                reads[page.source.uri] = also
                for name, taken, reason, _ in states.get(row.key, ()):
                    if not reason:
                        usable.append(page._replace(state=name, steps=tuple(map(tuple, taken))))
        planned: list[tuple[Spec, str]] = []
        left = 0
        for spec in self.corpus.plan(self.corpus.name, usable, self.recipe, partition):
            if self.withdrawn.hold_key(spec.key):
                continue
            # Applications that scenes are shown in are sources too, and no pages with a verdict.
            if any(self.withdrawn.hold_source(s) or not self._allowed(s) for s in spec.sources):
                left += 1
                continue
            read = reads.get(spec.sources[0].uri, []) if spec.sources else []
            more = tuple(p.source for p in read)
            whole = Spec(
                spec.key, spec.corpus, spec.medium, spec.parameters, (*spec.sources, *more)
            )
            planned.append((whole, sha256(to_json(whole) + canonical(self.tools))))
        if left:
            self.log(
                f"{self.corpus.name}: {left} scenes are not made: they would show an application "
                "that was withdrawn, or whose licence is not allowed"
            )
        return sorted(planned, key=lambda s: s[0].key)

    def _allowed(self, source: Source) -> bool:
        licences = self.build.allow_licence
        return licences is None or source.licence in licences

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
        self._ask(partition)
        self._invent(partition)
        return _report("verified", made, self.tables.read("verified", partition), start)

    def _ask(self, partition: str) -> None:
        """Ask the model, if there is one, about every kept task; answers stay in the ledger."""
        if self.model is None:
            return
        start, found = time.monotonic(), self.judged(partition)
        asking = model_file.client(self.store, self.corpus.name, self.model)
        number = sum(not r for j in found if not j.reason for r, _ in j.verdicts.values())
        before = asking.ledger.spent(self.corpus.name)
        pairs = rewording.pairs_of(self.store, found, self.model.endpoint.takes_images)
        rewording.ask(asking, self.model, pairs, number, self.corpus.name)
        spent = asking.ledger.spent(self.corpus.name)
        self.cost += spent.cost - before.cost
        if spent.calls > before.calls:
            self.log(
                f"{self.corpus.name} words: {number} tasks in {time.monotonic() - start:.1f} s, "
                f"{spent.calls - before.calls} calls, {spent.tokens - before.tokens} tokens, "
                f"cost {spent.cost - before.cost:.4f}"
            )

    def _invent(self, partition: str) -> None:
        """Ask the model for tasks of its own, if it is to make some up, and perform them."""
        if self.model is None or not self.model.invent:
            return
        model, found = self.model, self.judged(partition)
        asking = model_file.client(self.store, self.corpus.name, model)
        images = model.endpoint.takes_images
        number = sum(not j.reason for j in found)
        before = asking.ledger.spent(self.corpus.name)
        asked = proposed_tasks.scenes_of(self.store, found, images)
        proposed_tasks.ask(asking, model, asked, number, self.corpus.name)
        self.cost += asking.ledger.spent(self.corpus.name).cost - before.cost
        bodies: dict[str, str] = {}
        for scene in proposed_tasks.scenes_of(self.store, found, images):
            wanted, _, _ = proposed_tasks.proposals(asking, model, scene)
            if wanted:
                bodies[scene.key] = proposed_tasks.unit(scene, wanted)
        with disk.writer_lock(self.store):
            roots = {k: {"invented": proposed_tasks.version(b)} for k, b in bodies.items()}
            work = self.tables.resolve("invented", partition, roots)
            units = [executors.Unit(k, bodies[k]) for k in work.todo]
            self._run("invented", partition, units)
            self.tables.drop("invented", work.orphaned)

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

    def _units(self, stage: str, partition: str, todo: Sequence[str]) -> Iterator[executors.Unit]:
        specs = {r.key: r.body for r in self.tables.read("spec", partition)}
        rows = {
            s.name: {r.key: r for r in self.tables.read(s.name, partition)}
            for s in self.corpus.stages()[3:-1]
        }
        refused: list[Row] = []
        for key in todo:
            if stage == "scene":
                yield executors.Unit(key, specs[key])
                continue
            scene = rows["scene"][key]
            if scene.reason:
                refused.append(stages.refused(stage, key, "scene_rejected", scene.reason))
                continue
            made = json.loads(scene.body)
            plain: dict[str, Any] = {
                "spec": json.loads(specs[key]),
                "scene": made["scene"],
                "media": made["media"],
            }
            if stage in ("replay", "verified"):
                plain["tasks"] = json.loads(rows["instructions"][key].body)
            if stage == "verified":
                plain["replay"] = json.loads(rows["replay"][key].body)
            yield executors.Unit(key, canonical(plain))
        self.tables.write(stage, partition, refused)

    def _run(self, stage: str, partition: str, units: Sequence[executors.Unit]) -> None:
        worker = stages.Worker(
            self.corpus.reference,
            stage,
            str(self.store),
            {site.name: str(root) for site, root in self.sites},
            {site.name: (tuple(site.allow), site.signed_in) for site, _ in self.sites},
        )
        # Language stages cost milliseconds a unit: a process is worth it for hundreds only.
        pure = stage in ("instructions", "verified")
        # A browser has one pixel ratio; order and batches decide no byte.
        if stage in ("scene", "replay", "invented"):
            units = sorted(units, key=_ratio)
        results = executors.run(
            worker,
            units,
            engine=self.build.engine,
            workers=1 if pure and len(units) < 500 else self.build.workers,
            batch=256 if pure else self.corpus.batch,
            lost=lambda u: stages.refused(stage, u.key, "worker_died", f"{executors.DEATHS} times"),
        )
        if not units:
            return
        start = time.monotonic()
        with progress.bar(f"{self.corpus.name} {stage}", len(units)) as bar:
            for rows in results:
                self.tables.write(stage, partition, rows)
                bar.update(len(rows))
        seconds = time.monotonic() - start
        throughput.note(self.store, self.corpus.name, stage, len(units), seconds)
        self.log(f"{self.corpus.name} {stage}: {len(units)} in {seconds:.1f} s")

    # --- what enters the release -------------------------------------------------------------

    def judged(self, partition: str) -> list[judged.Judged]:
        """Return the specs that decide the release, in key order, with their verdicts."""
        return judged.judge(self.tables, self.corpus.stages(), partition, self.build.samples)

    def shards(self, partition: str) -> Report:
        """Write the partition's shards and its record; the record is what a release is made of."""
        start = time.monotonic()
        with disk.writer_lock(self.store):
            found = self.judged(partition)
            words: dict[str, list[judged.Words]] = {}
            if self.model is not None:
                asking = model_file.client(self.store, self.corpus.name, self.model)
                words = rewording.of_partition(self.store, asking, self.model, found)
                if self.model.invent:
                    rows = {r.key: r for r in self.tables.read("invented", partition)}
                    made = proposed_tasks.of_partition(self.store, asking, self.model, found, rows)
                    for key, own in made.items():
                        words.setdefault(key, []).append(own)
            written = shards.write_shards(
                self.store,
                f"{self.corpus.name}/shards",
                partition,
                (
                    judged.entry(self.store, self.corpus, j, words.get(j.spec.key, ()))
                    for j in found
                    if not j.reason
                ),
                int(self.recipe.get("shard_bytes", shards.SHARD_BYTES)),
            )
            record = {
                "plan": release.plan_hash(self.plan_inputs(partition)),
                "inputs": self.plan_inputs(partition),
                "shards": [to_dict(s) for s in written],
                "outcomes": [to_dict(o) for o in judged.outcomes(found, words)],
            }
            if words:  # so that a deletion finds what a sample has left in the ledger
                record["answers"] = {
                    k: [a for w in ws for a in w.answers] for k, ws in words.items()
                }
            path = self._record(partition)
            disk.write_file(self.store, path, canonical(record).encode())
        kept = sum(s.samples for s in written)
        reasons: dict[str, int] = {}
        for j in found:
            if j.reason:
                reasons[j.reason] = reasons.get(j.reason, 0) + 1
        return Report("shards", len(found), kept, reasons, time.monotonic() - start)

    def _record(self, partition: str) -> Path:
        return build_release.record_path(self.store, self.corpus.name, partition)

    def partition_records(self) -> dict[str, dict[str, Any]]:
        """Return the records of all partitions that have shards, by partition."""
        return build_release.partition_records(self.store, self.corpus.name)

    def release(self, files: Mapping[str, bytes], run: Json) -> Release:
        """Commit a release of all partitions that have shards.

        Args:
            files: Deterministic files to stand beside the manifest.
            run: Times, engine and costs: outside every promise.

        Raises:
            ReleaseError: The outcomes do not add up.
        """
        with disk.writer_lock(self.store):
            uris = [p.source.uri for p in self.pages]
            pages = judged.page_outcomes(uris, self.tables.read("intake", PAGES))
            if len(pages) != len(uris):
                raise release.ReleaseError(
                    f"expected {len(uris)} outcomes of unit page, found {len(pages)}"
                )
            made, all_files = build_release.assemble(
                self.corpus.name,
                self.partition_records(),
                pages,
                judged.state_outcomes(uris, self.tables.read("states", PAGES)),
                files,
            )
            release.commit(self.store, made, all_files, run)
            build_release.write_beside(self.store, made)
            build_release.sweep_packs(self.store, self.corpus.name, self.tables)
            if self.build.keep_releases is None:
                release.sweep_shards(self.store, self.corpus.name)
            else:
                retention.sweep(self.store, self.corpus.name, self.build.keep_releases)
        return made


def _ratio(unit: executors.Unit) -> float:
    plain = json.loads(unit.body)
    return float(plain.get("spec", plain)["parameters"].get("ratio", 1.0))


def _report(step: str, made: int, rows: Sequence[Row], start: float) -> Report:
    reasons: dict[str, int] = {}
    for r in rows:
        if r.reason:
            reasons[r.reason] = reasons.get(r.reason, 0) + 1
    kept = sum(not r.reason for r in rows)
    return Report(step, made, kept, reasons, time.monotonic() - start)
