"""A corpus as Dagster assets: specs → scenes → instructions → verified → shards → release.

Each asset is one step of `assets.synthesis.session` on one partition; `release` gathers all
partitions.
"""

# No `from __future__ import annotations` here: Dagster reads the annotation of `context` itself.
import base64
import socket
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal

import dagster as dg
import psutil

from corpuswright.assets.builds.options import Build
from corpuswright.assets.builds.reports import Report, summed
from corpuswright.assets.grounding import mixture_release
from corpuswright.assets.grounding.mixture import Mixture
from corpuswright.assets.synthesis import corpus as synthesis_corpus
from corpuswright.assets.synthesis import release as synthesis_release
from corpuswright.assets.synthesis.session import Session
from corpuswright.storage.records import Release
from corpuswright.storage.releases import manifest

warnings.filterwarnings("ignore", category=dg.BetaWarning)  # `backfill_policy`; nothing to do here

# A partition is a block of variants of every page: a night's new seeds. A hundred blocks of two
# looks is more than a page is worth showing.
PARTITIONS = [f"{i:03d}" for i in range(100)]
partitions = dg.StaticPartitionsDefinition(PARTITIONS)

# A browser takes 1 to 2 GiB and all cores it can get: one such step at a time on one machine
# (`concurrency.pools` in dagster.yaml sets more).
BROWSER = "browser"

PROCESS = "corpuswright/process"  # a run's tag: which process works on it


def process_tag(pid: int | None = None) -> str:
    """Return host, number and start of a process (ours by default); no other ever has the same."""
    process = psutil.Process(pid)
    return f"{socket.gethostname()} {process.pid} {process.create_time():.2f}"


EXPECTATIONS = "expectations_hold"
SOMETHING_KEPT = "something_is_kept"


class BuildOptions(dg.ConfigurableResource[Build]):
    """What a build is asked for: the options of `corpuswright build`, as run config."""

    out: str = "corpora"
    inputs: str = "inputs"
    source: str | None = None
    licence: str = "unstated"
    author: str = "unstated"
    allow_licence: list[str] | None = None
    samples: int | None = None
    engine: Literal["local", "spark"] = "local"
    workers: int = 0
    on_tool_drift: Literal["keep", "rebuild"] = "keep"
    keep_releases: int | None = None
    model: str | None = None
    model_mode: Literal["live", "replay"] = "live"
    shards_at: str | None = None
    recipe: dict[str, Any] = {}  # noqa: RUF012 (a pydantic default, copied for each instance)

    def build(self) -> Build:
        """Return the options as the plain record that sessions take."""
        return Build(
            out=self.out,
            inputs=self.inputs,
            source=self.source,
            licence=self.licence,
            author=self.author,
            allow_licence=self.allow_licence,
            samples=self.samples,
            engine=self.engine,
            workers=self.workers,
            on_tool_drift=self.on_tool_drift,
            keep_releases=self.keep_releases,
            model=self.model,
            model_mode=self.model_mode,
            shards_at=self.shards_at,
            recipe=self.recipe,
        )


