"""References to inputs: where each image of a source lies, and what is known of where it came from.

A source is a folder. Every file in it is an input but hidden ones and `credits.csv`; a tar is no
input but holds them, compressed or not. What is said of files stands in `credits.csv` at the
source's root, with the columns `path` and any of `url`, `licence`, `author`, `retrieved`,
`caption`. Bytes are never read here but the heads of tars: references are what is listed, shuffled
and planned with.
"""

from __future__ import annotations

import contextlib
import tarfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from corpuswright.storage.inputs import compressed_tars
from corpuswright.storage.inputs import credits as credits_file
from corpuswright.storage.inputs.compressed_tars import NotUnpacked
from corpuswright.storage.inputs.credits import Credits
from corpuswright.storage.inputs.sites import SourceError
from corpuswright.storage.shown import utf8

CHUNK = 256  # files of a folder that are listed together: a task's worth
SCHEMA = pa.schema(
    [
        pa.field(name, pa.string(), nullable=False)
        for name in ("uri", "file", "stamp", "url", "licence", "author", "retrieved", "caption")
    ]
    + [
        pa.field("offset", pa.int64(), nullable=False),
        pa.field("length", pa.int64(), nullable=False),
    ]
    + [pa.field("fault", pa.string(), nullable=False)]
)


class Reference(NamedTuple):
    """One input.

    Attributes:
        uri: `<source>/<path>`, of a tar's member `<source>/<tar>/<member>`: its identity.
        file: The file that holds its bytes.
        stamp: Size and time of that file: while they stay, so do its bytes. Decides nothing but
            whether work has to be done again.
        url: Where it was had from; empty where nobody says.
        licence: SPDX identifier, or what is stated.
        author: Whom to attribute.
        retrieved: When, as it is stated.
        caption: One that came with it.
        offset: Of its bytes in the file.
        length: Of its bytes; -1 for the whole file.
        fault: Why it cannot be read at all, such as a tar that breaks off: a reason and, behind a
            blank, what was seen; empty else.
    """

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


def of_row(row: Mapping[str, Any]) -> Reference:
    """Return the reference of a row that has its fields as columns."""
    return Reference(**{n: row[n] for n in Reference._fields})


class Listed(NamedTuple):
    """A part of a source that one task lists: some files of a folder, or one tar."""

    name: str
    root: str
    paths: tuple[str, ...]


def parts(root: Path) -> list[Listed]:
    """Return the parts of a source folder; names of files only are read.

    Raises:
        SourceError: There is no such folder, or nothing in it.
    """
    if not root.is_dir():
        raise SourceError(f"--source: expected a folder of images, saw {root}")
    name = root.resolve().name
    paths = sorted(
        p.relative_to(root).as_posix()
        for p in root.rglob("*")
        if (p.is_symlink() or not p.is_dir())
        and not any(s.startswith(".") for s in p.relative_to(root).parts)
    )
    tars = [p for p in paths if compressed_tars.is_tar(p)]
    files = [p for p in paths if p not in set(tars) and p != credits_file.FILE]
    if not files and not tars:
        raise SourceError(f"{root}: expected images or tars of them, found no file")
    found = [
        Listed(name, str(root.resolve()), tuple(files[i : i + CHUNK]))
        for i in range(0, len(files), CHUNK)
    ]
    return found + [Listed(name, str(root.resolve()), (t,)) for t in tars]


def unpack(root: Path, store: Path, folder: Path) -> None:
    """Unpack all compressed tars of a source into a folder of the store; one that breaks off stays.

    `read` says of that one why it cannot be read.
    """
    for part in parts(root):
        for path in map(Path(part.root).joinpath, part.paths):
            a_tar = compressed_tars.is_tar(path.name) and not _no_file(path)
            if a_tar and compressed_tars.compression(path):
                with contextlib.suppress(NotUnpacked):
                    compressed_tars.unpack(store, path, folder)


