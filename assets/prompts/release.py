"""Records of prompts, and a release of them: shards, lines that trainers read, their balance."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from corpuswright.annotators.prompts.key_points import Points
from corpuswright.annotators.vocabularies import wordnet
from corpuswright.assets.builds import release
from corpuswright.assets.curation.build import CurationBuild
from corpuswright.assets.prompts.rows import PromptRow
from corpuswright.quality.prompts import diversity
from corpuswright.quality.reports import expectations
from corpuswright.storage import disk, keys, samples
from corpuswright.storage.keys import sha256
from corpuswright.storage.records import (
    Json,
    Origin,
    Outcome,
    Release,
    Scene,
    Source,
    Spec,
    Task,
    canonical,
)
from corpuswright.storage.releases import manifest
from corpuswright.storage.releases.remote_store import ShardStore
from corpuswright.storage.shards import webdataset

MEDIUM = "prompt"
SIZE = (1024, 1024)  # px that a prompt is for: the largest square bucket
STAGES = ("items", "balanced", "written", "selected", "shards")


def entry(corpus: str, r: PromptRow, origin: Origin) -> webdataset.Entry:
    """Return the record of a prompt."""
    points = Points(**json.loads(r["points"]))
    parameters: Json = {
        "category": r["category"],
        "sub_category": r["part"],
        "item": r["name"],
        "synset": r["synset"],
        "key_points": list(points.kinds),
        "points": {k: v for k, v in points._asdict().items() if v},
        "rubrics": json.loads(r["rubrics"]),
    }
    source = Source(r["uri"], sha256(r["gloss"]), wordnet.SITE.licence, wordnet.SITE.author)
    spec = Spec(r["key"], corpus, MEDIUM, parameters, (source,))
    task = Task(
        keys.task_key(r["key"], 0), "prompt", (), r["prompt"], "photographic", (), (), origin
    )
    body = samples.write(spec, Scene(SIZE, (1.0, 1.0), (), {}), [task])
    return webdataset.Entry(r["key"], 1, {"json": body})


def outcomes(r: PromptRow) -> list[Outcome]:
    """Return how an item ended, and its prompt where it is kept."""
    ending = manifest.REJECTED if r["reason"] else manifest.KEPT
    made = [
        Outcome(
            r["key"],
            r["uri"],
            "scene",
            r["uri"],
            r["stage"] or "shards",
            ending,
            r["reason"],
            r["value"],
        )
    ]
    if not r["reason"]:
        task = keys.task_key(r["key"], 0)
        made.append(Outcome(task, r["key"], "task", r["uri"], "written", manifest.KEPT, "", ""))
    return made


def publish(build: CurationBuild, run: Json) -> Release:
    """Commit a release of all partitions, with its prompts as lines and its balance.

    Call with the writer lock held.
    """
    records = release.partition_records(build.store, build.name)
    lines, balance = list[str](), dict[str, dict[str, int]]()
    for record in records.values():
        for plain in record["shards"]:
            for key, files in webdataset.read_shard(build.store / plain["name"]):
                lines.append(line_of(key, files["json"]))
    for line in map(json.loads, lines):
        for name in ("category", *(f"point {p}" for p in line["key_points"])):
            value = line["category"] if name == "category" else "prompts"
            counts = balance.setdefault(name, {})
            counts[value] = counts.get(value, 0) + 1
    funnel = {p: funnel_of(r["outcomes"]) for p, r in records.items()}
    varied = diversity.figures([json.loads(line)["prompt"] for line in lines])
    files = {
        "prompts.jsonl": "".join(f"{line}\n" for line in lines).encode(),
        "balance.json": canonical({**balance, "diversity": varied}).encode() + b"\n",
        "funnel.json": canonical(funnel).encode() + b"\n",
    }

    def report(made: Release) -> None:
        rows = [("of", "what", "prompts")]
        rows += [(n, v, str(c)) for n, counts in sorted(balance.items()) for v, c in counts.items()]
        rows += [("diversity", name, f"{value:g}") for name, value in varied.items()]
        some = [("prompt", "rubrics")]
        some += [
            (p["prompt"], "; ".join(c for _, c in p["rubrics"]))
            for p in map(json.loads, lines[:20])
        ]
        title = f"{made.corpus}, release {made.plan}"
        page = expectations.report(title, [("Balance", rows), ("The first prompts", some)])
        folder = manifest.folder(build.store, made.corpus, made.plan)
        disk.write_file(build.store, folder / "report.html", page.encode())

    made, files = release.assemble(build.name, records, [], files)
    return release.publish(
        ShardStore(build.store), made, files, run, build.options.keep_releases, report
    )


def line_of(key: str, body: bytes) -> str:
    """Return a prompt as trainers of other stacks read it."""
    held = samples.read(body)
    p: Mapping[str, Any] = held.spec.parameters
    told = {n: p[n] for n in ("category", "sub_category", "item", "key_points", "rubrics")}
    return canonical({"key": key, "prompt": held.tasks[0].text, **told})


def funnel_of(outcomes: Sequence[Mapping[str, Any]]) -> list[Json]:
    """Return, stage by stage, how many items came in, went on, and were dropped why."""
    items = [o for o in outcomes if o["unit"] == "scene"]
    left, found = len(items), list[Json]()
    for stage in STAGES:
        reasons = Counter(o["reason"] for o in items if o["reason"] and o["stage"] == stage)
        gone = sum(reasons.values())
        counted: Json = dict(sorted(reasons.items()))
        found.append({"stage": stage, "in": left, "out": left - gone, "reasons": counted})
        left -= gone
    return found
