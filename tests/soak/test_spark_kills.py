"""lens under a cluster in one machine, with speculation: fifty random kills change no byte.

Drivers, executors and Python workers are killed at random, each build goes on where the last one
was killed, and what stands at the end is held against an undisturbed build.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from collections import Counter
from pathlib import Path

from corpuswright.assets.builds import spark
from tests.assets.images.test_kills import check, command
from tests.assets.images.test_lens import plant
from tests.soak import spark_kills
from tests.soak.test_spark_cluster import more

KILLS = 50
DRIVER = 0.2  # of them of drivers: each costs a start, the others go on
# Two executors of one core each; a task that takes twice the median is run a second time.
ENVIRONMENT = {
    **os.environ,
    spark.MASTER: "local-cluster[2,1,1024]",
    "SPARK_LOCAL_IP": "127.0.0.1",
    "PYSPARK_SUBMIT_ARGS": "--conf spark.speculation=true --conf spark.speculation.quantile=0.1 "
    "--conf spark.speculation.multiplier=1.1 --conf spark.speculation.minTaskRuntime=10ms "
    "--conf spark.task.maxFailures=20 pyspark-shell",
}


def start(source: Path, store: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command(source, store),
        env=ENVIRONMENT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def test_fifty_kills_change_nothing(tmp_path: Path):
    rng = random.Random(50)
    source, store = more(plant(tmp_path / "a" / "planted")), tmp_path / "store"
    subprocess.run(
        command(source, tmp_path / "undisturbed"),
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    kills: Counter[str] = Counter()
    builds = 0
    while kills.total() < KILLS:
        process, builds = start(source, store), builds + 1
        spark_kills.at_work(process)
        while kills.total() < KILLS:
            time.sleep(rng.uniform(0.5, 5))
            if process.poll() is not None:
                # It came to its end: from the beginning, so that all steps have their share.
                subprocess.run(["rm", "-rf", str(store)], check=True)
                break
            what = spark_kills.kill(process, rng, DRIVER)
            kills.update([what] if what else [])
            if what == "driver":
                break
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    print(f"{kills.total()} kills ({dict(kills)}) in {builds} builds")
    last = start(source, store)
    assert last.wait() == 0
    check(store, tmp_path / "undisturbed")