def corpus_assets(
    corpus: synthesis_corpus.Corpus, pools: bool = True
) -> Sequence[dg.AssetsDefinition]:
    """Return the six assets of a corpus of pages.

    Without `pools`, a run waits for no other: the store's writer lock says who is at work.
    """
    asset: Any = dg.asset  # its overloads do not see through the shared keyword arguments
    common: dict[str, Any] = {
        "key_prefix": corpus.name,
        "group_name": corpus.group,
        "partitions_def": partitions,
        # One run for a whole backfill: a run of its own costs each partition 16 s before it starts.
        "backfill_policy": dg.BackfillPolicy.single_run(),
        # What fails for good says so in an outcome; what raises is a machine in trouble.
        "retry_policy": dg.RetryPolicy(
            max_retries=2, delay=10, backoff=dg.Backoff.EXPONENTIAL, jitter=dg.Jitter.FULL
        ),
    }
    rendered = {**common, "kinds": {"playwright"}, "pool": BROWSER if pools else None}

    def session(context: dg.AssetExecutionContext, options: BuildOptions) -> Session:
        def log(line: str) -> None:
            context.log.info(line)
            print(line, flush=True)  # for who watches a terminal; Dagster's own lines stay there

        context.instance.add_run_tags(context.run.run_id, {PROCESS: process_tag()})
        return Session(corpus, options.build(), log)

    def each(context: dg.AssetExecutionContext, step: Callable[[str], Report]) -> Report:
        return summed([step(partition) for partition in context.partition_keys])

    def version(*names: str) -> str:
        return ".".join(str(corpus.versions[n]) for n in names)

    @asset(**rendered, code_version=version("plan", "intake", "states"))
    def specs(context: dg.AssetExecutionContext, build: BuildOptions) -> dg.MaterializeResult:
        """Every page judged at intake, and the ways in which the stable ones are looked at."""
        return report_result(each(context, session(context, build).specs))

    @asset(**rendered, deps=[specs], code_version=version("scene"))
    def scenes(context: dg.AssetExecutionContext, build: BuildOptions) -> dg.MaterializeResult:
        """Pixels and the measured geometry of everything drawn."""
        return report_result(each(context, session(context, build).scenes))

    @asset(**common, deps=[scenes], kinds={"python"}, code_version=version("actions", "text"))
    def instructions(
        context: dg.AssetExecutionContext, build: BuildOptions
    ) -> dg.MaterializeResult:
        """Tasks: a sentence, an action over elements, and where it may land."""
        return report_result(each(context, session(context, build).instructions))

    @asset(
        **rendered,
        deps=[instructions],
        code_version=version("replay", "checks", "near_duplicates"),
        check_specs=[
            dg.AssetCheckSpec(EXPECTATIONS, asset=[corpus.name, "verified"], blocking=True),
            dg.AssetCheckSpec(SOMETHING_KEPT, asset=[corpus.name, "verified"], blocking=True),
        ],
    )
    def verified(context: dg.AssetExecutionContext, build: BuildOptions) -> dg.MaterializeResult:
        """Every task executed with the real mouse and read back by the blind resolver."""
        run = session(context, build)
        report = each(context, run.verified)
        kept: dict[str, int] = {}
        found: list[synthesis_release.Examined] = []
        for partition in context.partition_keys:
            kept[partition] = sum(not j.reason for j in run.judged(partition))
            if kept[partition]:
                found.append(synthesis_release.examine(run, partition))
                synthesis_release.save_examined(run, partition, found[-1])
        something = dg.AssetCheckResult(
            passed=all(kept.values()),
            asset_key=_verified(corpus),
            check_name=SOMETHING_KEPT,
            metadata={"kept_samples": sum(kept.values())},
        )
        cost = {"cost_usd": run.cost}  # in the currency of the model file's prices
        return report_result(report, cost, [something, _expectations(corpus, found)])

    @asset(**common, deps=[verified], kinds={"webdataset"}, code_version="1")
    def shards(context: dg.AssetExecutionContext, build: BuildOptions) -> dg.MaterializeResult:
        """The partition's samples in key order, as WebDataset shards named by their content."""
        run = session(context, build)
        report = each(context, run.shards)
        pictures = [
            f"![](data:image/jpeg;base64,{base64.b64encode(p).decode()})"
            for p in synthesis_release.scene_previews(run, context.partition_keys[-1])
        ]
        return report_result(report, {"previews": dg.MetadataValue.md("\n\n".join(pictures))})

    @asset(
        key_prefix=corpus.name,
        group_name=corpus.group,
        deps=[shards],
        kinds={"webdataset"},
        code_version="1",
    )
    def release(context: dg.AssetExecutionContext, build: BuildOptions) -> dg.MaterializeResult:
        """The manifest over all partitions, written last, with outcomes, report and card."""
        run = session(context, build)
        made = synthesis_release.commit(
            run, {"dagster_run_id": context.run.run_id, "engine": build.engine}
        )
        folder = manifest.folder(run.store, made.corpus, made.plan)
        return dg.MaterializeResult(
            metadata={
                **_release_facts(made, folder),
                "contact_sheet": dg.MetadataValue.path(str(folder / "contact.jpg")),
                "report": dg.MetadataValue.path(str(folder / "report.html")),
            }
        )

    return [specs, scenes, instructions, verified, shards, release]


