"""Steps of real images: sources → filtered → deduplicated → captioned → bucketed → shards.

Each step is a Spark job over references and measures, can be repeated, and leaves a table; bytes of
images are read where they are measured and where they are written, and never shuffled.
"""

from __future__ import annotations

import functools
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from corpuswright.assets.builds.reports import Report
from corpuswright.assets.builds.steps import SPARK, Step
from corpuswright.assets.curation import (
    bucketing,
    checkpoints,
    checks,
    download,
    listing,
    rejections,
)
from corpuswright.assets.curation import shards as curation_shards
from corpuswright.assets.curation.build import CurationBuild, files_below, once
from corpuswright.assets.curation.corpus import Family
from corpuswright.assets.curation.rejections import Overlap
from corpuswright.assets.images import (
    captions,
    deduplicate,
    lettering,
    measure,
    records,
    release,
    test_sets,
)
from corpuswright.assets.images import twins as image_twins
from corpuswright.assets.images.rows import MeasuredImage
from corpuswright.quality.images import filters, measures, opt_outs
from corpuswright.quality.models import scorers
from corpuswright.quality.reports import image_aggregates
from corpuswright.quality.reports.expectations import Finding
from corpuswright.renderers import lettered_images
from corpuswright.storage import disk, keys, samples
from corpuswright.storage.build_state import tombstones
from corpuswright.storage.inputs import references
from corpuswright.storage.inputs.references import Reference
from corpuswright.storage.inputs.sites import SourceError
from corpuswright.storage.media import captions as caption_cells
from corpuswright.storage.records import Json, Release, to_dict
from corpuswright.storage.releases import manifest, remote_store

VERSION = 3  # bump when a table of a step is written in another way


# --- what decides --------------------------------------------------------------------------------


def root(build: CurationBuild) -> Path:
    """Return the source's folder, or list of URLs; raises SourceError where there is none."""
    return listing.root_of(build.name, build.options.source)


def check(build: CurationBuild) -> None:
    """Raise SourceError if there is nothing to build from; quick, before any work."""
    if build.root.is_file():
        download.read(build.root, build.options.licence, build.options.author)
    else:
        references.parts(build.root)
    remote_store.keep(build.shard_store, build.name)


def watched(build: CurationBuild) -> Iterator[Path]:
    """Yield the files of the source and of test sets."""
    yield from files_below(build.root, *map(Path, build.recipe["against"]))


def rules(build: CurationBuild) -> dict[str, Any]:
    """Return what decides a partition's bytes, besides its images."""
    # Names and hashes stand for what is elsewhere: no path and no password is in a manifest.
    models = (*filters.SCORES, measure.EMBEDDING)
    recipe = {k: v for k, v in build.recipe.items() if k not in models}
    licences = build.options.allow_licence
    return {
        "recipe": {**recipe, "against": [Path(f).name for f in build.recipe["against"]]},
        "versions": dict(build.corpus.versions),
        "scorers": _scorers(build),
        "opt_outs": opt_outs.fingerprint(),
        **({"lettering": lettered_images.fingerprint()} if build.recipe["lettered"] else {}),
        "record": samples.VERSION,
        "samples": build.options.samples,
        "licences": sorted(licences) if licences else None,
        "about": build.corpus.about,
        "units": dict(build.corpus.units),
        **tombstones.plan_part(build.withdrawn),
        **(
            {"model": captions.plan_part(build.model, str(build.recipe["captions"]))}
            if build.model
            else {}
        ),
    }


def _scorers(build: CurationBuild) -> dict[str, str]:
    """Return what decides each score, where somebody gives it."""
    models = (*filters.SCORES, measure.EMBEDDING)
    named = {s: build.recipe[s] for s in models}
    return {s: scorers.fingerprint(n) for s, n in named.items() if n}


def _embedded_by(build: CurationBuild) -> str:
    """Return what decides embeddings; empty where nobody gives any."""
    name = build.recipe[measure.EMBEDDING]
    return scorers.fingerprint(name) if name else ""


