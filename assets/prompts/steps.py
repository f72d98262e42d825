"""A corpus of prompts with rubrics, by the steps of a curated one: items → drawn → written → read.

`sources` lists the taxonomy's items, `filtered` takes as many of each category and part as there
are to be, `deduplicated` drops names that differ in a hyphen, `captioned` writes prompts and
rubrics and reads them back, `bucketed` takes the samples wanted.
"""

from __future__ import annotations

import functools
import json
import re
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from corpuswright.annotators.llm import model_file
from corpuswright.annotators.llm.client import Client
from corpuswright.annotators.prompts import key_points, taxonomy
from corpuswright.annotators.prompts.key_points import Five, Points
from corpuswright.annotators.prompts.taxonomy import Item
from corpuswright.annotators.vocabularies import wordnet
from corpuswright.assets.builds import release as build_release
from corpuswright.assets.builds.reports import Report
from corpuswright.assets.curation import rejections
from corpuswright.assets.curation.rejections import Verdict, report, with_verdicts
from corpuswright.assets.images import test_sets
from corpuswright.assets.images.steps import Curation
from corpuswright.assets.prompts import release
from corpuswright.quality.images import minhash
from corpuswright.quality.prompts import key_points as prompt_key_points
from corpuswright.quality.prompts import rubrics
from corpuswright.quality.prompts.rubrics import Rubric
from corpuswright.quality.reports import expectations
from corpuswright.quality.reports.expectations import Finding
from corpuswright.storage import disk, keys, samples
from corpuswright.storage.build_state import tombstones
from corpuswright.storage.inputs import sites as sources
from corpuswright.storage.inputs.sites import SourceError
from corpuswright.storage.keys import sha256, source_id
from corpuswright.storage.records import Json, Origin, Release, Source, canonical, to_dict
from corpuswright.storage.releases import manifest
from corpuswright.storage.shards import webdataset as shards

VERSION = 1  # bump when a record can come out otherwise

_LETTERS = re.compile(r"[^a-z]+")
Row = dict[str, Any]


