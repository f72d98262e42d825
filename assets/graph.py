"""Corpora as Dagster assets: their inputs, an asset for each step, and the release.

Whatever builds a corpus, its steps, their descriptions, kinds, pools and checks are its own. Each
asset is a step on some partitions; `release` gathers all partitions there are.
"""

# No `from __future__ import annotations` here: Dagster reads the annotation of `context` itself.
import base64
import dataclasses
import io
import json
import socket
import types
import typing
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import dagster as dg
import psutil
from docstring_parser import parse
from PIL import Image

from corpuswright.assets.builds.corpus import Build, Corpus
from corpuswright.assets.builds.options import PARTITIONS, BuildOptions
from corpuswright.assets.builds.reports import Report, summed
from corpuswright.assets.builds.steps import Step
from corpuswright.storage.records import Release
from corpuswright.storage.releases import manifest

warnings.filterwarnings("ignore", category=dg.BetaWarning)  # `backfill_policy`; nothing to do here

partitions = dg.StaticPartitionsDefinition(PARTITIONS)
PROCESS = "corpuswright/process"  # a run's tag: which process works on it
# Dagster reads the annotation of a body, and wants it without an argument.
Result = dg.MaterializeResult  # pyright: ignore[reportMissingTypeArgument]
PREVIEW = 1000  # px that a picture is wide in the UI
BUILD = "build"  # the resource that has a build's options


def process_tag(pid: int | None = None) -> str:
    """Return host, number and start of a process (ours by default); no other ever has the same."""
    process = psutil.Process(pid)
    return f"{socket.gethostname()} {process.pid} {process.create_time():.2f}"


def options_resource(**defaults: Any) -> dg.ResourceDefinition:
    """Return the resource whose run config is `BuildOptions`, field by field.

    Args:
        defaults: What a launch gets that says nothing else, such as `out`, the store.
    """
    told = {p.arg_name: p.description for p in parse(BuildOptions.__doc__ or "").params}
    hints = typing.get_type_hints(BuildOptions)
    fields = {
        f.name: _field(hints[f.name], defaults.get(f.name, _default(f)), told[f.name] or "")
        for f in dataclasses.fields(BuildOptions)
    }

    @dg.resource(config_schema=fields, description="What a build is asked for.")
    def build(context: dg.InitResourceContext) -> BuildOptions:
        given: Mapping[str, Any] = context.resource_config
        return BuildOptions(**{k: v for k, v in given.items() if v is not None})

    return build


def _default(field: "dataclasses.Field[Any]") -> Any:
    made = field.default_factory
    return field.default if made is dataclasses.MISSING else made()


def _field(hint: Any, default: Any, about: str) -> dg.Field:
    """Return the config field of an option; one that may be None has no default."""
    inner = [h for h in typing.get_args(hint) if h is not types.NoneType]
    optional = types.NoneType in typing.get_args(hint)
    kind = inner[0] if optional else hint
    origin = typing.get_origin(kind)
    if origin is typing.Literal:
        kind = dg.Enum(
            f"{'_'.join(typing.get_args(kind))}",
            [dg.EnumValue(str(v)) for v in typing.get_args(kind)],
        )
    elif origin is not None:
        kind = [str] if issubclass(origin, Sequence) else dg.Permissive()
    if optional:
        kind = dg.Noneable(kind)
    return dg.Field(kind, is_required=False, default_value=default, description=about)


def input_assets(corpora: Sequence[Corpus]) -> list[dg.AssetSpec]:
    """Return what corpora are made from, as upstream assets; releases of others are assets here."""
    ours = {(c.name, "release") for c in corpora}
    found = {i.key: i for c in corpora for i in c.inputs if i.key not in ours}
    return [
        dg.AssetSpec(
            dg.AssetKey(list(key)), description=i.about, kinds=set(i.kinds), group_name=key[0]
        )
        for key, i in sorted(found.items())
    ]


def corpus_assets(corpus: Corpus, pools: bool = True) -> list[dg.AssetsDefinition]:
    """Return the assets of a corpus: one a step, and its release.

    Without `pools`, a run waits for no other: the store's writer lock says who is at work.
    """
    before = [dg.AssetKey(list(i.key)) for i in corpus.inputs]
    made: list[dg.AssetsDefinition] = []
    for step in corpus.steps:
        made.append(_step_asset(corpus, step, before, pools))
        before = [dg.AssetKey([corpus.name, step.name])]
    return [*made, _release_asset(corpus, before)]


