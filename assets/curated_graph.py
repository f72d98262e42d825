"""A curated corpus as Dagster assets: sources → filtered → … → shards → release.

Each asset is one step of `assets.images.steps` on one partition, a batch of intake; `release`
gathers all partitions.
"""

# No `from __future__ import annotations` here: Dagster reads the annotation of `context` itself.
from collections.abc import Callable, Sequence
from typing import Any

import dagster as dg

from corpuswright.assets.builds.reports import Report, summed
from corpuswright.assets.curation import contact_sheets
from corpuswright.assets.curation.build import Curated
from corpuswright.assets.graph import (
    EXPECTATIONS,
    PROCESS,
    SOMETHING_KEPT,
    BuildOptions,
    partitions,
    process_tag,
    report_result,
)
from corpuswright.assets.images.steps import Curation
from corpuswright.quality.reports.expectations import Finding
from corpuswright.storage.releases import manifest

WARNS = "dense_words"  # of a few captions it may be anything
TEST_SETS = "test_sets_kept_out"
SPARK = "spark"  # one such step at a time on one machine: a JVM takes 1.5 GiB


def curated_assets(corpus: Curated, pools: bool = True) -> Sequence[dg.AssetsDefinition]:
    """Return the seven assets of a curated corpus; `pools` as `graph.corpus_assets` has it."""
    asset: Any = dg.asset
    common: dict[str, Any] = {
        "key_prefix": corpus.name,
        "group_name": corpus.group,
        "partitions_def": partitions,
        "backfill_policy": dg.BackfillPolicy.single_run(),
        "pool": SPARK if pools else None,
        "retry_policy": dg.RetryPolicy(
            max_retries=2, delay=10, backoff=dg.Backoff.EXPONENTIAL, jitter=dg.Jitter.FULL
        ),
    }

    def version(*names: str) -> str:
        return ".".join(str(corpus.versions[n]) for n in names)

    def session(context: dg.AssetExecutionContext, options: BuildOptions) -> Curation:
        def log(line: str) -> None:
            context.log.info(line)
            print(line, flush=True)

        context.instance.add_run_tags(context.run.run_id, {PROCESS: process_tag()})
        return corpus.started(options.build(), log)

    def each(
        context: dg.AssetExecutionContext, run: Curation, step: Callable[[str], Report]
    ) -> Report:
        report = summed([step(partition) for partition in context.partition_keys])
        run.log(f"{corpus.name} {report.step}: {report.made} in {report.seconds:.1f} s")
        return report

    @asset(**common, kinds={"spark"}, code_version=version("tables"))
    def sources(context: dg.AssetExecutionContext, build: BuildOptions) -> dg.MaterializeResult:
        """Every input of the source: where it lies, and what is said of where it came from."""
        run = session(context, build)
        return report_result(each(context, run, run.sources))

    @asset(**common, deps=[sources], kinds={"spark"}, code_version=version("measured", "filters"))
    def filtered(context: dg.AssetExecutionContext, build: BuildOptions) -> dg.MaterializeResult:
        """Every input read and decoded once, measured, and held to the recipe's thresholds."""
        run = session(context, build)
        return report_result(each(context, run, run.filtered))

    @asset(**common, deps=[filtered], kinds={"spark"}, code_version=version("duplicates"))
    def deduplicated(
        context: dg.AssetExecutionContext, build: BuildOptions
    ) -> dg.MaterializeResult:
        """Of images that are alike the best one, against all that was released before too."""
        run = session(context, build)
        return report_result(each(context, run, run.deduplicated))

    @asset(**common, deps=[deduplicated], kinds={"python"}, code_version=version("captions"))
    def captioned(context: dg.AssetExecutionContext, build: BuildOptions) -> dg.MaterializeResult:
        """Captions, held to the paper's rules."""
        run = session(context, build)
        report = each(context, run, run.captioned)
        return report_result(report, {"cost_usd": run.cost})  # in the currency of the prices

    @asset(
        **common,
        deps=[captioned],
        kinds={"python"},
        code_version=version("tables"),
        check_specs=[
            dg.AssetCheckSpec(name, asset=[corpus.name, "bucketed"], blocking=True)
            for name in (SOMETHING_KEPT, TEST_SETS, EXPECTATIONS)
        ],
    )
    def bucketed(context: dg.AssetExecutionContext, build: BuildOptions) -> dg.MaterializeResult:
        """The size that each image is trained at, and its shard."""
        run = session(context, build)
        report = each(context, run, run.bucketed)
        something = dg.AssetCheckResult(
            passed=report.kept > 0,
            asset_key=dg.AssetKey([corpus.name, "bucketed"]),
            check_name=SOMETHING_KEPT,
            metadata={"kept_samples": report.kept},
        )
        found = [o for p in context.partition_keys for o in run.overlaps(p)]
        for o in found[:20]:
            how = f"corpuswright delete {corpus.name} --key {o.key}"
            run.log(f"{corpus.name}: {o.key} is like {o.test}: {how}")
        kept_out = dg.AssetCheckResult(
            passed=not found,
            asset_key=dg.AssetKey([corpus.name, "bucketed"]),
            check_name=TEST_SETS,
            metadata={"tests": run.tests_held(), "overlaps": len(found)},
        )
        findings = [f for p in context.partition_keys for f in run.examined(p)]
        return report_result(report, checks=[something, kept_out, expected(corpus, findings)])

    @asset(**common, deps=[bucketed], kinds={"webdataset"}, code_version="1")
    def shards(context: dg.AssetExecutionContext, build: BuildOptions) -> dg.MaterializeResult:
        """WebDataset shards of one bucket each, written from Spark exactly once."""
        run = session(context, build)
        return report_result(each(context, run, run.shards))

    @asset(
        key_prefix=corpus.name,
        group_name=corpus.group,
        deps=[shards],
        kinds={"webdataset"},
        code_version="1",
    )
    def release(context: dg.AssetExecutionContext, build: BuildOptions) -> dg.MaterializeResult:
        """The manifest over all partitions, written last, with outcomes, funnel and sheets."""
        run = session(context, build)
        made = run.release({"dagster_run_id": context.run.run_id})
        folder = manifest.folder(run.store, made.corpus, made.plan)
        return dg.MaterializeResult(
            metadata={
                "dagster/row_count": made.counts["scene"]["kept"],
                "plan": made.plan,
                "manifest": dg.MetadataValue.path(str(folder / "manifest.json")),
                "contact_sheet": dg.MetadataValue.path(str(folder / "contact.jpg")),
                "report": dg.MetadataValue.path(str(folder / "report.html")),
                **{
                    name.removesuffix(".jpg"): dg.MetadataValue.md(shown)
                    for name in ("contact.jpg", "dropped.jpg")
                    if (shown := contact_sheets.inline(run.store, made, name))
                },
            }
        )

    return [sources, filtered, deduplicated, captioned, bucketed, shards, release]


def expected(corpus: Curated, found: Sequence[Finding]) -> dg.AssetCheckResult:
    """Return the check of what Great Expectations has found; a caption's length only warns."""
    wrong = [f for f in found if not f.held]
    mild = all(WARNS in f.expectation for f in wrong)
    return dg.AssetCheckResult(
        passed=not wrong,
        severity=dg.AssetCheckSeverity.WARN if mild else dg.AssetCheckSeverity.ERROR,
        asset_key=dg.AssetKey([corpus.name, "bucketed"]),
        check_name=EXPECTATIONS,
        metadata={"asked": len(found), **{f.expectation: str(f.seen) for f in wrong}},
    )