@once
def held_out(build: CurationBuild) -> test_sets.Tests:
    """Return what the test sets hold that the recipe names."""
    found = test_sets.load(
        build.spark,
        build.store,
        build.name,
        build.recipe["against"],
        build.recipe[measure.EMBEDDING],
    )
    for name in found.unread:
        build.log(f"{build.name}: {name} of a test set cannot be read, nor kept out")
    return found


def tests(build: CurationBuild) -> str:
    """Return what of test sets decides; empty where none are named."""
    return held_out(build).digest if build.recipe["against"] else ""


def _key(build: CurationBuild, partition: str, id_: str) -> str:
    # Another night's file may have the name of an earlier one's: the variant tells them apart.
    return keys.sample_key(build.name, id_, int(partition))


# --- steps ---------------------------------------------------------------------------------------


def sources(build: CurationBuild, partition: str) -> Report:
    """List every input of the source; of a list of URLs they are retrieved."""
    start = time.monotonic()
    session, o = build.spark(), build.options
    key = functools.partial(_key, build, partition)
    if build.root.is_file():
        folder = build.folder / "retrieved" / build.root.stem
        stated = (o.licence, o.author)
        found = listing.retrieved(
            session, build.root, stated, folder, build.recipe, build.withdrawn, key
        )
    else:
        every = listing.listed(
            session,
            build.root,
            build.folder,
            o.licence,
            o.author,
            build.recipe["unmatched_credits"],
        )
        found = listing.not_withdrawn(every, build.withdrawn, key)
    if number := int(build.recipe["lettered"]):
        folder = build.folder / "lettered" / f"lettered-{partition}"
        seed = f"{build.recipe.get('seed', '')}/{partition}"
        drawn = lettering.listed(session, build.store, folder, number, seed)
        drawn = listing.not_withdrawn(drawn, build.withdrawn, key)
        found = pa.concat_tables([found, drawn]).sort_by("id")
    if not found.num_rows:
        raise SourceError(f"{build.root}: expected images, it lists none")
    build.keep(partition, "references", found)
    faults = Counter(f.partition(" ")[0] for f in found.column("fault").to_pylist() if f)
    kept = found.num_rows - faults.total()
    return Report("sources", found.num_rows, kept, faults, time.monotonic() - start)


def filtered(build: CurationBuild, partition: str) -> Report:
    """Read and decode every input once, measure it, and hold the measures to the recipe."""
    start = time.monotonic()
    models = (*filters.SCORES, measure.EMBEDDING)
    named = {s: scorers.located(build.recipe[s]) for s in models}
    versions = [measure.VERSION, measures.VERSION, opt_outs.fingerprint(), _scorers(build)]
    listed = build.table(partition, "references")
    whole, number = checkpoints.compute_blocks(
        build.store,
        build.folder / "work" / "measured" / partition,
        f"{build.name} filtered",
        checkpoints.blocks_of(listed, measure.BLOCK),
        versions,
        lambda block: measure.measured(build.spark(), block, named),
    )
    rows = whole.drop_columns(["print", "thumb", "embedding"]).to_pylist()
    prints = whole.column("print").to_pylist()
    said = [_rejection(build, r, p) for r, p in zip(rows, prints, strict=True)]
    named_ = pa.array([_key(build, partition, r["id"]) for r in rows])
    table = whole.append_column("key", named_)
    build.keep(partition, "filtered", rejections.replaced(table, said))
    return rejections.report("filtered", number, said, start)


def _rejection(
    build: CurationBuild, row: MeasuredImage, print_: bytes | None
) -> rejections.Verdict:
    """Return stage, reason and value of what drops an input; nothing for one that stays."""
    if build.withdrawn.hold_sha256(row["sha256"]):
        return "sources", "withdrawn", ""
    if build.shows_withdrawn(print_):
        return "sources", "withdrawn", "another file of a picture that was taken down"
    licences = build.options.allow_licence
    if licences is not None and row["licence"] not in licences:
        return "sources", "licence_not_allowed", row["licence"]
    if build.recipe["heed_opt_outs"] and row["opt_out"]:
        return "sources", "opted_out", row["opt_out"]
    if build.recipe["heed_opt_outs"] and (row["c2pa"] or "").startswith(opt_outs.NOT_READ):
        return "sources", "opt_out_not_read", row["c2pa"]
    if row["fault"] and row["length"] == 0:  # of a list of URLs, one that brought nothing
        return "sources", row["reason"], row["value"]
    every = (*filters.FILTERS, *build.corpus.filters)
    found = filters.first_of(every, row, build.recipe)
    return ("", "", "") if found is None else (found[0], found[1].reason, found[1].value)


