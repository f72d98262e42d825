"""Dagster's UI on a store: code server, webserver and daemon, started and ended together.

`dagster dev` starts the same three and guards none of them, so they are started here: the code
server on a socket of a folder that is this user's alone, the webserver behind `LocalGuard`.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib.util
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from pathlib import Path
from socket import create_connection
from typing import Any

import dagster as dg
import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from corpuswright.pipelines.definitions import INPUTS, STORE
from corpuswright.pipelines.runs import orphaned_runs
from corpuswright.pipelines.runs.guarded_webserver import PORT
from corpuswright.pipelines.runs.in_process import home
from corpuswright.pipelines.runs.local_guard import TOKEN, LocalGuard, new_token

STARTING = 180.0  # s until the code server must answer: a cold start on a busy laptop takes 40
ENDING = 20.0  # s until what does not end is killed
_PR_SET_PDEATHSIG = 1  # prctl(2)


Parts = dict[str, subprocess.Popen[bytes]]


class UiError(RuntimeError):
    """A part of the UI did not start, or ended by itself."""


def serve(store: Path, inputs: Path, port: int, module: str) -> None:
    """Serve the UI until Ctrl-C or SIGTERM; what it launches lands in the store.

    Raises:
        LookupError: `module` cannot be imported.
        UiError: A part of it did not start, or ended by itself.
    """
    if importlib.util.find_spec(module) is None:
        raise LookupError(f"--module: expected a module with Definitions, found no {module}")
    history = home(store)
    os.environ[STORE], os.environ[INPUTS] = str(store.resolve()), str(inputs.resolve())
    guard = LocalGuard(new_token(), port)
    os.environ[TOKEN], os.environ[PORT] = guard.token, str(port)
    with dg.DagsterInstance.get() as instance:
        orphaned_runs.end(instance)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with contextlib.suppress(KeyboardInterrupt), _ended() as parts, _private() as folder:
        _start(parts, folder, port, module)
        _wait_for_port(port, parts)
        print(f"Dagster on {guard.address}\nhistory in {history}", flush=True)
        while True:
            _look(parts)
            time.sleep(0.5)


def _start(parts: Parts, folder: Path, port: int, module: str) -> None:
    socket, workspace = folder / "code", folder / "workspace.json"
    # JSON is YAML. The place is called as `dagster dev -m` would call it.
    place = {"grpc_server": {"socket": str(socket), "location_name": module}}
    workspace.write_text(json.dumps({"load_from": [place]}))
    code = ["dagster", "code-server", "start", "-m", module, "-s", str(socket)]
    parts["code server"] = _started([*code, "--use-python-environment-entry-point"])
    _wait_for(socket, parts)
    shown = ["corpuswright.pipelines.runs.guarded_webserver", "-h", "127.0.0.1"]
    parts["webserver"] = _started([*shown, "-p", str(port), "-w", str(workspace)])
    parts["daemon"] = _started(["dagster._daemon", "run", "-w", str(workspace)])


@contextlib.contextmanager
def _private() -> Generator[Path]:
    """Yield a folder that this user alone can read: who has the socket can run code."""
    with tempfile.TemporaryDirectory(prefix="corpuswright-") as folder:
        yield Path(folder)


def _started(words: list[str]) -> subprocess.Popen[bytes]:
    # Ctrl-C in a terminal goes to all at once; they are ended by us, in order.
    return subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", *words],
        start_new_session=True,
        preexec_fn=_end_with_parent if sys.platform == "linux" else None,
    )


def _end_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


@contextlib.contextmanager
def _ended() -> Generator[Parts]:
    """Yield where parts are put by name; all of them have ended afterwards."""
    parts: Parts = {}
    try:
        yield parts
    finally:
        ending = list(reversed(parts.values()))
        for part in ending:
            part.send_signal(signal.SIGINT)
        end = time.monotonic() + ENDING
        for part in ending:
            with contextlib.suppress(subprocess.TimeoutExpired):
                part.wait(max(0.1, end - time.monotonic()))
            with contextlib.suppress(ProcessLookupError):
                os.killpg(part.pid, signal.SIGKILL)  # a run that it launched goes on another time
            part.wait()


def _look(parts: Parts) -> None:
    for name, part in parts.items():
        if (code := part.poll()) is not None:
            raise UiError(f"Dagster's {name} ended by itself ({code}); what it said stands above")


def _wait_for_port(port: int, parts: Parts) -> None:
    end = time.monotonic() + STARTING
    while time.monotonic() < end:
        _look(parts)
        with contextlib.suppress(OSError), create_connection(("127.0.0.1", port), timeout=2):
            return
        time.sleep(0.2)
    raise UiError(f"Dagster's webserver gave no answer for {STARTING:g} s")


def _wait_for(socket: Path, parts: Parts) -> None:
    """Wait until the code server answers (gRPC's health protocol)."""
    end = time.monotonic() + STARTING
    with grpc.insecure_channel(f"unix:{socket}") as channel:
        stub: Any = health_pb2_grpc.HealthStub(channel)  # its methods are made as it is
        asked = health_pb2.HealthCheckRequest(service="DagsterApi")
        while time.monotonic() < end:
            _look(parts)
            with contextlib.suppress(grpc.RpcError):
                if stub.Check(asked, timeout=2).status == health_pb2.HealthCheckResponse.SERVING:
                    return
            time.sleep(0.2)
    raise UiError(f"Dagster's code server gave no answer for {STARTING:g} s")
