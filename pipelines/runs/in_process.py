"""Builds as Dagster runs, on the instance that the UI shows too, so both share one history."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import threading
from collections.abc import Sequence
from pathlib import Path

import dagster as dg

from corpuswright.assets.builds.corpus import Corpus
from corpuswright.assets.builds.options import BuildOptions
from corpuswright.assets.builds.steps import SOMETHING_KEPT
from corpuswright.assets.graph import BUILD
from corpuswright.pipelines.definitions import corpuswright_definitions
from corpuswright.pipelines.runs import orphaned_runs, spark_interrupts

# No invitation over the whole page on first start, no telemetry, no wait of seconds in the queue.
_DAGSTER_YAML = """\
telemetry:
  enabled: false
nux:
  enabled: false
run_coordinator:
  module: dagster.core.run_coordinator
  class: QueuedRunCoordinator
  config:
    dequeue_interval_seconds: 1
concurrency:
  pools:
    default_limit: 1
freshness:
  enabled: true
"""


INTERRUPTED = "it was interrupted; nothing is lost, the same command goes on"


class BuildFailed(RuntimeError):
    """A step failed or a blocking check did not hold."""


class NothingKept(BuildFailed):
    """Every sample was rejected, so there is nothing to release."""


def home(store: Path) -> Path:
    """Return (and make) the Dagster home: DAGSTER_HOME, or `.dagster` in the store."""
    named = os.environ.get("DAGSTER_HOME")
    folder = Path(named) if named else store.resolve() / ".dagster"
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "dagster.yaml"
    if not config.exists():
        config.write_text(_DAGSTER_YAML)
    os.environ["DAGSTER_HOME"] = str(folder)
    return folder


def build(corpus: Corpus, options: BuildOptions, partitions: Sequence[str]) -> None:
    """Run the corpus's job once for each partition, in this process.

    Raises:
        BuildFailed: Names the step that failed, or the check that did not hold.
    """
    home(Path(options.out))
    # No pools: an in-process run waits for a place in one without rest, and for ever if the run
    # that has it was killed.
    job = corpuswright_definitions(corpus, pools=False).resolve_job_def(f"{corpus.name}_build")
    config = {k: v for k, v in dataclasses.asdict(options).items() if v is not None}
    on_spark = any("spark" in step.kinds for step in corpus.steps)
    waiting = spark_interrupts.watched() if on_spark else contextlib.nullcontext(threading.Event())
    with dg.DagsterInstance.get() as instance, waiting as interrupted:
        orphaned_runs.end(instance)
        for partition in partitions if corpus.steps else (None,):
            result = job.execute_in_process(
                run_config={
                    "resources": {BUILD: {"config": config}},
                    # What went wrong is said once, by BuildFailed; the whole story is in the UI.
                    "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
                },
                partition_key=partition,
                instance=instance,
                raise_on_error=False,
            )
            if not result.success:
                if interrupted.is_set():  # whatever a step says of a job that was cancelled
                    raise BuildFailed(INTERRUPTED)
                nothing = any(
                    c.check_name == SOMETHING_KEPT and not c.passed
                    for c in result.get_asset_check_evaluations()
                )
                raise (NothingKept if nothing else BuildFailed)(_why(result))


def forget_previews(store: Path, corpus: str) -> None:
    """Wipe what Dagster's history holds of a corpus: its previews are pictures of samples."""
    if not (store / ".dagster").exists():
        return
    home(store)
    with dg.DagsterInstance.get() as instance:
        keys = [k for k in instance.all_asset_keys() if k.path[0] == corpus]
        instance.wipe_assets(keys)
        for run in instance.get_runs():
            if any(k.path[0] == corpus for k in run.asset_selection or ()) or corpus in (
                run.job_name
            ):
                instance.delete_run(run.run_id)


def _why(result: dg.ExecuteInProcessResult) -> str:
    for check in result.get_asset_check_evaluations():
        if not check.passed and check.severity == dg.AssetCheckSeverity.ERROR:
            seen = {k: v.value for k, v in check.metadata.items()}
            return f"check {check.check_name} did not hold: {seen}; nothing was released"
    for event in result.all_events:
        if event.is_step_failure:
            error = event.step_failure_data.error
            while error is not None and error.cause is not None:
                error = error.cause
            if error is not None and (error.cls_name or "").endswith("InterruptedError"):
                return INTERRUPTED
            return f"step {event.step_key} failed: {error.message.strip() if error else 'unknown'}"
    return f"run {result.run_id} failed; see `corpuswright ui`"
