"""Images from a list of URLs, on Spark: each is asked for once, and kept as a tar's member.

A list is a CSV or Parquet file with a column `url` and any of `licence`, `author`, `caption`. URLs
of one host are asked for by one task, one after the other, so that no host is asked faster than the
recipe says. What was retrieved, and what was not and why, is kept in parts named by their URLs: a
build that was killed goes on, and asks nobody twice.
"""

from __future__ import annotations

import csv
import datetime
import functools
import io
import itertools
import tarfile
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pyarrow as pa
import pyarrow.parquet as pq

from corpuswright.assets import spark
from corpuswright.quality import pixels
from corpuswright.storage import disk, references, shards
from corpuswright.storage.keys import sha256
from corpuswright.storage.references import Reference
from corpuswright.storage.retrieval import NotRetrieved, Retriever
from corpuswright.storage.sources import SourceError

PART = 128  # URLs of a part: what a kill may cost, and one file's worth
_KNOWN = ("url", "licence", "author", "caption")
_ROWS = "host string, url string, licence string, author string, caption string"
SUFFIXES = (".csv", ".parquet")


def is_list(source: str | Path) -> bool:
    """Say whether a source is a list of URLs, by its name."""
    return Path(source).suffix.lower() in SUFFIXES


def read(path: Path, licence: str, author: str) -> pa.Table:
    """Return a list's rows (url, licence, author, caption), each URL once, in order of URLs.

    Raises:
        SourceError: It cannot be read, or has no column `url`.
    """
    try:
        if path.suffix.lower() == ".parquet":
            columns = [c for c in pq.read_schema(path).names if c in _KNOWN]
            rows: list[dict[str, Any]] = pq.read_table(path, columns=columns).to_pylist()
        else:
            with path.open(newline="", encoding="utf-8-sig") as lines:
                rows = list(csv.DictReader(lines))
    except (OSError, pa.ArrowInvalid, csv.Error, UnicodeDecodeError) as error:
        raise SourceError(f"{path}: expected a list of URLs: {str(error)[:200]}") from None
    if rows and "url" not in rows[0]:
        raise SourceError(f"{path}: expected a column url, saw {sorted(map(str, rows[0]))}")
    if not rows:
        raise SourceError(f"{path}: expected URLs, found none")
    stated = {"licence": licence, "author": author, "caption": ""}
    found = {
        str(r["url"]).strip(): {k: str(r.get(k) or v) for k, v in stated.items()}
        for r in reversed(rows)
        if r["url"]
    }
    return pa.Table.from_pylist(
        [{"host": _host(u), "url": u, **found[u]} for u in sorted(found)],
        schema=pa.schema([(c, pa.string()) for c in ("host", *_KNOWN)]),
    )


def _host(url: str) -> str:
    try:
        return urlsplit(url).netloc
    except ValueError:
        return ""


def retrieved(session: Any, path: Path, listed: pa.Table, folder: Path, **polite: Any) -> pa.Table:
    """Return a reference for each URL of a list; those that brought nothing have a fault.

    Args:
        session: Of Spark.
        path: The list, whose name begins every URI.
        listed: What `read` returned.
        folder: Where files are kept, in the store.
        polite: What `Retriever` takes: `per_second`, `private`, `heed`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    hosts = len(set(listed.column("host").to_pylist()))
    frame = (
        spark.frame(session, listed)
        .repartition(min(hosts, 4 * session.sparkContext.defaultParallelism), "host")
        .sortWithinPartitions("host", "url")
    )
    work = functools.partial(_each, str(folder), polite)
    names = sorted(set(frame.mapInArrow(work, "part string").toArrow().column(0).to_pylist()))
    tables = [shards.read_parquet((folder / f"{n}.parquet").read_bytes()) for n in names]
    rows = [r for t in tables for r in t.to_pylist()]
    return pa.Table.from_pylist([_reference(path, folder, r) for r in rows],
                                schema=references.SCHEMA)  # fmt: skip


def _reference(path: Path, folder: Path, r: dict[str, Any]) -> dict[str, Any]:
    return Reference(
        uri=f"{path.stem}/{r['url']}", file=str(folder / r["tar"]), stamp=r["sha256"],
        url=r["url"], licence=r["licence"], author=r["author"], retrieved=r["retrieved"],
        caption=r["caption"], offset=r["offset"], length=r["length"], fault=r["fault"],
    )._asdict()  # fmt: skip


def _each(
    folder: str, polite: dict[str, Any], batches: Iterator[pa.RecordBatch]
) -> Iterator[pa.RecordBatch]:
    retriever = Retriever(pixels.MAX_BYTES, **polite)
    rows = (r for b in batches for r in b.to_pylist())
    for _, own in itertools.groupby(rows, lambda r: r["host"]):
        while part := list(itertools.islice(own, PART)):
            name = sha256("\n".join(r["url"] for r in part))[:32]
            if not (Path(folder) / f"{name}.parquet").exists():
                _keep(Path(folder), name, part, retriever)
            yield pa.RecordBatch.from_pylist([{"part": name}])


def _keep(folder: Path, name: str, part: Sequence[dict[str, Any]], retriever: Retriever) -> None:
    """Retrieve a part and keep it: the tar first, then the table that says it is whole."""
    store, found = folder.parents[2], list[dict[str, Any]]()
    with tempfile.TemporaryFile() as sink:  # a part may be larger than memory
        with tarfile.open(fileobj=sink, mode="w") as tar:
            for row in part:
                told = {"tar": f"{name}.tar", "offset": 0, "length": 0, "fault": "", "sha256": ""}
                now = datetime.datetime.now(datetime.UTC)
                told["retrieved"] = now.isoformat(timespec="seconds")
                try:
                    data = retriever.get(row["url"]).data
                except NotRetrieved as no:
                    told["fault"] = f"{no.reason} {no.value}"
                else:
                    head = tarfile.TarInfo(sha256(row["url"])[:32])
                    head.size = len(data)
                    # The data begin behind the head, which is one block for so short a name.
                    told |= {"offset": tar.offset + tarfile.BLOCKSIZE, "length": len(data)}
                    told["sha256"] = sha256(data)
                    tar.addfile(head, io.BytesIO(data))
                found.append({**row, **told})
        sink.seek(0)
        chunks = iter(functools.partial(sink.read, 1 << 20), b"")
        disk.publish(disk.stage(store, f"{name}.tar", chunks), folder / f"{name}.tar")
    table = shards.parquet_bytes(pa.Table.from_pylist(found))
    disk.write_file(store, folder / f"{name}.parquet", table)


def forget(folder: Path, gone: Callable[[str], bool]) -> None:
    """Remove parts that hold what `gone` says of a URI; a build retrieves what else they held."""
    for path in folder.glob("*/*.parquet"):
        urls = shards.read_parquet(path.read_bytes()).column("url").to_pylist()
        if any(gone(f"{path.parent.name}/{u}") for u in urls):
            path.unlink()
            path.with_suffix(".tar").unlink(missing_ok=True)
