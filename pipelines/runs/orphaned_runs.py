"""Runs whose process was killed: ended in the history, and their places in pools set free.

Dagster learns nothing of a run whose process is gone: it shows as running for ever, and whatever
waits for its place in a pool waits as long. Every step writes down the process that works on it.
"""

from __future__ import annotations

import dagster as dg
import psutil

from corpuswright.assets.graph import PROCESS, process_tag

_OPEN = [
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]


def end(instance: dg.DagsterInstance) -> list[str]:
    """End the runs of this machine whose process is gone; returns their ids."""
    ended: list[str] = []
    for run in instance.get_runs(filters=dg.RunsFilter(statuses=_OPEN)):
        if _is_gone(run.tags.get(PROCESS)):
            instance.report_run_failed(run, "its process was killed; what it finished is kept")
            instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)
            ended.append(run.run_id)
    return ended


def _is_gone(tag: str | None) -> bool:
    """Say whether the process of a tag was one of this machine and runs no more."""
    if tag is None:
        return False  # between its launch and its first step
    host, pid, _ = tag.split(" ")
    if host != process_tag().split(" ")[0]:
        return False
    try:
        return process_tag(int(pid)) != tag  # the number may belong to another process by now
    except psutil.NoSuchProcess:
        return True