class Prompting(Curation):
    """A build of prompts; its steps are those of `Curation`, each of which can be repeated."""

    # --- what decides ------------------------------------------------------------------------

    @functools.cached_property
    def root(self) -> Path:
        """WordNet's folder: `--source`, or the package, fetched.

        Raises:
            SourceError: It cannot be had.
        """
        if self.build.source is not None:
            return Path(self.build.source)
        return Path(sources.fetch(wordnet.SITE, Path(self.build.inputs)))

    def check(self) -> None:
        """Raise SourceError if WordNet's files are not there."""
        missing = [n for n in wordnet.FILES if not (self.root / n).exists()]
        if missing:
            raise SourceError(f"{self.root}: expected WordNet's files, saw no {', '.join(missing)}")

    def _rules(self) -> Row:
        held = tombstones.load(self.store, self.corpus.name)
        model = {"model": _plan_part(self.model)} if self.model else {}
        return {
            "recipe": {**self.recipe, "against": [Path(f).name for f in self.recipe["against"]]},
            "versions": dict(self.corpus.versions),
            "record": samples.VERSION,
            "samples": self.build.samples,
            "about": self.corpus.about,
            "units": dict(self.corpus.units),
            "wordnet": sha256("".join(sha256((self.root / n).read_bytes()) for n in wordnet.FILES)),
            **({"sentences": sha256(canonical(self._sentences))} if self._sentences else {}),
            **tombstones.plan_part(held),
            **model,
        }

    def _fingerprint(self, partition: str) -> str:
        return sha256(canonical([partition, self._rules(), self._before(partition)]))

    @functools.cached_property
    def _sentences(self) -> list[list[str]]:
        """What test sets say, with the names of their lines."""
        folders = [Path(f) for f in self.recipe["against"]]
        return [list(s) for f in folders for s in test_sets.sentences(f)]

    def overlaps(self, partition: str) -> list[rejections.Overlap]:
        """Return kept prompts that say what a test set says; every pair is looked at."""
        kept = _kept(self._table(partition, "bucketed"))
        mine = [(r["key"], minhash.shingles(r["prompt"])) for r in kept]
        return [
            rejections.Overlap(key, name)
            for name, text in self._sentences
            for theirs in [minhash.shingles(text)]
            for key, hashes in mine
            if minhash.jaccard(hashes, theirs) >= minhash.ALIKE
        ]

    def tests_held(self) -> int:
        """Return how many sentences of test sets are kept out."""
        return len(self._sentences)

    # --- steps -------------------------------------------------------------------------------

    def sources(self, partition: str) -> Report:
        """List every item of the taxonomy."""
        start = time.monotonic()
        self.check()
        withdrawn = tombstones.load(self.store, self.corpus.name)
        rows: list[Row] = []
        for item in taxonomy.items(wordnet.read(self.root)):
            id_ = source_id(f"{self.recipe.get('seed', '')}{item.uri}")
            key = keys.sample_key(self.corpus.name, id_, int(partition))
            source = Source(item.uri, "", wordnet.SITE.licence, wordnet.SITE.author)
            if not (withdrawn.hold_key(key) or withdrawn.hold_source(source)):
                rows.append({"id": id_, "key": key, "uri": item.uri, **item._asdict()})
        self._keep(partition, "references", pa.Table.from_pylist(rows))
        return Report("sources", len(rows), len(rows), {}, time.monotonic() - start)

    def filtered(self, partition: str) -> Report:
        """Take as many items of each category, and of each part in it, as there are to be."""
        start = time.monotonic()
        table = self._table(partition, "references")
        found = [_item(r) for r in table.to_pylist()]
        # Names that differ in a hyphen are one: the next step drops the later ones, and says so.
        first = {_LETTERS.sub("", i.name): i for i in reversed(found)}
        own = [i for i in found if first[_LETTERS.sub("", i.name)] == i]
        taken = {i.uri for i in taxonomy.balanced(own, int(self.recipe["prompts"]))}
        taken |= {i.uri for i in set(found) - set(own)}
        verdicts = [
            ("", "", "")
            if i.uri in taken
            else ("filtered", "beyond_share", f"{i.category}/{i.part}")
            for i in found
        ]
        self._keep(partition, "filtered", with_verdicts(table, verdicts))
        return report("filtered", len(found), verdicts, start)

    def deduplicated(self, partition: str) -> Report:
        """Drop items whose names are an earlier one's but for hyphens and spaces."""
        start = time.monotonic()
        rows = self._table(partition, "filtered").to_pylist()
        first: dict[str, str] = {}
        verdicts: list[Verdict] = []
        for r in rows:
            verdict = (r["stage"], r["dropped"], r["seen"])
            other = first.setdefault(_LETTERS.sub("", r["name"]), r["key"])
            if not r["dropped"] and other != r["key"]:
                verdict = ("deduplicated", "same_item", other)
            verdicts.append(verdict)
        self._keep(partition, "deduplicated", _anew(rows, verdicts))
        return report("deduplicated", len(rows), verdicts, start)

    def captioned(self, partition: str) -> Report:
        """Draw key points, write prompts and rubrics, and read the prompts back.

        Raises:
            ModelError: Questions stay unanswered: the next run goes on.
        """
        start = time.monotonic()
        rows = self._table(partition, "deduplicated").to_pylist()
        kept = [r for r in rows if not r["dropped"]]
        for r in kept:
            rng = keys.generator(self.corpus.name, "points", key_points.VERSION, r["key"])
            points = key_points.drawn(_item(r), rng)
            r["points"] = canonical(points._asdict())
            r["prompt"] = key_points.written(_item(r), points, rng)
            r["rubrics"] = canonical([list(x) for x in rubrics.of_points(r["name"], points)])
            r["answers"] = []
        if self.model is not None:
            with self.asking() as (client, _):
                self._ask(client, kept, partition)
        tests = [(n, minhash.shingles(t)) for n, t in self._sentences]
        verdicts: list[Verdict] = []
        for r in rows:
            verdict = (r["stage"], r["dropped"], r["seen"])
            verdicts.append(verdict if r["dropped"] else _read(r, tests))
        self._keep(partition, "captioned", _anew(rows, verdicts))
        return report("captioned", len(kept), [v for v in verdicts if v[0] in ("", "captioned")],
                      start)  # fmt: skip

    def _ask(self, asking: Client, rows: Sequence[Row], partition: str) -> None:
        """Put a model's prompts and rubrics in place of the grammar's."""
        name = f"{self.corpus.name}-{partition}"
        wanted = self.build.samples
        for chunk in model_file.chunks(sorted(rows, key=lambda r: r["key"])):
            if wanted is not None and wanted <= 0:
                break  # enough hold already; what follows in key order is not paid for
            questions = [key_points.question(r["key"], _item(r), _points(r)) for r in chunk]
            answers = model_file.answers_of(asking, questions, name)
            for r, q in zip(chunk, questions, strict=True):
                answer = answers[q.id]
                five = answer.value.all() if isinstance(answer.value, Five) else ()
                holds = (p for p in five if not prompt_key_points.check(p, r["name"], _points(r)))
                # None that holds: the first one goes on, and is refused with what it lacks.
                r["prompt"] = next(holds, five[0] if five else "")
                r["answers"] = [answer.key]
            with_prompt = [r for r in chunk if r["prompt"]]
            asked = [rubrics.question(r["key"], r["prompt"], _rubrics(r)) for r in with_prompt]
            more = model_file.answers_of(asking, asked, name)
            for r, q in zip(with_prompt, asked, strict=True):
                value = more[q.id].value
                said = value if isinstance(value, rubrics.Written) else None
                joined = rubrics.joined(_rubrics(r), said, r["prompt"])
                r["rubrics"] = canonical([list(x) for x in joined])
                r["answers"].append(more[q.id].key)
            if wanted is not None:
                wanted -= sum(not _read(r, ())[1] for r in chunk)

    def examined(self, partition: str) -> list[Finding]:
        """Return what Great Expectations finds on counts of what is kept."""
        kept = _kept(self._table(partition, "bucketed"))
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

    def bucketed(self, partition: str) -> Report:
        """Take the samples wanted, in key order."""
        start = time.monotonic()
        rows = sorted(self._table(partition, "captioned").to_pylist(), key=lambda r: r["key"])
        left = self.build.samples
        verdicts: list[Verdict] = []
        for r in rows:
            verdict = (r["stage"], r["dropped"], r["seen"])
            if not r["dropped"] and left is not None:
                left -= 1
                if left < 0:
                    verdict = ("bucketed", "beyond_samples", f"{self.build.samples} wanted")
            verdicts.append(verdict)
        self._keep(partition, "bucketed", _anew(rows, verdicts))
        return report("bucketed", len(rows), verdicts, start)

    def shards(self, partition: str) -> Report:
        """Write the shards and the partition's record."""
        start = time.monotonic()
        table = self._table(partition, "bucketed")
        outcomes = [o for r in table.to_pylist() for o in release.outcomes(r)]
        kept = _kept(table)
        with disk.writer_lock(self.store):
            limit = int(self.recipe["shard_bytes"])
            origin = Origin("rl_prompts", key_points.VERSION)
            if self.model is not None:
                name, prompt = self.model.endpoint.model, key_points.WRITING.sha256
                origin = Origin("rl_prompts", key_points.VERSION, name, prompt)
            entries = (release.entry(self.corpus.name, r, origin) for r in kept)
            written = shards.write_shards(
                self.store, f"{self.corpus.name}/shards", partition, entries, limit
            )
            inputs: Row = {
                "corpus": self.corpus.name,
                "partition": partition,
                **self._rules(),
                "sources": {
                    r["uri"]: [sha256(r["gloss"]), wordnet.SITE.licence, wordnet.SITE.author]
                    for r in table.to_pylist()
                },
                "after": self._before(partition),
            }
            plan = manifest.plan_hash(inputs)
            answers = {r["key"]: r["answers"] for r in kept if r["answers"]}
            record: Row = {
                "plan": plan,
                "inputs": inputs,
                "shards": [to_dict(s) for s in written],
                "outcomes": [to_dict(o) for o in outcomes],
                **({"answers": answers} if answers else {}),
            }
            path = build_release.record_path(self.store, self.corpus.name, partition)
            disk.write_file(self.store, path, canonical(record).encode())
            stamp = canonical([self._fingerprint(partition), plan]).encode()
            disk.write_file(self.store, self._work(partition) / "done.json", stamp)
        reasons = Counter(o.reason for o in outcomes if o.reason and o.unit == "scene")
        return Report("shards", len(written), len(kept), reasons, time.monotonic() - start)

    def commit(self, run: Json) -> Release:
        """Commit a release of all partitions, with its prompts as lines and its balance."""
        records = build_release.partition_records(self.store, self.corpus.name)
        keep = self.build.keep_releases
        return release.commit(self.store, self.corpus.name, records, run, keep)


