"""Steps of a corpus of prompts with rubrics: items → balanced → written → selected.

What is written is read back for its key points; nothing that a model wrote enters unread.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from corpuswright.annotators.llm import model_file
from corpuswright.annotators.llm.client import Client
from corpuswright.annotators.prompts import grammar, key_points, taxonomy, vocabulary
from corpuswright.annotators.prompts.key_points import Five, Points
from corpuswright.annotators.prompts.taxonomy import Item
from corpuswright.annotators.vocabularies import wordnet
from corpuswright.assets.builds.reports import Report
from corpuswright.assets.builds.steps import Step
from corpuswright.assets.curation import checks, rejections
from corpuswright.assets.curation.build import CurationBuild, once
from corpuswright.assets.curation.corpus import Family
from corpuswright.assets.curation.rejections import Overlap
from corpuswright.assets.images import test_sets
from corpuswright.assets.prompts import release
from corpuswright.assets.prompts.rows import ItemRow, PromptRow
from corpuswright.quality.images import minhash
from corpuswright.quality.prompts import key_points as prompt_key_points
from corpuswright.quality.prompts import rubrics
from corpuswright.quality.prompts.rubrics import Rubric
from corpuswright.quality.reports import expectations
from corpuswright.quality.reports.expectations import Finding
from corpuswright.storage import disk, keys, samples
from corpuswright.storage.arrow import Row
from corpuswright.storage.build_state import tombstones
from corpuswright.storage.inputs import sites
from corpuswright.storage.inputs.sites import SourceError
from corpuswright.storage.keys import sha256, source_id
from corpuswright.storage.records import Json, Origin, Release, Source, canonical, to_dict
from corpuswright.storage.releases import manifest
from corpuswright.storage.shards import webdataset

VERSION = 2  # bump when a record can come out otherwise

# Of what writes prompts: what is drawn, and how it is said.
VERSION_OF_WORDS = grammar.VERSION * 100 + key_points.VERSION

# --- what decides --------------------------------------------------------------------------------


def root(build: CurationBuild) -> Path:
    """Return WordNet's folder: `--source`, or the package, fetched.

    Raises:
        SourceError: It cannot be had.
    """
    if build.options.source is not None:
        return Path(build.options.source)
    return Path(sites.fetch(wordnet.SITE, Path(build.options.inputs)))


def check(build: CurationBuild) -> None:
    """Raise SourceError if WordNet's files are not there."""
    missing = [n for n in wordnet.FILES if not (build.root / n).exists()]
    if missing:
        raise SourceError(f"{build.root}: expected WordNet's files, saw no {', '.join(missing)}")


def rules(build: CurationBuild) -> Row:
    """Return what decides a partition's bytes."""
    said = sentences(build)
    return {
        "recipe": {**build.recipe, "against": [Path(f).name for f in build.recipe["against"]]},
        "versions": dict(build.corpus.versions),
        "record": samples.VERSION,
        "samples": build.options.samples,
        "about": build.corpus.about,
        "units": dict(build.corpus.units),
        "vocabulary": vocabulary.fingerprint(),
        "wordnet": sha256("".join(sha256((build.root / n).read_bytes()) for n in wordnet.FILES)),
        **({"sentences": sha256(canonical(said))} if said else {}),
        **tombstones.plan_part(tombstones.load(build.store, build.name)),
        **({"model": _plan_part(build.model)} if build.model else {}),
    }


@once
def sentences(build: CurationBuild) -> list[list[str]]:
    """Return what test sets say, with the names of their lines."""
    folders = [Path(f) for f in build.recipe["against"]]
    return [list(s) for f in folders for s in test_sets.sentences(f)]


def overlaps(build: CurationBuild, partition: str) -> list[Overlap]:
    """Return kept prompts that say what a test set says; every pair is looked at."""
    kept = _kept(build.table(partition, "selected"))
    mine = [(r["key"], minhash.shingles(r["prompt"])) for r in kept]
    return [
        Overlap(key, name)
        for name, text in sentences(build)
        for theirs in [minhash.shingles(text)]
        for key, hashes in mine
        if minhash.jaccard(hashes, theirs) >= minhash.ALIKE
    ]


# --- steps ---------------------------------------------------------------------------------------


def items(build: CurationBuild, partition: str) -> Report:
    """List every item of the vocabulary."""
    start = time.monotonic()
    check(build)
    rows: list[dict[str, Any]] = []  # without verdicts yet
    for item in taxonomy.items(wordnet.read(build.root), int(build.recipe["prompts"])):
        id_ = source_id(f"{build.recipe.get('seed', '')}{item.uri}")
        key = keys.sample_key(build.name, id_, int(partition))
        source = Source(item.uri, "", wordnet.SITE.licence, wordnet.SITE.author)
        if not (build.withdrawn.hold_key(key) or build.withdrawn.hold_source(source)):
            rows.append({"id": id_, "key": key, "uri": item.uri, **item._asdict()})
    build.keep(partition, "items", pa.Table.from_pylist(rows))
    return Report("items", len(rows), len(rows), {}, time.monotonic() - start)