def mixture_asset(
    made_of: Mixture, corpora: Sequence[synthesis_corpus.Corpus]
) -> dg.AssetsDefinition:
    """Return the one asset of a mixture: a release over the newest releases of its parts."""
    asset: Any = dg.asset

    @asset(
        key_prefix=made_of.name,
        group_name="grounding",
        deps=[dg.AssetKey([c.name, "release"]) for c in corpora],
        kinds={"webdataset"},
        code_version="1",
    )
    def release(context: dg.AssetExecutionContext, build: BuildOptions) -> dg.MaterializeResult:
        """The manifest over the shards of all parts, with the table of their tasks."""
        store = Path(build.out).resolve()
        made = mixture_release.commit(
            made_of, corpora, store, {"dagster_run_id": context.run.run_id}
        )
        folder = manifest.folder(store, made.corpus, made.plan)
        return dg.MaterializeResult(
            metadata={
                **_release_facts(made, folder),
                "tasks": dg.MetadataValue.md("\n".join(mixture_release.table(store, made))),
            }
        )

    return release


def _release_facts(made: Release, folder: Path) -> dict[str, Any]:
    return {
        "dagster/row_count": made.counts["scene"]["kept"],
        "kept_tasks": made.counts["task"]["kept"],
        "plan": made.plan,
        "manifest": dg.MetadataValue.path(str(folder / "manifest.json")),
    }


def _verified(corpus: synthesis_corpus.Corpus) -> dg.AssetKey:
    return dg.AssetKey([corpus.name, "verified"])


def _expectations(
    corpus: synthesis_corpus.Corpus, found: Sequence[synthesis_release.Examined]
) -> dg.AssetCheckResult:
    if not found:
        return dg.AssetCheckResult(
            passed=False,
            asset_key=_verified(corpus),
            check_name=EXPECTATIONS,
            metadata={"why": "nothing was kept, so nothing could be examined"},
        )
    planted, caught = (sum(sum(e.rate[i].values()) for e in found) for i in (0, 1))
    return dg.AssetCheckResult(
        passed=all(e.holds for e in found),
        asset_key=_verified(corpus),
        check_name=EXPECTATIONS,
        metadata={
            "failed": [f.expectation for e in found for f in e.findings if not f.held],
            "held": sum(f.held for e in found for f in e.findings),
            "planted_wrong_sentences": planted,
            "caught": caught,
        },
    )


def report_result(
    report: Report,
    more: dict[str, Any] | None = None,
    checks: Sequence[dg.AssetCheckResult] = (),
) -> dg.MaterializeResult:
    """Return what every materialisation tells: counts, rejections by reason, seconds, cost."""
    table = dg.MetadataValue.table(
        records=[
            dg.TableRecord({"reason": reason, "count": n})
            for reason, n in sorted(report.reasons.items())
        ],
        schema=dg.TableSchema([dg.TableColumn("reason", "string"), dg.TableColumn("count", "int")]),
    )
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": report.kept,
            "made": report.made,
            "rejections": table,
            "seconds": round(report.seconds, 3),
            "seconds_per_1000": round(1000 * report.seconds / max(report.made, 1), 1),
            "cost_usd": 0.0,
            **(more or {}),
        },
        check_results=list(checks),
    )