def read(
    part: Listed, credits: Credits, licence: str, author: str, unpacked: Path | None = None
) -> Iterator[Reference]:
    """Yield the inputs of a part.

    Args:
        part: Of a source.
        credits: What is said of its files.
        licence: Where `credits` say nothing.
        author: Likewise.
        unpacked: Where its compressed tars lie unpacked.
    """
    for path in part.paths:
        file = str(Path(part.root) / path)
        if fault := _no_file(Path(file)):
            yield _reference(part, path, file, credits, licence, author)._replace(fault=fault)
            continue
        if not compressed_tars.is_tar(path):
            yield _reference(part, path, file, credits, licence, author)
            continue
        if kind := compressed_tars.compression(Path(file)):
            plain = compressed_tars.place(Path(file), unpacked) if unpacked else None
            if plain is None or not plain.exists():
                fault = f"tar_not_unpacked {kind}: it breaks off, or was never unpacked"
                yield _reference(part, path, file, credits, licence, author)._replace(fault=fault)
                continue
            file = str(plain)
        number = 0
        seen: Counter[str] = Counter()
        try:
            with tarfile.open(file, "r:") as tar:
                for member in tar:
                    if member.isdir():
                        continue
                    number += 1
                    seen[member.name] += 1  # a tar may hold a name twice: each is an input
                    again = f"#{seen[member.name]}" if seen[member.name] > 1 else ""
                    whole = f"{path}/{member.name}{again}"
                    found = _reference(
                        part, whole, file, credits, licence, author, member.offset_data, member.size
                    )
                    if not member.isfile():
                        found = found._replace(fault=found.fault or _no_member(member))
                    yield found
                _ended(file, tar.offset)
        except (tarfile.TarError, OSError, EOFError) as error:
            # What was listed before it breaks off is there; that it does is an outcome of its own.
            fault = f"tar_breaks_off after {number} members: {str(error)[:120]}"
            yield _reference(part, path, file, credits, licence, author)._replace(fault=fault)


def _no_file(path: Path) -> str:
    """Return why what a folder lists is no file to be read; empty for one that is.

    A link to a folder may lead round in a circle, or to what is listed already: it is not followed.
    """
    try:
        if path.is_symlink() and path.is_dir():
            return "linked_folder not followed: name its target as a source, or copy it"
        if path.is_symlink() and not path.exists():
            return f"link_leads_nowhere {utf8(str(path.readlink()))}"[:200]
        return "" if path.is_file() else "no_regular_file a socket, a pipe or a device"
    except OSError as error:  # a link into what nobody may read, or to a name that none can have
        return f"link_leads_nowhere {error.strerror}"


def _no_member(member: tarfile.TarInfo) -> str:
    """Return why a member of a tar has no bytes of its own."""
    if member.issym() or member.islnk():
        return f"tar_link to {utf8(member.linkname)}"[:200]
    return "no_regular_file a pipe or a device"


def _ended(file: str, offset: int) -> None:
    """Raise TarError if a tar does not end where its reader has stopped: it tells nobody why."""
    with open(file, "rb") as f:
        f.seek(offset)
        if f.read(tarfile.BLOCKSIZE).strip(b"\0"):
            raise tarfile.ReadError(f"no header at {offset}, and no end")


def _reference(
    part: Listed,
    path: str,
    file: str,
    credits: Credits,
    licence: str,
    author: str,
    offset: int = 0,
    length: int = -1,
) -> Reference:
    said = credits.of(path)
    try:
        stat = Path(file).stat()
    except OSError:  # of a link that leads nowhere
        stat = Path(file).lstat()
    fault, shown = credits.fault(path), utf8(path)
    if shown != path:  # no table can hold it, nor any message
        fault, file = f"name_not_utf8 {shown}", utf8(file)
    return Reference(
        uri=f"{part.name}/{shown}",
        file=file,
        stamp=f"{stat.st_size} {stat.st_mtime_ns}",
        url=said.get("url", ""),
        licence=said.get("licence") or licence,
        author=said.get("author") or author,
        retrieved=said.get("retrieved", ""),
        caption=said.get("caption", ""),
        offset=offset,
        length=length,
        fault=fault,
    )


def data(reference: Reference, most: int) -> bytes:
    """Return a reference's bytes, but no more than `most` + 1; raises OSError."""
    with open(reference.file, "rb") as f:
        f.seek(reference.offset)
        return f.read(min(most + 1, reference.length) if reference.length >= 0 else most + 1)


def batch(found: Sequence[Reference]) -> pa.RecordBatch:
    """Return references as an Arrow batch of SCHEMA."""
    return pa.RecordBatch.from_pylist([r._asdict() for r in found], schema=SCHEMA)
