"""Kills within a Spark job: its driver, one of its executors, one of its Python workers."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time

import psutil


def parts(pid: int) -> dict[str, list[int]]:
    """Return the processes of a job by what they are."""
    found: dict[str, list[int]] = {"driver": [pid], "executor": [], "worker": []}
    try:
        children = psutil.Process(pid).children(recursive=True)
    except psutil.Error:
        return found
    for child in children:
        try:
            said = " ".join(child.cmdline())
        except psutil.Error:  # it has just ended, or nobody has waited for it yet
            continue
        if "CoarseGrainedExecutorBackend" in said:
            found["executor"].append(child.pid)
        elif "pyspark" in said and "python" in said and "java" not in said:
            found["worker"].append(child.pid)
    return found


def at_work(process: subprocess.Popen[bytes]) -> None:
    """Wait until a job has executors, or has ended."""
    while not parts(process.pid)["executor"] and process.poll() is None:
        time.sleep(0.2)


def kill(process: subprocess.Popen[bytes], rng: random.Random, driver: float) -> str:
    """Kill something of a job that leads a process group; return what it was, "" for nothing.

    `driver` is the probability that it is the driver, and with it everything.
    """
    there = parts(process.pid)
    others = [k for k in ("executor", "worker") if there[k]]
    what = "driver" if rng.random() < driver or not others else rng.choice(others)
    try:
        if what == "driver":
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        else:
            os.kill(rng.choice(there[what]), signal.SIGKILL)
    except ProcessLookupError:
        return ""
    return what
