"""A standalone Spark cluster of the pip package: one setting, the same bytes, less a worker."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pyspark
import pytest

from corpuswright.assets.builds import spark
from tests.assets.images.test_kills import check, command
from tests.assets.images.test_lens import plant
from tests.fixtures.synthetic_images import jpeg, texture

_CLASS = str(Path(pyspark.__file__).parent / "bin/spark-class")
_DEPLOY = "org.apache.spark.deploy"
MANY = 240  # images besides the planted ones: work for a worker to be lost in


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def start(folder: Path, *arguments: str) -> subprocess.Popen[bytes]:
    folder.mkdir(parents=True, exist_ok=True)
    return subprocess.Popen(
        [_CLASS, *arguments],
        cwd=folder,
        start_new_session=True,
        stdout=(folder / "log").open("wb"),
        stderr=subprocess.STDOUT,
        env={**os.environ, "PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1"},
    )


def listens(port: int) -> bool:
    with socket.socket() as s:
        return s.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """A master and two workers of one core each; yields the master's URL and the workers."""
    port, begun = free_port(), list[subprocess.Popen[bytes]]()
    try:
        here = ("--host", "127.0.0.1")
        ports = ("--port", str(port), "--webui-port", str(free_port()))
        begun.append(start(tmp_path / "master", f"{_DEPLOY}.master.Master", *here, *ports))
        for _ in range(120):
            if listens(port):
                break
            time.sleep(0.5)
        url = f"spark://127.0.0.1:{port}"
        for n in range(2):
            folder = tmp_path / f"worker{n}"
            rest = ("--cores", "1", "--memory", "1G", "--work-dir", str(folder / "work"), url)
            begun.append(start(folder, f"{_DEPLOY}.worker.Worker", *here, *rest))
        yield url, begun[1:]
    finally:
        for process in begun:
            with_children(process.pid)


def with_children(pid: int) -> None:
    """Kill a process, and whatever it has started."""
    try:
        found = [*psutil.Process(pid).children(recursive=True), psutil.Process(pid)]
    except psutil.NoSuchProcess:
        return
    for process in found:
        try:
            os.kill(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


def more(source: Path) -> Path:
    for seed in range(MANY):
        (source / f"more{seed:03d}.jpg").write_bytes(jpeg(texture(1000 + seed)))
    return source


@pytest.mark.parametrize("lost", [False, True], ids=["whole", "a worker killed"])
def test_a_cluster_makes_the_bytes_of_a_laptop(
    cluster: tuple[str, list[subprocess.Popen[bytes]]], tmp_path: Path, lost: bool
):
    url, workers = cluster
    here = tmp_path / "here"
    source = more(plant(tmp_path / "a" / "planted"))
    subprocess.run(command(source, here), check=True, stdout=subprocess.DEVNULL)
    environment = {**os.environ, spark.MASTER: url, "SPARK_LOCAL_IP": "127.0.0.1"}
    process = subprocess.Popen(
        command(source, tmp_path / "there"), env=environment, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    said: list[str] = []
    for line in process.stdout:
        said.append(line)
        if lost and line.startswith("lens sources:"):
            threading.Timer(2.0, with_children, (workers[0].pid,)).start()
    assert process.wait() == 0, "".join(said)
    assert any(line.startswith("lens shards:") for line in said)
    for n in range(2):  # that they, and not the driver, did the work
        executors = list((tmp_path / f"worker{n}/work").glob("app-*/*/stderr"))
        assert executors or n == 1
    check(tmp_path / "there", here)
