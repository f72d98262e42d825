"""Spark reads a source's references through this data source: a task lists a part of it.

session.dataSource.register(References)
session.read.format("references").option("root", DIR).load()
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
from pyspark.sql.datasource import DataSource, DataSourceReader, InputPartition
from pyspark.sql.types import StructType

from corpuswright.storage.inputs import credits as credits_file
from corpuswright.storage.inputs import references

ROWS = 1024  # references of an Arrow batch


class _Part(InputPartition):
    def __init__(self, part: references.Listed) -> None:
        super().__init__(0)
        self.part = part


class References(DataSource):
    """References of a folder.

    Options: `root`; `licence`, `author` where none is on record; `unpacked`, where its compressed
    tars lie (`references.unpack`).
    """

    @classmethod
    def name(cls) -> str:
        """Return what `read.format` calls it."""
        return "references"

    def schema(self) -> str:
        """Return the columns, as SQL."""
        kinds = {pa.string(): "string", pa.int64(): "bigint"}
        return ", ".join(f"`{f.name}` {kinds[f.type]} not null" for f in references.SCHEMA)

    def reader(self, schema: StructType) -> DataSourceReader:
        """Return the reader of a folder."""
        return _Reader(
            Path(self.options["root"]),
            self.options.get("licence", "unstated"),
            self.options.get("author", "unstated"),
            Path(self.options["unpacked"]) if "unpacked" in self.options else None,
        )


class _Reader(DataSourceReader):
    def __init__(self, root: Path, licence: str, author: str, unpacked: Path | None) -> None:
        self._root, self._licence, self._author = root, licence, author
        self._unpacked = unpacked

    def partitions(self) -> Sequence[InputPartition]:
        return [_Part(p) for p in references.parts(self._root)]

    def read(self, partition: InputPartition) -> Iterator[pa.RecordBatch]:
        assert isinstance(partition, _Part)
        credits = credits_file.read(self._root)
        found = references.read(
            partition.part, credits, self._licence, self._author, self._unpacked
        )
        while rows := list(itertools.islice(found, ROWS)):
            yield references.batch(rows)
