"""Images from a list of URLs, on Spark: each is asked for once, and kept as a tar's member.

A list is a CSV or Parquet file with a column `url` and any of `licence`, `author`, `caption`. URLs
of one host are asked for by one task, one after the other, so that no host is asked faster than the
recipe says. What was retrieved, and what was not and why, is kept in parts: a build that was killed
goes on, a list that grows asks for what is new, and nobody is asked twice for what came.
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
from typing import IO, Any
from urllib.parse import urlsplit

import pyarrow as pa
import pyarrow.parquet as pq

from corpuswright.assets.builds import spark
from corpuswright.storage import disk
from corpuswright.storage.inputs import references
from corpuswright.storage.inputs.downloader import NotRetrieved, Retriever
from corpuswright.storage.inputs.references import Reference
from corpuswright.storage.inputs.sites import SourceError
from corpuswright.storage.keys import sha256
from corpuswright.storage.media import decoder
from corpuswright.storage.shards import webdataset

AGAIN = "not_retrieved"  # a fault that another day may not have
PART = 128  # URLs of a part: what a kill may cost, and one file's worth
_KNOWN = ("url", "licence", "author", "caption")
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

    What was retrieved before, for whatever list of this name, is not asked for again; what could
    not be reached is.

    Args:
        session: Of Spark.
        path: The list, whose name begins every URI.
        listed: What `read` returned.
        folder: Where files are kept, in the store.
        polite: What `Retriever` takes: `per_second`, `private`, `heed`.

    Raises:
        SourceError: No URL is left.
    """
    if not listed.num_rows:
        raise SourceError(f"{path}: expected URLs, found none that were not taken down")
    folder.mkdir(parents=True, exist_ok=True)
    had = {u for u, r in _known(folder).items() if not r["fault"].startswith(AGAIN)}
    todo = listed.filter(pa.array([u not in had for u in listed.column("url").to_pylist()]))
    if todo.num_rows:
        hosts = len(set(todo.column("host").to_pylist()))
        frame = (
            spark.frame(session, todo.select(["host", "url"]))
            .repartition(min(hosts, 4 * session.sparkContext.defaultParallelism), "host")
            .sortWithinPartitions("host", "url")
        )
        frame.mapInArrow(functools.partial(_each, str(folder), polite), "part string").toArrow()
    found = _known(folder)
    rows = [_reference(path, folder, {**r, **found[r["url"]]}) for r in listed.to_pylist()]
    return pa.Table.from_pylist(rows, schema=references.SCHEMA)


def _known(folder: Path) -> dict[str, dict[str, Any]]:
    """Return what is on record of each URL; of several tries, the one that brought a file."""
    out: dict[str, dict[str, Any]] = {}
    for part in sorted(folder.glob("*.parquet")):
        for row in webdataset.read_parquet(part.read_bytes()).to_pylist():
            before = out.get(row["url"])
            if before is None or (before["fault"], before["retrieved"]) > (
                row["fault"],
                row["retrieved"],
            ):
                out[row["url"]] = row
    return out


def _reference(path: Path, folder: Path, r: dict[str, Any]) -> dict[str, Any]:
    return Reference(
        uri=f"{path.stem}/{r['url']}",
        file=str(folder / r["tar"]),
        stamp=r["sha256"],
        url=r["url"],
        licence=r["licence"],
        author=r["author"],
        retrieved=r["retrieved"],
        caption=r["caption"],
        offset=r["offset"],
        length=r["length"],
        fault=r["fault"],
    )._asdict()


def _each(
    folder: str, polite: dict[str, Any], batches: Iterator[pa.RecordBatch]
) -> Iterator[pa.RecordBatch]:
    retriever = Retriever(decoder.MAX_BYTES, **polite)
    rows = (r for b in batches for r in b.to_pylist())
    for _, own in itertools.groupby(rows, lambda r: r["host"]):
        while part := [r["url"] for r in itertools.islice(own, PART)]:
            with tempfile.TemporaryFile() as sink:  # a part may be larger than memory
                name = _keep(Path(folder), _asked(part, retriever, sink), sink)
            yield pa.RecordBatch.from_pylist([{"part": name}])


def _asked(urls: Sequence[str], retriever: Retriever, sink: IO[bytes]) -> list[dict[str, Any]]:
    """Retrieve URLs into a tar; return a row for each, with where its bytes lie or why not."""
    rows: list[dict[str, Any]] = []
    with tarfile.open(fileobj=sink, mode="w") as tar:
        for url in urls:
            row: dict[str, Any] = {"url": url, "offset": 0, "length": 0, "fault": "", "sha256": ""}
            # A fact about the source, kept with its bytes: builds from them read no clock.
            now = datetime.datetime.now(datetime.UTC)
            row["retrieved"] = now.isoformat(timespec="seconds")
            try:
                row |= _added(tar, url, retriever.get(url).data)
            except NotRetrieved as no:
                row["fault"] = f"{no.reason} {no.value}"
            rows.append(row)
    return rows


def _added(tar: tarfile.TarFile, url: str, data: bytes) -> dict[str, Any]:
    head = tarfile.TarInfo(sha256(url)[:32])
    head.size = len(data)
    # The data begin behind the head, which is one block for so short a name.
    where = {"offset": tar.offset + tarfile.BLOCKSIZE, "length": len(data), "sha256": sha256(data)}
    tar.addfile(head, io.BytesIO(data))
    return where


def _keep(folder: Path, rows: Sequence[dict[str, Any]], sink: IO[bytes]) -> str:
    """Keep a part: the tar first, then the table that says it is whole; return its name."""
    store = folder.parents[2]
    told = "\n".join(f"{r['url']} {r['retrieved']} {r['sha256']}" for r in rows)
    name = sha256(told)[:32]
    sink.seek(0)
    chunks = iter(functools.partial(sink.read, 1 << 20), b"")
    disk.publish(disk.stage(store, f"{name}.tar", chunks), folder / f"{name}.tar")
    table = pa.Table.from_pylist([{**r, "tar": f"{name}.tar"} for r in rows])
    disk.write_file(store, folder / f"{name}.parquet", webdataset.parquet_bytes(table))
    return name


def forget(folder: Path, gone: Callable[[str], bool]) -> None:
    """Write parts again without what `gone` says of a URI; nobody is asked again for the rest."""
    for path in sorted(folder.glob("*/*.parquet")):
        rows = webdataset.read_parquet(path.read_bytes()).to_pylist()
        stays = [r for r in rows if not gone(f"{path.parent.name}/{r['url']}")]
        if len(stays) == len(rows):
            continue
        if stays:
            with tempfile.TemporaryFile() as sink:
                with tarfile.open(fileobj=sink, mode="w") as tar:
                    for r in stays:
                        if r["length"]:
                            file = str(path.with_suffix(".tar"))
                            where = Reference(
                                "", file, "", "", "", "", "", "", r["offset"], r["length"], ""
                            )
                            r |= _added(tar, r["url"], references.data(where, decoder.MAX_BYTES))
                _keep(path.parent, stays, sink)
        path.unlink()
        path.with_suffix(".tar").unlink(missing_ok=True)
