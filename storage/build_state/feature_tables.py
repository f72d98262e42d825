"""What has been done for which unit: Metaxy features over Delta Lake tables.

A stage keeps one row a unit (a page, a scene) with its verdict, its content as JSON, and a version
hash for each field it offers to later stages. Metaxy compares those hashes with what a later stage
was made from, so a stage is asked only for what is new or stale, field by field: new wording makes
no action stale. A rejected unit is a row like any other, so it is not new forever.

This is the only file that imports metaxy.
"""

from __future__ import annotations

import shutil
import warnings
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import metaxy as mx
import narwhals as nw
import polars as pl
from metaxy.ext.polars.handlers.delta import DeltaMetadataStore

from corpuswright.storage import disk
from corpuswright.storage.build_state.stage_rows import Stage, StageRow

FOLDER = "tables"


class Work(NamedTuple):
    """What a stage has to do: units to make, and units that have no source any more."""

    todo: tuple[str, ...]
    orphaned: tuple[str, ...]


class Tables:
    """The tables of one corpus in one store.

    Raises:
        StorageError: The store's path has a character that a URL must quote: Polars (2.1) takes the
            URL of a Delta table for its path and finds no file there.
    """

    def __init__(self, store: Path, corpus: str, stages: Sequence[Stage]) -> None:
        if odd := sorted({c for c in str(store.resolve()) if quote(c, safe="/:@!$&'()*+,;=") != c}):
            raise disk.StorageError(
                f"{store}: expected a store's path of plain letters, digits and ._-~, saw {odd}; "
                "name another folder (--out)"
            )
        self._corpus = corpus
        self._root = store / FOLDER
        self._stages = {s.name: s for s in stages}
        mx.MetaxyConfig.set(mx.MetaxyConfig(project="corpuswright"))
        self._graph = mx.FeatureGraph()
        with self._graph.use():
            for stage in stages:
                self._define(stage)
        for stage in stages:
            self._finish_purge(stage.name)
        self._store = DeltaMetadataStore(root_path=str(self._root))
        self._provenance: dict[str, pl.DataFrame] = {}

    def _key(self, stage: str) -> list[str]:
        return [self._corpus, stage]

    def _define(self, stage: Stage) -> None:
        deps = [
            mx.FieldDep(feature=self._key(name), fields=list(fields))
            for name, fields in stage.needs.items()
        ]
        spec = mx.FeatureSpec(
            key=self._key(stage.name),
            id_columns=["key"],
            deps=[
                # Payload columns of several upstream tables would collide in Metaxy's join.
                mx.FeatureDep(feature=self._key(n), select=("partition",))
                if i == 0
                else mx.FeatureDep(feature=self._key(n), select=())
                for i, n in enumerate(stage.needs)
            ],
            fields=[
                mx.FieldSpec(key=name, code_version=str(version), deps=deps)
                if deps
                else mx.FieldSpec(key=name, code_version=str(version))
                for name, version in stage.fields.items()
            ],
        )
        type(f"{self._corpus}_{stage.name}", (mx.BaseFeature,), {}, spec=spec)

    @contextmanager
    def _open(self, mode: Any) -> Generator[DeltaMetadataStore]:
        with self._graph.use(), warnings.catch_warnings(), self._store.open(mode) as store:
            warnings.simplefilter("ignore")  # Metaxy and Polars warn of their own internals here
            yield store

    def resolve(
        self, stage: str, partition: str, roots: Mapping[str, Mapping[str, str]] | None = None
    ) -> Work:
        """Return what `stage` has to do in `partition`.

        Args:
            stage: The stage's name.
            partition: Only rows of this partition are looked at; others never become orphans.
            roots: For a stage that needs no other: the units with the version of each field.
        """
        samples = None
        if roots is not None:
            samples = pl.DataFrame(
                {
                    "key": list(roots),
                    "partition": [partition] * len(roots),
                    "metaxy_provenance_by_field": [dict(v) for v in roots.values()],
                },
                schema={
                    "key": pl.String,
                    "partition": pl.String,
                    "metaxy_provenance_by_field": pl.Struct(
                        dict.fromkeys(self._stages[stage].fields, pl.String)
                    ),
                },
            )
        with self._open("w") as store:
            if not all(store.has_feature(self._key(n)) for n in self._stages[stage].needs):
                return Work((), ())  # nothing has come out of an earlier stage yet
            found = store.resolve_update(
                self._key(stage), samples=samples, global_filters=[nw.col("partition") == partition]
            ).to_polars()
        todo = [d.select("key", "metaxy_provenance_by_field") for d in (found.new, found.stale)]
        self._provenance[stage] = pl.concat([d for d in todo if d.height] or todo[:1])
        return Work(
            tuple(sorted(k for d in todo for k in d["key"].to_list())),
            tuple(sorted(found.orphaned["key"].to_list())),
        )

    def write(self, stage: str, partition: str, rows: Iterable[StageRow]) -> None:
        """Append rows of units that `resolve` named; a later row of a unit replaces the earlier."""
        rows = list(rows)
        if not rows:
            return
        fields = list(self._stages[stage].fields)
        frame = pl.DataFrame(
            {
                "key": [r.key for r in rows],
                "partition": [partition] * len(rows),
                "reason": [r.reason for r in rows],
                "value": [r.value for r in rows],
                "body": [r.body for r in rows],
                "metaxy_data_version_by_field": [{f: r.versions[f] for f in fields} for r in rows],
            }
        )
        joined = frame.join(self._provenance[stage], on="key", how="inner")
        if joined.height != len(rows):
            unknown = sorted(set(frame["key"]) - set(joined["key"]))
            raise ValueError(f"{stage}: rows for units that were not asked for: {unknown[:5]}")
        with self._open("w") as store:
            store.write(self._key(stage), joined)

    def drop(self, stage: str, keys: Sequence[str]) -> None:
        """Soft-delete the rows of units that are no more."""
        if keys:
            with self._open("w") as store:
                store.delete(self._key(stage), filters=nw.col("key").is_in(list(keys)))

    def read(self, stage: str, partition: str | None = None) -> list[StageRow]:
        """Return the current rows of a stage in key order."""
        with self._open("r") as store:
            if not store.has_feature(self._key(stage)):
                return []
            frame = store.read(
                self._key(stage),
                filters=None if partition is None else [nw.col("partition") == partition],
            )
            table = pl.from_arrow(frame.collect().to_arrow())
        assert isinstance(table, pl.DataFrame)
        return [
            StageRow(
                r["key"], r["metaxy_data_version_by_field"], r["body"], r["reason"], r["value"]
            )
            for r in table.sort("key").iter_rows(named=True)
        ]

    def purge(self, stage: str, change: Callable[[str, str], str | None]) -> None:
        """Write a stage's table anew without a trace of what is gone.

        Deleted rows of a Delta table live on in older files and in the statistics of its log, so
        the table is written afresh and takes the old one's place.

        Args:
            stage: The stage's name.
            change: (key, body) → the body as it shall stand, or None for a row that goes.
        """
        path = self._root / self._corpus / f"{stage}.delta"
        if not path.is_dir():
            return
        with self._open("r") as store:
            table = pl.from_arrow(store.read(self._key(stage)).collect().to_arrow())
        assert isinstance(table, pl.DataFrame)
        bodies = [change(k, b) for k, b in zip(table["key"], table["body"], strict=True)]
        kept = table.with_columns(pl.Series("body", bodies, pl.String)).filter(
            pl.col("body").is_not_null()
        )
        old, fresh, ready = self._purging(stage)
        for left in (old, fresh, ready):
            shutil.rmtree(left, ignore_errors=True)
        kept.write_delta(str(fresh))
        fresh.rename(ready)
        path.rename(old)
        self._finish_purge(stage)

    def _purging(self, stage: str) -> tuple[Path, Path, Path]:
        folder = self._root / self._corpus
        return folder / f".{stage}.old", folder / f".{stage}.fresh", folder / f".{stage}.ready"

    def _finish_purge(self, stage: str) -> None:
        """Put a purged table in place; also after a kill between the two renames."""
        old, _, ready = self._purging(stage)
        path = self._root / self._corpus / f"{stage}.delta"
        if ready.is_dir() and not path.exists():
            ready.rename(path)
        shutil.rmtree(old, ignore_errors=True)

    def compact(self) -> None:
        """Merge the small files that many writes left in the tables."""
        from deltalake import DeltaTable

        for stage in self._stages:
            path = self._root / self._corpus / f"{stage}.delta"
            if path.is_dir():
                DeltaTable(str(path)).optimize.compact()