def balanced(build: CurationBuild, partition: str) -> Report:
    """Take as many items of each category, and of each part in it, as there are to be."""
    start = time.monotonic()
    table = build.table(partition, "items")
    found = [_item(r) for r in table.to_pylist()]
    taken = {i.uri for i in taxonomy.balanced(found, int(build.recipe["prompts"]))}
    said = [
        ("", "", "") if i.uri in taken else ("balanced", "beyond_share", f"{i.category}/{i.part}")
        for i in found
    ]
    build.keep(partition, "balanced", rejections.replaced(table, said))
    return rejections.report("balanced", len(found), said, start)


def written(build: CurationBuild, partition: str) -> Report:
    """Draw key points, write prompts and rubrics, and read the prompts back.

    Raises:
        ModelError: Questions stay unanswered: the next run goes on.
    """
    start = time.monotonic()
    table = build.table(partition, "balanced")
    rows = table.to_pylist()
    kept = [r for r in rows if not r[rejections.REASON]]
    for r in kept:
        rng = keys.generator(build.name, "points", key_points.VERSION, r["key"])
        points = key_points.drawn(_item(r), rng)
        r["points"] = canonical(points._asdict())
        r["prompt"] = grammar.written(_item(r), points, rng)
        r["rubrics"] = canonical([list(x) for x in rubrics.of_points(_item(r), points)])
        r["answers"] = []
    if build.model is not None:
        with build.asking() as (client, _):
            _ask(build, client, kept, partition)
    tests = [(n, minhash.shingles(t)) for n, t in sentences(build)]
    said = [
        v if v[1] else _read(r, tests)
        for r, v in zip(rows, rejections.verdicts(table), strict=True)
    ]
    build.keep(partition, "written", _anew(rows, said))
    of_this = [v for v in said if v[0] in ("", "written")]
    return rejections.report("written", len(kept), of_this, start)


def _ask(build: CurationBuild, client: Client, rows: Sequence[PromptRow], partition: str) -> None:
    """Put a model's prompts and rubrics in place of the grammar's."""
    name = f"{build.name}-{partition}"
    wanted = build.options.samples
    for chunk in model_file.chunks(sorted(rows, key=lambda r: r["key"])):
        if wanted is not None and wanted <= 0:
            break  # enough hold already; what follows in key order is not paid for
        questions = [key_points.question(r["key"], _item(r), _points(r)) for r in chunk]
        answers = model_file.answers_of(client, questions, name)
        for r, q in zip(chunk, questions, strict=True):
            answer = answers[q.id]
            five = answer.value.all() if isinstance(answer.value, Five) else ()
            holds = (p for p in five if not prompt_key_points.check(p, r["name"], _points(r)))
            # None that holds: the first one goes on, and is refused with what it lacks.
            r["prompt"] = next(holds, five[0] if five else "")
            r["answers"] = [answer.key]
        with_prompt = [r for r in chunk if r["prompt"]]
        asked = [rubrics.question(r["key"], r["prompt"], _rubrics(r)) for r in with_prompt]
        more = model_file.answers_of(client, asked, name)
        for r, q in zip(with_prompt, asked, strict=True):
            value = more[q.id].value
            said = value if isinstance(value, rubrics.Written) else None
            joined = rubrics.joined(_rubrics(r), said, r["prompt"])
            r["rubrics"] = canonical([list(x) for x in joined])
            r["answers"].append(more[q.id].key)
        if wanted is not None:
            wanted -= sum(not _read(r, ())[1] for r in chunk)


def selected(build: CurationBuild, partition: str) -> Report:
    """Take the samples wanted, in key order."""
    start = time.monotonic()
    table, said = rejections.wanted(
        build.table(partition, "written").sort_by("key"), build.options.samples, "selected"
    )
    build.keep(partition, "selected", table)
    return rejections.report("selected", len(said), said, start)


def shards(build: CurationBuild, partition: str) -> Report:
    """Write the shards and the partition's record."""
    start = time.monotonic()
    rows = build.table(partition, "selected").to_pylist()
    outcomes = [o for r in rows for o in release.outcomes(r)]
    kept = [r for r in rows if not r[rejections.REASON]]
    with disk.writer_lock(build.store):
        limit = int(build.recipe["shard_bytes"])
        origin = Origin("rl_prompts", VERSION_OF_WORDS)
        if build.model is not None:
            name, prompt = build.model.endpoint.model, key_points.WRITING.sha256
            origin = Origin("rl_prompts", VERSION_OF_WORDS, name, prompt)
        entries = (release.entry(build.name, r, origin) for r in kept)
        made = webdataset.write_shards(
            build.store, f"{build.name}/shards", partition, entries, limit
        )
        said = (wordnet.SITE.licence, wordnet.SITE.author)
        inputs = build.inputs(partition, {r["uri"]: (sha256(r["gloss"]), *said) for r in rows})
        answers = {r["key"]: r["answers"] for r in kept if r["answers"]}
        record: Row = {
            "plan": manifest.plan_hash(inputs),
            "inputs": inputs,
            "shards": [to_dict(s) for s in made],
            "outcomes": [to_dict(o) for o in outcomes],
            **({"answers": answers} if answers else {}),
        }
        build.record(partition, record, {})
    reasons = Counter(o.reason for o in outcomes if o.reason and o.unit == "scene")
    return Report("shards", len(made), len(kept), reasons, time.monotonic() - start)


