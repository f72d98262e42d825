"""The first step: pages judged, their states explored, and the ways in which they are looked at."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping

from corpuswright.assets.builds.reports import Report
from corpuswright.assets.synthesis import pages, run_stages
from corpuswright.assets.synthesis.build import PAGES, SynthesisBuild
from corpuswright.assets.synthesis.executors import Unit
from corpuswright.storage import disk
from corpuswright.storage.build_state.stage_rows import StageRow
from corpuswright.storage.inputs.sites import Page
from corpuswright.storage.keys import sha256, source_id
from corpuswright.storage.records import Source, Spec, canonical, to_json


def specs(build: SynthesisBuild, partition: str) -> Report:
    """Judge new and changed pages at intake and write the partition's specs."""
    start = time.monotonic()
    with disk.writer_lock(build.store):
        disk.sweep_staging(build.store)
        disk.write_file(
            build.store,
            build.store / build.corpus.name / "tools.json",
            canonical(build.tools).encode(),
        )
        made = _intake(build)
        _explore(build)
        specs = _plan(build, partition)
        roots = {spec.key: {"spec": version} for spec, version in specs}
        work = build.tables.resolve("spec", partition, roots)
        todo = set(work.todo)
        rows = [
            StageRow(spec.key, {"spec": version}, to_json(spec))
            for spec, version in specs
            if spec.key in todo
        ]
        build.tables.write("spec", partition, rows)
        build.tables.drop("spec", work.orphaned)
    verdicts = build.tables.read("intake", PAGES)
    return run_stages.report("intake", made, verdicts, start)


def _intake(build: SynthesisBuild) -> int:
    """Judge pages, and pages that these link to, until there are no new ones."""
    made = 0
    while True:
        made += _judge_pages(build)
        rows = {r.key: json.loads(r.body) for r in build.tables.read("intake", PAGES)}
        links = {
            p.source.uri: rows[source_id(p.source.uri)].get("links", [])
            for p in build.pages
            if p.site in _following(build)
        }
        known = len(build.pages)
        disk.write_file(build.store, build.links, canonical(links).encode())
        build.forget_pages()
        if len(build.pages) == known:
            return made


def _following(build: SynthesisBuild) -> frozenset[str]:
    return frozenset(site.name for site, _ in build.sites if site.follow)


def _judge_pages(build: SynthesisBuild) -> int:
    by_id = {source_id(p.source.uri): p for p in build.pages}
    refused = pages.refusals(build.sites, build.pages, build.options.allow_licence)
    wanted = [build.recipe.get("languages", []), build.recipe.get("targets", 1)]
    body = {"wanted": None if wanted == [[], 1] else wanted}
    bodies = {
        k: {**body, "site": p.site, "path": p.path, "refused": refused.get(p.source.uri)}
        for k, p in by_id.items()
    }
    roots = {
        k: {
            "verdict": sha256(
                f"{p.source.sha256} {canonical(build.tools)} {bodies[k]['refused'] or ''}"
                f"{body['wanted'] or ''}"
            )
        }
        for k, p in by_id.items()
    }
    work = build.tables.resolve("intake", PAGES, roots)
    units = [Unit(k, canonical(bodies[k])) for k in work.todo]
    run_stages.run(build, "intake", PAGES, units)
    build.tables.drop("intake", work.orphaned)
    return len(units)


def _explore(build: SynthesisBuild) -> None:
    """Find states of the pages whose verdict is stable."""
    number = int(build.recipe.get("states", 0))
    by_id = {source_id(p.source.uri): p for p in build.pages}
    scripts = build.corpus.scripts
    roots: dict[str, Mapping[str, str]] = {}
    for row in build.tables.read("intake", PAGES):
        uri = by_id[row.key].source.uri
        if not row.reason and (number or uri in scripts):
            wanted = [number, [[s.name, s.steps] for s in scripts.get(uri, ())]]
            version = f"{row.versions['verdict']} {canonical(wanted)}"
            roots[row.key] = {"states": sha256(f"{by_id[row.key].source.sha256} {version}")}
    work = build.tables.resolve("states", PAGES, roots)
    units = [
        Unit(
            k,
            canonical({"site": by_id[k].site, "path": by_id[k].path, "states": number}),
        )
        for k in work.todo
    ]
    run_stages.run(build, "states", PAGES, units)
    build.tables.drop("states", work.orphaned)


def _plan(build: SynthesisBuild, partition: str) -> list[tuple[Spec, str]]:
    """Plan the partition; a spec names all pages it reads, and its version their content."""
    by_uri = {p.source.uri: p for p in build.pages}
    verdicts = {r.key: r for r in build.tables.read("intake", PAGES)}
    states = {r.key: json.loads(r.body) for r in build.tables.read("states", PAGES)}
    usable: list[Page] = []
    reads: dict[str, list[Page]] = {}
    for page in build.pages:
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
    for spec in build.corpus.plan(build.corpus.name, usable, build.recipe, partition):
        if build.withdrawn.hold_key(spec.key):
            continue
        # Applications that scenes are shown in are sources too, and no pages with a verdict.
        if any(build.withdrawn.hold_source(s) or not _allowed(build, s) for s in spec.sources):
            left += 1
            continue
        read = reads.get(spec.sources[0].uri, []) if spec.sources else []
        more = tuple(p.source for p in read)
        whole = Spec(spec.key, spec.corpus, spec.medium, spec.parameters, (*spec.sources, *more))
        planned.append((whole, sha256(to_json(whole) + canonical(build.tools))))
    if left:
        build.log(
            f"{build.corpus.name}: {left} scenes are not made: they would show an application "
            "that was withdrawn, or whose licence is not allowed"
        )
    return sorted(planned, key=lambda s: s[0].key)


def _allowed(build: SynthesisBuild, source: Source) -> bool:
    licences = build.options.allow_licence
    return licences is None or source.licence in licences
