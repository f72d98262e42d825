"""The first step of curation: every input of a source, listed or retrieved.

A source is a folder of images and tars (`storage.inputs.references`), or a list of URLs, whose
images are retrieved into the store first (`assets.curation.download`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal, TypedDict

import pyarrow as pa

from corpuswright.assets.curation import download
from corpuswright.quality.images import filters, measures, opt_outs
from corpuswright.storage import keys
from corpuswright.storage.build_state.tombstones import Tombstones
from corpuswright.storage.inputs import credits, references
from corpuswright.storage.inputs.sites import SourceError
from corpuswright.storage.inputs.spark_reader import References
from corpuswright.storage.keys import source_id
from corpuswright.storage.records import Source, canonical

UNPACKED = "unpacked"  # the folder of a corpus of what compressed tars of its sources hold
KeyOf = Callable[[str], str]
Unmatched = Literal["stop", "count"]


def listed(
    session: Any, root: Path, folder: Path, licence: str, author: str, unmatched: Unmatched
) -> pa.Table:
    """Return the references of a folder, with ids, in their order.

    Args:
        session: Of Spark.
        root: The folder.
        folder: Of the corpus in the store; compressed tars are unpacked below it.
        licence: Where `credits.csv` names none.
        author: Likewise.
        unmatched: What becomes of rows of `credits.csv` that name no input.

    Raises:
        SourceError: There is nothing in it, what is said of its files cannot be read, or is said
            of files that are not there.
        ValueError: Two inputs have one name.
    """
    session.dataSource.register(References)
    references.parts(root)  # so that what is wrong with a folder is said as it is
    stated = credits.read(root)
    references.unpack(root, folder.parent, folder / UNPACKED)
    reader = session.read.format("references").option("root", str(root))
    reader = reader.option("licence", licence).option("author", author)
    reader = reader.option("unpacked", str(folder / UNPACKED))
    found = with_ids(reader.load().toArrow().cast(references.SCHEMA))
    paths = (u.partition("/")[2] for u in found.column("uri").to_pylist())
    if left := stated.unmatched(paths):
        said = f"{root / credits.FILE}: {len(left)} of {len(stated.rows)} rows name no input"
        some = ", ".join(map(repr, left[:5]))
        if unmatched == "stop":
            raise SourceError(
                f"{said}, such as {some}: correct them, or pass --set "
                "'unmatched_credits=\"count\"' to go on without"
            )
        print(f"{said}: {some}")
    return found


def retrieved(
    session: Any,
    root: Path,
    stated: tuple[str, str],
    folder: Path,
    recipe: Mapping[str, Any],
    withdrawn: Tombstones,
    key: KeyOf,
) -> pa.Table:
    """Return the references of a list of URLs, whose images are retrieved into `folder`.

    `stated` are licence and author where the list has none. What was taken down is not asked for.
    """
    found = download.read(root, *stated)
    uris = [f"{root.stem}/{u}" for u in found.column("url").to_pylist()]
    named = found.append_column("uri", pa.array(uris))
    named = named.append_column("id", pa.array([keys.source_id(u) for u in uris]))
    wanted = not_withdrawn(named, withdrawn, key).select(found.column_names)
    polite = {
        "per_second": recipe["per_second"],
        "private": recipe["private_hosts"],
        "heed": recipe["heed_opt_outs"],
    }
    return with_ids(download.retrieved(session, root, wanted, folder, **polite))


def not_withdrawn(found: pa.Table, withdrawn: Tombstones, key: KeyOf) -> pa.Table:
    """Return references without those that were taken down; `key` makes a key of an id."""
    if not withdrawn.digests:
        return found
    rows = found.select(["id", "uri", "licence", "author"]).to_pylist()
    stays = [
        not withdrawn.hold_source(Source(r["uri"], "", r["licence"], r["author"]))
        and not withdrawn.hold_key(key(r["id"]))
        for r in rows
    ]
    return found.filter(pa.array(stays, pa.bool_()))


def root_of(corpus: str, source: str | None, what: str = "images") -> Path:
    """Return the folder or the list of URLs that `--source` names.

    Raises:
        SourceError: None is named, or there is no such folder.
    """
    if source is None:
        raise SourceError(
            f"{corpus}: expected --source DIR, a folder of {what} or tars of them"
            + (", or a .csv or .parquet file of URLs" if what == "images" else "")
        )
    root = Path(source).resolve()
    if download.is_list(root) and root.is_file():
        return root
    if not root.is_dir():
        raise SourceError(f"--source: expected a folder of {what}, saw {source}")
    return root


class ReferenceRow(TypedDict):
    """Where an input lies, as a row: the fields of `Reference`."""

    uri: str
    file: str
    stamp: str
    url: str
    licence: str
    author: str
    retrieved: str
    caption: str
    offset: int
    length: int
    fault: str


class InputRow(ReferenceRow):
    """What is known of any input, read or not: where it is, what it is, why nothing else is."""

    id: str
    sha256: str
    bytes: int
    reason: str
    value: str


INPUT = [  # the columns of an InputRow
    pa.field("id", pa.string(), nullable=False),
    *list(references.SCHEMA),
    pa.field("sha256", pa.string(), nullable=False),
    pa.field("bytes", pa.int64(), nullable=False),
    pa.field("reason", pa.string(), nullable=False),
    pa.field("value", pa.string(), nullable=False),
]


def with_ids(found: pa.Table) -> pa.Table:
    """Return references with their `id`, in its order.

    Raises:
        ValueError: Two inputs have one name, or one id.
    """
    ids = [source_id(u) for u in found.column("uri").to_pylist()]
    table = found.add_column(0, "id", pa.array(ids)).sort_by("id")
    if len(set(ids)) != len(ids):
        order = table.column("id").to_pylist()
        uris = table.column("uri").to_pylist()
        n = next(n for n in range(1, len(order)) if order[n] == order[n - 1])
        raise ValueError(f"expected inputs of different names, saw {uris[n - 1]} and {uris[n]}")
    return table


def parameters(r: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a record keeps of a row: measures to six digits, and where it came from."""
    figures = {
        n: round(float(r[n]), 6) for n in (*measures.FIGURES, *filters.SCORES) if r[n] is not None
    }
    said = {n: r[n] for n in ("url", "retrieved", *opt_outs.Said._fields) if r[n]}
    return json.loads(canonical({"measures": figures, **said}))


def stated(table: pa.Table) -> dict[str, tuple[str, str, str]]:
    """Return, by URI, sha256, licence and author of a table's inputs."""
    columns = ("uri", "sha256", "licence", "author")
    rows = zip(*(table.column(c).to_pylist() for c in columns), strict=True)
    return {uri: (digest, licence, author) for uri, digest, licence, author in rows}
