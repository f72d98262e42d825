"""A balanced subset of a curated release: as many of each scenario, the most beautiful of each.

Lens (arXiv 2605.21573) distils on 100,000 images selected on aesthetics and scenario balance, and
says no more of how. Here the rule is: scenarios give equal shares, what a small one cannot give the
others give; within one the highest aesthetic score goes first, then key order. A subset is a list
of keys that `BucketLoader` takes; no byte is copied.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, get_args

import pyarrow as pa

from corpuswright.annotators.prompts import taxonomy
from corpuswright.annotators.vocabularies import wordnet, wordnet_categories
from corpuswright.assets.curation import rejections
from corpuswright.assets.images.rows import ImageRow
from corpuswright.storage import disk
from corpuswright.storage.inputs import sites
from corpuswright.storage.inputs.sites import SourceError
from corpuswright.storage.media import captions
from corpuswright.storage.releases import manifest
from corpuswright.storage.shards import webdataset

By = Literal["category", "folder", "bucket", "licence", "author"]
BY: Sequence[By] = get_args(By)
OTHER = "other"  # the category of a caption that names nothing of the taxonomy
_WORD = re.compile(r"[a-z]+(?:-[a-z]+)*")
LONGEST = 3  # words of a name of the taxonomy that is looked for


def select(store: Path, corpus: str, number: int, by: By, inputs: Path) -> pa.Table:
    """Return the subset of the newest release: `key`, `scenario`, `aesthetic`, in key order.

    Args:
        store: The local store, with the tables of its builds.
        corpus: The slug.
        number: Images wanted; fewer where there are fewer.
        by: What a scenario is: the category of what captions name (WordNet's, those of `lens_rl`),
            the first folder in the source (its own name for what lies in none), the bucket, the
            licence or the author.
        inputs: Where fetched packages are kept.

    Raises:
        ReleaseError: There is no release.
        SourceError: Tables of its builds are gone, or WordNet cannot be had.
    """
    made = manifest.load(store, corpus)
    kept = {
        o.key
        for o in manifest.outcomes(store, made)
        if o.unit == "scene" and o.outcome == manifest.KEPT
    }
    rows: list[ImageRow] = []
    partitions: Any = made.plan_inputs["partitions"]
    for partition in partitions:
        path = store / corpus / "work" / partition / "bucketed.parquet"
        if not path.exists():
            raise SourceError(f"{path}: expected what the build has left; build {corpus} again")
        table = rejections.kept(webdataset.read_parquet(path.read_bytes()))
        rows += table.select([*_READ]).to_pylist()
    rows = [r for r in rows if r["key"] in kept]
    if len(rows) != len(kept):
        raise SourceError(
            f"{corpus}: expected what the build of release {made.plan} has left of {len(kept)} "
            f"images, saw {len(rows)}; build {corpus} again"
        )
    scenario = _by_category(inputs) if by == "category" else _BY[by]
    groups: dict[str, list[ImageRow]] = {}
    for row in rows:
        groups.setdefault(scenario(row), []).append(row)
    wanted = taxonomy.shares({s: len(groups[s]) for s in sorted(groups)}, number)
    best: list[dict[str, Any]] = []
    for name, n in wanted.items():
        first = sorted(groups[name], key=_order)[:n]
        best += [{"key": r["key"], "scenario": name, "aesthetic": r["aesthetic"]} for r in first]
    schema = pa.schema(
        [("key", pa.string()), ("scenario", pa.string()), ("aesthetic", pa.float64())],
        metadata={"corpus": corpus, "plan": made.plan, "by": by},
    )
    best.sort(key=lambda r: r["key"])
    return pa.Table.from_pylist(best, schema=schema)


def write(store: Path, corpus: str, name: str, table: pa.Table) -> Path:
    """Write a subset as `<corpus>/subsets/<name>.parquet`."""
    path = store / corpus / "subsets" / f"{name}.parquet"
    disk.write_file(store, path, webdataset.parquet_bytes(table))
    return path


def taken(table: pa.Table) -> Sequence[tuple[str, int, int]]:
    """Return each scenario of a subset with how many were taken, and how many had a score."""
    number = Counter(table.column("scenario").to_pylist())
    pairs = zip(*(table.column(c).to_pylist() for c in ("scenario", "aesthetic")), strict=True)
    scored = Counter(s for s, a in pairs if a is not None)
    return [(s, n, scored[s]) for s, n in sorted(number.items())]


_READ = ("key", "uri", "licence", "author", "bucket", "aesthetic", "captions")
_BY: Mapping[str, Callable[[ImageRow], str]] = {
    "folder": lambda r: [*r["uri"].split("/")[1:-1], r["uri"].split("/")[0]][0],
    "bucket": lambda r: r["bucket"],
    "licence": lambda r: r["licence"],
    "author": lambda r: r["author"],
}


def _order(row: ImageRow) -> tuple[bool, float, str]:
    score = row["aesthetic"]  # one that has none comes behind all that have one
    return score is None, -(score or 0.0), row["key"]


def _by_category(inputs: Path) -> Callable[[ImageRow], str]:
    """Return what gives an image the category that its captions name most often."""
    nouns = wordnet.read(Path(sites.fetch(wordnet.SITE, inputs)))
    of = wordnet_categories.categories(nouns)

    def category(row: ImageRow) -> str:
        named: Counter[str] = Counter()
        for caption in captions.load(row["captions"]):
            if caption.reason:
                continue
            words = _WORD.findall(caption.text.lower())
            for size in range(1, LONGEST + 1):
                for n in range(len(words) - size + 1):
                    found = of.get(" ".join(words[n : n + size]))
                    named.update([found] if found else [])
        return min(named, key=lambda c: (-named[c], c)) if named else OTHER

    return category