def _step_asset(
    corpus: Corpus, step: Step[Any], before: Sequence[dg.AssetKey], pools: bool
) -> dg.AssetsDefinition:
    key = dg.AssetKey([corpus.name, step.name])

    @dg.asset(
        name=step.name,
        key_prefix=corpus.name,
        group_name=corpus.name,
        description=step.about,
        deps=before,
        kinds=set(step.kinds),
        pool=step.pool if pools else None,
        code_version=".".join(str(corpus.versions[n]) for n in step.versions) or "1",
        partitions_def=partitions,
        # One run for a whole backfill: a run of its own costs each partition 16 s before it starts.
        backfill_policy=dg.BackfillPolicy.single_run(),
        # What fails for good says so in an outcome; what raises is a machine in trouble.
        retry_policy=dg.RetryPolicy(
            max_retries=2, delay=10, backoff=dg.Backoff.EXPONENTIAL, jitter=dg.Jitter.FULL
        ),
        check_specs=[
            dg.AssetCheckSpec(c.name, asset=key, blocking=True, description=c.about)
            for c in step.checks
        ],
        required_resource_keys={BUILD},
    )
    def taken(context: dg.AssetExecutionContext) -> Result:
        build = _open(corpus, context)
        try:
            report = summed([step.run(build, p) for p in context.partition_keys])
        except dg.DagsterExecutionInterruptedError as stopped:
            # Dagster would take Ctrl-C for an attempt that failed, and make another.
            raise dg.Failure("interrupted", allow_retries=False) from stopped
        checks = list(_checked(key, step, build, context.partition_keys))
        return report_result(report, step.counts, build.cost, checks)

    return taken


def _open(corpus: Corpus, context: dg.AssetExecutionContext) -> Build:
    def log(line: str) -> None:
        context.log.info(line)
        print(line, flush=True)  # for who watches a terminal; Dagster's own lines stay there

    context.instance.add_run_tags(context.run.run_id, {PROCESS: process_tag()})
    return corpus.engine.open(corpus, context.resources.build, log)


def _checked(
    key: dg.AssetKey, step: Step[Any], build: Build, partitions: Sequence[str]
) -> Iterator[dg.AssetCheckResult]:
    for check in step.checks:
        found = check.run(build, partitions)
        severity = dg.AssetCheckSeverity.WARN if found.warns else dg.AssetCheckSeverity.ERROR
        yield dg.AssetCheckResult(
            passed=found.passed,
            asset_key=key,
            check_name=check.name,
            severity=severity,
            metadata=dict(found.seen),
        )


def _release_asset(corpus: Corpus, before: Sequence[dg.AssetKey]) -> dg.AssetsDefinition:
    """Return the asset that gathers all partitions that have shards."""

    @dg.asset(
        key_prefix=corpus.name,
        group_name=corpus.name,
        description=f"{corpus.summary} The manifest over all partitions, written last, with "
        "outcomes, report, card and pictures.",
        deps=before,
        kinds={"webdataset"},
        code_version="1",
        required_resource_keys={BUILD},
    )
    def release(context: dg.AssetExecutionContext) -> Result:
        build, options = _open(corpus, context), context.resources.build
        run = {"dagster_run_id": context.run.run_id, "engine": options.engine}
        made = corpus.engine.publish(build, run)
        return dg.MaterializeResult(metadata=release_facts(corpus, build.store, made))

    return release


def release_facts(corpus: Corpus, store: Path, made: Release) -> dict[str, Any]:
    """Return what Dagster shows of a release: counts in the corpus's own words, and pictures."""
    folder = manifest.folder(store, made.corpus, made.plan)
    units = corpus.units
    counts = {
        f"{'kept' if ending == manifest.KEPT else 'rejected'}_{units.get(unit, unit)}s": number
        for unit, of in made.counts.items()
        for ending, number in of.items()
        if any(of.values())
    }
    pictures = {
        name.removesuffix(".jpg"): dg.MetadataValue.md(_inline(folder / name))
        for name in ("contact.jpg", "dropped.jpg")
        if (folder / name).exists()
    }
    size = sum(s.bytes for s in made.shards)
    tasks = folder / "tasks.json"  # of a mixture: what was tried, kept and rejected by kind
    told = {"tasks": dg.MetadataValue.json(json.loads(tasks.read_text()))} if tasks.exists() else {}
    return {
        "dagster/row_count": made.counts["scene"]["kept"],
        **counts,
        "shards": len(made.shards),
        "bytes": size,
        "plan": made.plan,
        "manifest": dg.MetadataValue.path(str(folder / "manifest.json")),
        "report": dg.MetadataValue.path(str(folder / "report.html")),
        **told,
        **pictures,
    }


def _inline(path: Path) -> str:
    """Return a picture as Markdown that needs nothing else, as wide as a panel of the UI."""
    with Image.open(path) as sheet:
        sheet.thumbnail((PREVIEW, 4 * PREVIEW))
        sink = io.BytesIO()
        sheet.save(sink, "JPEG", quality=80)
    return f"![{path.name}](data:image/jpeg;base64,{base64.b64encode(sink.getvalue()).decode()})"


def report_result(
    report: Report, counts: str, cost: float, checks: Sequence[dg.AssetCheckResult] = ()
) -> Result:
    """Return what every step tells: counts in its unit, rejections by reason, seconds, cost."""
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
            f"kept_{counts}s": report.kept,
            f"{counts}s_worked_on": report.made,
            "rejections": table,
            "seconds": round(report.seconds, 3),
            "seconds_per_1000": round(1000 * report.seconds / max(report.made, 1), 1),
            "cost_usd": cost,  # in the currency of the model file's prices
        },
        check_results=list(checks),
    )
