"""The one Spark session: `local[N]` on a laptop, a cluster by one setting.

`CORPUSWRIGHT_SPARK_MASTER=spark://host:7077` (or whatever spark-submit decided) takes the place of
the local one. Bytes of images are never shuffled: rows carry references and measures.
"""

from __future__ import annotations

import fcntl
import os
import re
import sys
import uuid
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as pq

MASTER = "CORPUSWRIGHT_SPARK_MASTER"
PIECE = 16 << 20  # bytes of a large table that one task reads
_LOG = f"log4j2.configurationFile={Path(__file__).with_name('spark_log.properties').as_uri()}"


def session(workers: int, more: Mapping[str, str] | None = None) -> Any:
    """Return the running session, or start one of `workers` threads here or on the named cluster.

    A task that fails is tried four times, here too.

    Args:
        workers: Threads of a local session.
        more: Settings that a job wants besides; those that cannot change later hold at first start.
    """
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    from pyspark.sql import SparkSession

    log = {} if MASTER in os.environ else {"spark.driver.extraJavaOptions": f"-D{_LOG}"}
    settings = {
        **log,
        "spark.ui.enabled": "false",
        "spark.task.maxFailures": "4",
        "spark.ui.showConsoleProgress": "false",  # we have bars of our own
        # Small stages of a laptop want few tasks; a cluster's own default is larger than any of
        # ours, and adaptive execution joins what is too small.
        "spark.sql.shuffle.partitions": str(max(2 * workers, 8)),
        "spark.sql.execution.arrow.maxRecordsPerBatch": "256",
        "spark.sql.files.maxPartitionBytes": str(PIECE),  # of what is spilled
        **(more or {}),
    }
    # getOrCreate: on a cluster, spark-submit or spark.remote has decided the master already.
    builder: Any = SparkSession.builder
    builder = builder.appName("corpuswright").master(os.environ.get(MASTER, f"local[{workers},4]"))
    for name, value in settings.items():
        builder = builder.config(name, value)
    made = builder.getOrCreate()
    made.sparkContext.setLogLevel("ERROR")
    return made


_SQL = {
    pa.string(): "string",
    pa.int64(): "bigint",
    pa.int32(): "int",
    pa.bool_(): "boolean",
    pa.float64(): "double",
    pa.binary(): "binary",
}


def columns(schema: pa.Schema) -> str:
    """Return the columns of a schema, as Spark's SQL writes them."""
    return ", ".join(f"`{f.name}` {_sql(f.type)}" for f in schema)


def _sql(kind: Any) -> str:
    if pa.types.is_list(kind):
        return f"array<{_sql(kind.value_type)}>"
    if pa.types.is_struct(kind):
        return f"struct<{', '.join(f'`{f.name}`: {_sql(f.type)}' for f in kind)}>"
    return _SQL[kind]


def frame(session: Any, table: pa.Table) -> Any:
    """Return an Arrow table as a frame.

    In one piece: of a table whose first two chunks are empty, pyspark 4.3 makes a frame of no rows.
    """
    return session.createDataFrame(table.combine_chunks())


@contextmanager
def spilled(session: Any, tables: Iterable[pa.Table], folder: Path) -> Generator[Any]:
    """Yield large tables of one schema as a frame, by way of a Parquet file.

    `frame` holds all of a table in the driver's JVM: ten million prints are three times its heap.

    Args:
        session: Of Spark.
        tables: In order, one at least; each is written when it comes.
        folder: That all machines of a cluster see. The file is gone afterwards; what killed jobs
            have left there goes first.
    """
    folder.mkdir(parents=True, exist_ok=True)
    sweep(folder)
    with _locked(folder) as (file, path):
        try:
            writer: pq.ParquetWriter | None = None
            for table in tables:
                writer = writer or pq.ParquetWriter(file, table.schema, compression="none")
                rows = max(1, PIECE * table.num_rows // max(1, table.nbytes))
                writer.write_table(table, row_group_size=rows)
            assert writer is not None, "one table at least"
            writer.close()
            file.flush()
            # Hadoop takes a path as it stands, but for what it takes for a pattern.
            yield session.read.parquet("file://" + re.sub(r"([][{}*?\\])", r"\\\1", str(path)))
        finally:
            path.unlink(missing_ok=True)


def sweep(folder: Path) -> None:
    """Remove spilled files of which nobody holds the lock: of jobs that were killed."""
    for path in folder.glob("*.parquet"):
        with suppress(OSError), path.open("r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink()


@contextmanager
def _locked(folder: Path) -> Generator[tuple[IO[bytes], Path]]:
    """Yield a new file, locked, and its path: two builds of one corpus may run at once."""
    while True:
        path = folder / f"{uuid.uuid4().hex}.parquet"
        with path.open("xb") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            if path.exists():  # nobody has swept it between the two
                yield file, path
                return