def deduplicated(build: CurationBuild, partition: str) -> Report:
    """Keep the truest of images that are alike; those of earlier partitions come first."""
    start = time.monotonic()
    table = build.table(partition, "filtered")
    kept = rejections.kept(table)
    rows: dict[str, MeasuredImage] = {r["id"]: r for r in kept.to_pylist()}
    author = build.options.author
    mine = deduplicate.prints(kept, _embedded_by(build))
    before = [held_out(build).prints, deduplicate.earlier(build.partitions, partition)]
    alike = (build.recipe[n] for n in ("radius", "apart", "max_cosine"))

    def worth(ids: set[str]) -> Callable[[str], tuple[Any, ...]]:
        seen = image_twins.worth(build.spark(), kept, ids)
        nobody = {"", "unstated", author}
        return lambda id_: image_twins.better(seen, rows[id_], id_, nobody)

    found = deduplicate.near_duplicates(
        build.spark(), mine, before, build.spill, *alike, worth=worth
    )
    twins = {t.id: t.other for t in found}
    said = [
        verdict
        if verdict[1] or id_ not in twins
        else ("near_duplicates", *rejections.duplicate_rejection(twins[id_]))
        for id_, verdict in zip(
            table.column("id").to_pylist(), rejections.verdicts(table), strict=True
        )
    ]
    ids: dict[str, str] = dict(zip(mine["key"].to_pylist(), mine["id"].to_pylist(), strict=True))
    groups: dict[str, list[MeasuredImage]] = {}
    for id_, other in twins.items():
        if other in ids:  # one of an earlier partition stays as it was released
            groups.setdefault(ids[other], []).append(rows[id_])
    given = {i: image_twins.inherited(rows[i], g, author) for i, g in groups.items()}
    whole = rejections.replaced(table, said)
    build.keep(partition, "deduplicated", image_twins.filled(whole, given))
    return rejections.report("deduplicated", mine.num_rows, said, start)


def captioned(build: CurationBuild, partition: str) -> Report:
    """Hold captions to the rules: those that came with images, and a model's if one is named.

    Raises:
        ModelError: Questions stay unanswered: the next run goes on.
    """
    start = time.monotonic()
    table = build.table(partition, "deduplicated")
    rows = table.select([*Reference._fields, "key", rejections.REASON]).to_pylist()
    kept = [r for r in rows if not r[rejections.REASON]]
    found = {r["key"]: [captions.given(r["caption"])] if r["caption"] else [] for r in kept}
    if build.model is not None:
        name = f"{build.name}-{partition}"
        style, session = str(build.recipe["captions"]), build.spark()
        some = kept[: build.options.samples]  # more than are wanted are not paid for
        before = captions.earlier(build.partitions, partition)
        with build.asking() as (client, model):
            made = captions.written(session, client, model, some, style, name, before)
        for key, written in made.items():
            found[key].append(written)
    if held_out(build).sentences:
        captions.keep_out(build.spark(), held_out(build).sentences, found)
    cells = [caption_cells.dump(found[r["key"]]) if r["key"] in found else "" for r in rows]
    build.keep(partition, "captioned", table.append_column("captions", pa.array(cells)))
    every = [c for of in found.values() for c in of]
    reasons = Counter(c.reason for c in every if c.reason)
    left = len(every) - sum(reasons.values())
    return Report("captioned", len(every), left, reasons, time.monotonic() - start)


def bucketed(build: CurationBuild, partition: str) -> Report:
    """Give each image that is left its size to train at, and its shard."""
    start = time.monotonic()
    table, said = rejections.wanted(
        build.table(partition, "captioned"), build.options.samples, "bucketed"
    )
    placed = bucketing.placed(table, int(build.recipe["shard_bytes"]))
    build.keep(partition, "bucketed", placed)
    return rejections.report("bucketed", len(said), said, start)