# --- what must hold, and the release -------------------------------------------------------------


def examined(build: CurationBuild, partition: str) -> list[Finding]:
    """Return what Great Expectations finds on counts of what is kept."""
    kept = _kept(build.table(partition, "selected"))
    words = [len(r["prompt"].split()) for r in kept]
    checks = [len(_rubrics(r)) for r in kept]
    row = {
        "kept": len(kept),
        "keys_twice": len(kept) - len({r["key"] for r in kept}),
        "prompts_twice": len(kept) - len({r["prompt"] for r in kept}),
        "fewest_words": min(words, default=0),
        "most_words": max(words, default=0),
        "fewest_rubrics": min(checks, default=0),
        "most_rubrics": max(checks, default=0),
    }
    limits = {
        "kept": (1, None),
        "keys_twice": (0, 0),
        "prompts_twice": (0, 0),
        "fewest_words": (prompt_key_points.LEAST, None),
        "most_words": (None, prompt_key_points.MOST),
        "fewest_rubrics": (2, None),  # one of a key point, and the global one
        "most_rubrics": (None, 11),  # ten, and the global one (the paper's)
    }
    return expectations.between(pd.DataFrame([row]), limits)


def publish(build: CurationBuild, run: Json) -> Release:
    """Commit a release of all partitions, with prompts as lines and their balance."""
    return release.publish(build, run)


def dropped(build: CurationBuild, partition: str) -> list[pa.Table]:
    """Return the table whose rows say why items are out."""
    return [build.table(partition, "selected")]


def _plan_part(model: model_file.Model) -> Json:
    prompts: Json = {"prompts": key_points.WRITING.sha256, "rubrics": rubrics.WRITING.sha256}
    return {"name": model.endpoint.model, "max_tokens": model.endpoint.max_tokens, **prompts}


def _item(row: ItemRow) -> Item:
    return Item(*(row[n] for n in Item._fields))


def _points(row: PromptRow) -> Points:
    return Points(**json.loads(row["points"]))


def _rubrics(row: PromptRow) -> list[Rubric]:
    return [Rubric(*r) for r in json.loads(row["rubrics"])]


def _kept(table: pa.Table) -> list[PromptRow]:
    return [r for r in table.to_pylist() if not r[rejections.REASON]]


def _anew(rows: Sequence[Row], verdicts: Sequence[rejections.Verdict]) -> pa.Table:
    """Return rows as a table with new verdicts; what some rows lack is empty there."""
    texts = {"points": "", "prompt": "", "rubrics": ""}
    bare = [
        {**texts, "answers": [], **{k: v for k, v in r.items() if k not in rejections.COLUMNS}}
        for r in rows
    ]
    schema = pa.schema(
        [
            pa.field(n, pa.list_(pa.string()))
            if n == "answers"
            else pa.field(n, pa.int64() if n in ("synset", "take") else pa.string())
            for n in bare[0]
        ]
    )
    return rejections.replaced(pa.Table.from_pylist(bare, schema=schema), verdicts)


def _read(row: PromptRow, tests: Sequence[tuple[str, Any]]) -> rejections.Verdict:
    """Return what drops a prompt: that it does not hold its key points, or is a test's."""
    if not row["prompt"]:
        return "written", "no_prompt", "no valid answer"
    wrong = prompt_key_points.check(row["prompt"], row["name"], _points(row))
    if wrong is not None:
        return "written", wrong.reason, wrong.value
    mine = minhash.shingles(row["prompt"]) if tests else None
    for name, theirs in tests:
        if mine is not None and minhash.jaccard(mine, theirs) >= minhash.ALIKE:
            return "written", rejections.IN_TEST_SET, name
    return "", "", ""


PYTHON = frozenset({"python"})
CHECKS = checks.of("selected", lambda build: len(sentences(build)), overlaps, examined)
STEPS = (
    Step("items", "Every item of the vocabulary, with what WordNet says it means.", items, PYTHON,
         "item", None, ("tables",)),
    Step("balanced", "As many items of each category, and of each part in it, as there are to be.",
         balanced, PYTHON, "item", None, ("filters",)),
    Step("written", "Key points drawn, prompts and rubrics written, and prompts read back.",
         written, PYTHON, "prompt", None, ("captions",)),
    Step("selected", "The samples wanted, in key order.", selected, PYTHON, "prompt", None,
         ("tables",), CHECKS),
    Step("shards", "The prompts in key order, as WebDataset shards named by their content.",
         shards, frozenset({"webdataset"}), "prompt"),
)  # fmt: skip
FAMILY = Family(root, check, rules, lambda build: (), lambda build: "", publish, dropped)