def _plan_part(model: model_file.Model) -> Json:
    prompts: Json = {"prompts": key_points.WRITING.sha256, "rubrics": rubrics.WRITING.sha256}
    return {"name": model.endpoint.model, "max_tokens": model.endpoint.max_tokens, **prompts}


def _item(row: Row) -> Item:
    return Item(*(row[n] for n in Item._fields))


def _points(row: Row) -> Points:
    return Points(**json.loads(row["points"]))


def _rubrics(row: Row) -> list[Rubric]:
    return [Rubric(*r) for r in json.loads(row["rubrics"])]


def _kept(table: pa.Table) -> list[Row]:
    return [r for r in table.to_pylist() if not r["dropped"]]


def _anew(rows: Sequence[Row], verdicts: Sequence[Verdict]) -> pa.Table:
    """Return rows as a table with new verdicts; what some rows lack is empty there."""
    texts = {"points": "", "prompt": "", "rubrics": ""}
    bare = [
        {**texts, "answers": [], **{k: v for k, v in r.items() if k not in _VERDICT}} for r in rows
    ]
    schema = pa.schema(
        [pa.field(n, pa.list_(pa.string())) if n == "answers"
         else pa.field(n, pa.int64() if n == "synset" else pa.string()) for n in bare[0]]
    )  # fmt: skip
    return with_verdicts(pa.Table.from_pylist(bare, schema=schema), verdicts)


_VERDICT = ("stage", "dropped", "seen")


def _read(row: Row, tests: Sequence[tuple[str, Any]]) -> Verdict:
    """Return what drops a prompt: that it does not hold its key points, or is a test's."""
    if not row["prompt"]:
        return "captioned", "no_prompt", "no valid answer"
    wrong = prompt_key_points.check(row["prompt"], row["name"], _points(row))
    if wrong is not None:
        return "captioned", wrong.reason, wrong.value
    mine = minhash.shingles(row["prompt"]) if tests else None
    for name, theirs in tests:
        if mine is not None and minhash.jaccard(mine, theirs) >= minhash.ALIKE:
            return "captioned", rejections.IN_TEST_SET, name
    return "", "", ""