def shards(build: CurationBuild, partition: str) -> Report:
    """Write the shards that are not there yet, exactly once, and the partition's record."""
    start = time.monotonic()
    table = build.table(partition, "bucketed")
    kept = rejections.kept(table)
    outcomes = list(rejections.outcomes(table))
    # Held while tasks stage, too: another writer would sweep what they have staged.
    with disk.writer_lock(build.store):
        remote_store.keep(build.shard_store, build.name)
        recorded = records.recorded(build.name, captions.VERSION)
        written, groups = curation_shards.written(
            build.spark, kept, build.shard_store, build.name, partition, recorded
        )
        first = {s.first_key: s.name for s in written}
        named = kept.column("key").to_pylist()
        answers = captions.answers(kept)
        inputs = build.inputs(partition, listing.stated(table))
        record: dict[str, Any] = {
            "plan": manifest.plan_hash(inputs),
            "inputs": inputs,
            "shards": [to_dict(s) for s in written],
            "groups": {digest: first[named[rows[0]]] for digest, rows in groups.items()},
            "outcomes": [to_dict(o) for o in outcomes],
            "captions": image_aggregates.lengths(rejections.caption_words(kept)),
            **({"answers": answers} if answers else {}),
        }
        prints = deduplicate.prints(kept, _embedded_by(build))
        beside = {"prints": prints, "captions": captions.of_models(kept)}
        build.record(partition, record, beside)
    reasons = Counter(o.reason for o in outcomes if o.reason and o.unit == "scene")
    return Report("shards", len(written), kept.num_rows, reasons, time.monotonic() - start)


# --- what must hold, and the release -------------------------------------------------------------


def overlaps(build: CurationBuild, partition: str) -> list[Overlap]:
    """Return what of this partition, or of earlier ones, is like an image of a test set."""
    table = build.table(partition, "bucketed")
    mine = deduplicate.prints(rejections.kept(table), _embedded_by(build))
    both = [mine, deduplicate.earlier(build.partitions, partition)]
    alike = (build.recipe[n] for n in ("radius", "apart", "max_cosine"))
    return test_sets.overlaps(pa.concat_tables(both), held_out(build).prints, *alike)


def examined(build: CurationBuild, partition: str) -> list[Finding]:
    """Return what Great Expectations finds on a partition's aggregates."""
    table = build.table(partition, "bucketed")
    row = image_aggregates.of(table, rejections.caption_words(table))
    return image_aggregates.examine(row, float(build.recipe["min_area"]))


def publish(build: CurationBuild, run: Json) -> Release:
    """Commit a release of all partitions, with funnel and sheets; the writer lock is held."""
    return release.publish(build, checks.tables(build, "bucketed"), run)


def dropped(build: CurationBuild, partition: str) -> list[pa.Table]:
    """Return the tables whose rows say why images are out."""
    return [build.table(partition, "bucketed")]


CHECKS = checks.of("bucketed", lambda build: held_out(build).prints.num_rows, overlaps, examined)
ON_SPARK = frozenset({"spark"})
STEPS = (
    Step("sources", "Every image of the source: where it lies, and what is said of its origin.",
         sources, ON_SPARK, "image", SPARK, ("tables",)),
    Step("filtered", "Every image decoded once, measured, held to the recipe's thresholds.",
         filtered, ON_SPARK, "image", SPARK, ("measured", "filters")),
    Step("deduplicated", "Of images that are alike the best one, against all that was released "
         "before too.", deduplicated, ON_SPARK, "image", SPARK, ("duplicates",)),
    Step("captioned", "Captions that came along or that a model wrote, held to the rules.",
         captioned, ON_SPARK, "caption", SPARK, ("captions",)),
    Step("bucketed", "The size that each image is trained at, and its shard.",
         bucketed, frozenset({"python"}), "image", None, ("tables",), CHECKS),
    Step("shards", "WebDataset shards of one bucket each, written from Spark exactly once.",
         shards, frozenset({"spark", "webdataset"}), "image", SPARK),
)  # fmt: skip
FAMILY = Family(root, check, rules, watched, tests, publish, dropped)
